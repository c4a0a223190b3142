//! Asks the service what a change would do, with a change set. What is of no use is deleted again at once.

use crate::cloudformation::{
    Answer, ChangeSet, ChangeSetKind, ChangeSetRequest, ChangeSetState, CloudFormation, ServiceError,
    TemplateSource,
};
use crate::model::account::Target;
use crate::model::change::ResourceChange;
use crate::model::environment::Environment;
use crate::model::stack::{Body, Stack, StackAddress};
use crate::plan::decide::Question;
use crate::plan::discard::remove;
use crate::plan::waiting::{Interrupt, Interval, once_visible, sleep};
use crate::plan::{PlannedChangeSet, token};
use std::sync::Arc;
use tokio::sync::watch;

/// The largest template that fits into a request; larger ones go through a bucket.
pub const REQUEST_LIMIT_BYTES: usize = 51_200;

/// Everything around a question that is the same for all stacks of a run.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    /// The run's id.
    pub run: String,
    /// At which stage of the run it is asked: `plan` or `turn`.
    pub stage: &'static str,
    /// How often to look whether the answer is there.
    pub interval: Interval,
    /// Whether somebody asked to stop.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// A change set that can be executed, and what it does.
    Ready(PlannedChangeSet, Vec<ResourceChange>),
    /// There is nothing to change.
    Nothing,
    /// The service will not do it.
    Refused {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Somebody asked to stop; nothing is left.
    Interrupted,
}

/// The bucket for the large templates of a stack.
pub(crate) fn bucket(environment: Option<&Arc<Environment>>, stack: &Stack) -> Option<String> {
    let target = (stack.account.id.to_string(), stack.region.clone());
    environment?.artifact_buckets.get(&target).cloned()
}

/// Makes a change set and waits until it is settled.
pub(crate) async fn ask<C: CloudFormation>(
    cloud: &Arc<C>,
    stack: &Stack,
    bucket: Option<&str>,
    question: Question,
    circumstances: &Circumstances,
) -> Answer<Asked> {
    if *circumstances.interrupt.borrow() != Interrupt::None {
        return Ok(Asked::Interrupted);
    }
    let target = stack.target();
    let template = match source(cloud, &target, bucket, &stack.body).await? {
        Some(template) => template,
        None => return Ok(no_bucket(stack)),
    };
    let made_review = question.kind == ChangeSetKind::Create && !question.in_review;
    let request = request(stack, template, question, circumstances);
    let id = match cloud.create_change_set(&target, &request).await {
        Ok(id) => id,
        Err(ServiceError::Refused { message, .. }) => return Ok(refused(message)),
        Err(error) => return Err(error),
    };
    let made = PlannedChangeSet { id, stack_id: stack.name.clone(), made_review };
    let settled = settle(cloud, &target, &made, circumstances).await;
    conclude(cloud, &stack.address, &target, made, settled).await
}

async fn source<C: CloudFormation>(
    cloud: &Arc<C>,
    target: &Target,
    bucket: Option<&str>,
    body: &Body,
) -> Answer<Option<TemplateSource>> {
    if body.text().len() <= REQUEST_LIMIT_BYTES {
        return Ok(Some(TemplateSource::Body(body.text().to_owned())));
    }
    let Some(bucket) = bucket else { return Ok(None) };
    // The name is the content's, so that uploading the same template again changes nothing.
    let key = format!("templates/{}", body.sha256);
    Ok(Some(TemplateSource::Url(cloud.upload(target, bucket, &key, body.text()).await?)))
}

fn no_bucket(stack: &Stack) -> Asked {
    Asked::Refused {
        reason: format!(
            "the template has {} bytes; above {REQUEST_LIMIT_BYTES} it has to go through a bucket, and none is configured",
            stack.body.text().len()
        ),
        remedy: "name one in `formwork.yaml`, under `artifacts: {bucket: …}`".to_owned(),
    }
}

fn request(
    stack: &Stack,
    template: TemplateSource,
    question: Question,
    circumstances: &Circumstances,
) -> ChangeSetRequest {
    ChangeSetRequest {
        stack: stack.name.clone(),
        name: token::change_set_name(&circumstances.run, circumstances.stage),
        kind: question.kind,
        template,
        parameters: question.parameters,
        tags: stack.tags.clone(),
        capabilities: stack.capabilities.clone(),
        role: stack.role.clone(),
        notifications: stack.notifications.clone(),
        on_failure: stack.on_failure,
        mode: stack.mode,
        token: token::token(&circumstances.run, &stack.address, circumstances.stage),
        description: format!("formwork, run {}, {}", circumstances.run, stack.address),
    }
}

/// Waits until a change set is settled; none when somebody asked to stop.
async fn settle<C: CloudFormation>(
    cloud: &Arc<C>,
    target: &Target,
    made: &PlannedChangeSet,
    circumstances: &Circumstances,
) -> Answer<Option<ChangeSet>> {
    let mut interrupt = circumstances.interrupt.clone();
    let mut wait = circumstances.interval.first;
    loop {
        let seen = once_visible(|| cloud.change_set(target, &made.id)).await?;
        if seen.state != ChangeSetState::Pending {
            return Ok(Some(seen));
        }
        if sleep(wait, &mut interrupt).await {
            return Ok(None);
        }
        wait = circumstances.interval.after(wait);
    }
}

async fn conclude<C: CloudFormation>(
    cloud: &Arc<C>,
    address: &StackAddress,
    target: &Target,
    made: PlannedChangeSet,
    settled: Answer<Option<ChangeSet>>,
) -> Answer<Asked> {
    let (made, asked) = match settled {
        Ok(Some(set)) => {
            let made = PlannedChangeSet { stack_id: set.stack_id, ..made };
            match set.state {
                ChangeSetState::Ready => return Ok(Asked::Ready(made, set.changes)),
                ChangeSetState::NoChanges => (made, Ok(Asked::Nothing)),
                ChangeSetState::Failed(reason) | ChangeSetState::Gone(reason) => (made, Ok(refused(reason))),
                // Settled is everything else.
                ChangeSetState::Pending => (made, Ok(refused("the change set did not settle".to_owned()))),
            }
        }
        Ok(None) => (made, Ok(Asked::Interrupted)),
        Err(error) => (made, Err(error)),
    };
    let removed = remove(cloud, target, address, &made).await;
    // What went wrong first is told first.
    let asked = asked?;
    removed.map(|()| asked)
}

fn refused(reason: String) -> Asked {
    Asked::Refused { reason, remedy: "mend the template or what it is given, and plan again".to_owned() }
}
