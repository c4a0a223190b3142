//! Functions on text and lists: join, split, select, substitute, and their relatives.
//!
//! Each is given its argument as written and evaluates the parts itself.

use serde_json::Value;

use super::evaluate::Evaluation;
use super::{KNOWN_AFTER_APPLY, Refusal};

type Outcome = Result<Value, Refusal>;

/// How long a text may become: as long as a template may be.
const MAX_BYTES: usize = 1_000_000;

fn bounded(evaluation: &Evaluation<'_>, text: String) -> Outcome {
    evaluation.spend(text.len())?;
    if text.len() > MAX_BYTES {
        return Err(Refusal::new("Template error: a value may not exceed 1000000 bytes in size."));
    }
    Ok(text.into())
}

/// A scalar as text; nothing for lists, objects and null.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A value as the service shows it: all scalars in it are text.
pub fn in_texts(value: &Value) -> Value {
    match value {
        Value::Number(_) | Value::Bool(_) => plain(value).into(),
        Value::Array(items) => items.iter().map(in_texts).collect(),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), in_texts(value))).collect())
        }
        Value::String(_) | Value::Null => value.clone(),
    }
}

/// The refusal of a malformed `Fn::Join`.
pub fn join_fault() -> Refusal {
    Refusal::new(
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of \
         strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    )
}

/// The refusal of a malformed `Fn::Split`.
pub fn split_fault() -> Refusal {
    Refusal::new(
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string \
         to be split or a function that returns a string to be split.",
    )
}

/// The refusal of a malformed `Fn::Select`.
pub fn select_fault() -> Refusal {
    Refusal::new(
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
    )
}

/// The refusal of a malformed `Fn::Sub`.
pub fn substitute_fault() -> Refusal {
    Refusal::new(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string \
         as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    )
}

/// `Fn::Join`.
pub fn join(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    let Some([Value::String(delimiter), list]) = argument.as_array().map(Vec::as_slice) else {
        return Err(join_fault());
    };
    let Value::Array(items) = evaluation.value(list)? else { return Err(join_fault()) };
    let texts: Option<Vec<String>> = items.iter().map(plain).collect();
    let texts = texts.ok_or_else(join_fault)?;
    if texts.iter().any(|text| text.contains(KNOWN_AFTER_APPLY)) {
        return Ok(KNOWN_AFTER_APPLY.into());
    }
    let length: usize = texts.iter().map(|text| text.len() + delimiter.len()).sum();
    if length > 2 * MAX_BYTES { Err(join_fault()) } else { bounded(evaluation, texts.join(delimiter)) }
}

/// `Fn::Split`.
pub fn split(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    let Some([Value::String(delimiter), source]) = argument.as_array().map(Vec::as_slice) else {
        return Err(split_fault());
    };
    let source =
        plain(&evaluation.value(source)?).filter(|_| !delimiter.is_empty()).ok_or_else(split_fault)?;
    if source.contains(KNOWN_AFTER_APPLY) {
        return Ok(KNOWN_AFTER_APPLY.into());
    }
    let parts: Vec<Value> = source.split(delimiter.as_str()).map(Value::from).collect();
    evaluation.spend(source.len() + parts.len() * size_of::<Value>())?;
    Ok(parts.into())
}

/// `Fn::Select`.
pub fn select(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    let Some([index, list]) = argument.as_array().map(Vec::as_slice) else { return Err(select_fault()) };
    let index = plain(&evaluation.value(index)?).ok_or_else(select_fault)?;
    let list = evaluation.value(list)?;
    if index == KNOWN_AFTER_APPLY || list == KNOWN_AFTER_APPLY {
        return Ok(KNOWN_AFTER_APPLY.into());
    }
    let position: i64 = index.trim().parse().map_err(|_| select_fault())?;
    let Value::Array(items) = list else { return Err(select_fault()) };
    let item = usize::try_from(position).ok().and_then(|position| items.get(position));
    item.cloned().ok_or_else(|| {
        Refusal::new(format!(
            "Template error: Fn::Select cannot select nonexistent value at index {position}"
        ))
    })
}

/// `Fn::Base64`.
pub fn base64(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    let fault = || Refusal::new("Template error: every Fn::Base64 object must have a String-typed value.");
    let source = plain(&evaluation.value(argument)?).ok_or_else(fault)?;
    if source.contains(KNOWN_AFTER_APPLY) {
        return Ok(KNOWN_AFTER_APPLY.into());
    }
    bounded(evaluation, encode_base64(source.as_bytes()))
}

/// The usual alphabet, with padding.
pub fn encode_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let index = (group >> (18 - 6 * position)) & 63;
            encoded.push(if position <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    encoded
}

/// `Fn::Length`.
pub fn length(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    match evaluation.value(argument)? {
        Value::Array(items) => Ok(items.len().into()),
        value if value == KNOWN_AFTER_APPLY => Ok(value),
        _ => Err(Refusal::new("Template error: every Fn::Length object must have a list as its argument.")),
    }
}

/// `Fn::ToJsonString`.
pub fn json_string(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    match evaluation.value(argument)? {
        value @ (Value::Array(_) | Value::Object(_)) => bounded(evaluation, value.to_string()),
        _ => Err(Refusal::new("Template error: every Fn::ToJsonString object requires an object or a list.")),
    }
}

/// `Fn::Sub`.
pub fn substitute(evaluation: &Evaluation<'_>, argument: &Value) -> Outcome {
    let (template, given) = match argument {
        Value::String(template) => (template, None),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(template)] => (template, None),
            [Value::String(template), Value::Object(given)] => (template, Some(given)),
            _ => return Err(substitute_fault()),
        },
        _ => return Err(substitute_fault()),
    };
    let mut result = String::with_capacity(template.len());
    for piece in pieces(template) {
        let name = match piece {
            Piece::Text(text) => {
                result.push_str(text);
                continue;
            }
            Piece::Name(name) => name,
        };
        let value = match (given.and_then(|given| given.get(name)), name.split_once('.')) {
            (Some(node), _) => match evaluation.value(node)? {
                Value::String(text) if text.contains(KNOWN_AFTER_APPLY) => {
                    return Ok(KNOWN_AFTER_APPLY.into());
                }
                value => value,
            },
            (None, Some((resource, attribute))) => {
                evaluation.attribute(&Value::from(vec![resource, attribute]))?
            }
            (None, None) => evaluation.reference(&Value::from(name))?.unwrap_or_else(|| "".into()),
        };
        result.push_str(&plain(&value).ok_or_else(|| unsuitable(name))?);
        if result.len() > MAX_BYTES {
            break;
        }
    }
    bounded(evaluation, result)
}

fn unsuitable(name: &str) -> Refusal {
    Refusal::new(format!(
        "Template error: variable {name} in Fn::Sub expression does not resolve to a string"
    ))
}

/// A part of a text with placeholders.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// The name inside `${}`.
    Name(&'a str),
}

/// Takes a text with placeholders apart; `${!Name}` is the text `${Name}`.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + length];
        match name.strip_prefix('!') {
            Some(_) => {
                found.push(Piece::Text(&rest[..start + 2]));
                found.push(Piece::Text(&rest[start + 3..=start + length]));
            }
            None => {
                found.push(Piece::Text(&rest[..start]));
                found.push(Piece::Name(name));
            }
        }
        rest = &rest[start + length + 1..];
    }
    found.push(Piece::Text(rest));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        for (source, expected) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(encode_base64(source.as_bytes()), expected);
        }
    }

    #[test]
    fn placeholders_are_found() {
        let names = |text| -> Vec<String> {
            let name = |piece| if let Piece::Name(name) = piece { Some(name) } else { None };
            pieces(text).into_iter().filter_map(name).map(str::to_owned).collect()
        };
        assert_eq!(names("${A}x${B.C}"), ["A", "B.C"]);
        assert_eq!(names("${!A} $B {C} ${D"), Vec::<String>::new());
        assert_eq!(names("$${A}"), ["A"]);
    }
}
