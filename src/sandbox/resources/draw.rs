//! Letters and digits that look drawn by lot and follow from a seed: the same seed gives the same identifiers.

use sha2::{Digest, Sha256};

const MIXED: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A source of drawn text.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    /// What everything follows from.
    pub seed: &'a str,
}

impl Draw<'_> {
    /// Mixed letters and digits.
    pub fn mixed(&self, purpose: &str, length: usize) -> String {
        self.letters(purpose, length, MIXED)
    }

    /// Small letters and digits.
    pub fn lower(&self, purpose: &str, length: usize) -> String {
        self.letters(purpose, length, LOWER)
    }

    /// Capital letters and digits.
    pub fn upper(&self, purpose: &str, length: usize) -> String {
        self.letters(purpose, length, UPPER)
    }

    /// Hexadecimal digits.
    pub fn hexadecimal(&self, purpose: &str, length: usize) -> String {
        self.letters(purpose, length, b"0123456789abcdef")
    }

    /// Decimal digits, the first not zero.
    pub fn digits(&self, purpose: &str, length: usize) -> String {
        let mut text = self.letters(purpose, length, b"0123456789");
        if text.starts_with('0') {
            text.replace_range(..1, "7");
        }
        text
    }

    /// A number below a bound.
    pub fn number(&self, purpose: &str, bound: u8) -> u8 {
        self.bytes(purpose, 0)[0] % bound.max(1)
    }

    /// In the form of a universally unique identifier.
    pub fn uuid(&self, purpose: &str) -> String {
        let hex = self.hexadecimal(purpose, 32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    fn letters(&self, purpose: &str, length: usize, alphabet: &[u8]) -> String {
        let mut text = String::with_capacity(length);
        let mut round = 0;
        while text.len() < length {
            for byte in self.bytes(purpose, round).into_iter().take(length - text.len()) {
                text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
            round += 1;
        }
        text
    }

    fn bytes(&self, purpose: &str, round: u8) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.seed, "\u{0}", purpose] {
            hash.update(part.as_bytes());
        }
        hash.update([round]);
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text() {
        let draw = Draw { seed: "one" };
        assert_eq!(draw.mixed("x", 12), Draw { seed: "one" }.mixed("x", 12));
        assert_ne!(draw.mixed("x", 12), draw.mixed("y", 12));
        assert_ne!(draw.mixed("x", 12), Draw { seed: "two" }.mixed("x", 12));
        assert_eq!(draw.hexadecimal("x", 70).len(), 70);
        assert_eq!(draw.uuid("x").len(), 36);
    }
}
