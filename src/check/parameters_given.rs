//! Parameters that a stack gives and its template does not declare, and the other way round.

use crate::check::call::literal;
use crate::check::{Check, Level, Subject, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "parameters given and declared", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0301";

const PAGE: &str = "\
The blueprint gives a stack exactly the parameters that its template declares; those with a default may be left out.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
    parameters:
      Dealy: 5 # <-- the template calls it Delay
# orders.yaml
Parameters:
  Delay: {Type: Number, Default: 0}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
    parameters:
      Delay: 5
# orders.yaml
Parameters:
  Delay: {Type: Number, Default: 0}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
```
";

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let declared = &subject.anatomy.parameters;
    let template = &subject.stack.body.template;
    for parameter in &subject.stack.parameters {
        let name = parameter.name.as_str();
        if !declared.iter().any(|entry| entry.name == name) {
            let known = declared.iter().map(|entry| entry.name);
            let message = format!("`{template}` has no parameter `{name}`");
            findings.push(
                Finding::error(CODE, message, parameter.place.clone())
                    .maybe_help(did_you_mean(name, known))
                    .subject(subject.name()),
            );
        }
    }
    for entry in declared {
        let given = subject.stack.parameters.iter().any(|parameter| parameter.name == entry.name);
        if given || entry.node.get("Default").is_some() || entry.node.get("Type").and_then(literal).is_none()
        {
            continue;
        }
        let label = &subject.stack.address.stack;
        let message = format!("the stack `{label}` gives no value for the parameter `{}`", entry.name);
        findings.push(
            Finding::error(CODE, message, subject.stack.place.clone())
                .related(subject.anatomy.place(entry.key), "declared here, without a default")
                .subject(subject.name()),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn what_is_declared_is_given() {
        let with = |parameters: &str, declared: &str| {
            format!(
                "# blueprint.yaml\nstacks:\n  a:\n    template: a.yaml\n    parameters: {parameters}\n# a.yaml\nParameters:\n  P: {declared}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !Ref P}}\n"
            )
        };
        project(&with("{P: a}", "{Type: String}"), &[]);
        project(&with("{}", "{Type: String}"), &["FW0301 blueprint.yaml:2"]);
        project(&with("{}", "{Type: String, Default: ''}"), &[]);
        project(&with("{P: a, Q: b}", "{Type: String}"), &["FW0301 blueprint.yaml:4"]);
    }
}
