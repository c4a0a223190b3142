//! Identifiers that look random and follow from a seed: the same history gives the same ones.

use sha2::{Digest, Sha256};

/// A UUID made of the seed and what it is for.
pub(super) fn uuid(seed: u64, parts: &[&str]) -> String {
    let hex = digest(seed, parts);
    let version = format!("4{}", &hex[13..16]);
    format!("{}-{}-{version}-a{}-{}", &hex[..8], &hex[8..12], &hex[17..20], &hex[20..32])
}

/// Hexadecimal digits made of the seed and what they are for.
pub(super) fn digest(seed: u64, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_be_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    hasher.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_give_the_same_identifier() {
        assert_eq!(uuid(1, &["a", "b"]), uuid(1, &["a", "b"]));
        assert_ne!(uuid(1, &["a", "b"]), uuid(1, &["ab"]));
        assert_ne!(uuid(1, &["a"]), uuid(2, &["a"]));
        assert_eq!(uuid(1, &["a"]).len(), 36);
    }
}
