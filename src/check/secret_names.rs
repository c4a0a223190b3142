//! Parameters that hold secrets, and texts that look like them.

use crate::check::anatomy::Entry;
use crate::check::call::literal;
use crate::model::secret_name::sounds_secret;

/// Whether a parameter's value must not be shown.
pub fn is_hidden(parameter: &Entry<'_>) -> bool {
    is_no_echo(parameter) || sounds_secret(parameter.name)
}

/// Whether a parameter is declared `NoEcho`.
pub fn is_no_echo(parameter: &Entry<'_>) -> bool {
    parameter
        .node
        .get("NoEcho")
        .and_then(literal)
        .is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "y"))
}

/// Words that say how something is, or in what it is measured (`TokenValidityUnits: {AccessToken: minutes}`).
const PLAIN_WORDS: &[&str] =
    &["true", "false", "none", "enabled", "disabled", "seconds", "minutes", "hours", "days"];

/// Whether a text may be a secret itself: no reference to one, no switch, no unit, no name of something.
pub fn may_be_secret(text: &str) -> bool {
    let plain = PLAIN_WORDS.contains(&text.to_ascii_lowercase().as_str());
    let elsewhere = text.contains("{{resolve:") || text.starts_with("arn:") || text.starts_with('/');
    let address = text.starts_with("http://") || text.starts_with("https://");
    !text.trim().is_empty() && !plain && !elsewhere && !address
}

/// What a text has in it that is a secret whatever it is called.
pub fn evident(text: &str) -> Option<&'static str> {
    if text.contains("PRIVATE KEY-----") && text.contains("-----BEGIN") {
        return Some("a private key");
    }
    for (at, _) in text.match_indices("AKIA") {
        let before = text[..at].chars().next_back();
        let key: &str = text[at..].split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or("");
        let right =
            key.len() == 20 && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if right && !key.ends_with("EXAMPLE") && !before.is_some_and(|letter| letter.is_ascii_alphanumeric())
        {
            return Some("an access key of AWS");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_units_and_references_are_no_secrets() {
        for text in
            ["", "true", "None", "minutes", "Days", "arn:aws:x", "/path", "{{resolve:ssm:a}}", "https://a"]
        {
            assert!(!may_be_secret(text), "{text}");
        }
        for text in ["hunter2", "days-and-nights", "60"] {
            assert!(may_be_secret(text), "{text}");
        }
    }

    #[test]
    fn evident_secrets_are_seen() {
        let key = format!("{}{}", "AKIA", "Q3EGRIZ5BCDEFGHI");
        assert!(evident(&format!("x={key}")).is_some());
        assert!(evident("AKIAIOSFODNN7EXAMPLE").is_none());
        assert!(evident("AKIA").is_none());
        let block = format!("{} RSA PRIVATE KEY-----\nabc", "-----BEGIN");
        assert!(evident(&block).is_some());
    }
}
