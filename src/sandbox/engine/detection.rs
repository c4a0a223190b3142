//! Carries out drift detection: holds what a stack's resources were made to be against what they are.

use super::super::drift::{DriftStatus, Finding};
use super::super::outlook::Outlook;
use super::super::resources::Instance;
use super::Step;

impl Step<'_> {
    /// Ends every detection that is due.
    pub(super) fn detect(&mut self) {
        let now = self.now;
        let due = |due: Option<i64>| due.is_some_and(|due| due <= now);
        let ids: Vec<String> = self
            .stack
            .drift
            .detections
            .iter()
            .filter(|(_, detection)| due(detection.due))
            .map(|(id, _)| id.clone())
            .collect();
        for id in ids {
            self.look(&id);
        }
    }

    fn look(&mut self, id: &str) {
        let Some(mut detection) = self.stack.drift.detections.remove(id) else { return };
        let wanted = |name: &String| detection.wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        for (name, instance) in &*self.stack.instances {
            if wanted(name) && checkable(&instance.resource_type) {
                let finding = finding(&self.stack.name, instance, self.outlook, self.now);
                self.stack.drift.findings.insert(name.clone(), finding);
            }
        }
        self.stack.drift.checked_at = Some(self.now);
        detection.due = None;
        detection.drifted = self.stack.drift.drifted();
        self.stack.drift.detections.insert(id.to_owned(), detection);
    }
}

/// Whether drift of a type can be detected: not of what exists only for CloudFormation.
pub(in super::super) fn checkable(resource_type: &str) -> bool {
    let own =
        resource_type.starts_with("AWS::CloudFormation::") && resource_type != "AWS::CloudFormation::Stack";
    !own && !resource_type.starts_with("Custom::") && resource_type != "AWS::CDK::Metadata"
}

/// What is found out about a resource now.
pub(in super::super) fn finding(
    stack: &str,
    instance: &Instance,
    outlook: &Outlook<'_>,
    now: i64,
) -> Finding {
    let actual = outlook.actual(stack, instance);
    let status = match &actual {
        None => DriftStatus::Deleted,
        Some(actual) if *actual == instance.properties => DriftStatus::InSync,
        Some(_) => DriftStatus::Modified,
    };
    Finding {
        physical_id: instance.physical_id.clone(),
        resource_type: instance.resource_type.clone(),
        status,
        expected: instance.properties.clone(),
        actual,
        at: now,
    }
}
