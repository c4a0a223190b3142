//! A text against the declaration of the parameter it is for: CloudFormation's rules, in its order.

use crate::check::anatomy::Entry;
use crate::check::call::literal;
use crate::model::document::Node;
use crate::model::pattern::Pattern;

/// The bytes a value may have.
const LONGEST: usize = 4096;

/// What is wrong with a text for a parameter: a fragment that follows the parameter's name. The text itself is left out
/// of the fragment when it must not be seen.
pub fn complaint(parameter: &Entry<'_>, text: &str, visible: bool) -> Option<String> {
    let declaration = Declaration::new(parameter, visible);
    declaration
        .length_in_bytes(text)
        .or_else(|| declaration.allowed_values(text))
        .or_else(|| declaration.number(text))
        .or_else(|| declaration.range(text))
        .or_else(|| declaration.length(text))
        .or_else(|| declaration.pattern(text))
        .or_else(|| declaration.identifier(text))
}

struct Declaration<'a> {
    node: &'a Node,
    kind: &'a str,
    visible: bool,
}

impl<'a> Declaration<'a> {
    fn new(parameter: &Entry<'a>, visible: bool) -> Self {
        let kind = parameter.node.get("Type").and_then(literal).unwrap_or("String");
        Self { node: parameter.node, kind, visible }
    }

    fn shown(&self, text: &str) -> String {
        match self.visible {
            true => format!("`{}`", text.chars().take(80).collect::<String>()),
            false => "its value (not shown)".to_owned(),
        }
    }

    fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList" || self.kind.starts_with("List<")
    }

    fn members<'t>(&self, text: &'t str) -> Vec<&'t str> {
        match self.is_list() {
            true => text.split(',').map(str::trim).collect(),
            false => vec![text],
        }
    }

    fn figure(&self, attribute: &str) -> Option<f64> {
        self.node.get(attribute).and_then(Node::text).and_then(number)
    }

    fn length_in_bytes(&self, text: &str) -> Option<String> {
        (text.len() > LONGEST)
            .then(|| format!("has {} bytes; CloudFormation allows {LONGEST} in a parameter", text.len()))
    }

    fn allowed_values(&self, text: &str) -> Option<String> {
        let allowed: Vec<&str> =
            self.node.get("AllowedValues")?.items().iter().filter_map(Node::text).collect();
        if allowed.iter().any(|value| same(value, text)) {
            return None;
        }
        let wrong =
            self.members(text).into_iter().find(|member| !allowed.iter().any(|value| same(value, member)))?;
        let mut known =
            allowed.iter().map(|value| format!("`{value}`")).take(12).collect::<Vec<_>>().join(", ");
        if allowed.len() > 12 {
            known.push_str(", …");
        }
        Some(format!("must be one of its allowed values ({known}), not {}", self.shown(wrong)))
    }

    fn number(&self, text: &str) -> Option<String> {
        if !matches!(self.kind, "Number" | "List<Number>") {
            return None;
        }
        let wrong = self.members(text).into_iter().find(|member| number(member).is_none())?;
        Some(format!("must be a number, not {}", self.shown(wrong)))
    }

    fn range(&self, text: &str) -> Option<String> {
        if !matches!(self.kind, "Number" | "List<Number>") {
            return None;
        }
        let outside = |member: &&str| {
            let value = number(member);
            let (least, most) = (self.figure("MinValue"), self.figure("MaxValue"));
            value.is_some_and(|value| least.is_some_and(|least| value < least))
                || value.is_some_and(|value| most.is_some_and(|most| value > most))
        };
        let wrong = self.members(text).into_iter().find(outside)?;
        Some(format!("must be a number {}, not {}", self.limits("MinValue", "MaxValue"), self.shown(wrong)))
    }

    fn length(&self, text: &str) -> Option<String> {
        let length = text.chars().count() as f64;
        let wrong = self.figure("MinLength").is_some_and(|least| length < least)
            || self.figure("MaxLength").is_some_and(|most| length > most);
        (wrong && self.kind == "String").then(|| {
            format!("must have {} characters and has {length}", self.limits("MinLength", "MaxLength"))
        })
    }

    fn limits(&self, least: &str, most: &str) -> String {
        let figure = |name| self.node.get(name).and_then(Node::text);
        match (figure(least), figure(most)) {
            (Some(least), Some(most)) => format!("from {least} to {most}"),
            (Some(least), None) => format!("of at least {least}"),
            (None, Some(most)) => format!("of at most {most}"),
            (None, None) => String::new(),
        }
    }

    /// A pattern must match the whole value. Patterns are Java's; one that is not understood here is left to the service.
    fn pattern(&self, text: &str) -> Option<String> {
        let pattern = self.node.get("AllowedPattern").and_then(literal)?;
        let compiled = Pattern::parse(pattern).ok()?;
        let members = self.members(text);
        if compiled.fits(text) || (self.is_list() && members.iter().all(|member| compiled.fits(member))) {
            return None;
        }
        let reason = self.node.get("ConstraintDescription").and_then(literal);
        let reason = reason.map_or_else(String::new, |reason| format!(": {}", reason.trim_end_matches('.')));
        Some(format!("must match the pattern `{pattern}`, which {} does not{reason}", self.shown(text)))
    }

    /// The service looks such identifiers up before it makes anything.
    fn identifier(&self, text: &str) -> Option<String> {
        let kind =
            self.kind.strip_prefix("List<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(self.kind);
        let beginning = match kind {
            "AWS::EC2::VPC::Id" => "vpc-",
            "AWS::EC2::Subnet::Id" => "subnet-",
            "AWS::EC2::SecurityGroup::Id" => "sg-",
            "AWS::EC2::Image::Id" => "ami-",
            "AWS::EC2::Instance::Id" => "i-",
            "AWS::EC2::Volume::Id" => "vol-",
            _ => return None,
        };
        let wrong = self.members(text).into_iter().find(|member| !member.starts_with(beginning))?;
        Some(format!(
            "is of the type `{}` and must begin with `{beginning}`, unlike {}",
            self.kind,
            self.shown(wrong)
        ))
    }
}

fn same(allowed: &str, given: &str) -> bool {
    allowed == given
        || match (number(allowed), number(given)) {
            (Some(left), Some(right)) => left == right && !allowed.starts_with('0'),
            _ => matches!((allowed, given), ("True" | "TRUE", "true") | ("False" | "FALSE", "false")),
        }
}

/// A decimal number; words such as `inf` are none.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|_| figures(text))
}

#[cfg(test)]
mod tests {
    use crate::check::examples::load;

    fn check(declaration: &str, text: &str, expected: &str) {
        let document = load(&format!("P: {declaration}\n"));
        let (key, node) = &document.root.entries()[0];
        let entry = crate::check::anatomy::Entry { name: "P", key, node };
        let complaint = super::complaint(&entry, text, true).unwrap_or_default();
        assert!(
            if expected.is_empty() { complaint.is_empty() } else { complaint.contains(expected) },
            "{declaration} {text}: {complaint}"
        );
    }

    #[test]
    fn texts_are_held_against_declarations() {
        check("{Type: String}", "anything", "");
        check("{Type: String}", &"x".repeat(4096), "");
        check("{Type: String}", &"x".repeat(4097), "4097 bytes");
        check("{Type: String, AllowedValues: [a, b]}", "a", "");
        check("{Type: String, AllowedValues: [a, b]}", "c", "`a`, `b`");
        check("{Type: String, AllowedValues: [true, false]}", "true", "");
        check("{Type: Number, AllowedValues: [1, 2]}", "1", "");
        check("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a, b", "");
        check("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a,c", "not `c`");
        check("{Type: Number}", "12", "");
        check("{Type: Number}", "1.5", "");
        check("{Type: Number}", "inf", "must be a number");
        check("{Type: Number}", "twelve", "must be a number");
        check("{Type: List<Number>}", "1, 2", "");
        check("{Type: List<Number>}", "1,x", "not `x`");
        check("{Type: Number, MinValue: 1, MaxValue: 5}", "6", "from 1 to 5");
        check("{Type: Number, MinValue: 1}", "0", "at least 1");
        check("{Type: String, MinLength: 2}", "a", "has 1");
        check("{Type: String, MaxLength: 2}", "äöü", "has 3");
        check("{Type: String, MaxLength: 3}", "äöü", "");
        check("{Type: String, AllowedPattern: '[a-z]+'}", "abc", "");
        check("{Type: String, AllowedPattern: '[a-z]+'}", "abc1", "must match");
        check("{Type: String, AllowedPattern: 'a|b'}", "ab", "must match");
        check("{Type: String, AllowedPattern: '^(?!x).*$'}", "x", "");
        check("{Type: String, AllowedPattern: 'a', ConstraintDescription: only a.}", "b", "not: only a");
        check("{Type: CommaDelimitedList, AllowedPattern: '[a-z]+'}", "a, b", "");
        check("{Type: AWS::EC2::VPC::Id}", "subnet-1", "`vpc-`");
        check("{Type: List<AWS::EC2::Subnet::Id>}", "subnet-1,subnet-2", "");
    }

    #[test]
    fn hidden_values_are_not_shown() {
        let document = load("P: {Type: String, AllowedPattern: '[0-9]+'}\n");
        let (key, node) = &document.root.entries()[0];
        let entry = crate::check::anatomy::Entry { name: "P", key, node };
        let complaint = super::complaint(&entry, "hunter2!", false).unwrap();
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}
