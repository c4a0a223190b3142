//! `formwork plan`: what would happen.

use crate::commands::planning::{Origin, Planning, Wanted};
use crate::commands::saved;
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::plan::Wish;
use std::path::PathBuf;

/// Shows what a deployment would change
///
/// Signs in to every account of the environments, compares what is deployed with what is declared, and asks CloudFormation
/// what would change. Whatever is made to find that out is taken away again: a plan leaves nothing behind.
///
/// With `--out` the plan is saved, and the change sets stay that carry it out: `formwork deploy --plan FILE` executes
/// exactly these, and refuses when anything moved since. The file holds no secrets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork plan quiz/dev
  formwork plan quiz --exit-code            2 when something would change
  formwork plan quiz --sandbox              against the embedded sandbox
  formwork plan quiz/dev --destroy          what a destruction would delete
  formwork plan quiz/production -o plan.json   a plan to be reviewed, for `deploy --plan`
  formwork plan --discard plan.json         take away what a saved plan keeps in the accounts")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Save the plan in this file, for `deploy --plan`
    #[arg(long, short, value_name = "FILE", conflicts_with = "destroy")]
    out: Option<PathBuf>,
    /// End with 2 when something would change
    #[arg(long)]
    exit_code: bool,
    /// Plan a destruction
    #[arg(long)]
    destroy: bool,
    /// Take away what the plan saved in this file keeps in the accounts; nothing is planned
    #[arg(long, value_name = "FILE", conflicts_with_all = ["environments", "out", "exit_code", "destroy"])]
    discard: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    if let Some(file) = &arguments.discard {
        return saved::discard(file, session);
    }
    let wish = if arguments.destroy { Wish::Destroy } else { Wish::Deploy };
    let origin = if arguments.out.is_some() { Origin::Kept } else { Origin::New };
    let wanted = Wanted { words: &arguments.environments, wish, origin, allow: &[], gate: &|_, _| Ok(()) };
    let planning = Planning::make(session, &wanted)?;
    planning.show(session);
    let refused = planning.plan.refused().next().is_some();
    let changes = planning.plan.has_changes();
    match &arguments.out {
        Some(file) => saved::save(planning, file, session)?,
        None => planning.leave(session),
    }
    Ok(match (refused, changes && arguments.exit_code) {
        (true, _) => Exit::Refused,
        (false, true) => Exit::Differences,
        (false, false) => Exit::Done,
    })
}
