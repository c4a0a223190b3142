//! Outputs that a stack takes and their producer does not have.

use crate::check::call::literal;
use crate::check::members::{is_opaque, section};
use crate::check::{Check, Level, Whole, did_you_mean};
use crate::model::fact::Fact;
use crate::model::finding::Finding;
use crate::model::stack::{Parameter, Stack, StackAddress};

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "outputs that do not exist", page: PAGE, level: Level::Assembly(run) };

const CODE: &str = "FW0309";

const PAGE: &str = "\
`!Output stack.Key` takes an output that the other stack's template declares. An output with a condition is there
only when the condition holds.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
  shipping:
    template: shipping.yaml
    parameters:
      Source: !Output orders.QueueArm # <-- it is called QueueArn
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: {Value: !GetAtt Queue.Arn}
# shipping.yaml
Parameters:
  Source: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Source}
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
  shipping:
    template: shipping.yaml
    parameters:
      Source: !Output orders.QueueArn
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: {Value: !GetAtt Queue.Arn}
# shipping.yaml
Parameters:
  Source: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Source}
```
";

fn run(whole: &Whole<'_>, findings: &mut Vec<Finding>) {
    for environment in whole.assembly.wanted() {
        for stack in &environment.stacks {
            let subject = format!("{} {}", environment.name, stack.label);
            for parameter in &stack.parameters {
                parameter.input.each_fact(&mut |fact| {
                    let found = check_fact(whole, stack, parameter, fact);
                    findings.extend(found.map(|finding| finding.subject(&subject)));
                });
            }
        }
    }
}

fn check_fact(whole: &Whole<'_>, stack: &Stack, parameter: &Parameter, fact: &Fact) -> Option<Finding> {
    let (Fact::Output { key, .. } | Fact::Outputs { key, .. }) = fact else { return None };
    fact.producers().iter().find_map(|producer| check_output(whole, (stack, producer), parameter, key))
}

fn check_output(
    whole: &Whole<'_>,
    (stack, producer): (&Stack, &StackAddress),
    parameter: &Parameter,
    key: &str,
) -> Option<Finding> {
    let other = whole.assembly.stack(producer)?;
    let document = &other.body.document;
    if is_opaque(&document.root) {
        return None;
    }
    let outputs = section(&document.root, "Outputs");
    let place = parameter.place.clone();
    let name = &other.label;
    let Some(output) = outputs.iter().find(|entry| entry.name == key) else {
        let message = format!("the stack `{name}` has no output `{key}`");
        let known = || outputs.iter().map(|entry| entry.name);
        let help = did_you_mean(key, known()).unwrap_or_else(|| match outputs.is_empty() {
            true => format!("`{}` declares no outputs", other.body.template),
            false => {
                let listed: Vec<String> = known().take(12).map(|name| format!("`{name}`")).collect();
                format!("`{}` declares {}", other.body.template, listed.join(", "))
            }
        });
        return Some(Finding::error(CODE, message, place).help(help));
    };
    let (node, condition) = output.node.get("Condition").and_then(|node| Some((node, literal(node)?)))?;
    let message = format!(
        "the stack `{}` takes the output `{key}` of `{name}`, which is there only when `{condition}` holds",
        stack.label
    );
    Some(Finding::warning(CODE, message, place).related(document.place(node), "the condition"))
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn outputs_must_be_there() {
        let with = |key: &str, outputs: &str| {
            format!(
                "# blueprint.yaml\nstacks:\n  a:\n    template: a.yaml\n  b:\n    template: b.yaml\n    parameters:\n      P: !Output a.{key}\n# a.yaml\nConditions: {{C: !Equals [!Ref AWS::Region, a]}}\nResources: {{Q: {{Type: AWS::SQS::Queue, Condition: C}}}}\nOutputs: {{{outputs}}}\n# b.yaml\nParameters:\n  P: {{Type: String}}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !Ref P}}\n"
            )
        };
        project(&with("X", "X: {Value: a}"), &[]);
        project(&with("X", ""), &["FW0309 blueprint.yaml:7"]);
        project(&with("X", "X: {Value: a, Condition: C}"), &["FW0309 blueprint.yaml:7"]);
    }
}
