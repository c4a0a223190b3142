//! `formwork outputs`: what the deployed stacks give out.

use crate::commands::session::Session;
use crate::commands::status;
use crate::failure::{Exit, Failure};
use crate::view::stacks;

/// Shows the outputs of deployed stacks
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork outputs quiz/dev
  formwork outputs quiz/dev --stack balancer --output json")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    status::show(&arguments.environments, session, stacks::outputs)
}
