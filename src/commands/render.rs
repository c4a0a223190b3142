//! `formwork render`: bodies and parameters, without credentials.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::model::fact::{Fact, Input};
use crate::model::stack::Stack;
use crate::project::files;
use crate::view::json;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Renders templates: bodies and parameters, without credentials
///
/// Prints the body of each stack, or writes bodies and parameters into a folder:
/// DIR/quiz/dev/network.yaml and DIR/quiz/dev/network.parameters.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork render quiz/dev --stack network    one body, to standard output
  formwork render quiz --out rendered         everything, into files")]
pub struct Arguments {
    /// Environments, or folders of them; all when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Write files into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let ready = session.assemble(&arguments.environments)?;
    let selects = session.selects()?;
    let mut stacks = Vec::new();
    for environment in ready.assembly().wanted() {
        stacks.extend(environment.stacks.iter().filter(|stack| selects(&stack.address.stack)).cloned());
    }
    if let Some(folder) = &arguments.out {
        let folder = session.surroundings.folder.join(folder);
        for stack in &stacks {
            write(&folder, stack)?;
        }
        session.screen.note(&format!("wrote {} bodies to {}", stacks.len(), folder.display()));
        return Ok(Exit::Done);
    }
    for stack in &stacks {
        if session.screen.is_for_people() {
            if stacks.len() > 1 {
                session.screen.print(&format!("--- # {} {}", stack.address.environment, stack.label));
            }
            session.screen.print_raw(stack.body.text());
        } else {
            session.screen.print(&object(stack));
        }
    }
    Ok(Exit::Done)
}

fn write(folder: &Path, stack: &Stack) -> Result<(), Failure> {
    let file = stack.label.replace([' ', '(', ')', '/'], "-").replace("--", "-").trim_matches('-').to_owned();
    let folder = folder.join(&stack.address.environment);
    let ending = if stack.body.text().trim_start().starts_with('{') { "json" } else { "yaml" };
    let body = folder.join(format!("{file}.{ending}"));
    let parameters = folder.join(format!("{file}.parameters.json"));
    let text = format!("{:#}\n", self::parameters(stack));
    for (path, text) in [(body, stack.body.text()), (parameters, text.as_str())] {
        files::write(&path, text)
            .map_err(|error| Failure::file("write", &path.display().to_string(), &error))?;
    }
    Ok(())
}

/// The stack as an object for programs.
fn object(stack: &Stack) -> String {
    json::object(
        "rendered_stack",
        json!({
            "environment": stack.address.environment, "stack": stack.address.stack, "account": stack.account.id.as_str(),
            "region": stack.region, "name": stack.name, "template": stack.body.template, "sha256": stack.body.sha256,
            "parameters": parameters(stack), "body": stack.body.text(),
        }),
    )
}

/// The parameters; facts are told by what they are, since they are known only when deployed.
fn parameters(stack: &Stack) -> Value {
    let entries = stack.parameters.iter().map(|parameter| (parameter.name.clone(), input(&parameter.input)));
    Value::Object(entries.collect())
}

fn input(input: &Input) -> Value {
    match input {
        Input::Text(text) => json!(text),
        Input::List(items) => items.iter().map(self::input).collect(),
        Input::Fact(Fact::Output { producer, key }) => json!({"output": format!("{producer}.{key}")}),
        Input::Fact(Fact::Outputs { producers, key }) => {
            json!({"outputs": producers.iter().map(|producer| format!("{producer}.{key}")).collect::<Vec<_>>()})
        }
        Input::Fact(Fact::Ssm { name }) => json!({"ssm": name}),
        Input::Fact(Fact::Env { name }) => json!({"env": name}),
    }
}
