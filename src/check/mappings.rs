//! `Fn::FindInMap` in a mapping, or of a key, that is not there.

use crate::check::anatomy::{Anatomy, Section};
use crate::check::call::literal;
use crate::check::{Check, Level, did_you_mean};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "`Fn::FindInMap` of something that is not there",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0215";

const PAGE: &str = "\
`Fn::FindInMap` takes the name of a mapping and two keys. What is written out must be there; keys that come from
parameters are looked up when the stack is made.

Wrong:

```yaml
Mappings:
  Sizes:
    small: {type: t4g.small}
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      InstanceType: !FindInMap [Sizes, large, type] # <-- no such key
```

Right:

```yaml
Mappings:
  Sizes:
    small: {type: t4g.small}
    large: {type: m8g.large}
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      InstanceType: !FindInMap [Sizes, large, type]
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    if anatomy.opaque {
        return;
    }
    for located in anatomy.calls.iter().filter(|located| located.call.name == "FindInMap") {
        let Some([map, first, second]) = located.call.items() else { continue };
        let Some(name) = literal(map).filter(|_| located.section != Section::Hooks) else { continue };
        let Some(mapping) = Anatomy::find(&anatomy.mappings, name) else {
            let known = anatomy.mappings.iter().map(|entry| entry.name);
            let message = format!("there is no mapping `{name}`");
            findings.push(
                Finding::error(CODE, message, anatomy.place(map)).maybe_help(did_you_mean(name, known)),
            );
            continue;
        };
        check_keys(anatomy, (name, mapping.node), first, second, findings);
    }
}

fn check_keys(
    anatomy: &Anatomy<'_>,
    (name, mapping): (&str, &Node),
    first: &Node,
    second: &Node,
    findings: &mut Vec<Finding>,
) {
    if mapping.entries().is_empty() {
        return;
    }
    if mapping.entries().iter().any(|(key, _)| key.text().is_some_and(|key| key.starts_with("Fn::"))) {
        return;
    }
    let mut missing = |node: &Node, key: &str, known: Vec<&str>| {
        let message = format!("the mapping `{name}` has no key `{key}`");
        let help = did_you_mean(key, known);
        findings.push(Finding::error(CODE, message, anatomy.place(node)).maybe_help(help));
    };
    let rows: Vec<&Node> = match literal(first) {
        Some(key) => match mapping.get(key) {
            Some(row) => vec![row],
            None => return missing(first, key, keys(mapping)),
        },
        None => mapping.entries().iter().map(|(_, row)| row).collect(),
    };
    if let Some(key) = literal(second)
        && !rows.iter().any(|row| row.get(key).is_some() || row.entries().is_empty())
    {
        missing(second, key, rows.first().map_or_else(Vec::new, |row| keys(row)));
    }
}

fn keys(node: &Node) -> Vec<&str> {
    node.entries().iter().filter_map(|(key, _)| key.text()).collect()
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn mappings_must_be_there() {
        let with = |text: &str| {
            format!(
                "Mappings: {{M: {{a: {{k: v}}}}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs:\n  A: {{Value: !FindInMap [M, a, k]}}\n  B: {{Value: {text}}}\n"
            )
        };
        check(&with("!FindInMap [M, !Ref AWS::Region, k]"), &[]);
        check(&with("!FindInMap [N, a, k]"), &["FW0215:5"]);
        check(&with("!FindInMap [M, b, k]"), &["FW0215:5"]);
        check(&with("!FindInMap [M, a, l]"), &["FW0215:5"]);
        check(&with("!FindInMap [M, !Ref AWS::Region, l]"), &["FW0215:5"]);
    }
}
