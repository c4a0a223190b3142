//! `formwork graph`: what waits for what.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::model::environment::Environment;
use crate::view::graph::{self, GraphFormat};

/// Shows which stack waits for which
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork graph quiz/dev
  formwork graph quiz/production --format svg > quiz.svg
  formwork graph quiz/dev --format dot | dot -Tsvg > quiz.svg
  formwork graph quiz/dev --format mermaid")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// How the graph is written
    #[arg(long, default_value = "text", value_parser = GraphFormat::NAMES)]
    format: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let ready = session.assemble(&arguments.environments)?;
    let wanted: Vec<&Environment> =
        ready.assembly().wanted().map(|environment| environment.as_ref()).collect();
    session.screen.print(&graph::text(&wanted, GraphFormat::of(&arguments.format)));
    Ok(Exit::Done)
}
