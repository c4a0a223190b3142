//! Places boxes in columns and lanes, and leads the lines around them. Pure: numbers in, numbers out.
//!
//! The method is Sugiyama's: a box stands in the column after the last of those it waits for; a line that passes columns
//! gets a slot in each of them, as boxes do, so that nothing runs through a box; [`order`] puts the slots of each column
//! in an order with few crossings; [`level`] says how high each lies. Where many boxes wait for the same many, their
//! lines run together through a joint.

use crate::graph::Graph;
use crate::view::drawing::level::{self, Band};
use crate::view::drawing::order;
use std::collections::{BTreeMap, BTreeSet};

/// How many lines a joint has to save.
const JOINT_SAVES: usize = 4;

/// How many different sets of needs are compared in search of joints: no more than a drawing that can be read has.
const MOST_SETS: usize = 100;

/// Boxes with their places in columns and lanes, and the lines between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The boxes in the order they were given, then joints and the slots of lines that pass columns.
    pub slots: Vec<Slot>,
    /// The pieces of lines, each from a slot to one of the next column. Lines from the same box share pieces.
    pub links: Vec<(usize, usize)>,
    /// Where each lane lies.
    pub lanes: Vec<Band>,
    /// How many columns there are.
    pub columns: usize,
    /// Needs that close a circle, so that they cannot go forward: who waits, and for whom.
    pub circles: Vec<(usize, usize)>,
}

/// A box, or the place at which a line passes a column, or several are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// The column, from zero.
    pub column: usize,
    /// The lane.
    pub lane: usize,
    /// Whether it is a box.
    pub is_box: bool,
    /// How high its middle lies, downwards from the top of the first lane.
    pub middle: f64,
}

/// Lays out boxes: for each the lane it belongs to, and what it waits for.
pub fn place(lanes: &[usize], graph: &Graph) -> Layout {
    let (graph, circles) = without_circles(graph.clone());
    let (graph, mut slots) = joined(graph.reduced(), lanes);
    let count = close_up(&mut slots);
    let links = lead(&mut slots, &graph);
    let stacked = order::columns(&slots, &links, count);
    let bands = level::level(&mut slots, &links, &stacked);
    Layout { slots, links, lanes: bands, columns: count, circles }
}

/// Takes out needs until no circle is left; gives those that were taken out.
fn without_circles(mut graph: Graph) -> (Graph, Vec<(usize, usize)>) {
    let mut circles = Vec::new();
    while let Err(path) = graph.order() {
        let Some(&[thing, need]) = path.last_chunk::<2>() else { break };
        graph.needs[thing].retain(|&other| other != need);
        circles.push((thing, need));
    }
    (graph, circles)
}

/// Gives every box its slot, and adds joints as long as one saves [`JOINT_SAVES`] lines: those who wait for the same
/// things wait for the joint instead. Boxes are in even columns, so that a joint has its place before those who wait.
fn joined(mut graph: Graph, lanes: &[usize]) -> (Graph, Vec<Slot>) {
    let boxes = lanes.iter().zip(columns(&graph));
    let mut slots: Vec<Slot> =
        boxes.map(|(&lane, column)| Slot { column: 2 * column, lane, is_box: true, middle: 0.0 }).collect();
    while let Some((needs, waiting)) = best_joint(&graph.needs[..lanes.len()]) {
        let joint = graph.needs.len();
        let first = waiting.iter().map(|&thing| slots[thing]).min_by_key(|slot| slot.column);
        let Some(Slot { column, lane, .. }) = first else { break };
        slots.push(Slot { column: column - 1, lane, is_box: false, middle: 0.0 });
        for thing in waiting {
            graph.needs[thing].retain(|need| !needs.contains(need));
            graph.needs[thing].push(joint);
        }
        graph.needs.push(needs.into_iter().collect());
    }
    (graph, slots)
}

/// The needs that several share so that a joint saves most lines, and those who share them. Only needs that two have in
/// common are looked at; what three or more share is found by the next joints.
fn best_joint(needs: &[Vec<usize>]) -> Option<(BTreeSet<usize>, Vec<usize>)> {
    let boxes = needs.len();
    let sets: Vec<BTreeSet<usize>> =
        needs.iter().map(|needs| needs.iter().copied().filter(|&need| need < boxes).collect()).collect();
    let distinct: BTreeSet<&BTreeSet<usize>> = sets.iter().filter(|set| set.len() > 1).collect();
    let distinct: Vec<&BTreeSet<usize>> = distinct.into_iter().take(MOST_SETS).collect();
    let pairs = (0..distinct.len()).flat_map(|a| (a..distinct.len()).map(move |b| (a, b)));
    let shared: BTreeSet<BTreeSet<usize>> = pairs.map(|(a, b)| distinct[a] & distinct[b]).collect();
    let candidates = shared.into_iter().filter(|shared| shared.len() > 1).map(|shared| {
        let waiting: Vec<usize> = (0..boxes).filter(|&thing| sets[thing].is_superset(&shared)).collect();
        (shared, waiting)
    });
    let saved = |(needs, waiting): &(BTreeSet<usize>, Vec<usize>)| {
        (needs.len() * waiting.len()).saturating_sub(needs.len() + waiting.len())
    };
    candidates.max_by_key(saved).filter(|best| saved(best) >= JOINT_SAVES)
}

/// Leaves out columns in which nothing stands; gives how many there are.
fn close_up(slots: &mut [Slot]) -> usize {
    let used: BTreeSet<usize> = slots.iter().map(|slot| slot.column).collect();
    let numbers: BTreeMap<usize, usize> = used.into_iter().zip(0..).collect();
    slots.iter_mut().for_each(|slot| slot.column = numbers[&slot.column]);
    numbers.len()
}

/// For each thing the column after the last of those it waits for.
fn columns(graph: &Graph) -> Vec<usize> {
    let mut columns = vec![0; graph.needs.len()];
    for thing in graph.order().unwrap_or_default() {
        let needs = graph.needs[thing].iter().map(|&need| columns[need] + 1);
        columns[thing] = needs.max().unwrap_or(0);
    }
    columns
}

/// Adds the slots of lines that pass columns, and gives the pieces of all lines. What leads from one box into one lane
/// is led together.
fn lead(slots: &mut Vec<Slot>, graph: &Graph) -> Vec<(usize, usize)> {
    let mut links = Vec::new();
    let mut leads: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    for thing in 0..graph.needs.len() {
        let Slot { column: end, lane, .. } = slots[thing];
        for &need in &graph.needs[thing] {
            let mut from = need;
            for column in slots[need].column + 1..end {
                from = *leads.entry((need, lane, column)).or_insert_with(|| {
                    slots.push(Slot { column, lane, is_box: false, middle: 0.0 });
                    links.push((from, slots.len() - 1));
                    slots.len() - 1
                });
            }
            links.push((from, thing));
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::drawing::level::height;
    use proptest::prelude::*;

    fn graph(needs: &[&[usize]]) -> Graph {
        Graph { needs: needs.iter().map(|list| list.to_vec()).collect() }
    }

    #[test]
    fn a_chain_lies_on_one_height() {
        let layout = place(&[0, 0, 0], &graph(&[&[], &[0], &[0, 1]]));
        assert_eq!(layout.columns, 3);
        assert_eq!(layout.links, [(0, 1), (1, 2)]);
        assert!(layout.slots.iter().all(|slot| slot.middle == layout.slots[0].middle));
    }

    #[test]
    fn a_line_passes_beside_the_boxes_and_is_led_together() {
        // 3 and 4 wait for 0, which passes the column of 1; 2 stands in between.
        let layout = place(&[0; 5], &graph(&[&[], &[], &[1], &[0, 2], &[0, 2]]));
        assert_eq!(layout.slots.len(), 6);
        assert_eq!(layout.links.iter().filter(|link| **link == (0, 5)).count(), 1);
        assert!(layout.links.contains(&(5, 3)) && layout.links.contains(&(5, 4)));
    }

    #[test]
    fn many_that_wait_for_the_same_are_joined() {
        let layout = place(&[0; 7], &graph(&[&[], &[], &[], &[0, 1, 2], &[0, 1, 2], &[0, 1, 2], &[2, 1, 0]]));
        assert_eq!(layout.links, [(7, 3), (7, 4), (7, 5), (7, 6), (0, 7), (1, 7), (2, 7)]);
        assert_eq!((layout.columns, layout.slots[7].is_box), (3, false));
    }

    #[test]
    fn what_is_shared_is_joined_and_the_rest_is_not() {
        let needs: &[&[usize]] =
            &[&[], &[], &[], &[], &[], &[0, 1, 2, 3], &[0, 1, 2, 4], &[0, 1, 2], &[0, 1, 2]];
        let layout = place(&[0; 9], &graph(needs));
        let to = |slot: usize| layout.links.iter().filter(|link| link.1 == slot).count();
        assert_eq!([5, 6, 7, 8].map(to), [2, 2, 1, 1]);
    }

    #[test]
    fn a_circle_is_told_and_the_rest_is_drawn() {
        let layout = place(&[0; 3], &graph(&[&[1], &[0], &[1]]));
        assert_eq!(layout.circles, [(1, 0)]);
        assert_eq!(layout.links, [(1, 0), (1, 2)]);
    }

    #[test]
    fn nothing_is_no_problem() {
        let layout = place(&[], &Graph::default());
        assert_eq!((layout.columns, layout.slots.len(), layout.lanes.len()), (0, 0, 0));
    }

    /// Graphs with up to three lanes, many of them with circles.
    fn shapes() -> impl Strategy<Value = (Vec<usize>, Graph)> {
        (1usize..24).prop_flat_map(|count| {
            let needs = proptest::collection::vec(proptest::collection::vec(0..count, 0..4), count);
            let forward = needs.prop_map(|needs: Vec<Vec<usize>>| {
                let forward = needs.iter().enumerate();
                let forward = forward.map(|(at, list)| list.iter().map(|need| need % (at + 1)).collect());
                Graph { needs: forward.collect() }
            });
            (proptest::collection::vec(0usize..3, count), forward)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_overlaps_and_every_line_goes_forward((lanes, graph) in shapes()) {
            let layout = place(&lanes, &graph);
            prop_assert_eq!(&layout, &place(&lanes, &graph));
            for (at, slot) in layout.slots.iter().enumerate() {
                let half = height(slot) / 2.0;
                let band = layout.lanes[slot.lane];
                prop_assert!(slot.middle - half >= band.top - 0.01 && slot.middle + half <= band.bottom + 0.01);
                for other in &layout.slots[at + 1..] {
                    let apart = (slot.middle - other.middle).abs() >= half + height(other) / 2.0 - 0.01;
                    prop_assert!(slot.column != other.column || apart);
                }
            }
            for &(from, to) in &layout.links {
                prop_assert_eq!(layout.slots[from].column + 1, layout.slots[to].column);
            }
            for pair in layout.lanes.windows(2) {
                prop_assert!(pair[0].bottom <= pair[1].top);
            }
        }

        #[test]
        fn every_need_is_a_way((lanes, graph) in shapes()) {
            let layout = place(&lanes, &graph);
            let before = |slot: usize| layout.links.iter().filter(move |link| link.1 == slot).map(|link| link.0);
            for (thing, needs) in graph.needs.iter().enumerate() {
                let mut reached = vec![thing];
                let mut next = 0;
                while next < reached.len() {
                    let new: Vec<usize> = before(reached[next]).filter(|slot| !reached.contains(slot)).collect();
                    reached.extend(new);
                    next += 1;
                }
                for need in needs {
                    prop_assert!(reached.contains(need) || layout.circles.contains(&(thing, *need)));
                }
            }
        }
    }
}
