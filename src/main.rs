//! Process in, exit code out.

use clap::Parser;
use formwork::commands::session::{Session, Surroundings};
use formwork::commands::{self, Cli};
use formwork::view::screen::{Screen, Terminal};
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return commands::usage(&error),
    };
    let (rows, columns) = console_size();
    let terminal = Terminal {
        output: io::stdout().is_terminal(),
        error: io::stderr().is_terminal(),
        input: io::stdin().is_terminal(),
        width: columns,
        height: rows,
    };
    let screen = Screen::new(
        Box::new(io::stdout()),
        Box::new(io::stderr()),
        Box::new(io::BufReader::new(io::stdin())),
        terminal,
    );
    let surroundings = Surroundings {
        folder: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        variable: |name| std::env::var(name).ok(),
        now: || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64),
    };
    let mut session = Session::new(cli.global, screen, surroundings);
    let exit = commands::run(cli.command, &mut session).unwrap_or_else(|failure| session.fail(&failure));
    ExitCode::from(exit as u8)
}

/// Rows and columns of the terminal; COLUMNS and LINES stand in where there is none.
fn console_size() -> (usize, usize) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (rows, columns) = console::Term::stderr()
        .size_checked()
        .map_or((24, 100), |(rows, columns)| (rows.into(), columns.into()));
    (number("LINES").unwrap_or(rows), number("COLUMNS").unwrap_or(columns))
}
