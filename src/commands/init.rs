//! `formwork init`: a project that renders, checks and deploys at once.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::project::files;
use std::path::PathBuf;

/// The files of a new project. `PROJECT` in a text stands for the project's name.
const STARTER: &[(&str, &str)] = &[
    ("formwork.yaml", include_str!("starter/formwork.yaml")),
    ("templates/app/blueprint.yaml", include_str!("starter/templates/app/blueprint.yaml")),
    ("templates/app/queue.yaml", include_str!("starter/templates/app/queue.yaml")),
    ("templates/app/alarms.yaml", include_str!("starter/templates/app/alarms.yaml")),
    ("environments/accounts.yaml", include_str!("starter/environments/accounts.yaml")),
    ("environments/app/dev.yaml", include_str!("starter/environments/app/dev.yaml")),
    ("environments/app/staging.yaml", include_str!("starter/environments/app/staging.yaml")),
    ("environments/app/production.yaml", include_str!("starter/environments/app/production.yaml")),
    (".gitignore", ".formwork/\n"),
];

/// Makes a project that renders, checks and deploys at once
///
/// Writes a small system, `app`, with three environments. Existing files are never touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork init acme && cd acme && formwork deploy app --sandbox")]
pub struct Arguments {
    /// The folder; it is made when it does not exist
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let folder = session.surroundings.folder.join(&arguments.folder);
    let name = project_name(&folder);
    let existing: Vec<&str> =
        STARTER.iter().map(|(path, _)| *path).filter(|path| folder.join(path).exists()).collect();
    if let Some(first) = existing.iter().find(|path| **path != ".gitignore") {
        return Err(Failure::input(format!("`{}` is already there", folder.join(first).display()))
            .hint("choose another folder: `formwork init DIR`; nothing was written"));
    }
    for (path, text) in STARTER.iter().filter(|(path, _)| !existing.contains(path)) {
        let path = folder.join(path);
        files::write(&path, &text.replace("PROJECT", &name))
            .map_err(|error| Failure::file("write", &path.display().to_string(), &error))?;
    }
    session.screen.note(&format!("made the project `{name}` in {}", folder.display()));
    session.screen.note("next: formwork check, formwork plan app --sandbox, formwork deploy app --sandbox");
    Ok(Exit::Done)
}

/// The folder's name as a project's: letters, digits and hyphens, beginning with a letter.
fn project_name(folder: &std::path::Path) -> String {
    let full = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name: String = full
        .components()
        .next_back()
        .map(|last| last.as_os_str().to_string_lossy().to_lowercase())
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let name = name.trim_matches('-').trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    if name.is_empty() { "project".to_owned() } else { name.chars().take(40).collect() }
}
