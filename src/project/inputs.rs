//! Parameters of stacks: texts, and facts that are known only when something is deployed.

use crate::model::document::Kind;
use crate::model::fact::{Fact, Input};
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::StackAddress;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::evaluate::{Evaluator, collect, misplaced};
use crate::project::references::{Reference, parse};
use crate::project::schema::reader::Written;

/// Finds stacks: those of this environment and of others.
pub trait Stacks {
    /// The one stack that a reference means for a stack.
    fn one(&mut self, reference: &Reference, consumer: &StackAddress) -> Result<StackAddress, Finding>;
    /// All stacks that a reference means.
    fn all(&mut self, reference: &Reference, consumer: &StackAddress) -> Result<Vec<StackAddress>, Finding>;
}

/// Evaluates the parameters of one stack.
pub struct Inputs<'a> {
    /// Evaluates what has no facts in it.
    pub evaluator: Evaluator<'a>,
    /// The stack.
    pub consumer: &'a StackAddress,
    /// All stacks.
    pub stacks: &'a mut dyn Stacks,
}

impl Inputs<'_> {
    /// What a parameter is given.
    pub fn input(&mut self, name: &str, written: &Written) -> Result<Input, Vec<Finding>> {
        let one = |finding: Finding| vec![finding];
        match (written.node.tag.as_deref(), &written.node.kind) {
            (Some("Output"), _) => {
                let reference = parse(written, &self.evaluator)?;
                let producer = self.stacks.one(&reference, self.consumer).map_err(one)?;
                Ok(Input::Fact(Fact::Output { producer, key: reference.key }))
            }
            (Some("Outputs"), _) => {
                let reference = parse(written, &self.evaluator)?;
                let producers = self.stacks.all(&reference, self.consumer).map_err(one)?;
                Ok(Input::Fact(Fact::Outputs { producers, key: reference.key }))
            }
            (Some("Ssm"), _) => self.ssm(written).map(Input::Fact),
            (Some("Env"), _) => self.variable(written).map(Input::Fact),
            (Some("Secret" | "File" | "Account"), _) => self.plain(name, written),
            (Some(tag), _) => Err(vec![misplaced(tag, written)]),
            (None, Kind::Sequence(items)) if written.has_tag() => {
                collect(items.iter().map(|item| self.input(name, &written.sibling(item)))).map(Input::List)
            }
            (None, _) => self.plain(name, written),
        }
    }

    fn plain(&self, name: &str, written: &Written) -> Result<Input, Vec<Finding>> {
        let value = self.evaluator.value(written)?;
        text(name, &value, &written.place()).map(Input::Text).map_err(|finding| vec![finding])
    }

    fn ssm(&self, written: &Written) -> Result<Fact, Vec<Finding>> {
        let name = self.evaluator.text(written)?;
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "/._-:".contains(letter);
        if name.is_empty() || !name.chars().all(letters) {
            let message = format!("`{name}` is not the name of a parameter of Systems Manager");
            return Err(vec![
                Finding::error(codes::REFERENCE, message, written.place()).help("write `!Ssm /path/name`"),
            ]);
        }
        Ok(Fact::Ssm { name })
    }

    fn variable(&self, written: &Written) -> Result<Fact, Vec<Finding>> {
        let name = self.evaluator.text(written)?;
        let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(letters) {
            let message = format!("`{name}` is not the name of an environment variable");
            return Err(vec![
                Finding::error(codes::REFERENCE, message, written.place()).help("write `!Env NAME`"),
            ]);
        }
        Ok(Fact::Env { name })
    }
}

/// The text of a value as CloudFormation takes parameters: lists are joined with commas.
pub fn text(name: &str, value: &Value, place: &Place) -> Result<String, Finding> {
    let refused = |message: String| Finding::error(codes::PARAMETER, message, place.clone());
    match value {
        Value::Boolean(_) | Value::Number(_) | Value::Text(_) => Ok(value.as_text().unwrap_or_default()),
        Value::Null => Err(refused(format!("the parameter `{name}` is given nothing")).help(
            "write `\"\"` for an empty text, or leave the parameter out to take the template's default",
        )),
        Value::Map(_) => Err(refused(format!("the parameter `{name}` cannot be a mapping")).help(
            "parameters of CloudFormation are texts: give it one field, or all as text with `| to_json`",
        )),
        Value::List(items) => {
            let mut texts = Vec::new();
            for item in items {
                let Some(text) = item.as_text().filter(|_| *item != Value::Null) else {
                    let message =
                        format!("the parameter `{name}` cannot be a list with {} in it", item.kind());
                    let help = "lists of parameters hold texts: give one field of each item with `| map(attribute=…)`, or all as text with `| to_json`";
                    return Err(refused(message).help(help));
                };
                if text.contains(',') {
                    let message = format!("the parameter `{name}` has an item with a comma: `{text}`");
                    let help = "CloudFormation would take it for two items";
                    return Err(refused(message).help(help));
                }
                texts.push(text);
            }
            Ok(texts.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Source;
    use std::sync::Arc;

    #[test]
    fn values_become_texts() {
        let source = Arc::new(Source { path: "a".to_owned(), text: String::new() });
        let check = |value: Value, expected: Result<&str, &str>| {
            let told = text("P", &value, &Place::new(&source, 0, 0)).map_err(|finding| finding.message);
            assert_eq!(told.as_deref().map_err(String::as_str), expected, "{value:?}");
        };
        let number = |text: &str| Value::Number(text.to_owned());
        let word = |text: &str| Value::Text(text.to_owned());
        check(number("1.10"), Ok("1.10"));
        check(Value::Boolean(true), Ok("true"));
        check(word(""), Ok(""));
        check(Value::List(vec![word("a"), number("2")]), Ok("a,2"));
        check(Value::List(Vec::new()), Ok(""));
        check(Value::List(vec![word("a,b")]), Err("the parameter `P` has an item with a comma: `a,b`"));
        check(
            Value::List(vec![Value::Map(Vec::new())]),
            Err("the parameter `P` cannot be a list with a mapping in it"),
        );
        check(Value::Null, Err("the parameter `P` is given nothing"));
        check(Value::Map(Vec::new()), Err("the parameter `P` cannot be a mapping"));
    }
}
