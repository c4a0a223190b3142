//! Carrying a plan out: the engine with its observers, then the summary and the exit code.

use crate::commands::planning::{self, Planning};
use crate::commands::session::Session;
use crate::deployment::engine::{self, Options};
use crate::deployment::event::Outcome;
use crate::deployment::journal::{Journal, Sink};
use crate::deployment::limits::Limits;
use crate::deployment::observer::Observer;
use crate::deployment::state::Deployment;
use crate::failure::{Exit, Failure};
use crate::project::files::Appender;
use crate::view::{json, live, summary};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How a plan is carried out.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Stop starting stacks at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// How many stacks may be in work at once [default: `limits.stacks` of formwork.yaml, or 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    parallel: Option<u32>,
}

/// Carries a plan out.
pub fn run(arguments: &Arguments, planning: Planning, session: &mut Session) -> Result<Exit, Failure> {
    let Planning { ready, connection, plan, run, interrupt } = planning;
    let declared = ready.assembled.limits;
    let limits = Limits {
        stacks: arguments.parallel.map_or(declared.stacks, |parallel| parallel as usize),
        per_target: arguments
            .parallel
            .map_or(declared.per_target, |parallel| declared.per_target.min(parallel as usize)),
    };
    let path = ready.project.root().join(".formwork/runs").join(format!("{run}.jsonl"));
    let file = Appender::open(&path)
        .map_err(|error| Failure::file("write the run's journal", &path.display().to_string(), &error))?;
    let observers = vec![
        Box::new(Journal::new(Box::new(JournalFile(file)))) as Box<dyn Observer + Send>,
        live::observer(&session.screen, session.global.verbose),
    ];
    let options = Options {
        limits,
        fail_fast: arguments.fail_fast,
        run,
        interval: planning::interval(connection.local),
        tick: Duration::from_millis(100),
        env: Arc::new(session.surroundings.variable),
        clock: Arc::new(session.surroundings.now),
        interrupt,
    };
    let assembly = Arc::new(ready.assembled.assembly);
    let deployment = connection.runtime.block_on(engine::run(
        &connection.cloud,
        Arc::new(plan),
        assembly,
        options,
        observers,
    ));
    connection.close();
    finish(&deployment, session);
    Ok(exit(&deployment))
}

/// The run's journal on the disk.
struct JournalFile(Appender);

impl Sink for JournalFile {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.0.append(line)
    }
}

fn finish(deployment: &Deployment, session: &mut Session) {
    if session.screen.is_for_people() {
        let text = summary::text(deployment, session.screen.palette(), session.screen.terminal.width);
        session.screen.print(&text);
    } else {
        let line = json::summary(deployment);
        session.screen.print(&line);
    }
}

/// The exit code of a deployment: what failed counts more than what was refused, and both more than an interruption.
fn exit(deployment: &Deployment) -> Exit {
    let any = |wanted: fn(&Outcome) -> bool| {
        deployment.stacks.iter().filter_map(|state| state.outcome.as_ref()).any(wanted)
    };
    let done = any(|outcome| matches!(outcome, Outcome::Done));
    if deployment.interrupted {
        return Exit::Interrupted;
    }
    if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
        return if done { Exit::Partly } else { Exit::Failed };
    }
    if any(|outcome| matches!(outcome, Outcome::Refused { .. })) {
        return if done { Exit::Partly } else { Exit::Refused };
    }
    Exit::Done
}
