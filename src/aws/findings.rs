//! Why the service's validation before a deployment, or a hook, refused a change set: the change set itself says only
//! which check it was, the events of its creation say what was found and where.

use crate::aws::Cloud;
use crate::aws::reading::next;
use crate::model::account::Target;
use aws_sdk_cloudformation::types::{EventFilter, OperationEvent};

impl Cloud {
    /// The reason of a failed change set with what was found, each finding on a line of its own. Without the right to
    /// read events the reason stands as it is.
    pub(super) async fn explained(&self, target: &Target, id: &str, reason: String) -> String {
        let found = self.findings(target, id).await;
        if found.is_empty() {
            return reason;
        }
        let (summary, _) = reason.split_once(". To troubleshoot").unwrap_or((&reason, ""));
        format!("{summary}:\n  {}", found.join("\n  "))
    }

    async fn findings(&self, target: &Target, id: &str) -> Vec<String> {
        let filter = EventFilter::builder().failed_events(true).build();
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = self
                .call(target, "DescribeEvents", |client| {
                    let request = client.describe_events().change_set_name(id).filters(filter.clone());
                    request.set_next_token(token.clone()).send()
                })
                .await;
            let Ok(page) = page else { return found };
            found.extend(page.operation_events().iter().filter_map(finding));
            token = next(page.next_token());
            if token.is_none() {
                return found;
            }
        }
    }
}

/// `Queue at /Resources/Queue/Properties: #: extraneous key [Size] is not permitted`.
fn finding(event: &OperationEvent) -> Option<String> {
    let reason = event.validation_status_reason().or(event.hook_status_reason())?;
    let resource = event.logical_resource_id().unwrap_or_default();
    let path = event.validation_path().map(|path| format!(" at {path}")).unwrap_or_default();
    Some(format!("{resource}{path}: {reason}"))
}
