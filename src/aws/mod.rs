//! The real service behind [`crate::cloudformation::CloudFormation`]: sessions, the account guard, rates, the SDK.
//!
//! A call goes through `call`: it takes its turn (`pace`), gets a session whose account was compared with the
//! mapped one (`session`), is sent, and is repeated when that may help (`patience`). What comes back is put into
//! our words by `convert`, the only place that knows the SDK's types and the model's.

mod address;
mod call;
mod convert;
mod entrance;
mod fault;
mod findings;
mod pace;
mod parameters;
mod patience;
mod reading;
mod service;
mod session;
mod settings;
mod signed;
mod storage;

pub use settings::{Observer, Rates, Settings};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use call::Repeater;
use pace::Pace;
use session::Sessions;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use storage::Buckets;

/// The service as formwork asks it: many accounts and regions behind one value.
pub struct Cloud {
    settings: Arc<Settings>,
    sessions: Sessions,
    repeater: Arc<Repeater>,
    /// The buckets that are known to be there.
    buckets: Buckets,
    /// Change sets that were made with `OnStackFailure`: executing them must not speak of rollback again.
    settled: Mutex<HashSet<String>>,
}

impl Cloud {
    /// Makes ready to ask; nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        Self::with_http(settings, entrance::default_http())
    }

    fn with_http(settings: Settings, http: Option<SharedHttpClient>) -> Self {
        let settings = Arc::new(settings);
        let pace = Pace::new(settings.rates);
        let variable = || std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty());
        let address = settings.endpoint_url.clone().or_else(variable);
        let repeater = Arc::new(Repeater { pace, observer: settings.observer.clone(), address });
        let sessions = Sessions::new(settings.clone(), repeater.clone(), http);
        Self { settings, sessions, repeater, buckets: Buckets::default(), settled: Mutex::default() }
    }
}

#[cfg(test)]
mod tests;
