//! Saved plans: writing one, reading one, saying what moved since, and taking away what one keeps.

use crate::cloudformation::ServiceError;
use crate::commands::connection::Connection;
use crate::commands::planning::Planning;
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::model::environment::Assembly;
use crate::plan::codes;
use crate::plan::saved::keep::{Older, older, replace, take_away};
use crate::plan::saved::recall::Stale;
use crate::plan::saved::{Heading, Saved, text};
use crate::plan::waiting::Interrupt;
use crate::project::files;
use crate::view::json;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// Saves a plan: from then on its change sets stay, and those of older plans of the same stacks go. When anything
/// keeps the file from being written, nothing stays.
pub fn save(mut planning: Planning, file: &Path, session: &mut Session) -> Result<(), Failure> {
    let before = read(file, session).ok();
    match written(&mut planning, file, session) {
        Ok((saved, older)) => {
            planning.saved = true;
            let left = planning.connection.runtime.block_on(replace(&planning.connection.cloud, older));
            for error in left {
                session
                    .screen
                    .note(&format!("warning: a change set of an older plan is still there: {error}"));
            }
            told(&saved, file, session);
            planning.leave(session);
            if let Some(before) = before {
                take_rest(before, &saved, file, session);
            }
            Ok(())
        }
        Err(failure) => {
            planning.leave(session);
            Err(failure)
        }
    }
}

/// Takes away what the plan that was in the file before kept of other stacks: nobody else knows of it any more.
fn take_rest(mut before: Saved, saved: &Saved, file: &Path, session: &mut Session) {
    before.stacks.retain(|old| saved.stack(&old.address).is_none());
    if before.kept() == 0 {
        return;
    }
    let (file, of) = (file.display(), before.environments.join(" "));
    let note = match taken_away(&before, session).map(|left| left.first().map(ToString::to_string)) {
        Ok(None) => format!("{file} held a plan of {of} before; nothing of that is kept any more"),
        Ok(Some(error)) => format!("warning: a change set of the plan of {of} is still there: {error}"),
        Err(failure) => {
            format!("warning: change sets of the plan of {of} may still be there: {}", failure.message)
        }
    };
    session.screen.note(&note);
}

/// A plan as it was written, and what older plans kept.
type Written = (Saved, Vec<Older>);

fn written(planning: &mut Planning, file: &Path, session: &Session) -> Result<Written, Failure> {
    if let Some(failure) = planning.refusals("no plan was saved") {
        return Err(failure);
    }
    let older =
        planning.connection.runtime.block_on(older(&planning.connection.cloud, &mut planning.plan))?;
    if *planning.interrupt.borrow() != Interrupt::None {
        return Err(Failure::new(Exit::Interrupted, "the plan was interrupted"));
    }
    let heading = Heading {
        project: project(planning.ready.assembly()),
        run: planning.run.clone(),
        made: (session.surroundings.now)(),
        only: session.global.stacks.clone(),
        set: settings(session),
    };
    let nothing = || Failure::refused("this plan cannot be saved");
    let saved = Saved::of(&planning.plan, &planning.grounds, heading).ok_or_else(nothing)?;
    let path = session.surroundings.folder.join(file);
    let failed = |error: &dyn std::error::Error| Failure::file("write", &file.display().to_string(), error);
    let text = text::write(&saved).map_err(|error| failed(&error))?;
    files::write(&path, &text).map_err(|error| failed(&error))?;
    Ok((saved, older))
}

fn told(saved: &Saved, file: &Path, session: &mut Session) {
    let file = file.display().to_string();
    if !session.screen.is_for_people() {
        let fields = json!({"file": file, "environments": saved.environments, "change_sets": saved.kept()});
        return session.screen.print(&json::object("saved_plan", fields));
    }
    let kept = match saved.kept() {
        0 => "no change set is kept for it".to_owned(),
        1 => "a change set is kept for it".to_owned(),
        count => format!("{count} change sets are kept for it"),
    };
    session.screen.note(&format!("saved as {file}; {kept}"));
    session.screen.note(&format!("next: formwork deploy --plan {file}, or formwork plan --discard {file}"));
}

/// Reads a saved plan.
pub fn read(file: &Path, session: &Session) -> Result<Saved, Failure> {
    let name = file.display().to_string();
    let text = files::read(&session.surroundings.folder.join(file)).map_err(|error| {
        let failure = Failure::input(error.to_string());
        std::error::Error::source(&error).map(ToString::to_string).into_iter().fold(failure, Failure::cause)
    })?;
    text::read(&text).map_err(|error| {
        Failure::input(format!("`{name}` cannot be used")).cause(error.to_string()).hint(format!(
            "make it again with `formwork plan ENV -o {name}`; `formwork explain {}` tells more",
            codes::UNREADABLE
        ))
    })
}

/// Refuses to carry out a plan of another project, a part of a plan, and one that was made with other settings.
pub fn refuse_others(saved: &Saved, assembly: &Assembly, session: &Session) -> Result<(), Failure> {
    refuse_foreign(saved, assembly)?;
    if !session.global.stacks.is_empty() {
        return Err(Failure::input(
            "`--stack` and `--plan` do not go together: a saved plan is carried out whole",
        )
        .hint("choose the stacks when the plan is made: `formwork plan ENV --stack GLOB -o FILE`"));
    }
    let given = settings(session);
    if given == saved.set {
        return Ok(());
    }
    let list = |names: &[String]| match names.is_empty() {
        true => "without `--set`".to_owned(),
        false => format!("with `--set` of {}", names.join(", ")),
    };
    let message = format!("the plan was made {}, and this command is {}", list(&saved.set), list(&given));
    Err(Failure::input(message)
        .hint("give the same `--set KEY=VALUE` as when it was made; values are not kept in the file"))
}

fn refuse_foreign(saved: &Saved, assembly: &Assembly) -> Result<(), Failure> {
    let ours = project(assembly);
    if saved.project == ours {
        return Ok(());
    }
    Err(Failure::input(format!("the plan is of the project `{}`, and this is `{ours}`", saved.project))
        .hint("work in the plan's own project, or name it with `--project DIR`"))
}

/// The refusal of a plan since which something moved.
pub fn refuse(saved: &Saved, stale: &Stale) -> Failure {
    let count = match stale.moved.len() {
        1 => "something moved".to_owned(),
        count => format!("{count} things moved"),
    };
    let message = match stale.used {
        true => {
            "the plan was carried out before, and a plan is carried out once; nothing was changed".to_owned()
        }
        false => format!("the plan no longer fits: {count} since it was made; nothing was changed"),
    };
    let told = stale.moved.iter().map(|(subject, moved)| match subject {
        Some(subject) => format!("{subject}: {moved}"),
        None => moved.to_string(),
    });
    told.fold(Failure::refused(message), Failure::cause)
        .hint(format!("make a new one with `formwork plan {} -o FILE`", saved.environments.join(" ")))
        .hint(format!("`formwork explain {}` tells what is compared", codes::STALE))
}

/// Takes away what a saved plan keeps in the accounts. The file stays.
pub fn discard(file: &Path, session: &mut Session) -> Result<Exit, Failure> {
    let saved = read(file, session)?;
    let left = taken_away(&saved, session)?;
    let Some(first) = left.first() else {
        session.screen.note(&format!("nothing of {} is kept any more", file.display()));
        return Ok(Exit::Done);
    };
    let failure = Failure::from(first.clone());
    let causes = left.iter().map(ToString::to_string).collect();
    Err(Failure { message: "not everything could be taken away".to_owned(), causes, ..failure })
}

/// Takes away what a plan of this project keeps; gives what could not be taken.
fn taken_away(saved: &Saved, session: &mut Session) -> Result<Vec<ServiceError>, Failure> {
    let ready = session.assemble(&saved.environments)?;
    refuse_foreign(saved, ready.assembly())?;
    let connection = Connection::open(session, ready.assembly(), ready.project.root().to_owned())?;
    let left = connection.runtime.block_on(take_away(&connection.cloud, saved));
    connection.close();
    Ok(left)
}

fn project(assembly: &Assembly) -> String {
    assembly.wanted().next().map(|environment| environment.project.clone()).unwrap_or_default()
}

/// The names of the values that are given with `--set`, sorted.
fn settings(session: &Session) -> Vec<String> {
    let names: BTreeSet<&String> = session.global.set.iter().map(|(key, _)| key).collect();
    names.into_iter().cloned().collect()
}
