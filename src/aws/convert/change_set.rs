//! A change set: how far it is, and what it would do, with values where the service tells them.

use crate::aws::convert::{phrase, some, text};
use crate::cloudformation::ChangeSetState;
use crate::model::change::{Action, PropertyChange, Recreates, ResourceChange};
use aws_sdk_cloudformation::types;
use std::collections::{BTreeMap, BTreeSet};

/// How far a change set is, from its two statuses and the reason.
pub(in crate::aws) fn state(status: &str, execution: &str, reason: &str) -> ChangeSetState {
    match (status, execution) {
        ("CREATE_PENDING" | "CREATE_IN_PROGRESS", _) => ChangeSetState::Pending,
        ("CREATE_COMPLETE", "AVAILABLE") => ChangeSetState::Ready,
        // Right after creation the execution status may still lag.
        ("CREATE_COMPLETE", "UNAVAILABLE" | "") => ChangeSetState::Pending,
        ("FAILED", _) if phrase::is_no_change(reason) => ChangeSetState::NoChanges,
        ("FAILED", _) if reason.is_empty() => ChangeSetState::Failed(String::from("no reason was given")),
        ("FAILED", _) => ChangeSetState::Failed(reason.to_owned()),
        ("CREATE_COMPLETE", other) => ChangeSetState::Gone(other.to_owned()),
        (other, _) => ChangeSetState::Gone(other.to_owned()),
    }
}

/// The changes of a description, sorted by logical id.
pub(in crate::aws) fn changes(changes: &[types::Change]) -> Vec<ResourceChange> {
    let mut changes: Vec<_> = changes.iter().filter_map(types::Change::resource_change).map(change).collect();
    changes.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    changes
}

/// Adds what only the description without values shows: with values, the service leaves out what it cannot work out.
pub(in crate::aws) fn merge(
    with_values: Vec<ResourceChange>,
    without: Vec<ResourceChange>,
) -> Vec<ResourceChange> {
    let mut all: BTreeMap<_, _> =
        without.into_iter().map(|change| (change.logical_id.clone(), change)).collect();
    all.extend(with_values.into_iter().map(|change| (change.logical_id.clone(), change)));
    all.into_values().collect()
}

fn change(change: &types::ResourceChange) -> ResourceChange {
    let action = action(
        change.action().map_or("", types::ChangeAction::as_str),
        change.replacement().map_or("", types::Replacement::as_str),
        change.policy_action().map_or("", types::PolicyAction::as_str),
    );
    ResourceChange {
        logical_id: text(change.logical_resource_id()),
        resource_type: text(change.resource_type()),
        physical_id: some(change.physical_resource_id()),
        action,
        properties: properties(change.details()),
    }
}

/// `Replacement` means something for modifications only; recordings carry it on additions too.
fn action(action: &str, replacement: &str, policy: &str) -> Action {
    match (action, replacement) {
        ("Add", _) => Action::Add,
        ("Modify", "True") => Action::Replace,
        ("Modify", "Conditional") => Action::MayReplace,
        ("Modify" | "SyncWithActual", _) => Action::Modify,
        ("Remove", _) if policy == "Retain" => Action::Retain,
        ("Remove", _) => Action::Remove,
        ("Import", _) => Action::Import,
        _ => Action::Unknown,
    }
}

/// One line for each property. The service gives a detail for each cause: `Static` by the parameter and `Dynamic` by
/// the template for the same property; they are put together, and the strongest effect counts. Of a list it names every
/// cause for every item: which of several it is nobody knows, and none is told.
fn properties(details: &[types::ResourceChangeDetail]) -> Vec<PropertyChange> {
    let mut all: BTreeMap<String, (PropertyChange, BTreeSet<String>)> = BTreeMap::new();
    for one in details.iter().filter_map(property) {
        let cause = one.cause.clone();
        match all.get_mut(&one.path) {
            Some((known, causes)) => {
                join(known, one);
                causes.extend(cause);
            }
            None => {
                all.insert(one.path.clone(), (one, cause.into_iter().collect()));
            }
        }
    }
    let told = |(change, causes): (PropertyChange, BTreeSet<String>)| PropertyChange {
        cause: causes.iter().next().filter(|_| causes.len() == 1).cloned(),
        ..change
    };
    all.into_values().map(told).collect()
}

fn property(detail: &types::ResourceChangeDetail) -> Option<PropertyChange> {
    let target = detail.target()?;
    let attribute = target.attribute().map_or("", types::ResourceAttribute::as_str);
    let path = target.path().or(target.name()).filter(|path| !path.is_empty()).unwrap_or(attribute);
    (!path.is_empty()).then(|| PropertyChange {
        path: path.to_owned(),
        before: target.before_value().map(str::to_owned),
        after: target.after_value().map(str::to_owned),
        recreates: recreates(target.requires_recreation().map_or("", types::RequiresRecreation::as_str)),
        cause: some(detail.causing_entity()),
    })
}

fn recreates(text: &str) -> Recreates {
    match text {
        "Always" => Recreates::Always,
        "Conditionally" => Recreates::Conditionally,
        _ => Recreates::Never,
    }
}

fn join(known: &mut PropertyChange, other: PropertyChange) {
    let strength = |recreates| match recreates {
        Recreates::Never => 0,
        Recreates::Conditionally => 1,
        Recreates::Always => 2,
    };
    if strength(other.recreates) > strength(known.recreates) {
        known.recreates = other.recreates;
    }
    known.before = known.before.take().or(other.before);
    known.after = known.after.take().or(other.after);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let check = |status, execution, reason, expected| {
            assert_eq!(state(status, execution, reason), expected, "{status} {execution} {reason}");
        };
        let gone = |text: &str| ChangeSetState::Gone(text.into());
        check("CREATE_PENDING", "UNAVAILABLE", "", ChangeSetState::Pending);
        check("CREATE_IN_PROGRESS", "UNAVAILABLE", "", ChangeSetState::Pending);
        check("CREATE_COMPLETE", "AVAILABLE", "", ChangeSetState::Ready);
        check("CREATE_COMPLETE", "AVAILABLE", "[WARN] incomplete", ChangeSetState::Ready);
        check("FAILED", "UNAVAILABLE", "No updates are to be performed.", ChangeSetState::NoChanges);
        check(
            "FAILED",
            "UNAVAILABLE",
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            ChangeSetState::NoChanges,
        );
        check(
            "FAILED",
            "UNAVAILABLE",
            "Transform x failed",
            ChangeSetState::Failed("Transform x failed".into()),
        );
        check("CREATE_COMPLETE", "OBSOLETE", "", gone("OBSOLETE"));
        check("CREATE_COMPLETE", "EXECUTE_COMPLETE", "", gone("EXECUTE_COMPLETE"));
        check("DELETE_COMPLETE", "UNAVAILABLE", "", gone("DELETE_COMPLETE"));
    }

    #[test]
    fn actions() {
        let check = |kind, replacement, policy, expected| {
            assert_eq!(action(kind, replacement, policy), expected, "{kind} {replacement} {policy}");
        };
        check("Add", "", "", Action::Add);
        check("Add", "True", "", Action::Add);
        check("Modify", "False", "", Action::Modify);
        check("Modify", "", "", Action::Modify);
        check("Modify", "True", "ReplaceAndDelete", Action::Replace);
        check("Modify", "Conditional", "", Action::MayReplace);
        check("Remove", "", "Delete", Action::Remove);
        check("Remove", "", "", Action::Remove);
        check("Remove", "", "Retain", Action::Retain);
        check("Remove", "", "Snapshot", Action::Remove);
        check("Import", "", "", Action::Import);
        check("Dynamic", "", "", Action::Unknown);
        check("SomethingNew", "", "", Action::Unknown);
    }

    fn detail(path: Option<&str>, values: Option<(&str, &str)>, cause: &str) -> types::ResourceChangeDetail {
        let target = types::ResourceTargetDefinition::builder()
            .attribute(types::ResourceAttribute::Properties)
            .name("TopicName")
            .set_path(path.map(str::to_owned))
            .requires_recreation(types::RequiresRecreation::Always)
            .set_before_value(values.map(|(before, _)| before.to_owned()))
            .set_after_value(values.map(|(_, after)| after.to_owned()))
            .build();
        types::ResourceChangeDetail::builder().target(target).causing_entity(cause).build()
    }

    #[test]
    fn the_details_of_a_property_are_put_together() {
        let path = Some("/Properties/TopicName");
        let found = properties(&[detail(path, None, "Name"), detail(path, Some(("a", "b")), "")]);
        let expected = PropertyChange {
            path: "/Properties/TopicName".into(),
            before: Some("a".into()),
            after: Some("b".into()),
            recreates: Recreates::Always,
            cause: Some("Name".into()),
        };
        assert_eq!(found, std::slice::from_ref(&expected));
        let several = [detail(path, Some(("a", "b")), "Name"), detail(path, Some(("a", "b")), "Other")];
        assert_eq!(properties(&several), [PropertyChange { cause: None, ..expected }]);
        assert_eq!(properties(&[detail(None, None, "")])[0].path, "TopicName");
    }

    #[test]
    fn what_the_description_with_values_left_out_is_added() {
        let change = |id: &str, physical: &str| {
            let change = types::ResourceChange::builder()
                .action(types::ChangeAction::Modify)
                .logical_resource_id(id)
                .physical_resource_id(physical)
                .build();
            types::Change::builder().resource_change(change).build()
        };
        let with_values = changes(&[change("B", "values")]);
        let without = changes(&[change("C", "plain"), change("B", "plain"), change("A", "plain")]);
        let merged: Vec<_> = merge(with_values, without)
            .into_iter()
            .map(|change| (change.logical_id, change.physical_id.unwrap()))
            .collect();
        let expected = [("A", "plain"), ("B", "values"), ("C", "plain")];
        assert_eq!(merged, expected.map(|(id, from)| (id.to_owned(), from.to_owned())));
    }
}
