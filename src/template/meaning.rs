//! What scalars mean: to CloudFormation (YAML 1.1 without timestamps), and in formwork's own files.

use crate::model::document::{Kind, Node};
use crate::model::value::Value;

/// What a node means to CloudFormation: `yes` is true, `012` is the number 10, `012345678901` is text, and the
/// short form `!Ref X` is the long form `{Ref: X}`. Numbers come as JSON would write them.
pub fn meaning(node: &Node) -> Value {
    let bare = match &node.kind {
        Kind::Scalar { text, plain } => scalar_meaning(text, *plain && node.tag.is_none()),
        Kind::Sequence(items) => Value::List(items.iter().map(meaning).collect()),
        Kind::Mapping(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key_text(key), meaning(value))).collect())
        }
        Kind::Alias => Value::Null,
    };
    match node.tag.as_deref() {
        Some(tag) => long_form(tag, bare),
        None => bare,
    }
}

/// What a node of formwork's own files means: numbers keep their lexeme, account ids their zeros, and only
/// `true`, `false`, `null` and `~` are more than text and numbers. Tags are not looked at.
pub fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, plain: true } => match &**text {
            "" | "~" | "null" => Value::Null,
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            number if is_number(number) => Value::Number(number.to_owned()),
            text => Value::Text(text.to_owned()),
        },
        Kind::Scalar { text, plain: false } => Value::Text(text.to_string()),
        Kind::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Kind::Mapping(entries) => {
            Value::Map(entries.iter().map(|(key, item)| (key_text(key), value(item))).collect())
        }
        Kind::Alias => Value::Null,
    }
}

/// Whether a text is a number as JSON writes it: `0`, `-12`, `1.10`, `2e5`, but not `012`, `+1`, `.5` or `1_000`.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// What a scalar's text means to CloudFormation.
pub(super) fn scalar_meaning(text: &str, plain: bool) -> Value {
    if !plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Boolean(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Value::Boolean(false);
        }
        _ => {}
    }
    let starts_like_a_number =
        text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    match starts_like_a_number.then(|| integer(text).or_else(|| float(text))).flatten() {
        Some(number) => Value::Number(number),
        None => Value::Text(text.to_owned()),
    }
}

/// The text of a mapping's key; keys that are no scalars have none.
pub(super) fn key_text(key: &Node) -> String {
    key.text().unwrap_or_default().to_owned()
}

/// The long form of a function: `Ref`, `Condition`, or `Fn::` and the tag.
pub(super) fn long_form(tag: &str, argument: Value) -> Value {
    let name = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        _ => format!("Fn::{tag}"),
    };
    let argument = match (tag, argument) {
        ("GetAtt", Value::Text(text)) => split_attribute(&text),
        (_, argument) => argument,
    };
    Value::Map(vec![(name, argument)])
}

/// `A.B.C` of a `GetAtt` as the list of the long form: the logical id and the rest.
pub(super) fn split_attribute(text: &str) -> Value {
    match text.split_once('.') {
        Some((logical_id, attribute)) => {
            Value::List(vec![Value::Text(logical_id.to_owned()), Value::Text(attribute.to_owned())])
        }
        None => Value::Text(text.to_owned()),
    }
}

fn integer(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let bare = || rest.replace('_', "");
    let only =
        |text: &str, allowed: &str| !text.is_empty() && text.chars().all(|each| allowed.contains(each));
    let number = if let Some(digits) = rest.strip_prefix("0b") {
        only(digits, "01_").then(|| u128::from_str_radix(&bare()[2..], 2).ok())??.to_string()
    } else if let Some(digits) = rest.strip_prefix("0x") {
        only(digits, "0123456789abcdefABCDEF_")
            .then(|| u128::from_str_radix(&bare()[2..], 16).ok())??
            .to_string()
    } else if rest == "0" {
        "0".to_owned()
    } else if let Some(digits) = rest.strip_prefix('0') {
        only(digits, "01234567_").then(|| u128::from_str_radix(&bare(), 8).ok())??.to_string()
    } else if only(rest, "0123456789_") && rest.starts_with(|first: char| first.is_ascii_digit()) {
        bare()
    } else {
        sexagesimal(rest)?.to_string()
    };
    Some(match number.as_str() {
        "0" => number,
        _ => format!("{sign}{number}"),
    })
}

/// `1:30` is 90; the first part has no leading zero, the others are below sixty.
fn sexagesimal(text: &str) -> Option<u128> {
    let (first, rest) = text.split_once(':')?;
    if !first.starts_with(|digit: char| matches!(digit, '1'..='9')) {
        return None;
    }
    let mut total: u128 = first.replace('_', "").parse().ok()?;
    for part in rest.split(':') {
        total = total.checked_mul(60)?.checked_add(sixtieth(part)?)?;
    }
    Some(total)
}

fn sixtieth(part: &str) -> Option<u128> {
    let fits = matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    fits.then(|| part.parse().ok())?
}

fn float(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(text.to_owned());
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    // The exponent needs a sign, and a number that begins with the point has no sign and needs a digit behind it.
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.starts_with(['+', '-'])
            && exponent.len() > 1
            && exponent[1..].bytes().all(|byte| byte.is_ascii_digit())
    });
    let whole_fits = match whole.is_empty() {
        true => unsigned.len() == text.len() && fraction.starts_with(|first: char| first.is_ascii_digit()),
        false => whole.starts_with(|first: char| first.is_ascii_digit()),
    };
    if !(digits(whole) && digits(fraction) && exponent_fits && whole_fits) {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    Some(format!("{number:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Value) {
        assert_eq!(scalar_meaning(text, true), expected, "{text}");
    }

    fn number(text: &str) -> Value {
        Value::Number(text.to_owned())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn scalars_as_cloudformation_reads_them() {
        for yes in ["yes", "Yes", "ON", "true"] {
            check(yes, Value::Boolean(true));
        }
        for no in ["no", "Off", "FALSE"] {
            check(no, Value::Boolean(false));
        }
        for same in [
            "y",
            "n",
            "1e3",
            "0o14",
            "2010-09-09",
            "012345678901",
            "yEs",
            ".",
            "-",
            "+",
            "1.2.3",
            "0x",
            "0b2",
            "08",
            "22:61",
            "-.5",
            "1:2:",
            "_1",
            "a",
        ] {
            check(same, text(same));
        }
        let numbers = [
            ("012", "10"),
            ("000000000001", "1"),
            ("012345670123", "1402433619"),
            ("1:30", "90"),
            ("22:22", "1342"),
            ("1_000", "1000"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("-12", "-12"),
            ("+5", "5"),
            ("-0", "0"),
            ("1.10", "1.1"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("1.5e+3", "1500.0"),
            ("123456789012", "123456789012"),
            ("340282366920938463463374607431768211456", "340282366920938463463374607431768211456"),
        ];
        numbers.iter().for_each(|(written, meant)| check(written, number(meant)));
        check("", Value::Null);
        check("~", Value::Null);
    }

    #[test]
    fn numbers_of_own_files() {
        for yes in ["0", "-12", "1.10", "2e5", "1.5E-7", "123456789012"] {
            assert!(is_number(yes), "{yes}");
        }
        for no in ["", "-", "012", "+1", ".5", "1.", "1_000", "0x1", "1e", "1:30", "1.2.3"] {
            assert!(!is_number(no), "{no}");
        }
    }
}
