//! Whose template it is: what the pseudo parameters say.

use serde::{Deserialize, Serialize};

/// The stack a template is evaluated for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `eu-central-1`.
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The stack's name.
    pub stack_name: String,
    /// The stack's full identifier.
    pub stack_id: String,
    /// What `AWS::NotificationARNs` says.
    pub notification_arns: Vec<String>,
}
