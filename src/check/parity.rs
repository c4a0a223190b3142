//! Bodies that differ between environments of one blueprint.

use crate::check::{Check, Level, Whole};
use crate::model::environment::Environment;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::{Body, Stack};
use std::collections::{BTreeMap, BTreeSet};

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "bodies that differ between environments",
    page: PAGE,
    level: Level::Assembly(run),
};

const CODE: &str = "FW0311";

const PAGE: &str = "\
The body of a stack should be the same, byte for byte, in every environment, so that what was tried in one is what runs in
the other. What differs goes into parameters, and what may be missing under a condition.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders: {template: orders.yaml}
# dev.yaml
values: {delay: 0}
# production.yaml
accounts: {workload: '222222222222'}
values: {delay: 5}
# orders.yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: <%= values.delay %> # <-- differs
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
    parameters: {Delay: 5}
# dev.yaml
values: {delay: 0}
# production.yaml
accounts: {workload: '222222222222'}
values: {delay: 5}
# orders.yaml
Parameters:
  Delay: {Type: Number}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
```
";

/// The bodies of a stack in one environment: in several accounts and regions they may be several.
type Bodies<'a> = BTreeMap<&'a str, &'a Body>;

/// A stack in one environment.
type Poured<'a> = (&'a Environment, Bodies<'a>);

fn run(whole: &Whole<'_>, findings: &mut Vec<Finding>) {
    let mut families: BTreeMap<(&str, &str, &str), Vec<Poured<'_>>> = BTreeMap::new();
    for (environment, stack) in whole.stacks() {
        let family = families.entry(key(environment, stack)).or_default();
        if family.last().is_none_or(|(last, _)| last.name != environment.name) {
            family.push((environment, Bodies::new()));
        }
        if let Some((_, bodies)) = family.last_mut() {
            bodies.insert(&stack.body.sha256, &stack.body);
        }
    }
    for ((_, stack, template), family) in &families {
        findings.extend(check_family(stack, template, family));
    }
}

fn key<'a>(environment: &'a Environment, stack: &'a Stack) -> (&'a str, &'a str, &'a str) {
    (&environment.blueprint, &stack.address.stack, &stack.body.template)
}

fn check_family(stack: &str, template: &str, family: &[Poured<'_>]) -> Option<Finding> {
    let ((first, bodies), rest) = family.split_first()?;
    let shas = |bodies: &Bodies<'_>| bodies.keys().map(|sha| (*sha).to_owned()).collect::<BTreeSet<String>>();
    let others: Vec<&Poured<'_>> = rest.iter().filter(|(_, others)| shas(others) != shas(bodies)).collect();
    let (_, other) = others.first()?;
    let left = bodies
        .iter()
        .find(|(sha, _)| !other.contains_key(*sha))
        .or(bodies.iter().next())
        .map(|(_, body)| body)?;
    let right = other
        .iter()
        .find(|(sha, _)| !bodies.contains_key(*sha))
        .or(other.iter().next())
        .map(|(_, body)| body)?;
    let line = left.text().lines().zip(right.text().lines()).position(|(left, right)| left != right);
    let line = line
        .unwrap_or_else(|| left.text().lines().count().min(right.text().lines().count()).saturating_sub(1));
    let names: Vec<String> =
        others.iter().map(|(environment, _)| format!("`{}`", environment.name)).collect();
    let message = format!("the body of `{stack}` differs between `{}` and {}", first.name, names.join(", "));
    let text =
        |body: &Body| body.text().lines().nth(line).unwrap_or("").trim().chars().take(60).collect::<String>();
    let label = match (text(left), text(right)) {
        (left, right) if left != right => format!("`{left}` there, `{right}` here"),
        _ => String::new(),
    };
    let place = place(left, line)?;
    let help = format!("make it a parameter of `{template}`, or declare the difference under a condition");
    Some(Finding::warning(CODE, message, place).label(label).help(help))
}

/// The place of the template's line that wrote a line of the body.
fn place(body: &Body, line: usize) -> Option<Place> {
    if let Some(place) = body.document.lines.get(line).or(body.document.lines.last()) {
        let text = place.text();
        let indent = text.len() - text.trim_start().len();
        return Some(Place::new(&place.source, place.start + indent, place.start + text.trim_end().len()));
    }
    let source = &body.document.source;
    let start: usize = source.text.split_inclusive('\n').take(line).map(str::len).sum();
    let length = source.text[start..].lines().next().map_or(0, str::len);
    Some(Place::new(source, start, start + length))
}
