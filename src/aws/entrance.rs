//! The credentials to start from: the SDK's own chain for each profile, or a sandbox's.

use crate::aws::address::{check_address, check_variables};
use crate::aws::fault::innermost;
use crate::aws::session::is_stale;
use crate::aws::settings::Settings;
use crate::cloudformation::{Answer, ServiceError};
use crate::model::account::{Account, Target};
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The account whose credentials a sandbox is entered with when a role is assumed from there.
const SANDBOX_MANAGEMENT: &str = "000000000000";

/// Credentials to start from, and the configuration they came with.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) config: SdkConfig,
    /// The region whose STS is asked: the configured one, which surely is of the caller's partition and enabled.
    pub(super) region: String,
    pub(super) credentials: Credentials,
    acquired: SystemTime,
}

type Slot = Arc<tokio::sync::Mutex<Option<Login>>>;

/// Where credentials come from.
pub(super) struct Entrance {
    settings: Arc<Settings>,
    http: Option<SharedHttpClient>,
    /// By profile.
    slots: Mutex<HashMap<Option<String>, Slot>>,
}

impl Entrance {
    pub(super) fn new(settings: Arc<Settings>, http: Option<SharedHttpClient>) -> Self {
        Self { settings, http, slots: Mutex::default() }
    }

    /// The credentials to start from for an account.
    pub(super) async fn login(&self, account: &Account, target: &Target) -> Answer<Login> {
        if let Some(url) = &self.settings.endpoint_url {
            check_address(url, "the endpoint", target)?;
        }
        if self.settings.sandbox {
            return Ok(self.sandbox(account, target));
        }
        let slot = self.slot(account);
        let mut held = slot.lock().await;
        if let Some(login) = &*held
            && !is_stale(login.credentials.expiry(), login.acquired, SystemTime::now())
        {
            return Ok(login.clone());
        }
        *held = None;
        let login = self.chain(account, target).await?;
        *held = Some(login.clone());
        Ok(login)
    }

    pub(super) async fn forget(&self, account: &Account) {
        *self.slot(account).lock().await = None;
    }

    /// How the account is entered, in words that say what to renew.
    pub(super) fn way(&self, account: &Account) -> String {
        let from = match (self.settings.sandbox, self.profile(account)) {
            (true, _) => String::from("the sandbox's own credentials"),
            (false, Some(profile)) => format!("profile `{profile}`"),
            (false, None) => match variable_profile() {
                Some(profile) => format!("profile `{profile}` (of AWS_PROFILE)"),
                None => String::from("the default credentials"),
            },
        };
        match &account.assume {
            Some(role) => format!("{from}, assuming `{role}`"),
            None => from,
        }
    }

    fn profile(&self, account: &Account) -> Option<String> {
        account.profile.clone().or_else(|| self.settings.profile.clone())
    }

    fn slot(&self, account: &Account) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(self.profile(account)).or_default().clone()
    }

    fn sandbox(&self, account: &Account, target: &Target) -> Login {
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::default());
        builder.set_endpoint_url(self.settings.endpoint_url.clone());
        builder.set_http_client(self.http.clone());
        let key = match account.assume {
            Some(_) => SANDBOX_MANAGEMENT,
            None => account.id.as_str(),
        };
        Login {
            config: builder.build(),
            region: target.region.clone(),
            credentials: Credentials::new(key, "sandbox", None, None, "sandbox"),
            acquired: SystemTime::now(),
        }
    }

    async fn chain(&self, account: &Account, target: &Target) -> Answer<Login> {
        if self.settings.endpoint_url.is_none() {
            check_variables(target)?;
        }
        self.check_profile(account, target).await?;
        let config = self.load(account, target).await;
        if let Some(url) = config.endpoint_url() {
            check_address(url, "the configured endpoint", target)?;
        }
        let region = config.region().map_or_else(|| target.region.clone(), |region| region.to_string());
        let Some(provider) = config.credentials_provider() else {
            return Err(self.refused(account, target, "there is no source of credentials"));
        };
        match provider.provide_credentials().await {
            Ok(credentials) => Ok(Login { config, region, credentials, acquired: SystemTime::now() }),
            Err(CredentialsError::CredentialsNotLoaded(_)) => Err(self.refused(
                account,
                target,
                "there are none in the environment, the profiles or the instance",
            )),
            Err(error) => {
                let message = format!("they could not be loaded: {}", innermost(&error));
                Err(self.refused(account, target, message.trim()))
            }
        }
    }

    fn refused(&self, account: &Account, target: &Target, message: &str) -> ServiceError {
        let message = format!("{}: {message}", self.way(account));
        ServiceError::Credentials { target: target.clone(), message }
    }

    /// The SDK's own configuration: environment, profile, the usual files.
    async fn load(&self, account: &Account, target: &Target) -> SdkConfig {
        let profile = self.profile(account);
        let mut region = aws_config::profile::ProfileFileRegionProvider::builder();
        if let Some(profile) = &profile {
            region = region.profile_name(profile);
        }
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(region.build())
            .or_else(Region::new(target.region.clone()));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region.region().await)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts());
        if let Some(profile) = &profile {
            // A profile that was asked for by name comes before keys in the environment.
            let credentials = ProfileFileCredentialsProvider::builder()
                .configure(&self.providers(&region.region().await))
                .profile_name(profile)
                .build();
            loader = loader.profile_name(profile).credentials_provider(credentials);
        }
        if let Some(url) = &self.settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(http) = &self.http {
            loader = loader.http_client(http.clone());
        }
        loader.load().await
    }

    fn providers(&self, region: &Option<Region>) -> ProviderConfig {
        let config = ProviderConfig::empty().with_region(region.clone());
        match &self.http {
            Some(http) => config.with_http_client(http.clone()),
            None => config,
        }
    }

    /// A profile that does not exist is told as that: the chain would go on to look elsewhere.
    async fn check_profile(&self, account: &Account, target: &Target) -> Answer<()> {
        let chosen = self.profile(account);
        let free = || variable_profile().filter(|_| !has_keys());
        let Some(profile) = chosen.or_else(free) else { return Ok(()) };
        let (files, variables, places) = Default::default();
        let chosen = Some(profile.clone().into());
        // What is wrong with the files themselves is told by whoever reads credentials from them.
        let Ok(found) = aws_config::profile::load(&files, &variables, &places, chosen).await else {
            return Ok(());
        };
        if found.get_profile(&profile).is_some() {
            return Ok(());
        }
        Err(self.refused(account, target, "there is no such profile in the AWS configuration"))
    }
}

/// Keys in the environment come before a profile that is named there too.
fn has_keys() -> bool {
    std::env::var("AWS_ACCESS_KEY_ID").is_ok_and(|key| !key.is_empty())
}

fn variable_profile() -> Option<String> {
    std::env::var("AWS_PROFILE").ok().filter(|profile| !profile.is_empty())
}

/// The SDK's own client, made once, so that all accounts and regions share its connections.
pub(super) fn default_http() -> Option<SharedHttpClient> {
    let plugin = default_http_client_plugin_v2(BehaviorVersion::latest())?;
    plugin.runtime_components(&RuntimeComponentsBuilder::new("formwork")).http_client()
}

/// The times that one attempt may take.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3100))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(60))
        .build()
}
