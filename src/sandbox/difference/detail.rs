//! The details of one modified resource: for each property what changes, how certain it is, and who causes it.
//!
//! What counts as replaced or modified among the other resources is handed in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::property::{Place, places, recreation};
use super::{Attribute, AttributeChange, ChangeSource, Evaluation, PropertyDetail, Recreation, Replacement};
use crate::registry::ResourceType;
use crate::sandbox::language::{Desired, KNOWN_AFTER_APPLY, Reference, collect_references};

/// What is known of the resources judged so far.
#[derive(Debug, Default)]
pub struct Judged {
    /// Those that change, and whether they are replaced; new ones count as replaced.
    pub changing: BTreeMap<String, Replacement>,
    /// The parameters whose given value changes.
    pub parameters: BTreeSet<String>,
}

/// One resource, before and after.
pub struct Pair<'a> {
    /// The wished stack.
    pub desired: &'a Desired,
    /// The resource's name.
    pub logical_id: &'a str,
    /// Its published type.
    pub published: Option<&'a ResourceType>,
    /// Its properties now.
    pub before: &'a Map<String, Value>,
    /// Its properties to be, as far as they are known.
    pub after: &'a Map<String, Value>,
}

/// Who causes a property to change.
#[derive(Debug, Default)]
struct Causes {
    /// Changed parameters.
    parameters: BTreeSet<String>,
    /// Replaced or new resources, with the source that the reference makes.
    certain: BTreeSet<(String, ChangeSource)>,
    /// Resources that change in place, or may be replaced.
    possible: BTreeSet<(String, ChangeSource)>,
}

/// The details of a pair's properties.
pub fn details(pair: &Pair<'_>, judged: &Judged) -> Vec<PropertyDetail> {
    let mut names: Vec<&String> = pair.before.keys().collect();
    names.extend(pair.after.keys().filter(|name| !pair.before.contains_key(*name)));
    names.sort();
    names.into_iter().flat_map(|name| property(pair, name, judged)).collect()
}

fn property(pair: &Pair<'_>, name: &str, judged: &Judged) -> Vec<PropertyDetail> {
    let mut found = Vec::new();
    places(&format!("/{name}"), pair.before.get(name), pair.after.get(name), &mut found);
    let causes = causes(pair, name, judged);
    let changed = !found.is_empty();
    let mut details = Vec::new();
    let plain = Writer { pair, name, places: &found, in_plain: true, in_values: false };
    let values = Writer { in_plain: false, in_values: true, ..plain };
    if !changed {
        for (entity, source) in &causes.possible {
            details.extend(plain.details(Evaluation::Dynamic, *source, Some(entity)));
        }
        return details;
    }
    for parameter in &causes.parameters {
        let source = ChangeSource::ParameterReference;
        details.extend(plain.details(Evaluation::Static, source, Some(parameter)));
        details.extend(values.details(Evaluation::Static, source, Some(parameter)));
    }
    if causes.parameters.is_empty() && !causes.certain.is_empty() {
        details.extend(values.details(Evaluation::Dynamic, ChangeSource::DirectModification, None));
    }
    for (entity, source) in &causes.certain {
        details.extend(plain.details(Evaluation::Static, *source, Some(entity)));
        details.extend(values.details(Evaluation::Static, *source, Some(entity)));
    }
    for (entity, source) in &causes.possible {
        details.extend(plain.details(Evaluation::Dynamic, *source, Some(entity)));
    }
    let direct = ChangeSource::DirectModification;
    let unknown =
        found.iter().any(|place| place.after.as_deref().is_some_and(|text| text.contains(KNOWN_AFTER_APPLY)));
    if !causes.parameters.is_empty() {
        details.extend(plain.details(Evaluation::Dynamic, direct, None));
        details.extend(values.details(Evaluation::Dynamic, direct, None));
    } else if causes.certain.is_empty() {
        let evaluation = if unknown { Evaluation::Dynamic } else { Evaluation::Static };
        details.extend(plain.details(evaluation, direct, None));
        details.extend(values.details(evaluation, direct, None));
    }
    merged(details)
}

fn causes(pair: &Pair<'_>, name: &str, judged: &Judged) -> Causes {
    let mut causes = Causes::default();
    let node =
        pair.desired.resource(pair.logical_id).and_then(|found| found.body.get("Properties")?.get(name));
    let mut references = Vec::new();
    if let Some(node) = node {
        collect_references(node, Some(pair.desired.conditions()), &mut references);
    }
    for reference in references {
        let target = reference.target();
        if judged.parameters.contains(target) {
            causes.parameters.insert(target.to_owned());
        }
        let (entity, source) = match &reference {
            Reference::Name(name) => (name.clone(), ChangeSource::ResourceReference),
            Reference::Attribute(resource, attribute) | Reference::Placeholder(resource, attribute) => {
                (format!("{resource}.{attribute}"), ChangeSource::ResourceAttribute)
            }
        };
        match (judged.changing.get(target), source) {
            (Some(Replacement::True), _) => causes.certain.insert((entity, source)),
            (Some(Replacement::Conditional), _) | (Some(_), ChangeSource::ResourceAttribute) => {
                causes.possible.insert((entity, source))
            }
            _ => false,
        };
    }
    causes
}

/// Writes details of one property.
#[derive(Clone, Copy)]
struct Writer<'a> {
    pair: &'a Pair<'a>,
    name: &'a str,
    places: &'a [Place],
    in_plain: bool,
    in_values: bool,
}

impl Writer<'_> {
    /// Without values one detail for the property; with values one for each place.
    fn details(
        &self,
        evaluation: Evaluation,
        source: ChangeSource,
        entity: Option<&String>,
    ) -> Vec<PropertyDetail> {
        let whole = format!("/{}", self.name);
        let detail = |path: &str, place: Option<&Place>, needed: Recreation| {
            let tags = self.pair.published.and_then(|known| known.tag_property.as_deref()) == Some(self.name);
            PropertyDetail {
                attribute: if tags { Attribute::Tags } else { Attribute::Properties },
                name: (!tags).then(|| self.name.to_owned()),
                path: format!("/Properties{path}"),
                recreation: needed,
                evaluation,
                source,
                causing_entity: entity.cloned(),
                change: place.map_or(AttributeChange::Modify, |place| place.change),
                before: place.and_then(|place| place.before.clone()),
                after: place.and_then(|place| place.after.clone()),
                in_plain: self.in_plain,
                in_values: self.in_values,
                live: None,
            }
        };
        let needed = |path: &str| recreation(self.pair.published, path);
        if self.in_values {
            return self
                .places
                .iter()
                .map(|place| detail(&place.path, Some(place), needed(&place.path)))
                .collect();
        }
        let most =
            self.places.iter().map(|place| needed(&place.path)).max().unwrap_or_else(|| needed(&whole));
        let only = self.places.iter().find(|place| place.path == whole);
        vec![detail(&whole, only, most)]
    }
}

/// Makes one of two details that differ only in where they are shown.
fn merged(details: Vec<PropertyDetail>) -> Vec<PropertyDetail> {
    let mut result: Vec<PropertyDetail> = Vec::with_capacity(details.len());
    for detail in details {
        let same = |known: &&mut PropertyDetail| {
            let shown =
                PropertyDetail { in_plain: known.in_plain, in_values: known.in_values, ..detail.clone() };
            **known == shown
        };
        match result.iter_mut().find(same) {
            Some(known) => {
                known.in_plain |= detail.in_plain;
                known.in_values |= detail.in_values;
            }
            None => result.push(detail),
        }
    }
    result
}

/// Whether the resource is replaced, by its details.
pub fn replacement(details: &[PropertyDetail]) -> Replacement {
    let judged = details.iter().map(|detail| match (detail.recreation, detail.evaluation) {
        (Recreation::Always, Evaluation::Static) => Replacement::True,
        (Recreation::Always, Evaluation::Dynamic) | (Recreation::Conditionally, _) => {
            Replacement::Conditional
        }
        (Recreation::Never, _) => Replacement::False,
    });
    judged.max().unwrap_or(Replacement::False)
}
