//! Reads the parameters of an AWS Query request: flat `A.member.1.B=x` pairs into a tree.
//!
//! Keeps "absent", "empty" and "set" apart, since AWS reads an empty list as "clear it".

use super::refusal::Refusal;
use serde_json::Value;
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

    /// Gives a field a text.
    pub(super) fn set(&mut self, name: &str, text: String) {
        self.fields.entry(name.to_owned()).or_default().text = Some(text);
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
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
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

    /// All that is in this value, written so that equal values give equal texts.
    pub(super) fn canonical(&self, out: &mut String) {
        if let Some(text) = &self.text {
            out.push_str(&format!("={}:{text}", text.len()));
        }
        for (name, field) in &self.fields {
            out.push_str(&format!("({}:{name}", name.len()));
            field.canonical(out);
            out.push(')');
        }
    }

    /// What was sent for this value itself.
    pub(super) fn own_text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The names of what is in this value.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The members of this list with the numbers they were sent with, in order.
    pub(super) fn numbered(&self) -> Vec<(u32, &Input)> {
        let Some(member) = self.fields.get("member") else { return Vec::new() };
        member.in_order()
    }

    /// The number of this list's last member, 0 when it has none.
    pub(super) fn last_number(&self) -> u32 {
        self.numbered().last().map_or(0, |(number, _)| *number)
    }

    /// The entries of this map, in order.
    pub(super) fn entries(&self) -> Vec<&Input> {
        let Some(entry) = self.fields.get("entry") else { return Vec::new() };
        entry.in_order().into_iter().map(|(_, entry)| entry).collect()
    }

    fn in_order(&self) -> Vec<(u32, &Input)> {
        let numbered = |(name, item)| Some((str::parse(name).ok()?, item));
        let mut items: Vec<(u32, &Input)> =
            self.fields.iter().map(|(name, item)| (name.as_str(), item)).filter_map(numbered).collect();
        items.sort_by_key(|(number, _)| *number);
        items
    }

    /// The members of a list; `None` when it was not sent, empty when it was sent empty.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&Input>> {
        let field = self.fields.get(name)?;
        Some(field.numbered().into_iter().map(|(_, item)| item).collect())
    }

    /// All parameters as a tree: numbered fields are lists, with `member` or without.
    pub(super) fn tree(&self) -> Value {
        if self.fields.is_empty() {
            return self.text.clone().map_or(Value::Null, Value::String);
        }
        if let Some(member) = self.fields.get("member").filter(|_| self.fields.len() == 1) {
            return member.tree();
        }
        let mut numbered: Vec<(u32, &Input)> =
            self.fields.iter().filter_map(|(name, field)| Some((name.parse().ok()?, field))).collect();
        if numbered.len() == self.fields.len() {
            numbered.sort_by_key(|(index, _)| *index);
            return numbered.into_iter().map(|(_, field)| field.tree()).collect();
        }
        self.fields.iter().map(|(name, field)| (name.clone(), field.tree())).collect()
    }

    /// The entries of a map: `Name.entry.1.key=a&Name.entry.1.value=b`, this being `Name`.
    pub(super) fn map(&self) -> BTreeMap<String, String> {
        let pair = |one: &Input| Some((one.text("key")?.to_owned(), one.text("value")?.to_owned()));
        self.entries().into_iter().filter_map(pair).collect()
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
        assert_eq!(input.flag("A"), Ok(Some(true)));
        assert!(Input::parse("A=2").flag("A").is_err());
        assert!(input.required("StackName").unwrap_err().message.contains("'stackName'"));
    }

    #[test]
    fn parameters_are_a_tree() {
        let input = Input::parse("A=1&B.member.2=y&B.member.1=x&Filter.1.Name=n&Filter.1.Value.1=v");
        let expected =
            serde_json::json!({"A": "1", "B": ["x", "y"], "Filter": [{"Name": "n", "Value": ["v"]}]});
        assert_eq!(input.tree(), expected);
        assert_eq!(Input::parse("").tree(), Value::Null);
    }

    #[test]
    fn strange_bytes_are_read_without_panic() {
        for form in ["%", "%f", "=", "&&", "a.b.c=1&a=2", "%C3%28=%ff", "é%=1", "%é1=2"] {
            Input::parse(form);
        }
    }
}
