//! Secrets in plain sight in a template.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, literal};
use crate::check::secret_names::{evident, is_no_echo, may_be_secret};
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;
use crate::model::secret_name::sounds_secret;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "secrets in plain sight in a template", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0222";

const PAGE: &str = "\
A password, key or token that is written into a template can be read by whoever reads the repository or the stack. Let
a resource make it (`GenerateSecretString`) and refer to it with `{{resolve:secretsmanager:…}}`, or give it as a
parameter with `!Secret name#key`. A parameter for a secret is declared `NoEcho` and has no default.

Wrong:

```yaml
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceClass: db.t4g.medium
      MasterUsername: quiz
      MasterUserPassword: correct-horse # <-- a password in the repository
```

Right:

```yaml
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceClass: db.t4g.medium
      MasterUsername: quiz
      MasterUserPassword: '{{resolve:secretsmanager:quiz/database:SecretString:password}}'
```
";

const HELP: &str =
    "refer to it with `{{resolve:secretsmanager:…}}`, or give it with `!Secret` to a `NoEcho` parameter";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.parameters {
        check_parameter(anatomy, entry, findings);
    }
    for entry in &anatomy.resources {
        if let Some(properties) = entry.node.get("Properties") {
            look(anatomy, None, properties, findings);
        }
        if let Some(metadata) = entry.node.get("Metadata") {
            look_for_evident(anatomy, metadata, findings);
        }
    }
    for entry in &anatomy.outputs {
        look_for_evident(anatomy, entry.node, findings);
    }
}

fn check_parameter(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let kind = entry.node.get("Type").and_then(literal).unwrap_or("");
    if let Some((node, text)) = entry.node.get("Default").and_then(|node| Some((node, literal(node)?)))
        && (is_no_echo(entry) || sounds_secret(entry.name))
        && may_be_secret(text)
        && !kind.starts_with("AWS::SSM::")
    {
        let message = format!("the default of the parameter `{}` is a secret in plain sight", entry.name);
        findings.push(Finding::warning(CODE, message, anatomy.place(node)).help("a secret has no default"));
    }
}

fn look(anatomy: &Anatomy<'_>, key: Option<&str>, node: &Node, findings: &mut Vec<Finding>) {
    if let Some(text) = node.text() {
        check_text(anatomy, key, node, text, findings);
    }
    if let (Some(key), Some(call)) = (key, Call::read(node)) {
        check_source(anatomy, key, &call, findings);
        if matches!(call.name, "Ref" | "GetAtt" | "ImportValue" | "FindInMap") {
            return;
        }
    }
    // `{Name: DB_PASSWORD, Value: …}` is how lists of variables are written.
    let named = node.get("Name").or_else(|| node.get("Key")).and_then(literal);
    for (name, value) in node.entries() {
        let name = name.text();
        let key = if matches!(name, Some("Value")) { named } else { name };
        look(anatomy, key, value, findings);
    }
    node.items().iter().for_each(|item| look(anatomy, key.filter(|_| false), item, findings));
}

fn check_text(
    anatomy: &Anatomy<'_>,
    key: Option<&str>,
    node: &Node,
    text: &str,
    findings: &mut Vec<Finding>,
) {
    if let Some(what) = evident(text) {
        findings.push(
            Finding::error(CODE, format!("{what} stands in plain sight"), anatomy.place(node)).help(HELP),
        );
    } else if let Some(key) = key.filter(|key| sounds_secret(key))
        && node.tag.is_none()
        && may_be_secret(text)
    {
        findings.push(
            Finding::warning(CODE, format!("`{key}` is a secret in plain sight"), anatomy.place(node))
                .help(HELP),
        );
    }
}

/// A secret that comes from a parameter which everybody can read.
fn check_source(anatomy: &Anatomy<'_>, key: &str, call: &Call<'_>, findings: &mut Vec<Finding>) {
    let Some(name) = call.text().filter(|_| call.name == "Ref") else { return };
    let Some(parameter) = Anatomy::find(&anatomy.parameters, name) else { return };
    let kind = parameter.node.get("Type").and_then(literal);
    if sounds_secret(key) && sounds_secret(name) && kind == Some("String") && !is_no_echo(&parameter) {
        let message = format!("the parameter `{name}` is a secret and is shown to whoever sees the stack");
        findings.push(
            Finding::warning(CODE, message, anatomy.place(parameter.key))
                .related(anatomy.place(call.node), format!("used as `{key}`"))
                .help("declare it with `NoEcho: true`"),
        );
    }
}

fn look_for_evident(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    if let Some(what) = node.text().and_then(evident) {
        findings.push(
            Finding::error(CODE, format!("{what} stands in plain sight"), anatomy.place(node)).help(HELP),
        );
    }
    node.entries().iter().for_each(|(_, value)| look_for_evident(anatomy, value, findings));
    node.items().iter().for_each(|item| look_for_evident(anatomy, item, findings));
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn secrets_are_seen() {
        let with = |head: &str, text: &str| {
            format!(
                "{head}Resources:\n  F:\n    Type: AWS::Lambda::Alias\n    Properties:\n      FunctionName: f\n      Description: {text}\n      FunctionVersion: 1\n      Name: n\n"
            )
        };
        check(&with("", "text"), &[]);
        check(&with("", &format!("{}Q3EGRIZ5BCDEFGHI", "AKIA")), &["FW0222:6"]);
        let with = |text: &str| {
            format!(
                "Resources:\n  F:\n    Type: Custom::Thing\n    Properties:\n      ServiceToken: arn:aws:x\n      Variables:\n        {text}\n"
            )
        };
        check(&with("DB_PASSWORD: hunter2"), &["FW0222:7"]);
        check(&with("- {Name: DB_PASSWORD, Value: hunter2}"), &["FW0222:7"]);
        check(&with("DB_PASSWORD: ''"), &[]);
        check(&with("DB_PASSWORD: '{{resolve:secretsmanager:a:SecretString:b}}'"), &[]);
        check(&with("DB_PASSWORD: !Ref AWS::StackName"), &[]);
        check(&with("PasswordLength: 12"), &[]);
        let parameter = |text: &str| {
            format!(
                "Parameters:\n  Password: {text}\nResources:\n  F:\n    Type: Custom::Thing\n    Properties: {{ServiceToken: a, Password: !Ref Password}}\n"
            )
        };
        check(&parameter("{Type: String, NoEcho: true}"), &[]);
        check(&parameter("{Type: String, NoEcho: true, Default: hunter2}"), &["FW0222:2"]);
        check(&parameter("{Type: String}"), &["FW0222:2"]);
    }
}
