//! Process in, exit code out.

use clap::Parser;
use formwork::commands::session::{Session, Surroundings};
use formwork::commands::{self, Cli};
use formwork::view::screen::{Screen, Terminal};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return commands::usage(&error),
    };
    let variable = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings {
        folder: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        variable,
        now: || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64),
    };
    let screen = Screen::of_process(Terminal::of_process(&variable));
    let mut session = Session::new(cli.global, screen, surroundings);
    let exit = commands::run(cli.command, &mut session).unwrap_or_else(|failure| session.fail(&failure));
    ExitCode::from(exit as u8)
}
