//! `formwork diff`: two environments, by meaning.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};

/// Compares two environments by meaning
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork diff quiz/staging quiz/production")]
pub struct Arguments {
    /// The one
    #[arg(value_name = "A")]
    left: String,
    /// The other
    #[arg(value_name = "B")]
    right: String,
    /// End with 2 when there are differences
    #[arg(long)]
    exit_code: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let _ = (arguments, session);
    Err(Failure::input("not there yet"))
}
