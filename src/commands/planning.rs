//! What `plan`, `deploy` and `destroy` have in common: from words to a plan, and Ctrl-C.

use crate::aws::Cloud;
use crate::commands::connection::Connection;
use crate::commands::session::{Ready, Session, globs};
use crate::failure::{Exit, Failure};
use crate::model::environment::Assembly;
use crate::model::stack::Stack;
use crate::plan::discard::discard;
use crate::plan::error::PlanError;
use crate::plan::planner::{self, Progress, Question};
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{Plan, Wish};
use crate::view::plan::Style;
use crate::view::progress::Spinner;
use crate::view::{json, plan as view};
use std::time::Duration;
use tokio::sync::watch;

/// A project, a way to the service, and a plan.
pub struct Planning {
    /// The project and its environments.
    pub ready: Ready,
    /// The way to the service.
    pub connection: Connection,
    /// The plan.
    pub plan: Plan,
    /// The run's id.
    pub run: String,
    /// Ctrl-C.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// What a command wants planned.
pub struct Wanted<'a> {
    /// The environments.
    pub words: &'a [String],
    /// What is to be done.
    pub wish: Wish,
    /// Patterns of stacks that may be deleted although they are protected.
    pub allow: &'a [String],
    /// What may refuse before anything is asked of AWS.
    pub gate: &'a dyn Fn(&Assembly, &Session) -> Result<(), Failure>,
}

impl Planning {
    /// Assembles, checks, opens the way and makes the plan.
    pub fn make(session: &mut Session, wanted: &Wanted<'_>) -> Result<Self, Failure> {
        let ready = session.assemble_checked(wanted.words)?;
        (wanted.gate)(ready.assembly(), session)?;
        let selects = session.selects()?;
        let allowed = globs("--allow", wanted.allow)?;
        let connection = Connection::open(session, ready.assembly(), ready.project.root().to_owned())?;
        let run = run_id((session.surroundings.now)());
        let interrupt = interrupts(&connection);
        let spinner = Spinner::new(session.screen.terminal.error && session.screen.is_for_people());
        let question = Question {
            wish: wanted.wish,
            filter: &|stack: &Stack| selects(&stack.address.stack),
            allow: &|stack: &Stack| allowed.is_match(&stack.address.stack),
            env: &session.surroundings.variable,
            run: &run,
            interval: interval(connection.local),
            interrupt: interrupt.clone(),
        };
        let plan = connection.runtime.block_on(planner::plan(
            &connection.cloud,
            ready.assembly(),
            &question,
            &|progress| spinner.tell(&sentence(progress)),
        ));
        spinner.end();
        match plan {
            Ok(plan) => Ok(Self { ready, connection, plan, run, interrupt }),
            Err(error) => {
                connection.close();
                Err(session.refuse_plan(error))
            }
        }
    }

    /// Shows the plan.
    pub fn show(&self, session: &mut Session) {
        if session.screen.is_for_people() {
            let style = Style {
                palette: session.screen.palette(),
                width: session.screen.width(),
                verbose: session.global.verbose,
            };
            session.screen.print(&view::text(&self.plan, style));
        } else {
            json::plan(&self.plan).iter().for_each(|line| session.screen.print(line));
        }
    }

    /// A failure when anything is refused: then nothing is done, so that what was shown is done whole or not at all.
    pub fn refusals(&self) -> Option<Failure> {
        let refused: Vec<&str> = self.plan.refused().map(|planned| planned.stack.label.as_str()).collect();
        let hint = match self.plan.wish {
            Wish::Deploy => "mend what the plan says of them, or name other stacks with `--stack`",
            Wish::Destroy => "give `--allow STACK` for each that may go although it is protected",
        };
        (!refused.is_empty()).then(|| {
            Failure::refused(format!("refused: {}; nothing was done", refused.join(", "))).hint(hint)
        })
    }

    /// Takes away what planning made, closes the way, and tells what could not be taken away.
    pub fn leave(self, session: &mut Session) {
        let left = self.connection.runtime.block_on(discard::<Cloud>(&self.connection.cloud, &self.plan));
        for error in left {
            session.screen.note(&format!("warning: something made for the plan is still there: {error}"));
        }
        self.connection.close();
    }
}

impl Session {
    fn refuse_plan(&mut self, error: PlanError) -> Failure {
        let message = error.to_string();
        match error {
            PlanError::Inputs(findings) => {
                self.show_findings(&findings);
                Failure::input(format!("{message}; nothing was done"))
            }
            PlanError::WrongAccounts(errors) => collected(Failure::refused(message), &errors),
            PlanError::SignIn(errors) => collected(Failure::refused(message), &errors),
            PlanError::Service(error) => error.into(),
            PlanError::Cycle(stacks) => {
                let path: Vec<String> = stacks.iter().map(|stack| stack.stack.clone()).collect();
                Failure::input(format!("{message}: {}", path.join(" → ")))
            }
            PlanError::Interrupted => Failure::new(Exit::Interrupted, message),
        }
    }
}

/// One failure of several: the first gives the hints and the exit code, all are told as causes.
fn collected(failure: Failure, errors: &[crate::cloudformation::ServiceError]) -> Failure {
    let Some(first) = errors.first() else { return failure };
    let first = Failure::from(first.clone());
    let all = errors.iter().map(ToString::to_string);
    Failure { exit: first.exit, message: failure.message, causes: all.collect(), hints: first.hints }
}

fn sentence(progress: Progress) -> String {
    match progress {
        Progress::SigningIn { targets: 1 } => "signing in".to_owned(),
        Progress::SigningIn { targets } => format!("signing in to {targets} accounts and regions"),
        Progress::Reading { stacks } => format!("reading what is deployed of {stacks} stacks"),
        Progress::Asking { done, of } => format!("asking CloudFormation what would change ({done} of {of})"),
    }
}

/// How often to look at a service.
pub fn interval(local: bool) -> Interval {
    match local {
        true => Interval { first: Duration::from_millis(15), longest: Duration::from_millis(200) },
        false => Interval { first: Duration::from_secs(2), longest: Duration::from_secs(8) },
    }
}

/// A run's id: the time in hexadecimal, so that ids sort as the runs did.
fn run_id(now: u64) -> String {
    format!("{now:x}")
}

/// Listens for Ctrl-C: the first asks to finish, the second to leave.
fn interrupts(connection: &Connection) -> watch::Receiver<Interrupt> {
    let (sender, receiver) = watch::channel(Interrupt::None);
    connection.runtime.spawn(async move {
        for wish in [Interrupt::Finish, Interrupt::Leave] {
            if tokio::signal::ctrl_c().await.is_err() || sender.send(wish).is_err() {
                return;
            }
        }
    });
    receiver
}
