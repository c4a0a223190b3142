//! CreateStackRefactor, DescribeStackRefactor, ExecuteStackRefactor, ListStackRefactors, ListStackRefactorActions.

use super::super::identifiers;
use super::super::language::Template;
use super::super::query::Input;
use super::super::refactor_run::MOVE_SECONDS;
use super::super::refusal::Refusal;
use super::super::stack_refactor::{
    Definition, Mapping, Move, RefactorExecution, RefactorStatus, Spot, StackRefactor,
};
use super::super::status::StackStatus;
use super::Call;
use serde_json::{Value, json};

/// The most stacks of one refactor.
const STACKS: usize = 5;
/// The tags by which a resource knows its stack.
const TAGS: [&str; 3] =
    ["aws:cloudformation:stack-name", "aws:cloudformation:logical-id", "aws:cloudformation:stack-id"];

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let list = call.input.list("StackDefinitions").ok_or_else(|| Refusal::missing("stackDefinitions"))?;
    let list: Vec<Input> = list.into_iter().cloned().collect();
    if list.is_empty() || list.len() > STACKS {
        let text = format!("StackDefinitions must have between 1 and {STACKS} members");
        return Err(Refusal::validation(text));
    }
    let creation = call.input.flag("EnableStackCreation")?.unwrap_or(false);
    let mut definitions = Vec::new();
    for one in &list {
        definitions.push(call.definition(one, creation)?);
    }
    let mappings = call.mappings(&definitions)?;
    let description = call.input.text("Description").map(str::to_owned);
    let count = call.world.regions.get(&call.place).map_or(0, |region| region.refactors.len()).to_string();
    let place = call.place.clone();
    let id = identifiers::uuid(call.world.seed, &["refactor", &place.account, &place.region, &count]);
    let refactor = StackRefactor {
        id: id.clone(),
        description,
        definitions,
        mappings,
        status: RefactorStatus::InProgress,
        status_reason: None,
        execution: RefactorExecution::Unavailable,
        execution_reason: None,
        moves: Vec::new(),
        due: Some(call.now + 1000),
        seconds: MOVE_SECONDS,
        settling: false,
    };
    call.world.put_refactor(&place, refactor);
    Ok(json!({"StackRefactorId": id}))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let refactor = call.refactor()?;
    let failed = refactor.status == RefactorStatus::Failed;
    // A stack that could not be planned has no identifier to tell.
    let ids =
        refactor.definitions.iter().map(|one| if one.new && failed { &one.name } else { &one.stack_id });
    let mut shown = call.shown(refactor);
    shown["StackIds"] = ids.cloned().collect::<Vec<_>>().into();
    Ok(shown)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.input.texts("ExecutionStatusFilter").unwrap_or_default();
    let region = call.world.regions.get(&call.place);
    let all = region.into_iter().flat_map(|region| region.refactors.values()).map(|one| call.shown(one));
    let fits =
        |one: &Value| wanted.is_empty() || wanted.iter().any(|status| one["ExecutionStatus"] == **status);
    let (page, next) = call.paged(all.filter(fits).collect())?;
    Ok(json!({"StackRefactorSummaries": page, "NextToken": next}))
}

pub(super) fn actions(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let refactor = call.refactor()?;
    let moves = refactor.moves.iter().map(|one| moved(refactor, one));
    let created =
        refactor.definitions.iter().filter(|one| one.new && !refactor.moves.is_empty()).map(|one| {
            json!({
                "Action": "CREATE",
                "Entity": "STACK",
                "Description": format!("Stack {} created.", one.stack_id),
                "Detection": "MANUAL",
                "TagResources": [],
                "UntagResources": [],
                "ResourceMapping": {"Source": {}, "Destination": {}},
            })
        });
    let (page, next) = call.paged(moves.chain(created).collect())?;
    Ok(json!({"StackRefactorActions": page, "NextToken": next}))
}

pub(super) fn execute(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let refactor = call.refactor()?;
    let (execution, _) = call.execution(refactor);
    if execution != RefactorExecution::Available {
        let (id, status) = (&refactor.id, execution.text());
        return Err(Refusal::validation(format!(
            "StackRefactor [{id}] cannot be executed in its current execution status of [{status}]"
        )));
    }
    let (mut refactor, place, now) = (refactor.clone(), call.place.clone(), call.now);
    call.world.begin_refactor(&place, &mut refactor, now);
    call.world.put_refactor(&place, refactor);
    Ok(Value::Null)
}

fn moved(refactor: &StackRefactor, one: &Move) -> Value {
    let place = |(index, id): &Spot| json!({"StackName": refactor.definitions[*index].stack_id, "LogicalResourceId": id});
    let target = &refactor.definitions[one.to.0];
    let tagged = crate::registry::find(&one.resource_type).is_some_and(|known| known.tag_property.is_some());
    let values = [&target.name, &one.to.1, &target.stack_id];
    let tags = TAGS.iter().zip(values).map(|(key, value)| json!({"Key": key, "Value": value}));
    json!({
        "Action": "MOVE",
        "Entity": "RESOURCE",
        "PhysicalResourceId": one.physical_id,
        "Description": "No configuration changes detected.",
        "Detection": if one.manual { "MANUAL" } else { "AUTO" },
        "TagResources": if tagged { tags.collect::<Vec<_>>() } else { Vec::new() },
        "UntagResources": if tagged { TAGS.to_vec() } else { Vec::new() },
        "ResourceMapping": {"Source": place(&one.from), "Destination": place(&one.to)},
    })
}

impl Call<'_> {
    fn refactor(&self) -> Result<&StackRefactor, Refusal> {
        let id = self.input.required("StackRefactorId")?;
        let found = self.world.regions.get(&self.place).and_then(|region| region.refactors.get(id));
        found.ok_or_else(|| {
            let text = format!("Stack refactor {id} does not exist");
            Refusal::new(404, "StackRefactorNotFoundException", text)
        })
    }

    /// One of the stacks, which must exist unless it may be created.
    fn definition(&mut self, one: &Input, creation: bool) -> Result<Definition, Refusal> {
        let name = one.required("StackName")?.to_owned();
        let template = match (one.text("TemplateBody"), one.text("TemplateURL")) {
            (Some(body), None) => body.to_owned(),
            (None, Some(url)) => self.fetched(url)?,
            _ => return Err(Refusal::validation("Either Template URL or Template Body must be specified.")),
        };
        Template::read(&template)?;
        let found = self.world.stack(&self.place, &name).filter(|stack| stack.lives());
        if let Some(stack) = found {
            let seen = stack.stamp.1.clone();
            let (name, stack_id) = (stack.name.clone(), stack.id.clone());
            return Ok(Definition { name, stack_id, new: false, template, seen });
        }
        if !creation {
            return Err(Refusal::validation(format!("Stack [{name}] does not exist")));
        }
        super::stacks::named(&name)?;
        let stack_id = self.fresh(&name, StackStatus::CreateInProgress).id;
        Ok(Definition { name, stack_id, new: true, template, seen: None })
    }

    fn mappings(&self, definitions: &[Definition]) -> Result<Vec<Mapping>, Refusal> {
        let spot = |one: &Input, side: &str| -> Result<Spot, Refusal> {
            let place = one.structure(side).ok_or_else(|| Refusal::missing(&side.to_lowercase()))?;
            let (stack, id) = (place.required("StackName")?, place.required("LogicalResourceId")?.to_owned());
            let index = definitions.iter().position(|one| one.name == stack || one.stack_id == stack);
            let index = index.ok_or_else(|| {
                Refusal::validation(format!("The resource {id} defined in the resources mapping belongs to stack {stack}, which is not among the stack definitions."))
            })?;
            Ok((index, id))
        };
        let list = self.input.list("ResourceMappings").unwrap_or_default();
        let mapping = |one: &Input| -> Result<Mapping, Refusal> {
            Ok(Mapping { from: spot(one, "Source")?, to: spot(one, "Destination")? })
        };
        list.into_iter().map(mapping).collect()
    }

    /// How far a refactor is carried out; what its stacks have done since makes it obsolete.
    fn execution(&self, refactor: &StackRefactor) -> (RefactorExecution, Option<String>) {
        let known = (refactor.execution, refactor.execution_reason.clone());
        if refactor.execution != RefactorExecution::Available {
            return known;
        }
        let changed = refactor.definitions.iter().find(|one| {
            let stack = self.world.stack(&self.place, if one.new { &one.name } else { &one.stack_id });
            match stack {
                Some(stack) => one.new || stack.stamp.1 != one.seen || !stack.lives(),
                None => !one.new,
            }
        });
        match changed {
            Some(one) => (RefactorExecution::Obsolete, Some(format!("{}: Stack was updated.", one.stack_id))),
            None => known,
        }
    }

    fn shown(&self, refactor: &StackRefactor) -> Value {
        let (execution, reason) = self.execution(refactor);
        json!({
            "StackRefactorId": refactor.id,
            "Description": refactor.description,
            "ExecutionStatus": execution.text(),
            "ExecutionStatusReason": reason,
            "Status": refactor.status.text(),
            "StatusReason": refactor.status_reason,
        })
    }
}
