//! `formwork explain`: where a value came from, or what a code means.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};

/// Tells where a value came from, or what a code means
///
/// With an environment: the chain of layers that gave a stack's parameter or a value, the expression that used it, and
/// what each layer would have given. With a code such as FW0201: its page, with a bad and a good example.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork explain quiz/staging web.MaxSize
  formwork explain quiz/staging values.web_size
  formwork explain FW0201")]
pub struct Arguments {
    /// An environment, or a code
    #[arg(value_name = "ENV|CODE")]
    subject: String,
    /// STACK.PARAMETER or values.NAME
    #[arg(value_name = "STACK.PARAMETER")]
    value: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let _ = (arguments, session);
    Err(Failure::input("not there yet"))
}
