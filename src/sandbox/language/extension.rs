//! The language extensions: loops, lengths, JSON text and lookup defaults, worked out before anything else.
//!
//! What depends on resources stays for the evaluation.

use serde_json::{Map, Value};

use super::Refusal;
use super::evaluate::{evaluate, function};
use super::references::{Reference, collect};
use super::scope::Scope;
use super::text::plain;

/// How many values all loops together may make.
const MAX_VALUES: usize = 100_000;
const LOOP: &str = "Fn::ForEach::";

/// Expands a template.
pub fn expand(tree: &Map<String, Value>, scope: &Scope<'_>) -> Result<Map<String, Value>, Refusal> {
    let scope = Scope { tree, ..*scope };
    let mut expansion = Expansion { scope: &scope, values: 0 };
    let mut result = Map::new();
    for (section, body) in tree {
        let looped = matches!(section.as_str(), "Resources" | "Conditions" | "Outputs");
        let body = if looped { expansion.node(body, &[])? } else { body.clone() };
        result.insert(section.clone(), body);
    }
    for section in ["Resources", "Outputs"] {
        if let Some(body) = result.get_mut(section) {
            *body = reduce(body.take(), &scope)?;
            body.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(single_dependency);
        }
    }
    Ok(result)
}

/// A list of one dependency is written without the list.
fn single_dependency(body: &mut Value) {
    if let Some(depends) = body.get_mut("DependsOn")
        && let Some([only]) = depends.as_array().map(Vec::as_slice)
    {
        *depends = only.clone();
    }
}

/// The names that loops have given a value, innermost last.
type Bound = [(String, String)];

struct Expansion<'a> {
    scope: &'a Scope<'a>,
    values: usize,
}

impl Expansion<'_> {
    fn node(&mut self, node: &Value, bound: &Bound) -> Result<Value, Refusal> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(Refusal::new(
                "Transform AWS::LanguageExtensions failed with: the template is too large.",
            ));
        }
        match node {
            Value::String(text) => Ok(substitute(text, bound).into()),
            Value::Array(items) => {
                Ok(items.iter().map(|item| self.node(item, bound)).collect::<Result<Vec<_>, _>>()?.into())
            }
            Value::Object(entries) => self.object(entries, bound),
            other => Ok(other.clone()),
        }
    }

    fn object(&mut self, entries: &Map<String, Value>, bound: &Bound) -> Result<Value, Refusal> {
        if let (1, Some(Value::String(name))) = (entries.len(), entries.get("Ref"))
            && let Some((_, value)) = bound.iter().rev().find(|(known, _)| known == name)
        {
            return Ok(value.as_str().into());
        }
        let mut result = Map::with_capacity(entries.len());
        for (key, value) in entries {
            if key.starts_with(LOOP) {
                self.repeat(key, value, bound, &mut result)?;
            } else {
                result.insert(substitute(key, bound), self.node(value, bound)?);
            }
        }
        Ok(Value::Object(result))
    }

    fn repeat(
        &mut self,
        key: &str,
        body: &Value,
        bound: &Bound,
        result: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        let fault = |text: &str| {
            Refusal::new(format!(
                "Transform AWS::LanguageExtensions failed with: {key} layout is incorrect: {text}"
            ))
        };
        let Some([Value::String(identifier), collection, Value::Object(output)]) =
            body.as_array().map(Vec::as_slice)
        else {
            return Err(fault("it must be a list of an identifier, a collection and an output map"));
        };
        let collection = self.node(collection, bound)?;
        let items = match evaluate(&collection, self.scope)? {
            Some(Value::Array(items)) => items,
            _ => return Err(fault("the collection must be a list")),
        };
        for item in items {
            let item = plain(&item).ok_or_else(|| fault("the collection must hold text only"))?;
            let mut inner = bound.to_vec();
            inner.push((identifier.clone(), item));
            if let Value::Object(entries) = self.object(output, &inner)? {
                result.extend(entries);
            }
        }
        Ok(())
    }
}

/// Puts loop values in for `${Name}` and, letters and digits only, for `&{Name}`.
fn substitute(text: &str, bound: &Bound) -> String {
    let mut result = text.to_owned();
    for (name, value) in bound.iter().rev() {
        result = result.replace(&format!("${{{name}}}"), value);
        let cleaned: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        result = result.replace(&format!("&{{{name}}}"), &cleaned);
    }
    result
}

/// Carries out the functions that need no resource.
fn reduce(node: Value, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let reduced = match node {
        Value::Array(items) => {
            items.into_iter().map(|item| reduce(item, scope)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| Ok((key, reduce(value, scope)?)))
                .collect::<Result<_, Refusal>>()?,
        ),
        other => return Ok(other),
    };
    match function(&reduced) {
        Some((name, _)) if reducible(name) && is_free(&reduced, scope) => {
            Ok(evaluate(&reduced, scope)?.unwrap_or(Value::Null))
        }
        _ => Ok(reduced),
    }
}

fn reducible(name: &str) -> bool {
    matches!(
        name,
        "Fn::Length"
            | "Fn::ToJsonString"
            | "Fn::FindInMap"
            | "Fn::Join"
            | "Fn::Sub"
            | "Fn::Select"
            | "Fn::Split"
    )
}

/// Says whether a node needs neither resources, conditions nor the world.
fn is_free(node: &Value, scope: &Scope<'_>) -> bool {
    let mut found = Vec::new();
    collect(node, None, &mut found);
    let known = |reference: &Reference| match reference {
        Reference::Name(name) => {
            scope.parameters.contains_key(name) || scope.pseudo(name).is_some_and(|value| value.is_some())
        }
        _ => false,
    };
    found.iter().all(known) && !names_outside(node)
}

fn names_outside(node: &Value) -> bool {
    let outside = function(node).is_some_and(|(name, _)| {
        matches!(name, "Fn::ImportValue" | "Fn::If" | "Fn::GetStackOutput" | "Fn::Transform" | "Condition")
    });
    outside
        || match node {
            Value::Array(items) => items.iter().any(names_outside),
            Value::Object(entries) => entries.values().any(names_outside),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{GivenParameter, Identity, Template, resolve_parameters, transform};
    use super::*;
    use serde_json::json;

    fn check(resources: &str, expected: Value) {
        let text = format!(
            "Transform: AWS::LanguageExtensions\nParameters: {{Names: {{Type: CommaDelimitedList}}}}\n\
             Mappings: {{M: {{K: {{A: a}}}}}}\nResources:\n{resources}"
        );
        let template = Template::read(&text).expect(&text);
        let given = GivenParameter { name: "Names".into(), value: Some("x,y-1".into()), use_previous: false };
        let parameters = resolve_parameters(&template, &[given], None, &Nothing).expect("they are given");
        let tree = transform::process(template.tree(), &parameters, &Identity::default(), &Nothing);
        assert_eq!(tree.map(|tree| tree["Resources"].clone()), Ok(expected), "{text}");
    }

    #[test]
    fn loops_and_functions_are_worked_out() {
        check(
            "  'Fn::ForEach::T': [N, !Ref Names, {'Topic&{N}': {Type: T, Properties: {P: !Ref N, Q: !Sub 'q-${N}'}}}]",
            json!({
                "Topicx": {"Type": "T", "Properties": {"P": "x", "Q": "q-x"}},
                "Topicy1": {"Type": "T", "Properties": {"P": "y-1", "Q": "q-y-1"}},
            }),
        );
        check(
            "  A: {Type: T, Properties: {L: {'Fn::Length': !Ref Names}, J: {'Fn::ToJsonString': {a: 1}}}}\n  \
               B: {Type: T, Properties: {F: {'Fn::FindInMap': [M, K, Z, {DefaultValue: d}]}, R: !Ref A}}",
            json!({
                "A": {"Type": "T", "Properties": {"L": 2, "J": "{\"a\":1}"}},
                "B": {"Type": "T", "Properties": {"F": "d", "R": {"Ref": "A"}}},
            }),
        );
    }
}
