//! Secrets that a blueprint or an environment writes out.

use crate::check::anatomy::Anatomy;
use crate::check::parameter_values::known_text;
use crate::check::secret_names::{evident, is_hidden, may_be_secret};
use crate::check::{Check, Level, Subject};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "secrets in plain sight in parameters", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0307";

const PAGE: &str = "\
What a parameter for a secret is given must not be written out in a file. `!Secret name#key` becomes a reference that
CloudFormation fills, so that the value is never seen; `!Env NAME` takes it from whoever runs formwork.

Wrong:

```yaml
# blueprint.yaml
stacks:
  store:
    template: store.yaml
    parameters:
      Password: correct-horse # <-- in the repository
# store.yaml
Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Settings:
    Type: Custom::Settings
    Properties: {ServiceToken: !Ref AWS::StackName, Password: !Ref Password}
```

Right:

```yaml
# blueprint.yaml
stacks:
  store:
    template: store.yaml
    parameters:
      Password: !Env STORE_PASSWORD
# store.yaml
Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Settings:
    Type: Custom::Settings
    Properties: {ServiceToken: !Ref AWS::StackName, Password: !Ref Password}
```
";

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let help = "give it with `!Secret name#key` or `!Env NAME`";
    for parameter in &subject.stack.parameters {
        let Some(text) = known_text(&parameter.input) else { continue };
        let place = parameter.place.clone();
        let hidden = Anatomy::find(&subject.anatomy.parameters, &parameter.name).filter(is_hidden);
        let finding = match (evident(&text), hidden) {
            (Some(what), _) => Finding::error(
                CODE,
                format!("the parameter `{}` is given {what} in plain sight", parameter.name),
                place,
            ),
            (None, Some(entry)) if may_be_secret(&text) => {
                let message =
                    format!("the parameter `{}` is a secret and is given in plain sight", parameter.name);
                Finding::warning(CODE, message, place)
                    .related(subject.anatomy.place(entry.key), "declared here")
            }
            (None, _) => continue,
        };
        findings.push(finding.help(help).subject(subject.name()));
    }
}
