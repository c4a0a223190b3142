//! The deployment mode of a request: in express mode an operation is complete once configurations are applied.

use super::super::change_set::DeploymentConfig;
use super::super::refusal::Refusal;
use super::Call;

impl Call<'_> {
    /// `DeploymentConfig` as it was sent.
    pub(super) fn deployment_config(&self) -> Result<Option<DeploymentConfig>, Refusal> {
        let Some(config) = self.input.structure("DeploymentConfig") else { return Ok(None) };
        let mode = config.text("Mode").map(str::to_owned);
        Ok(Some(DeploymentConfig { mode, disable_rollback: config.flag("DisableRollback")? }))
    }

    /// The mode of the request.
    pub(super) fn mode(&self) -> Result<DeploymentConfig, Refusal> {
        Ok(self.deployment_config()?.unwrap_or_default())
    }
}
