//! What a plan reads before it decides: the live stacks of every account and region, the templates and policies that
//! are deployed, and parameters of Systems Manager. Changes nothing.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::model::account::Target;
use crate::model::environment::Assembly;
use crate::model::fact::Fact;
use crate::model::live::LiveStack;
use crate::model::stack::{Stack, StackAddress};
use crate::plan::error::PlanError;
use crate::plan::recovery::{Way, way};
use crate::plan::together;
use crate::plan::{Callers, Wish};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The live stacks of accounts and regions, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    targets: BTreeMap<Target, BTreeMap<String, LiveStack>>,
}

impl Live {
    /// The stack that has a wanted stack's name in its account and region.
    pub fn stack(&self, stack: &Stack) -> Option<&LiveStack> {
        self.targets.get(&stack.target())?.get(&stack.name)
    }

    /// The same for an address of any assembled environment.
    pub fn address(&self, assembly: &Assembly, address: &StackAddress) -> Option<&LiveStack> {
        self.stack(assembly.stack(address)?)
    }

    /// All stacks with where they are.
    pub fn all(&self) -> impl Iterator<Item = (&Target, &LiveStack)> {
        self.targets.iter().flat_map(|(target, stacks)| stacks.values().map(move |stack| (target, stack)))
    }
}

/// What is deployed of a stack beyond what one read of its account tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Its original template.
    pub template: Option<String>,
    /// Its policy; read only where the files declare one.
    pub policy: Option<String>,
}

/// The parameters of Systems Manager by account and region; none for those that do not exist.
pub(crate) type Ssm = BTreeMap<Target, BTreeMap<String, Option<String>>>;

/// Signs in everywhere; gives who we are in each account, or all failures together.
pub(crate) async fn sign_in<C: CloudFormation>(
    cloud: &Arc<C>,
    targets: &[Target],
) -> Result<Callers, PlanError> {
    let calls = targets.iter().map(|target| {
        let (cloud, target) = (cloud.clone(), target.clone());
        async move { cloud.sign_in(&target).await }
    });
    let (mut callers, mut failures) = (Callers::new(), Vec::new());
    for answer in together::all(calls.collect()).await {
        match answer {
            Ok(identity) => drop(callers.insert(identity.account, identity.arn)),
            Err(failure) => failures.push(failure),
        }
    }
    match failures.iter().any(|failure| matches!(failure, ServiceError::WrongAccount { .. })) {
        true => Err(PlanError::WrongAccounts(failures)),
        false if failures.is_empty() => Ok(callers),
        false => Err(PlanError::SignIn(failures)),
    }
}

/// One paged read for each account and region.
pub(crate) async fn live<C: CloudFormation>(cloud: &Arc<C>, targets: &[Target]) -> Answer<Live> {
    let calls = targets.iter().map(|target| {
        let (cloud, target) = (cloud.clone(), target.clone());
        async move {
            let stacks = cloud.stacks(&target).await?;
            // Nested stacks are their parents' business.
            let own = stacks.into_iter().filter(|stack| stack.parent.is_none());
            Ok((target, own.map(|stack| (stack.name.clone(), stack)).collect()))
        }
    });
    let targets = together::all(calls.collect()).await.into_iter().collect::<Answer<_>>()?;
    Ok(Live { targets })
}

/// The deployed templates and policies of those stacks of which they decide something.
pub(crate) async fn deployed<C: CloudFormation>(
    cloud: &Arc<C>,
    stacks: &[Arc<Stack>],
    live: &Live,
) -> Answer<Vec<Deployed>> {
    let calls = stacks.iter().map(|stack| {
        let (cloud, stack, live) = (cloud.clone(), stack.clone(), live.stack(stack).cloned());
        async move {
            match live {
                Some(live) => deployed_of(&cloud, &stack, &live).await,
                None => Ok(Deployed::default()),
            }
        }
    });
    together::all(calls.collect()).await.into_iter().collect()
}

/// The same for one stack.
pub(crate) async fn deployed_of<C: CloudFormation>(
    cloud: &Arc<C>,
    stack: &Stack,
    live: &LiveStack,
) -> Answer<Deployed> {
    if way(Some(&live.status), Wish::Deploy) != Way::Healthy {
        return Ok(Deployed::default());
    }
    let target = stack.target();
    let template = cloud.template(&target, &live.id).await?;
    let policy = match stack.policy {
        Some(_) => cloud.policy(&target, &live.id).await?,
        None => None,
    };
    Ok(Deployed { template: Some(template), policy })
}

/// The parameters of Systems Manager that the stacks ask for.
pub(crate) async fn ssm<C: CloudFormation>(cloud: &Arc<C>, stacks: &[Arc<Stack>]) -> Answer<Ssm> {
    let mut asked = BTreeSet::new();
    for stack in stacks {
        for name in ssm_names(stack) {
            asked.insert((stack.target(), name));
        }
    }
    let calls = asked.into_iter().map(|(target, name)| {
        let cloud = cloud.clone();
        async move {
            match cloud.ssm_parameter(&target, &name).await {
                Ok(value) => Ok((target, name, Some(value))),
                Err(ServiceError::Absent { .. }) => Ok((target, name, None)),
                Err(error) => Err(error),
            }
        }
    });
    let mut found = Ssm::new();
    for answer in together::all(calls.collect()).await {
        let (target, name, value) = answer?;
        found.entry(target).or_default().insert(name, value);
    }
    Ok(found)
}

fn ssm_names(stack: &Stack) -> Vec<String> {
    let mut names = Vec::new();
    for parameter in &stack.parameters {
        parameter.input.each_fact(&mut |fact| match fact {
            Fact::Ssm { name } => names.push(name.clone()),
            Fact::Output { .. } | Fact::Outputs { .. } | Fact::Env { .. } => {}
        });
    }
    names
}
