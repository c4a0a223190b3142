//! What a comparison says beside properties: the other parts of a declaration, what is shown in the place of hidden
//! values, and what a policy is when none is written.

use serde_json::{Map, Value};

use super::{Attribute, AttributeChange, ChangeSource, Evaluation, PropertyDetail, Recreation};
use crate::sandbox::language::{ResourceDeclaration, in_texts};
use crate::sandbox::resources::Instance;

const PARTS: [(&str, Attribute); 5] = [
    ("Metadata", Attribute::Metadata),
    ("CreationPolicy", Attribute::CreationPolicy),
    ("UpdatePolicy", Attribute::UpdatePolicy),
    ("DeletionPolicy", Attribute::DeletionPolicy),
    ("UpdateReplacePolicy", Attribute::UpdateReplacePolicy),
];

/// What stands for hidden values.
const STARS: &str = "****";

/// The parts of a declaration beside its properties that differ from what was declared before.
pub fn parts(
    before: Option<&ResourceDeclaration<'_>>,
    declaration: &ResourceDeclaration<'_>,
) -> Vec<PropertyDetail> {
    let mut found = Vec::new();
    for (member, attribute) in PARTS {
        let (old, new) = (before.and_then(|old| old.body.get(member)), declaration.body.get(member));
        if before.is_none() || old == new {
            continue;
        }
        found.push(PropertyDetail {
            attribute,
            path: format!("/{member}"),
            change: match (old, new) {
                (None, _) => AttributeChange::Add,
                (_, None) => AttributeChange::Remove,
                _ => AttributeChange::Modify,
            },
            before: old.map(written),
            after: new.map(written),
            ..direct()
        });
    }
    found
}

/// A detail that the template itself causes; the other fields are the caller's.
pub fn direct() -> PropertyDetail {
    PropertyDetail {
        attribute: Attribute::Properties,
        name: None,
        path: String::new(),
        recreation: Recreation::Never,
        evaluation: Evaluation::Static,
        source: ChangeSource::DirectModification,
        causing_entity: None,
        change: AttributeChange::Modify,
        before: None,
        after: None,
        in_plain: true,
        in_values: true,
        live: None,
    }
}

/// What every plan says of a stack inside the stack: it may change.
pub fn automatic() -> PropertyDetail {
    PropertyDetail { evaluation: Evaluation::Dynamic, source: ChangeSource::Automatic, ..direct() }
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn default_policy(instance: &Instance) -> String {
    let cluster = instance.properties.get("DBClusterIdentifier").is_some();
    match instance.resource_type.as_str() {
        "AWS::RDS::DBCluster" => "Snapshot".into(),
        "AWS::RDS::DBInstance" if !cluster => "Snapshot".into(),
        _ => "Delete".into(),
    }
}

/// Properties as they were found; those that hide something as they may be shown.
pub fn hidden(found: &Map<String, Value>, shown: &Map<String, Value>) -> Map<String, Value> {
    let safe = |(name, value): (&String, &Value)| {
        let secret = shown.get(name).filter(|shown| shown.to_string().contains(STARS));
        (name.clone(), secret.unwrap_or(value).clone())
    };
    found.iter().map(safe).collect()
}

/// Puts what may be shown in the place of values.
pub fn mask(details: &mut [PropertyDetail], before: &Map<String, Value>, after: &Map<String, Value>) {
    let shown = |properties: &Map<String, Value>, path: &str, value: &Option<String>| {
        value.as_ref()?;
        let mut steps = path.trim_start_matches("/Properties/").splitn(2, '/');
        let top = properties.get(steps.next()?)?;
        let found = steps.next().map_or(Some(top), |rest| top.pointer(&format!("/{rest}")))?;
        Some(written(&in_texts(found)))
    };
    for detail in details.iter_mut().filter(|detail| detail.path.starts_with("/Properties/")) {
        detail.before = shown(before, &detail.path, &detail.before);
        detail.after = shown(after, &detail.path, &detail.after);
        let secret = detail.before.as_deref().is_some_and(|text| text.contains(STARS));
        let drift = detail.live.as_mut().and_then(|live| live.drift.as_mut());
        if let Some(drift) = drift.filter(|_| secret) {
            *drift = (Some(STARS.to_owned()), Some(STARS.to_owned()));
        }
    }
}
