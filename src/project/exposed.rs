//! Values that are declared secret and would be written where everybody reads them: in a body, a tag, or a parameter
//! that CloudFormation shows.

use crate::model::document::Node;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::Stack;
use crate::project::assemble::Workshop;
use crate::project::codes;
use crate::project::expand::Expanded;
use crate::project::schema::blueprint::{Blueprint, StackEntry};
use crate::template::{expression, outline};

/// Tells of secret values in bodies and tags.
pub fn in_files(workshop: &Workshop) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expanded in workshop.expanded.values().flatten() {
        let blueprint = &expanded.resolved.blueprint;
        if !blueprint.values.iter().any(|entry| entry.declaration.secret) {
            continue;
        }
        for entry in &blueprint.stacks {
            for tag in &entry.tags {
                findings.extend(told(blueprint, &tag.value.node, "a tag", &tag.value.place()));
            }
            let Some(template) = &entry.template else { continue };
            let source = workshop.library.folder.read(&template.name).ok();
            let used = source.and_then(|source| workshop.rendering.used_values(&source)).unwrap_or_default();
            let secret = used.iter().find(|path| is_secret(blueprint, path));
            findings.extend(secret.map(|path| {
                let message = format!("the template `{}` writes the secret value `{path}` into its body", template.name);
                Finding::error(codes::EXPOSED, message, template.place.clone())
                    .help("give it to a parameter with `NoEcho: true`, or better keep it in Secrets Manager and use `!Secret`")
            }));
        }
    }
    findings
}

/// Tells of secret values in parameters that are shown.
pub fn in_parameters(expanded: &Expanded, entry: &StackEntry, stack: &Stack) -> Vec<Finding> {
    let blueprint = &expanded.resolved.blueprint;
    if !blueprint.values.iter().any(|entry| entry.declaration.secret) {
        return Vec::new();
    }
    let outline = outline::outline(&stack.body.document);
    let shown = |name: &str| outline.parameters.iter().find(|known| known.name == name && !known.no_echo);
    let mut findings = Vec::new();
    for given in &entry.parameters {
        let Some(declared) = shown(&given.key.name) else { continue };
        let what = format!("the parameter `{}`, which CloudFormation shows", given.key.name);
        let finding = told(blueprint, &given.value.node, &what, &given.value.place());
        let place = stack.body.document.place(declared.key);
        findings.extend(finding.map(|finding| finding.related(place, "lacks `NoEcho: true`")));
    }
    findings
}

/// Whether a value, or with the empty path one of all values, is declared secret.
pub fn is_secret(blueprint: &Blueprint, path: &str) -> bool {
    match path.split('.').next().unwrap_or_default() {
        "" => blueprint.values.iter().any(|entry| entry.declaration.secret),
        name => blueprint.value(name).is_some_and(|entry| entry.declaration.secret),
    }
}

fn told(blueprint: &Blueprint, node: &Node, what: &str, place: &Place) -> Option<Finding> {
    let path = expression::used_values(node).into_iter().find(|path| is_secret(blueprint, path))?;
    let message = format!("the secret value `{path}` is given to {what}");
    let help = "declare the parameter with `NoEcho: true`, or better keep the secret in Secrets Manager and use `!Secret`";
    Some(Finding::error(codes::EXPOSED, message, place.clone()).help(help))
}
