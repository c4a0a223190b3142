//! Holds values against their declarations. What fits comes out typed: a number given for a string is its text,
//! fields that were left out have their defaults.

use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::layers::{Layer, Layered};
use crate::project::library::without_place;
use crate::project::schema::blueprint::Blueprint;
use crate::project::schema::convert;
use crate::project::schema::declaration::{Declaration, Type};
use crate::project::schema::reader::{Named, Written, listed, suggestion};
use crate::template::meaning;
use std::net::IpAddr;

/// Fits values and collects what does not fit.
pub struct Fitting<'a> {
    /// The environment's account roles.
    pub roles: &'a [String],
    /// Whether fields may be missing, as in a default that environments complete.
    pub partial: bool,
    /// What does not fit.
    pub findings: Vec<Finding>,
}

/// Holds the defaults of a blueprint against their declarations; environments may complete what they leave out.
pub fn defaults(blueprint: &Blueprint) -> Vec<Finding> {
    let roles: Vec<String> = blueprint.roles.iter().map(|role| role.name.clone()).collect();
    let layer = Layer { name: "default of the blueprint".into(), declares: false };
    let mut fitting = Fitting { roles: &roles, partial: true, findings: Vec::new() };
    for entry in &blueprint.values {
        let Some(default) = entry.declaration.default.as_ref() else { continue };
        if default.has_expression() || default.has_tag() {
            continue;
        }
        let meaning = |written: &Written| Ok(written.meaning());
        if let Some(layers) = Layered::of(default, &layer, &meaning, &mut Vec::new()) {
            fitting.fit(&entry.declaration, &entry.name.name, &layers);
        }
    }
    fitting.findings
}

/// A value on its way, with its name and layers.
struct Seen<'a> {
    path: String,
    value: &'a Value,
    layers: Option<&'a Layered>,
    /// Where it was given; none for the command line.
    place: Option<Place>,
}

impl<'a> Seen<'a> {
    fn child(&self, name: &str, value: &'a Value) -> Seen<'a> {
        let layers = self.layers.and_then(|layers| layers.get(name));
        let place = match layers.and_then(Layered::origin) {
            Some(origin) => origin.place.clone(),
            None => self.place.clone(),
        };
        Seen { path: format!("{}.{name}", self.path), value, layers, place }
    }
}

impl Fitting<'_> {
    /// Fits a value of a name.
    pub fn fit(&mut self, declaration: &Declaration, name: &str, layers: &Layered) -> Value {
        let value = layers.value();
        let seen = Seen { path: name.to_owned(), value: &value, layers: Some(layers), place: layers.place() };
        self.value(declaration, &seen)
    }

    fn value(&mut self, declaration: &Declaration, seen: &Seen<'_>) -> Value {
        if *seen.value == Value::Null && !declaration.required {
            return Value::Null;
        }
        let before = self.findings.len();
        let fitted = match &declaration.kind {
            Type::Any => seen.value.clone(),
            Type::List(item) => self.list(declaration, item.as_deref(), seen),
            Type::Map(item) => self.map(declaration, item.as_deref(), seen),
            Type::Object(fields) => self.object(declaration, fields, seen),
            Type::Text
            | Type::Integer
            | Type::Number
            | Type::Boolean
            | Type::Cidr
            | Type::Region
            | Type::Account => self.scalar(declaration, seen),
        };
        if self.findings.len() == before {
            self.bounds(declaration, seen, &fitted);
        }
        fitted
    }

    fn list(&mut self, declaration: &Declaration, item: Option<&Declaration>, seen: &Seen<'_>) -> Value {
        let Value::List(items) = seen.value else { return self.misfit(declaration, seen) };
        let Some(item) = item else { return seen.value.clone() };
        let fit = |(index, value): (usize, &Value)| {
            let path = format!("{}[{index}]", seen.path);
            self.value(item, &Seen { path, value, layers: None, place: seen.place.clone() })
        };
        Value::List(items.iter().enumerate().map(fit).collect())
    }

    fn map(&mut self, declaration: &Declaration, item: Option<&Declaration>, seen: &Seen<'_>) -> Value {
        let Value::Map(entries) = seen.value else { return self.misfit(declaration, seen) };
        let Some(item) = item else { return seen.value.clone() };
        let fit =
            |(name, value): &(String, Value)| (name.clone(), self.value(item, &seen.child(name, value)));
        Value::Map(entries.iter().map(fit).collect())
    }

    fn object(
        &mut self,
        declaration: &Declaration,
        fields: &[(Named, Declaration)],
        seen: &Seen<'_>,
    ) -> Value {
        let Value::Map(entries) = seen.value else { return self.misfit(declaration, seen) };
        for (name, value) in entries {
            if !fields.iter().any(|(field, _)| field.name == *name) {
                let child = seen.child(name, value);
                let help = suggestion(name, fields.iter().map(|(field, _)| field.name.as_str()));
                let message = format!("`{}` has no field `{name}`", seen.path);
                self.tell(message, child.place, declaration, Some(help));
            }
        }
        let mut fitted = Vec::new();
        for (name, field) in fields {
            let given = entries.iter().find(|(known, _)| *known == name.name).map(|(_, value)| value);
            let default = field.default.as_ref().map(|written| meaning::value(&written.node));
            match given.or(default.as_ref()) {
                Some(value) => {
                    let value = self.value(field, &seen.child(&name.name, value));
                    fitted.push((name.name.clone(), value));
                }
                None if field.required && !self.partial => {
                    let message = format!("`{}` lacks its field `{}`", seen.path, name.name);
                    self.tell(message, seen.place.clone(), field, None);
                }
                None => fitted.push((name.name.clone(), Value::Null)),
            }
        }
        Value::Map(fitted)
    }

    fn scalar(&mut self, declaration: &Declaration, seen: &Seen<'_>) -> Value {
        let fitted = match (&declaration.kind, seen.value) {
            (Type::Text, Value::Text(text) | Value::Number(text)) => Some(Value::Text(text.clone())),
            (Type::Integer, Value::Number(text)) if is_integer(text) => Some(seen.value.clone()),
            (Type::Number, Value::Number(_)) => Some(seen.value.clone()),
            (Type::Boolean, Value::Boolean(_)) => Some(seen.value.clone()),
            (Type::Cidr | Type::Region | Type::Account, Value::Text(text)) => {
                self.special(declaration, seen, text);
                Some(seen.value.clone())
            }
            _ => None,
        };
        fitted.unwrap_or_else(|| self.misfit(declaration, seen))
    }

    fn special(&mut self, declaration: &Declaration, seen: &Seen<'_>, text: &str) {
        match declaration.kind {
            Type::Cidr => {
                if let Err(why) = cidr(text) {
                    let message = format!("`{}` is not an address range: `{text}` {why}", seen.path);
                    self.tell(message, seen.place.clone(), declaration, None);
                }
            }
            Type::Region => {
                let place = seen.place.clone().unwrap_or_else(|| declaration.place.clone());
                let told = convert::region(text, &place);
                self.findings.extend(told.map(|told| Finding { place: seen.place.clone(), ..told }));
            }
            Type::Account if !self.roles.iter().any(|role| role == text) => {
                let help = suggestion(text, self.roles.iter().map(String::as_str));
                let message = format!("`{}` is not an account role of the environment: `{text}`", seen.path);
                self.tell(message, seen.place.clone(), declaration, Some(help));
            }
            _ => {}
        }
    }

    fn bounds(&mut self, declaration: &Declaration, seen: &Seen<'_>, value: &Value) {
        if !declaration.one_of.is_empty() && !declaration.one_of.iter().any(|one| same(one, value)) {
            let words: Vec<String> = declaration.one_of.iter().filter_map(Value::as_text).collect();
            let text = value.as_text().filter(|_| !declaration.secret);
            let text = text.unwrap_or_else(|| value.kind().to_owned());
            let help = nearest(&text, words.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"));
            let message = format!(
                "`{}` cannot be `{text}`: it is one of {}",
                seen.path,
                listed(words.iter().map(String::as_str))
            );
            self.tell(message, seen.place.clone(), declaration, help);
        }
        if let (Some((written, pattern)), Value::Text(text)) = (&declaration.pattern, value)
            && !pattern.fits(text)
        {
            let shown = if declaration.secret { "its text" } else { text };
            let message = format!("`{}` does not look like `{written}`: `{shown}`", seen.path);
            self.tell(message, seen.place.clone(), declaration, None);
        }
        let (size, unit) = match (&declaration.kind, value) {
            (Type::Integer | Type::Number, Value::Number(text)) => (text.parse().unwrap_or(0.0), ""),
            (Type::Text, Value::Text(text)) => (count(text.chars().count()), " characters"),
            (Type::List(_), Value::List(items)) => (count(items.len()), " items"),
            (Type::Map(_), Value::Map(entries)) => (count(entries.len()), " entries"),
            _ => return,
        };
        let wrong = match (declaration.min, declaration.max) {
            (Some(min), _) if size < min => format!("at least {min}{unit}"),
            (_, Some(max)) if size > max => format!("at most {max}{unit}"),
            _ => return,
        };
        let message = format!("`{}` has to be {wrong}, not {size}", seen.path);
        self.tell(message, seen.place.clone(), declaration, None);
    }

    fn misfit(&mut self, declaration: &Declaration, seen: &Seen<'_>) -> Value {
        let shown = match (seen.value.as_text(), declaration.secret) {
            (Some(text), false) if text.len() <= 60 && *seen.value != Value::Null => {
                format!("{} `{text}`", seen.value.kind())
            }
            _ => seen.value.kind().to_owned(),
        };
        let help = match (&declaration.kind, seen.value) {
            (Type::Integer | Type::Number, Value::Text(text)) if text.parse::<f64>().is_ok() => {
                Some("write the number without quotes".to_owned())
            }
            (Type::Boolean, Value::Text(text)) => match text.to_lowercase().as_str() {
                "true" | "yes" | "on" => Some("write `true`, without quotes".to_owned()),
                "false" | "no" | "off" => Some("write `false`, without quotes".to_owned()),
                _ => None,
            },
            (Type::Text, Value::Boolean(flag)) => Some(format!("write `\"{flag}\"`, with quotes")),
            _ => None,
        };
        let message = format!("`{}` has to be {}, not {shown}", seen.path, declaration.kind.name());
        self.tell(message, seen.place.clone(), declaration, help);
        seen.value.clone()
    }

    fn tell(
        &mut self,
        message: String,
        place: Option<Place>,
        declaration: &Declaration,
        help: Option<String>,
    ) {
        let declared = declaration.place.clone();
        let finding = match place {
            Some(place) if place == declared => Finding::error(codes::MISFIT, message, place),
            Some(place) => Finding::error(codes::MISFIT, message, place).related(declared, "declared here"),
            None => {
                let message = format!("`--set`: {message}");
                without_place(codes::SETTING, message).related(declared, "declared here")
            }
        };
        self.findings.push(finding.maybe_help(help));
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of files that are read whole are far below the loss")]
fn count(number: usize) -> f64 {
    number as f64
}

fn same(left: &Value, right: &Value) -> bool {
    left == right || left.as_text().is_some_and(|left| right.as_text() == Some(left))
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks an address range; an error says what is wrong with it.
fn cidr(text: &str) -> Result<(), String> {
    let (address, bits) = text.split_once('/').ok_or("lacks its length, as in `10.0.0.0/16`")?;
    let address: IpAddr = address.parse().map_err(|_| "does not begin with an address")?;
    let length: u32 = bits.parse().map_err(|_| "does not end with a length")?;
    let (number, size) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    if length > size {
        return Err(format!("is longer than {size} bits"));
    }
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    if number & !mask != 0 {
        let first = match address {
            IpAddr::V4(_) => IpAddr::from((((number & mask) >> 96) as u32).to_be_bytes()),
            IpAddr::V6(_) => IpAddr::from((number & mask).to_be_bytes()),
        };
        return Err(format!("does not begin at its own first address, `{first}/{length}`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_ranges() {
        let check = |text: &str, expected: Result<(), &str>| {
            assert_eq!(cidr(text).as_ref().map_err(String::as_str).copied(), expected, "{text}");
        };
        check("10.0.0.0/16", Ok(()));
        check("0.0.0.0/0", Ok(()));
        check("::/0", Ok(()));
        check("2001:db8::/32", Ok(()));
        check("192.0.2.7/32", Ok(()));
        check("10.0.0.0", Err("lacks its length, as in `10.0.0.0/16`"));
        check("10.0.0/16", Err("does not begin with an address"));
        check("10.0.0.0/33", Err("is longer than 32 bits"));
        check("10.0.0.0/x", Err("does not end with a length"));
        check("10.0.3.0/16", Err("does not begin at its own first address, `10.0.0.0/16`"));
    }
}
