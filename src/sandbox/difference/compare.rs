//! Compares a deployed stack with a wished one, resource by resource, those first that others look at.
//!
//! Details are in `detail`, what is shown in `context`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::context::Shown;
use super::detail::{Judged, Pair, details, replacement};
use super::drifted::ThreeWay;
use super::foreseen::{Foreseen, in_order};
use super::parts::{automatic, default_policy, direct, hidden, mask, parts};
use super::{
    Action, Attribute, Difference, Found, PropertyDetail, Reality, Replacement, ResourceChange, RowDrift,
    State,
};
use crate::registry;
use crate::sandbox::language::{Desired, Refusal, ResourceDeclaration, Surroundings, Unknown};
use crate::sandbox::resources::{Instance, Instances};

/// A stack as it is: what was wished last and what exists.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// The deployed wish.
    pub desired: &'a Desired,
    /// What exists.
    pub instances: &'a Instances,
}

/// What a comparison is for, beside the two wishes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aim<'a> {
    /// What exists and is taken in: physical identifiers by logical id.
    pub imports: Option<&'a BTreeMap<String, String>>,
    /// What the resources are like, when drift is to be undone.
    pub reality: Option<&'a Reality>,
}

const NESTED: &str = "AWS::CloudFormation::Stack";
/// Says what would change.
pub fn compare(
    current: Option<Current<'_>>,
    after: &Desired,
    aim: Aim<'_>,
    surroundings: &dyn Surroundings,
) -> Result<Difference, Refusal> {
    let mut comparison = Comparison::new(current, after, aim, surroundings);
    comparison.refuse_changed_types()?;
    for declaration in in_order(after) {
        match comparison.instance(declaration.logical_id) {
            Some(instance) if comparison.is_gone(declaration.logical_id) => {
                comparison.recreated(&declaration, instance);
            }
            Some(instance) => comparison.modified(&declaration, instance),
            None => comparison.added(&declaration),
        }
    }
    let order: Vec<&str> = after.resources().iter().map(|declaration| declaration.logical_id).collect();
    let place = |change: &ResourceChange| order.iter().position(|name| *name == change.logical_id);
    comparison.difference.changes.sort_by_key(place);
    comparison.removed();
    comparison.stack_level();
    Ok(comparison.difference)
}

struct Comparison<'a> {
    current: Option<Current<'a>>,
    after: &'a Desired,
    aim: Aim<'a>,
    surroundings: &'a dyn Surroundings,
    before_shown: Option<Shown<'a>>,
    after_shown: Shown<'a>,
    judged: Judged,
    difference: Difference,
}

impl<'a> Comparison<'a> {
    fn new(
        current: Option<Current<'a>>,
        after: &'a Desired,
        aim: Aim<'a>,
        surroundings: &'a dyn Surroundings,
    ) -> Self {
        let mut judged = Judged::default();
        if let Some(current) = current {
            let before = current.desired.parameters();
            let differs = |name: &&String| {
                before.get(*name).map(|value| &value.value)
                    != after.parameters().get(*name).map(|value| &value.value)
            };
            judged.parameters = after.parameters().keys().filter(differs).cloned().collect();
        }
        Self {
            current,
            after,
            aim,
            surroundings,
            before_shown: current.map(|current| Shown::new(current.desired)),
            after_shown: Shown::new(after),
            judged,
            difference: Difference::default(),
        }
    }

    fn instance(&self, logical_id: &str) -> Option<&'a Instance> {
        self.current.and_then(|current| current.instances.get(logical_id))
    }

    fn refuse_changed_types(&self) -> Result<(), Refusal> {
        let changed = |declaration: &ResourceDeclaration<'_>| {
            let instance = self.instance(declaration.logical_id)?;
            (instance.resource_type != declaration.resource_type).then(|| declaration.logical_id.to_owned())
        };
        let changed: Vec<String> = self.after.resources().iter().filter_map(changed).collect();
        if changed.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(format!(
            "Update of resource type is not permitted. The new template modifies resource type of the following \
             resources: [{}]",
            changed.join(", ")
        )))
    }

    /// The wished properties as they are foreseen, and as they are shown.
    fn foresee(&self, logical_id: &str) -> (Map<String, Value>, Map<String, Value>, Option<Refusal>) {
        let instances = self.current.map(|current| current.instances);
        let facts = Foreseen { instances, judged: &self.judged, imports: self.aim.imports };
        let (found, fault) = self.after.foreseen_properties(logical_id, &facts, self.surroundings);
        let shown = if self.after_shown.hides() {
            self.after_shown.properties(logical_id, &facts, self.surroundings)
        } else {
            found.clone()
        };
        (found, shown, fault)
    }

    fn warn(&mut self, logical_id: &str, fault: Option<Refusal>) {
        if let Some(fault) = fault {
            let message = match fault.message.strip_suffix(" found") {
                Some(shorter) if shorter.starts_with("No export named ") => shorter.to_owned(),
                _ => fault.message,
            };
            self.difference.warnings.push((logical_id.to_owned(), message));
        }
    }

    fn added(&mut self, declaration: &ResourceDeclaration<'_>) {
        let name = declaration.logical_id;
        let (properties, shown, fault) = self.foresee(name);
        self.warn(name, fault);
        self.judged.changing.insert(name.to_owned(), Replacement::True);
        if declaration.resource_type == NESTED {
            self.difference.nested.insert(name.to_owned(), Value::Object(properties));
        }
        let imported = self.aim.imports.and_then(|imports| imports.get(name));
        self.difference.changes.push(ResourceChange {
            logical_id: name.to_owned(),
            physical_id: imported.cloned(),
            resource_type: declaration.resource_type.to_owned(),
            action: if imported.is_some() { Action::Import } else { Action::Add },
            replacement: Replacement::True,
            policy_action: None,
            scope: Vec::new(),
            details: Vec::new(),
            before_context: None,
            after_context: Some(self.after_shown.context(name, &shown)),
            in_plain: true,
            in_values: true,
            change_set_id: None,
            drift: None,
        });
    }

    /// What was found of a resource, when drift is to be undone.
    fn found(&self, logical_id: &str) -> Option<&'a Found> {
        self.aim.reality.and_then(|reality| reality.resources.get(logical_id))
    }

    fn is_gone(&self, logical_id: &str) -> bool {
        self.found(logical_id).is_some_and(|found| found.state == State::Deleted)
    }

    /// A resource that others have deleted is made anew.
    fn recreated(&mut self, declaration: &ResourceDeclaration<'_>, instance: &Instance) {
        self.added(declaration);
        let drift = self.row_drift(declaration.logical_id, instance);
        if let Some(row) = self.difference.changes.last_mut() {
            row.drift = drift;
        }
    }

    fn row_drift(&self, logical_id: &str, instance: &Instance) -> Option<RowDrift> {
        let found = self.found(logical_id)?;
        let empty = Map::new();
        let shown = self.shown_before(logical_id, instance.properties.as_object().unwrap_or(&empty));
        let deployed = self.before_shown.as_ref().map(|before| before.context(logical_id, &shown));
        Some(RowDrift { state: found.state, ignored: found.ignored.clone(), deployed })
    }

    fn modified(&mut self, declaration: &ResourceDeclaration<'_>, instance: &Instance) {
        let name = declaration.logical_id;
        let (after, shown_after, fault) = self.foresee(name);
        self.warn(name, fault);
        if declaration.resource_type == NESTED {
            self.difference.nested.insert(name.to_owned(), Value::Object(after.clone()));
        }
        let empty = Map::new();
        let deployed = instance.properties.as_object().unwrap_or(&empty);
        let live = self.found(name).filter(|found| found.state != State::Unsupported);
        let before = live.and_then(|found| found.properties.as_object()).unwrap_or(deployed);
        let published = registry::find(declaration.resource_type);
        let pair = Pair {
            desired: self.after,
            logical_id: name,
            published: published.as_deref(),
            before,
            after: &after,
        };
        let mut found = self.details_of(declaration, &pair, deployed);
        if found.is_empty() {
            return;
        }
        let shown_before = match live {
            Some(_) => hidden(before, &self.shown_before(name, deployed)),
            None => self.shown_before(name, deployed),
        };
        let believed = ThreeWay::only_believed(&found);
        if self.after_shown.hides() || self.before_shown.as_ref().is_some_and(Shown::hides) {
            mask(&mut found, &shown_before, &shown_after);
        }
        let replacement = replacement(&found);
        if !believed {
            self.judged.changing.insert(name.to_owned(), replacement);
        }
        let drift = self.row_drift(name, instance);
        let replace_policy =
            self.after.policy(name, "UpdateReplacePolicy").unwrap_or_else(|| "Delete".into());
        let scope: BTreeSet<Attribute> = found.iter().map(|detail| detail.attribute).collect();
        let before_shown = self.before_shown.as_ref();
        self.difference.changes.push(ResourceChange {
            logical_id: name.to_owned(),
            physical_id: Some(instance.physical_id.clone()),
            resource_type: declaration.resource_type.to_owned(),
            action: if believed { Action::SyncWithActual } else { Action::Modify },
            replacement,
            policy_action: (replacement == Replacement::True).then(|| format!("ReplaceAnd{replace_policy}")),
            scope: scope.into_iter().collect(),
            in_plain: found.iter().any(|detail| detail.in_plain),
            in_values: found.iter().any(|detail| detail.in_values),
            details: found,
            before_context: before_shown.map(|shown| shown.context(name, &shown_before)),
            after_context: Some(self.after_shown.context(name, &shown_after)),
            change_set_id: None,
            drift,
        });
    }

    /// All that differs in one resource.
    fn details_of(
        &self,
        declaration: &ResourceDeclaration<'_>,
        pair: &Pair<'_>,
        deployed: &Map<String, Value>,
    ) -> Vec<PropertyDetail> {
        let mut found = details(pair, &self.judged);
        if let Some(live) = self.found(pair.logical_id) {
            found = ThreeWay { deployed, found: live, after: pair.after }.tell(found, &direct());
        }
        let before = self.current.and_then(|current| current.desired.resource(pair.logical_id));
        found.extend(parts(before.as_ref(), declaration));
        found.extend(self.stack_tags(pair.published, &found));
        if declaration.resource_type == NESTED {
            found.push(automatic());
        }
        found
    }

    /// The deployed properties as they are shown: evaluated anew only if something is hidden in them.
    fn shown_before(&self, logical_id: &str, before: &Map<String, Value>) -> Map<String, Value> {
        match (&self.before_shown, self.current) {
            (Some(shown), Some(current)) if shown.hides() => {
                shown.properties(logical_id, current.instances, self.surroundings)
            }
            _ => before.clone(),
        }
    }

    /// The stack's own tags, which every resource that takes tags carries.
    fn stack_tags(
        &self,
        published: Option<&registry::ResourceType>,
        found: &[PropertyDetail],
    ) -> Option<PropertyDetail> {
        let current = self.current?;
        let takes = published.is_some_and(|known| known.tag_property.is_some());
        let told = found.iter().any(|detail| detail.attribute == Attribute::Tags);
        if current.desired.tags() == self.after.tags() || !takes || told {
            return None;
        }
        Some(PropertyDetail { attribute: Attribute::Tags, path: "/Tags".into(), ..direct() })
    }

    fn removed(&mut self) {
        let Some(current) = self.current else { return };
        for (name, instance) in current.instances {
            if self.after.resource(name).is_some() {
                continue;
            }
            let shown = self.before_shown.as_ref().map(|shown| {
                let properties = shown.properties(name, &Unknown, self.surroundings);
                shown.context(name, &properties)
            });
            let policy =
                current.desired.policy(name, "DeletionPolicy").unwrap_or_else(|| default_policy(instance));
            let policy = if policy == "RetainExceptOnCreate" { "Retain".to_owned() } else { policy };
            self.difference.changes.push(ResourceChange {
                logical_id: name.clone(),
                physical_id: Some(instance.physical_id.clone()),
                resource_type: instance.resource_type.clone(),
                action: Action::Remove,
                replacement: Replacement::False,
                policy_action: Some(policy),
                scope: Vec::new(),
                details: Vec::new(),
                before_context: shown,
                after_context: None,
                in_plain: true,
                in_values: true,
                change_set_id: None,
                drift: self.row_drift(name, instance),
            });
        }
    }

    /// Outputs, tags and the source of transforms.
    fn stack_level(&mut self) {
        let Some(current) = self.current else {
            self.difference.outputs = !self.after.output_declarations().is_empty();
            self.difference.tags = !self.after.tags().is_empty();
            return;
        };
        let imports = self.aim.imports;
        let facts = Foreseen { instances: Some(current.instances), judged: &self.judged, imports };
        let before = current.desired.outputs(current.instances, self.surroundings);
        let after = self.after.outputs(&facts, self.surroundings);
        self.difference.outputs = match (before, after) {
            (Ok(before), Ok(after)) => before != after,
            _ => current.desired.output_declarations() != self.after.output_declarations(),
        };
        self.difference.tags = current.desired.tags() != self.after.tags();
        let source = |desired: &'a Desired| desired.original().unwrap_or_else(|| desired.processed());
        self.difference.transforms =
            self.after.original().is_some() && source(current.desired) != source(self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::language::{GivenParameter, Identity, Nothing, Template, resolve_parameters};
    use crate::sandbox::resources::{Birth, create};

    fn wish(text: &str, given: &[(&str, &str)]) -> Desired {
        let template = Template::read(text).expect(text);
        let given: Vec<GivenParameter> = given
            .iter()
            .map(|(name, value)| GivenParameter {
                name: (*name).into(),
                value: Some((*value).into()),
                use_previous: false,
            })
            .collect();
        let parameters = resolve_parameters(&template, &given, None, &Nothing).expect("they are given");
        let identity = Identity {
            account: "1".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            stack_name: "shop".into(),
            ..Identity::default()
        };
        Desired::new(&template, parameters, identity, Vec::new(), &Nothing).expect(text)
    }

    fn deploy(wish: &Desired) -> Instances {
        let mut instances = Instances::new();
        for declaration in in_order(wish) {
            let properties =
                wish.properties(declaration.logical_id, &instances, &Nothing).expect("all exists");
            let birth = Birth {
                identity: wish.identity(),
                logical_id: declaration.logical_id,
                resource_type: declaration.resource_type,
                properties: &properties,
                seed: declaration.logical_id,
            };
            instances.insert(declaration.logical_id.to_owned(), create(&birth));
        }
        instances
    }

    /// Each detail in a line; `P` is shown without values, `V` with them.
    fn told(before: (&str, &[(&str, &str)]), after: (&str, &[(&str, &str)])) -> Vec<String> {
        let (old, new) = (wish(before.0, before.1), wish(after.0, after.1));
        let instances = deploy(&old);
        let current = Current { desired: &old, instances: &instances };
        let difference = compare(Some(current), &new, Aim::default(), &Nothing).expect("it can be compared");
        let mut lines = Vec::new();
        for change in difference.changes {
            lines.push(format!(
                "{:?} {} {:?} {}",
                change.action,
                change.logical_id,
                change.replacement,
                change.policy_action.unwrap_or_default()
            ));
            for detail in change.details {
                lines.push(format!(
                    "  {}{} {:?} {:?} {} {} {}>{}",
                    if detail.in_plain { "P" } else { "" },
                    if detail.in_values { "V" } else { "" },
                    detail.evaluation,
                    detail.source,
                    detail.causing_entity.unwrap_or_default(),
                    detail.path,
                    detail.before.unwrap_or_default(),
                    detail.after.unwrap_or_default(),
                ));
            }
        }
        lines
    }

    fn topics(first: &str, second: &str) -> String {
        format!(
            "Resources:\n  A: {{Type: 'AWS::SNS::Topic', Properties: {first}}}\n  B: {{Type: 'AWS::SNS::Topic', Properties: {second}}}"
        )
    }

    #[test]
    fn a_changed_attribute_may_change_others() {
        let other = "{TopicName: b, DisplayName: !GetAtt A.DisplayName}";
        let before = topics("{TopicName: a, DisplayName: x}", other);
        let after = topics("{TopicName: a, DisplayName: y}", other);
        assert_eq!(
            told((&before, &[]), (&after, &[])),
            [
                "Modify A False ",
                "  PV Static DirectModification  /Properties/DisplayName x>y",
                "Modify B False ",
                "  P Dynamic ResourceAttribute A.DisplayName /Properties/DisplayName >",
            ]
        );
    }

    #[test]
    fn a_replaced_resource_changes_those_that_name_it() {
        let other = "{TopicName: b, DisplayName: !Ref A}";
        let before = topics("{TopicName: a}", other);
        let after = topics("{TopicName: c}", other);
        assert_eq!(
            told((&before, &[]), (&after, &[])),
            [
                "Modify A True ReplaceAndDelete",
                "  PV Static DirectModification  /Properties/TopicName a>c",
                "Modify B False ",
                "  V Dynamic DirectModification  /Properties/DisplayName arn:aws:sns:eu-west-1:1:a>{{changeSet:KNOWN_AFTER_APPLY}}",
                "  PV Static ResourceReference A /Properties/DisplayName arn:aws:sns:eu-west-1:1:a>{{changeSet:KNOWN_AFTER_APPLY}}",
            ]
        );
    }

    #[test]
    fn parameters_are_told_as_causes() {
        let text = "Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Sub 'is ${P}'}}}";
        assert_eq!(
            told((text, &[("P", "x")]), (text, &[("P", "y")])),
            [
                "Modify A False ",
                "  PV Static ParameterReference P /Properties/DisplayName is x>is y",
                "  PV Dynamic DirectModification  /Properties/DisplayName is x>is y",
            ]
        );
        assert!(told((text, &[("P", "x")]), (text, &[("P", "x")])).is_empty());
    }

    #[test]
    fn hidden_parameters_are_masked() {
        let text = "Parameters: {P: {Type: String, NoEcho: true}}\nResources: {A: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref P}}}";
        let lines = told((text, &[("P", "secret1")]), (text, &[("P", "secret2")]));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().skip(1).all(|line| line.ends_with("****>****")), "{lines:?}");
    }

    #[test]
    fn resources_come_and_go() {
        let one = "Resources: {A: {Type: 'AWS::SNS::Topic', DeletionPolicy: Retain}}";
        let other = "Resources: {B: {Type: 'AWS::SNS::Topic'}}";
        assert_eq!(told((one, &[]), (other, &[])), ["Add B True ", "Remove A False Retain"]);
    }

    #[test]
    fn metadata_and_tags_are_parts() {
        let one = "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {Tags: [{Key: a, Value: x}]}}}";
        let other = "Resources: {A: {Type: 'AWS::SNS::Topic', Metadata: {m: 1}, Properties: {Tags: [{Key: a, Value: y}]}}}";
        assert_eq!(
            told((one, &[]), (other, &[])),
            [
                "Modify A False ",
                "  P Static DirectModification  /Properties/Tags >",
                "  V Static DirectModification  /Properties/Tags/0/Value x>y",
                "  PV Static DirectModification  /Metadata >{\"m\":1}",
            ]
        );
    }

    #[test]
    fn types_cannot_change() {
        let old = wish("Resources: {A: {Type: 'AWS::SNS::Topic'}}", &[]);
        let new = wish("Resources: {A: {Type: 'AWS::SQS::Queue'}}", &[]);
        let instances = deploy(&old);
        let fault =
            compare(Some(Current { desired: &old, instances: &instances }), &new, Aim::default(), &Nothing)
                .expect_err("it is refused");
        assert!(fault.message.ends_with("of the following resources: [A]"), "{fault}");
    }
}
