//! `formwork deploy`: makes environments what their files say.

use crate::commands::consent;
use crate::commands::running::{self, Course};
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::plan::Wish;

/// Makes environments what their files say
///
/// Plans, shows the plan, asks, and carries it out: each stack starts the moment all it needs is done. A failure
/// blocks what depends on it and nothing else. The first Ctrl-C starts nothing more and watches what runs; the second leaves.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork deploy quiz/dev
  formwork deploy quiz --sandbox --yes            all three, on the embedded sandbox
  formwork deploy quiz/dev --stack web            one stack, on what the others give today
  formwork deploy quiz/dev --sandbox --fail Database    a rehearsal of a bad day")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    #[command(flatten)]
    consent: consent::Arguments,
    #[command(flatten)]
    pace: running::Arguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let course = Course {
        words: &arguments.environments,
        wish: Wish::Deploy,
        allow: &[],
        consent: &arguments.consent,
        pace: &arguments.pace,
    };
    running::course(&course, session)
}
