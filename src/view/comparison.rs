//! Two environments side by side: what differs, and which file says so.

use crate::compare::{Comparison, EnvironmentDifference, What};
use crate::view::palette::{Palette, Role};
use crate::view::words::{self, cut, pad};

/// Draws a comparison.
pub fn text(comparison: &Comparison, palette: Palette, width: usize) -> String {
    let title = format!("{} ↔ {}", comparison.left, comparison.right);
    let mut out = vec![palette.paint(Role::Heading, &title)];
    let mut stack = None;
    let names: Vec<String> = comparison.differences.iter().map(name).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(48);
    for (difference, name) in comparison.differences.iter().zip(&names) {
        if stack != Some(&difference.stack) {
            stack = Some(&difference.stack);
            out.push(format!("  {}", difference.stack));
        }
        out.push(line(difference, &pad(name, longest), palette, width));
        out.extend(
            difference
                .declared
                .iter()
                .map(|place| palette.paint(Role::Faint, &format!("        declared at {place}"))),
        );
    }
    if !comparison.differences.is_empty() {
        out.push(String::new());
    }
    out.push(counts(comparison, palette));
    out.join("\n")
}

fn name(difference: &EnvironmentDifference) -> String {
    match difference.what {
        What::Stack => "the stack itself".to_owned(),
        What::Body => format!("body {}", difference.path),
        What::Parameter => format!("parameter {}", difference.path),
        What::Tag => format!("tag {}", difference.path),
        What::Setting => difference.path.clone(),
    }
}

fn line(difference: &EnvironmentDifference, name: &str, palette: Palette, width: usize) -> String {
    let side =
        |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".to_owned()).replace('\n', "⏎");
    let (mark, role) = match difference.declared.is_empty() {
        true => ("!", Role::Bad),
        false => ("~", Role::Notice),
    };
    let undeclared = if difference.declared.is_empty() { "  undeclared" } else { "" };
    let room = width.max(60).saturating_sub(10 + name.chars().count() + undeclared.len());
    let values = cut(&format!("{} ↔ {}", side(&difference.left), side(&difference.right)), room.max(24));
    format!("    {} {name}  {values}{}", palette.paint(role, mark), palette.paint(Role::Bad, undeclared))
}

fn counts(comparison: &Comparison, palette: Palette) -> String {
    let all = format!("{}:", words::number(comparison.differences.len(), "difference"));
    format!(
        "{} {} declared, {} undeclared; {} of {} equal",
        palette.paint(Role::Heading, &all),
        comparison.declared(),
        comparison.undeclared(),
        comparison.equal,
        words::number(comparison.stacks, "stack"),
    )
}
