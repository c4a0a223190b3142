//! Which stacks a plan is about, in which order, and in which accounts and regions it has to look.

use crate::graph::Graph;
use crate::model::account::Target;
use crate::model::environment::Assembly;
use crate::model::stack::{Stack, StackAddress};
use crate::plan::Wish;
use crate::plan::error::PlanError;
use crate::plan::planner::Question;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The stacks of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The stacks, each after those that it waits for.
    pub stacks: Vec<Arc<Stack>>,
    /// For each, the numbers of those it waits for.
    pub needs: Vec<Vec<usize>>,
}

impl Order {
    /// The number of a stack.
    pub fn number(&self, address: &StackAddress) -> Option<usize> {
        self.stacks.iter().position(|stack| stack.address == *address)
    }
}

/// Orders the wanted stacks; a destruction runs backwards.
pub(crate) fn order(assembly: &Assembly, question: &Question<'_>) -> Result<Order, PlanError> {
    let stacks: Vec<Arc<Stack>> = assembly
        .wanted()
        .flat_map(|environment| &environment.stacks)
        .filter(|stack| (question.filter)(stack))
        .cloned()
        .collect();
    let graph = graph(&stacks);
    let graph = match question.wish {
        Wish::Deploy => graph,
        Wish::Destroy => graph.reversed(),
    };
    let order = graph.order().map_err(|cycle| {
        PlanError::Cycle(cycle.into_iter().map(|number| stacks[number].address.clone()).collect())
    })?;
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    let needs = order.iter().map(|old| {
        let mut needs: Vec<usize> = graph.needs[*old].iter().map(|need| place[*need]).collect();
        needs.sort_unstable();
        needs
    });
    Ok(Order { needs: needs.collect(), stacks: order.iter().map(|old| stacks[*old].clone()).collect() })
}

fn graph(stacks: &[Arc<Stack>]) -> Graph {
    let numbers: BTreeMap<&StackAddress, usize> =
        stacks.iter().enumerate().map(|(number, stack)| (&stack.address, number)).collect();
    let needs = |stack: &Arc<Stack>| {
        let needs: BTreeSet<usize> =
            stack.needs.iter().filter_map(|need| numbers.get(need).copied()).collect();
        needs.into_iter().collect()
    };
    Graph { needs: stacks.iter().map(needs).collect() }
}

/// The accounts and regions of the stacks and of all whose outputs they take.
pub(crate) fn targets(assembly: &Assembly, order: &Order, wish: Wish) -> Vec<Target> {
    let mut targets = BTreeSet::new();
    for stack in &order.stacks {
        targets.insert(stack.target());
        if wish == Wish::Destroy {
            continue;
        }
        for producer in producers(stack) {
            targets.extend(assembly.stack(producer).map(|producer| producer.target()));
        }
    }
    targets.into_iter().collect()
}

/// The stacks whose outputs a stack takes.
pub(crate) fn producers(stack: &Stack) -> BTreeSet<&StackAddress> {
    let mut producers = BTreeSet::new();
    for parameter in &stack.parameters {
        parameter.input.each_fact(&mut |fact| producers.extend(fact.producers()));
    }
    producers
}
