//! `formwork destroy`: takes environments down, backwards.

use crate::commands::consent;
use crate::commands::planning::{Planning, Wanted};
use crate::commands::running;
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::plan::Wish;

/// Takes environments down
///
/// Deletes the stacks backwards: each one after all that needed it. Protected stacks are refused unless `--allow` names them;
/// what a deletion policy keeps stays in the account, and is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork destroy quiz/dev
  formwork destroy quiz/staging --allow database --allow storage
  formwork destroy quiz --sandbox --yes --allow '*'")]
pub struct Arguments {
    /// Environments, or folders of them
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    /// Stacks that may go although they are protected, such as `database` or `*`; may be repeated
    #[arg(long, value_name = "GLOB")]
    allow: Vec<String>,
    #[command(flatten)]
    consent: consent::Arguments,
    #[command(flatten)]
    pace: running::Arguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let wanted = Wanted {
        words: &arguments.environments,
        wish: Wish::Destroy,
        allow: &arguments.allow,
        gate: &|assembly, session| consent::refuse_early(&arguments.consent, assembly, session),
    };
    let planning = Planning::make(session, &wanted)?;
    planning.show(session);
    if !planning.plan.has_changes() {
        planning.leave(session);
        return Ok(Exit::Done);
    }
    if let Some(failure) = planning.refusals() {
        planning.leave(session);
        return Err(failure);
    }
    if let Err(failure) = consent::ask(&arguments.consent, &planning, session) {
        planning.leave(session);
        return Err(failure);
    }
    running::run(&arguments.pace, planning, session)
}
