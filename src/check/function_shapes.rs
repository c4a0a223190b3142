//! What functions are called with: how many arguments, of which kind, and where a function may stand.

use crate::check::anatomy::{Anatomy, Located, Section};
use crate::check::call::{Call, FUNCTIONS, RULE_FUNCTIONS, is_list, is_mapping, literal};
use crate::check::{Check, Level, did_you_mean};
use crate::model::document::Node;
use crate::model::finding::Finding;
use crate::model::value::Value;
use crate::template::meaning::meaning;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "what functions are called with", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0216";

const PAGE: &str = "\
Each function takes arguments of a certain number and kind: `Fn::Join` a delimiter and a list, `Fn::If` a condition's name
and two values, `Fn::GetAtt` a resource and an attribute. Conditions (`Fn::Equals`, `Fn::And`, …) stand in `Conditions`
and `Rules` only; elsewhere `Fn::If` asks for a condition by its name.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join [!Ref AWS::StackName, queue] # <-- the second argument is a list
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ['-', [!Ref AWS::StackName, queue]]
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for located in &anatomy.calls {
        if let Some(complaint) = complaint(anatomy, located) {
            let place = anatomy.place(located.call.node);
            let finding = Finding::error(CODE, complaint.message, place).maybe_help(complaint.help);
            findings.push(finding);
        }
    }
    let root = &anatomy.document.root;
    for section in ["Conditions", "Resources", "Outputs"] {
        if let Some(node) = root.get(section) {
            check_neighbours(anatomy, node, findings);
            check_loops(anatomy, node, findings);
        }
    }
}

/// A function is alone in its mapping.
fn check_neighbours(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    let entries = node.entries();
    if entries.len() > 1 {
        let lonely = |key: &&str| FUNCTIONS.contains(key) && *key != "Transform";
        let function =
            |key: &Node| key.text().and_then(|key| key.strip_prefix("Fn::")).filter(lonely).is_some();
        if let Some((key, _)) = entries.iter().find(|(key, _)| function(key)) {
            let message = format!("`{}` must stand alone in its mapping", key.text().unwrap_or(""));
            findings.push(Finding::error(CODE, message, anatomy.place(key)));
        }
    }
    entries.iter().for_each(|(_, value)| check_neighbours(anatomy, value, findings));
    node.items().iter().for_each(|item| check_neighbours(anatomy, item, findings));
}

/// Loops are no functions of CloudFormation itself.
fn check_loops(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    if anatomy.document.root.get("Transform").is_some() {
        return;
    }
    for (key, value) in node.entries() {
        if let Some(name) = key.text().filter(|name| name.starts_with("Fn::ForEach")) {
            let message = format!("`{name}` needs the transform `AWS::LanguageExtensions`");
            findings.push(Finding::error(CODE, message, anatomy.place(key)));
        }
        check_loops(anatomy, value, findings);
    }
    node.items().iter().for_each(|item| check_loops(anatomy, item, findings));
}

struct Complaint {
    message: String,
    help: Option<String>,
}

fn complaint(anatomy: &Anatomy<'_>, located: &Located<'_>) -> Option<Complaint> {
    let call = &located.call;
    let rules = located.section == Section::Rules;
    let known = FUNCTIONS.contains(&call.name) || rules && RULE_FUNCTIONS.contains(&call.name);
    if !known {
        return unknown(anatomy, call);
    }
    if let Some(message) = misplaced(anatomy, located) {
        return Some(Complaint { message, help: None });
    }
    let wanted = wanted(anatomy, call)?;
    Some(Complaint { message: format!("`{}` takes {wanted}", call.title()), help: None })
}

fn unknown(anatomy: &Anatomy<'_>, call: &Call<'_>) -> Option<Complaint> {
    if anatomy.opaque && !call.is_tag() {
        return None;
    }
    let known = FUNCTIONS.iter().copied();
    let help = did_you_mean(call.name, known);
    let message = match RULE_FUNCTIONS.contains(&call.name) {
        true => format!("`{}` works in the section `Rules` only", call.title()),
        false => format!("there is no function `{}`", call.title()),
    };
    Some(Complaint { message, help })
}

fn misplaced(anatomy: &Anatomy<'_>, located: &Located<'_>) -> Option<String> {
    let title = located.call.title();
    match (located.call.name, located.section) {
        ("And" | "Or" | "Not" | "Equals", Section::Resources(_) | Section::Outputs(_)) if !anatomy.opaque => {
            Some(format!(
                "`{title}` works in `Conditions` and `Rules` only; ask for a condition with `Fn::If`"
            ))
        }
        ("GetAtt" | "GetStackOutput" | "ImportValue", Section::Conditions(_) | Section::Rules) => {
            Some(format!("`{title}` does not work where resources do not exist yet"))
        }
        ("Length" | "ToJsonString", _) if !anatomy.is_extended() && !anatomy.opaque => {
            Some(format!("`{title}` needs the transform `AWS::LanguageExtensions`"))
        }
        _ => None,
    }
}

/// What the function takes, when it is called with something else.
fn wanted(anatomy: &Anatomy<'_>, call: &Call<'_>) -> Option<&'static str> {
    let extended = anatomy.is_extended() || anatomy.opaque;
    let count = call.items().map(<[Node]>::len);
    let (right, wanted) = match call.name {
        "Ref" => (is_text(call) || extended && call.inner().is_some(), "the name of a parameter or resource"),
        "Condition" => (is_text(call), "the name of a condition"),
        "GetAtt" => (is_get_att(call, extended), "a resource and an attribute, both not empty"),
        "Sub" => (is_sub(call), "a text, or a list of a text and a mapping"),
        "Join" => (is_join(call, extended), "a delimiter and a list"),
        "Split" => (is_split(call), "a delimiter that is not empty and a text or a function"),
        "Select" => {
            (is_select(call), "a number and a list: the place counted from zero, and a list that is as long")
        }
        "FindInMap" => (
            count == Some(3) || extended && matches!(count, Some(4)) || call.inner().is_some() && extended,
            "the name of a mapping and two keys",
        ),
        "If" => (is_if(call), "the name of a condition and two values"),
        "And" | "Or" => (count.is_some_and(|count| (2..=10).contains(&count)), "from two to ten conditions"),
        "Not" => (count == Some(1), "a list of one condition"),
        "Equals" => (count == Some(2), "a list of two values"),
        "Base64" => (!is_plain(call, is_list) && !is_plain(call, is_mapping), "a text or a function"),
        "Cidr" => (
            matches!(count, Some(2 | 3)) || call.inner().is_some(),
            "a block, a count, and the bits of each part",
        ),
        "GetAZs" => (!is_plain(call, is_list), "a region, or an empty text for the stack's own"),
        "ImportValue" => (is_text(call) || call.inner().is_some(), "the name of an export"),
        "Transform" => (
            call.argument.get("Name").is_some() || count.is_some(),
            "the `Name` of a macro and its `Parameters`",
        ),
        "GetStackOutput" => (
            call.argument.get("StackName").is_some() && call.argument.get("OutputName").is_some(),
            "`StackName` and `OutputName`, and perhaps `Region` and `RoleArn`",
        ),
        _ => (true, ""),
    };
    (!right).then_some(wanted)
}

/// Whether the argument is written out as something of a kind, and no function.
fn is_plain(call: &Call<'_>, kind: fn(&Node) -> bool) -> bool {
    kind(call.argument) && call.inner().is_none()
}

fn is_text(call: &Call<'_>) -> bool {
    call.text().is_some_and(|text| !text.is_empty())
}

fn is_function(node: &Node) -> bool {
    Call::read(node).is_some()
}

fn is_get_att(call: &Call<'_>, extended: bool) -> bool {
    let filled = |node: &Node| literal(node).is_some_and(|text| !text.is_empty());
    match call.items() {
        Some([resource, attribute]) => {
            (filled(resource) || extended && is_function(resource))
                && (filled(attribute) || is_function(attribute))
        }
        Some(_) => false,
        None => call
            .text()
            .and_then(|text| text.split_once('.'))
            .is_some_and(|(resource, attribute)| !resource.is_empty() && !attribute.is_empty()),
    }
}

fn is_sub(call: &Call<'_>) -> bool {
    match call.items() {
        Some([text, map]) => literal(text).is_some() && is_mapping(map),
        Some(_) => false,
        None => call.text().is_some() || call.inner().is_some_and(|inner| inner.name == "Transform"),
    }
}

fn is_join(call: &Call<'_>, extended: bool) -> bool {
    match call.items() {
        Some([delimiter, list]) => {
            (literal(delimiter).is_some() || extended) && (is_list(list) || is_function(list))
        }
        _ => false,
    }
}

fn is_split(call: &Call<'_>) -> bool {
    match call.items() {
        Some([delimiter, source]) => {
            literal(delimiter).is_some_and(|text| !text.is_empty())
                && (literal(source).is_some() || is_function(source))
        }
        _ => false,
    }
}

fn is_select(call: &Call<'_>) -> bool {
    let Some([index, list]) = call.items() else { return false };
    let written = match literal(index) {
        Some(text) => match text.trim().parse::<usize>() {
            Ok(index) => Some(index),
            Err(_) => return false,
        },
        None if is_function(index) => None,
        None => return false,
    };
    if is_function(list) {
        return true;
    }
    is_list(list) && written.is_none_or(|index| index < list.items().len())
}

fn is_if(call: &Call<'_>) -> bool {
    match call.items() {
        // `Yes` is no name there: CloudFormation reads a boolean.
        Some([condition, _, _]) => {
            literal(condition).is_some_and(|name| !name.is_empty())
                && matches!(meaning(condition), Value::Text(_))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    fn value(text: &str, expected: &[&str]) {
        let lines = "Conditions: {C: !Equals [a, b]}\nMappings: {M: {a: {k: v}}}\nResources:\n  R: {Type: AWS::SNS::Topic}\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      Tags: [{Key: m, Value: !If [C, !FindInMap [M, a, k], b]}]\n";
        check(&format!("{lines}      QueueName: {text}\n"), expected);
    }

    #[test]
    fn arguments_fit() {
        value("!Join ['', [a, !Ref AWS::Region]]", &[]);
        value("!Join ['', !Ref AWS::NotificationARNs]", &[]);
        value("!Join ['', a]", &["FW0216:9"]);
        value("!Join [a]", &["FW0216:9"]);
        value("!Split [',', a]", &[]);
        value("!Split ['', a]", &["FW0216:9"]);
        value("!Select [0, [a]]", &[]);
        value("!Select ['0', !GetAZs '']", &[]);
        value("!Select [1, [a]]", &["FW0216:9"]);
        value("!Select [x, [a]]", &["FW0216:9"]);
        value("!If [C, a, b]", &[]);
        value("!If [C, a]", &["FW0216:9"]);
        value("!If [Yes, a, b]", &["FW0214:9", "FW0216:9", "FW0225:9"]);
        value("!If [!Ref AWS::Region, a, b]", &["FW0216:9"]);
        value("!GetAtt R", &["FW0216:9"]);
        value("{'Fn::GetAtt': [R, '']}", &["FW0216:9"]);
        value("!Sub [a]", &["FW0216:9"]);
        value("!Sub {a: b}", &["FW0216:9"]);
        value("!FindInMap [M, a]", &["FW0216:9"]);
        value("!Base64 [a]", &["FW0216:9"]);
        value("{'Fn::Base64': !Sub a}", &[]);
        value("!Cidr [10.0.0.0/16, 4, 8]", &[]);
        value("!Cidr [10.0.0.0/16]", &["FW0216:9"]);
        value("!Ref [a]", &["FW0216:9"]);
        value("!Equals [a, b]", &["FW0216:9"]);
        value("!Length [a]", &["FW0216:9"]);
        value("!Joim ['', [a]]", &["FW0216:9"]);
        value("{'Fn::Joim': ['', [a]]}", &["FW0216:9"]);
        value("!ValueOf [a, b]", &["FW0216:9"]);
        value("{'Fn::Join': ['', [a]], Other: b}", &["FW0216:9"]);
        value("!ImportValue {'Fn::Sub': '${AWS::Region}-x'}", &[]);
        value("!Base64 {'Fn::Sub': [a]}", &["FW0216:9"]);
        value("{'Fn::ImportValue': !Sub '${AWS::Region}-x'}", &[]);
    }

    #[test]
    fn conditions_fit() {
        let with = |text: &str| {
            format!("Conditions:\n  C: {text}\nResources:\n  Q: {{Type: AWS::SQS::Queue, Condition: C}}\n")
        };
        check(&with("!Equals [a]"), &["FW0216:2"]);
        check(&with("!And [!Equals [a, b]]"), &["FW0216:2"]);
        check(&with("!Not [!Equals [a, b], !Equals [a, b]]"), &["FW0216:2"]);
        check(&with("!Equals [!ImportValue a, b]"), &["FW0216:2"]);
        let looped = "Resources:\n  'Fn::ForEach::Q': [N, [a, b], {'Q${N}': {Type: AWS::SQS::Queue}}]\n";
        check(looped, &["FW0216:2"]);
        check(&format!("Transform: AWS::LanguageExtensions\n{looped}"), &[]);
    }
}
