//! The command reference, `docs/guide/commands.md`, is what `--help` says. `UPDATE_REFERENCE=1 cargo test reference` writes it.

use crate::support::Workplace;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "\
# Commands

This page is what `--help` says, command by command. It is written by a test (`tests/reference.rs`); change the help instead.
";

/// The help of a command, without the global options, which stand once at the top, and without spaces at line ends.
fn help(place: &Workplace, command: Option<&str>) -> String {
    let words: Vec<&str> = command.into_iter().chain(["--help"]).collect();
    let mut out = String::new();
    let mut skipped = false;
    for line in place.run(&words).output.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            skipped = command.is_some() && line.starts_with("Global options:");
            if skipped {
                out.push_str("Global options: see above\n\n");
            }
        }
        if !skipped {
            writeln!(out, "{}", line.trim_end()).expect("a text grows");
        }
    }
    out
}

/// The commands that the program's own help lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty());
    listed
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_command_reference_is_what_help_says() {
    let place = Workplace::empty("reference");
    let all = help(&place, None);
    let mut page = HEAD.to_owned();
    let mut section =
        |name: &str, text: &str| write!(page, "\n## {name}\n\n```text\n{text}```\n").expect("a text grows");
    section("formwork", &all);
    for command in commands(&all) {
        section(&format!("formwork {command}"), &help(&place, Some(&command)));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/commands.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the page is there");
    assert!(written == page, "docs/guide/commands.md is old: UPDATE_REFERENCE=1 cargo test reference");
}
