//! Values of parameters against the constraints of their declarations, as far as the values are known.

use crate::check::anatomy::Anatomy;
use crate::check::secret_names::is_hidden;
use crate::check::{Check, Level, Subject, constraint};
use crate::model::fact::Input;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "values of parameters", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0302";

const PAGE: &str = "\
A value satisfies its parameter's declaration: `AllowedValues`, `AllowedPattern` (which must match the whole value),
lengths, ranges, the type, and 4,096 bytes. Values that are known only when something is deployed are left to
CloudFormation.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
    parameters:
      Delay: 1000 # <-- at most 900
# orders.yaml
Parameters:
  Delay: {Type: Number, MinValue: 0, MaxValue: 900}
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
      Delay: 900
# orders.yaml
Parameters:
  Delay: {Type: Number, MinValue: 0, MaxValue: 900}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
```
";

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for parameter in &subject.stack.parameters {
        let Some(entry) = Anatomy::find(&subject.anatomy.parameters, &parameter.name) else { continue };
        let Some(text) = known_text(&parameter.input).filter(|text| !text.contains("{{resolve:")) else {
            continue;
        };
        if let Some(complaint) = constraint::complaint(&entry, &text, !is_hidden(&entry)) {
            let message = format!("the parameter `{}` {complaint}", parameter.name);
            findings.push(
                Finding::error(CODE, message, parameter.place.clone())
                    .related(subject.anatomy.place(entry.key), "declared here")
                    .subject(subject.name()),
            );
        }
    }
}

/// The text of an input, when all of it is known.
pub fn known_text(input: &Input) -> Option<String> {
    match input {
        Input::Text(text) => Some(text.clone()),
        Input::Fact(_) => None,
        Input::List(items) => {
            items.iter().map(known_text).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn values_satisfy_declarations() {
        let with = |value: &str, declared: &str| {
            format!(
                "# blueprint.yaml\nstacks:\n  b:\n    template: b.yaml\n  a:\n    template: a.yaml\n    parameters:\n      P: {value}\n# b.yaml\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs: {{X: {{Value: a}}}}\n# a.yaml\nParameters:\n  P: {declared}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !Ref P}}\n"
            )
        };
        project(&with("a", "{Type: String, AllowedValues: [a]}"), &[]);
        project(&with("b", "{Type: String, AllowedValues: [a]}"), &["FW0302 blueprint.yaml:7"]);
        project(
            &with("[a, c]", "{Type: CommaDelimitedList, AllowedValues: [a, b]}"),
            &["FW0302 blueprint.yaml:7"],
        );
        project(&with("!Output b.X", "{Type: String, AllowedValues: [a]}"), &[]);
    }
}
