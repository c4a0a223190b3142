//! What waits for what, as a drawing: one SVG document that needs no script, font or colour from outside, follows the
//! light or dark of its reader, and is the same bytes for the same stacks.

mod layout;
mod level;
mod order;
mod picture;
mod svg;

use crate::graph::Graph;
use crate::model::environment::Environment;
use crate::model::stack::{Stack, StackAddress};
use picture::{Card, Kind, Picture};
use std::collections::BTreeMap;

/// Draws environments below each other.
pub fn document(environments: &[&Environment]) -> String {
    let pictures: Vec<Picture> = environments.iter().map(|environment| picture(environment)).collect();
    let count: usize = environments.iter().map(|environment| environment.stacks.len()).sum();
    let names: Vec<&str> = environments.iter().map(|environment| environment.name.as_str()).collect();
    svg::document(&format!("{}: {count} stacks, and which waits for which", names.join(", ")), &pictures)
}

/// The lanes are the accounts and regions in the order of their first stacks; above them the other environments
/// whose stacks are waited for.
fn picture(environment: &Environment) -> Picture {
    let own = environment.stacks.iter().map(|stack| &stack.address);
    let mut numbers: BTreeMap<&StackAddress, usize> =
        own.enumerate().map(|(at, address)| (address, at)).collect();
    let mut elsewhere: Vec<&StackAddress> = Vec::new();
    for need in environment.stacks.iter().flat_map(|stack| &stack.needs) {
        let next = environment.stacks.len() + elsewhere.len();
        if *numbers.entry(need).or_insert(next) == next {
            elsewhere.push(need);
        }
    }
    let mut lanes: Vec<String> = Vec::new();
    let mut lane = |title: String| {
        let known = lanes.iter().position(|other| *other == title);
        known.unwrap_or_else(|| {
            lanes.push(title);
            lanes.len() - 1
        })
    };
    let outside: Vec<usize> = elsewhere.iter().map(|address| lane(address.environment.clone())).collect();
    let place = |address: &StackAddress| format!("{} · {}", address.account, address.region);
    let mut cards: Vec<Card> = Vec::new();
    let mut needs = Vec::new();
    for stack in &environment.stacks {
        cards.push(Card { lane: lane(place(&stack.address)), ..card(stack, environment) });
        needs.push(stack.needs.iter().map(|need| numbers[need]).collect());
    }
    for (address, lane) in elsewhere.into_iter().zip(outside) {
        let told = format!("{} in {}", address.stack, address.environment);
        cards.push(Card { name: address.stack.clone(), told, kind: Kind::Elsewhere, lane });
        needs.push(Vec::new());
    }
    Picture::new(&environment.name, lanes, cards, &Graph { needs })
}

fn card(stack: &Stack, environment: &Environment) -> Card {
    let label = |need: &StackAddress| {
        let known = environment.stacks.iter().find(|other| other.address == *need);
        known.map_or_else(|| format!("{}:{}", need.environment, need.stack), |other| other.label.clone())
    };
    let needs: Vec<String> = stack.needs.iter().map(label).collect();
    let kept = if stack.protect { ", protected" } else { "" };
    let waits = if needs.is_empty() { String::new() } else { format!(": waits for {}", needs.join(", ")) };
    let kind = if stack.protect { Kind::Protected } else { Kind::Open };
    Card { name: stack.address.stack.clone(), told: format!("{}{kept}{waits}", stack.label), kind, lane: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fake;
    use std::sync::Arc;

    fn environment(stacks: Vec<Stack>) -> Environment {
        let assembly = fake::assembly(Vec::new());
        let found = assembly.environments.values().next().unwrap();
        Environment { stacks: stacks.into_iter().map(Arc::new).collect(), ..Environment::clone(found) }
    }

    fn address(stack: &str) -> StackAddress {
        fake::stack(stack, "{}", &[]).address
    }

    fn stack(name: &str, needs: &[&str]) -> Stack {
        Stack { needs: needs.iter().map(|need| address(need)).collect(), ..fake::stack(name, "{}", &[]) }
    }

    #[test]
    fn a_document_is_well_formed_whatever_stands_in_names() {
        let mut odd = stack("a<b>&\"c\"\u{1}", &["network"]);
        odd.protect = true;
        let text = document(&[&environment(vec![stack("network", &[]), odd])]);
        let parsed = roxmltree::Document::parse(&text).unwrap();
        let texts: Vec<&str> = parsed.descendants().filter_map(|node| node.text()).collect();
        assert!(texts.contains(&"a<b>&\"c\"\u{fffd}"), "{text}");
        assert!(!text.contains("<script") && !text.contains("href"), "{text}");
    }

    #[test]
    fn accounts_regions_and_other_environments_have_lanes() {
        let mut far = stack("edge", &["network"]);
        far.address.region = "us-east-1".into();
        let mut shared = address("dns");
        shared.environment = "shared/production".into();
        far.needs.push(shared);
        let told = document(&[&environment(vec![stack("network", &[]), far])]);
        for lane in ["shared/production", "workload · eu-west-1", "workload · us-east-1"] {
            assert!(told.contains(&format!(">{lane}</text>")), "{lane}: {told}");
        }
        let alone = document(&[&environment(vec![stack("network", &[])])]);
        assert!(!alone.contains("workload"), "{alone}");
    }

    #[test]
    fn no_stacks_are_a_drawing_too() {
        assert!(roxmltree::Document::parse(&document(&[&environment(Vec::new())])).is_ok());
        assert!(roxmltree::Document::parse(&document(&[])).is_ok());
    }
}
