//! The way to AWS, or to the sandbox that a command brings with it.

use crate::aws::{Cloud, Rates, Settings};
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::model::account::{Account, AccountId};
use crate::model::environment::Assembly;
use crate::sandbox::{self, Options, Running, Speed};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// A way to the service, with the runtime that calls on it are made in.
pub struct Connection {
    /// Where calls are made.
    pub runtime: Runtime,
    /// The service.
    pub cloud: Arc<Cloud>,
    /// The address is on this machine, so that waiting between polls serves nobody.
    pub local: bool,
    sandbox: Option<Running>,
}

impl Connection {
    /// Opens the way: starts the sandbox if the options ask for it. Nothing is asked of AWS yet.
    pub fn open(session: &Session, assembly: &Assembly, root: PathBuf) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let accounts = accounts(assembly);
        let global = &session.global;
        let (settings, sandbox) = if global.sandbox {
            let options = sandbox_options(session, Some(root.join(".formwork/sandbox")))?;
            let running = runtime.block_on(sandbox::start(options)).map_err(|error| cannot_start(&error))?;
            (Settings::sandbox(accounts, format!("http://{}", running.address)), Some(running))
        } else {
            let variable = session.surroundings.variable;
            let endpoint = global.endpoint_url.clone();
            let rates = Rates::of(endpoint.clone().or_else(|| variable("AWS_ENDPOINT_URL")).as_deref());
            let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "run".to_owned());
            (Settings { endpoint_url: endpoint, rates, session: user, ..Settings::new(accounts) }, None)
        };
        let local = settings.rates == Rates::Unlimited;
        Ok(Self { runtime, cloud: Arc::new(Cloud::new(settings)), local, sandbox })
    }

    /// Closes it; an embedded sandbox writes its state down.
    pub fn close(self) {
        if let Some(running) = self.sandbox {
            self.runtime.block_on(running.stop());
        }
    }
}

/// A runtime for calls.
pub fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::input("could not start the runtime").cause(error.to_string()))
}

/// What an embedded or standing sandbox is started with.
pub fn sandbox_options(session: &Session, state: Option<PathBuf>) -> Result<Options, Failure> {
    let speed = match session.global.speed.as_deref() {
        None => Speed::Max,
        Some(text) => speed(text).ok_or_else(|| {
            Failure::input(format!("`--speed {text}` is neither a number above zero nor `max`"))
        })?,
    };
    let scenario = session.global.scenario.as_ref().map(|file| session.surroundings.folder.join(file));
    Ok(Options { state, speed, fail: session.global.fail.clone(), scenario, ..Options::default() })
}

fn speed(text: &str) -> Option<Speed> {
    if text == "max" {
        return Some(Speed::Max);
    }
    text.parse::<f64>().ok().filter(|factor| factor.is_finite() && *factor > 0.0).map(Speed::Times)
}

/// The failure of a sandbox that could not start.
pub fn cannot_start(error: &sandbox::Error) -> Failure {
    let failure = Failure::input(format!("could not start the sandbox: could not {error}"));
    match std::error::Error::source(error) {
        Some(cause) => failure.cause(cause.to_string()),
        None => failure,
    }
}

fn accounts(assembly: &Assembly) -> BTreeMap<AccountId, Arc<Account>> {
    let environments = assembly.environments.values();
    environments
        .flat_map(|environment| environment.accounts.values())
        .map(|account| (account.id.clone(), account.clone()))
        .collect()
}
