//! Regular expressions that are held against whole texts. Says nothing of whose texts these are.

use regex_lite::{Error, Regex, RegexBuilder};

/// The bytes a compiled pattern may take: with it, and the time that grows with pattern and text and never faster, no
/// pattern holds anybody up.
const LARGEST: usize = 1 << 20;

/// A pattern, ready to be held against texts.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern; the error is a fragment that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        // Alone first: `a)|(b` is no pattern, and would be one between the parentheses below.
        compiled(text)?;
        compiled(&format!(r"\A(?:{text})\z")).map(Self)
    }

    /// Whether the whole text is as the pattern says.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn compiled(text: &str) -> Result<Regex, Error> {
    RegexBuilder::new(text).size_limit(LARGEST).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let check = |pattern: &str, fits: &[&str], others: &[&str]| {
            let read = Pattern::parse(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            fits.iter().for_each(|text| assert!(read.fits(text), "{pattern} fits {text}"));
            others.iter().for_each(|text| assert!(!read.fits(text), "{pattern} does not fit {text}"));
        };
        check("[a-z][a-z0-9-]*", &["a", "a-1"], &["", "1a", "aB"]);
        check("^t4g\\.(small|medium)$", &["t4g.small"], &["t4gxsmall", "t4g.large", "t4g.small "]);
        check("\\d{2,3}", &["12", "123"], &["1", "1234"]);
        check("a{2}b?", &["aa", "aab"], &["a", "aabb"]);
        check("a{2,}", &["aa", "aaaa"], &["a"]);
        check("a|b", &["a", "b"], &["ab", ""]);
        check("[^,]+", &["a b"], &["a,b", ""]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[\\w.-]+@[\\w.-]+", &["a.b@c"], &["a b@c"]);
        check("a|", &["a", ""], &["b"]);
        check("(?:ab)+", &["abab"], &["aba"]);
        check("\\$", &["$"], &[""]);
        check(".", &["é"], &["ab"]);
        check("a$", &["a"], &["a\n"]);
        check("(a*)*b", &["b", "aaab"], &[&"a".repeat(2000)]);
        check("([a-z]{1,64}-){1,64}", &["a-b-"], &[&"a".repeat(4096)]);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        let check = |pattern: &str, expected: &str| {
            let told = Pattern::parse(pattern).map(|_| ()).map_err(|why| why.to_string());
            assert!(told.as_ref().is_err_and(|why| why.contains(expected)), "{pattern}: {told:?}");
        };
        check("(a", "found open group without closing ')'");
        check("a)", "found closing ')' without matching '('");
        check("a)|(b", "found closing ')' without matching '('");
        check("[a", "no closing bracket");
        check("*a", "repetition operator must be applied to");
        check("a{x}", "no digits");
        check("a{3,2}", "min bigger than its max");
        check("a{2", "unclosed");
        check("a\\", "end of pattern");
        check("[z-a]", "invalid range");
        check("(?!a)", "look-around is not supported");
        check("(a)\\1", "backreferences are not supported");
        check("((a{1000}){1000}){1000}", "size limit");
        check("((){1000}){1000}", "size limit");
        check(&"(".repeat(100), "too much nesting");
    }
}
