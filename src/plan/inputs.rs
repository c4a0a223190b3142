//! What the parameters of a stack are given: facts are put in where they are known, and named where they are not.
//! Pure; whoever calls has read the outputs, variables and parameters before.

use crate::model::fact::{Fact, Input};
use crate::model::finding::Finding;
use crate::model::live::LiveStack;
use crate::model::stack::{Parameter, Stack, StackAddress};
use crate::plan::codes;
use std::collections::{BTreeMap, BTreeSet};

/// How things stand with a stack whose outputs are taken.
#[derive(Clone, Debug)]
pub enum Producer {
    /// It is deployed, and this plan leaves it alone.
    Settled(LiveStack),
    /// It is deployed, and this plan changes it: its outputs are today's.
    Changing(LiveStack),
    /// This plan makes it.
    Coming,
    /// It is not deployed, and this plan does not make it.
    Missing,
}

/// Where facts come from.
pub struct Facts<'a> {
    /// How things stand with a stack.
    pub producer: &'a dyn Fn(&StackAddress) -> Producer,
    /// The parameters of Systems Manager of the stack's own account and region; none for those that do not exist.
    pub ssm: &'a BTreeMap<String, Option<String>>,
    /// The variables of the process.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// What a parameter is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A known text.
    Known(String),
    /// Something that is known after these stacks are deployed.
    After(Vec<StackAddress>),
}

/// What all parameters of a stack are given.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The parameters by name.
    pub given: BTreeMap<String, Given>,
    /// Parameters that are to be given something that is not there, and why it is not.
    pub absent: BTreeMap<String, String>,
    /// The stacks whose outputs are today's and may be others at the stack's turn.
    pub provisional: Vec<StackAddress>,
    /// Why the stack cannot be planned as things are, and what to do.
    pub refused: Option<(String, String)>,
    /// Inputs that do not exist anywhere, each with its place.
    pub findings: Vec<Finding>,
}

impl Inputs {
    /// Whether everything is known.
    pub fn are_known(&self) -> bool {
        self.given.values().all(|given| matches!(given, Given::Known(_)))
    }
}

/// Puts the facts into all parameters of a stack.
pub fn resolve(stack: &Stack, facts: &Facts<'_>) -> Inputs {
    let mut pot = Pot {
        facts,
        stack,
        absent: BTreeMap::new(),
        provisional: BTreeSet::new(),
        refused: None,
        findings: Vec::new(),
    };
    let mut given = BTreeMap::new();
    for parameter in &stack.parameters {
        if let Some(value) = pot.input(parameter, &parameter.input) {
            given.insert(parameter.name.clone(), value);
        }
    }
    let provisional = pot.provisional.into_iter().collect();
    Inputs { given, absent: pot.absent, provisional, refused: pot.refused, findings: pot.findings }
}

struct Pot<'a> {
    facts: &'a Facts<'a>,
    stack: &'a Stack,
    absent: BTreeMap<String, String>,
    provisional: BTreeSet<StackAddress>,
    refused: Option<(String, String)>,
    findings: Vec<Finding>,
}

impl Pot<'_> {
    fn input(&mut self, parameter: &Parameter, input: &Input) -> Option<Given> {
        match input {
            Input::Text(text) => Some(Given::Known(text.clone())),
            Input::Fact(fact) => self.fact(parameter, fact),
            Input::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.input(parameter, item)).collect();
                joined(items)
            }
        }
    }

    fn fact(&mut self, parameter: &Parameter, fact: &Fact) -> Option<Given> {
        match fact {
            Fact::Output { producer, key } => self.output(parameter, producer, key),
            Fact::Outputs { producers, key } => {
                joined(producers.iter().map(|producer| self.output(parameter, producer, key)).collect())
            }
            Fact::Ssm { name } => self.ssm(parameter, name),
            Fact::Env { name } => self.env(parameter, name),
        }
    }

    fn output(&mut self, parameter: &Parameter, producer: &StackAddress, key: &str) -> Option<Given> {
        let value = |live: &LiveStack| {
            live.outputs.iter().find(|output| output.key == key).map(|output| output.value.clone())
        };
        match (self.facts.producer)(producer) {
            Producer::Coming => Some(Given::After(vec![producer.clone()])),
            Producer::Settled(live) => match value(&live) {
                Some(value) => Some(Given::Known(value)),
                None => self.no_output(parameter, producer, key),
            },
            Producer::Changing(live) => match value(&live) {
                Some(value) => {
                    self.provisional.insert(producer.clone());
                    Some(Given::Known(value))
                }
                None => Some(Given::After(vec![producer.clone()])),
            },
            Producer::Missing => self.not_deployed(parameter, producer),
        }
    }

    fn no_output(&mut self, parameter: &Parameter, producer: &StackAddress, key: &str) -> Option<Given> {
        self.refuse(
            parameter,
            format!(
                "parameter `{}` takes the output `{key}` of {}, and that stack is deployed without it",
                parameter.name,
                self.told(producer)
            ),
            format!(
                "see what it has with `formwork outputs {}`; a condition may have left the output out",
                producer.environment
            ),
        )
    }

    fn not_deployed(&mut self, parameter: &Parameter, producer: &StackAddress) -> Option<Given> {
        let remedy = match producer.environment == self.stack.address.environment {
            true => format!("deploy `{}` too, or first", producer.stack),
            false => format!("deploy it first, with `formwork deploy {}`", producer.environment),
        };
        self.refuse(
            parameter,
            format!("parameter `{}` needs {}, which is not deployed", parameter.name, self.told(producer)),
            remedy,
        )
    }

    fn refuse(&mut self, parameter: &Parameter, reason: String, remedy: String) -> Option<Given> {
        self.absent.entry(parameter.name.clone()).or_insert_with(|| reason.clone());
        self.refused.get_or_insert((reason, remedy));
        None
    }

    fn told(&self, producer: &StackAddress) -> String {
        match producer.environment == self.stack.address.environment {
            true => format!("stack `{}`", producer.stack),
            false => format!("stack `{}:{}`", producer.environment, producer.stack),
        }
    }

    fn ssm(&mut self, parameter: &Parameter, name: &str) -> Option<Given> {
        if let Some(Some(value)) = self.facts.ssm.get(name) {
            return Some(Given::Known(value.clone()));
        }
        let target = self.stack.target();
        let message = format!("there is no parameter `{name}` in Systems Manager of {target}");
        let help = format!("create it there: aws ssm put-parameter --name {name} --type String --value …");
        self.missing(parameter, codes::PARAMETER, message, help)
    }

    fn env(&mut self, parameter: &Parameter, name: &str) -> Option<Given> {
        if let Some(value) = (self.facts.env)(name) {
            return Some(Given::Known(value));
        }
        let message = format!(
            "parameter `{}` needs the environment variable `{name}`, which is not set",
            parameter.name
        );
        self.missing(
            parameter,
            codes::VARIABLE,
            message,
            format!("set it before formwork runs: export {name}=…"),
        )
    }

    fn missing(
        &mut self,
        parameter: &Parameter,
        code: &'static str,
        message: String,
        help: String,
    ) -> Option<Given> {
        self.absent.entry(parameter.name.clone()).or_insert_with(|| message.clone());
        let subject = format!("{} {}", self.stack.address.environment, self.stack.label);
        let finding = Finding::error(code, message, parameter.place.clone()).help(help).subject(subject);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
        None
    }
}

/// Joins the items of a list with commas. Nothing is known while one of them is not.
fn joined(items: Vec<Option<Given>>) -> Option<Given> {
    let mut texts = Vec::new();
    let mut waits: Vec<StackAddress> = Vec::new();
    for item in items {
        match item? {
            Given::Known(text) => texts.push(text),
            Given::After(stacks) => waits.extend(stacks),
        }
    }
    waits.sort();
    waits.dedup();
    Some(match waits.is_empty() {
        true => Given::Known(texts.join(",")),
        false => Given::After(waits),
    })
}
