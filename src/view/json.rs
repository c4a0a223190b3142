//! Results and events for programs: one versioned object a line. The shapes are of their own, so that the inner types can change.

use crate::compare::{Comparison, EnvironmentDifference, What};
use crate::deployment::event::{Cause, Event, Happening, Outcome};
use crate::deployment::observer::Observer;
use crate::deployment::state::Deployment;
use crate::deployment::timing::Way;
use crate::model::environment::Environment;
use crate::model::finding::{Finding, Severity};
use crate::model::place::Place;
use crate::model::stack::StackAddress;
use crate::plan::danger;
use crate::plan::{Plan, PlannedParameter, PlannedStack, PlannedValue};
use crate::project::Explanation;
use crate::view::stacks::Pair;
use crate::view::words;
use serde_json::{Map, Value, json};
use std::io::Write;

/// The version of the shapes; it grows when something is renamed or taken away, not when something is added.
pub const VERSION: u32 = 1;

/// An object with its version and type in front.
pub fn object(kind: &str, fields: Value) -> String {
    let mut out = Map::new();
    out.insert("version".into(), json!(VERSION));
    out.insert("type".into(), json!(kind));
    if let Value::Object(fields) = fields {
        out.extend(fields);
    }
    Value::Object(out).to_string()
}

/// A finding.
pub fn finding(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let related: Vec<Value> =
        finding.related.iter().map(|(at, label)| json!({"place": place(at), "label": label})).collect();
    object(
        "finding",
        json!({
            "code": finding.code, "severity": severity, "message": finding.message, "place": finding.place.as_ref().map(place),
            "label": finding.label, "related": related, "help": finding.help, "subject": finding.subject,
        }),
    )
}

/// A place: file, line and column, counted from one.
pub fn place(place: &Place) -> Value {
    json!({"file": place.source.path, "line": place.line(), "column": place.column()})
}

fn address(address: &StackAddress) -> Value {
    json!({"environment": address.environment, "stack": address.stack, "account": address.account, "region": address.region})
}

/// A plan: a line for each stack, then one with the orphans and whether anything would change.
pub fn plan(plan: &Plan) -> Vec<String> {
    let mut out: Vec<String> = plan.stacks.iter().map(planned_stack).collect();
    let orphans: Vec<Value> = plan
        .orphans
        .iter()
        .map(|orphan| json!({"environment": orphan.environment, "name": orphan.name, "id": orphan.id, "target": orphan.target}))
        .collect();
    out.push(object(
        "plan",
        json!({"environments": plan.environments, "changes": plan.has_changes(), "orphans": orphans}),
    ));
    out
}

fn planned_stack(planned: &PlannedStack) -> String {
    let parameters: Vec<Value> = planned.parameters.iter().map(parameter).collect();
    let attributes: Vec<Value> = planned
        .attributes
        .iter()
        .map(|change| json!({"name": change.name, "before": change.before, "after": change.after}))
        .collect();
    let mut fields = address(&planned.stack.address);
    if let Value::Object(fields) = &mut fields {
        fields.insert("name".into(), json!(planned.stack.name));
        fields.insert("verdict".into(), json!(words::verdict(&planned.verdict).1));
        fields.insert("steps".into(), json!(planned.steps.iter().map(words::step).collect::<Vec<_>>()));
        fields.insert("parameters".into(), Value::Array(parameters));
        fields.insert("attributes".into(), Value::Array(attributes));
        fields.insert("changes".into(), json!(planned.changes));
        let dangers = danger::dangers(planned);
        let told = dangers.iter().map(|danger| json!({"logical_id": danger.logical_id, "resource_type": danger.resource_type, "what": danger.what.to_string()}));
        fields.insert("dangers".into(), told.collect());
        fields.insert("provisional_on".into(), planned.provisional.iter().map(address).collect());
    }
    object("planned_stack", fields)
}

fn parameter(parameter: &PlannedParameter) -> Value {
    let mask = |text: &str| if parameter.hidden { "****".to_owned() } else { text.to_owned() };
    let (after, known_after) = match &parameter.after {
        PlannedValue::Known(text) | PlannedValue::Default(text) => (Some(mask(text)), Value::Null),
        PlannedValue::After(producers) => (None, producers.iter().map(address).collect()),
    };
    json!({"name": parameter.name, "before": parameter.before.as_deref().map(mask), "after": after, "known_after": known_after})
}

/// Stacks with their live state.
pub fn stacks(environment: &Environment, stacks: &[Pair]) -> Vec<String> {
    let line = |(stack, live): &Pair| {
        let outputs: Map<String, Value> = live
            .iter()
            .flat_map(|live| &live.outputs)
            .map(|output| (output.key.clone(), json!(output.value)))
            .collect();
        object(
            "stack",
            json!({
                "environment": environment.name, "stack": stack.address.stack, "account": stack.account.id.as_str(), "region": stack.region,
                "name": stack.name, "id": live.as_ref().map(|live| &live.id), "status": live.as_ref().map(|live| live.status.as_str()),
                "reason": live.as_ref().and_then(|live| live.reason.as_ref()), "outputs": outputs,
            }),
        )
    };
    stacks.iter().map(line).collect()
}

/// Writes a deployment's events as lines.
pub struct Events {
    out: Box<dyn Write + Send>,
}

impl Events {
    /// A log of objects on a writer.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out }
    }
}

impl Observer for Events {
    fn event(&mut self, deployment: &Deployment, event: &Event) {
        let (kind, stack, mut fields) = happening(&event.what, &deployment.plan);
        fields.insert("time".into(), json!(event.time));
        if let Some(planned) = stack.and_then(|number| deployment.plan.stacks.get(number))
            && let Value::Object(address) = address(&planned.stack.address)
        {
            fields.extend(address);
        }
        let _ = writeln!(self.out, "{}", object(kind, Value::Object(fields)));
        let _ = self.out.flush();
    }
}

fn happening(what: &Happening, plan: &Plan) -> (&'static str, Option<usize>, Map<String, Value>) {
    let (kind, stack, fields) = match what {
        Happening::RunStarted { run } => ("run_started", None, json!({"run": run})),
        Happening::StackStarted { stack } => ("stack_started", Some(stack), json!({})),
        Happening::StepStarted { stack, step } => {
            ("step_started", Some(stack), json!({"step": words::step(step)}))
        }
        Happening::Requested { stack, operation, token } => {
            ("requested", Some(stack), json!({"operation": operation, "token": token}))
        }
        Happening::Followed { stack, id, resources } => {
            ("followed", Some(stack), json!({"id": id, "resources": resources}))
        }
        Happening::Resource { stack, logical_id, resource_type, status, reason } => (
            "resource",
            Some(stack),
            json!({"logical_id": logical_id, "resource_type": resource_type, "status": status, "reason": reason}),
        ),
        Happening::Status { stack, status, reason, at } => {
            ("status", Some(stack), json!({"status": status, "reason": reason, "at": at}))
        }
        Happening::Slowed { message } => ("slowed", None, json!({"message": message})),
        Happening::StackEnded { stack, outcome: ended } => ("stack_ended", Some(stack), outcome(ended, plan)),
        Happening::Interrupted => ("interrupted", None, json!({})),
        Happening::RunEnded => ("run_ended", None, json!({})),
    };
    let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
    (kind, stack.copied(), fields)
}

fn outcome(outcome: &Outcome, plan: &Plan) -> Value {
    let word = words::outcome(outcome).1;
    match outcome {
        Outcome::Done | Outcome::Unchanged | Outcome::Cancelled => json!({"outcome": word}),
        Outcome::Failed(causes) => {
            json!({"outcome": word, "causes": causes.iter().map(cause).collect::<Vec<_>>()})
        }
        Outcome::Blocked { by } => {
            let blocking = plan.stacks.get(*by).map(|planned| address(&planned.stack.address));
            json!({"outcome": word, "blocked_by": blocking})
        }
        Outcome::Refused { reason, remedy } => json!({"outcome": word, "reason": reason, "remedy": remedy}),
    }
}

fn cause(cause: &Cause) -> Value {
    json!({"logical_id": cause.logical_id, "resource_type": cause.resource_type, "reason": cause.reason, "nested": cause.nested})
}

/// How a deployment ended; `simulated` when nothing of it was real, so that the times of the stacks are estimates.
pub fn summary(deployment: &Deployment, simulated: bool) -> String {
    let mut counts: Map<String, Value> = Map::new();
    for state in &deployment.stacks {
        let Some(outcome) = &state.outcome else { continue };
        let word = if state.goes_on() { "still_running" } else { words::outcome(outcome).1 };
        let before = counts.get(word).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(word.to_owned(), json!(before + 1));
    }
    let took: Vec<Value> = (0..deployment.stacks.len())
        .filter(|number| deployment.stacks[*number].outcome == Some(Outcome::Done))
        .map(|number| timed(deployment, number, deployment.stacks[number].took()))
        .collect();
    let way = Way::longest(deployment).map(|way| {
        let stacks = way.stacks.iter().map(|(number, took)| timed(deployment, *number, *took));
        json!({"seconds": way.milliseconds / 1000, "stacks": stacks.collect::<Vec<_>>()})
    });
    object(
        "summary",
        json!({
            "run": deployment.run, "interrupted": deployment.interrupted, "stacks": counts, "simulated": simulated,
            "took": took, "longest_way": way,
        }),
    )
}

/// A stack and how long it took.
fn timed(deployment: &Deployment, number: usize, milliseconds: u64) -> Value {
    let mut fields = address(&deployment.plan.stacks[number].stack.address);
    if let Value::Object(fields) = &mut fields {
        fields.insert("seconds".into(), json!(milliseconds / 1000));
    }
    fields
}

/// Where a value came from.
pub fn explanation(explanation: &Explanation) -> String {
    let chains: Vec<Value> = explanation
        .chains
        .iter()
        .map(|chain| {
            let layers: Vec<Value> = chain
                .layers
                .iter()
                .map(|layer| json!({"name": layer.name, "place": layer.place.as_ref().map(place), "gives": layer.gives, "wins": layer.wins}))
                .collect();
            json!({"value": chain.value, "doc": chain.doc, "declared": chain.declared.as_ref().map(place), "layers": layers})
        })
        .collect();
    let results: Vec<Value> = explanation
        .results
        .iter()
        .map(|(instance, result)| json!({"instance": instance, "result": result}))
        .collect();
    let expression =
        explanation.expression.as_ref().map(|(text, at)| json!({"text": text, "place": place(at)}));
    object(
        "explanation",
        json!({"subject": explanation.subject, "doc": explanation.doc, "expression": expression, "results": results, "chains": chains}),
    )
}

/// Two environments side by side: a line for each difference, then the counts.
pub fn comparison(comparison: &Comparison) -> Vec<String> {
    let word = |what: &What| match what {
        What::Stack => "stack",
        What::Body => "body",
        What::Parameter => "parameter",
        What::Tag => "tag",
        What::Setting => "setting",
    };
    let line = |difference: &EnvironmentDifference| {
        object(
            "difference",
            json!({
                "stack": difference.stack, "what": word(&difference.what), "path": difference.path, "left": difference.left,
                "right": difference.right, "declared": difference.declared.iter().map(place).collect::<Vec<_>>(),
            }),
        )
    };
    let mut out: Vec<String> = comparison.differences.iter().map(line).collect();
    out.push(object(
        "comparison",
        json!({
            "left": comparison.left, "right": comparison.right, "declared": comparison.declared(),
            "undeclared": comparison.undeclared(), "stacks": comparison.stacks, "equal": comparison.equal,
        }),
    ));
    out
}
