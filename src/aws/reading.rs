//! Reads that come in pages, and the check that what is read is of the account that was asked.

use crate::aws::Cloud;
use crate::aws::convert::{self, change_set, phrase};
use crate::cloudformation::{Answer, ChangeSet, ChangeSetState, ServiceError};
use crate::model::account::Target;
use crate::model::live::{LiveResource, LiveStack, StackEvent};
use crate::model::status::StackStatus;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types;

/// The token of the next page; an empty one ends as none does.
pub(super) fn next(token: Option<&str>) -> Option<String> {
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

impl Cloud {
    /// Refuses an ARN of another account: the answer to a question that was asked elsewhere.
    pub(super) fn guard_arn(&self, target: &Target, arn: &str) -> Answer<()> {
        let account = arn.split(':').nth(4).unwrap_or_default();
        if account.is_empty() || account == target.account.as_str() {
            return Ok(());
        }
        let (actual, arn) = (account.to_owned(), arn.to_owned());
        Err(ServiceError::WrongAccount { target: target.clone(), actual, arn })
    }

    pub(super) async fn all_stacks(&self, target: &Target) -> Answer<Vec<LiveStack>> {
        let (mut stacks, mut token) = (Vec::new(), None);
        loop {
            let page = self
                .call(target, "DescribeStacks", |client| {
                    client.describe_stacks().set_next_token(token.clone()).send()
                })
                .await?;
            for stack in page.stacks().iter().map(convert::stack) {
                self.guard_arn(target, &stack.id)?;
                if stack.status != StackStatus::DeleteComplete {
                    stacks.push(stack);
                }
            }
            token = next(page.next_token());
            if token.is_none() {
                return Ok(stacks);
            }
        }
    }

    pub(super) async fn one_stack(&self, target: &Target, name: &str) -> Answer<LiveStack> {
        let page = self
            .call(target, "DescribeStacks", |client| client.describe_stacks().stack_name(name).send())
            .await?;
        let absent = || ServiceError::Absent { what: format!("stack `{name}`"), target: target.clone() };
        let stack = page.stacks().first().map(convert::stack).ok_or_else(absent)?;
        self.guard_arn(target, &stack.id)?;
        // A server may show a deleted stack by its name; to whoever asks by name it is gone.
        if stack.status == StackStatus::DeleteComplete && !name.starts_with("arn:") {
            return Err(absent());
        }
        Ok(stack)
    }

    pub(super) async fn all_resources(&self, target: &Target, stack: &str) -> Answer<Vec<LiveResource>> {
        let (mut resources, mut token) = (Vec::new(), None);
        loop {
            let page = self
                .call(target, "ListStackResources", |client| {
                    client.list_stack_resources().stack_name(stack).set_next_token(token.clone()).send()
                })
                .await?;
            resources.extend(page.stack_resource_summaries().iter().map(convert::resource));
            token = next(page.next_token());
            if token.is_none() {
                return Ok(resources);
            }
        }
    }

    /// The service tells the newest first: pages are read until the known event appears.
    pub(super) async fn new_events(
        &self,
        target: &Target,
        stack: &str,
        after: Option<&str>,
    ) -> Answer<Vec<StackEvent>> {
        let (mut events, mut token) = (Vec::new(), None);
        'pages: loop {
            let page = self
                .call(target, "DescribeStackEvents", |client| {
                    client.describe_stack_events().stack_name(stack).set_next_token(token.clone()).send()
                })
                .await?;
            for event in page.stack_events().iter().map(convert::event) {
                if Some(event.id.as_str()) == after {
                    break 'pages;
                }
                events.push(event);
            }
            token = next(page.next_token());
            if token.is_none() {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }

    pub(super) async fn all_change_sets(&self, target: &Target, stack: &str) -> Answer<Vec<String>> {
        let (mut ids, mut token) = (Vec::new(), None);
        loop {
            let page = self
                .call(target, "ListChangeSets", |client| {
                    client.list_change_sets().stack_name(stack).set_next_token(token.clone()).send()
                })
                .await?;
            ids.extend(page.summaries().iter().filter_map(|one| one.change_set_id()).map(str::to_owned));
            token = next(page.next_token());
            if token.is_none() {
                return Ok(ids);
            }
        }
    }

    /// Two passes: with values, and without them where the service says that it left something out.
    pub(super) async fn described_change_set(&self, target: &Target, id: &str) -> Answer<ChangeSet> {
        let (first, changes) = self.change_set_pages(target, id, true).await?;
        let reason = first.status_reason().unwrap_or_default();
        let changes = match phrase::is_incomplete(reason) && is_ready(&first) {
            true => {
                let (_, without) = self.change_set_pages(target, id, false).await?;
                change_set::merge(change_set::changes(&changes), change_set::changes(&without))
            }
            false => change_set::changes(&changes),
        };
        Ok(ChangeSet {
            id: first.change_set_id().unwrap_or(id).to_owned(),
            stack_id: first.stack_id().unwrap_or_default().to_owned(),
            state: match state(&first) {
                ChangeSetState::Failed(reason) if phrase::is_validation(&reason) => {
                    ChangeSetState::Failed(self.explained(target, id, reason).await)
                }
                state => state,
            },
            changes,
        })
    }

    /// The first page and the changes of all pages; one page only while the change set is not ready.
    async fn change_set_pages(
        &self,
        target: &Target,
        id: &str,
        values: bool,
    ) -> Answer<(DescribeChangeSetOutput, Vec<types::Change>)> {
        let describe = async |token: Option<String>| {
            self.call(target, "DescribeChangeSet", |client| {
                client
                    .describe_change_set()
                    .change_set_name(id)
                    .include_property_values(values)
                    .set_next_token(token.clone())
                    .send()
            })
            .await
        };
        let first = describe(None).await?;
        self.guard_arn(target, first.stack_id().unwrap_or_default())?;
        let mut changes = first.changes().to_vec();
        let mut token = next(first.next_token()).filter(|_| is_ready(&first));
        while token.is_some() {
            let page = describe(token).await?;
            changes.extend_from_slice(page.changes());
            token = next(page.next_token());
        }
        Ok((first, changes))
    }
}

fn state(output: &DescribeChangeSetOutput) -> ChangeSetState {
    change_set::state(
        output.status().map_or("", types::ChangeSetStatus::as_str),
        output.execution_status().map_or("", types::ExecutionStatus::as_str),
        output.status_reason().unwrap_or_default(),
    )
}

fn is_ready(output: &DescribeChangeSetOutput) -> bool {
    state(output) == ChangeSetState::Ready
}
