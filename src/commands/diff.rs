//! `formwork diff`: two environments, by meaning.

use crate::commands::session::Session;
use crate::compare;
use crate::failure::{Exit, Failure};
use crate::model::environment::Environment;
use crate::view::{comparison, json};
use std::sync::Arc;

/// Compares two environments by meaning
///
/// Bodies, parameters, tags and settings of all stacks, as rendered; needs no credentials. Account ids, regions and the
/// environments' names do not count. Each difference is declared, with the file and line that declares it, or undeclared:
/// then no environment file says so, and a template must.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork diff quiz/staging quiz/production
  formwork diff quiz/dev quiz/production --stack web
  formwork diff quiz/staging quiz/production --undeclared --exit-code    for a pipeline")]
pub struct Arguments {
    /// An environment
    #[arg(value_name = "A")]
    left: String,
    /// Another one
    #[arg(value_name = "B")]
    right: String,
    /// Only what no environment file declares
    #[arg(long)]
    undeclared: bool,
    /// End with 2 when there are differences
    #[arg(long)]
    exit_code: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let names = [one(&arguments.left, session)?, one(&arguments.right, session)?];
    let ready = session.assemble(&names)?;
    let environment = |name: &str| -> Result<Arc<Environment>, Failure> {
        let found = ready.assembly().environments.get(name).cloned();
        found.ok_or_else(|| Failure::input(format!("`{name}` could not be assembled")))
    };
    let (left, right) = (environment(&names[0])?, environment(&names[1])?);
    let declared = |address: &_, subject: &str| ready.assembled.places(address, subject);
    let mut compared = compare::compare(&left, &right, &declared);
    let selects = session.selects()?;
    let undeclared = arguments.undeclared;
    compared
        .differences
        .retain(|difference| selects(&difference.stack) && (!undeclared || difference.declared.is_empty()));
    let text = match session.screen.is_for_people() {
        true => comparison::text(&compared, session.screen.palette(), session.screen.width()),
        false => json::comparison(&compared).join("\n"),
    };
    session.screen.print(&text);
    let differs = !compared.differences.is_empty();
    Ok(if differs && arguments.exit_code { Exit::Differences } else { Exit::Done })
}

/// The one environment that a word names.
fn one(word: &str, session: &Session) -> Result<String, Failure> {
    let names = session.project()?.select(&[word.to_owned()])?;
    match names.as_slice() {
        [name] => Ok(name.clone()),
        _ => Err(Failure::input(format!("`{word}` names {} environments; name one", names.len()))
            .hint(format!("it holds {}", names.join(", ")))),
    }
}
