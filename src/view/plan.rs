//! A plan for people: resources grouped by stack, values side by side, replacements marked, counts at the end.

use crate::model::change::{Action, KNOWN_AFTER_APPLY, PropertyChange, Recreates, ResourceChange};
use crate::model::stack::StackAddress;
use crate::plan::danger;
use crate::plan::{Plan, PlannedParameter, PlannedStack, PlannedValue, Step, Verdict, Wish};
use crate::view::board;
use crate::view::palette::{Palette, Role};
use crate::view::words::{self, cut, pad};

/// How a plan is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Colours.
    pub palette: Palette,
    /// Columns.
    pub width: usize,
    /// Also list the resources of stacks that are created or deleted.
    pub verbose: bool,
}

/// Draws a plan.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut out = Vec::new();
    for environment in &plan.environments {
        environment_text(plan, environment, style, &mut out);
    }
    orphans(plan, style, &mut out);
    dangers(plan, style, &mut out);
    out.push(counts(plan, style.palette));
    out.join("\n")
}

fn environment_text(plan: &Plan, environment: &str, style: Style, out: &mut Vec<String>) {
    let stacks: Vec<&PlannedStack> =
        plan.stacks.iter().filter(|planned| planned.stack.address.environment == environment).collect();
    out.push(style.palette.paint(Role::Heading, environment));
    for planned in stacks.iter().filter(|planned| planned.verdict != Verdict::Unchanged) {
        stack_text(plan, planned, style, out);
    }
    let (settled, open): (Vec<&PlannedStack>, Vec<&PlannedStack>) = stacks
        .iter()
        .filter(|planned| planned.verdict == Verdict::Unchanged)
        .partition(|planned| planned.is_settled());
    names(nothing(plan.wish), &settled, style, out);
    // What they take from others may change while those are updated, so nothing is promised of them.
    names("unchanged on today's outputs, planned again at their turn", &open, style, out);
    out.push(String::new());
}

/// One line for stacks of which there is nothing more to say.
fn names(what: &str, stacks: &[&PlannedStack], style: Style, out: &mut Vec<String>) {
    if stacks.is_empty() {
        return;
    }
    let labels: Vec<&str> = stacks.iter().map(|planned| planned.stack.label.as_str()).collect();
    let width = if style.verbose { usize::MAX } else { style.width.max(40) };
    let line = cut(&format!("  = {what}: {}", labels.join(", ")), width);
    out.push(style.palette.paint(Role::Faint, &line));
}

/// What it means that nothing happens to a stack.
fn nothing(wish: Wish) -> &'static str {
    match wish {
        Wish::Deploy => "unchanged",
        Wish::Destroy => "not deployed",
    }
}

fn stack_text(plan: &Plan, planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    let (mark, word, role) = words::verdict(&planned.verdict);
    let stack = &planned.stack;
    let place = format!("{} in {}/{}", stack.name, stack.account.id, stack.region);
    out.push(format!(
        "  {} {}  {}",
        style.palette.paint(role, mark),
        style.palette.paint(role, &format!("{word} {}", stack.label)),
        style.palette.paint(Role::Faint, &place)
    ));
    if let Verdict::Refused { reason, remedy } = &planned.verdict {
        let told = |line| format!("      {}", style.palette.paint(Role::Bad, line));
        out.extend(reason.lines().map(told));
        out.push(format!("      help: {remedy}"));
    }
    steps(planned, style, out);
    provisional(plan, planned, style, out);
    parameters(plan, planned, style, out);
    attributes(planned, style, out);
    changes(planned, style, out);
}

/// Steps that are more than the verdict says are shown before anything is done.
fn steps(planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    let plain = |step: &Step| matches!(step, Step::Create | Step::Update | Step::Delete);
    if planned.steps.iter().all(plain) {
        return;
    }
    let steps: Vec<&str> = planned.steps.iter().map(words::step).collect();
    out.push(format!("      {} {}", style.palette.paint(Role::Notice, "steps:"), steps.join(", then ")));
}

fn provisional(plan: &Plan, planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    if planned.provisional.is_empty() {
        return;
    }
    let line = format!(
        "      provisional: planned on today's outputs of {}, and again at its turn",
        labels(plan, &planned.provisional)
    );
    out.push(style.palette.paint(Role::Notice, &line));
}

fn labels(plan: &Plan, addresses: &[StackAddress]) -> String {
    let label = |address: &StackAddress| {
        let planned = plan.stacks.iter().find(|planned| planned.stack.address == *address);
        planned.map_or_else(|| address.to_string(), |planned| planned.stack.label.clone())
    };
    addresses.iter().map(label).collect::<Vec<_>>().join(", ")
}

fn parameters(plan: &Plan, planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    if matches!(planned.verdict, Verdict::Delete | Verdict::Unchanged) {
        return;
    }
    let shown: Vec<(&PlannedParameter, String)> = planned
        .parameters
        .iter()
        .filter_map(|parameter| {
            let exists = planned.verdict == Verdict::Update;
            parameter_text(plan, parameter, exists).map(|text| (parameter, text))
        })
        .collect();
    let width = shown.iter().map(|(parameter, _)| parameter.name.chars().count()).max().unwrap_or(0);
    for (parameter, text) in shown {
        let line = format!("      {}  {text}", pad(&parameter.name, width));
        out.push(cut(&line, style.width.max(60)));
    }
}

/// A parameter's before and after; nothing when it stays as it is, or takes its default in a new stack.
fn parameter_text(plan: &Plan, parameter: &PlannedParameter, exists: bool) -> Option<String> {
    let mask = |text: &str| if parameter.hidden { "****".to_owned() } else { quoted(text) };
    let after = match &parameter.after {
        PlannedValue::Known(text) => mask(text),
        PlannedValue::Default(_) if !exists => return None,
        PlannedValue::Default(text) => format!("{} (default)", mask(text)),
        PlannedValue::After(producers) => format!("(known after {})", labels(plan, producers)),
    };
    match (&parameter.before, &parameter.after) {
        (Some(before), PlannedValue::Known(known) | PlannedValue::Default(known)) if before == known => None,
        (Some(_), _) if parameter.hidden => None,
        (Some(before), _) => Some(format!("{} → {after}", quoted(before))),
        (None, _) => Some(after),
    }
}

fn attributes(planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    if planned.live.is_none() || planned.verdict == Verdict::Delete {
        return;
    }
    for change in &planned.attributes {
        let line =
            format!("      {}  {}", change.name, sides(change.before.as_deref(), change.after.as_deref()));
        out.push(cut(&line, style.width.max(60)));
    }
}

fn changes(planned: &PlannedStack, style: Style, out: &mut Vec<String>) {
    let whole = matches!(planned.verdict, Verdict::Create | Verdict::Delete);
    let width = planned.changes.iter().map(|change| change.logical_id.chars().count()).max().unwrap_or(0);
    if whole && !style.verbose {
        if !planned.changes.is_empty() {
            out.push(format!(
                "      {}: {}",
                words::number(planned.changes.len(), "resource"),
                kinds(&planned.changes)
            ));
        }
        // What survives a deletion is always named: nobody would look for it otherwise.
        let kept = planned.changes.iter().filter(|change| change.action == Action::Retain);
        kept.for_each(|change| resource(change, width, style, out));
        return;
    }
    for change in &planned.changes {
        resource(change, width, style, out);
    }
}

/// `3 AWS::EC2::Subnet, AWS::EC2::VPC, …`: what a new stack is made of.
fn kinds(changes: &[ResourceChange]) -> String {
    let mut counts: std::collections::BTreeMap<&str, usize> = Default::default();
    for change in changes {
        *counts.entry(change.resource_type.as_str()).or_default() += 1;
    }
    let name = |(kind, count): (&str, usize)| match count {
        1 => kind.to_owned(),
        _ => format!("{count} {kind}"),
    };
    let more = counts.len().saturating_sub(4);
    let mut names: Vec<String> = counts.into_iter().take(4).map(name).collect();
    if more > 0 {
        names.push(format!("and {}", words::number(more, "more type")));
    }
    names.join(", ")
}

fn resource(change: &ResourceChange, width: usize, style: Style, out: &mut Vec<String>) {
    let (mark, word, role) = words::action(change.action);
    let told = match change.action {
        Action::Add | Action::Modify | Action::Remove => String::new(),
        Action::Replace | Action::MayReplace | Action::Retain | Action::Import | Action::Unknown => {
            format!("  {word}")
        }
    };
    out.push(format!(
        "      {} {}  {}{}",
        style.palette.paint(role, mark),
        pad(&change.logical_id, width),
        style.palette.paint(Role::Faint, &change.resource_type),
        style.palette.paint(role, &told)
    ));
    for property in &change.properties {
        self::property(property, style, out);
    }
}

fn property(property: &PropertyChange, style: Style, out: &mut Vec<String>) {
    let path = property.path.strip_prefix("/Properties/").unwrap_or(property.path.trim_start_matches('/'));
    let recreates = match property.recreates {
        Recreates::Never => "",
        Recreates::Conditionally => "  (may replace the resource)",
        Recreates::Always => "  (replaces the resource)",
    };
    let cause = property.cause.as_ref().map_or(String::new(), |cause| format!("  because of {cause}"));
    let values = sides(property.before.as_deref(), property.after.as_deref());
    let room = style
        .width
        .max(60)
        .saturating_sub(14 + path.chars().count() + recreates.len() + cause.chars().count());
    out.push(format!(
        "            {path}  {}{}{}",
        cut(&values, room.max(20)),
        style.palette.paint(Role::Bad, recreates),
        style.palette.paint(Role::Faint, &cause)
    ));
}

/// Before and after side by side.
pub fn sides(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{} → {}", quoted(before), quoted(after)),
        (Some(before), None) => format!("{} → (none)", quoted(before)),
        (None, Some(after)) => format!("(none) → {}", quoted(after)),
        (None, None) => "changes".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text == KNOWN_AFTER_APPLY {
        return "(known when it runs)".to_owned();
    }
    format!("\"{}\"", text.replace('\n', "⏎"))
}

fn orphans(plan: &Plan, style: Style, out: &mut Vec<String>) {
    if plan.orphans.is_empty() {
        return;
    }
    out.push(style.palette.paint(Role::Heading, "no longer declared"));
    for orphan in &plan.orphans {
        out.push(format!("  ? {}  {} in {}", orphan.environment, orphan.name, orphan.target));
    }
    out.push("  They carry this project's mark; nothing is done to them.".to_owned());
    out.push(String::new());
}

/// What may hurt, together and last, where nobody overlooks it.
fn dangers(plan: &Plan, style: Style, out: &mut Vec<String>) {
    let several = plan.environments.len() > 1;
    let before = out.len();
    for planned in &plan.stacks {
        let name = board::name(planned, several);
        out.extend(danger::dangers(planned).iter().map(|danger| {
            let text =
                format!("  ! {name}: {} ({}) {}", danger.logical_id, danger.resource_type, danger.what);
            style.palette.paint(Role::Bad, &text)
        }));
    }
    if out.len() > before {
        out.insert(before, style.palette.paint(Role::Heading, "dangers"));
        out.push(String::new());
    }
}

/// The last line: counts of stacks and resources.
pub fn counts(plan: &Plan, palette: Palette) -> String {
    let stacks =
        |wanted: fn(&Verdict) -> bool| plan.stacks.iter().filter(|planned| wanted(&planned.verdict)).count();
    let parts = [
        (stacks(|verdict| matches!(verdict, Verdict::Create)), "to create"),
        (stacks(|verdict| matches!(verdict, Verdict::Update)), "to update"),
        (stacks(|verdict| matches!(verdict, Verdict::Delete)), "to delete"),
        (stacks(|verdict| matches!(verdict, Verdict::Refused { .. })), "refused"),
        (stacks(|verdict| matches!(verdict, Verdict::Unchanged)), nothing(plan.wish)),
    ];
    let title = palette.paint(Role::Heading, "Plan:");
    if !plan.has_changes() {
        return format!(
            "{title} no changes, {} {}",
            words::number(plan.stacks.len(), "stack"),
            nothing(plan.wish)
        );
    }
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    format!("{title} {}{}", told.join(", "), resource_counts(plan))
}

fn resource_counts(plan: &Plan) -> String {
    let count = |wanted: &[Action]| {
        plan.stacks
            .iter()
            .flat_map(|planned| &planned.changes)
            .filter(|change| wanted.contains(&change.action))
            .count()
    };
    let parts = [
        (count(&[Action::Add, Action::Import]), "to add"),
        (count(&[Action::Modify, Action::Unknown]), "to change"),
        (count(&[Action::Replace, Action::MayReplace]), "to replace"),
        (count(&[Action::Remove]), "to remove"),
        (count(&[Action::Retain]), "to let go"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if told.is_empty() { String::new() } else { format!("; resources: {}", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Orphan;
    use crate::plan::fake::stack;
    use std::sync::Arc;

    fn planned(name: &str, verdict: Verdict) -> PlannedStack {
        PlannedStack { verdict, ..PlannedStack::new(&Arc::new(stack(name, "{}", &[])), None) }
    }

    fn plan(stacks: Vec<PlannedStack>) -> Plan {
        Plan { wish: Wish::Deploy, environments: vec!["quiz/dev".into()], stacks, orphans: Vec::new() }
    }

    fn change(logical_id: &str, resource_type: &str, action: Action) -> ResourceChange {
        ResourceChange {
            logical_id: logical_id.into(),
            resource_type: resource_type.into(),
            physical_id: None,
            action,
            properties: Vec::new(),
        }
    }

    fn parameter(name: &str, before: Option<&str>, after: PlannedValue) -> PlannedParameter {
        PlannedParameter { name: name.into(), before: before.map(str::to_owned), after, hidden: false }
    }

    fn check(plan: &Plan, verbose: bool, expected: &[&str]) {
        let told = text(plan, Style { palette: Palette::new(false), width: 80, verbose });
        assert_eq!(told.lines().collect::<Vec<_>>(), expected, "\n{told}");
    }

    #[test]
    fn a_new_stack_shows_what_it_is_given_and_made_of() {
        let mut network = planned("network", Verdict::Create);
        network.changes.push(change("Vpc", "AWS::EC2::VPC", Action::Add));
        let mut web = planned("web", Verdict::Create);
        let known = |text: &str| PlannedValue::Known(text.into());
        web.parameters = vec![
            parameter("Size", None, known("2")),
            PlannedParameter { hidden: true, ..parameter("Password", None, known("hush")) },
            parameter("Left", None, PlannedValue::Default("out".into())),
            parameter("Subnet", None, PlannedValue::After(vec![network.stack.address.clone()])),
        ];
        web.changes = ["A", "B", "C"].map(|name| change(name, "AWS::SNS::Topic", Action::Add)).into();
        let plan = plan(vec![network, web]);
        check(
            &plan,
            false,
            &[
                "quiz/dev",
                "  + create network  acme-network in 012345678901/eu-west-1",
                "      1 resource: AWS::EC2::VPC",
                "  + create web  acme-web in 012345678901/eu-west-1",
                "      Size      \"2\"",
                "      Password  ****",
                "      Subnet    (known after network)",
                "      3 resources: 3 AWS::SNS::Topic",
                "",
                "Plan: 2 to create; resources: 4 to add",
            ],
        );
    }

    #[test]
    fn a_change_shows_both_sides_and_its_danger() {
        let mut data = planned("data", Verdict::Update);
        data.steps = vec![Step::Update, Step::Protect(true)];
        data.parameters = vec![
            parameter("Size", Some("1"), PlannedValue::Known("2".into())),
            parameter("Same", Some("1"), PlannedValue::Known("1".into())),
        ];
        let mut table = change("Table", "AWS::DynamoDB::Table", Action::Replace);
        table.properties.push(PropertyChange {
            path: "/Properties/KeySchema/0/AttributeName".into(),
            before: Some("id".into()),
            after: Some(KNOWN_AFTER_APPLY.into()),
            recreates: Recreates::Always,
            cause: Some("Size".into()),
        });
        data.changes = vec![
            table,
            change("Old", "AWS::SNS::Topic", Action::Remove),
            change("Kept", "AWS::S3::Bucket", Action::Retain),
        ];
        let mut open = planned("reader", Verdict::Unchanged);
        open.provisional = vec![data.stack.address.clone()];
        let mut plan = plan(vec![data, planned("other", Verdict::Unchanged), open]);
        plan.orphans.push(Orphan {
            environment: "quiz/dev".into(),
            target: "012345678901/eu-west-1".into(),
            name: "acme-gone".into(),
            id: "arn".into(),
        });
        check(
            &plan,
            false,
            &[
                "quiz/dev",
                "  ~ update data  acme-data in 012345678901/eu-west-1",
                "      steps: update, then set termination protection",
                "      Size  \"1\" → \"2\"",
                "      ± Table  AWS::DynamoDB::Table  REPLACE",
                "            KeySchema/0/AttributeName  \"id\" → (known when …  (replaces the resource)  because of Size",
                "      - Old    AWS::SNS::Topic",
                "      - Kept   AWS::S3::Bucket  let go, not deleted",
                "  = unchanged: other",
                "  = unchanged on today's outputs, planned again at their turn: reader",
                "",
                "no longer declared",
                "  ? quiz/dev  acme-gone in 012345678901/eu-west-1",
                "  They carry this project's mark; nothing is done to them.",
                "",
                "dangers",
                "  ! data: Table (AWS::DynamoDB::Table) is replaced, and the data of the table with it",
                "",
                "Plan: 1 to update, 2 unchanged; resources: 1 to replace, 1 to remove, 1 to let go",
            ],
        );
    }

    #[test]
    fn a_destruction_names_what_survives_it() {
        let mut data = planned("data", Verdict::Delete);
        data.changes = vec![
            change("Table", "AWS::DynamoDB::Table", Action::Retain),
            change("News", "AWS::SNS::Topic", Action::Remove),
        ];
        let reason = "termination protection is on".into();
        let refused =
            planned("web", Verdict::Refused { reason, remedy: "allow it with `--allow web`".into() });
        let plan =
            Plan { wish: Wish::Destroy, ..plan(vec![data, refused, planned("gone", Verdict::Unchanged)]) };
        check(
            &plan,
            true,
            &[
                "quiz/dev",
                "  - delete data  acme-data in 012345678901/eu-west-1",
                "      - Table  AWS::DynamoDB::Table  let go, not deleted",
                "      - News   AWS::SNS::Topic",
                "  ! refused web  acme-web in 012345678901/eu-west-1",
                "      termination protection is on",
                "      help: allow it with `--allow web`",
                "  = not deployed: gone",
                "",
                "Plan: 1 to delete, 1 refused, 1 not deployed; resources: 1 to remove, 1 to let go",
            ],
        );
        check(
            &plan,
            false,
            &[
                "quiz/dev",
                "  - delete data  acme-data in 012345678901/eu-west-1",
                "      2 resources: AWS::DynamoDB::Table, AWS::SNS::Topic",
                "      - Table  AWS::DynamoDB::Table  let go, not deleted",
                "  ! refused web  acme-web in 012345678901/eu-west-1",
                "      termination protection is on",
                "      help: allow it with `--allow web`",
                "  = not deployed: gone",
                "",
                "Plan: 1 to delete, 1 refused, 1 not deployed; resources: 1 to remove, 1 to let go",
            ],
        );
    }
}
