//! The one place that writes: results to standard output, everything about the work to standard error.

use crate::view::palette::{Palette, Role};
use std::io::{self, BufRead, IsTerminal, Write};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: versioned objects, one a line.
    Json,
}

impl Format {
    /// The names of the formats, as they are given on the command line.
    pub const NAMES: [&str; 2] = ["text", "json"];

    /// The format of a name; text for any other.
    pub fn of(name: &str) -> Self {
        if name == "json" { Self::Json } else { Self::Text }
    }
}

/// What is known of the terminal, told by `main`.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Standard output is a terminal.
    pub output: bool,
    /// Standard error is a terminal.
    pub error: bool,
    /// Standard input is a terminal, so that a question can be asked.
    pub input: bool,
    /// Columns; 100 where it is not known.
    pub width: usize,
    /// Rows; 24 where it is not known.
    pub height: usize,
}

impl Terminal {
    /// What the process's streams are. The variables COLUMNS and LINES stand in where there is no terminal.
    pub fn of_process(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let number =
            |name: &str| variable(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        let size =
            console::Term::stderr().size_checked().map(|(rows, columns)| (rows.into(), columns.into()));
        let (height, width) =
            size.unwrap_or((number("LINES").unwrap_or(24), number("COLUMNS").unwrap_or(100)));
        Self {
            output: io::stdout().is_terminal(),
            error: io::stderr().is_terminal(),
            input: io::stdin().is_terminal(),
            width,
            height,
        }
    }
}

/// More columns than any line has.
const UNLIMITED: usize = 100_000;

/// Where things are shown.
pub struct Screen {
    output: Box<dyn Write + Send>,
    error: Box<dyn Write + Send>,
    input: Box<dyn BufRead + Send>,
    /// What is known of the terminal.
    pub terminal: Terminal,
    /// How results are written.
    pub format: Format,
    no_color: bool,
}

impl Screen {
    /// A screen on the streams of the process.
    pub fn of_process(terminal: Terminal) -> Self {
        Self::new(
            Box::new(io::stdout()),
            Box::new(io::stderr()),
            Box::new(io::BufReader::new(io::stdin())),
            terminal,
        )
    }

    /// A screen on the given streams.
    pub fn new(
        output: Box<dyn Write + Send>,
        error: Box<dyn Write + Send>,
        input: Box<dyn BufRead + Send>,
        terminal: Terminal,
    ) -> Self {
        Self { output, error, input, terminal, format: Format::Text, no_color: false }
    }

    /// Sets the format, and whether colour is refused.
    pub fn configure(&mut self, format: Format, no_color: bool) {
        self.format = format;
        self.no_color = no_color;
    }

    /// The palette of results.
    pub fn palette(&self) -> Palette {
        Palette::new(self.terminal.output && !self.no_color)
    }

    /// The palette of messages.
    pub fn error_palette(&self) -> Palette {
        Palette::new(self.terminal.error && !self.no_color)
    }

    /// The columns of results. A file or a pipe has room for whole values: there nothing is cut.
    pub fn width(&self) -> usize {
        if self.terminal.output { self.terminal.width } else { UNLIMITED }
    }

    /// Whether people read it.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Text
    }

    /// Writes a result, with a line end. A reader that went away is no mistake.
    pub fn print(&mut self, text: &str) {
        let _ = writeln!(self.output, "{}", text.trim_end_matches('\n'));
        let _ = self.output.flush();
    }

    /// Writes a result as it is, to the byte.
    pub fn print_raw(&mut self, text: &str) {
        let _ = self.output.write_all(text.as_bytes());
        let _ = self.output.flush();
    }

    /// Writes a message about the work.
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(self.error, "{}", text.trim_end_matches('\n'));
        let _ = self.error.flush();
    }

    /// Writes a remark that is of less interest than the result.
    pub fn remark(&mut self, text: &str) {
        let painted = self.error_palette().paint(Role::Faint, text);
        self.note(&painted);
    }

    /// Asks a question and waits for a line.
    pub fn ask(&mut self, question: &str) -> io::Result<String> {
        write!(self.error, "{question} ")?;
        self.error.flush()?;
        let mut answer = String::new();
        self.input.read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }
}
