//! The trait's operations, each in the words of the service.

use crate::aws::Cloud;
use crate::aws::convert::{phrase, request};
use crate::cloudformation::{Answer, ChangeSet, ChangeSetRequest, CloudFormation, Identity, ServiceError};
use crate::model::account::Target;
use crate::model::live::{LiveResource, LiveStack, StackEvent};
use aws_sdk_cloudformation::types::TemplateStage;
use std::sync::PoisonError;

/// A missing thing is no error for whoever wants it gone.
fn or_absent(answer: Answer<()>) -> Answer<()> {
    match answer {
        Err(ServiceError::Absent { .. }) => Ok(()),
        other => other,
    }
}

impl CloudFormation for Cloud {
    async fn sign_in(&self, target: &Target) -> Answer<Identity> {
        Ok(self.sessions.of(target).await?.identity.clone())
    }

    async fn stacks(&self, target: &Target) -> Answer<Vec<LiveStack>> {
        self.all_stacks(target).await
    }

    async fn stack(&self, target: &Target, stack: &str) -> Answer<LiveStack> {
        self.one_stack(target, stack).await
    }

    async fn template(&self, target: &Target, stack: &str) -> Answer<String> {
        let answer = self
            .call(target, "GetTemplate", |client| {
                client.get_template().stack_name(stack).template_stage(TemplateStage::Original).send()
            })
            .await?;
        Ok(answer.template_body().unwrap_or_default().to_owned())
    }

    async fn resources(&self, target: &Target, stack: &str) -> Answer<Vec<LiveResource>> {
        self.all_resources(target, stack).await
    }

    async fn events(&self, target: &Target, stack: &str, after: Option<&str>) -> Answer<Vec<StackEvent>> {
        self.new_events(target, stack, after).await
    }

    async fn last_event(&self, target: &Target, stack: &str) -> Answer<Option<String>> {
        let page = self
            .call(target, "DescribeStackEvents", |client| {
                client.describe_stack_events().stack_name(stack).send()
            })
            .await?;
        Ok(page.stack_events().first().and_then(|event| event.event_id()).map(str::to_owned))
    }

    async fn policy(&self, target: &Target, stack: &str) -> Answer<Option<String>> {
        let answer = self
            .call(target, "GetStackPolicy", |client| client.get_stack_policy().stack_name(stack).send())
            .await?;
        Ok(answer.stack_policy_body().filter(|body| !body.is_empty()).map(str::to_owned))
    }

    async fn create_change_set(&self, target: &Target, request: &ChangeSetRequest) -> Answer<String> {
        let answer = self
            .call(target, "CreateChangeSet", |client| request::change_set(&client, request).send())
            .await?;
        self.guard_arn(target, answer.stack_id().unwrap_or_default())?;
        let id = answer.id().unwrap_or_default().to_owned();
        if request::on_failure(request).is_some() {
            self.settled.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        }
        Ok(id)
    }

    async fn change_set(&self, target: &Target, id: &str) -> Answer<ChangeSet> {
        self.described_change_set(target, id).await
    }

    async fn delete_change_set(&self, target: &Target, id: &str) -> Answer<()> {
        let answer = self
            .call(target, "DeleteChangeSet", |client| client.delete_change_set().change_set_name(id).send())
            .await;
        or_absent(answer.map(drop))
    }

    async fn change_sets(&self, target: &Target, stack: &str) -> Answer<Vec<String>> {
        self.all_change_sets(target, stack).await
    }

    async fn execute_change_set(&self, target: &Target, id: &str, keep: bool, token: &str) -> Answer<()> {
        let is_settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner).contains(id);
        let answer = self
            .call(target, "ExecuteChangeSet", |client| {
                client
                    .execute_change_set()
                    .change_set_name(id)
                    .client_request_token(token)
                    .set_disable_rollback((!is_settled).then_some(keep))
                    .send()
            })
            .await;
        match answer {
            Err(ServiceError::Refused { code, message, .. })
                if phrase::is_executed_already(&code, &message) =>
            {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    async fn delete_stack(
        &self,
        target: &Target,
        stack: &str,
        role: Option<&str>,
        token: &str,
    ) -> Answer<()> {
        let answer = self
            .call(target, "DeleteStack", |client| {
                client
                    .delete_stack()
                    .stack_name(stack)
                    .set_role_arn(role.map(str::to_owned))
                    .client_request_token(token)
                    .send()
            })
            .await;
        or_absent(answer.map(drop))
    }

    async fn continue_rollback(
        &self,
        target: &Target,
        stack: &str,
        skip: &[String],
        token: &str,
    ) -> Answer<()> {
        self.call(target, "ContinueUpdateRollback", |client| {
            client
                .continue_update_rollback()
                .stack_name(stack)
                .set_resources_to_skip((!skip.is_empty()).then(|| skip.to_vec()))
                .client_request_token(token)
                .send()
        })
        .await
        .map(drop)
    }

    async fn roll_back(&self, target: &Target, stack: &str, token: &str) -> Answer<()> {
        self.call(target, "RollbackStack", |client| {
            client.rollback_stack().stack_name(stack).client_request_token(token).send()
        })
        .await
        .map(drop)
    }

    async fn cancel_update(&self, target: &Target, stack: &str, token: &str) -> Answer<()> {
        self.call(target, "CancelUpdateStack", |client| {
            client.cancel_update_stack().stack_name(stack).client_request_token(token).send()
        })
        .await
        .map(drop)
    }

    async fn protect(&self, target: &Target, stack: &str, on: bool) -> Answer<()> {
        self.call(target, "UpdateTerminationProtection", |client| {
            client.update_termination_protection().stack_name(stack).enable_termination_protection(on).send()
        })
        .await
        .map(drop)
    }

    async fn set_policy(&self, target: &Target, stack: &str, policy: &str) -> Answer<()> {
        self.call(target, "SetStackPolicy", |client| {
            client.set_stack_policy().stack_name(stack).stack_policy_body(policy).send()
        })
        .await
        .map(drop)
    }

    async fn upload(&self, target: &Target, bucket: &str, key: &str, body: &str) -> Answer<String> {
        self.put_template(target, bucket, key, body).await
    }

    async fn ssm_parameter(&self, target: &Target, name: &str) -> Answer<String> {
        self.parameter(target, name).await
    }
}
