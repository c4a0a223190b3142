//! Who waits for whom. A cycle is told with its whole path. What the things are is left to the callers.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// A graph of things numbered from zero; `needs[i]` are those that `i` waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// For each thing, what it waits for.
    pub needs: Vec<Vec<usize>>,
}

impl Graph {
    /// An order in which everything comes after what it waits for, ties in the order of the numbers; or a cycle with its whole path, its
    /// first member repeated at the end.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        let waiting = self.reversed();
        let mut open: Vec<usize> =
            (0..self.needs.len()).map(|thing| self.known_needs(thing).count()).collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..open.len()).filter(|&thing| open[thing] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(open.len());
        while let Some(Reverse(thing)) = ready.pop() {
            order.push(thing);
            for &next in &waiting.needs[thing] {
                open[next] -= 1;
                if open[next] == 0 {
                    ready.push(Reverse(next));
                }
            }
        }
        match order.len() == open.len() {
            true => Ok(order),
            false => Err(self.cycle(&open)),
        }
    }

    /// The same things, each waiting for those that waited for it.
    pub fn reversed(&self) -> Graph {
        let mut needs = vec![Vec::new(); self.needs.len()];
        for thing in 0..self.needs.len() {
            self.known_needs(thing).for_each(|need| needs[need].push(thing));
        }
        Graph { needs }
    }

    /// For each thing, the length of the longest way from it to the end: `weight` of itself and of those that wait for it.
    /// Things on a cycle count with their own weight only.
    pub fn remaining(&self, weight: &dyn Fn(usize) -> u64) -> Vec<u64> {
        let mut remaining: Vec<u64> = (0..self.needs.len()).map(weight).collect();
        let waiting = self.reversed();
        for &thing in self.order().unwrap_or_default().iter().rev() {
            let longest = waiting.needs[thing].iter().map(|&next| remaining[next]).max().unwrap_or(0);
            remaining[thing] = remaining[thing].saturating_add(longest);
        }
        remaining
    }

    /// The same with the fewest needs: one that follows from another is left out. A graph with a cycle stays as it is.
    pub fn reduced(&self) -> Graph {
        let Ok(order) = self.order() else { return self.clone() };
        let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.needs.len()];
        let mut needs = vec![Vec::new(); self.needs.len()];
        for thing in order {
            let direct: BTreeSet<usize> = self.known_needs(thing).collect();
            let followed: BTreeSet<usize> = direct.iter().flat_map(|&need| before[need].clone()).collect();
            needs[thing] = direct.difference(&followed).copied().collect();
            before[thing] = &direct | &followed;
        }
        Graph { needs }
    }

    /// The longest way through, from a thing that waits for nothing to one that nothing waits for; among equals the first.
    pub fn longest(&self, weight: &dyn Fn(usize) -> u64) -> Vec<usize> {
        let remaining = self.remaining(weight);
        let waiting = self.reversed();
        let longest = |things: &mut dyn Iterator<Item = usize>| {
            things.max_by_key(|&thing| (remaining[thing], Reverse(thing)))
        };
        let mut way = Vec::new();
        if self.order().is_ok() {
            let first = |thing: &usize| self.known_needs(*thing).next().is_none();
            let mut next = longest(&mut (0..self.needs.len()).filter(first));
            while let Some(thing) = next {
                way.push(thing);
                next = longest(&mut waiting.needs[thing].iter().copied());
            }
        }
        way
    }

    /// What a thing waits for, without numbers that name nothing.
    fn known_needs(&self, thing: usize) -> impl Iterator<Item = usize> + '_ {
        self.needs[thing].iter().copied().filter(|&need| need < self.needs.len())
    }

    /// Walks from the first thing that could not be ordered, always to a need that could not be either, until
    /// one comes up again. Such a need exists for each of them, or it would have been ordered.
    fn cycle(&self, open: &[usize]) -> Vec<usize> {
        let mut seen = vec![None; open.len()];
        let mut path = Vec::new();
        let mut next = (0..open.len()).find(|&thing| open[thing] > 0);
        while let Some(thing) = next {
            if let Some(first) = seen[thing] {
                path.drain(..first);
                break;
            }
            seen[thing] = Some(path.len());
            path.push(thing);
            next = self.known_needs(thing).filter(|&need| open[need] > 0).min();
        }
        from_the_smallest(path)
    }
}

fn from_the_smallest(mut path: Vec<usize>) -> Vec<usize> {
    let smallest = path.iter().enumerate().min_by_key(|(_, thing)| **thing).map_or(0, |(at, _)| at);
    path.rotate_left(smallest);
    path.extend(path.first().copied());
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(needs: &[&[usize]], expected: Result<&[usize], &[usize]>) {
        let graph = Graph { needs: needs.iter().map(|list| list.to_vec()).collect() };
        assert_eq!(graph.order(), expected.map(<[usize]>::to_vec).map_err(<[usize]>::to_vec));
    }

    #[test]
    fn orders() {
        check(&[], Ok(&[]));
        check(&[&[], &[], &[]], Ok(&[0, 1, 2]));
        check(&[&[2], &[], &[1]], Ok(&[1, 2, 0]));
        check(&[&[1, 1], &[]], Ok(&[1, 0]));
        check(&[&[7], &[]], Ok(&[0, 1]));
    }

    #[test]
    fn tells_a_cycle_with_its_whole_path() {
        check(&[&[0]], Err(&[0, 0]));
        check(&[&[1], &[0]], Err(&[0, 1, 0]));
        check(&[&[1], &[2], &[3], &[1]], Err(&[1, 2, 3, 1]));
        check(&[&[], &[3, 0], &[1], &[2]], Err(&[1, 3, 2, 1]));
    }

    #[test]
    fn reverses_and_weighs() {
        let graph = Graph { needs: vec![vec![], vec![0], vec![0], vec![1]] };
        assert_eq!(graph.reversed().needs, [vec![1, 2], vec![3], vec![], vec![]]);
        assert_eq!(graph.remaining(&|thing| thing as u64 + 1), [7, 6, 3, 4]);
    }

    #[test]
    fn finds_the_longest_way() {
        let graph = Graph { needs: vec![vec![], vec![0], vec![0], vec![1, 2], vec![]] };
        assert_eq!(graph.longest(&|thing| [1, 5, 2, 1, 3][thing]), [0, 1, 3]);
        assert_eq!(graph.longest(&|thing| [1, 5, 5, 1, 7][thing]), [0, 1, 3]);
        assert_eq!(graph.longest(&|thing| [1, 5, 2, 1, 30][thing]), [4]);
        assert_eq!(Graph::default().longest(&|_| 1), [0; 0]);
        assert_eq!(Graph { needs: vec![vec![1], vec![0]] }.longest(&|_| 1), [0; 0]);
    }

    #[test]
    fn leaves_out_what_follows() {
        let graph = Graph { needs: vec![vec![], vec![0, 0], vec![0, 1, 9], vec![0, 2]] };
        assert_eq!(graph.reduced().needs, [vec![], vec![0], vec![1], vec![2]]);
        let circle = Graph { needs: vec![vec![1], vec![0]] };
        assert_eq!(circle.reduced(), circle);
    }

    /// Whether one thing waits for another, by whatever way.
    fn waits(graph: &Graph, thing: usize, other: usize) -> bool {
        graph.needs[thing].iter().any(|&need| need == other || waits(graph, need, other))
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        (1usize..12).prop_flat_map(|count| {
            proptest::collection::vec(proptest::collection::vec(0..count, 0..4), count)
                .prop_map(|needs| Graph { needs })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_comes_before_what_it_needs(graph in graphs()) {
            match graph.order() {
                Ok(order) => {
                    let at = |thing| order.iter().position(|&other| other == thing).unwrap();
                    prop_assert_eq!(order.len(), graph.needs.len());
                    for (thing, needs) in graph.needs.iter().enumerate() {
                        prop_assert!(needs.iter().all(|&need| at(need) < at(thing)));
                    }
                }
                Err(path) => {
                    prop_assert!(path.len() > 1 && path.first() == path.last());
                    prop_assert!(path.windows(2).all(|pair| graph.needs[pair[0]].contains(&pair[1])));
                }
            }
        }

        #[test]
        fn what_is_left_says_the_same_and_nothing_twice(graph in graphs()) {
            if graph.order().is_ok() {
                let reduced = graph.reduced();
                for thing in 0..graph.needs.len() {
                    for other in 0..graph.needs.len() {
                        prop_assert_eq!(waits(&graph, thing, other), waits(&reduced, thing, other));
                    }
                    let needs = &reduced.needs[thing];
                    prop_assert!(!needs.iter().any(|&need| needs.iter().any(|&other| waits(&reduced, other, need))));
                }
            }
        }

        #[test]
        fn no_way_is_longer_than_the_longest(graph in graphs(), weights in proptest::collection::vec(0u64..9, 12)) {
            fn length(graph: &Graph, weights: &[u64], thing: usize) -> u64 {
                let before = graph.needs[thing].iter().map(|&need| length(graph, weights, need)).max();
                weights[thing] + before.unwrap_or(0)
            }
            if graph.order().is_ok() {
                let way = graph.longest(&|thing| weights[thing]);
                prop_assert!(way.windows(2).all(|pair| graph.needs[pair[1]].contains(&pair[0])));
                prop_assert!(graph.needs[way[0]].is_empty());
                let all = (0..graph.needs.len()).map(|thing| length(&graph, &weights, thing)).max();
                prop_assert_eq!(Some(way.iter().map(|&thing| weights[thing]).sum()), all);
            }
        }

        #[test]
        fn a_need_has_the_longer_way(graph in graphs()) {
            if graph.order().is_ok() {
                let remaining = graph.remaining(&|_| 1);
                for (thing, needs) in graph.needs.iter().enumerate() {
                    prop_assert!(needs.iter().all(|&need| remaining[need] > remaining[thing]));
                }
            }
        }
    }
}
