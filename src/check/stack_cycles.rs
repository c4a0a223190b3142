//! Stacks that wait for each other.

use crate::check::{Check, Level, Whole};
use crate::graph::Graph;
use crate::model::environment::Environment;
use crate::model::fact::Fact;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::Stack;
use std::collections::HashMap;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "stacks that wait for each other", page: PAGE, level: Level::Assembly(run) };

const CODE: &str = "FW0308";

const PAGE: &str = "\
A stack waits for those whose outputs it takes and for those of its `after`. When stacks wait for each other in a circle,
none can be deployed. Move what both need into a third stack, or cut the circle at the weakest need.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: queue.yaml
    parameters: {Name: !Output shipping.QueueName} # <-- orders waits for shipping
  shipping:
    template: queue.yaml
    parameters: {Name: !Output orders.QueueName}
# queue.yaml
Parameters:
  Name: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub 'after-${Name}'}
Outputs:
  QueueName: {Value: !GetAtt Queue.QueueName}
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: queue.yaml
    parameters: {Name: first}
  shipping:
    template: queue.yaml
    parameters: {Name: !Output orders.QueueName}
# queue.yaml
Parameters:
  Name: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub 'after-${Name}'}
Outputs:
  QueueName: {Value: !GetAtt Queue.QueueName}
```
";

fn run(whole: &Whole<'_>, findings: &mut Vec<Finding>) {
    let stacks: Vec<(&Environment, &Stack)> = whole.stacks().collect();
    let numbers: HashMap<_, usize> =
        stacks.iter().enumerate().map(|(at, (_, stack))| (&stack.address, at)).collect();
    let needs = |(_, stack): &(&Environment, &Stack)| {
        stack.needs.iter().filter_map(|address| numbers.get(address).copied()).collect()
    };
    let graph = Graph { needs: stacks.iter().map(needs).collect() };
    let Err(cycle) = graph.order() else { return };
    let one = cycle.iter().all(|at| stacks[*at].0.name == stacks[cycle[0]].0.name);
    let name = |at: usize| match one {
        true => format!("`{}`", stacks[at].1.label),
        false => format!("`{} {}`", stacks[at].0.name, stacks[at].1.label),
    };
    let steps = cycle.windows(2).map(|pair| {
        let label = format!("{} waits for {}", name(pair[0]), name(pair[1]));
        (reason(stacks[pair[0]].1, stacks[pair[1]].1), label)
    });
    let mut steps = steps.collect::<Vec<_>>().into_iter();
    let Some((place, label)) = steps.next() else { return };
    let message = match cycle.len() {
        2 => format!("the stack {} waits for itself", name(cycle[0])),
        _ => {
            let path: Vec<String> = cycle.iter().map(|at| name(*at)).collect();
            format!("stacks wait for each other: {}", path.join(" → "))
        }
    };
    let mut finding = Finding::error(CODE, message, place).label(label);
    finding.related.extend(steps);
    findings.push(finding);
}

/// Where a stack says that it needs another.
fn reason(stack: &Stack, needed: &Stack) -> Place {
    let takes = |fact: &Fact| fact.producers().contains(&needed.address);
    let parameter = stack.parameters.iter().find(|parameter| {
        let mut found = false;
        parameter.input.each_fact(&mut |fact| found |= takes(fact));
        found
    });
    parameter.map_or_else(|| stack.place.clone(), |parameter| parameter.place.clone())
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn circles_of_stacks_are_found() {
        let with = |after: &str| {
            format!(
                "# blueprint.yaml\nstacks:\n  a:\n    template: a.yaml\n    after: [{after}]\n  b:\n    template: a.yaml\n    after: [a]\n# a.yaml\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\n"
            )
        };
        project(&with(""), &[]);
        project(&with("b"), &["FW0308 blueprint.yaml:2"]);
        project(&with("a"), &["FW0308 blueprint.yaml:2"]);
    }
}
