//! The structure of the parameters: their members, their types, and which constraints fit which type.

use serde_json::{Map, Value};

use super::{description, format_error, named};
use crate::sandbox::language::Refusal;
use crate::sandbox::language::text::plain;

const MEMBERS: [&str; 11] = [
    "Type",
    "Default",
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
];

/// Checks the section.
pub(super) fn check(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(section) = tree.get("Parameters") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Parameters member must be an object."));
    };
    for (name, body) in section {
        named("Parameter", name)?;
        let Value::Object(body) = body else {
            return Err(format_error("Any Parameters member must be an object."));
        };
        if let Some(member) = body.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
            return Err(Refusal::new(format!("Invalid template parameter property '{member}'")));
        }
        declaration(name, body)?;
    }
    Ok(())
}

fn declaration(name: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(kind) = body.get("Type").and_then(Value::as_str) else {
        return Err(format_error("Every Parameters object must contain a Type member."));
    };
    if !is_type(kind) {
        return Err(format_error(format_args!("Unrecognized parameter type: {kind}")));
    }
    description(body)?;
    for member in ["Default", "AllowedPattern", "ConstraintDescription", "NoEcho"] {
        if matches!(body.get(member), Some(Value::Object(_) | Value::Array(_))) {
            return Err(format_error(format_args!("Every {member} member must be a string.")));
        }
    }
    match body.get("AllowedValues") {
        None => {}
        Some(Value::Array(values)) if values.iter().all(|value| plain(value).is_some()) => {}
        Some(Value::Array(_)) => return Err(format_error("Every AllowedValues value must be a string.")),
        Some(_) => return Err(format_error("Every AllowedValues member must be a list.")),
    }
    constraints(name, kind, body)
}

/// Lengths are for text, values for numbers; the lower bound may not be the greater one.
fn constraints(name: &str, kind: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let number = matches!(kind, "Number" | "List<Number>");
    for (lower, upper, wanted) in [("MinLength", "MaxLength", "String"), ("MinValue", "MaxValue", "Number")] {
        let fits = if wanted == "Number" { number } else { !number };
        for member in [lower, upper] {
            let Some(bound) = body.get(member) else { continue };
            if plain(bound).and_then(|text| text.trim().parse::<f64>().ok()).is_none() {
                return Err(format_error(format_args!("Every {member} member must be a number.")));
            }
            if !fits {
                return Err(Refusal::new(format!(
                    "Template error: Parameter '{name}' {member} must be on a parameter of type {wanted}"
                )));
            }
        }
        let bound =
            |member| body.get(member).and_then(plain).and_then(|text| text.trim().parse::<f64>().ok());
        if let (Some(least), Some(greatest)) = (bound(lower), bound(upper))
            && greatest < least
        {
            return Err(Refusal::new(format!(
                "Template error: Parameter '{name}' {lower} must be less than {upper}."
            )));
        }
    }
    Ok(())
}

fn is_type(kind: &str) -> bool {
    let inner = |prefix: &str| kind.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inner("AWS::SSM::Parameter::Value<") {
        return !inner.starts_with("AWS::SSM") && (is_type(inner) || inner == "List<String>");
    }
    if let Some(inner) = inner("List<") {
        let listed = inner.starts_with("AWS::") && !inner.starts_with("AWS::SSM");
        return inner == "Number" || (listed && inner != "AWS::EC2::KeyPair::KeyName" && is_type(inner));
    }
    matches!(
        kind,
        "String"
            | "Number"
            | "CommaDelimitedList"
            | "AWS::SSM::Parameter::Name"
            | "AWS::EC2::AvailabilityZone::Name"
            | "AWS::EC2::Image::Id"
            | "AWS::EC2::Instance::Id"
            | "AWS::EC2::KeyPair::KeyName"
            | "AWS::EC2::SecurityGroup::GroupName"
            | "AWS::EC2::SecurityGroup::Id"
            | "AWS::EC2::Subnet::Id"
            | "AWS::EC2::Volume::Id"
            | "AWS::EC2::VPC::Id"
            | "AWS::Route53::HostedZone::Id"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_one(body: Value, expected: Result<(), &str>) {
        let tree = json!({"Parameters": {"P": body}});
        let found = check(tree.as_object().expect("an object")).map_err(|fault| fault.message);
        assert_eq!(found, expected.map_err(str::to_owned), "{tree}");
    }

    #[test]
    fn members_and_types_are_checked() {
        for kind in [
            "String",
            "List<Number>",
            "List<AWS::EC2::Subnet::Id>",
            "AWS::SSM::Parameter::Name",
            "AWS::SSM::Parameter::Value<String>",
            "AWS::SSM::Parameter::Value<List<String>>",
            "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
        ] {
            check_one(json!({"Type": kind}), Ok(()));
        }
        for kind in
            ["Strin", "List<String>", "List<AWS::EC2::KeyPair::KeyName>", "List<AWS::SSM::Parameter::Name>"]
        {
            let expected = format!("Template format error: Unrecognized parameter type: {kind}");
            check_one(json!({"Type": kind}), Err(&expected));
        }
        check_one(
            json!({}),
            Err("Template format error: Every Parameters object must contain a Type member."),
        );
        check_one(
            json!({"Type": "String", "Defualt": "x"}),
            Err("Invalid template parameter property 'Defualt'"),
        );
        check_one(
            json!({"Type": "String", "Default": {"Ref": "AWS::Region"}}),
            Err("Template format error: Every Default member must be a string."),
        );
        check_one(
            json!({"Type": "String", "Description": {"Fn::Sub": "x"}}),
            Err("Template format error: Every Description member must be a string."),
        );
        check_one(
            json!({"Type": "String", "AllowedValues": [{"Ref": "AWS::Region"}]}),
            Err("Template format error: Every AllowedValues value must be a string."),
        );
    }

    #[test]
    fn constraints_fit_the_type() {
        check_one(json!({"Type": "String", "MinLength": 1, "MaxLength": "2"}), Ok(()));
        check_one(
            json!({"Type": "Number", "MinLength": 1}),
            Err("Template error: Parameter 'P' MinLength must be on a parameter of type String"),
        );
        check_one(
            json!({"Type": "String", "MaxValue": 1}),
            Err("Template error: Parameter 'P' MaxValue must be on a parameter of type Number"),
        );
        check_one(
            json!({"Type": "Number", "MinValue": 3, "MaxValue": 2}),
            Err("Template error: Parameter 'P' MinValue must be less than MaxValue."),
        );
    }
}
