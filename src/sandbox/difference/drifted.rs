//! The details of a drift-aware change set: for each property what it is like, what was deployed, and what it will be.

use serde_json::{Map, Value};

use super::property::{places, same};
use super::{AttributeChange, ChangeSource, Evaluation, Found, LiveDrift, PropertyDetail, Recreation, State};
use crate::sandbox::language::{in_texts, plain_text};

/// One resource in its three states.
pub struct ThreeWay<'a> {
    /// As it was deployed.
    pub deployed: &'a Map<String, Value>,
    /// As it was found.
    pub found: &'a Found,
    /// As it will be.
    pub after: &'a Map<String, Value>,
}

impl ThreeWay<'_> {
    /// Says of each detail where its values come from, and adds those where only what is believed changes.
    pub fn tell(&self, details: Vec<PropertyDetail>, direct: &PropertyDetail) -> Vec<PropertyDetail> {
        if self.found.state == State::Unsupported {
            return details;
        }
        let mut told: Vec<PropertyDetail> = Vec::new();
        for detail in details {
            let detail = self.told(detail);
            if !told.contains(&detail) {
                told.push(detail);
            }
        }
        told.extend(self.believed(direct));
        told
    }

    /// Whether all that happens is that the stack learns what is so.
    pub fn only_believed(details: &[PropertyDetail]) -> bool {
        let believed = |detail: &PropertyDetail| detail.change == AttributeChange::SyncWithActual;
        !details.is_empty() && details.iter().all(believed)
    }

    fn told(&self, mut detail: PropertyDetail) -> PropertyDetail {
        let Some(name) = detail.path.strip_prefix("/Properties/").map(top) else { return detail };
        let unchanged = match (self.deployed.get(name), self.after.get(name)) {
            (Some(before), Some(after)) => same(before, after),
            (before, after) => before.is_none() && after.is_none(),
        };
        if unchanged && detail.before.is_some() | detail.after.is_some() {
            detail.source = ChangeSource::NoModification;
            detail.evaluation = Evaluation::Static;
            detail.causing_entity = None;
        }
        detail.live = Some(LiveDrift { from_actual: true, drift: self.drift(&detail.path) });
        detail
    }

    /// What was deployed at a path and what was found there, if these differ.
    fn drift(&self, path: &str) -> Option<(Option<String>, Option<String>)> {
        let inside = path.strip_prefix("/Properties")?;
        let deployed = Value::Object(self.deployed.clone());
        let (old, new) = (deployed.pointer(inside), self.found.properties.pointer(inside));
        match (old, new) {
            (Some(old), Some(new)) if same(old, new) => None,
            (None, None) => None,
            _ => Some((old.map(text), new.map(text))),
        }
    }

    /// Where a resource is as it is to be already, but not as it was deployed.
    fn believed(&self, direct: &PropertyDetail) -> Vec<PropertyDetail> {
        let after = Value::Object(self.after.clone());
        let mut found = Vec::new();
        places("", Some(&Value::Object(self.deployed.clone())), Some(&self.found.properties), &mut found);
        let settled = found.into_iter().filter(|place| {
            match (self.found.properties.pointer(&place.path), after.pointer(&place.path)) {
                (Some(actual), Some(wished)) => same(actual, wished),
                (actual, wished) => actual.is_none() && wished.is_none(),
            }
        });
        settled
            .map(|place| PropertyDetail {
                name: Some(top(place.path.trim_start_matches('/')).to_owned()),
                path: format!("/Properties{}", place.path),
                recreation: Recreation::Never,
                change: AttributeChange::SyncWithActual,
                live: Some(LiveDrift {
                    from_actual: true,
                    drift: Some((place.before.clone(), place.after.clone())),
                }),
                before: place.after.clone(),
                after: place.after,
                ..direct.clone()
            })
            .collect()
    }
}

/// The first step of a path.
fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

fn text(value: &Value) -> String {
    plain_text(value).unwrap_or_else(|| in_texts(value).to_string())
}
