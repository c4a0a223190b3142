//! What a saved plan keeps of values that nobody may read: enough to see that one is another by now, not enough to
//! learn it. A hash alone would let short secrets be guessed by the million; this one is slow, and its salt makes
//! every guess hold for one parameter of one plan only.

use crate::model::fact::{Fact, Input};
use crate::model::secret_name::sounds_secret;
use crate::model::stack::{Stack, StackAddress};
use crate::plan::Ground;
use crate::plan::inputs::Given;
use crate::plan::parameters::HIDDEN;
use crate::template::outline::outline;
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeSet;

/// How often the hash is repeated: some hundredths of a second for each guess. Part of the file's version.
const ROUNDS: u32 = 100_000;

/// Shorter values are hidden where they stand alone, not within longer texts, which they would tear apart.
const SHORTEST_WITHIN: usize = 6;

/// What of a stack may not be written down.
pub(crate) struct Hidden {
    /// The names of its parameters that are hidden, those that only the deployed template has among them.
    names: BTreeSet<String>,
    /// Their values, those of today and those they would have, also as they stand within JSON.
    values: BTreeSet<String>,
}

impl Hidden {
    /// What is hidden of a stack.
    pub(crate) fn of(stack: &Stack, ground: &Ground) -> Self {
        let live = || ground.live.iter().flat_map(|live| &live.parameters);
        let mut names = hidden_parameters(stack);
        names.extend(live().filter(|one| sounds_secret(&one.name)).map(|one| one.name.clone()));
        let mut values = BTreeSet::new();
        for (name, given) in &ground.given {
            if let (Given::Known(text), true) = (given, names.contains(name)) {
                values.insert(text.clone());
            }
        }
        values.extend(live().filter(|one| names.contains(&one.name)).map(|one| one.value.clone()));
        values.retain(|text| !text.is_empty() && text != HIDDEN);
        let within_json: Vec<String> =
            values.iter().map(|text| Value::from(text.as_str()).to_string()).collect();
        values.extend(within_json.iter().map(|text| text[1..text.len() - 1].to_owned()));
        Self { names, values }
    }

    /// Whether a parameter's value may not be written down: it is a hidden one, or gives one away.
    pub(crate) fn hides(&self, parameter: &str, value: &str) -> bool {
        value != HIDDEN && (self.names.contains(parameter) || self.is_given_away(value))
    }

    /// Whether a text gives one of the hidden values away.
    pub(crate) fn is_given_away(&self, text: &str) -> bool {
        gives_away(text, &self.values)
    }
}

/// The parameters of a stack that may not be written down: those that the template hides (`NoEcho`), and those whose
/// own name, or that of the variable or parameter they come from, sounds like a secret's.
fn hidden_parameters(stack: &Stack) -> BTreeSet<String> {
    let declared = outline(&stack.body.document);
    let no_echo = declared.parameters.iter().filter(|parameter| parameter.no_echo);
    let mut hidden: BTreeSet<String> = no_echo.map(|parameter| parameter.name.to_owned()).collect();
    hidden.extend(
        declared
            .parameters
            .iter()
            .filter(|parameter| sounds_secret(parameter.name))
            .map(|parameter| parameter.name.to_owned()),
    );
    let given = stack.parameters.iter().filter(|parameter| comes_from_secret(&parameter.input));
    hidden.extend(given.map(|parameter| parameter.name.clone()));
    hidden
}

fn comes_from_secret(input: &Input) -> bool {
    let mut secret = false;
    input.each_fact(&mut |fact| {
        secret |= match fact {
            Fact::Env { name } => sounds_secret(name),
            Fact::Ssm { name } => sounds_secret(name.rsplit('/').next().unwrap_or(name)),
            Fact::Output { key, .. } | Fact::Outputs { key, .. } => sounds_secret(key),
        }
    });
    secret
}

/// What is kept of a hidden value of a parameter in the plan of a run.
pub(crate) fn digest(run: &str, stack: &StackAddress, parameter: &str, value: &str) -> String {
    let salt = format!("formwork plan\n{run}\n{stack}\n{parameter}");
    let hash = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(value.as_bytes(), salt.as_bytes(), ROUNDS);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text gives one of the hidden values away.
fn gives_away(text: &str, hidden: &BTreeSet<String>) -> bool {
    hidden.iter().any(|value| {
        text == value || (value.chars().count() >= SHORTEST_WITHIN && text.contains(value.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fake::stack;

    #[test]
    fn the_hash_is_that_of_the_standard_and_of_one_place_only() {
        let address = stack("web", "{}", &[]).address;
        // What Python's `hashlib.pbkdf2_hmac` gives for the same.
        let one = digest("run1", &address, "Password", "hunter2");
        assert_eq!(one, "ef8b22acd0dcebc9f8b250236dc0b7d40557ce713d669ad2de8d7aef5f31dd51");
        assert_ne!(one, digest("run2", &address, "Password", "hunter2"));
        assert_ne!(one, digest("run1", &address, "Other", "hunter2"));
        assert_ne!(one, digest("run1", &address, "Password", "hunter3"));
    }

    #[test]
    fn what_sounds_like_a_secret_is_hidden() {
        let body = "Parameters: {Plain: {Type: String}, Quiet: {Type: String, NoEcho: true}, ApiToken: {Type: String}, \
                    FromEnv: {Type: String}, FromSsm: {Type: String}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n";
        let env = Input::Fact(Fact::Env { name: "GITHUB_TOKEN".into() });
        let ssm = Input::List(vec![Input::Fact(Fact::Ssm { name: "/app/db-password".into() })]);
        let stack =
            stack("web", body, &[("FromEnv", env), ("FromSsm", ssm), ("Plain", Input::Text("x".into()))]);
        let hidden = hidden_parameters(&stack);
        assert_eq!(Vec::from_iter(hidden), ["ApiToken", "FromEnv", "FromSsm", "Quiet"]);
    }

    #[test]
    fn texts_that_give_a_value_away() {
        let hidden = BTreeSet::from(["abc".to_owned(), "hunter2".to_owned()]);
        assert!(gives_away("postgres://root:hunter2@db", &hidden));
        assert!(gives_away("abc", &hidden) && !gives_away("abcdef", &hidden));
    }
}
