//! AWS accounts and the places in them that stacks go to.

use std::fmt;

/// Twelve digits, leading zeros kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Takes twelve digits, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self(text.to_owned()))
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account as an environment maps it: which it is, and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The role that the blueprint gives it (`workload`).
    pub role: String,
    /// Its id.
    pub id: AccountId,
    /// Its name in `accounts.yaml`, if it came from there.
    pub name: Option<String>,
    /// The IAM role to assume there: a name or a whole ARN. None: the caller's own credentials are of that account.
    pub assume: Option<String>,
    /// The profile of the AWS configuration to start from.
    pub profile: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

/// Where stacks live: an account and a region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// The region, such as `eu-west-1`.
    pub region: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}
