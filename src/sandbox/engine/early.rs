//! The validation before a deployment: what would certainly fail is told when a change set is created.
//!
//! Two checks refuse a change set: properties against the published schema, and names that are taken. The findings
//! are told by DescribeEvents (User Guide, "Validate stack deployments").

use super::super::difference::{Action, Difference, ResourceChange};
use super::super::outlook::Outlook;
use super::super::resources::{Instance, custom_name, faults};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The check of properties against the schema of their type.
const PROPERTIES: &str = "AWS::EarlyValidation::PropertyValidation";
/// The check of names against what exists.
const EXISTENCE: &str = "AWS::EarlyValidation::ResourceExistenceCheck";

/// What a check found in one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct EarlyFinding {
    /// The check.
    pub(in super::super) validation: String,
    pub(in super::super) logical_id: String,
    pub(in super::super) resource_type: String,
    /// What is wrong.
    pub(in super::super) reason: String,
    /// Where in the template: `/Resources/Topic/Properties/TopicName`.
    pub(in super::super) path: String,
}

/// What would fail if this difference were carried out.
pub(super) fn findings(difference: &Difference, outlook: &Outlook<'_>) -> Vec<EarlyFinding> {
    let warned = |row: &&ResourceChange| {
        difference.warnings.iter().all(|(id, _)| *id != row.logical_id) && row.in_values
    };
    let made = |row: &&ResourceChange| matches!(row.action, Action::Add | Action::Modify);
    difference.changes.iter().filter(made).filter(warned).flat_map(|row| of_resource(row, outlook)).collect()
}

fn of_resource(row: &ResourceChange, outlook: &Outlook<'_>) -> Vec<EarlyFinding> {
    let context = row.after_context.as_ref().and_then(|context| context.get("Properties"));
    let properties = context.cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let finding = |validation: &str, reason: String, path: &str| EarlyFinding {
        validation: validation.to_owned(),
        logical_id: row.logical_id.clone(),
        resource_type: row.resource_type.clone(),
        reason,
        path: format!("/Resources/{}/Properties{path}", row.logical_id),
    };
    let mut found: Vec<EarlyFinding> = faults(&row.resource_type, &properties)
        .into_iter()
        .map(|fault| finding(PROPERTIES, fault.early, &fault.path))
        .collect();
    if row.action != Action::Add {
        return found;
    }
    if let Some(name) = custom_name(&row.resource_type, &properties) {
        let instance = Instance {
            resource_type: row.resource_type.clone(),
            physical_id: name.clone(),
            properties,
            ..Instance::default()
        };
        if outlook.conflict(&instance).is_some() {
            let text =
                format!("Resource of type '{}' with identifier '{name}' already exists.", row.resource_type);
            found.push(finding(EXISTENCE, text, ""));
        }
    }
    found
}

/// Why a change set with such findings fails.
pub(super) fn summary(findings: &[EarlyFinding]) -> String {
    let mut checks: Vec<&str> = findings.iter().map(|finding| finding.validation.as_str()).collect();
    checks.sort_unstable();
    checks.dedup();
    format!(
        "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the \
         DescribeEvents API for detailed failure information.",
        checks.join(", ")
    )
}
