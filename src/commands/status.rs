//! `formwork status`: what is deployed of what is declared.

use crate::cloudformation::CloudFormation;
use crate::commands::connection::Connection;
use crate::commands::session::{Ready, Session};
use crate::failure::{Exit, Failure};
use crate::model::account::Target;
use crate::model::environment::Environment;
use crate::model::live::LiveStack;
use crate::model::status::Phase;
use crate::view::stacks::{self, Pair};
use crate::view::{json, palette::Palette};
use std::collections::BTreeMap;

/// Shows what is deployed of what is declared
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork status quiz
  formwork status quiz/dev --output json")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    show(&arguments.environments, session, stacks::status)
}

/// Reads the live stacks of environments and shows them.
pub fn show(
    words: &[String],
    session: &mut Session,
    draw: fn(&Environment, &[Pair], Palette) -> String,
) -> Result<Exit, Failure> {
    let ready = session.assemble(words)?;
    let selects = session.selects()?;
    let live = live(session, &ready)?;
    let mut texts = Vec::new();
    for environment in ready.assembly().wanted() {
        let pairs: Vec<Pair> = environment
            .stacks
            .iter()
            .filter(|stack| selects(&stack.address.stack))
            .map(|stack| (stack.clone(), live.get(&(stack.target(), stack.name.clone())).cloned()))
            .collect();
        match session.screen.is_for_people() {
            true => texts.push(draw(environment, &pairs, session.screen.palette())),
            false => texts.push(json::stacks(environment, &pairs).join("\n")),
        }
    }
    let separator = if session.screen.is_for_people() { "\n\n" } else { "\n" };
    session.screen.print(&texts.join(separator));
    Ok(Exit::Done)
}

/// The live stacks of all targets of the wanted environments, by target and name.
fn live(session: &Session, ready: &Ready) -> Result<BTreeMap<(Target, String), LiveStack>, Failure> {
    let connection = Connection::open(session, ready.assembly(), ready.project.root().to_owned())?;
    let mut targets: Vec<Target> = ready
        .assembly()
        .wanted()
        .flat_map(|environment| &environment.stacks)
        .map(|stack| stack.target())
        .collect();
    targets.sort();
    targets.dedup();
    let found = read(&connection, targets);
    connection.close();
    found
}

fn read(
    connection: &Connection,
    targets: Vec<Target>,
) -> Result<BTreeMap<(Target, String), LiveStack>, Failure> {
    let mut found = BTreeMap::new();
    for target in targets {
        let stacks = connection.runtime.block_on(connection.cloud.stacks(&target))?;
        let present = stacks.into_iter().filter(|stack| stack.status.phase() != Phase::Absent);
        found.extend(present.map(|stack| ((target.clone(), stack.name.clone()), stack)));
    }
    Ok(found)
}
