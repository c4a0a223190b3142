//! Holds a request against the constraints of the model, and tells all violations at once in AWS's words.
//!
//! The form of the texts, with the path of a member in a list (`tags.1.member.value`), is that of recorded answers, and
//! so is the order of an enumeration's words: the reverse of the model's.

use super::super::query::{Input, member};
use super::super::refusal::Refusal;
use super::{Limits, MODEL, Model, Shape, Text, wire};

/// Refuses a request that the operation's input does not allow.
pub(in super::super) fn validate(action: &str, input: &Input) -> Result<(), Refusal> {
    let Some(shape) = MODEL.action(action).and_then(|action| action.input.as_deref()) else { return Ok(()) };
    wire::readable(&MODEL, shape, input, true)?;
    let mut violations = Vec::new();
    check(&MODEL, shape, input, "", &mut violations);
    let plural = if violations.len() == 1 { "" } else { "s" };
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Refusal::validation(format!(
            "{} validation error{plural} detected: {}",
            violations.len(),
            violations.join("; ")
        ))),
    }
}

fn told(value: &str, path: &str, constraint: &str) -> String {
    format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}")
}

/// Adds what is wrong with a value and with what is in it.
fn check(model: &Model, shape: &str, value: &Input, path: &str, out: &mut Vec<String>) {
    let quoted = || format!("'{}'", shown(model, shape, value));
    let Some(kind) = model.shapes.get(shape) else { return };
    match kind {
        Shape::Structure { members } => structure(model, members, value, path, out),
        Shape::List { member, limits } => {
            let count = value.last_number();
            out.extend(limits.broken(i64::from(count), "length").map(|text| told(&quoted(), path, &text)));
            list(model, member, value, (path, &quoted()), out);
        }
        Shape::Map { key, value: held, limits } => {
            let entries = value.entries();
            let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
            out.extend(limits.broken(count, "length").map(|text| told(&quoted(), path, &text)));
            for (part, shape, name) in [("key", key, "Map keys"), ("value", held, "Map value")] {
                let Some(Shape::String(text)) = model.shapes.get(shape) else { continue };
                let wrong =
                    |entry: &&Input| text.violations(entry.text(part).unwrap_or_default()).next().is_some();
                if entries.iter().any(wrong) {
                    let all = text.constraints().join(", ");
                    out.push(told(&quoted(), path, &format!("{name} must satisfy constraint: [{all}]")));
                }
            }
        }
        Shape::String(text) => {
            let own = value.own_text().unwrap_or_default();
            out.extend(text.violations(own).map(|broken| told(&quoted(), path, &broken)));
        }
        Shape::Integer(limits) | Shape::Long(limits) => {
            let number = value.own_text().and_then(|text| text.parse().ok()).unwrap_or_default();
            out.extend(limits.broken(number, "value").map(|text| told(&quoted(), path, &text)));
        }
        Shape::Boolean | Shape::Timestamp => {}
    }
}

fn structure(
    model: &Model,
    members: &[(String, String, bool)],
    value: &Input,
    path: &str,
    out: &mut Vec<String>,
) {
    for (name, shape, required) in members {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", member(name));
        match value.structure(name) {
            Some(value) => check(model, shape, value, &path, out),
            None if *required => out.push(told("null", &path, "Member must not be null")),
            None => {}
        }
    }
}

/// The members of a list: texts are judged together, anything else one by one. What was left out counts as empty.
fn list(model: &Model, shape: &str, value: &Input, (path, quoted): (&str, &str), out: &mut Vec<String>) {
    let members = value.numbered();
    if let Some(Shape::String(text)) = model.shapes.get(shape) {
        let gaps = usize::try_from(value.last_number()).is_ok_and(|last| last > members.len());
        let wrong = |own: &str| text.violations(own).next().is_some();
        if (gaps && wrong("")) || members.iter().any(|(_, one)| wrong(one.own_text().unwrap_or_default())) {
            let all = text.constraints().join(", ");
            out.push(told(quoted, path, &format!("Member must satisfy constraint: [{all}]")));
        }
        return;
    }
    for (index, one) in members {
        check(model, shape, one, &format!("{path}.{index}.member"), out);
    }
}

impl Limits {
    /// The bounds that a number breaks; `what` is `length` or `value`.
    fn broken(self, number: i64, what: &str) -> impl Iterator<Item = String> {
        let Self { min, max } = self;
        let over = Self { min: None, max: max.filter(|max| number > *max) };
        let under = Self { min: min.filter(|min| number < *min), max: None };
        over.told(what).into_iter().chain(under.told(what))
    }

    fn told(self, what: &str) -> Vec<String> {
        let max = self.max.map(|max| format!("Member must have {what} less than or equal to {max}"));
        let min = self.min.map(|min| format!("Member must have {what} greater than or equal to {min}"));
        max.into_iter().chain(min).collect()
    }
}

impl Text {
    fn violations(&self, value: &str) -> impl Iterator<Item = String> {
        let length = if self.bytes { value.len() } else { value.encode_utf16().count() };
        let lengths = self.limits.broken(i64::try_from(length).unwrap_or(i64::MAX), "length");
        let pattern = self.pattern.as_ref().filter(|pattern| !pattern.compiled.is_match(value));
        let known = self.words.is_empty() || self.words.iter().any(|word| word == value);
        let word = if known { None } else { self.enumeration() };
        lengths.chain(pattern.map(|pattern| matching(&pattern.text))).chain(word)
    }

    /// All that is asked of the text.
    fn constraints(&self) -> Vec<String> {
        let pattern = self.pattern.as_ref().map(|pattern| matching(&pattern.text));
        self.limits.told("length").into_iter().chain(pattern).chain(self.enumeration()).collect()
    }

    fn enumeration(&self) -> Option<String> {
        let words: Vec<&str> = self.words.iter().rev().map(String::as_str).collect();
        (!words.is_empty()).then(|| format!("Member must satisfy enum value set: [{}]", words.join(", ")))
    }
}

fn matching(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

/// A value as AWS writes it into its texts: as Java prints it.
fn shown(model: &Model, shape: &str, value: &Input) -> String {
    match model.shapes.get(shape) {
        Some(Shape::List { member, .. }) => {
            let members: Vec<String> =
                value.numbered().into_iter().map(|(_, one)| shown(model, member, one)).collect();
            format!("[{}]", members.join(", "))
        }
        Some(Shape::Map { .. }) => {
            let pair = |entry: &Input| {
                let part = |name| entry.text(name).unwrap_or_default().to_owned();
                format!("{}={}", part("key"), part("value"))
            };
            let pairs: Vec<String> = value.entries().into_iter().map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Some(Shape::Structure { members }) => {
            let told = |(name, shape, _): &(String, String, bool)| {
                let value = value.structure(name)?;
                Some(format!("{}={}", member(name), shown(model, shape, value)))
            };
            let told: Vec<String> = members.iter().filter_map(told).collect();
            format!("{shape}({})", told.join(", "))
        }
        _ => value.own_text().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(action: &str, form: &str, expected: Option<&str>) {
        let refused = validate(action, &Input::parse(form)).err().map(|refusal| refusal.message);
        assert_eq!(refused.as_deref(), expected, "{action} {form}");
    }

    #[test]
    fn what_is_allowed_passes() {
        check("CreateStack", "StackName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&Unknown=x", None);
        check("DescribeStacks", "", None);
        check("DescribeStacks", "StackName=arn:aws:cloudformation:eu-west-1:1:stack/a/b", None);
        check("UpdateStack", "StackName=a&Tags=&NotificationARNs=", None);
        check("NoSuchOperation", "StackName=%20", None);
    }

    #[test]
    fn each_constraint_has_its_text() {
        let one = |value: &str, path: &str, text: &str| {
            format!(
                "1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: {text}"
            )
        };
        let cases: &[(&str, &str, &str, &str, &str)] = &[
            ("DescribeStackEvents", "", "null", "stackName", "Member must not be null"),
            (
                "DescribeStacks",
                "StackName=a_b",
                "'a_b'",
                "stackName",
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
            ),
            (
                "CreateStack",
                "StackName=a&TimeoutInMinutes=0",
                "'0'",
                "timeoutInMinutes",
                "Member must have value greater than or equal to 1",
            ),
            (
                "CreateStack",
                "StackName=a&OnFailure=Delete",
                "'Delete'",
                "onFailure",
                "Member must satisfy enum value set: [DELETE, ROLLBACK, DO_NOTHING]",
            ),
            (
                "CreateStack",
                "StackName=a&Capabilities.member.1=CAPABILITY_IAM&Capabilities.member.2=ALL",
                "'[CAPABILITY_IAM, ALL]'",
                "capabilities",
                "Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_AUTO_EXPAND, CAPABILITY_NAMED_IAM, CAPABILITY_IAM]]",
            ),
            (
                "CreateStack",
                "StackName=a&Tags.member.1.Key=k",
                "null",
                "tags.1.member.value",
                "Member must not be null",
            ),
            (
                "ListStacks",
                "NextToken=",
                "''",
                "nextToken",
                "Member must have length greater than or equal to 1",
            ),
        ];
        for (action, form, value, path, text) in cases {
            check(action, form, Some(&one(value, path, text)));
        }
    }

    #[test]
    fn all_violations_are_told_at_once() {
        let text = "2 validation errors detected: Value '' at 'stackName' failed to satisfy constraint: Member must \
                    have length greater than or equal to 1; Value '' at 'stackName' failed to satisfy constraint: \
                    Member must satisfy regular expression pattern: \
                    [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";
        check("DeleteStack", "StackName=", Some(text));
        let long = "a".repeat(129);
        let text = format!(
            "2 validation errors detected: Value '{long}' at 'stackName' failed to satisfy constraint: Member must have \
             length less than or equal to 128; Value null at 'tags.1.member.value' failed to satisfy constraint: Member \
             must not be null"
        );
        check("CreateStack", &format!("StackName={long}&Tags.member.1.Key=k"), Some(&text));
        let text = "2 validation errors detected: Value null at 'stackName' failed to satisfy constraint: Member must \
                    not be null; Value null at 'changeSetName' failed to satisfy constraint: Member must not be null";
        check("CreateChangeSet", "", Some(text));
    }

    #[test]
    fn a_template_is_measured_in_bytes() {
        let body = |letters: usize| format!("TemplateBody={}", "ä".repeat(letters));
        check("ValidateTemplate", &body(25_600), None);
        let refused = validate("ValidateTemplate", &Input::parse(&body(25_601))).unwrap_err();
        assert!(refused.message.ends_with("Member must have length less than or equal to 51200"));
    }
}
