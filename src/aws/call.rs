//! One call: takes its turn, gets a guarded session, is sent, and is repeated while that may help.

use crate::aws::Cloud;
use crate::aws::convert::phrase;
use crate::aws::fault::Fault;
use crate::aws::pace::Pace;
use crate::aws::patience::Patience;
use crate::aws::session::Session;
use crate::aws::settings::Observer;
use crate::cloudformation::{Answer, ServiceError};
use crate::model::account::Target;
use aws_sdk_cloudformation::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use tokio::time::Instant;

/// Repeats attempts, at the pace the service bears, and tells the observer.
pub(super) struct Repeater {
    pub(super) pace: Pace,
    pub(super) observer: Observer,
    /// The custom address of all services, to be named when nobody answers there.
    pub(super) address: Option<String>,
}

impl Repeater {
    /// Makes attempts until one succeeds or repeating makes no sense. Whatever goes through here must be safe to
    /// send twice: reads, settings, and changes that carry a client token.
    pub(super) async fn repeat<T, F>(
        &self,
        target: &Target,
        operation: &'static str,
        attempt: impl Fn() -> F + Send,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let mut patience = Patience::default();
        let mut first_failure = None;
        loop {
            self.pace.turn(target, operation).await;
            let fault = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let news = first_failure.is_none();
            let since = *first_failure.get_or_insert_with(Instant::now);
            let Some(wait) = patience.after(&fault, since.elapsed(), chance()) else {
                return Err(self.located(fault));
            };
            self.tell(target, operation, &fault, news);
            tokio::time::sleep(wait).await;
        }
    }

    fn located(&self, fault: Fault) -> Fault {
        match (fault, &self.address) {
            (Fault::Lost { message }, Some(url)) => Fault::Lost { message: format!("{url}: {message}") },
            (fault, _) => fault,
        }
    }

    fn tell(&self, target: &Target, operation: &'static str, fault: &Fault, news: bool) {
        match fault {
            Fault::Throttled { .. } => match self.pace.slow(target, operation) {
                Some(rate) => (self.observer)(format!(
                    "AWS asks to slow down: {operation} in {target} is now asked {rate:.1} times a second"
                )),
                None if news => {
                    (self.observer)(format!("AWS asks to slow down: {operation} in {target}"));
                }
                None => {}
            },
            Fault::Unavailable { message } | Fault::Lost { message } if news => {
                (self.observer)(format!("{operation} in {target} failed and is repeated: {message}"));
            }
            Fault::Unavailable { .. } | Fault::Lost { .. } => {}
            Fault::Credentials { .. } | Fault::Refused { .. } | Fault::Final(_) => {}
        }
    }
}

/// A number between 0 and 1 that spreads the waits of many callers.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1u64 << 53) as f64
}

/// The final error that a fault becomes. `way` says how the account was entered.
pub(super) fn settle(fault: Fault, operation: &'static str, target: &Target, way: &str) -> ServiceError {
    let target = target.clone();
    match fault {
        Fault::Final(error) => *error,
        Fault::Credentials { message } => {
            ServiceError::Credentials { target, message: format!("{way}: {message}") }
        }
        Fault::Lost { message } | Fault::Unavailable { message } => {
            ServiceError::Unreachable { operation, target, message }
        }
        Fault::Throttled { code, message } => ServiceError::Refused { operation, target, code, message },
        Fault::Refused { code, message, .. } => match phrase::absent(&code, &message) {
            Some(what) => ServiceError::Absent { what, target },
            None => ServiceError::Refused { operation, target, code, message },
        },
    }
}

impl Cloud {
    /// Asks CloudFormation.
    pub(super) async fn call<T, E, F>(
        &self,
        target: &Target,
        operation: &'static str,
        send: impl Fn(Client) -> F + Send + Sync,
    ) -> Answer<T>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.with_session(target, operation, |session| {
            let sent = send(session.client(&target.region));
            async move { sent.await.map_err(Fault::from) }
        })
        .await
    }

    /// Asks any service with the session of the target, which has passed the guard.
    pub(super) async fn with_session<T, F>(
        &self,
        target: &Target,
        operation: &'static str,
        send: impl Fn(Arc<Session>) -> F + Send + Sync,
    ) -> Answer<T>
    where
        T: Send,
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let attempt = || async {
            let session = self.sessions.of(target).await.map_err(|error| Fault::Final(Box::new(error)))?;
            send(session).await
        };
        match self.repeater.repeat(target, operation, attempt).await {
            Ok(answer) => Ok(answer),
            Err(mut fault) => {
                if let Fault::Credentials { message } = &mut fault {
                    self.sessions.forget(&target.account).await;
                    if phrase::is_unknown_token(message) {
                        let hint = "they passed the account guard, so perhaps the account has not enabled";
                        message.push_str(&format!("; {hint} the region `{}`", target.region));
                    }
                }
                Err(settle(fault, operation, target, &self.sessions.way(&target.account)))
            }
        }
    }
}
