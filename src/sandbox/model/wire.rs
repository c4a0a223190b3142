//! Whether what was sent can be read at all: lists, maps and structures in their form, numbers and booleans as such.
//!
//! The texts are those of AWS's Query services. `Top level element may not be treated as a list` was seen in answers of
//! CloudFormation, those about booleans and indexes in answers of SES and EMR, which have the same front end; those about
//! numbers and about a structure sent as a text are assumptions.

use super::super::query::Input;
use super::super::refusal::Refusal;
use super::{Model, Shape};

/// The largest index of a list.
const INDEX: u32 = 214_748_369;
/// How many members of a list may be left out in a row.
const GAP: u32 = 10;

/// Refuses a value that cannot be read as its shape; at most one fault is told.
pub(super) fn readable(model: &Model, shape: &str, value: &Input, top: bool) -> Result<(), Refusal> {
    match model.shapes.get(shape) {
        None | Some(Shape::Timestamp) => Ok(()),
        Some(Shape::Structure { members }) => {
            plain(value)?;
            for (name, shape, _) in members {
                let Some(member) = value.structure(name) else { continue };
                readable(model, shape, member, top && name != "member")?;
            }
            Ok(())
        }
        Some(Shape::List { member, .. }) => list(model, member, value, top),
        Some(Shape::Map { key, value: shape, .. }) => {
            plain(value)?;
            for entry in value.entries() {
                for (part, shape) in [("key", key), ("value", shape)] {
                    let Some(part) = entry.structure(part) else { continue };
                    readable(model, shape, part, false)?;
                }
            }
            Ok(())
        }
        Some(Shape::String(_)) => scalar(value).map(drop),
        Some(Shape::Boolean) => match scalar(value)? {
            "true" | "false" | "1" | "0" => Ok(()),
            "" => malformed("missing value for boolean type"),
            _ => malformed("boolean must follow xsd1.1 definition"),
        },
        Some(Shape::Integer(_)) => number(value, |text| text.parse::<i32>().is_ok(), "integer"),
        Some(Shape::Long(_)) => number(value, |text| text.parse::<i64>().is_ok(), "long"),
    }
}

fn malformed<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(400, "MalformedInput", text))
}

/// A structure or a list may be sent empty, as `Name=`, but not as a text.
fn plain(value: &Input) -> Result<(), Refusal> {
    match value.own_text() {
        None | Some("") => Ok(()),
        Some(_) => malformed("Value found where not expected"),
    }
}

fn scalar(value: &Input) -> Result<&str, Refusal> {
    match value.own_text() {
        Some(text) => Ok(text),
        None => malformed("Start of structure or map found where not expected."),
    }
}

fn number(value: &Input, reads: fn(&str) -> bool, kind: &str) -> Result<(), Refusal> {
    match scalar(value)? {
        "" => malformed(format!("missing value for {kind} type")),
        text if reads(text) => Ok(()),
        _ => malformed(format!("{kind} must follow xsd1.1 definition")),
    }
}

fn list(model: &Model, shape: &str, value: &Input, top: bool) -> Result<(), Refusal> {
    plain(value)?;
    if value.names().any(|name| name != "member" && name.bytes().all(|byte| byte.is_ascii_digit())) {
        return malformed(match top {
            true => "Top level element may not be treated as a list",
            false => "Start of list found where not expected",
        });
    }
    let Some(members) = value.structure("member") else { return Ok(()) };
    for name in members.names() {
        index(name)?;
    }
    let mut previous = 0;
    for (index, member) in value.numbered() {
        let skipped = index.saturating_sub(previous.max(1));
        if skipped > GAP {
            return malformed(format!("Excessively sparse input would skip {skipped} list elements"));
        }
        previous = index;
        readable(model, shape, member, false)?;
    }
    Ok(())
}

fn index(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return malformed("Start of list found where not expected");
    }
    if name == "0" {
        return malformed("0 is not a valid index");
    }
    if name.starts_with('0') {
        return malformed("Value found where not expected");
    }
    match name.parse::<u32>() {
        Ok(index) if index <= INDEX => Ok(()),
        _ => malformed(format!("Index {name} is illegal")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::MODEL;
    use super::*;

    fn check(action: &str, form: &str, expected: Option<&str>) {
        let shape = MODEL.action(action).unwrap().input.clone().unwrap();
        let refused = readable(&MODEL, &shape, &Input::parse(form), true).err();
        assert!(refused.iter().all(|refusal| refusal.code == "MalformedInput"), "{form}");
        assert_eq!(refused.map(|refusal| refusal.message).as_deref(), expected, "{form}");
    }

    #[test]
    fn lists_have_members_with_numbers() {
        let check = |form, expected| check("ListStacks", form, expected);
        check("", None);
        check("StackStatusFilter=", None);
        check("StackStatusFilter.member.1=A&StackStatusFilter.member.2=B", None);
        check("StackStatusFilter.1=A", Some("Top level element may not be treated as a list"));
        check("StackStatusFilter=A", Some("Value found where not expected"));
        check("StackStatusFilter.member.a=A", Some("Start of list found where not expected"));
        check("StackStatusFilter.member.0=A", Some("0 is not a valid index"));
        check("StackStatusFilter.member.01=A", Some("Value found where not expected"));
        check("StackStatusFilter.member.99999999999=A", Some("Index 99999999999 is illegal"));
        check(
            "StackStatusFilter.member.1=A&StackStatusFilter.member.50=B",
            Some("Excessively sparse input would skip 49 list elements"),
        );
    }

    #[test]
    fn scalars_are_read_as_what_they_are() {
        let check = |form, expected| check("CreateStack", form, expected);
        check("DisableRollback=1&TimeoutInMinutes=5&Unknown.x=1", None);
        check("DisableRollback=TRUE", Some("boolean must follow xsd1.1 definition"));
        check("DisableRollback=", Some("missing value for boolean type"));
        check("TimeoutInMinutes=5.5", Some("integer must follow xsd1.1 definition"));
        check("StackName.a=x", Some("Start of structure or map found where not expected."));
        check("RollbackConfiguration=x", Some("Value found where not expected"));
        check("Tags.member.1.Key.a=x", Some("Start of structure or map found where not expected."));
    }
}
