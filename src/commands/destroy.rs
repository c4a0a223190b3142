//! `formwork destroy`: takes environments down, backwards.

use crate::commands::consent;
use crate::commands::planning::Origin;
use crate::commands::running::{self, Course};
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
    let course = Course {
        words: &arguments.environments,
        wish: Wish::Destroy,
        origin: Origin::New,
        allow: &arguments.allow,
        consent: &arguments.consent,
        pace: &arguments.pace,
    };
    running::course(&course, session)
}
