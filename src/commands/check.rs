//! `formwork check`: everything that can be known to be wrong without AWS.

use crate::check;
use crate::commands::session::{Session, held};
use crate::failure::{Exit, Failure};
use crate::model::environment::Assembly;
use crate::model::finding::{Finding, Severity};
use crate::view::words;

/// Finds everything that can be known to be wrong without AWS
///
/// Reads all files, renders all templates and runs every check and the rules in `policies/*.guard`; needs no credentials and no network.
/// `formwork explain CODE` tells more of a finding.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork check                     all environments
  formwork check quiz/dev            one environment
  formwork check quiz --output json  for programs")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let names = project.select(&arguments.environments)?;
    let assembled = project.assemble(&names, &session.global.set);
    let mut found = assembled.findings;
    found.extend(checked(
        &assembled.assembly,
        found.iter().any(|finding| finding.severity == Severity::Error),
    ));
    found.extend(held(&project, &assembled.assembly));
    let least = if session.global.verbose { Severity::Note } else { Severity::Warning };
    let shown: Vec<Finding> = found.into_iter().filter(|finding| finding.severity >= least).collect();
    session.show_findings(&shown);
    let limit = if arguments.strict { Severity::Warning } else { Severity::Error };
    if shown.iter().any(|finding| finding.severity >= limit) {
        return Ok(Exit::Input);
    }
    if session.screen.is_for_people() {
        let stacks: usize = assembled.assembly.wanted().map(|environment| environment.stacks.len()).sum();
        let text = format!(
            "checked {} in {}: no errors",
            words::number(stacks, "stack"),
            words::number(assembled.assembly.wanted.len(), "environment")
        );
        session.screen.print(&text);
    }
    // The process ends here; taking a thousand trees apart first would only cost time.
    std::mem::forget(assembled.assembly);
    Ok(Exit::Done)
}

/// What the checks find. Where the project's own files have mistakes, what is said of whole stacks and environments would
/// mostly be echoes of them: then only the bodies are spoken of.
fn checked(assembly: &Assembly, incomplete: bool) -> Vec<Finding> {
    let mut found = check::check(assembly);
    found.retain(|finding| !incomplete || !finding.code.starts_with("FW03"));
    found
}
