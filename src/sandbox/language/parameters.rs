//! Parameters: what a template declares, what a request gives, what they come to.
//!
//! Constraints on values are checked in `constraint`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::plain;
use super::{Refusal, Surroundings, Template};
use super::{constraint, dynamic};

/// A parameter as the template declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterDeclaration {
    /// Its name.
    pub name: String,
    /// `String`, `Number`, `List<Number>`, `AWS::SSM::Parameter::Value<String>` …
    pub kind: String,
    /// The default, as text.
    pub default: Option<String>,
    /// Whether its value is hidden.
    pub no_echo: bool,
    /// The description.
    pub description: Option<String>,
    /// The text that replaces the constraint's own.
    pub constraint_description: Option<String>,
    /// The allowed values, as text.
    pub allowed_values: Vec<String>,
    /// The pattern of the whole value.
    pub allowed_pattern: Option<String>,
    /// Least and greatest length.
    pub length: (Option<u64>, Option<u64>),
    /// Least and greatest number, as written.
    pub range: (Option<String>, Option<String>),
}

/// A parameter as a request gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenParameter {
    /// Its name.
    pub name: String,
    /// The value, when one was sent.
    pub value: Option<String>,
    /// Whether the value of the deployed stack is to be kept.
    pub use_previous: bool,
}

/// What a parameter came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterValue {
    /// The value as given or by default: a name, for parameters of the store's types.
    pub value: String,
    /// What the store held, for parameters of the store's types.
    pub resolved: Option<String>,
    /// The declared type.
    pub kind: String,
    /// Whether the value is shown as `****`.
    pub no_echo: bool,
}

/// All parameters of a stack, by name.
pub type ParameterValues = BTreeMap<String, ParameterValue>;

impl ParameterValue {
    /// What `Ref` gives: text, or a list for the types of lists.
    pub fn reference(&self) -> Value {
        let text = self.resolved.as_ref().unwrap_or(&self.value);
        if !is_list(&self.kind) {
            return text.as_str().into();
        }
        if text.is_empty() {
            return Value::Array(Vec::new());
        }
        text.split(',').map(str::trim).collect::<Vec<_>>().into()
    }
}

impl ParameterDeclaration {
    /// Reads one declaration; its structure was checked before.
    pub fn read(name: &str, body: &Map<String, Value>) -> Self {
        let text = |key: &str| body.get(key).and_then(plain);
        let allowed = body.get("AllowedValues").and_then(Value::as_array).into_iter().flatten();
        let length = |key: &str| text(key).and_then(|number| number.parse().ok());
        Self {
            name: name.to_owned(),
            kind: text("Type").unwrap_or_default(),
            default: match body.get("Default") {
                Some(Value::Array(items)) => {
                    Some(items.iter().filter_map(plain).collect::<Vec<_>>().join(","))
                }
                Some(other) => plain(other),
                None => None,
            },
            no_echo: text("NoEcho").is_some_and(|word| word.eq_ignore_ascii_case("true")),
            description: text("Description"),
            constraint_description: text("ConstraintDescription"),
            allowed_values: allowed.filter_map(plain).collect(),
            allowed_pattern: text("AllowedPattern"),
            length: (length("MinLength"), length("MaxLength")),
            range: (text("MinValue"), text("MaxValue")),
        }
    }
}

/// Says whether a type is one of lists.
pub fn is_list(kind: &str) -> bool {
    let inner = stored_type(kind).unwrap_or(kind);
    inner == "CommaDelimitedList" || inner.starts_with("List<")
}

/// The `T` of `AWS::SSM::Parameter::Value<T>`.
pub fn stored_type(kind: &str) -> Option<&str> {
    kind.strip_prefix("AWS::SSM::Parameter::Value<")?.strip_suffix('>')
}

/// Settles every declared parameter, or says with AWS's words what is wrong with the request.
pub fn resolve_parameters(
    template: &Template,
    given: &[GivenParameter],
    previous: Option<&ParameterValues>,
    surroundings: &dyn Surroundings,
) -> Result<ParameterValues, Refusal> {
    let declared = template.parameters();
    refuse_undeclared(&declared, given)?;
    let mut values = ParameterValues::new();
    let mut missing = Vec::new();
    for declaration in &declared {
        let sent = given.iter().find(|parameter| parameter.name == declaration.name);
        match chosen(declaration, sent, previous)? {
            Some(value) => {
                constraint::check(declaration, &value)?;
                if dynamic::has_versionless_parameter(&value) {
                    let name = &declaration.name;
                    return Err(Refusal::new(format!(
                        "Template error: parameter {name} should not contain ssm versionless resolver"
                    )));
                }
                let settled = ParameterValue {
                    value,
                    resolved: None,
                    kind: declaration.kind.clone(),
                    no_echo: declaration.no_echo,
                };
                values.insert(declaration.name.clone(), settled);
            }
            None if stored_type(&declaration.kind).is_some() => {
                let name = &declaration.name;
                return Err(Refusal::new(format!(
                    "Parameter {name} should either have input value or default value"
                )));
            }
            None => missing.push(declaration.name.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::new(format!("Parameters: [{}] must have values", missing.join(", "))));
    }
    fetch(&mut values, surroundings)?;
    Ok(values)
}

fn refuse_undeclared(declared: &[ParameterDeclaration], given: &[GivenParameter]) -> Result<(), Refusal> {
    let unknown = |parameter: &&GivenParameter| declared.iter().all(|known| known.name != parameter.name);
    let unknown: Vec<&str> = given.iter().filter(unknown).map(|parameter| parameter.name.as_str()).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))))
}

fn chosen(
    declaration: &ParameterDeclaration,
    sent: Option<&GivenParameter>,
    previous: Option<&ParameterValues>,
) -> Result<Option<String>, Refusal> {
    let name = &declaration.name;
    match sent {
        Some(GivenParameter { use_previous: true, value, .. }) => {
            if value.as_ref().is_some_and(|value| !value.is_empty()) {
                return Err(Refusal::new(format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty \
                     value for a parameter"
                )));
            }
            match previous.and_then(|values| values.get(name)) {
                Some(value) => Ok(Some(value.value.clone())),
                None => Err(Refusal::new(format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter \
                     key not in the previous template"
                ))),
            }
        }
        Some(GivenParameter { value: Some(value), .. }) => Ok(Some(value.clone())),
        _ => Ok(declaration.default.clone()),
    }
}

/// Asks the store for the parameters of its types.
fn fetch(values: &mut ParameterValues, surroundings: &dyn Surroundings) -> Result<(), Refusal> {
    let (mut absent, mut unsupported, mut incompatible) = (Vec::new(), Vec::new(), Vec::new());
    for value in values.values_mut() {
        if value.kind == "AWS::SSM::Parameter::Name" {
            if surroundings.stored_parameter(&value.value, None).is_none() {
                absent.push(value.value.clone());
            }
            continue;
        }
        let Some(inner) = stored_type(&value.kind) else { continue };
        let (name, version) = match value.value.rsplit_once(':') {
            Some((name, version)) if !name.starts_with("arn") || version.parse::<u64>().is_ok() => {
                (name.to_owned(), version.parse().ok())
            }
            _ => (value.value.clone(), None),
        };
        match surroundings.stored_parameter(&name, version) {
            None => absent.push(value.value.clone()),
            Some(found) if found.kind == "SecureString" => unsupported.push(value.value.clone()),
            Some(found) if (found.kind == "StringList") != (is_list(inner)) => {
                incompatible.push(value.value.clone())
            }
            Some(found) => value.resolved = Some(found.value),
        }
    }
    let message = if !absent.is_empty() {
        format!("Unable to fetch parameters [{}] from parameter store for this account.", absent.join(","))
    } else if !unsupported.is_empty() {
        let names = unsupported.join(",");
        format!("Parameters [{names}] referenced by template have types not supported by CloudFormation.")
    } else if !incompatible.is_empty() {
        let names = incompatible.join(",");
        format!("Types for SSM parameters [{names}] defined in CFN template and SSM are incompatible")
    } else {
        return Ok(());
    };
    Err(Refusal::new(message))
}

#[cfg(test)]
mod tests {
    use super::super::StoredParameter;
    use super::*;

    const TEMPLATE: &str = "
Parameters:
  Name: {Type: String, MinLength: 2, AllowedPattern: '[a-z]+'}
  Size: {Type: Number, Default: 3, MinValue: 1, MaxValue: 9}
  Kind: {Type: String, Default: a, AllowedValues: [a, b]}
  Zones: {Type: CommaDelimitedList, Default: 'x, y'}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /image}
  Secret: {Type: String, NoEcho: true, Default: s, ConstraintDescription: be short, MaxLength: 3}
Resources: {A: {Type: 'AWS::SNS::Topic'}}";

    struct Store;
    impl Surroundings for Store {
        fn stored_parameter(&self, name: &str, _version: Option<u64>) -> Option<StoredParameter> {
            let kind = if name == "/list" { "StringList" } else { "String" }.to_owned();
            (name != "/none").then(|| StoredParameter { kind, value: format!("value of {name}"), version: 1 })
        }
    }

    fn settle(given: &[(&str, &str)]) -> Result<ParameterValues, String> {
        let template = Template::read(TEMPLATE).expect("the template is sound");
        let given: Vec<GivenParameter> = given
            .iter()
            .map(|(name, value)| GivenParameter {
                name: (*name).into(),
                value: Some((*value).into()).filter(|value| value != "(previous)"),
                use_previous: *value == "(previous)",
            })
            .collect();
        let previous = ParameterValues::from([(
            "Kind".to_owned(),
            ParameterValue { value: "b".into(), ..ParameterValue::default() },
        )]);
        resolve_parameters(&template, &given, Some(&previous), &Store).map_err(|refusal| refusal.message)
    }

    #[test]
    fn defaults_and_given_values_come_together() {
        let values = settle(&[("Name", "web"), ("Kind", "(previous)")]).expect("all is given");
        assert_eq!(values["Name"].reference(), "web");
        assert_eq!(values["Size"].reference(), "3");
        assert_eq!(values["Kind"].reference(), "b");
        assert_eq!(values["Zones"].reference(), serde_json::json!(["x", "y"]));
        assert_eq!(values["Stored"].reference(), "value of /image");
        assert!(values["Secret"].no_echo);
    }

    #[test]
    fn constraints_of_lists_are_for_each_member() {
        let declared = |kind: &str| {
            let text = format!(
                "Parameters: {{P: {{Type: '{kind}', AllowedPattern: '[a-z/]+'}}}}\nResources: {{A: {{Type: 'AWS::SNS::Topic'}}}}"
            );
            Template::read(&text).expect("the template is sound")
        };
        let settle = |kind: &str, value: &str| {
            let given = GivenParameter { name: "P".into(), value: Some(value.into()), use_previous: false };
            resolve_parameters(&declared(kind), &[given], None, &Store)
                .map(|_| ())
                .map_err(|fault| fault.message)
        };
        let fault = Err("Parameter 'P' must match pattern [a-z/]+".to_owned());
        assert_eq!(settle("CommaDelimitedList", "a, b"), Ok(()));
        assert_eq!(settle("CommaDelimitedList", "a, B"), fault);
        assert_eq!(settle("String", "a,b"), fault);
        assert_eq!(settle("AWS::SSM::Parameter::Value<List<String>>", "/list"), Ok(()));
        assert_eq!(settle("AWS::SSM::Parameter::Name", "/there"), Ok(()));
        assert_eq!(
            settle("AWS::SSM::Parameter::Name", "/none"),
            Err("Unable to fetch parameters [/none] from parameter store for this account.".to_owned())
        );
        let versionless = "{{resolve:ssm:/a}}";
        let text = "Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::SNS::Topic'}}";
        let template = Template::read(text).expect("the template is sound");
        let given =
            |value: &str| GivenParameter { name: "P".into(), value: Some(value.into()), use_previous: false };
        let found = resolve_parameters(&template, &[given(versionless)], None, &Store);
        assert_eq!(
            found.map(|_| ()).map_err(|fault| fault.message),
            Err("Template error: parameter P should not contain ssm versionless resolver".to_owned())
        );
        assert!(resolve_parameters(&template, &[given("{{resolve:ssm:/a:1}}")], None, &Store).is_ok());
    }

    #[test]
    fn faults_are_told_in_the_services_words() {
        for (given, expected) in [
            (&[][..], "Parameters: [Name] must have values"),
            (&[("Name", "ab"), ("X", "1")], "Parameters: [X] do not exist in the template"),
            (&[("Name", "a")], "Parameter 'Name' must contain at least 2 characters"),
            (&[("Name", "AB")], "Parameter 'Name' must match pattern [a-z]+"),
            (&[("Name", "ab"), ("Size", "x")], "Parameter 'Size' must be a number."),
            (&[("Name", "ab"), ("Size", "0")], "Parameter 'Size' must be a number not less than 1"),
            (&[("Name", "ab"), ("Size", "10")], "Parameter 'Size' must be a number not greater than 9"),
            (&[("Name", "ab"), ("Kind", "c")], "Parameter 'Kind' must be one of AllowedValues"),
            (
                &[("Name", "ab"), ("Secret", "long")],
                "Parameter 'Secret' failed to satisfy constraint: be short",
            ),
            (
                &[("Name", "ab"), ("Stored", "/none")],
                "Unable to fetch parameters [/none] from parameter store for this account.",
            ),
            (
                &[("Name", "ab"), ("Stored", "/list")],
                "Types for SSM parameters [/list] defined in CFN template and SSM are incompatible",
            ),
            (
                &[("Name", "(previous)")],
                "Invalid input for parameter key Name. Cannot specify usePreviousValue as true for a parameter key \
                 not in the previous template",
            ),
        ] {
            assert_eq!(settle(given).expect_err(expected), expected);
        }
    }
}
