//! In which order the slots of a column stand, so that few lines cross: by lanes, within a lane by the middle of the
//! neighbours, column by column, forwards and backwards; the best of all rounds is kept.

use crate::view::drawing::layout::Slot;

/// How often all columns are put in order. More changes nothing in drawings of hundreds of boxes.
const ROUNDS: usize = 24;

/// For each column its slots, from the top.
pub fn columns(slots: &[Slot], links: &[(usize, usize)], count: usize) -> Vec<Vec<usize>> {
    let mut columns = vec![Vec::new(); count];
    (0..slots.len()).for_each(|slot| columns[slots[slot].column].push(slot));
    columns.iter_mut().for_each(|column| column.sort_by_key(|&slot| slots[slot].lane));
    let mut best = columns.clone();
    let mut fewest = crossings(&columns, links);
    for round in 0..ROUNDS {
        let forwards = round % 2 == 0;
        let turns: Vec<usize> =
            if forwards { (1..count).collect() } else { (1..count).map(|at| count - 1 - at).collect() };
        for at in turns {
            let beside = if forwards { at - 1 } else { at + 1 };
            let places = places(&columns[beside], slots.len());
            sort(&mut columns[at], slots, |slot| middle(slot, links, &places));
        }
        swap(&mut columns, slots, links);
        let now = crossings(&columns, links);
        if now < fewest {
            fewest = now;
            best.clone_from(&columns);
        }
    }
    best
}

/// Where each slot of a column stands; none for those of other columns.
fn places(column: &[usize], count: usize) -> Vec<Option<usize>> {
    let mut places = vec![None; count];
    column.iter().enumerate().for_each(|(place, &slot)| places[slot] = Some(place));
    places
}

/// The mean place of a slot's neighbours.
fn middle(slot: usize, links: &[(usize, usize)], places: &[Option<usize>]) -> Option<f64> {
    let neighbours: Vec<f64> = links
        .iter()
        .filter_map(|&(from, to)| {
            if from == slot {
                places[to]
            } else if to == slot {
                places[from]
            } else {
                None
            }
        })
        .map(|place| place as f64)
        .collect();
    (!neighbours.is_empty()).then(|| neighbours.iter().sum::<f64>() / neighbours.len() as f64)
}

/// Sorts a column by lanes and wishes; whoever has no wish stays behind the one before it.
fn sort(column: &mut Vec<usize>, slots: &[Slot], wish: impl Fn(usize) -> Option<f64>) {
    let mut last = 0.0;
    let mut keyed: Vec<(usize, f64, usize)> = Vec::with_capacity(column.len());
    for &slot in column.iter() {
        last = wish(slot).unwrap_or(last);
        keyed.push((slots[slot].lane, last, slot));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    *column = keyed.into_iter().map(|(_, _, slot)| slot).collect();
}

/// Swaps neighbours of a lane wherever fewer lines cross then.
fn swap(columns: &mut [Vec<usize>], slots: &[Slot], links: &[(usize, usize)]) {
    let count = slots.len();
    for at in 0..columns.len() {
        let beside =
            |at: Option<usize>| at.and_then(|at| columns.get(at)).map(|column| places(column, count));
        let sides: Vec<_> = [beside(at.checked_sub(1)), beside(Some(at + 1))].into_iter().flatten().collect();
        let neighbours = |slot: usize, side: &[Option<usize>]| -> Vec<usize> {
            let other = |&(from, to): &(usize, usize)| match slot {
                slot if slot == from => side[to],
                slot if slot == to => side[from],
                _ => None,
            };
            links.iter().filter_map(other).collect()
        };
        for upper in 1..columns[at].len() {
            let (a, b) = (columns[at][upper - 1], columns[at][upper]);
            let cost = |first: usize, second: usize| -> usize {
                let of = |side: &Vec<Option<usize>>| {
                    inversions(&neighbours(first, side), &neighbours(second, side))
                };
                sides.iter().map(of).sum()
            };
            if slots[a].lane == slots[b].lane && cost(b, a) < cost(a, b) {
                columns[at].swap(upper - 1, upper);
            }
        }
    }
}

/// How many pairs stand the wrong way round.
fn inversions(first: &[usize], second: &[usize]) -> usize {
    first.iter().map(|place| second.iter().filter(|other| *other < place).count()).sum()
}

/// How many pairs of lines cross.
pub fn crossings(columns: &[Vec<usize>], links: &[(usize, usize)]) -> usize {
    let count = columns.iter().map(Vec::len).sum();
    columns
        .windows(2)
        .map(|pair| {
            let (left, right) = (places(&pair[0], count), places(&pair[1], count));
            let mut between: Vec<(usize, usize)> =
                links.iter().filter_map(|&(from, to)| Some((left[from]?, right[to]?))).collect();
            between.sort_unstable();
            let ends: Vec<(usize, usize)> = between;
            let crossed =
                |at: usize| ends[..at].iter().filter(|end| end.0 < ends[at].0 && end.1 > ends[at].1).count();
            (0..ends.len()).map(crossed).sum::<usize>()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(column: usize, lane: usize) -> Slot {
        Slot { column, lane, is_box: true, middle: 0.0 }
    }

    #[test]
    fn untangles() {
        let slots = [slot(0, 0), slot(0, 0), slot(1, 0), slot(1, 0)];
        let links = [(0, 3), (1, 2)];
        assert_eq!(crossings(&[vec![0, 1], vec![2, 3]], &links), 1);
        let columns = columns(&slots, &links, 2);
        assert_eq!(crossings(&columns, &links), 0);
    }

    #[test]
    fn lanes_are_kept_even_where_lines_cross() {
        let slots = [slot(0, 0), slot(0, 1), slot(1, 0), slot(1, 1)];
        assert_eq!(columns(&slots, &[(0, 3), (1, 2)], 2), [[0, 1], [2, 3]]);
    }
}
