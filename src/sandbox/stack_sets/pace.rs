//! In which order and how many at a time an operation goes through its places, when it gives up, and how it ends. Pure.
//!
//! Source: `StackSetOperationPreferences` of the API reference. Tolerance and concurrency count accounts of a region.

use super::super::stack_set::{Preferences, ResultStatus, SetOperation, SetStatus, Share, Target};

/// What is to be done next, by the places' positions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) start: Vec<usize>,
    pub(super) cancel: Vec<usize>,
}

/// Orders places: regions as preferred, the others after them as they come; accounts as they come.
pub(in super::super) fn ordered(targets: Vec<Target>, preferences: &Preferences) -> Vec<Target> {
    let mut regions = preferences.region_order.clone();
    regions.extend(targets.iter().map(|target| target.region.clone()));
    let rank = |target: &Target| regions.iter().position(|region| *region == target.region);
    let mut ordered = targets.clone();
    ordered.sort_by_key(rank);
    ordered
}

/// The places of each region, regions in their order.
fn regions(operation: &SetOperation) -> Vec<Vec<usize>> {
    let mut found: Vec<(&str, Vec<usize>)> = Vec::new();
    for (index, target) in operation.targets.iter().enumerate() {
        match found.iter_mut().find(|(region, _)| *region == target.region) {
            Some((_, members)) => members.push(index),
            None => found.push((&target.region, vec![index])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

fn count(operation: &SetOperation, region: &[usize], status: ResultStatus) -> usize {
    region.iter().filter(|index| operation.targets[**index].status == status).count()
}

/// In how many accounts of a region it may fail.
fn tolerated(operation: &SetOperation, accounts: usize) -> usize {
    operation.preferences.tolerance.unwrap_or(Share::Count(0)).of(accounts)
}

fn lost(operation: &SetOperation, region: &[usize]) -> bool {
    count(operation, region, ResultStatus::Failed) > tolerated(operation, region.len())
}

/// In how many accounts of a region work may go on at the same time.
fn at_once(operation: &SetOperation, region: &[usize]) -> usize {
    let most = operation.preferences.concurrent.unwrap_or(Share::Count(1)).of(region.len()).max(1);
    if operation.preferences.concurrency_mode.as_deref() == Some("SOFT_FAILURE_TOLERANCE") {
        return most;
    }
    // Each failure costs a place, so that never more than one beyond the tolerated can fail.
    let failures = count(operation, region, ResultStatus::Failed);
    most.min((tolerated(operation, region.len()) + 1).saturating_sub(failures))
}

/// What an operation does next.
pub(super) fn next(operation: &SetOperation) -> Next {
    let parallel = operation.preferences.region_concurrency.as_deref() == Some("PARALLEL");
    let mut next = Next::default();
    let mut over = operation.status == SetStatus::Stopping;
    for region in regions(operation) {
        let of = |status: ResultStatus| {
            region.iter().copied().filter(move |index| operation.targets[*index].status == status)
        };
        let given_up = lost(operation, &region);
        if over || given_up {
            next.cancel.extend(of(ResultStatus::Pending));
            // Regions that follow are not tried; regions beside it go on.
            over = over || !parallel;
            continue;
        }
        let running = of(ResultStatus::Running).count();
        let room = at_once(operation, &region).saturating_sub(running);
        next.start.extend(of(ResultStatus::Pending).take(room));
        if !parallel && running + of(ResultStatus::Pending).count() > 0 {
            break;
        }
    }
    next
}

/// How an operation ended, when nothing of it is left to do.
pub(super) fn outcome(operation: &SetOperation) -> Option<SetStatus> {
    let settled = |target: &Target| !matches!(target.status, ResultStatus::Pending | ResultStatus::Running);
    if !operation.targets.iter().all(settled) {
        return None;
    }
    Some(match operation.status {
        SetStatus::Stopping => SetStatus::Stopped,
        _ if regions(operation).iter().any(|region| lost(operation, region)) => SetStatus::Failed,
        _ => SetStatus::Succeeded,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::stack_set::SetAction;
    use super::*;
    use proptest::prelude::*;

    fn operation(regions: usize, accounts: usize, preferences: Preferences) -> SetOperation {
        let place = |index: usize| {
            Target::new(&format!("{:012}", index % accounts), &format!("r{}", index / accounts), None)
        };
        SetOperation {
            id: "o".into(),
            action: SetAction::Create,
            status: SetStatus::Running,
            started_at: 0,
            ended_at: None,
            targets: ordered((0..regions * accounts).map(place).collect(), &preferences),
            retain: false,
            import: false,
            automatic: false,
            whole: false,
            preferences,
            deployment: None,
        }
    }

    fn preferences(tolerance: usize, concurrent: usize, soft: bool, parallel: bool) -> Preferences {
        Preferences {
            region_order: vec![],
            region_concurrency: parallel.then(|| "PARALLEL".into()),
            tolerance: Some(Share::Count(tolerance)),
            concurrent: Some(Share::Count(concurrent)),
            concurrency_mode: soft.then(|| "SOFT_FAILURE_TOLERANCE".into()),
        }
    }

    #[test]
    fn regions_follow_one_another_in_the_preferred_order() {
        let wished = Preferences { region_order: vec!["r1".into()], ..preferences(0, 9, true, false) };
        let operation = operation(2, 2, wished);
        let order: Vec<_> = operation.targets.iter().map(|target| target.region.as_str()).collect();
        assert_eq!(order, ["r1", "r1", "r0", "r0"]);
        assert_eq!(next(&operation), Next { start: vec![0, 1], cancel: vec![] });
    }

    #[test]
    fn strict_concurrency_is_one_more_than_the_tolerance_and_shrinks() {
        let mut operation = operation(1, 5, preferences(2, 5, false, false));
        assert_eq!(next(&operation).start, [0, 1, 2]);
        operation.targets[0].status = ResultStatus::Failed;
        assert_eq!(next(&operation).start, [1, 2]);
        operation.preferences.concurrency_mode = Some("SOFT_FAILURE_TOLERANCE".into());
        assert_eq!(next(&operation).start, [1, 2, 3, 4]);
    }

    #[test]
    fn percentages_are_rounded_down_but_one_always_works() {
        let mut operation = operation(1, 3, preferences(0, 1, true, false));
        operation.preferences.concurrent = Some(Share::Percentage(50));
        assert_eq!(next(&operation).start, [0]);
        operation.preferences.concurrent = Some(Share::Percentage(1));
        assert_eq!(next(&operation).start, [0]);
        operation.preferences.concurrent = Some(Share::Percentage(70));
        assert_eq!(next(&operation).start, [0, 1]);
    }

    proptest! {
        #[test]
        fn every_operation_ends_and_strictness_holds(
            (regions_count, accounts, tolerance, concurrent) in (1..4usize, 1..6usize, 0..4usize, 1..6usize),
            (soft, parallel) in (any::<bool>(), any::<bool>()),
            fate in prop::collection::vec(any::<bool>(), 24),
        ) {
            let mut operation = operation(regions_count, accounts, preferences(tolerance, concurrent, soft, parallel));
            let mut rounds = 0;
            while outcome(&operation).is_none() {
                rounds += 1;
                prop_assert!(rounds < 200);
                let Next { start, cancel } = next(&operation);
                start.into_iter().for_each(|index| operation.targets[index].status = ResultStatus::Running);
                cancel.into_iter().for_each(|index| operation.targets[index].status = ResultStatus::Cancelled);
                for region in regions(&operation) {
                    prop_assert!(count(&operation, &region, ResultStatus::Running) <= concurrent);
                }
                let running = operation.targets.iter().position(|target| target.status == ResultStatus::Running);
                if let Some(index) = running {
                    let good = fate[index % fate.len()];
                    operation.targets[index].status = if good { ResultStatus::Succeeded } else { ResultStatus::Failed };
                }
            }
            for region in regions(&operation) {
                let failures = count(&operation, &region, ResultStatus::Failed);
                prop_assert!(soft || failures <= tolerance + 1);
            }
        }
    }
}
