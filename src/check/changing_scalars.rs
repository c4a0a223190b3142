//! Plain scalars that YAML 1.1, which CloudFormation reads, takes for something else than what is written.

use crate::check::anatomy::Anatomy;
use crate::check::{Check, Level, note};
use crate::model::document::{Kind, Node};
use crate::model::finding::Finding;
use crate::model::value::Value;
use crate::template::meaning::meaning;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "plain values that change their meaning",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0225";

const PAGE: &str = "\
CloudFormation reads YAML 1.1. There `012` is ten, `1:30` is ninety, `1_000` is a thousand, `0x10` is sixteen, `1.10` is
`1.1`, and `yes`, `no`, `on` and `off` are booleans. Put quotes around what must stay as it is written. `true` and
`false` are as plain as they look and are not mentioned.

Wrong:

```yaml
Resources:
  Function:
    Type: Custom::Settings
    Properties:
      ServiceToken: !Ref AWS::StackName
      Mode: 0644 # <-- becomes 420
```

Right:

```yaml
Resources:
  Function:
    Type: Custom::Settings
    Properties:
      ServiceToken: !Ref AWS::StackName
      Mode: '0644'
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for (key, node) in anatomy.document.root.entries() {
        if !matches!(key.text(), Some("AWSTemplateFormatVersion" | "Description")) {
            look(anatomy, node, findings);
        }
    }
}

fn look(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    if let Some(change) = change(node) {
        let place = anatomy.place(node);
        let written = node.text().unwrap_or("");
        let message = format!("`{written}` is read as {}", change.becomes);
        let finding =
            if change.harmless { note(CODE, message, place) } else { Finding::warning(CODE, message, place) };
        findings.push(finding.help(change.help(written)));
    }
    for (key, value) in node.entries() {
        look(anatomy, key, findings);
        look(anatomy, value, findings);
    }
    node.items().iter().for_each(|item| look(anatomy, item, findings));
}

struct Change {
    becomes: String,
    /// It is read as what people mean by the word.
    harmless: bool,
}

impl Change {
    fn help(&self, written: &str) -> String {
        match self.harmless {
            true => format!("write {}, or `'{written}'` if the text is meant", self.becomes),
            false => format!("write `'{written}'` if that is what is meant"),
        }
    }
}

fn change(node: &Node) -> Option<Change> {
    let Kind::Scalar { text, plain: true } = &node.kind else { return None };
    if node.tag.is_some() {
        return None;
    }
    match meaning(node) {
        Value::Number(number) if *number != **text && !is_same_number(&number, text) => {
            Some(Change { becomes: format!("the number `{number}`"), harmless: false })
        }
        Value::Boolean(value) if !matches!(text.to_ascii_lowercase().as_str(), "true" | "false") => {
            Some(Change { becomes: format!("`{value}`"), harmless: true })
        }
        _ => None,
    }
}

/// `1.0` and `+1` are what they look like to anybody.
fn is_same_number(number: &str, text: &str) -> bool {
    text.strip_prefix('+') == Some(number)
        || number.strip_suffix(".0").is_some_and(|whole| whole == text)
        || text.strip_suffix(".0") == Some(number)
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn changing_scalars_are_found() {
        let with = |text: &str| {
            format!(
                "Resources:\n  Q:\n    Type: Custom::Thing\n    Properties:\n      ServiceToken: a\n      X: {text}\n"
            )
        };
        for text in [
            "true",
            "False",
            "5",
            "-5",
            "1.5",
            "2012-10-17",
            "'012'",
            "t3.micro",
            "10.0.0.0/16",
            "012345678901",
            "1.0",
        ] {
            check(&with(text), &[]);
        }
        for text in ["012", "yes", "Off", "1:30", "1_000", "0x10"] {
            check(&with(text), &["FW0225:6"]);
        }
    }
}
