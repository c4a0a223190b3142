//! `formwork completions`: scripts for shells.

use crate::commands::Cli;
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork completions bash > /etc/bash_completion.d/formwork
  formwork completions zsh > ~/.zfunc/_formwork
  formwork completions fish > ~/.config/fish/completions/formwork.fish")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "formwork", &mut script);
    session.screen.print_raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
