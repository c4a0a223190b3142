//! The deployment mode of a request: in express mode an operation is complete once configurations are applied.

use super::super::operation::OnFailure;
use super::super::refusal::Refusal;
use super::Call;

/// How an operation is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    /// Nothing is waited for but that configurations are applied.
    pub(super) express: bool,
    /// What `DeploymentConfig` says about rollback.
    disable_rollback: Option<bool>,
}

impl Mode {
    /// What happens after a failure: in express mode nothing is rolled back unless that is asked for.
    pub(super) fn on_failure(self, usual: OnFailure) -> OnFailure {
        match (self.disable_rollback, self.express, usual) {
            (Some(true), ..) | (None, true, OnFailure::Rollback) => OnFailure::Keep,
            _ => usual,
        }
    }
}

impl Call<'_> {
    /// The mode of the request.
    pub(super) fn mode(&self) -> Result<Mode, Refusal> {
        let Some(config) = self.input.structure("DeploymentConfig") else {
            return Ok(Mode { express: false, disable_rollback: None });
        };
        let express = match config.text("Mode") {
            None | Some("STANDARD") => false,
            Some("EXPRESS") => true,
            Some(other) => {
                let text = "Member must satisfy enum value set: [STANDARD, EXPRESS]";
                return Err(Refusal::constraint(Some(other), "deploymentConfig.mode", text));
            }
        };
        Ok(Mode { express, disable_rollback: config.flag("DisableRollback")? })
    }
}
