//! Resources that wait for each other.

use crate::check::anatomy::{Anatomy, Section, Use, Way};
use crate::check::{Check, Level};
use crate::graph::Graph;
use crate::model::finding::Finding;
use std::collections::HashMap;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "resources that wait for each other", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0217";

const PAGE: &str = "\
`Ref`, `Fn::GetAtt`, placeholders of `Fn::Sub` and `DependsOn` make a resource wait for another. When they wait for
each other in a circle, none can be made. Security groups that allow each other are the usual case: write their rules as
resources of their own.

Wrong:

```yaml
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub 'after-${Topic.TopicName}' # <-- Orders waits for Topic
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !GetAtt Orders.QueueName
```

Right:

```yaml
Resources:
  Orders:
    Type: AWS::SQS::Queue
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !GetAtt Orders.QueueName
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    if anatomy.opaque {
        return;
    }
    let numbers: HashMap<&str, usize> =
        anatomy.resources.iter().enumerate().map(|(at, entry)| (entry.name, at)).collect();
    let mut graph = Graph { needs: vec![Vec::new(); anatomy.resources.len()] };
    for found in &anatomy.uses {
        if let Some((from, to)) = edge(found, &numbers)
            && !graph.needs[from].contains(&to)
        {
            graph.needs[from].push(to);
        }
    }
    // A circle through conditions may be open whenever it is looked at.
    let conditional = |at: &usize| anatomy.resources[*at].node.get("Condition").is_some();
    let Err(cycle) = graph.order() else { return };
    if cycle.iter().any(conditional) {
        return;
    }
    let names: Vec<&str> = cycle.iter().map(|at| anatomy.resources[*at].name).collect();
    let uses = cycle.windows(2).filter_map(|pair| {
        anatomy.uses.iter().find(|found| edge(found, &numbers) == Some((pair[0], pair[1])))
    });
    let uses: Vec<&Use<'_>> = uses.collect();
    let Some(first) = uses.first() else { return };
    let path = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    let message = match names.len() {
        2 => format!("the resource `{}` waits for itself", names[0]),
        _ => format!("resources wait for each other: {path}"),
    };
    let mut finding = Finding::error(CODE, message, anatomy.place_of(first.range))
        .label(format!("`{}` waits for `{}`", names[0], names[1]));
    for (found, pair) in uses.iter().zip(names.windows(2)).skip(1) {
        finding =
            finding.related(anatomy.place_of(found.range), format!("`{}` waits for `{}`", pair[0], pair[1]));
    }
    findings.push(finding);
}

fn edge(found: &Use<'_>, numbers: &HashMap<&str, usize>) -> Option<(usize, usize)> {
    let Section::Resources(from) = found.section else { return None };
    match found.way {
        Way::Ref | Way::GetAtt(_) | Way::Sub(_) if !found.conditional => {}
        Way::DependsOn => {}
        Way::Ref | Way::GetAtt(_) | Way::Sub(_) | Way::Condition | Way::Mapping => return None,
    }
    let to = *numbers.get(found.name)?;
    // `DependsOn` itself is told by another check.
    (found.way != Way::DependsOn || from != to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use crate::check::examples::{check, findings};

    #[test]
    fn circles_are_told_with_their_path() {
        let text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    DependsOn: B\n  B:\n    Type: AWS::SNS::Topic\n    DependsOn: C\n  C:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Sub 'x${A.TopicName}'}\n  D: {Type: AWS::SNS::Topic, DependsOn: A}\n";
        check(text, &["FW0217:4"]);
        let found = findings(text);
        assert_eq!(found[0].message, "resources wait for each other: `A` → `B` → `C` → `A`");
        assert_eq!(found[0].related.len(), 2);
        check(
            "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !GetAtt A.TopicName}\n",
            &["FW0217:4"],
        );
    }
}
