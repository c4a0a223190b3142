//! Outputs that show what `NoEcho` hides.

use crate::check::anatomy::{Anatomy, Section, Way};
use crate::check::secret_names::is_no_echo;
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "outputs that show `NoEcho` parameters", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0223";

const PAGE: &str = "\
`NoEcho` hides a parameter in descriptions and events, but not in outputs: there it is readable text, and every stack that
imports it has it too. Give out the secret's ARN and let whoever needs the value ask for it.

Wrong:

```yaml
Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  Login:
    Value: !Sub 'admin:${Password}' # <-- readable
```

Right:

```yaml
Resources:
  Login:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {PasswordLength: 32}}
Outputs:
  Login:
    Value: !Ref Login
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for found in &anatomy.uses {
        let Section::Outputs(at) = found.section else { continue };
        let hidden = Anatomy::find(&anatomy.parameters, found.name).filter(is_no_echo);
        let (Way::Ref | Way::Sub(None), Some(parameter)) = (found.way, hidden) else { continue };
        let output = anatomy.outputs.get(at).map_or("", |entry| entry.name);
        let message = format!("the output `{output}` shows the hidden parameter `{}`", parameter.name);
        findings.push(
            Finding::warning(CODE, message, anatomy.place_of(found.range))
                .related(anatomy.place(parameter.key), "declared with `NoEcho`"),
        );
    }
}
