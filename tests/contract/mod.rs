//! What AWS documents, asked of the sandbox with AWS's own SDK.
//!
//! Names `sandbox::start` and the SDK only: whatever holds here holds for every client of AWS. No test waits: at the
//! sandbox's highest speed every request moves its time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod aliases;
mod answers;
mod change_sets;
mod deletion;
mod drift;
mod drift_aware;
mod early_validation;
mod exports;
mod express;
mod extensions;
mod failures;
mod faults;
mod garbage;
mod import;
mod judgement;
mod language;
mod neighbours;
mod nested;
mod nested_change_sets;
mod objects;
mod organizations;
mod others;
mod pagination;
mod parameters;
mod protocol;
mod recovery;
mod refactoring;
mod registry;
mod replacement;
mod scans;
mod sequences;
mod settings;
mod stack_set_operations;
mod stack_sets;
mod stacks;
mod state;
mod templates;
mod texts;
mod tokens;
mod validation;
mod wire;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{Stack, StackEvent};
use formwork::sandbox::{Options, Running, Speed, start};

/// The account of most tests.
const ACCOUNT: &str = "111122223333";
/// More requests than any operation needs.
const PATIENCE: usize = 400;

/// A sandbox and a client of it.
struct Bench {
    running: Running,
    client: Client,
}

impl Bench {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// A sandbox in which nothing is ever finished.
    async fn slow() -> Self {
        Self::with(Options { speed: Speed::Times(0.001), ..Options::default() }).await
    }

    async fn failing(logical_id: &str) -> Self {
        Self::with(Options { fail: vec![logical_id.to_owned()], ..Options::default() }).await
    }

    async fn with(options: Options) -> Self {
        let running = start(options).await.unwrap();
        let client = client(&running, ACCOUNT, "eu-west-1");
        Self { running, client }
    }

    fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Creates a stack and waits until it has settled.
    async fn create(&self, name: &str, template: &str) -> Stack {
        self.client.create_stack().stack_name(name).template_body(template).send().await.unwrap();
        self.settled(name).await
    }

    /// Updates a stack and waits until it has settled.
    async fn update(&self, name: &str, template: &str) -> Stack {
        self.client.update_stack().stack_name(name).template_body(template).send().await.unwrap();
        self.settled(name).await
    }

    async fn stack(&self, name: &str) -> Stack {
        let answer = self.client.describe_stacks().stack_name(name).send().await.unwrap();
        answer.stacks().first().unwrap().clone()
    }

    /// Reads a stack until no operation runs on it.
    async fn settled(&self, name: &str) -> Stack {
        for _ in 0..PATIENCE {
            let stack = self.stack(name).await;
            if !status(&stack).ends_with("_IN_PROGRESS") {
                return stack;
            }
        }
        panic!("{name} does not settle");
    }

    /// Reads a change set, with values, until it is decided.
    async fn decided(&self, id: &str) -> DescribeChangeSetOutput {
        for _ in 0..PATIENCE {
            let request = self.client.describe_change_set().change_set_name(id).include_property_values(true);
            let set = request.send().await.unwrap();
            let status = set.status().unwrap().as_str().to_owned();
            if !status.ends_with("_PENDING") && !status.ends_with("_IN_PROGRESS") {
                return set;
            }
        }
        panic!("{id} is never decided");
    }

    /// Executes a change set and waits until its stack has settled.
    async fn carried_out(&self, set: &DescribeChangeSetOutput) -> Stack {
        let id = set.change_set_id().unwrap();
        self.client.execute_change_set().change_set_name(id).send().await.unwrap();
        self.settled(set.stack_id().unwrap()).await
    }

    /// The events of a stack from the first to the last: logical id, status, reason.
    async fn story(&self, name: &str) -> Vec<(String, String, String)> {
        let mut events: Vec<StackEvent> = Vec::new();
        let mut pages = self.client.describe_stack_events().stack_name(name).into_paginator().items().send();
        while let Some(event) = pages.next().await {
            events.push(event.unwrap());
        }
        let told = |event: &StackEvent| {
            let status = event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
            let id = event.logical_resource_id().unwrap_or_default().to_owned();
            (id, status, event.resource_status_reason().unwrap_or_default().to_owned())
        };
        events.iter().rev().map(told).collect()
    }

    /// The statuses that a resource, or the stack by its name, went through.
    async fn statuses(&self, name: &str, logical_id: &str) -> Vec<String> {
        let story = self.story(name).await;
        story.into_iter().filter(|(id, ..)| id == logical_id).map(|(_, status, _)| status).collect()
    }
}

fn client(running: &Running, account: &str, region: &str) -> Client {
    let credentials = Credentials::new(account, "secret", None, None, "test");
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(format!("http://{}", running.address))
        .credentials_provider(credentials)
        .build();
    Client::from_conf(config)
}

fn status(stack: &Stack) -> &str {
    stack.stack_status().unwrap().as_str()
}

/// What a change set says of itself: status, execution status, reason.
fn sentence(set: &DescribeChangeSetOutput) -> (&str, &str, &str) {
    let execution = set.execution_status().map(|status| status.as_str()).unwrap_or_default();
    (set.status().unwrap().as_str(), execution, set.status_reason().unwrap_or_default())
}

/// Code and text of an expected refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = result.unwrap_err();
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}
