//! The question before anything is changed, and what stands in for an answer.

use crate::commands::planning::{Origin, Planning};
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::model::environment::{Assembly, Protection};
use crate::plan::Wish;

/// What stands in for an answer.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Do not ask (also: the environment variable FORMWORK_YES)
    #[arg(long, short, env = "FORMWORK_YES", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
    /// Confirm an environment whose protection is `confirm`, by its name; may be repeated
    #[arg(long, value_name = "ENV")]
    confirm: Vec<String>,
}

/// Refuses at once, before anything is asked of AWS, what could not be answered later.
pub fn refuse_early(
    arguments: &Arguments,
    (wish, origin): (Wish, Origin<'_>),
    assembly: &Assembly,
    session: &Session,
) -> Result<(), Failure> {
    if session.global.sandbox {
        return Ok(());
    }
    // Whoever reviewed a saved plan has seen which environments it is of; the `yes` is asked for all the same.
    if matches!(origin, Origin::Saved(_)) {
        return Ok(());
    }
    let can_ask = session.screen.terminal.input;
    for environment in assembly.wanted() {
        match environment.protection {
            Protection::Sealed => return Err(sealed(&environment.name, wish)),
            Protection::Confirm if !can_ask && !arguments.confirm.contains(&environment.name) => {
                return Err(unconfirmed(&environment.name));
            }
            Protection::Open | Protection::Confirm => {}
        }
    }
    Ok(())
}

/// Asks whether the plan is to be carried out; an error says why not. On the sandbox protections do not hold: nothing is real there.
pub fn ask(arguments: &Arguments, planning: &Planning, session: &mut Session) -> Result<(), Failure> {
    if !session.global.sandbox && !planning.saved {
        protections(arguments, planning, session)?;
    }
    if arguments.yes {
        return Ok(());
    }
    if !session.screen.terminal.input {
        return Err(Failure::refused("nobody can be asked: standard input is no terminal")
            .hint("give `--yes` when the plan may be carried out unseen; nothing was changed"));
    }
    let question = match planning.plan.wish {
        Wish::Deploy => "Carry this out? Only `yes` is taken as yes:",
        Wish::Destroy => "Delete all this? Only `yes` is taken as yes:",
    };
    match answer(session, question)?.as_str() {
        "yes" => Ok(()),
        _ => Err(Failure::refused("not confirmed; nothing was changed")),
    }
}

fn protections(arguments: &Arguments, planning: &Planning, session: &mut Session) -> Result<(), Failure> {
    for environment in planning.ready.assembly().wanted() {
        match environment.protection {
            Protection::Open => {}
            Protection::Confirm if arguments.confirm.contains(&environment.name) => {}
            Protection::Confirm => confirm(&environment.name, session)?,
            Protection::Sealed => return Err(sealed(&environment.name, planning.plan.wish)),
        }
    }
    Ok(())
}

fn confirm(name: &str, session: &mut Session) -> Result<(), Failure> {
    if session.screen.terminal.input
        && answer(session, &format!("`{name}` is protected. Type its name to go on:"))? == name
    {
        return Ok(());
    }
    Err(unconfirmed(name))
}

fn unconfirmed(name: &str) -> Failure {
    Failure::refused(format!("`{name}` is protected and was not confirmed; nothing was changed"))
        .hint(format!("give `--confirm {name}`"))
}

fn sealed(name: &str, wish: Wish) -> Failure {
    match wish {
        Wish::Deploy => Failure::refused(format!(
            "`{name}` is sealed: it takes only saved plans; nothing was changed"
        ))
        .hint(format!("save one with `formwork plan {name} -o plan.json`, have it reviewed, and carry it out with `formwork deploy --plan plan.json`")),
        Wish::Destroy => {
            Failure::refused(format!("`{name}` is sealed: it is not destroyed; nothing was changed"))
                .hint("change `protection` in its file if it really has to go")
        }
    }
}

fn answer(session: &mut Session, question: &str) -> Result<String, Failure> {
    session
        .screen
        .ask(question)
        .map_err(|error| Failure::input("could not read the answer").cause(error.to_string()))
}
