//! `formwork explain`: where a value came from, or what a code means.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::view::{explanation, json};
use crate::{check, deployment, plan, policy, project, template};

/// Tells where a value came from, or what a code means
///
/// With an environment: the chain of layers that gave a stack's parameter or a value, the expression that used it, and
/// what each layer would have given. With a code such as FW0201: its page, with a bad and a good example.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork explain quiz/staging web.MaxSize
  formwork explain quiz/staging values.web_size
  formwork explain FW0201
  formwork explain codes                 all codes")]
pub struct Arguments {
    /// An environment, a code, or `codes` for their list
    #[arg(value_name = "ENV|CODE")]
    subject: String,
    /// STACK.PARAMETER or values.NAME
    #[arg(value_name = "STACK.PARAMETER")]
    value: Option<String>,
}

/// A code, what it is about, and its page.
type Page = (&'static str, &'static str, &'static str);

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    match &arguments.value {
        Some(value) => value_of(&arguments.subject, value, session),
        None => code(&arguments.subject, session),
    }
}

fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    pages.extend(project::codes::pages());
    pages.extend(plan::codes::pages());
    pages.extend(deployment::codes::pages());
    pages.extend(template::codes::pages());
    pages.extend(check::pages());
    pages.extend(policy::pages());
    pages.sort();
    pages
}

fn code(subject: &str, session: &mut Session) -> Result<Exit, Failure> {
    let pages = pages();
    if subject == "codes" {
        let lines: Vec<String> = pages.iter().map(|(code, title, _)| format!("{code}  {title}")).collect();
        session.screen.print(&lines.join("\n"));
        return Ok(Exit::Done);
    }
    let wanted = subject.to_uppercase();
    if let Some((code, title, page)) = pages.iter().find(|(code, _, _)| *code == wanted) {
        let body = match page.trim_start().strip_prefix("# ") {
            Some(titled) => titled.split_once('\n').map_or("", |(_, body)| body),
            None => page,
        };
        session.screen.print(&format!("{code}: {title}\n\n{}", body.trim()));
        return Ok(Exit::Done);
    }
    if wanted.starts_with("FW") {
        return Err(Failure::input(format!("there is no code `{subject}`"))
            .hint("`formwork explain codes` lists them"));
    }
    Err(Failure::input(format!("`{subject}` is no code; for an environment, name a value of it too")).hint(
        format!(
            "such as `formwork explain {subject} STACK.PARAMETER` or `formwork explain {subject} values.NAME`"
        ),
    ))
}

fn value_of(environment: &str, value: &str, session: &mut Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let names = project.select(&[environment.to_owned()])?;
    let [name] = names.as_slice() else {
        return Err(Failure::input(format!("`{environment}` is {} environments; name one", names.len())));
    };
    match project.explain(name, value, &session.global.set) {
        Ok(explanation) => {
            let text = match session.screen.is_for_people() {
                true => explanation::text(&explanation, session.screen.palette()),
                false => json::explanation(&explanation),
            };
            session.screen.print(&text);
            Ok(Exit::Done)
        }
        Err(findings) => {
            session.show_findings(&findings);
            Err(Failure::input(format!("could not explain `{value}` of {name}")))
        }
    }
}
