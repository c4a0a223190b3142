//! Names of change sets and client tokens: the same run, stack and action give the same, so that a repeated request
//! is known as a repetition.

use crate::model::stack::StackAddress;
use sha2::{Digest, Sha256};

/// The client token of an action of a run on a stack: letters, digits and hyphens only.
pub fn token(run: &str, stack: &StackAddress, action: &str) -> String {
    let mut token = format!("formwork-{}-{}-{action}", plain(run), short(&stack.to_string()));
    token.truncate(128);
    token
}

/// The name of the change set that a run makes on a stack at some stage.
pub fn change_set_name(run: &str, stage: &str) -> String {
    let mut name = format!("formwork-{}-{stage}", plain(run));
    name.truncate(128);
    name
}

/// The stage of a run whose change sets stay for a saved plan; part of their names.
pub const KEPT_STAGE: &str = "saved";

/// Whether a change set, told by its ARN, was kept for a saved plan.
pub fn is_kept(change_set: &str) -> bool {
    let name = change_set.split("changeSet/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
    name.strip_prefix("formwork-").is_some_and(|rest| rest.ends_with(&format!("-{KEPT_STAGE}")))
}

/// The first twelve hexadecimal digits of the SHA-256 of a text.
pub(crate) fn short(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_stable_and_allowed() {
        let address = |stack: &str| StackAddress {
            environment: "quiz/dev".into(),
            stack: stack.into(),
            account: "workload".into(),
            region: "eu-west-1".into(),
        };
        let one = token("2026_1", &address("web"), "execute");
        assert_eq!(one, token("2026_1", &address("web"), "execute"));
        assert_ne!(one, token("2026_1", &address("database"), "execute"));
        assert!(one.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'), "{one}");
        assert!(one.starts_with("formwork-2026-1-") && one.ends_with("-execute"), "{one}");
        let kept = |name: &str| is_kept(&format!("arn:aws:cloudformation:eu-west-1:1:changeSet/{name}/0-1"));
        assert!(kept(&change_set_name("run1", KEPT_STAGE)));
        assert!(
            !kept(&change_set_name("run1", "plan")) && !kept("by-hand-saved") && !is_kept("formwork-x-saved")
        );
        assert_eq!(token(&"x".repeat(300), &address("web"), "execute").len(), 128);
    }
}
