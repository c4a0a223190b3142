//! What an import must be like: read from the request and held against the template and the stack, in AWS's order.

use super::super::change_set::ResourceToImport;
use super::super::difference::{Action, Aim, ChangeSource, Difference, ResourceChange};
use super::super::engine;
use super::super::language::Desired;
use super::super::live::importable;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::super::status::StackStatus;
use super::Call;
use crate::registry;

impl Call<'_> {
    /// The resources that the request wants to import.
    pub(super) fn resources_to_import(&self) -> Result<Vec<ResourceToImport>, Refusal> {
        let list = self.input.list("ResourcesToImport").unwrap_or_default();
        let read = |(index, one): (usize, &&Input)| {
            let member =
                |name: &str| Refusal::missing(&format!("resourcesToImport.{}.member.{name}", index + 1));
            let identifier = one.structure("ResourceIdentifier").map(Input::map).unwrap_or_default();
            if identifier.is_empty() {
                return Err(member("resourceIdentifier"));
            }
            let logical_id = one.text("LogicalResourceId").ok_or_else(|| member("logicalResourceId"))?;
            let resource_type = one.text("ResourceType").ok_or_else(|| member("resourceType"))?;
            let (logical_id, resource_type) = (logical_id.to_owned(), resource_type.to_owned());
            Ok(ResourceToImport { logical_id, resource_type, identifier })
        };
        list.iter().enumerate().map(read).collect()
    }

    /// Refuses an import that does anything but import, or that does not say enough.
    pub(super) fn importing(
        &self,
        stack: &Stack,
        after: &Desired,
        wanted: &[ResourceToImport],
    ) -> Result<(), Refusal> {
        if wanted.is_empty() {
            return Err(Refusal::validation("Must Provide at least one resource to import"));
        }
        let outlook = self.world.outlook(&self.place);
        let difference =
            engine::changes_of(stack, after, Aim::default(), &outlook).map_err(Refusal::validation)?;
        let declared = |desired: &Desired| desired.processed().get("Outputs").cloned();
        let before = match stack.wish.as_ref().filter(|_| stack.status != StackStatus::ReviewInProgress) {
            Some(wish) => engine::read(stack, wish, &outlook).ok().and_then(|desired| declared(&desired)),
            None => None,
        };
        frozen("Outputs", declared(after).unwrap_or_default() != before.unwrap_or_default())?;
        let tags = stack.wish.as_ref().map(|wish| wish.tags.as_slice()).unwrap_or_default();
        frozen("Tags", self.input.list("Tags").is_some() && after.tags() != tags)?;
        entries(after, wanted)?;
        alone(&difference, wanted)?;
        let unkept = wanted.iter().filter(|one| {
            after.resource(&one.logical_id).is_none_or(|found| found.body.get("DeletionPolicy").is_none())
        });
        let unkept = listed(unkept.map(|one| one.logical_id.as_str()));
        refuse(unkept, |ids| {
            format!(
                "The following resources to import {ids} must have DeletionPolicy attribute specified in the template."
            )
        })
    }
}

fn frozen(section: &str, changed: bool) -> Result<(), Refusal> {
    let text = format!("As part of the import operation, you cannot modify or add [{section}]");
    if changed { Err(Refusal::validation(text)) } else { Ok(()) }
}

/// What is wrong with the entries themselves.
fn entries(after: &Desired, wanted: &[ResourceToImport]) -> Result<(), Refusal> {
    let twice = |(index, one): (usize, &ResourceToImport)| {
        wanted.iter().skip(index + 1).any(|other| other.logical_id == one.logical_id)
    };
    if wanted.iter().enumerate().any(twice) {
        return Err(Refusal::validation("Every resource to import must have unique LogicalResourceId"));
    }
    let undeclared = wanted.iter().filter(|one| after.resource(&one.logical_id).is_none());
    refuse(listed(undeclared.map(|one| one.logical_id.as_str())), |ids| {
        format!("The logical resource ids {ids} provided in ResourceToImport do not exist in the template.")
    })?;
    let foreign = wanted.iter().filter(|one| !importable(&one.resource_type));
    refuse(listed(foreign.map(|one| one.resource_type.as_str())), |types| {
        format!("ResourceTypes {types} are not supported for Import")
    })?;
    wanted.iter().try_for_each(|one| fitting(after, one))
}

/// What is wrong with one entry: its identifier first, then its type.
fn fitting(after: &Desired, one: &ResourceToImport) -> Result<(), Refusal> {
    let kind = &one.resource_type;
    let published = registry::find(kind);
    let keys = published.map(|known| known.primary_identifier.clone()).unwrap_or_default();
    let fits = one.identifier.len() == keys.len() && keys.iter().all(|key| one.identifier.contains_key(key));
    if !fits {
        let expected = keys.join(", ");
        let text = format!("Invalid resource identifier for resource type {kind}. Expected [{expected}]");
        return Err(Refusal::validation(text));
    }
    let declared = after.resource(&one.logical_id).map(|found| found.resource_type).unwrap_or_default();
    if declared == kind {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Resource type of [{}] passed in ResourceToImport does not match with resource type defined in the template. \
         Resource type in ResourceToImport: {kind}; Resource type in Template: {declared}.",
        one.logical_id
    )))
}

/// An import adds what it imports and leaves all else alone.
fn alone(difference: &Difference, wanted: &[ResourceToImport]) -> Result<(), Refusal> {
    let of = |action: Action| difference.changes.iter().filter(move |row| row.action == action);
    let added: Vec<&str> = of(Action::Add).map(|row| row.logical_id.as_str()).collect();
    if added.is_empty() {
        return Err(Refusal::validation("The template should contain at least one new resource to import."));
    }
    let known = wanted.iter().map(|one| one.logical_id.as_str()).filter(|id| !added.contains(id));
    refuse(listed(known), |ids| {
        format!("Resources {ids} passed in ResourceToImport are already in a stack and cannot be imported.")
    })?;
    let wanted: Vec<&str> = wanted.iter().map(|one| one.logical_id.as_str()).collect();
    refuse(listed(added.into_iter().filter(|id| !wanted.contains(id))), |ids| {
        format!("Resources {ids} is missing from ResourceToImport list")
    })?;
    let automatic =
        |row: &&ResourceChange| row.details.iter().all(|detail| detail.source == ChangeSource::Automatic);
    let modified = of(Action::Modify).filter(|row| !automatic(row)).chain(of(Action::Remove));
    refuse(listed(modified.map(|row| row.logical_id.as_str())), |ids| {
        format!(
            "You have modified resources {ids} in your template that are not being imported. Update, create or delete \
             operations cannot be executed during import operations."
        )
    })
}

/// Names in brackets; nothing when there are none.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
}

fn refuse(names: Option<String>, text: impl Fn(&str) -> String) -> Result<(), Refusal> {
    match names {
        Some(names) => Err(Refusal::validation(text(&names))),
        None => Ok(()),
    }
}
