//! What a stack is to be: a template with its parameters settled, transforms carried out and conditions decided.
//!
//! What exists is handed in as facts whenever something is evaluated.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::scope::{Facts, Scope};
use super::text::plain;
use super::{
    Identity, KNOWN_AFTER_APPLY, ParameterValues, Refusal, Surroundings, Template, conditions, dynamic,
    evaluate, foresight, names, rules, transform,
};
use crate::sandbox::resources::unknown_types;

/// A stack as it is wished for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desired {
    identity: Identity,
    original: Option<Map<String, Value>>,
    tree: Map<String, Value>,
    parameters: ParameterValues,
    conditions: BTreeMap<String, bool>,
    tags: Vec<(String, String)>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

/// One resource of the wished stack, its properties not yet evaluated.
#[derive(Debug, Clone, Copy)]
pub struct ResourceDeclaration<'a> {
    /// Its name in the template.
    pub logical_id: &'a str,
    /// Its type.
    pub resource_type: &'a str,
    /// The whole declaration.
    pub body: &'a Value,
}

/// One evaluated output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its description.
    pub description: Option<String>,
    /// The name it is exported under.
    pub export: Option<String>,
}

impl Desired {
    /// Carries out transforms, decides conditions, and checks what can be checked before anything exists.
    pub fn new(
        template: &Template,
        parameters: ParameterValues,
        identity: Identity,
        tags: Vec<(String, String)>,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, Refusal> {
        let tree = transform::process(template.tree(), &parameters, &identity, surroundings)?;
        let original = (!template.transforms().is_empty()).then(|| template.tree().clone());
        let mut desired = Self { identity, original, tree, parameters, tags, ..Self::default() };
        let section = desired.tree.get("Resources").and_then(Value::as_object).into_iter().flatten();
        let unknown = unknown_types(section.map(|(name, body)| declaration(name, body).resource_type));
        if !unknown.is_empty() {
            let names = unknown.join(", ");
            return Err(Refusal::new(format!(
                "Template format error: Unrecognized resource types: [{names}]"
            )));
        }
        desired.secure_places()?;
        rules::check(&desired.scope(&Unknown, surroundings))?;
        let decided = conditions::decide_all(&desired.scope(&Unknown, surroundings))?;
        names::check_decided(&desired.tree, &decided)?;
        desired.dependencies = names::dependencies(&desired.tree, Some(&decided));
        desired.conditions = decided;
        foresight::lookups(&desired, &desired.scope(&Unknown, surroundings))?;
        foresight::texts(&desired, &desired.scope(&Unknown, surroundings))?;
        Ok(desired)
    }

    /// Refuses references to stored parameters that are not there. Asked with the request only: what is deployed may
    /// have outlived its parameters.
    pub fn check_stored(&self, surroundings: &dyn Surroundings) -> Result<(), Refusal> {
        self.resources().iter().try_for_each(|resource| {
            let properties = resource.body.get("Properties").unwrap_or(&Value::Null);
            dynamic::check_written(properties, surroundings)
        })
    }

    /// Refuses secure parameters where the service does not put them in.
    fn secure_places(&self) -> Result<(), Refusal> {
        let section = self.tree.get("Resources").and_then(Value::as_object).into_iter().flatten();
        let places: Vec<String> = section
            .flat_map(|(name, body)| {
                let kind = declaration(name, body).resource_type;
                dynamic::misplaced_secure(kind, body.get("Properties").unwrap_or(&Value::Null))
            })
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(format!("SSM Secure reference is not supported in: [{}]", places.join(","))))
    }

    /// The metadata of a resource as text, with everything that is known put in.
    pub fn metadata(
        &self,
        logical_id: &str,
        facts: &dyn Facts,
        surroundings: &dyn Surroundings,
    ) -> Option<String> {
        let node = self.resource(logical_id)?.body.get("Metadata")?;
        let value = evaluate::evaluate(node, &self.scope(facts, surroundings));
        Some(value.ok().flatten().as_ref().unwrap_or(node).to_string())
    }

    /// What may be looked at when something of this stack is evaluated.
    pub fn scope<'a>(&'a self, facts: &'a dyn Facts, surroundings: &'a dyn Surroundings) -> Scope<'a> {
        Scope {
            identity: &self.identity,
            parameters: &self.parameters,
            conditions: &self.conditions,
            tree: &self.tree,
            facts,
            surroundings,
        }
    }

    /// The processed tree: what `GetTemplate` shows at the stage `Processed`.
    pub fn processed(&self) -> &Map<String, Value> {
        &self.tree
    }

    /// The tree before transforms were carried out; nothing when there were none.
    pub fn original(&self) -> Option<&Map<String, Value>> {
        self.original.as_ref()
    }

    /// The same wish with hidden parameters shown as `****`; nothing when none is hidden.
    pub fn masked(&self) -> Option<Self> {
        if self.parameters.values().all(|value| !value.no_echo) {
            return None;
        }
        let mut masked = self.clone();
        for value in masked.parameters.values_mut().filter(|value| value.no_echo) {
            value.value = "****".into();
            value.resolved = value.resolved.take().map(|_| "****".into());
        }
        Some(masked)
    }

    /// Whose template it is.
    #[cfg(test)]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The settled parameters.
    pub fn parameters(&self) -> &ParameterValues {
        &self.parameters
    }

    /// The decided conditions.
    pub fn conditions(&self) -> &BTreeMap<String, bool> {
        &self.conditions
    }

    /// The stack's tags.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// The resources whose conditions hold, in order of the template.
    pub fn resources(&self) -> Vec<ResourceDeclaration<'_>> {
        let section = self.tree.get("Resources").and_then(Value::as_object);
        let active =
            section.into_iter().flatten().filter(|(_, body)| names::holds(body, Some(&self.conditions)));
        active.map(|(name, body)| declaration(name, body)).collect()
    }

    /// One resource, when its condition holds.
    pub fn resource(&self, logical_id: &str) -> Option<ResourceDeclaration<'_>> {
        let (name, body) = self.tree.get("Resources")?.as_object()?.get_key_value(logical_id)?;
        names::holds(body, Some(&self.conditions)).then(|| declaration(name, body))
    }

    /// The resources this one waits for.
    pub fn dependencies(&self, logical_id: &str) -> BTreeSet<String> {
        self.dependencies.get(logical_id).cloned().unwrap_or_default()
    }

    /// A policy attribute of a resource (`DeletionPolicy`, `UpdateReplacePolicy`), evaluated.
    pub fn policy(&self, logical_id: &str, attribute: &str) -> Option<String> {
        self.attribute(logical_id, attribute)?.as_str().map(str::to_owned)
    }

    /// An attribute of a resource beside its properties (`CreationPolicy`), evaluated.
    pub fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let node = self.resource(logical_id)?.body.get(attribute)?;
        evaluate::evaluate(node, &self.scope(&Unknown, &Nowhere)).ok()?
    }

    /// The properties of a resource, with everything that is known put in; what is not is [`KNOWN_AFTER_APPLY`].
    pub fn properties(
        &self,
        logical_id: &str,
        facts: &dyn Facts,
        surroundings: &dyn Surroundings,
    ) -> Result<Value, Refusal> {
        let node = self.resource(logical_id).and_then(|found| found.body.get("Properties"));
        let Some(node) = node else { return Ok(Value::Object(Map::new())) };
        let value = evaluate::evaluate(node, &self.scope(facts, surroundings))?;
        dynamic::resolve(value.unwrap_or_else(|| Value::Object(Map::new())), surroundings)
    }

    /// The properties of a resource one by one: what cannot be evaluated becomes [`KNOWN_AFTER_APPLY`], and the first
    /// reason is told beside.
    pub fn foreseen_properties(
        &self,
        logical_id: &str,
        facts: &dyn Facts,
        surroundings: &dyn Surroundings,
    ) -> (Map<String, Value>, Option<Refusal>) {
        let node = self.resource(logical_id).and_then(|found| found.body.get("Properties"));
        let entries = match node {
            Some(Value::Object(entries)) if node.and_then(evaluate::function).is_none() => entries,
            _ => return (Map::new(), None),
        };
        let scope = self.scope(facts, surroundings);
        let (mut found, mut fault) = (Map::new(), None);
        for (name, node) in entries {
            let value = evaluate::evaluate(node, &scope)
                .and_then(|value| value.map(|value| dynamic::resolve(value, surroundings)).transpose());
            match value {
                Ok(Some(value)) => {
                    found.insert(name.clone(), value);
                }
                Ok(None) => {}
                Err(refusal) => {
                    found.insert(name.clone(), KNOWN_AFTER_APPLY.into());
                    fault = fault.or(Some(refusal));
                }
            }
        }
        (found, fault)
    }

    /// The outputs whose conditions hold.
    pub fn outputs(
        &self,
        facts: &dyn Facts,
        surroundings: &dyn Surroundings,
    ) -> Result<Vec<Output>, Refusal> {
        let scope = self.scope(facts, surroundings);
        let mut outputs = Vec::new();
        for (key, body) in self.output_declarations() {
            let text = |node: Option<&Value>| -> Result<Option<String>, Refusal> {
                let Some(node) = node else { return Ok(None) };
                Ok(evaluate::evaluate(node, &scope)?.as_ref().and_then(plain))
            };
            let Some(value) = text(body.get("Value"))? else {
                return Err(Refusal::new(format!(
                    "Template format error: Output {key} is malformed. The Value field of every Outputs member must \
                     evaluate to a String."
                )));
            };
            outputs.push(Output {
                key: key.clone(),
                value,
                description: body.get("Description").and_then(Value::as_str).map(str::to_owned),
                export: text(body.pointer("/Export/Name"))?,
            });
        }
        Ok(outputs)
    }

    /// The declared outputs whose conditions hold.
    pub fn output_declarations(&self) -> Vec<(&String, &Value)> {
        let section = self.tree.get("Outputs").and_then(Value::as_object).into_iter().flatten();
        section.filter(|(_, body)| names::holds(body, Some(&self.conditions))).collect()
    }

    /// The names of exports that this template imports, as far as they can be evaluated.
    pub fn imports(&self, surroundings: &dyn Surroundings) -> BTreeSet<String> {
        let scope = self.scope(&Unknown, surroundings);
        let mut found = BTreeSet::new();
        let resources = self.resources().into_iter().map(|resource| resource.body);
        for body in resources.chain(self.output_declarations().into_iter().map(|(_, body)| body)) {
            imports(body, &scope, &mut found);
        }
        found
    }

    /// Says what the service finds at the start of an execution, before the first resource: attributes of outputs that
    /// do not exist, and exports that are missing.
    pub fn foresee(&self, surroundings: &dyn Surroundings) -> Result<(), Refusal> {
        foresight::check(self, &self.scope(&Unknown, surroundings))
    }
}

fn declaration<'a>(name: &'a str, body: &'a Value) -> ResourceDeclaration<'a> {
    ResourceDeclaration {
        logical_id: name,
        resource_type: body.get("Type").and_then(Value::as_str).unwrap_or_default(),
        body,
    }
}

fn imports(node: &Value, scope: &Scope<'_>, found: &mut BTreeSet<String>) {
    if let Some(("Fn::If", Value::Array(parts))) = evaluate::function(node) {
        let decided = parts.first().and_then(Value::as_str).and_then(|name| scope.conditions.get(name));
        match (decided, parts.as_slice()) {
            (Some(true), [_, then, _]) => return imports(then, scope, found),
            (Some(false), [_, _, otherwise]) => return imports(otherwise, scope, found),
            _ => {}
        }
    }
    if let Some(("Fn::ImportValue", argument)) = evaluate::function(node)
        && let Ok(Some(Value::String(name))) = evaluate::evaluate(argument, scope)
        && !name.contains(KNOWN_AFTER_APPLY)
    {
        found.insert(name);
    }
    match node {
        Value::Array(items) => items.iter().for_each(|item| imports(item, scope, found)),
        Value::Object(entries) => entries.values().for_each(|value| imports(value, scope, found)),
        _ => {}
    }
}

/// Nothing exists yet.
pub struct Unknown;

impl Facts for Unknown {
    fn reference(&self, _logical_id: &str) -> Option<Value> {
        None
    }

    fn attribute(&self, _logical_id: &str, _name: &str) -> Result<Option<Value>, Refusal> {
        Ok(None)
    }
}

/// Nothing is around.
struct Nowhere;

impl Surroundings for Nowhere {}

#[cfg(test)]
mod tests {
    use super::super::{GivenParameter, resolve_parameters};
    use super::*;
    use crate::sandbox::resources::Instances;
    use serde_json::json;

    fn desired(text: &str, given: &[(&str, &str)]) -> Result<Desired, Refusal> {
        let template = Template::read(text)?;
        let given: Vec<GivenParameter> = given
            .iter()
            .map(|(name, value)| GivenParameter {
                name: (*name).into(),
                value: Some((*value).into()),
                use_previous: false,
            })
            .collect();
        let parameters = resolve_parameters(&template, &given, None, &Nowhere)?;
        Desired::new(&template, parameters, Identity::default(), Vec::new(), &Nowhere)
    }

    const CHOICE: &str = "
Parameters: {Stage: {Type: String}}
Conditions: {Live: !Equals [!Ref Stage, live], Quiet: !Not [!Condition Live]}
Resources:
  A: {Type: 'AWS::SNS::Topic'}
  B: {Type: 'AWS::SNS::Topic', Condition: Live, DependsOn: A, Properties: {DisplayName: !Ref A}}
  C: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !If [Live, !GetAtt B.TopicName, none]}}
Outputs:
  Where: {Value: !Ref A, Export: {Name: !Sub '${Stage}-where'}}
  Loud: {Value: !Ref B, Condition: Live}
";

    #[test]
    fn conditions_decide_what_there_is() {
        for (stage, expected) in [("live", "A B C"), ("test", "A C")] {
            let wish = desired(CHOICE, &[("Stage", stage)]).expect(stage);
            let names: Vec<&str> = wish.resources().iter().map(|resource| resource.logical_id).collect();
            assert_eq!(names.join(" "), expected);
        }
        let wish = desired(CHOICE, &[("Stage", "test")]).expect("it is sound");
        let found = wish.properties("C", &Instances::new(), &Nowhere);
        assert_eq!(found, Ok(json!({"DisplayName": "none"})));
        assert!(wish.dependencies("C").is_empty());
        let wish = desired(CHOICE, &[("Stage", "live")]).expect("it is sound");
        assert_eq!(wish.dependencies("C"), BTreeSet::from(["B".to_owned()]));
        assert_eq!(wish.dependencies("B"), BTreeSet::from(["A".to_owned()]));
        let outputs = wish.outputs(&Instances::new(), &Nowhere).expect("they are known later");
        assert_eq!(outputs.len(), 2);
        assert_eq!(outputs[0].export.as_deref(), Some("live-where"));
    }

    #[test]
    fn what_stays_must_not_name_what_goes() {
        let text = "
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: 'AWS::SNS::Topic', Condition: Never}
  B: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref A}}";
        assert_eq!(
            desired(text, &[]).expect_err("A goes").message,
            "Template format error: Unresolved resource dependencies [A] in the Resources block of the template"
        );
    }
}
