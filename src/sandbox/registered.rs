//! Private extensions that an account has registered. Nouns only; what is in their packages nobody reads.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A private extension.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Registered {
    /// `RESOURCE`, `MODULE` or `HOOK`.
    pub(super) kind: String,
    pub(super) name: String,
    /// In order of registration; the first is `00000001`.
    pub(super) versions: Vec<Version>,
    /// The default version's identifier.
    pub(super) default: String,
    /// By alias: the configuration, and when it was set.
    pub(super) configurations: BTreeMap<String, (String, i64)>,
}

/// One version of an extension.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) id: String,
    /// The token of its registration.
    pub(super) token: String,
    /// What the caller called the request, if anything.
    pub(super) client_token: Option<String>,
    pub(super) at: i64,
    pub(super) deprecated: bool,
    pub(super) role: Option<String>,
}

impl Registered {
    /// The version of this identifier, or the default one.
    pub(super) fn version(&self, id: Option<&str>) -> Option<&Version> {
        self.versions.iter().find(|one| one.id == id.unwrap_or(&self.default))
    }

    /// Whether any version is still in use.
    pub(super) fn lives(&self) -> bool {
        self.versions.iter().any(|one| !one.deprecated)
    }
}
