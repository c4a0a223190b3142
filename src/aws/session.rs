//! Sessions: how each account is entered, and the guard that makes sure it is the one that was meant.
//!
//! The way in is the SDK's own chain (or a sandbox's), then `AssumeRole` where the account names a role. Every set of
//! credentials is asked who it is before anything else is asked with it; if it is another account, it is never used.

use crate::aws::call::{Repeater, settle};
use crate::aws::entrance::{Entrance, Login};
use crate::aws::fault::Fault;
use crate::aws::settings::Settings;
use crate::cloudformation::{Answer, Identity, ServiceError};
use crate::model::account::{Account, AccountId, Target};
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudformation::Client;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Credentials are renewed so long before they lapse.
const MARGIN: Duration = Duration::from_secs(300);
/// But not more often than this, for those that are short-lived from the start.
const LEAST_USE: Duration = Duration::from_secs(60);

/// Credentials of an account that have passed the guard.
pub(super) struct Session {
    pub(super) identity: Identity,
    pub(super) credentials: Credentials,
    pub(super) config: SdkConfig,
    acquired: SystemTime,
    clients: Mutex<HashMap<String, Client>>,
}

impl Session {
    /// The client for a region.
    pub(super) fn client(&self, region: &str) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Client::new(&configured(&self.config, &self.credentials, region));
        clients.entry(region.to_owned()).or_insert_with(make).clone()
    }

    /// The partition that the account belongs to, such as `aws`.
    pub(super) fn partition(&self) -> &str {
        partition(&self.identity.arn)
    }
}

/// The second part of an ARN.
fn partition(arn: &str) -> &str {
    arn.split(':').nth(1).filter(|part| !part.is_empty()).unwrap_or("aws")
}

/// The configuration with credentials and a region.
pub(super) fn configured(base: &SdkConfig, credentials: &Credentials, region: &str) -> SdkConfig {
    base.to_builder()
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
        .build()
}

/// Whether credentials should be renewed.
pub(super) fn is_stale(expiry: Option<SystemTime>, acquired: SystemTime, now: SystemTime) -> bool {
    let Some(expiry) = expiry else { return false };
    let is_new = now.duration_since(acquired).is_ok_and(|age| age < LEAST_USE);
    now >= expiry || (now + MARGIN >= expiry && !is_new)
}

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Session>>>>;

/// The sessions of all accounts.
pub(super) struct Sessions {
    settings: Arc<Settings>,
    repeater: Arc<Repeater>,
    entrance: Entrance,
    slots: Mutex<HashMap<AccountId, Slot>>,
}

impl Sessions {
    pub(super) fn new(
        settings: Arc<Settings>,
        repeater: Arc<Repeater>,
        http: Option<SharedHttpClient>,
    ) -> Self {
        let entrance = Entrance::new(settings.clone(), http);
        Self { settings, repeater, entrance, slots: Mutex::default() }
    }

    /// The session of the target's account, guarded.
    pub(super) async fn of(&self, target: &Target) -> Answer<Arc<Session>> {
        let slot = self.slot(&target.account);
        let mut held = slot.lock().await;
        if let Some(session) = &*held {
            let expiry = session.credentials.expiry();
            if !is_stale(expiry, session.acquired, SystemTime::now()) {
                return Ok(session.clone());
            }
        }
        *held = None;
        let session = Arc::new(self.enter(target).await?);
        *held = Some(session.clone());
        Ok(session)
    }

    /// Drops what is known of an account, so that the next call signs in anew.
    pub(super) async fn forget(&self, account: &AccountId) {
        *self.slot(account).lock().await = None;
        if let Some(account) = self.settings.accounts.get(account) {
            self.entrance.forget(account).await;
        }
    }

    /// How the account is entered, in words.
    pub(super) fn way(&self, account: &AccountId) -> String {
        match self.settings.accounts.get(account) {
            Some(account) => self.entrance.way(account),
            None => String::from("the account is not mapped"),
        }
    }

    fn slot(&self, account: &AccountId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(account.clone()).or_default().clone()
    }

    async fn enter(&self, target: &Target) -> Answer<Session> {
        let Some(account) = self.settings.accounts.get(&target.account) else {
            return Err(ServiceError::Credentials {
                target: target.clone(),
                message: String::from("the account is not mapped"),
            });
        };
        let login = self.entrance.login(account, target).await?;
        let credentials = match &account.assume {
            None => login.credentials.clone(),
            Some(role) => self.assume(target, account, &login, role).await?,
        };
        let identity = self.identify(target, &login, &credentials).await?;
        if identity.account != target.account.as_str() {
            return Err(ServiceError::WrongAccount {
                target: target.clone(),
                actual: identity.account,
                arn: identity.arn,
            });
        }
        let config = login.config.clone();
        let acquired = SystemTime::now();
        Ok(Session { identity, credentials, config, acquired, clients: Mutex::default() })
    }

    /// Asks who the credentials are.
    async fn identify(&self, target: &Target, login: &Login, credentials: &Credentials) -> Answer<Identity> {
        let client = aws_sdk_sts::Client::new(&configured(&login.config, credentials, &login.region));
        let ask = || {
            let asked = client.get_caller_identity().send();
            async move { asked.await.map_err(Fault::from) }
        };
        let asked = self.repeater.repeat(target, "GetCallerIdentity", ask).await;
        let said =
            asked.map_err(|fault| settle(fault, "GetCallerIdentity", target, &self.way(&target.account)))?;
        Ok(Identity {
            account: said.account().unwrap_or_default().to_owned(),
            arn: said.arn().unwrap_or_default().to_owned(),
        })
    }

    async fn assume(
        &self,
        target: &Target,
        account: &Account,
        login: &Login,
        role: &str,
    ) -> Answer<Credentials> {
        let arn = match role.starts_with("arn:") {
            true => role.to_owned(),
            false => {
                let caller = self.identify(target, login, &login.credentials).await?;
                format!("arn:{}:iam::{}:role/{role}", partition(&caller.arn), account.id)
            }
        };
        let client = aws_sdk_sts::Client::new(&configured(&login.config, &login.credentials, &login.region));
        let ask = || {
            let request = client
                .assume_role()
                .role_arn(&arn)
                .role_session_name(session_name(&self.settings.session))
                .set_external_id(account.external_id.clone())
                .set_tags(self.tags());
            async move { request.send().await.map_err(Fault::from) }
        };
        let asked = self.repeater.repeat(target, "AssumeRole", ask).await;
        let way = self.way(&target.account);
        let answer = asked.map_err(|fault| settle(fault, "AssumeRole", target, &way))?;
        let given = answer.credentials().ok_or_else(|| ServiceError::Credentials {
            target: target.clone(),
            message: format!("{way}: AssumeRole gave no credentials"),
        })?;
        let expiry = SystemTime::try_from(*given.expiration()).ok();
        let token = Some(given.session_token().to_owned());
        let (key, secret) = (given.access_key_id(), given.secret_access_key());
        Ok(Credentials::new(key, secret, token, expiry, "AssumeRole"))
    }

    fn tags(&self) -> Option<Vec<aws_sdk_sts::types::Tag>> {
        let tag = |(key, value): &(String, String)| {
            aws_sdk_sts::types::Tag::builder().key(key).value(value).build().ok()
        };
        let tags: Vec<_> = self.settings.session_tags.iter().filter_map(tag).collect();
        (!tags.is_empty()).then_some(tags)
    }
}

/// `formwork-<who>`, with the characters and the length that a session name may have.
fn session_name(who: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let who = who.chars().map(|c| if allowed(c) { c } else { '-' });
    "formwork-".chars().chain(who).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_are_valid() {
        let check = |who: &str, expected: &str| assert_eq!(session_name(who), expected);
        check("anna", "formwork-anna");
        check("Anna Müller/ci:7", "formwork-Anna-M-ller-ci-7");
        check("anna@example.com", "formwork-anna@example.com");
        check("", "formwork-");
        assert_eq!(session_name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn credentials_are_renewed_five_minutes_before_they_lapse() {
        let start = SystemTime::UNIX_EPOCH;
        let at = |seconds| start + Duration::from_secs(seconds);
        let check = |expiry, now, expected| assert_eq!(is_stale(expiry, start, at(now)), expected, "{now}");
        check(None, 1_000_000, false);
        check(Some(at(3600)), 3000, false);
        check(Some(at(3600)), 3300, true);
        check(Some(at(3600)), 4000, true);
        // Short-lived from the start: used for a minute, not renewed with every call.
        check(Some(at(200)), 10, false);
        check(Some(at(200)), 70, true);
        check(Some(at(20)), 20, true);
    }

    #[test]
    fn the_partition_is_the_second_part_of_an_arn() {
        let check = |arn, expected| assert_eq!(partition(arn), expected);
        check("arn:aws-us-gov:sts::111111111111:assumed-role/x/y", "aws-us-gov");
        check("arn:aws:iam::111111111111:root", "aws");
        check("", "aws");
    }
}
