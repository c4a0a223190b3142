//! `formwork deploy`: makes environments what their files say.

use crate::commands::planning::Origin;
use crate::commands::running::{self, Course};
use crate::commands::session::Session;
use crate::commands::{consent, saved};
use crate::failure::{Exit, Failure};
use crate::plan::Wish;
use std::path::PathBuf;

/// Makes environments what their files say
///
/// Plans, shows the plan, asks, and carries it out: each stack starts the moment all it needs is done. A failure
/// blocks what depends on it and nothing else. The first Ctrl-C starts nothing more and watches what runs; the second leaves.
///
/// With `--plan`, a saved plan is carried out exactly as it was reviewed, or not at all: when anything moved since it was
/// made, all of it is told and nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork deploy quiz/dev
  formwork deploy quiz --sandbox --yes            all three, on the embedded sandbox
  formwork deploy quiz/dev --stack web            one stack, on what the others give today
  formwork deploy quiz/dev --sandbox --fail Database    a rehearsal of a bad day
  formwork deploy --plan plan.json --yes          what `formwork plan -o plan.json` saved")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Carry out the plan that is saved in this file, exactly as it is, or nothing
    #[arg(long, value_name = "FILE", conflicts_with = "environments")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    consent: consent::Arguments,
    #[command(flatten)]
    pace: running::Arguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let saved = arguments.plan.as_ref().map(|file| saved::read(file, session)).transpose()?;
    let course = Course {
        words: saved.as_ref().map_or(&arguments.environments, |saved| &saved.environments),
        wish: Wish::Deploy,
        origin: saved.as_ref().map_or(Origin::New, Origin::Saved),
        allow: &[],
        consent: &arguments.consent,
        pace: &arguments.pace,
    };
    running::course(&course, session)
}
