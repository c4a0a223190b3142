//! Stacks and environments for tests, in few words.

use super::world::parse;
use crate::model::account::{Account, AccountId};
use crate::model::environment::{Assembly, Environment, MARK, Protection};
use crate::model::fact::{Fact, Input};
use crate::model::place::{Place, Source};
use crate::model::stack::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The region of all stacks that [`stack`] makes.
pub const REGION: &str = "eu-west-1";

/// An address in the environment `quiz/dev`.
pub fn address(stack: &str) -> StackAddress {
    StackAddress {
        environment: "quiz/dev".into(),
        stack: stack.into(),
        account: "workload".into(),
        region: REGION.into(),
    }
}

/// `!Output stack.Out`.
pub fn output(stack: &str) -> Input {
    Input::Fact(Fact::Output { producer: address(stack), key: "Out".into() })
}

/// A stack of the environment `quiz/dev` with a template and parameters; it needs those whose outputs it takes.
pub fn stack(name: &str, template: &str, parameters: &[(&str, Input)]) -> Stack {
    let source = Arc::new(Source { path: "blueprint.yaml".into(), text: "stacks:".into() });
    let place = Place::new(&source, 0, 6);
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|(name, input)| Parameter {
            name: (*name).to_owned(),
            input: input.clone(),
            place: place.clone(),
        })
        .collect();
    let mut needs = BTreeSet::new();
    for parameter in &parameters {
        parameter.input.each_fact(&mut |fact| needs.extend(fact.producers().iter().cloned()));
    }
    Stack {
        address: address(name),
        label: name.into(),
        name: format!("acme-{name}"),
        account: account(),
        region: REGION.into(),
        body: Arc::new(Body {
            sha256: String::new(),
            document: parse(template),
            template: format!("templates/{name}.yaml"),
        }),
        parameters,
        tags: vec![(MARK.into(), "acme/quiz/dev".into())],
        capabilities: Vec::new(),
        role: None,
        policy: None,
        notifications: Vec::new(),
        timeout_minutes: None,
        on_failure: OnFailure::Rollback,
        mode: Mode::Standard,
        protect: false,
        needs: needs.into_iter().collect(),
        place,
    }
}

fn account() -> Arc<Account> {
    Arc::new(Account {
        role: "workload".into(),
        id: AccountId::parse("012345678901").expect("twelve digits"),
        name: None,
        assume: None,
        profile: None,
        external_id: None,
    })
}

/// An assembly of one environment.
pub fn assembly(stacks: Vec<Stack>) -> Assembly {
    let environment = Environment {
        name: "quiz/dev".into(),
        project: "acme".into(),
        blueprint: "quiz".into(),
        accounts: BTreeMap::from([("workload".into(), account())]),
        regions: vec![REGION.into()],
        protection: Protection::Open,
        artifact_buckets: BTreeMap::new(),
        stacks: stacks.into_iter().map(Arc::new).collect(),
    };
    let environments = BTreeMap::from([("quiz/dev".to_owned(), Arc::new(environment))]);
    Assembly { wanted: vec!["quiz/dev".into()], environments }
}

/// A template with a topic; takes `In`, gives `Out`, both the same.
pub fn topic(default: &str) -> String {
    format!(
        "Parameters: {{In: {{Type: String, Default: {default}}}}}\n\
         Resources: {{Topic: {{Type: 'AWS::SNS::Topic', Properties: {{TopicName: !Ref In}}}}}}\n\
         Outputs: {{Out: {{Value: !Ref In}}}}\n"
    )
}
