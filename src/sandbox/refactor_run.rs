//! Carries stack refactors out: prepares them, moves their resources, and lets their stacks settle.

use super::agenda::Due;
use super::engine;
use super::language::{Desired, GivenParameter, Identity, Template, resolve_parameters};
use super::refactoring::{Part, Rearranged, arranged, plan};
use super::resources::{Instance, Instances};
use super::stack::{Report, Stack, StackOutput, Traits, Wish};
use super::stack_refactor::{Definition, Move, RefactorExecution, RefactorStatus, StackRefactor};
use super::status::{OperationType, ResourceStatus, StackStatus};
use super::world::{Place, World};

/// How many seconds preparing and moving take, and settling afterwards: an assumption, but that stacks are still in
/// progress for a moment after the refactor is complete is not.
pub(super) const MOVE_SECONDS: u8 = 4;
const SETTLE_SECONDS: u8 = 2;

impl World {
    /// When something happens next to a refactor.
    pub(super) fn refactor_due(&self, place: &Place, id: &str) -> Option<i64> {
        self.regions.get(place)?.refactors.get(id)?.due
    }

    /// Moves a refactor on that is due.
    pub(super) fn run_refactor(&mut self, place: &Place, id: &str, now: i64) {
        let Some(mut refactor) = self.regions.get(place).and_then(|region| region.refactors.get(id)).cloned()
        else {
            return;
        };
        refactor.due = None;
        if refactor.seconds > 0 {
            refactor.seconds -= 1;
            refactor.due = Some(now + 1000);
            return self.put_refactor(place, refactor);
        }
        match (refactor.execution, refactor.settling) {
            (RefactorExecution::ExecuteInProgress, _) => self.rearrange(place, &mut refactor, now),
            (_, true) => self.settle_refactor(place, &mut refactor, now),
            _ => self.prepare(place, &mut refactor),
        }
        self.put_refactor(place, refactor);
    }

    /// Puts a refactor into its place, and notes when it is due.
    pub(super) fn put_refactor(&mut self, place: &Place, refactor: StackRefactor) {
        if let Some(due) = refactor.due {
            self.agenda.note(due, place, Due::Refactor(refactor.id.clone()));
        }
        self.region(place).refactors.insert(refactor.id.clone(), refactor);
        self.store.region_changed(place);
    }

    fn prepare(&mut self, place: &Place, refactor: &mut StackRefactor) {
        let outcome = self
            .parts(place, &refactor.definitions)
            .and_then(|parts| plan(&parts, &refactor.mappings, &self.outlook(place)));
        match outcome {
            Ok(moves) => {
                refactor.moves = moves;
                refactor.status = RefactorStatus::Complete;
                refactor.execution = RefactorExecution::Available;
            }
            Err(reason) => {
                refactor.status = RefactorStatus::Failed;
                refactor.status_reason = Some(reason);
            }
        }
    }

    /// The stacks as they are and as they are to be.
    fn parts(&self, place: &Place, definitions: &[Definition]) -> Result<Vec<Part>, String> {
        definitions.iter().map(|one| self.part(place, one)).collect()
    }

    fn part(&self, place: &Place, definition: &Definition) -> Result<Part, String> {
        let id = definition.stack_id.clone();
        let told = |text: String| format!("{id}: {text}");
        let stack = self.stack(place, &definition.stack_id).filter(|_| !definition.new);
        if let Some(stack) = stack {
            allowed(stack).map_err(told)?;
        }
        let new = Template::read(&definition.template).map_err(|refusal| told(refusal.message))?;
        let wish = self.afterwards(place, definition, &new).map_err(told)?;
        let old = stack.and_then(|stack| stack.wish.as_ref());
        let old = old.and_then(|wish| Template::read(&wish.template).ok());
        let outlook = self.outlook(place);
        let identity = identity(place, definition, &wish);
        let desired = Desired::new(&new, wish.parameters, identity, wish.tags, &outlook)
            .map_err(|refusal| told(refusal.message))?;
        let before = stack.map(|stack| stack.instances.peek().into_owned()).unwrap_or_default();
        Ok(Part { id: id.clone(), name: definition.name.clone(), before, old, new, desired })
    }

    /// What a stack is asked to be afterwards: its own wish with another template.
    fn afterwards(
        &self,
        place: &Place,
        definition: &Definition,
        template: &Template,
    ) -> Result<Wish, String> {
        let stack = self.stack(place, &definition.stack_id).filter(|_| !definition.new);
        let mut wish = stack.and_then(|stack| stack.wish.clone()).unwrap_or_default();
        wish.template.clone_from(&definition.template);
        if definition.new {
            let given: Vec<GivenParameter> = Vec::new();
            let values = resolve_parameters(template, &given, None, &self.outlook(place));
            wish.parameters = values.map_err(|refusal| refusal.message)?;
        }
        Ok(wish)
    }

    /// Begins to carry a refactor out: from now on its stacks are busy.
    pub(super) fn begin_refactor(&mut self, place: &Place, refactor: &mut StackRefactor, now: i64) {
        for definition in &mut refactor.definitions {
            let mut stack = match definition.new {
                true => {
                    let identity = identity(place, definition, &Wish::default());
                    Stack::new(&identity, self.seed, StackStatus::CreateInProgress, now)
                }
                false => match self.take(place, &definition.stack_id) {
                    Some(stack) => stack,
                    None => continue,
                },
            };
            let operation = stack.identifier("operation");
            let (status, kind) = match definition.new {
                true => (StackStatus::CreateInProgress, OperationType::CreateStack),
                false => (StackStatus::UpdateInProgress, OperationType::UpdateStack),
            };
            stack.stamp = (None, Some(operation.clone()));
            stack.last_operations = vec![(kind, operation.clone())];
            definition.seen = Some(operation);
            if !definition.new {
                stack.updated_at = Some(now);
            }
            stack.turn(now, status, Some("User Initiated"));
            self.put(place, stack);
        }
        refactor.execution = RefactorExecution::ExecuteInProgress;
        (refactor.due, refactor.seconds) = (Some(now + 1000), MOVE_SECONDS);
    }

    fn rearrange(&mut self, place: &Place, refactor: &mut StackRefactor, now: i64) {
        refactor.settling = true;
        (refactor.due, refactor.seconds) = (Some(now + 1000), SETTLE_SECONDS);
        let definitions = refactor.definitions.clone();
        let Ok(parts) =
            definitions.iter().map(|one| self.part_in_progress(place, one)).collect::<Result<Vec<_>, _>>()
        else {
            refactor.execution = RefactorExecution::ExecuteFailed;
            return;
        };
        let after = arranged(&parts, &refactor.moves);
        let outlook = self.outlook(place);
        let seen = Rearranged::new(&parts, &after, &outlook);
        let outputs: Vec<Vec<StackOutput>> = parts
            .iter()
            .zip(&after)
            .map(|(part, instances)| {
                let outputs = part.desired.outputs(instances, &seen).unwrap_or_default();
                outputs.into_iter().map(StackOutput::from).collect()
            })
            .collect();
        for (index, (part, outputs)) in parts.iter().zip(outputs).enumerate() {
            let definition = &definitions[index];
            let wish = self.afterwards(place, definition, &part.new).unwrap_or_default();
            let imports = part.desired.imports(&self.outlook(place));
            let Some(mut stack) = self.take(place, &definition.stack_id) else { continue };
            move_rows(&mut stack, index, &refactor.moves, &after[index], now);
            stack.instances = after[index].clone().into();
            stack.traits = traits(part).into();
            stack.imports = imports;
            stack.outputs = outputs;
            stack.description = engine::description(&wish);
            stack.stable = Some(wish.clone()).into();
            stack.wish = Some(wish);
            stack.drift.forget();
            self.put(place, stack);
        }
        self.adopt_children(place, refactor);
        refactor.execution = RefactorExecution::ExecuteComplete;
    }

    /// A stack that the refactor has made busy itself.
    fn part_in_progress(&self, place: &Place, definition: &Definition) -> Result<Part, String> {
        let new = Template::read(&definition.template).map_err(|refusal| refusal.message)?;
        let wish = self.afterwards(place, definition, &new)?;
        let identity = identity(place, definition, &wish);
        let desired = Desired::new(&new, wish.parameters, identity, wish.tags, &self.outlook(place))
            .map_err(|refusal| refusal.message)?;
        let stack = self.stack(place, &definition.stack_id);
        let before = stack.map(|stack| stack.instances.peek().into_owned()).unwrap_or_default();
        let (id, name) = (definition.stack_id.clone(), definition.name.clone());
        Ok(Part { id, name, before, old: None, new, desired })
    }

    /// Nested stacks that have moved have another parent.
    fn adopt_children(&mut self, place: &Place, refactor: &StackRefactor) {
        for one in refactor.moves.iter().filter(|one| one.resource_type == super::stack::STACK_TYPE) {
            let parent = refactor.definitions[one.to.0].stack_id.clone();
            let root = self.stack(place, &parent).and_then(|parent| parent.root.clone());
            if let Some(mut child) = self.take(place, &one.physical_id) {
                child.root = Some(root.unwrap_or_else(|| parent.clone()));
                child.parent = Some(parent);
                self.put(place, child);
            }
        }
    }

    fn settle_refactor(&mut self, place: &Place, refactor: &mut StackRefactor, now: i64) {
        refactor.settling = false;
        for definition in &refactor.definitions {
            let Some(mut stack) = self.take(place, &definition.stack_id) else { continue };
            let status = match definition.new {
                true => StackStatus::CreateComplete,
                false => StackStatus::UpdateComplete,
            };
            stack.turn(now, status, None);
            self.put(place, stack);
        }
    }
}

/// Refuses stacks that cannot take part.
fn allowed(stack: &Stack) -> Result<(), String> {
    if !stack.status.updatable() {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(format!("Stack:{id} is in {status} state and can not be updated."));
    }
    match stack.policy {
        Some(_) => Err("Stack Refactor does not support stacks with a stack policy.".to_owned()),
        None => Ok(()),
    }
}

fn identity(place: &Place, definition: &Definition, wish: &Wish) -> Identity {
    Identity {
        account: place.account.clone(),
        region: place.region.clone(),
        partition: super::caller::partition(&place.region).to_owned(),
        stack_name: definition.name.clone(),
        stack_id: definition.stack_id.clone(),
        notification_arns: wish.notification_arns.clone(),
    }
}

fn traits(part: &Part) -> std::collections::BTreeMap<String, Traits> {
    let of = |id: &str| Traits {
        depends_on: part.desired.dependencies(id),
        deletion_policy: part.desired.policy(id, "DeletionPolicy"),
        replace_policy: part.desired.policy(id, "UpdateReplacePolicy"),
    };
    part.desired.resources().iter().map(|one| (one.logical_id.to_owned(), of(one.logical_id))).collect()
}

/// Tells in one stack what leaves it and what comes.
fn move_rows(stack: &mut Stack, index: usize, moves: &[Move], after: &Instances, now: i64) {
    let tell = |stack: &mut Stack, id: &str, one: &Move, status: ResourceStatus| {
        let report = Report {
            logical_id: id,
            resource_type: &one.resource_type,
            physical_id: Some(&one.physical_id),
            status,
            reason: None,
            properties: after.get(id).map(Instance::told),
        };
        stack.report(now, &report);
    };
    for one in moves.iter().filter(|one| one.from.0 == index) {
        tell(stack, &one.from.1, one, ResourceStatus::ExportInProgress);
        tell(stack, &one.from.1, one, ResourceStatus::ExportComplete);
        stack.resources.remove(&one.from.1);
    }
    for one in moves.iter().filter(|one| one.to.0 == index) {
        tell(stack, &one.to.1, one, ResourceStatus::ImportInProgress);
        tell(stack, &one.to.1, one, ResourceStatus::ImportComplete);
    }
}
