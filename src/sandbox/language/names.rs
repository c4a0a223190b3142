//! Whether the names that a template uses exist, before and after conditions are decided.
//!
//! The references themselves are found by `references`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Refusal;
use super::references::{Reference, collect, cycle, depends_on};
use super::scope::PSEUDO_PARAMETERS;

/// Checks that every name is declared, and that no resources wait for each other.
pub fn check(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let declared = Declared::of(tree, None);
    declared.resources_resolve(tree)?;
    declared.conditions_resolve(tree)?;
    if let Some(unresolved) = declared.outputs_unresolved(tree) {
        return Err(Refusal::new(format!(
            "Template format error: Unresolved resource dependencies [{unresolved}] in the Outputs block of the template"
        )));
    }
    circles(tree, &declared)
}

/// Checks again, with conditions decided: what stays must not name what goes.
pub fn check_decided(tree: &Map<String, Value>, conditions: &BTreeMap<String, bool>) -> Result<(), Refusal> {
    let declared = Declared::of(tree, Some(conditions));
    declared.resources_resolve(tree)?;
    match declared.outputs_unresolved(tree) {
        Some(unresolved) => Err(Refusal::new(format!(
            "Unresolved resource dependencies [{unresolved}] in the Outputs block of the template"
        ))),
        None => Ok(()),
    }
}

/// Says whether the condition of a body holds; those without one always do.
pub fn holds(body: &Value, conditions: Option<&BTreeMap<String, bool>>) -> bool {
    let named = body.get("Condition").and_then(Value::as_str);
    match (named, conditions) {
        (Some(name), Some(decided)) => decided.get(name).copied().unwrap_or(true),
        _ => true,
    }
}

/// The resources that each resource waits for.
pub fn dependencies(
    tree: &Map<String, Value>,
    conditions: Option<&BTreeMap<String, bool>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let declared = Declared::of(tree, conditions);
    let mut result = BTreeMap::new();
    for (name, body) in declared.active(tree, "Resources") {
        let mut found = Vec::new();
        collect(body, conditions, &mut found);
        let names = found.iter().map(Reference::target).chain(depends_on(body));
        let needed = names.filter(|target| declared.resources.contains(target)).map(str::to_owned);
        result.insert(name.clone(), needed.collect());
    }
    result
}

fn circles(tree: &Map<String, Value>, declared: &Declared<'_>) -> Result<(), Refusal> {
    let order: Vec<&str> = declared.active(tree, "Resources").map(|(name, _)| name.as_str()).collect();
    match cycle(&order, &dependencies(tree, None)) {
        Some(members) => {
            Err(Refusal::new(format!("Circular dependency between resources: [{}]", members.join(", "))))
        }
        None => Ok(()),
    }
}

/// The names that may be used.
struct Declared<'a> {
    parameters: BTreeSet<&'a str>,
    resources: BTreeSet<&'a str>,
    conditions: Option<&'a BTreeMap<String, bool>>,
}

impl<'a> Declared<'a> {
    fn of(tree: &'a Map<String, Value>, conditions: Option<&'a BTreeMap<String, bool>>) -> Self {
        let object = |name: &str| tree.get(name).and_then(Value::as_object).into_iter().flatten();
        Self {
            parameters: object("Parameters")
                .map(|(name, _)| name.as_str())
                .chain(PSEUDO_PARAMETERS)
                .collect(),
            resources: object("Resources")
                .filter(|(_, body)| holds(body, conditions))
                .map(|(name, _)| name.as_str())
                .collect(),
            conditions,
        }
    }

    fn active<'t>(
        &self,
        tree: &'t Map<String, Value>,
        section: &str,
    ) -> impl Iterator<Item = (&'t String, &'t Value)> {
        let members = tree.get(section).and_then(Value::as_object).into_iter().flatten();
        members.filter(|(_, body)| holds(body, self.conditions))
    }

    fn resources_resolve(&self, tree: &Map<String, Value>) -> Result<(), Refusal> {
        let mut unresolved = Vec::new();
        let mut undefined = None;
        for (_, body) in self.active(tree, "Resources") {
            let mut found = Vec::new();
            collect(body, self.conditions, &mut found);
            for reference in &found {
                match reference {
                    _ if self.knows(reference) => {}
                    Reference::Name(name) => remember(&mut unresolved, name),
                    _ if self.conditions.is_some() => remember(&mut unresolved, reference.target()),
                    other => undefined = undefined.or(Some(undefined_resource(other))),
                }
            }
            let waited = depends_on(body).into_iter().filter(|name| !self.resources.contains(name));
            if self.conditions.is_none() {
                waited.for_each(|name| remember(&mut unresolved, name));
            }
        }
        if unresolved.is_empty() {
            return undefined.map_or(Ok(()), Err);
        }
        Err(Refusal::new(format!(
            "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template",
            unresolved.join(", ")
        )))
    }

    fn conditions_resolve(&self, tree: &Map<String, Value>) -> Result<(), Refusal> {
        let mut unresolved = Vec::new();
        for (_, body) in self.active(tree, "Conditions") {
            let mut found = Vec::new();
            collect(body, None, &mut found);
            let outside = found.iter().filter(|reference| !self.parameters.contains(reference.target()));
            outside.for_each(|reference| remember(&mut unresolved, reference.target()));
        }
        if unresolved.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(format!(
            "Template format error: Unresolved dependencies [{}]. Cannot reference resources in the Conditions block \
             of the template",
            unresolved.join(", ")
        )))
    }

    fn outputs_unresolved(&self, tree: &Map<String, Value>) -> Option<String> {
        let mut unresolved = Vec::new();
        for (_, body) in self.active(tree, "Outputs") {
            let mut found = Vec::new();
            collect(body, self.conditions, &mut found);
            let outside = found.iter().filter(|reference| !self.knows(reference));
            outside.for_each(|reference| remember(&mut unresolved, reference.target()));
        }
        (!unresolved.is_empty()).then(|| unresolved.join(", "))
    }

    fn knows(&self, reference: &Reference) -> bool {
        let target = reference.target();
        let named = matches!(reference, Reference::Name(_)) && self.parameters.contains(target);
        named || self.resources.contains(target)
    }
}

fn remember(names: &mut Vec<String>, name: &str) {
    if names.iter().all(|known| known != name) {
        names.push(name.to_owned());
    }
}

fn undefined_resource(reference: &Reference) -> Refusal {
    Refusal::new(match reference {
        Reference::Placeholder(resource, attribute) => format!(
            "Template error: instance of Fn::Sub references invalid resource attribute {resource}.{attribute}"
        ),
        other => {
            format!("Template error: instance of Fn::GetAtt references undefined resource {}", other.target())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Template;

    fn refused(text: &str, expected: &str) {
        assert_eq!(Template::read(text).expect_err(expected).message, expected, "{text}");
    }

    #[test]
    fn unknown_names_are_refused() {
        refused(
            "Resources: {A: {Type: T, Properties: {X: !Ref B, Y: !Sub '${C}'}}}",
            "Template format error: Unresolved resource dependencies [B, C] in the Resources block of the template",
        );
        refused(
            "Resources: {A: {Type: T, DependsOn: B}}",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
        );
        refused(
            "Resources: {A: {Type: T, Properties: {X: !GetAtt B.Arn}}}",
            "Template error: instance of Fn::GetAtt references undefined resource B",
        );
        refused(
            "Resources: {A: {Type: T}}\nOutputs: {O: {Value: !Ref B}}",
            "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template",
        );
        refused(
            "Resources: {A: {Type: T}}\nConditions: {C: !Equals [!Ref A, x]}",
            "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template",
        );
    }

    #[test]
    fn circles_are_refused() {
        refused(
            "Resources: {A: {Type: T, Properties: {X: !Ref B}}, B: {Type: T, DependsOn: A}, C: {Type: T, DependsOn: A}}",
            "Circular dependency between resources: [A, B]",
        );
    }
}
