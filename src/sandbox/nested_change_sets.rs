//! Change sets of stacks inside stacks: made with the topmost one, decided before it, executed and deleted through it.

use super::change_set::{ChangeSet, ChangeSetType, ChildSet, Lineage};
use super::difference::Difference;
use super::engine::{NO_CHANGES, NO_UPDATES, approve, refuse};
use super::identifiers;
use super::operation::Phase;
use super::operations::stacks::begin_deletion;
use super::resources::Instance;
use super::stack::{STACK_TYPE, Stack, Wish};
use super::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use super::world::{Place, World};
use serde_json::Value;

impl World {
    /// Makes the change sets of the stacks inside a stack.
    pub(super) fn draft(&mut self, place: &Place, stack_id: &str, set_id: &str) {
        let Some(stack) = self.stack(place, stack_id) else { return };
        let Some(set) = stack.change_sets.iter().find(|set| set.id == set_id).cloned() else { return };
        let mut rows: Vec<(String, Value)> = Vec::new();
        rows.extend(set.difference.nested.iter().map(|(id, properties)| (id.clone(), properties.clone())));
        for (logical_id, properties) in rows {
            let resource_type = STACK_TYPE.to_owned();
            let (id, instance) =
                (logical_id.clone(), Instance { resource_type, properties, ..Instance::default() });
            let child = self.draft_child(place, stack_id, &set, Instance { logical_id: id, ..instance });
            self.change_set(place, stack_id, set_id, |set| {
                set.children.insert(logical_id, child);
            });
        }
        self.decide(place, stack_id, set_id);
    }

    fn draft_child(&mut self, place: &Place, parent: &str, set: &ChangeSet, instance: Instance) -> ChildSet {
        let logical_id = instance.logical_id.as_str();
        let known = self.stack(place, parent).and_then(|stack| stack.instances.get(logical_id)).cloned();
        let existing = known.as_ref().and_then(|instance| self.take(place, &instance.physical_id));
        let kind = if existing.is_some() { ChangeSetType::Update } else { ChangeSetType::Create };
        let mut child = match existing {
            Some(child) => child,
            None => {
                let mut child = self.unborn_child(place, parent, logical_id, StackStatus::ReviewInProgress);
                child.turn(self.moment, StackStatus::ReviewInProgress, Some("User Initiated"));
                child
            }
        };
        let wish = self.child_wish(place, Some(&set.wish), &child, &instance);
        let drafted = drafted(&mut child, set, logical_id, kind, self.moment);
        let (stack_id, change_set_id) = (child.id.clone(), drafted.id.clone());
        let mut entry = ChildSet { stack_id, change_set_id, decided: false, failed: false };
        let drafted = match wish {
            Ok((wish, _)) => ChangeSet { wish: wish.into(), ..drafted },
            Err(reason) => {
                (entry.decided, entry.failed) = (true, true);
                let mut failed = ChangeSet { due: None, ..drafted };
                refuse(&mut failed, reason);
                failed
            }
        };
        child.change_sets.push(drafted);
        self.put(place, child);
        entry
    }

    /// Notes that the change set of a stack inside a stack is decided.
    pub(super) fn decided(&mut self, place: &Place, stack_id: &str, set_id: &str) {
        let Some(stack) = self.stack(place, stack_id) else { return };
        let Some(set) = stack.change_sets.iter().find(|set| set.id == set_id) else { return };
        let Some(lineage) = set.lineage.clone() else { return };
        let idle = matches!(set.reason.as_deref(), Some(NO_CHANGES | NO_UPDATES));
        let failed = set.status == ChangeSetStatus::Failed && !idle;
        let holds = |stack: &&Stack| stack.change_sets.iter().any(|set| set.id == lineage.parent);
        let region = self.regions.get(place);
        let above = region.into_iter().flat_map(|region| region.stacks.values()).find(holds);
        let Some(above) = above.map(|stack| stack.id.clone()) else { return };
        self.change_set(place, &above, &lineage.parent, |set| {
            for child in set.children.values_mut().filter(|child| child.change_set_id == set_id) {
                (child.decided, child.failed) = (true, failed);
            }
        });
        self.decide(place, &above, &lineage.parent);
    }

    /// Decides a change set once those below it are.
    fn decide(&mut self, place: &Place, stack_id: &str, set_id: &str) {
        let mut child = false;
        self.change_set(place, stack_id, set_id, |set| {
            if !set.pending() || set.children.values().any(|child| !child.decided) {
                return;
            }
            child = set.lineage.is_some();
            for row in &mut set.difference.changes {
                row.change_set_id =
                    set.children.get(&row.logical_id).map(|child| child.change_set_id.clone());
            }
            match set.children.values().find(|child| child.failed).map(|child| child.change_set_id.clone()) {
                None => approve(set),
                Some(failed) => {
                    set.difference = Difference::default().into();
                    let text = "was not successfully created: Currently in FAILED.";
                    refuse(set, format!("Nested change set {failed} {text}"));
                }
            }
        });
        if child {
            self.decided(place, stack_id, set_id);
        }
    }

    fn change_set(
        &mut self,
        place: &Place,
        stack_id: &str,
        set_id: &str,
        change: impl FnOnce(&mut ChangeSet),
    ) {
        let Some(mut stack) = self.take(place, stack_id) else { return };
        if let Some(set) = stack.change_sets.iter_mut().find(|set| set.id == set_id) {
            change(set);
        }
        self.put(place, stack);
    }

    /// The change set of a child that the parent's running operation executes with its own.
    pub(super) fn planned(&self, place: &Place, parent: &str, logical_id: &str) -> Option<ChildSet> {
        let stack = self.stack(place, parent)?;
        let operation = stack.operation.as_ref().filter(|operation| operation.phase == Phase::Deploy)?;
        let executed = operation.change_set_id.as_ref()?;
        let set = stack.change_sets.iter().find(|set| set.id == *executed)?;
        set.children.get(logical_id).cloned()
    }

    /// A change set is gone: so are those below it, and the stacks that were made for them only.
    pub(super) fn discard(&mut self, place: &Place, stack_id: &str, set: &ChangeSet, now: i64) {
        if let Some(mut stack) = self.take(place, stack_id) {
            stack.change_sets.retain(|one| one.id != set.id);
            self.put(place, stack);
        }
        for child in set.children.values() {
            let Some(stack) = self.stack(place, &child.stack_id) else { continue };
            let below = stack.change_sets.iter().find(|one| one.id == child.change_set_id).cloned();
            let only_reviewed = stack.status == StackStatus::ReviewInProgress;
            if let Some(below) = below {
                self.discard(place, &child.stack_id, &below, now);
            }
            if only_reviewed && let Some(mut stack) = self.take(place, &child.stack_id) {
                begin_deletion(&mut stack, None, now);
                self.put(place, stack);
            }
        }
    }

    /// A stack is about to be deleted: its change sets go, and whoever waits for one of them learns that it failed.
    pub(super) fn drop_change_sets(&mut self, place: &Place, stack_id: &str, now: i64) {
        let Some(stack) = self.stack(place, stack_id) else { return };
        let dropped: Vec<ChangeSet> =
            stack.change_sets.iter().filter(|set| !set.executed()).cloned().collect();
        for set in dropped {
            if set.lineage.is_some() && set.pending() {
                self.change_set(place, stack_id, &set.id, |set| refuse(set, "Stack is deleted".to_owned()));
                self.decided(place, stack_id, &set.id);
            }
            if !set.children.is_empty() {
                self.discard(place, stack_id, &set, now);
            }
        }
    }

    /// Removes the stacks that an ended operation was to make and never came to.
    pub(super) fn discard_unborn(&mut self, place: &Place, stack_id: &str, set_id: &str) {
        let Some(stack) = self.stack(place, stack_id) else { return };
        let Some(set) = stack.change_sets.iter().find(|set| set.id == set_id) else { return };
        let ids: Vec<String> = set.children.values().map(|child| child.stack_id.clone()).collect();
        let now = self.moment;
        for id in ids {
            let reviewed =
                self.stack(place, &id).is_some_and(|stack| stack.status == StackStatus::ReviewInProgress);
            if reviewed && let Some(mut stack) = self.take(place, &id) {
                begin_deletion(&mut stack, None, now);
                self.put(place, stack);
            }
        }
    }
}

/// Notes that a child's change set is executed with its parent's.
pub(super) fn executed(child: &mut Stack, set_id: &str) {
    let good = |set: &ChangeSet| set.id == set_id && set.status == ChangeSetStatus::CreateComplete;
    if !child.change_sets.iter().any(good) {
        // It had nothing to do when it was made, and has now: that is nobody's announcement.
        return;
    }
    child.change_sets.retain(|set| set.id == set_id || set.executed());
    for set in child.change_sets.iter_mut().filter(|set| set.id == set_id) {
        set.execution = ExecutionStatus::ExecuteInProgress;
    }
    child.change_set_id = Some(set_id.to_owned());
}

/// The change set of a child, not read yet.
fn drafted(
    child: &mut Stack,
    above: &ChangeSet,
    logical_id: &str,
    kind: ChangeSetType,
    now: i64,
) -> ChangeSet {
    let count = child.identifier("change set");
    let end = identifiers::digest(child.seed, &[&above.id, logical_id, &count]).to_uppercase();
    let end: String = end.chars().take(12).collect();
    let stem: String = format!("{}-{logical_id}", above.name).chars().take(115).collect();
    let name = format!("{stem}-{end}");
    let uuid = identifiers::uuid(child.seed, &[&child.id, &name, &count]);
    let arn = child.id.split(":stack/").next().unwrap_or_default();
    let root = above.lineage.as_ref().map_or_else(|| above.id.clone(), |lineage| lineage.root.clone());
    ChangeSet {
        id: format!("{arn}:changeSet/{name}/{uuid}"),
        name,
        kind,
        status: ChangeSetStatus::CreatePending,
        execution: ExecutionStatus::Unavailable,
        reason: None,
        created_at: now,
        description: None,
        wish: Wish::default().into(),
        difference: Difference::default().into(),
        token: None,
        due: Some(now + 1000),
        to_import: Vec::new(),
        imports: Default::default(),
        reality: None,
        children: Default::default(),
        lineage: Some(Lineage { parent: above.id.clone(), root }),
        ..above.clone()
    }
}
