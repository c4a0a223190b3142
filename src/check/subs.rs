//! Placeholders of `Fn::Sub` that nothing fills, and names given to it that no placeholder takes.

use crate::check::anatomy::{Anatomy, Way};
use crate::check::call::{Call, literal};
use crate::check::substitution::placeholders;
use crate::check::{Check, Level, get_att, refs};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "placeholders of `Fn::Sub`", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0212";

const PAGE: &str = "\
Every `${Name}` in a text of `Fn::Sub` is a parameter, a resource, an attribute of a resource (`${Queue.Arn}`), a pseudo
parameter, or a name of the mapping that stands beside the text. What is meant for a shell is written `${!NAME}`, which
becomes `${NAME}`.

Wrong:

```yaml
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      UserData:
        Fn::Base64:
          Fn::Sub: |
            #!/bin/sh
            export STACK=${AWS::StackName}
            echo ${HOME} # <-- meant for the shell
```

Right:

```yaml
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      UserData:
        Fn::Base64:
          Fn::Sub: |
            #!/bin/sh
            export STACK=${AWS::StackName}
            echo ${!HOME}
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for found in &anatomy.uses {
        let Way::Sub(attribute) = found.way else { continue };
        if !is_name(found.name) || attribute.is_some_and(|name| !is_name(name)) {
            continue;
        }
        let finding = match attribute {
            Some(_) => get_att::dangling(anatomy, found, CODE),
            None => refs::dangling(anatomy, found, CODE),
        };
        findings.extend(finding.map(|finding| match finding.help {
            Some(_) => finding,
            None => finding.help(format!("if it is meant for a shell, write `${{!{}}}`", found.name)),
        }));
    }
    for located in anatomy.calls.iter().filter(|located| located.call.name == "Sub") {
        check_text(anatomy, &located.call, findings);
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.:".contains(letter))
}

fn check_text(anatomy: &Anatomy<'_>, call: &Call<'_>, findings: &mut Vec<Finding>) {
    let (node, given) = match call.items() {
        Some([text, map]) => (text, map.entries()),
        Some([text]) => (text, &[][..]),
        Some(_) => return,
        None => (call.argument, &[][..]),
    };
    let text = if std::ptr::eq(node, call.node) { node.text() } else { literal(node) };
    let Some(text) = text else { return };
    let found = placeholders(text);
    for placeholder in found.iter().filter(|placeholder| !is_name(placeholder.name)) {
        let written = &text[placeholder.start..placeholder.end];
        let message = format!("`{written}` is no placeholder that CloudFormation can fill");
        let place = anatomy.place_of(anatomy.range_of(node, written));
        let help = format!("if it is meant for a shell, write `${{!{}}}`", placeholder.name);
        findings.push(Finding::error(CODE, message, place).help(help));
    }
    for (key, _) in given {
        let name = key.text().unwrap_or("");
        if !name.starts_with("Fn::") && !found.iter().any(|placeholder| placeholder.name == name) {
            let message = format!("`{name}` is given to `Fn::Sub`, but its text has no `${{{name}}}`");
            findings.push(Finding::warning(CODE, message, anatomy.place(key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn placeholders_must_be_filled() {
        let with = |text: &str| {
            format!("Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs:\n  A: {{Value: {text}}}\n")
        };
        check(&with("!Sub 'a ${Q} ${Q.Arn} ${AWS::Region} ${!X}'"), &[]);
        check(&with("!Sub ['${A} ${Q}', {A: b}]"), &[]);
        check(&with("{'Fn::Sub': ['${A.B}', {A.B: b}]}"), &[]);
        check(&with("!Sub '${Nothing}'"), &["FW0212:3"]);
        check(&with("!Sub '${Nothing.Arn}'"), &["FW0212:3"]);
        check(&with("!Sub '${A:-b}'"), &["FW0212:3"]);
        check(&with("!Sub '${}'"), &["FW0212:3"]);
        check(&with("!Sub ['${Q}', {A: b}]"), &["FW0212:3"]);
        check(&with("!Sub '${ Q }'"), &[]);
    }
}
