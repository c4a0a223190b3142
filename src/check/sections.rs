//! The sections of a template: known, of the right kind, with resources.

use crate::check::anatomy::Anatomy;
use crate::check::call::{is_list, is_mapping, literal};
use crate::check::{Check, Level, did_you_mean};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the sections of a template", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0201";

const PAGE: &str = "\
A template is a mapping of sections. CloudFormation knows `AWSTemplateFormatVersion` (always `2010-09-09`),
`Description`, `Metadata`, `Parameters`, `Rules`, `Mappings`, `Conditions`, `Transform`, `Hooks`, `Resources` and
`Outputs`; only `Resources` must be there, and it must have members. Any other key is refused.

Wrong:

```yaml
Resource: # <-- no such section
  Queue: {Type: AWS::SQS::Queue}
Resources:
  Topic: {Type: AWS::SNS::Topic}
```

Right:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Resources",
    "Outputs",
];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    let root = &anatomy.document.root;
    if !is_mapping(root) {
        let place = anatomy.place(root);
        findings.push(Finding::error(CODE, "a template must be a mapping of sections", place));
        return;
    }
    for (key, node) in root.entries() {
        let Some(name) = key.text() else { continue };
        let inserted = name.starts_with("Fn::") || name == "Globals" && anatomy.opaque;
        if !SECTIONS.contains(&name) && !inserted {
            let known = SECTIONS.iter().copied();
            let message = format!("`{name}` is no section of a template");
            findings.push(
                Finding::error(CODE, message, anatomy.place(key)).maybe_help(did_you_mean(name, known)),
            );
            continue;
        }
        check_section(anatomy, name, node, findings);
    }
    check_resources(anatomy, root, findings);
}

fn check_section(anatomy: &Anatomy<'_>, name: &str, node: &Node, findings: &mut Vec<Finding>) {
    let message = match name {
        "AWSTemplateFormatVersion" if literal(node) != Some("2010-09-09") => {
            Some("`AWSTemplateFormatVersion` must be `2010-09-09`, the only version there is".to_owned())
        }
        "Description" if node.text().is_none() || node.tag.is_some() => {
            Some("`Description` must be a text without functions".to_owned())
        }
        "Transform"
            if node.tag.is_some() || (literal(node).is_none() && !is_list(node) && !is_mapping(node)) =>
        {
            Some("`Transform` must be a name or a list of names".to_owned())
        }
        "Metadata" | "Parameters" | "Rules" | "Mappings" | "Conditions" | "Hooks" | "Resources"
        | "Outputs"
            if !is_mapping(node) && !node.text().is_some_and(str::is_empty) =>
        {
            Some(format!("the section `{name}` must be a mapping"))
        }
        _ => None,
    };
    findings.extend(message.map(|message| Finding::error(CODE, message, anatomy.place(node))));
}

fn check_resources(anatomy: &Anatomy<'_>, root: &Node, findings: &mut Vec<Finding>) {
    let entry = root.entries().iter().find(|(key, _)| key.text() == Some("Resources"));
    let (place, message) = match entry {
        Some((key, node)) if node.entries().is_empty() => {
            (anatomy.place(key), "the section `Resources` has no members")
        }
        Some(_) => return,
        None if anatomy.opaque => return,
        None => (anatomy.place(root), "the template has no section `Resources`"),
    };
    let help = "CloudFormation wants at least one resource; `AWS::CloudFormation::WaitConditionHandle` costs nothing";
    findings.push(Finding::error(CODE, message, place).help(help));
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn sections_are_known_and_of_their_kind() {
        const QUEUE: &str = "Resources: {Q: {Type: AWS::SQS::Queue}}\n";
        let with = |text: &str| format!("{text}\n{QUEUE}");
        check(QUEUE, &[]);
        check(&with("AWSTemplateFormatVersion: 2010-09-09"), &[]);
        check(&with("AWSTemplateFormatVersion: '2010-09-09'"), &[]);
        check(&with("AWSTemplateFormatVersion: 2012-10-17"), &["FW0201:1"]);
        check(&with("Description: [a]"), &["FW0201:1"]);
        check(&with("Parameters: []"), &["FW0201:1"]);
        check(&with("Transform: AWS::LanguageExtensions"), &[]);
        check(&with("Transform: [AWS::LanguageExtensions]"), &[]);
        check("Resources: {}\n", &["FW0201:1"]);
        check("Description: nothing\n", &["FW0201:1"]);
        check("just text\n", &["FW0201:1"]);
        check("[a, b]\n", &["FW0201:1"]);
    }
}
