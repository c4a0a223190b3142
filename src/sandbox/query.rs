//! Reads the parameters of an AWS Query request: flat `A.member.1.B=x` pairs into a tree.
//!
//! Keeps "absent", "empty" and "set" apart, since AWS reads an empty list as "clear it".

use super::refusal::Refusal;
use std::collections::BTreeMap;

/// The parameters of a request, or of one structure in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Input {
    text: Option<String>,
    fields: BTreeMap<String, Input>,
}

/// More nesting than any operation has.
const DEPTH: usize = 24;

impl Input {
    /// Reads a form-encoded body or query string.
    pub(super) fn parse(form: &str) -> Self {
        let mut root = Self::default();
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            root.insert(&decode(name), decode(value));
        }
        root
    }

    /// Parameters made of their paths and values, as if they had been sent.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let mut root = Self::default();
        for (path, value) in pairs {
            root.insert(path, value.clone());
        }
        root
    }

    fn insert(&mut self, path: &str, value: String) {
        let mut node = self;
        for part in path.splitn(DEPTH, '.') {
            node = node.fields.entry(part.to_owned()).or_default();
        }
        node.text = Some(value);
    }

    /// The text of a field, if it was sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.text.as_deref()
    }

    /// The text of a field that may not be absent; the refusal names it as AWS's model does.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(&member(name)))
    }

    /// A boolean field.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::new(400, "MalformedInput", "Unexpected value for boolean")),
        }
    }

    /// A number field.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number =
            text.parse().map_err(|_| Refusal::new(400, "MalformedInput", "Unexpected value for integer"));
        number.map(Some)
    }

    /// A nested structure.
    pub(super) fn structure(&self, name: &str) -> Option<&Input> {
        self.fields.get(name)
    }

    /// The members of a list; `None` when it was not sent, empty when it was sent empty.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&Input>> {
        let field = self.fields.get(name)?;
        let mut members: Vec<(u32, &Input)> = field.fields.get("member").map_or_else(Vec::new, |member| {
            member.fields.iter().filter_map(|(index, item)| Some((index.parse().ok()?, item))).collect()
        });
        members.sort_by_key(|(index, _)| *index);
        Some(members.into_iter().map(|(_, item)| item).collect())
    }

    /// The entries of a map: `Name.entry.1.key=a&Name.entry.1.value=b`, this being `Name`.
    pub(super) fn entries(&self) -> BTreeMap<String, String> {
        let listed = self.fields.get("entry").into_iter().flat_map(|entry| entry.fields.values());
        let pair = |one: &Input| Some((one.text("key")?.to_owned(), one.text("value")?.to_owned()));
        listed.filter_map(pair).collect()
    }

    /// The members of a list of strings.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let list = self.list(name)?;
        Some(list.into_iter().filter_map(|item| item.text.clone()).collect())
    }
}

/// A field's name as AWS's validation texts write it: with a small first letter.
pub(super) fn member(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Undoes percent-encoding and `+`; what is not an escape stays as it is.
pub(super) fn decode(text: &str) -> String {
    percent_decode(text, true)
}

/// Undoes percent-encoding; `plus` says whether `+` stands for a space.
pub(super) fn percent_decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escaped = (bytes[index] == b'%')
            .then(|| text.get(index + 1..index + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                index += 3;
                continue;
            }
            None if plus && bytes[index] == b'+' => out.push(b' '),
            None => out.push(bytes[index]),
        }
        index += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_empty_and_set_are_three_things() {
        let input = Input::parse("A=1&Tags=&L.member.2.K=b&L.member.1.K=a&S.T=x%20y+z%zz&F=true");
        assert_eq!(input.text("A"), Some("1"));
        assert_eq!(input.list("Absent"), None);
        assert_eq!(input.list("Tags"), Some(vec![]));
        let keys: Vec<_> = input.list("L").unwrap().iter().filter_map(|item| item.text("K")).collect();
        assert_eq!(keys, ["a", "b"]);
        assert_eq!(input.structure("S").unwrap().text("T"), Some("x y z%zz"));
        assert_eq!(input.flag("F"), Ok(Some(true)));
        assert!(input.flag("A").is_err());
        assert!(input.required("StackName").unwrap_err().message.contains("'stackName'"));
    }

    #[test]
    fn strange_bytes_are_read_without_panic() {
        for form in ["%", "%f", "=", "&&", "a.b.c=1&a=2", "%C3%28=%ff", "é%=1", "%é1=2"] {
            Input::parse(form);
        }
    }
}
