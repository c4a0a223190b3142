//! The log of a deployment where there is no terminal: one aligned line an event.

use crate::deployment::event::{Event, Happening, Outcome};
use crate::deployment::observer::Observer;
use crate::deployment::state::Deployment;
use crate::view::palette::{Palette, Role};
use crate::view::words::{self, pad};
use crate::view::{board, duration};
use std::io::Write;

/// Writes a deployment as lines.
pub struct Lines {
    out: Box<dyn Write + Send>,
    palette: Palette,
    verbose: bool,
}

impl Lines {
    /// A log on a writer; `verbose` also tells every resource.
    pub fn new(out: Box<dyn Write + Send>, palette: Palette, verbose: bool) -> Self {
        Self { out, palette, verbose }
    }
}

impl Observer for Lines {
    fn event(&mut self, deployment: &Deployment, event: &Event) {
        let Some((stack, role, text)) = told(deployment, &event.what, self.verbose) else { return };
        let several = deployment.plan.environments.len() > 1;
        let names = || deployment.plan.stacks.iter().map(|planned| board::name(planned, several));
        let width = names().map(|name| name.chars().count()).max().unwrap_or(0);
        let name = stack.and_then(|number| names().nth(number)).unwrap_or_default();
        let elapsed = duration::short(event.time.saturating_sub(deployment.started.unwrap_or(event.time)));
        let text = self.palette.paint(role, &text);
        let _ = writeln!(self.out, "{elapsed:>6}  {}  {text}", pad(&name, width));
        let _ = self.out.flush();
    }
}

/// The line of an event: which stack, in which role, what; nothing for events that are not worth a line.
fn told(deployment: &Deployment, what: &Happening, verbose: bool) -> Option<(Option<usize>, Role, String)> {
    match what {
        Happening::RunStarted { run } => Some((None, Role::Faint, format!("run {run}"))),
        Happening::StackStarted { .. } | Happening::Requested { .. } | Happening::RunEnded => None,
        Happening::StepStarted { stack, step } => {
            Some((Some(*stack), Role::Active, words::doing(step).to_owned()))
        }
        Happening::Followed { stack, resources, .. } => {
            (*resources > 0).then(|| (Some(*stack), Role::Faint, words::number(*resources, "resource")))
        }
        Happening::Resource { stack, logical_id, resource_type, status, reason } => {
            let failed = status.ends_with("_FAILED");
            let reason =
                reason.as_ref().filter(|_| failed).map_or(String::new(), |reason| format!(": {reason}"));
            let role = if failed { Role::Bad } else { Role::Faint };
            (verbose || failed)
                .then(|| (Some(*stack), role, format!("{status} {logical_id} ({resource_type}){reason}")))
        }
        Happening::Status { stack, status, .. } => {
            verbose.then(|| (Some(*stack), Role::Faint, status.clone()))
        }
        Happening::Slowed { message } => Some((None, Role::Notice, message.clone())),
        Happening::StackEnded { stack, outcome } => {
            Some((Some(*stack), words::outcome(outcome).2, ended(deployment, *stack, outcome)))
        }
        Happening::Interrupted => Some((None, Role::Notice, "stopping: nothing more is started".to_owned())),
    }
}

fn ended(deployment: &Deployment, stack: usize, outcome: &Outcome) -> String {
    let word = words::outcome(outcome).1;
    let state = &deployment.stacks[stack];
    match outcome {
        Outcome::Done => {
            format!("{word} in {}", duration::short(state.took()))
        }
        Outcome::Cancelled if state.goes_on() => words::left(state.step.as_ref()),
        Outcome::Unchanged | Outcome::Cancelled => word.to_owned(),
        Outcome::Failed(causes) => match causes.first() {
            Some(cause) => format!("{word}: {}", cause.reason),
            None => word.to_owned(),
        },
        Outcome::Blocked { by } => format!("{word} by {}", deployment.plan.stacks[*by].stack.label),
        Outcome::Refused { reason, .. } => format!("{word}: {reason}"),
    }
}
