//! What `plan`, `deploy` and `destroy` have in common: from words to a plan, and Ctrl-C.

use crate::aws::Cloud;
use crate::commands::connection::Connection;
use crate::commands::saved;
use crate::commands::session::{Ready, Session, globs};
use crate::failure::{Exit, Failure};
use crate::model::environment::Assembly;
use crate::model::stack::Stack;
use crate::plan::discard::discard;
use crate::plan::error::PlanError;
use crate::plan::planner::{self, Progress, Question};
use crate::plan::saved::Saved;
use crate::plan::saved::recall::recall;
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{Grounds, Plan, Wish};
use crate::view::plan::Style;
use crate::view::progress::Spinner;
use crate::view::{json, plan as view};
use std::sync::Arc;
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
    /// What it was decided from; empty for a saved plan.
    pub grounds: Grounds,
    /// The run's id.
    pub run: String,
    /// Ctrl-C.
    pub interrupt: watch::Receiver<Interrupt>,
    /// A file holds the plan: what was made for it stays when the command ends without carrying it out.
    pub saved: bool,
}

/// Which plan is wanted.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// A new one, of which nothing stays.
    New,
    /// A new one, which is to be saved.
    Kept,
    /// One that was saved.
    Saved(&'a Saved),
}

/// What a command wants planned.
pub struct Wanted<'a> {
    /// The environments.
    pub words: &'a [String],
    /// What is to be done.
    pub wish: Wish,
    /// Which plan.
    pub origin: Origin<'a>,
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
        let patterns = match wanted.origin {
            Origin::New | Origin::Kept => &session.global.stacks,
            Origin::Saved(saved) => &saved.only,
        };
        let (all, selected) = (patterns.is_empty(), globs("--stack", patterns)?);
        let allowed = globs("--allow", wanted.allow)?;
        let connection = Connection::open(session, ready.assembly(), ready.project.root().to_owned())?;
        let run = run_id((session.surroundings.now)());
        let interrupt = interrupts(&connection);
        let spinner = Spinner::new(session.screen.terminal.error && session.screen.is_for_people());
        let question = Question {
            wish: wanted.wish,
            filter: &|stack: &Stack| all || selected.is_match(&stack.address.stack),
            allow: &|stack: &Stack| allowed.is_match(&stack.address.stack),
            env: &session.surroundings.variable,
            run: &run,
            keeps: matches!(wanted.origin, Origin::Kept),
            interval: interval(connection.local),
            interrupt: interrupt.clone(),
        };
        let made = connection.runtime.block_on(made(
            &connection.cloud,
            ready.assembly(),
            &question,
            wanted.origin,
            &|progress| spinner.tell(&sentence(progress)),
        ));
        spinner.end();
        let failure = match made {
            Ok(Ok((plan, grounds))) => {
                let saved = matches!(wanted.origin, Origin::Saved(_));
                return Ok(Self { ready, connection, plan, grounds, run, interrupt, saved });
            }
            Ok(Err(failure)) => failure,
            Err(error) => session.refuse_plan(error),
        };
        connection.close();
        Err(failure)
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

    /// A failure when anything is refused: then nothing is done, so that what was shown is done whole or not at all. It
    /// says what was left undone.
    pub fn refusals(&self, undone: &str) -> Option<Failure> {
        let refused: Vec<&str> = self.plan.refused().map(|planned| planned.stack.label.as_str()).collect();
        let hint = match self.plan.wish {
            Wish::Deploy => "mend what the plan says of them, or name other stacks with `--stack`",
            Wish::Destroy => "give `--allow STACK` for each that may go although it is protected",
        };
        (!refused.is_empty())
            .then(|| Failure::refused(format!("refused: {}; {undone}", refused.join(", "))).hint(hint))
    }

    /// Takes away what planning made, unless a file holds the plan; closes the way, and tells what could not be taken
    /// away.
    pub fn leave(self, session: &mut Session) {
        if self.saved {
            return self.connection.close();
        }
        let left = self.connection.runtime.block_on(discard::<Cloud>(&self.connection.cloud, &self.plan));
        for error in left {
            session.screen.note(&format!("warning: something made for the plan is still there: {error}"));
        }
        self.connection.close();
    }
}

/// Makes a new plan, or holds a saved one against what is there; the inner failure says what moved since then.
async fn made(
    cloud: &Arc<Cloud>,
    assembly: &Assembly,
    question: &Question<'_>,
    origin: Origin<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Result<(Plan, Grounds), Failure>, PlanError> {
    let kept = match origin {
        Origin::New | Origin::Kept => {
            return planner::plan_with_grounds(cloud, assembly, question, progress).await.map(Ok);
        }
        Origin::Saved(kept) => kept,
    };
    let recalled = recall(cloud, assembly, kept, question, progress).await?;
    Ok(recalled.map(|plan| (plan, Grounds::default())).map_err(|stale| saved::refuse(kept, &stale)))
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
