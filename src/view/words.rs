//! The words for what stacks and resources do, in one place, so that all views use the same.

use crate::deployment::event::Outcome;
use crate::model::change::Action;
use crate::plan::{Step, Verdict};
use crate::view::palette::Role;

/// The mark, the word and the role of a verdict.
pub fn verdict(verdict: &Verdict) -> (&'static str, &'static str, Role) {
    match verdict {
        Verdict::Create => ("+", "create", Role::Good),
        Verdict::Update => ("~", "update", Role::Notice),
        Verdict::Unchanged => ("=", "unchanged", Role::Faint),
        Verdict::Delete => ("-", "delete", Role::Bad),
        Verdict::Refused { .. } => ("!", "refused", Role::Bad),
    }
}

/// The mark, the word and the role of what happens to a resource.
pub fn action(action: Action) -> (&'static str, &'static str, Role) {
    match action {
        Action::Add => ("+", "add", Role::Good),
        Action::Modify => ("~", "change", Role::Notice),
        Action::Replace => ("±", "REPLACE", Role::Bad),
        Action::MayReplace => ("±", "may replace", Role::Bad),
        Action::Remove => ("-", "remove", Role::Bad),
        Action::Retain => ("-", "let go, not deleted", Role::Notice),
        Action::Import => ("+", "import", Role::Good),
        Action::Unknown => ("?", "known when it runs", Role::Notice),
    }
}

/// What a stack is doing while a step runs.
pub fn doing(step: &Step) -> &'static str {
    match step {
        Step::Wait => "waiting for another run",
        Step::DeleteRemains => "removing remains",
        Step::ContinueRollback => "continuing rollback",
        Step::RollBack => "rolling back",
        Step::Create => "creating",
        Step::Update => "updating",
        Step::SetPolicy => "setting policy",
        Step::Protect(true) => "protecting",
        Step::Protect(false) => "unprotecting",
        Step::Delete => "deleting",
    }
}

/// A step as a sentence of a plan.
pub fn step(step: &Step) -> &'static str {
    match step {
        Step::Wait => "wait for the operation that is running",
        Step::DeleteRemains => "delete the remains of a failed creation",
        Step::ContinueRollback => "continue the rollback that failed",
        Step::RollBack => "roll the failed operation back",
        Step::Create => "create",
        Step::Update => "update",
        Step::SetPolicy => "set the stack policy",
        Step::Protect(true) => "set termination protection",
        Step::Protect(false) => "lift termination protection",
        Step::Delete => "delete",
    }
}

/// The mark, the word and the role of an outcome.
pub fn outcome(outcome: &Outcome) -> (&'static str, &'static str, Role) {
    match outcome {
        Outcome::Done => ("✓", "done", Role::Good),
        Outcome::Unchanged => ("=", "unchanged", Role::Faint),
        Outcome::Failed(_) => ("✗", "failed", Role::Bad),
        Outcome::Blocked { .. } => ("·", "blocked", Role::Notice),
        Outcome::Cancelled => ("·", "cancelled", Role::Notice),
        Outcome::Refused { .. } => ("!", "refused", Role::Bad),
    }
}

/// What is told of a stack whose operation goes on after somebody left.
pub fn left(step: Option<&Step>) -> String {
    format!("left while {}: it goes on by itself", step.map_or("working", doing))
}

/// `1 stack`, `2 stacks`.
pub fn number(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}

/// A text cut to a width in characters, with an ellipsis where something was cut.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(width.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Steps one after another, joined by arrows, in lines of a width in characters; a step is never torn apart.
pub fn chain(steps: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for step in steps {
        match lines.last_mut() {
            None => lines.push(format!("  {step}")),
            Some(line) if line.chars().count() + 3 + step.chars().count() <= width => {
                line.push_str(&format!(" → {step}"));
            }
            Some(_) => lines.push(format!("  → {step}")),
        }
    }
    lines
}

/// A text filled with spaces to a width in characters.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_break_between_steps() {
        let check = |width: usize, expected: &[&str]| {
            let steps = ["network 3 min", "database 15 min", "web 4 min"].map(str::to_owned);
            assert_eq!(chain(&steps, width), expected, "{width}");
        };
        check(80, &["  network 3 min → database 15 min → web 4 min"]);
        check(45, &["  network 3 min → database 15 min → web 4 min"]);
        check(44, &["  network 3 min → database 15 min", "  → web 4 min"]);
        check(5, &["  network 3 min", "  → database 15 min", "  → web 4 min"]);
    }
}
