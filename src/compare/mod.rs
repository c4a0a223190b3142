//! Environment against environment: every difference of meaning, declared by a file or not. What differs only in the
//! account ids, regions and names of the two environments is no difference. How it is drawn is left to the views.

mod normal;
mod pair;

use crate::model::environment::Environment;
use crate::model::place::Place;
use crate::model::stack::{Stack, StackAddress};
use normal::Names;
use std::collections::BTreeSet;

/// What two environments have different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The name of the left environment.
    pub left: String,
    /// The name of the right one.
    pub right: String,
    /// All differences, by stack in the order of the blueprint.
    pub differences: Vec<EnvironmentDifference>,
    /// How many stacks there are, counted once when both environments have them.
    pub stacks: usize,
    /// How many of them are equal.
    pub equal: usize,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentDifference {
    /// The label of the stack.
    pub stack: String,
    /// What kind of thing differs.
    pub what: What,
    /// Which: a JSON pointer into the body, the name of a parameter, tag or setting; empty for a stack as a whole.
    pub path: String,
    /// What the left environment has; none when it has nothing there.
    pub left: Option<String>,
    /// What the right one has.
    pub right: Option<String>,
    /// Where files of the environments declare it; none: nobody declared it.
    pub declared: Vec<Place>,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// One environment has the stack, the other has not.
    Stack,
    /// Something in the rendered body.
    Body,
    /// A parameter.
    Parameter,
    /// A tag.
    Tag,
    /// A setting of the stack, such as `protect`.
    Setting,
}

/// The places in files of environments whose values went into something of a stack: `"stack"`, `"body"`,
/// `"parameters/NAME"`, `"tags/KEY"`, or the name of a setting.
pub type Origins<'a> = &'a dyn Fn(&StackAddress, &str) -> Vec<Place>;

impl Comparison {
    /// How many differences are declared.
    pub fn declared(&self) -> usize {
        self.differences.iter().filter(|difference| !difference.declared.is_empty()).count()
    }

    /// How many differences nobody declared.
    pub fn undeclared(&self) -> usize {
        self.differences.len() - self.declared()
    }
}

/// Compares two environments.
pub fn compare(left: &Environment, right: &Environment, origins: Origins<'_>) -> Comparison {
    let names = (Names::new(left, right), Names::new(right, left));
    let mut comparison =
        Comparison { left: left.name.clone(), right: right.name.clone(), ..Comparison::default() };
    for stack in &left.stacks {
        let there = counterpart(&stack.address, left, right);
        let found = match right.stacks.iter().find(|other| other.address == there) {
            Some(other) => pair::differences((stack, &names.0), (other, &names.1)),
            None => vec![alone(stack, true)],
        };
        record(&mut comparison, found, (&stack.address, &there), origins);
    }
    for stack in &right.stacks {
        let there = counterpart(&stack.address, right, left);
        if !left.stacks.iter().any(|other| other.address == there) {
            record(&mut comparison, vec![alone(stack, false)], (&there, &stack.address), origins);
        }
    }
    comparison
}

/// The address that a stack has in another environment: primary region for primary region.
fn counterpart(address: &StackAddress, here: &Environment, there: &Environment) -> StackAddress {
    let at = here.regions.iter().position(|region| *region == address.region);
    let region = at.and_then(|at| there.regions.get(at)).unwrap_or(&address.region);
    StackAddress { environment: there.name.clone(), region: region.clone(), ..address.clone() }
}

fn alone(stack: &Stack, left: bool) -> pair::Found {
    let there = Some(stack.body.template.clone());
    let (left, right) = if left { (there, None) } else { (None, there) };
    pair::Found { stack: stack.label.clone(), what: What::Stack, path: String::new(), left, right }
}

fn record(
    comparison: &mut Comparison,
    found: Vec<pair::Found>,
    (left, right): (&StackAddress, &StackAddress),
    origins: Origins<'_>,
) {
    comparison.stacks += 1;
    comparison.equal += usize::from(found.is_empty());
    for pair::Found { stack, what, path, left: before, right: after } in found {
        let subject = subject(what, &path);
        let declared = declared(&origins(left, &subject), &origins(right, &subject));
        let difference = EnvironmentDifference { stack, what, path, left: before, right: after, declared };
        comparison.differences.push(difference);
    }
}

fn subject(what: What, path: &str) -> String {
    match what {
        What::Stack => "stack".to_owned(),
        What::Body => "body".to_owned(),
        What::Parameter => format!("parameters/{path}"),
        What::Tag => format!("tags/{path}"),
        What::Setting => path.to_owned(),
    }
}

/// What both sides have from the same place (one mirrors the other) cannot make them differ.
fn declared(left: &[Place], right: &[Place]) -> Vec<Place> {
    let key = |place: &Place| (place.source.path.clone(), place.start, place.end);
    let keys = |places: &[Place]| places.iter().map(key).collect::<BTreeSet<_>>();
    let (known_left, known_right) = (keys(left), keys(right));
    let mut seen = BTreeSet::new();
    let one = left.iter().filter(|place| !known_right.contains(&key(place)));
    let other = right.iter().filter(|place| !known_left.contains(&key(place)));
    one.chain(other).filter(|place| seen.insert(key(place))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::{Account, AccountId};
    use crate::model::environment::Protection;
    use crate::model::fact::{Fact, Input};
    use crate::model::place::Source;
    use crate::model::stack::{Body, Mode, OnFailure, Parameter};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const BODY: &str = "Parameters: {P: {Type: String}, Password: {Type: String, NoEcho: true}}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n";

    fn place(file: &str) -> Place {
        let text = "text".to_owned();
        Place::new(&Arc::new(Source { path: format!("environments/{file}.yaml"), text }), 0, 4)
    }

    fn environment(name: &str, id: &str, regions: &[&str]) -> Environment {
        let account = Arc::new(Account {
            role: "workload".to_owned(),
            id: AccountId::parse(id).unwrap(),
            name: None,
            assume: None,
            profile: None,
            external_id: None,
        });
        let mut environment = Environment {
            name: name.to_owned(),
            project: "acme".to_owned(),
            blueprint: "quiz".to_owned(),
            accounts: BTreeMap::from([("workload".to_owned(), account)]),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            protection: Protection::Open,
            artifact_buckets: BTreeMap::new(),
            stacks: Vec::new(),
        };
        environment.stacks = vec![Arc::new(stack(&environment, BODY))];
        environment
    }

    fn stack(environment: &Environment, text: &str) -> Stack {
        let account = environment.accounts["workload"].clone();
        let source = Arc::new(Source { path: "a.yaml".to_owned(), text: text.to_owned() });
        let document = crate::template::document::load(&source).unwrap();
        Stack {
            address: StackAddress {
                environment: environment.name.clone(),
                stack: "queue".to_owned(),
                account: "workload".to_owned(),
                region: environment.regions[0].clone(),
            },
            label: "queue".to_owned(),
            name: format!("acme-{}-queue", environment.name.replace('/', "-")),
            region: environment.regions[0].clone(),
            account,
            body: Arc::new(Body { sha256: text.to_owned(), document, template: "a.yaml".to_owned() }),
            parameters: Vec::new(),
            tags: Vec::new(),
            capabilities: Vec::new(),
            role: None,
            policy: None,
            notifications: Vec::new(),
            timeout_minutes: None,
            on_failure: OnFailure::Rollback,
            mode: Mode::Standard,
            protect: false,
            needs: Vec::new(),
            place: place("x"),
        }
    }

    /// Compares dev and production after a change to their stacks; expects these differences.
    fn check(
        change: impl Fn(&mut Stack, &Environment),
        expected: &[(What, &str, Option<&str>, Option<&str>)],
    ) {
        let mut sides = [
            environment("quiz/dev", "111111111111", &["eu-west-1"]),
            environment("quiz/production", "222222222222", &["eu-central-1", "us-east-1"]),
        ];
        for side in &mut sides {
            let mut stack = (*side.stacks[0]).clone();
            change(&mut stack, side);
            side.stacks = vec![Arc::new(stack)];
        }
        let [left, right] = sides;
        let found = compare(&left, &right, &|_, _| Vec::new());
        let found: Vec<_> = found
            .differences
            .iter()
            .map(|one| (one.what, one.path.as_str(), one.left.as_deref(), one.right.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }

    fn give(stack: &mut Stack, name: &str, text: &str) {
        let input = Input::Text(text.to_owned());
        stack.parameters.push(Parameter { name: name.to_owned(), input, place: place("x") });
    }

    #[test]
    fn accounts_regions_and_names_do_not_count() {
        check(|_, _| {}, &[]);
        check(
            |stack, environment| {
                let id = &environment.accounts["workload"].id;
                let region = environment.regions[0].clone();
                give(stack, "P", &format!("arn:aws:sqs:{region}:{id}:{}", stack.name.clone()));
                stack.tags.push(("env".to_owned(), environment.name.clone()));
                stack.role = Some(format!("arn:aws:iam::{id}:role/deploy"));
                let text = format!("{BODY}Outputs:\n  {}:\n    Value: {region}a\n", "A");
                *stack = Stack { body: super::tests::stack(environment, &text).body, ..stack.clone() };
            },
            &[],
        );
    }

    #[test]
    fn differences_are_found() {
        let production = |environment: &Environment| environment.name == "quiz/production";
        check(
            |stack, environment| give(stack, "P", if production(environment) { "large" } else { "small" }),
            &[(What::Parameter, "P", Some("small"), Some("large"))],
        );
        check(
            |stack, environment| give(stack, "Password", if production(environment) { "one" } else { "two" }),
            &[(What::Parameter, "Password", Some("****"), Some("****"))],
        );
        check(
            |stack, environment| {
                if production(environment) {
                    stack.protect = true;
                    stack.tags.push(("a".to_owned(), "b".to_owned()));
                }
            },
            &[(What::Tag, "a", None, Some("b")), (What::Setting, "protect", Some("false"), Some("true"))],
        );
        check(
            |stack, environment| {
                if production(environment) {
                    let text = BODY.replace("AWS::SQS::Queue", "AWS::SNS::Topic");
                    stack.body = super::tests::stack(environment, &text).body;
                }
            },
            &[(What::Body, "/Resources/Q/Type", Some("AWS::SQS::Queue"), Some("AWS::SNS::Topic"))],
        );
    }

    #[test]
    fn facts_are_compared_by_what_they_ask_for() {
        check(
            |stack, environment| {
                let producer = StackAddress { stack: "net".to_owned(), ..stack.address.clone() };
                let key = if environment.name == "quiz/dev" { "A" } else { "B" };
                let fact =
                    |key: &str| Input::Fact(Fact::Output { producer: producer.clone(), key: key.to_owned() });
                stack.parameters.push(Parameter {
                    name: "P".to_owned(),
                    input: fact("X"),
                    place: place("x"),
                });
                stack.parameters.push(Parameter {
                    name: "R".to_owned(),
                    input: fact(key),
                    place: place("x"),
                });
            },
            &[(What::Parameter, "R", Some("!Output net.A"), Some("!Output net.B"))],
        );
    }

    #[test]
    fn stacks_of_one_side_are_told_and_declarations_are_kept() {
        let left = environment("quiz/dev", "111111111111", &["eu-west-1"]);
        let mut right = environment("quiz/production", "222222222222", &["eu-west-1"]);
        right.stacks.clear();
        let origins = |address: &StackAddress, subject: &str| match (address.environment.as_str(), subject) {
            ("quiz/dev", "stack") => vec![place("quiz/dev"), place("both")],
            (_, "stack") => vec![place("both")],
            _ => Vec::new(),
        };
        let found = compare(&left, &right, &origins);
        assert_eq!((found.stacks, found.equal, found.declared(), found.undeclared()), (1, 0, 1, 0));
        assert_eq!(found.differences[0].what, What::Stack);
        assert_eq!(found.differences[0].declared, [place("quiz/dev")]);
        let found = compare(&right, &left, &|_, _| Vec::new());
        assert_eq!((found.stacks, found.declared(), found.undeclared()), (1, 0, 1));
        assert_eq!(found.differences[0].left, None);
    }
}
