//! Names in a template: letters and digits only, not too long, and not twice.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "names of resources, parameters and outputs",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0203";

const PAGE: &str = "\
Names of parameters, resources and outputs are letters and digits only, at most 255 of them; a mapping's
name may also have dashes and dots. A resource must not have the name of a parameter, because `Ref` could mean either.

Wrong:

```yaml
Resources:
  orders-queue: # <-- no dashes
    Type: AWS::SQS::Queue
```

Right:

```yaml
Resources:
  OrdersQueue:
    Type: AWS::SQS::Queue
```
";

const LONGEST: usize = 255;

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    let sections: [(&str, &[Entry<'_>], &str); 4] = [
        ("parameter", &anatomy.parameters, ""),
        ("mapping", &anatomy.mappings, "-."),
        ("resource", &anatomy.resources, ""),
        ("output", &anatomy.outputs, ""),
    ];
    for (kind, entries, allowed) in sections {
        for entry in entries {
            check_name(anatomy, kind, entry, allowed, findings);
        }
    }
    for entry in &anatomy.resources {
        if let Some(other) = Anatomy::find(&anatomy.parameters, entry.name) {
            let message = format!("`{}` is both a resource and a parameter", entry.name);
            findings.push(
                Finding::error(CODE, message, anatomy.place(entry.key))
                    .related(anatomy.place(other.key), "the parameter"),
            );
        }
    }
}

fn check_name(
    anatomy: &Anatomy<'_>,
    kind: &str,
    entry: &Entry<'_>,
    allowed: &str,
    findings: &mut Vec<Finding>,
) {
    let name = entry.name;
    let good = |letter: char| letter.is_ascii_alphanumeric() || allowed.contains(letter);
    let message = match name {
        "" => format!("a {kind} has an empty name"),
        name if !name.chars().all(good) => {
            format!("the name of the {kind} `{name}` has other characters than letters and digits")
        }
        name if name.len() > LONGEST => {
            format!("the name of a {kind} has {} characters; CloudFormation allows {LONGEST}", name.len())
        }
        _ => return,
    };
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(LONGEST).collect();
    let help = (!plain.is_empty() && plain != name).then(|| format!("`{plain}` would do"));
    findings.push(Finding::error(CODE, message, anatomy.place(entry.key)).maybe_help(help));
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn names_are_letters_and_digits() {
        check("Resources:\n  Q_1: {Type: AWS::SQS::Queue}\n", &["FW0203:2"]);
        check(&format!("Resources:\n  {}: {{Type: AWS::SQS::Queue}}\n", "a".repeat(256)), &["FW0203:2"]);
        check(
            "Parameters:\n  Q: {Type: String}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n  R:\n    Type: \
             AWS::SQS::Queue\n    Properties: {QueueName: !Ref Q}\n",
            &["FW0203:4"],
        );
    }
}
