//! Plain YAML words as YAML 1.1 reads them, without timestamps: what CloudFormation does.
//!
//! Quoted scalars never come here.

use serde_json::{Number, Value};

/// The value of a plain scalar.
pub fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Value> {
    let first = text.trim_start_matches(['+', '-']);
    if !first.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    integer(text).or_else(|| float(text))
}

fn integer(text: &str) -> Option<Value> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest.contains(':') {
        return sexagesimal(negative, rest);
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = rest.replace('_', "");
    let magnitude = if let Some(hexadecimal) = digits.strip_prefix("0x") {
        u64::from_str_radix(hexadecimal, 16).ok()?
    } else if let Some(binary) = digits.strip_prefix("0b") {
        u64::from_str_radix(binary, 2).ok()?
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(&digits, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    signed(negative, magnitude)
}

fn signed(negative: bool, magnitude: u64) -> Option<Value> {
    if negative {
        i64::try_from(magnitude).ok().map(|value| Value::from(-value))
    } else {
        Some(Value::from(magnitude))
    }
}

/// `1:30` is ninety.
fn sexagesimal(negative: bool, text: &str) -> Option<Value> {
    let mut total: u64 = 0;
    for (position, part) in text.split(':').enumerate() {
        let valid = !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        let value: u64 = if valid { part.parse().ok()? } else { return None };
        let leading = position == 0 && part.starts_with('0');
        if (position > 0 && (value > 59 || part.len() > 2)) || leading {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(value)?;
    }
    signed(negative, total)
}

/// A decimal point is needed; an exponent needs its sign.
fn float(text: &str) -> Option<Value> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = mantissa.trim_start_matches(['+', '-']);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    let point = digits.matches('.').count() == 1 && digits.len() > 1;
    let signed = exponent.is_none_or(|rest| {
        rest.len() > 1 && rest.starts_with(['+', '-']) && rest[1..].bytes().all(|byte| byte.is_ascii_digit())
    });
    if !(plain && point && signed) {
        return None;
    }
    let value: f64 = text.replace('_', "").parse().ok()?;
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: Value) {
        assert_eq!(resolve(text), expected, "{text}");
    }

    #[test]
    fn words_are_read_as_yaml_1_1_reads_them() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("~", json!(null)),
            ("012", json!(10)),
            ("000000000001", json!(1)),
            ("012345670123", json!(1_402_433_619)),
            ("012345678901", json!("012345678901")),
            ("0o14", json!("0o14")),
            ("1:30", json!(90)),
            ("22:22", json!(1342)),
            ("1_000", json!(1000)),
            ("1e3", json!("1e3")),
            ("1.5e+3", json!(1500.0)),
            ("1.10", json!(1.1)),
            ("-7", json!(-7)),
            ("0x1F", json!(31)),
            ("2010-09-09", json!("2010-09-09")),
            ("10.0.0.0/16", json!("10.0.0.0/16")),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("-", json!("-")),
            ("99999999999999999999", json!("99999999999999999999")),
            ("a:b", json!("a:b")),
        ] {
            check(text, expected);
        }
    }
}
