//! A scenario: faults and answers in a file, or in the body of a request. YAML, of which JSON is a part.

use super::super::Error;
use super::answer::Answer;
use super::fault::Fault;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Faults, and answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Scenario {
    /// What `chance` follows from; without it, the sandbox's own seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<u64>,
    /// The faults, in the order in which they are looked at.
    #[serde(default)]
    pub(super) faults: Vec<Fault>,
    /// How custom resources answer, and which signals come; the first rule that fits answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) answers: Vec<Answer>,
}

impl Scenario {
    /// Understands a text; the error says where it is wrong, if that is known.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }

    /// Reads a file.
    pub(in super::super) fn read(path: &Path) -> Result<Self, Error> {
        let failed = |message: String, line| Error::Scenario { path: path.to_owned(), line, message };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string(), None))?;
        serde_yaml::from_str(&text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            let told = error.to_string();
            // The place is told in front, as in other messages.
            let message = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message);
            failed(message.to_owned(), line)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let told = match Scenario::parse(text) {
            Ok(scenario) => serde_json::to_string(&scenario).unwrap(),
            Err(message) => message,
        };
        assert!(told.contains(expected), "{text}\n{told}");
    }

    #[test]
    fn faults_are_read() {
        check("{}", r#"{"faults":[]}"#);
        check("seed: 3\nfaults: []", r#"{"seed":3,"faults":[]}"#);
        check(
            "faults:\n- {fail: full, resource: Data*, on: delete, times: once}",
            r#"[{"fail":"full","resource":"Data*","on":["delete"],"times":"once"}]"#,
        );
        check("faults: [{throttle: 2, burst: 4, operation: [A, B]}]", r#""operation":["A","B"]"#);
        check("faults: [{throttle: published}]", r#""throttle":"published""#);
        check(r#"{"faults": [{"drop": "answer", "every": 3}]}"#, r#""drop":"answer""#);
        check("faults: [{stuck: forever, type: 'AWS::RDS::*'}, {expire: true, after: 3}]", "forever");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        check("faults:\n- fail: a\n  resorce: B", "unknown field `resorce`");
        check("faults:\n- fail: a\n  resorce: B", "line 3");
        check("faults:\n- fail: a\n- {resource: B}", "exactly one of");
        check("faults:\n- fail: a\n- {resource: B}", "line 3");
        check("faults: [{fail: a, deny: true}]", "exactly one of");
        check("faults: [{deny: true, resource: A}]", "`resource` means nothing");
        check("faults: [{error: 404}]", "no HTTP status");
        check("faults: [{throttle: 0}]", "above zero");
        check("faults: [{throttle: fast}]", "`published`");
        check("faults: [{stuck: soon}]", "`forever`");
        check("faults: [{fail: a, times: never}]", "`once`");
        check("faults: [{fail: a, on: birth}]", "unknown variant `birth`");
        check("faults: [{deny: true, every: 0}]", "above zero");
        check("faults: [{deny: true, chance: 2}]", "between 0 and 1");
        check("faults: [{deny: true, service: ec2}]", "is none of");
        check("faults: [{fail: a, resource: '[a'}]", "is no pattern");
        check("fault: []", "unknown field `fault`");
    }
}
