//! Stacks that would have the same name in one account and region.

use crate::check::{Check, Level, Whole};
use crate::model::environment::Environment;
use crate::model::finding::Finding;
use crate::model::stack::Stack;
use std::collections::HashMap;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "colliding stack names", page: PAGE, level: Level::Assembly(run) };

const CODE: &str = "FW0310";

const PAGE: &str = "\
A stack's name is unique within an account and region, over all environments. The default name has the project, the
environment and the stack in it; a name that is written out must differ wherever two stacks can meet.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders:
    name: acme-queue
    template: queue.yaml
  shipping: # <-- the name is taken
    name: acme-queue
    template: queue.yaml
# queue.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    name: acme-orders
    template: queue.yaml
  shipping:
    name: acme-shipping
    template: queue.yaml
# queue.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

fn run(whole: &Whole<'_>, findings: &mut Vec<Finding>) {
    let mut taken: HashMap<(&str, &str, &str), (&Environment, &Stack)> = HashMap::new();
    for (environment, stack) in whole.stacks() {
        let key = (stack.account.id.as_str(), stack.region.as_str(), stack.name.as_str());
        let Some((other_environment, other)) = taken.insert(key, (environment, stack)) else { continue };
        let message = format!(
            "two stacks are called `{}` in {}: `{} {}` and `{} {}`",
            stack.name,
            stack.target(),
            other_environment.name,
            other.label,
            environment.name,
            stack.label
        );
        findings.push(
            Finding::error(CODE, message, stack.place.clone())
                .related(other.place.clone(), "the other")
                .help("`stack_name` or `name` must differ, for instance by `<%= environment.slug %>` or `<%= region %>`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn names_collide_in_one_target_only() {
        let with = |production: &str| {
            format!(
                "# blueprint.yaml\nstacks:\n  a:\n    name: same\n    template: a.yaml\n# dev.yaml\naccounts: {{workload: '111111111111'}}\n# production.yaml\naccounts: {{workload: '{production}'}}\n# a.yaml\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\n"
            )
        };
        project(&with("222222222222"), &[]);
        project(&with("111111111111"), &["FW0310 blueprint.yaml:2"]);
    }
}
