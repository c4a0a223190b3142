//! `formwork plan`: what would happen.

use crate::commands::planning::{Planning, Wanted};
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::plan::Wish;

/// Shows what a deployment would change
///
/// Signs in to every account of the environments, compares what is deployed with what is declared, and asks CloudFormation
/// what would change. Whatever is made to find that out is taken away again: a plan leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork plan quiz/dev
  formwork plan quiz --exit-code        2 when something would change
  formwork plan quiz --sandbox          against the embedded sandbox
  formwork plan quiz/dev --destroy      what a destruction would delete")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// End with 2 when something would change
    #[arg(long)]
    exit_code: bool,
    /// Plan a destruction
    #[arg(long)]
    destroy: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let wish = if arguments.destroy { Wish::Destroy } else { Wish::Deploy };
    let planning = Planning::make(
        session,
        &Wanted { words: &arguments.environments, wish, allow: &[], gate: &|_, _| Ok(()) },
    )?;
    planning.show(session);
    let refused = planning.plan.refused().next().is_some();
    let changes = planning.plan.has_changes();
    planning.leave(session);
    Ok(match (refused, changes && arguments.exit_code) {
        (true, _) => Exit::Refused,
        (false, true) => Exit::Differences,
        (false, false) => Exit::Done,
    })
}
