//! Texts of an environment without what is bound to differ: its account ids, its regions and its own name.

use crate::model::environment::Environment;
use std::collections::HashSet;

/// What an environment calls its accounts, its regions and itself.
pub struct Names {
    /// What is replaced by what, the longest first.
    words: Vec<(String, String)>,
}

impl Names {
    /// Collects the names of an environment that is compared with another.
    pub fn new(environment: &Environment, other: &Environment) -> Self {
        let mut words = Vec::new();
        // First, because an account may have the same name: of equal words the first counts.
        let own = "<environment>".to_owned();
        let slug =
            environment.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
        words.push((slug.collect(), own.clone()));
        words.push((environment.name.clone(), own.clone()));
        words.extend(environment.name.rsplit('/').next().map(|name| (name.to_owned(), own)));
        let told = tells_roles_apart(environment) && tells_roles_apart(other);
        for (role, account) in &environment.accounts {
            let stand_in = if told { format!("<account {role}>") } else { "<account>".to_owned() };
            words.push((account.id.to_string(), stand_in.clone()));
            words.extend(account.name.clone().map(|name| (name, stand_in)));
        }
        for (at, region) in environment.regions.iter().enumerate() {
            words.push((region.clone(), format!("<region {}>", at + 1)));
        }
        words.retain(|(word, _)| !word.is_empty());
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Self { words }
    }

    /// The text with stand-ins for the names. A name counts only where it stands as a word of its own; a region may
    /// be followed by the letter of a zone.
    pub fn replace(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let inside = result.ends_with(|before: char| before.is_ascii_alphanumeric());
            let found = self.words.iter().find(|(word, _)| !inside && starts_with_word(rest, word));
            let length = match found {
                Some((word, stand_in)) => {
                    result.push_str(stand_in);
                    word.len()
                }
                None => {
                    result.push(letter);
                    letter.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        result
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    let mut after = rest.chars();
    match (after.next(), after.next()) {
        (None, _) => true,
        (Some(letter), next)
            if word.ends_with(|last: char| last.is_ascii_digit()) && letter.is_ascii_lowercase() =>
        {
            !next.is_some_and(|letter| letter.is_ascii_alphanumeric())
        }
        (Some(letter), _) => !letter.is_ascii_alphanumeric(),
    }
}

fn tells_roles_apart(environment: &Environment) -> bool {
    let ids: HashSet<&str> = environment.accounts.values().map(|account| account.id.as_str()).collect();
    ids.len() == environment.accounts.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let words = [("eu-west-1", "R"), ("quiz-dev", "E"), ("dev", "E"), ("111111111111", "A")];
        let names = Names { words: words.map(|(word, by)| (word.to_owned(), by.to_owned())).into() };
        assert_eq!(names.replace(text), expected, "{text}");
    }

    #[test]
    fn names_are_replaced_as_words() {
        check("", "");
        check("arn:aws:sqs:eu-west-1:111111111111:acme-quiz-dev-x", "arn:aws:sqs:R:A:acme-E-x");
        check("eu-west-1a", "Ra");
        check("eu-west-12", "eu-west-12");
        check("dev.example.com", "E.example.com");
        check("/dev/sda", "/E/sda");
        check("device developer", "device developer");
        check("1111111111112", "1111111111112");
        check("größe-dev", "größe-E");
    }
}
