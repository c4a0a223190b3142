//! Nodes of formwork's own files become values: expressions are evaluated, and `!Secret`, `!File` and `!Account`
//! are what they stand for. Tags that stand for facts of deployed stacks are for `inputs`.

use crate::model::document::{Kind, Node};
use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::files::inside;
use crate::project::schema::reader::{Written, suggestion};
use crate::template::expression::{self, Scope};
use crate::template::render::Files;
use std::collections::BTreeSet;

/// The tags of formwork's own files.
pub const TAGS: [&str; 8] = ["Output", "Outputs", "Ssm", "Secret", "Env", "File", "Account", "Artifact"];

/// Evaluates what is written with the names of a scope.
pub struct Evaluator<'a> {
    /// The names.
    pub scope: &'a Scope,
    /// The project's files.
    pub files: &'a dyn Files,
    /// Values of which something wrong has been told already: what uses them is passed over, with nothing more told.
    pub broken: &'a BTreeSet<String>,
}

impl Evaluator<'_> {
    /// The value of a node.
    pub fn value(&self, written: &Written) -> Result<Value, Vec<Finding>> {
        self.sound(written)?;
        match written.has_tag() {
            true => self.tagged(written),
            false => expression::evaluate(&written.document, &written.node, self.scope),
        }
    }

    /// The text of a scalar, its tag not looked at.
    pub fn text(&self, written: &Written) -> Result<String, Vec<Finding>> {
        let Kind::Scalar { .. } = written.node.kind else {
            let message = "a text has to stand here";
            return Err(vec![Finding::error(codes::REFERENCE, message, written.place())]);
        };
        self.sound(written)?;
        let node = Node { tag: None, ..written.node.clone() };
        let value = expression::evaluate(&written.document, &node, self.scope)?;
        value.as_text().ok_or_else(|| {
            let message = format!("a text has to stand here, not {}", value.kind());
            vec![Finding::error(codes::REFERENCE, message, written.place())]
        })
    }

    fn sound(&self, written: &Written) -> Result<(), Vec<Finding>> {
        if self.broken.is_empty() {
            return Ok(());
        }
        let used = expression::used_values(&written.node);
        match used.iter().any(|path| uses_one_of(path, self.broken)) {
            true => Err(Vec::new()),
            false => Ok(()),
        }
    }

    fn tagged(&self, written: &Written) -> Result<Value, Vec<Finding>> {
        match (written.node.tag.as_deref(), &written.node.kind) {
            (Some("Secret"), _) => self.secret(written).map(Value::Text),
            (Some("File"), _) => self.file(written).map(Value::Text),
            (Some("Account"), _) => self.account(written).map(Value::Text),
            (Some(tag), _) => Err(vec![misplaced(tag, written)]),
            (None, Kind::Sequence(items)) => {
                let items = items.iter().map(|item| self.value(&written.sibling(item)));
                collect(items).map(Value::List)
            }
            (None, Kind::Mapping(entries)) => {
                let entries = entries.iter().map(|(key, value)| {
                    let name = self.text(&written.sibling(key))?;
                    Ok((name, self.value(&written.sibling(value))?))
                });
                collect(entries).map(Value::Map)
            }
            (None, Kind::Scalar { .. } | Kind::Alias) => {
                expression::evaluate(&written.document, &written.node, self.scope)
            }
        }
    }

    /// `name#key` becomes a dynamic reference, which CloudFormation resolves; formwork never reads the secret.
    fn secret(&self, written: &Written) -> Result<String, Vec<Finding>> {
        let text = self.text(written)?;
        let (name, key) = text.rsplit_once('#').unwrap_or((&text, ""));
        if name.is_empty()
            || text.ends_with('#')
            || text.contains(['{', '}'])
            || text.contains(char::is_whitespace)
        {
            let message = format!("`{text}` is not the name of a secret and a key of it");
            let finding = Finding::error(codes::REFERENCE, message, written.place());
            return Err(vec![finding.help("write `!Secret name#key`")]);
        }
        Ok(match key {
            "" => format!("{{{{resolve:secretsmanager:{name}}}}}"),
            key => format!("{{{{resolve:secretsmanager:{name}:SecretString:{key}}}}}"),
        })
    }

    /// The text of a file; the path goes from the folder of the file that names it.
    fn file(&self, written: &Written) -> Result<String, Vec<Finding>> {
        let text = self.text(written)?;
        let folder = written.document.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let read = inside(folder, &text).and_then(|path| self.files.read(&path));
        read.map(|source| source.text.clone()).map_err(|why| {
            let message = format!("the file `{text}` cannot be read: {why}");
            let help = "the path goes from the folder of the file that names it";
            vec![Finding::error(codes::UNREADABLE, message, written.place()).help(help)]
        })
    }

    /// The id of the account of a role.
    fn account(&self, written: &Written) -> Result<String, Vec<Finding>> {
        let role = self.text(written)?;
        let accounts = self.scope.get("accounts").cloned().unwrap_or_default();
        let id = accounts.get(&role).and_then(|account| account.get("id")).and_then(Value::as_text);
        id.ok_or_else(|| {
            let Value::Map(entries) = &accounts else { return Vec::new() };
            let help = suggestion(&role, entries.iter().map(|(role, _)| role.as_str()));
            let message = format!("there is no account role `{role}`");
            vec![Finding::error(codes::NO_ROLE, message, written.place()).help(help)]
        })
    }
}

/// The finding for a tag that cannot stand where it does.
pub fn misplaced(tag: &str, written: &Written) -> Finding {
    let place = written.place();
    if tag == "Artifact" {
        let message = "`!Artifact` is not available yet";
        let help = "upload the file yourself, and give its bucket and key as values";
        return Finding::error(codes::NOT_YET, message, place).help(help);
    }
    if TAGS.contains(&tag) {
        let message = format!("`!{tag}` can stand only as a parameter of a stack, or in a list that is one");
        return Finding::error(codes::TAG, message, place);
    }
    let intrinsic = [
        "Ref",
        "Sub",
        "GetAtt",
        "ImportValue",
        "Join",
        "Select",
        "If",
        "FindInMap",
        "Split",
        "Cidr",
        "GetAZs",
    ];
    let help = match nearest(tag, TAGS) {
        Some(near) => format!("did you mean `!{near}`?"),
        None if intrinsic.contains(&tag) => {
            "functions of CloudFormation stand in templates; here expressions do: `<%= … %>`".to_owned()
        }
        None => format!("there is: {}", TAGS.map(|tag| format!("`!{tag}`")).join(", ")),
    };
    Finding::error(codes::TAG, format!("there is no tag `!{tag}`"), place).help(help)
}

/// Whether a path below `values` leads to one of some values; the empty path is all of them.
pub fn uses_one_of(path: &str, names: &BTreeSet<String>) -> bool {
    path.is_empty() || names.contains(path.split('.').next().unwrap_or_default())
}

/// All values, or all that is wrong.
pub fn collect<T>(results: impl Iterator<Item = Result<T, Vec<Finding>>>) -> Result<Vec<T>, Vec<Finding>> {
    let (mut values, mut findings, mut failed) = (Vec::new(), Vec::new(), false);
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(told) => {
                failed = true;
                findings.extend(told);
            }
        }
    }
    if failed { Err(findings) } else { Ok(values) }
}
