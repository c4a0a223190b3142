//! What the caller decides about the way in: accounts, addresses, names, rates.

use crate::model::account::{Account, AccountId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hears, in one sentence, that AWS asked to slow down or did not answer and is asked again.
pub type Observer = Arc<dyn Fn(String) + Send + Sync>;

/// How fast the service may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rates {
    /// At four fifths of the published rates, slower when AWS asks for it.
    #[default]
    Published,
    /// As fast as it answers: for servers on this machine.
    Unlimited,
}

impl Rates {
    /// The rates for a custom address: servers on this machine publish none.
    pub fn of(endpoint_url: Option<&str>) -> Self {
        let Some(url) = endpoint_url else { return Self::Published };
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = after_scheme.split(['/', '?']).next().unwrap_or("");
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
        if is_here { Self::Unlimited } else { Self::Published }
    }
}

/// What the caller decides.
#[derive(Clone)]
pub struct Settings {
    /// How to get into each account; calls for others are refused.
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    /// The address of every service, in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// The address is a sandbox's: no credentials are looked for, the access key id names the account.
    pub sandbox: bool,
    /// The profile to start from where an account names none.
    pub profile: Option<String>,
    /// Who asks: a user's name or a run's id; becomes part of the session name.
    pub session: String,
    /// Session tags; the role must allow `sts:TagSession` when there are any.
    pub session_tags: Vec<(String, String)>,
    /// How fast.
    pub rates: Rates,
    /// Hears of slow-downs.
    pub observer: Observer,
}

impl Settings {
    /// The settings for AWS itself, or for what the variable `AWS_ENDPOINT_URL` names.
    pub fn new(accounts: BTreeMap<AccountId, Arc<Account>>) -> Self {
        Self {
            accounts,
            endpoint_url: None,
            sandbox: false,
            profile: None,
            session: String::from("run"),
            session_tags: Vec::new(),
            rates: Rates::Published,
            observer: Arc::new(|_| {}),
        }
    }

    /// The settings for a sandbox at an address.
    pub fn sandbox(accounts: BTreeMap<AccountId, Arc<Account>>, url: impl Into<String>) -> Self {
        Self { endpoint_url: Some(url.into()), sandbox: true, rates: Rates::Unlimited, ..Self::new(accounts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_of_this_machine_are_asked_without_limit() {
        let check = |url: Option<&str>, expected| assert_eq!(Rates::of(url), expected, "{url:?}");
        check(None, Rates::Published);
        check(Some("http://127.0.0.1:4566"), Rates::Unlimited);
        check(Some("http://127.0.0.1:4566/path"), Rates::Unlimited);
        check(Some("http://localhost"), Rates::Unlimited);
        check(Some("http://[::1]:80/"), Rates::Unlimited);
        check(Some("https://localhost.example.com:80"), Rates::Published);
        check(Some("https://vpce-1.cloudformation.eu-west-1.vpce.amazonaws.com"), Rates::Published);
        check(Some(""), Rates::Published);
    }
}
