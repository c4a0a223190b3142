//! How high each slot lies: as near to its neighbours as its column allows, long lines straight before anything else.

use crate::view::drawing::layout::Slot;

/// The height of a box.
pub const BOX: f64 = 32.0;
/// The height of a line that passes a column.
const LINE: f64 = 2.0;
/// What lies between two slots of a column at least.
const BETWEEN: f64 = 12.0;
/// What lies between two lanes.
const LANE_BETWEEN: f64 = 52.0;
/// How often all columns are moved.
const ROUNDS: usize = 60;

/// From where to where a lane reaches, downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The top.
    pub top: f64,
    /// The bottom.
    pub bottom: f64,
}

/// How high a slot is.
pub fn height(slot: &Slot) -> f64 {
    if slot.is_box { BOX } else { LINE }
}

/// Levels all slots, given the order in each column; gives the lanes.
pub fn level(slots: &mut [Slot], links: &[(usize, usize)], columns: &[Vec<usize>]) -> Vec<Band> {
    let groups = groups(slots, columns);
    let bands = bands(slots, &groups);
    for group in &groups {
        let mut top = bands[slots[group[0]].lane].top;
        for &slot in group {
            slots[slot].middle = top + height(&slots[slot]) / 2.0;
            top += height(&slots[slot]) + BETWEEN;
        }
    }
    for round in 0..ROUNDS {
        let turn: Vec<&Vec<usize>> =
            if round % 2 == 0 { groups.iter().collect() } else { groups.iter().rev().collect() };
        for group in turn {
            let wishes: Vec<f64> = group.iter().map(|&slot| wish(slot, slots, links)).collect();
            settle(slots, group, &wishes, bands[slots[group[0]].lane]);
        }
    }
    bands
}

/// The slots of one column and lane, from the top; columns in their order.
fn groups(slots: &[Slot], columns: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let same_lane = |a: &usize, b: &usize| slots[*a].lane == slots[*b].lane;
    columns.iter().flat_map(|column| column.chunk_by(same_lane).map(<[usize]>::to_vec)).collect()
}

/// Lanes below each other, each as high as its highest column.
fn bands(slots: &[Slot], groups: &[Vec<usize>]) -> Vec<Band> {
    let count = slots.iter().map(|slot| slot.lane + 1).max().unwrap_or(0);
    let mut heights: Vec<f64> = vec![0.0; count];
    for group in groups {
        let high: f64 = group.iter().map(|&slot| height(&slots[slot])).sum();
        let lane = &mut heights[slots[group[0]].lane];
        *lane = lane.max(high + BETWEEN * (group.len() - 1) as f64);
    }
    let mut top = 0.0;
    let mut band = |high: f64| {
        let band = Band { top, bottom: top + high };
        top = band.bottom + LANE_BETWEEN;
        band
    };
    heights.into_iter().map(&mut band).collect()
}

/// The height at which a slot would lie best: the mean of its neighbours, pieces of long lines counting most.
fn wish(slot: usize, slots: &[Slot], links: &[(usize, usize)]) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for &(from, to) in links.iter().filter(|(from, to)| *from == slot || *to == slot) {
        let other = slots[if from == slot { to } else { from }];
        let weight = match (slots[slot].is_box, other.is_box) {
            (true, true) => 1.0,
            (false, false) => 8.0,
            (true, false) | (false, true) => 2.0,
        };
        // What happens in other lanes draws to their edge, where it helps nobody.
        let weight = if slots[slot].lane == other.lane { weight } else { weight / 8.0 };
        sum += weight * other.middle;
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { slots[slot].middle }
}

/// Moves the slots of a group as near to their wishes as order, distance and lane allow. With each slot measured from
/// the nearest place that those above leave it, order and distance become "not less than the one before": the
/// nearest such row is found by merging neighbours that press on each other, and kept within the lane by cutting it off.
fn settle(slots: &mut [Slot], group: &[usize], wishes: &[f64], band: Band) {
    let mut offsets = Vec::with_capacity(group.len());
    let mut reach = 0.0;
    for &slot in group {
        offsets.push(reach + height(&slots[slot]) / 2.0);
        reach += height(&slots[slot]) + BETWEEN;
    }
    // Runs of slots that lie tight: the sum of their wishes, and how many they are.
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        runs.push((wish - offset, 1));
        while let [.., (upper, above), (lower, below)] = runs[..] {
            if upper / above as f64 <= lower / below as f64 {
                break;
            }
            runs.truncate(runs.len() - 2);
            runs.push((upper + lower, above + below));
        }
    }
    let room = band.bottom - (reach - BETWEEN);
    let shifts = runs.iter().flat_map(|&(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    for ((&slot, offset), shift) in group.iter().zip(&offsets).zip(shifts) {
        slots[slot].middle = shift.min(room).max(band.top) + offset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wishes: &[f64], bottom: f64, expected: &[f64]) {
        let mut slots = vec![Slot { column: 0, lane: 0, is_box: true, middle: 0.0 }; wishes.len()];
        let group: Vec<usize> = (0..wishes.len()).collect();
        settle(&mut slots, &group, wishes, Band { top: 0.0, bottom });
        let middles: Vec<f64> = slots.iter().map(|slot| slot.middle).collect();
        assert_eq!(middles, expected, "{wishes:?}");
    }

    #[test]
    fn wishes_are_met_as_far_as_there_is_room() {
        check(&[50.0, 200.0], 400.0, &[50.0, 200.0]);
        check(&[100.0, 100.0], 400.0, &[78.0, 122.0]);
        check(&[100.0, 20.0], 400.0, &[38.0, 82.0]);
        check(&[-50.0, 900.0], 400.0, &[16.0, 384.0]);
        check(&[0.0, 0.0, 0.0], 120.0, &[16.0, 60.0, 104.0]);
    }
}
