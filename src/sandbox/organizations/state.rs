//! An organization: a tree of units and accounts under a root, policies attached to them, services it trusts, and
//! accounts that may act for the management account. Nouns and questions only.

use super::super::identifiers;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The policy that every entity has until it is detached.
pub(super) const FULL_ACCESS: &str = "p-FullAWSAccess";

/// An organization, known by its management account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in super::super) struct Organization {
    pub(super) id: String,
    pub(in super::super) management: String,
    /// Draws the identifiers of everything in it.
    pub(super) seed: u64,
    pub(super) births: u64,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub(super) feature_set: String,
    pub(super) root: String,
    pub(super) units: BTreeMap<String, Unit>,
    pub(super) accounts: BTreeMap<String, Member>,
    pub(super) requests: Vec<Creation>,
    pub(super) handshakes: BTreeMap<String, Handshake>,
    pub(super) policies: BTreeMap<String, Policy>,
    /// The policies of each root, unit or account, in the order in which they were attached.
    pub(super) attached: BTreeMap<String, Vec<String>>,
    /// The kinds of policies that are in force.
    pub(super) policy_types: BTreeSet<String>,
    /// The services that may look into it, and since when.
    pub(super) services: BTreeMap<String, i64>,
    /// By account: the services for which it is a delegated administrator, and since when.
    pub(super) delegated: BTreeMap<String, BTreeMap<String, i64>>,
    /// By the id of what they are on.
    pub(super) tags: BTreeMap<String, Vec<(String, String)>>,
}

/// An organizational unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) name: String,
    pub(super) parent: String,
}

/// An account of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) parent: String,
    pub(super) suspended: bool,
    /// Whether it was there before and was invited.
    pub(super) invited: bool,
    pub(super) joined_at: i64,
}

/// A request for a new account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Creation {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) requested_at: i64,
    pub(super) due: i64,
    /// The account, once it is there.
    pub(super) account: Option<String>,
    /// AWS's word for why there will be none.
    pub(super) failure: Option<String>,
    pub(super) tags: Vec<(String, String)>,
}

/// An invitation of an account that exists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Handshake {
    pub(super) account: String,
    /// `OPEN`, `ACCEPTED`, `DECLINED` or `CANCELED`.
    pub(super) state: String,
    pub(super) requested_at: i64,
}

/// A policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) content: String,
    /// Whether it is AWS's own.
    pub(super) managed: bool,
}

impl Organization {
    /// An organization with nobody in it but the management account.
    pub(super) fn new(seed: u64, management: &str, feature_set: &str, now: i64) -> Self {
        let mut organization = Self {
            management: management.to_owned(),
            seed,
            feature_set: feature_set.to_owned(),
            ..Self::default()
        };
        organization.id = format!("o-{}", organization.draw("organization", 10));
        organization.root = format!("r-{}", organization.draw("root", 4));
        let member = Member {
            name: "management".to_owned(),
            email: format!("{management}@example.com"),
            parent: organization.root.clone(),
            suspended: false,
            invited: true,
            joined_at: now,
        };
        let root = organization.root.clone();
        organization.accounts.insert(management.to_owned(), member);
        let full = Policy {
            name: "FullAWSAccess".to_owned(),
            description: "Allows access to every operation".to_owned(),
            kind: "SERVICE_CONTROL_POLICY".to_owned(),
            content: concat!(
                r#"{"Version": "2012-10-17", "Statement": "#,
                r#"[{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#
            )
            .to_owned(),
            managed: true,
        };
        organization.policies.insert(FULL_ACCESS.to_owned(), full);
        organization.welcome(&root);
        organization.welcome(management);
        organization
    }

    /// Gives a new root, unit or account the policy that all begin with.
    pub(super) fn welcome(&mut self, id: &str) {
        self.attached.insert(id.to_owned(), vec![FULL_ACCESS.to_owned()]);
    }

    /// So many letters and digits that were not drawn before.
    pub(super) fn draw(&mut self, purpose: &str, length: usize) -> String {
        self.births += 1;
        let births = self.births.to_string();
        identifiers::digest(self.seed, &[&self.management, purpose, &births])[..length.min(64)].to_owned()
    }

    /// The parent of a unit or account.
    pub(super) fn parent(&self, id: &str) -> Option<&str> {
        let unit = self.units.get(id).map(|unit| unit.parent.as_str());
        unit.or_else(|| self.accounts.get(id).map(|account| account.parent.as_str()))
    }

    /// Whether something is the root or a unit.
    pub(super) fn holds(&self, id: &str) -> bool {
        id == self.root || self.units.contains_key(id)
    }

    /// The units above an account or unit, the nearest first, and the root.
    pub(in super::super) fn above(&self, id: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut next = self.parent(id);
        while let Some(parent) = next.filter(|parent| !found.iter().any(|known| known == parent)) {
            found.push(parent.to_owned());
            next = self.parent(parent);
        }
        found
    }

    /// All accounts under a root or unit, however deep; nothing when there is no such unit.
    pub(in super::super) fn accounts_below(&self, unit: &str) -> Option<Vec<String>> {
        let below = |id: &&String| self.above(id).iter().any(|above| above == unit);
        self.holds(unit).then(|| self.accounts.keys().filter(below).cloned().collect())
    }

    /// Whether an account is closed.
    pub(super) fn suspended(&self, account: &str) -> bool {
        self.accounts.get(account).is_some_and(|account| account.suspended)
    }

    /// The ARN of something in it: `ou/o-…/ou-…`.
    pub(super) fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.management, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_asked_from_both_ends() {
        let mut organization = Organization::new(1, "111122223333", "ALL", 0);
        let root = organization.root.clone();
        organization.units.insert("ou-1".into(), Unit { name: "a".into(), parent: root.clone() });
        organization.units.insert("ou-2".into(), Unit { name: "b".into(), parent: "ou-1".into() });
        let member = Member { parent: "ou-2".into(), ..organization.accounts["111122223333"].clone() };
        organization.accounts.insert("444455556666".into(), member);
        assert_eq!(organization.above("444455556666"), ["ou-2", "ou-1", root.as_str()]);
        assert_eq!(organization.accounts_below("ou-1"), Some(vec!["444455556666".into()]));
        assert_eq!(organization.accounts_below(&root).map(|all| all.len()), Some(2));
        assert_eq!(organization.accounts_below("ou-9"), None);
    }
}
