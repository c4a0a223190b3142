//! The patterns of parameter constraints, held against whole values.
//!
//! CloudFormation's patterns are Java's. What the library at hand does not know of them, look-around and
//! back-references for example, is not judged.

use regex_lite::{Regex, RegexBuilder};

/// The bytes a compiled pattern may take; with it, the library's matching in linear time cannot hang the service.
const LARGEST: usize = 1 << 20;

/// Says whether the pattern matches the whole text; nothing when it cannot be judged.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    if possessive(pattern) {
        return None;
    }
    // Alone first: `a)|(b` is no pattern, and would be one between the parentheses below.
    compiled(pattern)?;
    Some(compiled(&format!(r"\A(?:{pattern})\z"))?.is_match(text))
}

fn compiled(pattern: &str) -> Option<Regex> {
    // An error says that the pattern is wrong or of a kind that is not known: neither can be judged.
    RegexBuilder::new(pattern).size_limit(LARGEST).build().ok()
}

/// Whether a repetition gives nothing back (`a++`): to the library that is a repetition of a repetition.
fn possessive(pattern: &str) -> bool {
    let (mut class, mut repeated) = (false, false);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if repeated && letter == '+' {
            return true;
        }
        repeated = !class && matches!(letter, '*' | '+' | '?' | '}');
        match letter {
            '\\' => drop(letters.next()),
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: Option<bool>) {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }

    #[test]
    fn whole_values_are_matched() {
        check("[a-z]+", "abc", Some(true));
        check("[a-z]+", "abC", Some(false));
        check("^[a-zA-Z][-a-zA-Z0-9]*$", "my-stack1", Some(true));
        check("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})", "10.0.0.0/16", Some(true));
        check("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})", "10.0.0/16", Some(false));
        check("dev|staging|prod", "staging", Some(true));
        check("dev|staging|prod", "production", Some(false));
        check("(?:dev|prod)-.*", "prod-1", Some(true));
        check("[^@\\s]+@[^@\\s]+\\.[a-z]{2,}", "a@b.de", Some(true));
        check("[^@\\s]+@[^@\\s]+\\.[a-z]{2,}", "a b@c.de", Some(false));
        check("|arn:aws:iam::[0-9]{12}:role/.+", "", Some(true));
        check("[\\w+=,.@*+-]+", "a+b@c-d", Some(true));
        check("\\++", "++", Some(true));
        check("(?<name>a)", "a", Some(true));
        check("\\d+", "٣", Some(false));
        check("a{2}", "aaa", Some(false));
        check(".*", "ü", Some(true));
    }

    #[test]
    fn unknown_and_broken_patterns_are_not_judged() {
        for pattern in ["(", "[a", "*", "\\1", "a{x}", "a)|(b", "(?=.*\\d).{8,}", "(?<!x)a", "\\p{Alpha}"] {
            check(pattern, "a", None);
        }
        for pattern in ["a++", "a*+", "a?+", "a{1,2}+", "[a]++", "[a-z&&[^b]]"] {
            check(pattern, "a", None);
        }
        check(&"(".repeat(500), "a", None);
    }

    #[test]
    fn work_is_bounded() {
        check("(a+)+b", &"a".repeat(60), Some(false));
        check(&"(a*)*".repeat(30), &"a".repeat(4_000), Some(true));
        check("((a{1000}){1000}){1000}", "a", None);
    }
}
