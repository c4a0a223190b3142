//! Carrying a plan out, once it was shown and agreed to: the engine with its observers, the summary, the exit code.

use crate::commands::planning::{self, Origin, Planning, Wanted};
use crate::commands::session::Session;
use crate::commands::{consent, saved};
use crate::deployment::engine::{self, Options};
use crate::deployment::event::Outcome;
use crate::deployment::journal::{Journal, Sink};
use crate::deployment::limits::Limits;
use crate::deployment::observer::Observer;
use crate::deployment::state::Deployment;
use crate::failure::{Exit, Failure};
use crate::plan::Wish;
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

/// What is to be done, and how: the whole of `deploy` and of `destroy`.
pub struct Course<'a> {
    /// The environments.
    pub words: &'a [String],
    /// What is to be done.
    pub wish: Wish,
    /// By which plan.
    pub origin: Origin<'a>,
    /// Patterns of stacks that may be deleted although they are protected.
    pub allow: &'a [String],
    /// What stands in for an answer.
    pub consent: &'a consent::Arguments,
    /// How the plan is carried out.
    pub pace: &'a Arguments,
}

/// Plans, shows the plan, asks, and carries it out.
pub fn course(course: &Course<'_>, session: &mut Session) -> Result<Exit, Failure> {
    let wanted = Wanted {
        words: course.words,
        wish: course.wish,
        origin: course.origin,
        allow: course.allow,
        gate: &|assembly, session| {
            if let Origin::Saved(saved) = course.origin {
                saved::refuse_others(saved, assembly, session)?;
            }
            consent::refuse_early(course.consent, (course.wish, course.origin), assembly, session)
        },
    };
    let planning = Planning::make(session, &wanted)?;
    planning.show(session);
    if !planning.plan.has_changes() {
        planning.leave(session);
        return Ok(Exit::Done);
    }
    let agreed = match planning.refusals("nothing was done") {
        Some(failure) => Err(failure),
        None => consent::ask(course.consent, &planning, session).and_then(|()| journal(&planning)),
    };
    match agreed {
        Ok(journal) => Ok(run(course.pace, planning, journal, session)),
        Err(failure) => {
            planning.leave(session);
            Err(failure)
        }
    }
}

/// Opens the run's journal: without one nothing is begun.
fn journal(planning: &Planning) -> Result<Journal, Failure> {
    let path = planning.ready.project.root().join(".formwork/runs").join(format!("{}.jsonl", planning.run));
    let file = Appender::open(&path)
        .map_err(|error| Failure::file("write the run's journal", &path.display().to_string(), &error))?;
    Ok(Journal::new(Box::new(JournalFile(file))))
}

/// Carries a plan out.
fn run(arguments: &Arguments, planning: Planning, journal: Journal, session: &mut Session) -> Exit {
    let Planning { ready, connection, plan, run, interrupt, .. } = planning;
    let declared = ready.assembled.limits;
    let limits = Limits {
        stacks: arguments.parallel.map_or(declared.stacks, |parallel| parallel as usize),
        per_target: arguments
            .parallel
            .map_or(declared.per_target, |parallel| declared.per_target.min(parallel as usize)),
    };
    let observers = vec![
        Box::new(journal) as Box<dyn Observer + Send>,
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
    exit(&deployment)
}

/// The run's journal on the disk.
struct JournalFile(Appender);

impl Sink for JournalFile {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.0.append(line)
    }
}

fn finish(deployment: &Deployment, session: &mut Session) {
    let simulated = session.global.sandbox;
    if session.screen.is_for_people() {
        let text =
            summary::text(deployment, session.screen.palette(), session.screen.terminal.width, simulated);
        session.screen.print(&text);
    } else {
        let line = json::summary(deployment, simulated);
        session.screen.print(&line);
    }
}

/// The exit code of a deployment: an interruption counts most, then what failed, then what was refused.
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
