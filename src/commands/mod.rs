//! The command line: one file a command; this is the list.

pub mod session;

mod check;
mod completions;
mod connection;
mod consent;
mod deploy;
mod destroy;
mod diff;
mod explain;
mod graph;
mod init;
mod outputs;
mod plan;
mod planning;
mod render;
mod running;
mod sandbox;
mod saved;
mod status;

use crate::commands::session::{Global, Session};
use crate::failure::{Exit, Failure};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Infrastructure as code for many AWS accounts, on CloudFormation.
///
/// `templates/` is what is the same; `environments/` is what differs. formwork renders the templates of a system for
/// each account an environment maps, plans what would change, and deploys it.
#[derive(Debug, Parser)]
#[command(name = "formwork", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Environments are named by their path below environments/: `quiz/dev`. A folder names all in it: `quiz`.
Exit codes: 0 done or nothing to do, 1 failed, 2 differences found (with --exit-code), 3 wrong input,
4 refused, 5 partly done, 130 interrupted.")]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order of a project's life.
#[derive(Debug, Subcommand)]
#[allow(
    missing_docs,
    reason = "each command is documented where its arguments are; that text is also its help"
)]
pub enum Command {
    Init(init::Arguments),
    Render(render::Arguments),
    Check(check::Arguments),
    Plan(plan::Arguments),
    Deploy(deploy::Arguments),
    Destroy(destroy::Arguments),
    Status(status::Arguments),
    Outputs(outputs::Arguments),
    Diff(diff::Arguments),
    Explain(explain::Arguments),
    Graph(graph::Arguments),
    Sandbox(sandbox::Arguments),
    Completions(completions::Arguments),
}

/// Shows help, the version, or what is wrong with the words of the command line.
pub fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { Exit::Input as u8 } else { Exit::Done as u8 })
}

/// Runs a command.
pub fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    if !matches!(command, Command::Sandbox(_)) {
        session.refuse_stray_options()?;
    }
    match command {
        Command::Init(arguments) => init::run(&arguments, session),
        Command::Render(arguments) => render::run(&arguments, session),
        Command::Check(arguments) => check::run(&arguments, session),
        Command::Plan(arguments) => plan::run(&arguments, session),
        Command::Deploy(arguments) => deploy::run(&arguments, session),
        Command::Destroy(arguments) => destroy::run(&arguments, session),
        Command::Status(arguments) => status::run(&arguments, session),
        Command::Outputs(arguments) => outputs::run(&arguments, session),
        Command::Diff(arguments) => diff::run(&arguments, session),
        Command::Explain(arguments) => explain::run(&arguments, session),
        Command::Graph(arguments) => graph::run(&arguments, session),
        Command::Sandbox(arguments) => sandbox::run(&arguments, session),
        Command::Completions(arguments) => completions::run(&arguments, session),
    }
}
