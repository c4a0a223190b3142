//! Why an operation failed, from its events: the oldest failure that is not a cancellation comes first, and failures
//! of nested stacks are followed to the resource behind them.

use crate::cloudformation::CloudFormation;
use crate::deployment::event::Cause;
use crate::model::account::Target;
use crate::model::live::StackEvent;
use std::pin::Pin;

/// How deep nested stacks are followed.
const DEPTH: usize = 6;

/// The failures of resources among an operation's events, in the order of the events, without those that only say
/// that something else failed.
pub fn failures(events: &[StackEvent]) -> Vec<&StackEvent> {
    let failed = |event: &&StackEvent| {
        let cancelled = event.reason.as_deref().is_some_and(is_cancellation);
        !event.is_of_the_stack() && event.status.ends_with("_FAILED") && !cancelled
    };
    events.iter().filter(failed).collect()
}

/// The service marks what was cancelled by its words only: `Resource creation cancelled`, in both spellings.
fn is_cancellation(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    reason.ends_with("cancelled") || reason.ends_with("canceled")
}

/// What the stack itself said when it failed: for operations in which no resource did.
fn last_word(events: &[StackEvent]) -> Option<String> {
    let tells = |event: &&StackEvent| {
        let failing = event.status.contains("ROLLBACK") || event.status.ends_with("_FAILED");
        event.is_of_the_stack() && failing && event.reason.is_some()
    };
    events.iter().find(tells).and_then(|event| event.reason.clone())
}

/// All causes of a failed operation, the root first.
pub(crate) async fn causes<C: CloudFormation>(
    cloud: &C,
    target: &Target,
    events: &[StackEvent],
) -> Vec<Cause> {
    let found = nested(cloud, target, events, Vec::new()).await;
    match (found.is_empty(), last_word(events)) {
        (true, Some(reason)) => vec![Cause::whole(reason)],
        (true, None) | (false, _) => found,
    }
}

fn nested<'a, C: CloudFormation>(
    cloud: &'a C,
    target: &'a Target,
    events: &'a [StackEvent],
    way: Vec<String>,
) -> Pin<Box<dyn Future<Output = Vec<Cause>> + Send + 'a>> {
    Box::pin(async move {
        let mut found = Vec::new();
        for event in failures(events) {
            let inner = inner(cloud, target, event, &way).await;
            match inner.is_empty() {
                true => found.push(cause(event, &way)),
                false => found.extend(inner),
            }
        }
        found
    })
}

async fn inner<C: CloudFormation>(
    cloud: &C,
    target: &Target,
    event: &StackEvent,
    way: &[String],
) -> Vec<Cause> {
    let stack = event.resource_type == "AWS::CloudFormation::Stack" && event.physical_id.starts_with("arn:");
    if !stack || way.len() >= DEPTH {
        return Vec::new();
    }
    // Without the nested events, the parent's word is all there is.
    let Ok(events) = cloud.events(target, &event.physical_id, None).await else { return Vec::new() };
    let mut way = way.to_vec();
    way.push(event.logical_id.clone());
    nested(cloud, target, last_operation(&events), way).await
}

/// The events of the last operation: a nested stack that was updated before has older failures too.
fn last_operation(events: &[StackEvent]) -> &[StackEvent] {
    let begins = |event: &StackEvent| {
        event.is_of_the_stack()
            && matches!(event.status.as_str(), "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS")
    };
    &events[events.iter().rposition(begins).unwrap_or(0)..]
}

fn cause(event: &StackEvent, way: &[String]) -> Cause {
    Cause {
        logical_id: Some(event.logical_id.clone()),
        resource_type: Some(event.resource_type.clone()),
        reason: event.reason.clone().unwrap_or_else(|| format!("`{}`, without a reason", event.status)),
        nested: way.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: format!("{logical_id}-{status}"),
            stack_id: "arn:stack".into(),
            logical_id: logical_id.into(),
            physical_id: if logical_id == "stack" { "arn:stack".into() } else { String::new() },
            resource_type: "AWS::SNS::Topic".into(),
            status: status.into(),
            reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
            time: String::new(),
            token: None,
        }
    }

    fn check(events: &[(&str, &str, &str)], expected: &[&str]) {
        let events: Vec<_> = events.iter().map(|(id, status, reason)| event(id, status, reason)).collect();
        let found: Vec<_> = failures(&events).iter().map(|event| event.logical_id.clone()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_oldest_failure_that_is_not_a_cancellation_comes_first() {
        check(&[], &[]);
        check(&[("A", "CREATE_COMPLETE", "")], &[]);
        check(
            &[
                ("A", "CREATE_FAILED", "Resource creation cancelled"),
                ("B", "CREATE_FAILED", "boom"),
                ("C", "UPDATE_FAILED", "Resource update canceled"),
                ("D", "CREATE_FAILED", ""),
                ("stack", "ROLLBACK_FAILED", "The following resource(s) failed to delete: [X]. "),
            ],
            &["B", "D"],
        );
    }

    #[test]
    fn without_a_failed_resource_the_stack_has_the_word() {
        let events = [
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
            event("stack", "ROLLBACK_IN_PROGRESS", "too slow"),
        ];
        assert_eq!(last_word(&events).as_deref(), Some("too slow"));
        assert_eq!(last_word(&events[..1]), None);
    }
}
