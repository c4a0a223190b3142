//! The live board of a terminal: one row a stack, a summary line. [`frame`] is pure; indicatif draws what it gives.

use crate::deployment::event::{Event, Outcome};
use crate::deployment::observer::Observer;
use crate::deployment::state::{Deployment, StackState};
use crate::plan::PlannedStack;
use crate::view::duration;
use crate::view::palette::{Palette, Role};
use crate::view::words::{self, cut, pad};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The size of the board.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// Draws a deployment while it runs.
pub struct Board {
    lines: MultiProgress,
    bars: Vec<ProgressBar>,
    style: ProgressStyle,
    palette: Palette,
    size: Size,
}

impl Board {
    /// A board on a draw target (standard error, or a terminal in memory).
    pub fn new(target: ProgressDrawTarget, palette: Palette, size: Size) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        Self { lines, bars: Vec::new(), style: plain_style(), palette, size }
    }

    fn draw(&mut self, frame: &[String]) {
        while self.bars.len() < frame.len() {
            let bar = self.lines.add(ProgressBar::no_length());
            bar.set_style(self.style.clone());
            self.bars.push(bar);
        }
        while self.bars.len() > frame.len() {
            if let Some(bar) = self.bars.pop() {
                bar.finish_and_clear();
                self.lines.remove(&bar);
            }
        }
        for (bar, line) in self.bars.iter().zip(frame) {
            bar.set_message(line.clone());
            bar.tick();
        }
    }
}

fn plain_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").expect("the template is fixed and has one known key")
}

impl Observer for Board {
    fn event(&mut self, deployment: &Deployment, event: &Event) {
        self.tick(deployment, event.time);
    }

    fn tick(&mut self, deployment: &Deployment, now: u64) {
        if deployment.ended.is_some() {
            self.bars.drain(..).for_each(|bar| bar.finish_and_clear());
            let _ = self.lines.clear();
            return;
        }
        let frame = frame(deployment, now, self.palette, self.size);
        self.draw(&frame);
    }
}

/// The lines of the board: as many rows as fit, running and failed ones first when not all do, then the summary.
pub fn frame(deployment: &Deployment, now: u64, palette: Palette, size: Size) -> Vec<String> {
    let room = size.height.saturating_sub(3).max(1);
    let mut shown: Vec<usize> = (0..deployment.stacks.len())
        .filter(|&number| deployment.stacks[number].outcome != Some(Outcome::Unchanged))
        .collect();
    if shown.len() > room {
        shown.sort_by_key(|&number| (rank(&deployment.stacks[number]), number));
        shown.truncate(room);
        shown.sort_unstable();
    }
    let several = deployment.plan.environments.len() > 1;
    let width =
        shown.iter().map(|&number| name(&deployment.plan.stacks[number], several).chars().count()).max();
    let columns = Columns::new(width.unwrap_or(0), size.width);
    let mut lines: Vec<String> = shown
        .iter()
        .map(|&number| {
            row(
                &deployment.plan.stacks[number],
                &deployment.stacks[number],
                &Row { several, now, columns, palette },
            )
        })
        .collect();
    lines.push(summary(deployment, now, palette, size.width));
    lines
}

/// Who is shown when not all can be: what runs, what failed, what waits, what is done.
fn rank(state: &StackState) -> u8 {
    match (&state.outcome, state.started) {
        (None, Some(_)) => 0,
        (Some(Outcome::Failed(_) | Outcome::Refused { .. }), _) => 1,
        (Some(Outcome::Blocked { .. } | Outcome::Cancelled), _) => 3,
        (None, None) => 2,
        (Some(Outcome::Done | Outcome::Unchanged), _) => 4,
    }
}

/// A stack's name on boards and in logs: with its environment where there are several.
pub fn name(planned: &PlannedStack, several: bool) -> String {
    match several {
        true => format!("{} {}", planned.stack.address.environment, planned.stack.label),
        false => planned.stack.label.clone(),
    }
}

/// The widths of a row's parts.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: usize,
    state: usize,
    bar: usize,
}

impl Columns {
    const COUNTS: usize = 8;
    const ELAPSED: usize = 7;

    fn new(name: usize, width: usize) -> Self {
        let state = 22;
        let fixed = 2 + 2 + state + Self::COUNTS + Self::ELAPSED + 4;
        let name = name.min(width.saturating_sub(fixed).max(12));
        let bar = width.saturating_sub(fixed + name + 1).min(30);
        Self { name, state, bar: if bar < 6 { 0 } else { bar } }
    }
}

struct Row {
    several: bool,
    now: u64,
    columns: Columns,
    palette: Palette,
}

fn row(planned: &PlannedStack, state: &StackState, row: &Row) -> String {
    let Row { columns, palette, .. } = row;
    let (mark, word, role) = words_of(state);
    let total = state.total.max(state.done());
    let counts = if total > 0 { format!("{}/{total}", state.done()) } else { String::new() };
    let elapsed = state
        .started
        .map_or(String::new(), |start| duration::short(state.ended.unwrap_or(row.now).saturating_sub(start)));
    let line = format!(
        "{} {}  {}{:>counts_width$} {}{:>elapsed_width$}",
        palette.paint(role, mark),
        pad(&cut(&name(planned, row.several), columns.name), columns.name),
        palette.paint(role, &pad(&cut(&word, columns.state), columns.state)),
        counts,
        bar(state, total, columns.bar, *palette),
        elapsed,
        counts_width = Columns::COUNTS,
        elapsed_width = Columns::ELAPSED,
    );
    line.trim_end().to_owned()
}

fn words_of(state: &StackState) -> (&'static str, String, Role) {
    if let Some(outcome) = &state.outcome {
        let (mark, word, role) = words::outcome(outcome);
        return (mark, word.to_owned(), role);
    }
    let rolling = state.status.as_deref().is_some_and(|status| status.contains("ROLLBACK"));
    match (&state.step, state.started) {
        (Some(_), _) if rolling => ("▸", "rolling back".to_owned(), Role::Bad),
        (Some(step), _) => ("▸", words::doing(step).to_owned(), Role::Active),
        (None, Some(_)) => ("▸", "planning".to_owned(), Role::Active),
        (None, None) => ("·", "waiting".to_owned(), Role::Faint),
    }
}

fn bar(state: &StackState, total: usize, width: usize, palette: Palette) -> String {
    if width == 0 || total == 0 {
        return " ".repeat(width);
    }
    let full = if state.outcome == Some(Outcome::Done) { width } else { state.done() * width / total };
    let (done, rest) = ("━".repeat(full), "─".repeat(width - full));
    format!("{}{}", palette.paint(Role::Good, &done), palette.paint(Role::Faint, &rest))
}

/// The line under the rows: how far the whole run is.
pub fn summary(deployment: &Deployment, now: u64, palette: Palette, width: usize) -> String {
    let count =
        |wanted: &dyn Fn(&StackState) -> bool| deployment.stacks.iter().filter(|state| wanted(state)).count();
    let ended = count(&|state| matches!(state.outcome, Some(Outcome::Done | Outcome::Unchanged)));
    let parts = [
        (count(&|state| state.started.is_some() && state.outcome.is_none()), "running"),
        (
            count(&|state| matches!(state.outcome, Some(Outcome::Failed(_) | Outcome::Refused { .. }))),
            "failed",
        ),
        (
            count(&|state| matches!(state.outcome, Some(Outcome::Blocked { .. } | Outcome::Cancelled))),
            "not done",
        ),
        (count(&|state| state.started.is_none() && state.outcome.is_none()), "waiting"),
    ];
    let mut told = vec![format!("{ended} of {} done", words::number(deployment.stacks.len(), "stack"))];
    told.extend(parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    if deployment.interrupted {
        told.push("stopping: nothing more is started".to_owned());
    }
    told.push(duration::short(now.saturating_sub(deployment.started.unwrap_or(now))));
    palette.paint(Role::Heading, &cut(&told.join(" · "), width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::event::{Cause, Happening};
    use crate::plan::fake::stack;
    use crate::plan::{Plan, Step, Verdict, Wish};
    use std::sync::Arc;

    /// A deployment of so many stacks, each alone: the first failed, the second is done, the third runs, the rest waits.
    fn deployment(count: usize) -> Deployment {
        let planned = (0..count).map(|number| {
            let mut planned =
                PlannedStack::new(&Arc::new(stack(&format!("service-{number}"), "{}", &[])), None);
            planned.verdict = Verdict::Create;
            planned
        });
        let plan = Plan {
            wish: Wish::Deploy,
            environments: vec!["quiz/dev".into()],
            stacks: planned.collect(),
            orphans: Vec::new(),
        };
        let mut deployment = Deployment::new(Arc::new(plan));
        let cause = Cause { logical_id: None, resource_type: None, reason: "no".into(), nested: Vec::new() };
        let mut happenings = vec![Happening::RunStarted { run: "r".into() }];
        for stack in 0..3 {
            happenings.push(Happening::StackStarted { stack });
            happenings.push(Happening::StepStarted { stack, step: Step::Create });
            happenings.push(Happening::Followed { stack, id: "arn".into(), resources: 4 });
            happenings.push(resource(stack, "A", "CREATE_COMPLETE"));
            happenings.push(resource(stack, "B", "CREATE_IN_PROGRESS"));
        }
        happenings.push(resource(1, "B", "CREATE_COMPLETE"));
        happenings.push(resource(1, "C", "CREATE_COMPLETE"));
        happenings.push(Happening::StackEnded { stack: 0, outcome: Outcome::Failed(vec![cause]) });
        happenings.push(Happening::StackEnded { stack: 1, outcome: Outcome::Done });
        for (number, what) in happenings.into_iter().enumerate() {
            deployment.record(&Event { time: number as u64 * 1000, what }).unwrap();
        }
        deployment
    }

    fn resource(stack: usize, logical_id: &str, status: &str) -> Happening {
        Happening::Resource {
            stack,
            logical_id: logical_id.into(),
            resource_type: "AWS::SNS::Topic".into(),
            status: status.into(),
            reason: None,
        }
    }

    fn check(count: usize, size: Size, expected: &[&str]) {
        let lines = frame(&deployment(count), 125_000, Palette::new(false), size);
        assert_eq!(lines, expected, "{count} stacks on {size:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= size.width));
        assert!(lines.len() <= size.height);
    }

    #[test]
    fn the_board_fits_its_terminal() {
        check(
            4,
            Size { width: 80, height: 24 },
            &[
                "✗ service-0  failed                     1/4 ━━━━━━───────────────────    17s",
                "✓ service-1  done                       3/4 ━━━━━━━━━━━━━━━━━━━━━━━━━    13s",
                "▸ service-2  creating                   1/4 ━━━━━━───────────────────  1m54s",
                "· service-3  waiting",
                "1 of 4 stacks done · 1 running · 1 failed · 1 waiting · 2m05s",
            ],
        );
        check(
            4,
            Size { width: 160, height: 40 },
            &[
                "✗ service-0  failed                     1/4 ━━━━━━━───────────────────────    17s",
                "✓ service-1  done                       3/4 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━    13s",
                "▸ service-2  creating                   1/4 ━━━━━━━───────────────────────  1m54s",
                "· service-3  waiting",
                "1 of 4 stacks done · 1 running · 1 failed · 1 waiting · 2m05s",
            ],
        );
    }

    #[test]
    fn what_runs_or_failed_is_shown_when_not_all_fits() {
        check(
            60,
            Size { width: 80, height: 6 },
            &[
                "✗ service-0  failed                     1/4 ━━━━━━───────────────────    17s",
                "▸ service-2  creating                   1/4 ━━━━━━───────────────────  1m54s",
                "· service-3  waiting",
                "1 of 60 stacks done · 1 running · 1 failed · 57 waiting · 2m05s",
            ],
        );
    }

    #[test]
    fn a_narrow_terminal_has_no_bars() {
        check(
            3,
            Size { width: 60, height: 6 },
            &[
                "✗ service-0  failed                     1/4     17s",
                "✓ service-1  done                       3/4     13s",
                "▸ service-2  creating                   1/4   1m54s",
                "1 of 3 stacks done · 1 running · 1 failed · 2m05s",
            ],
        );
    }
}
