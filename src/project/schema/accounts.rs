//! `environments/accounts.yaml` and the accounts that environments spell out.

use crate::model::account::AccountId;
use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::project::schema::convert::account_id;
use crate::project::schema::reader::{Named, Reader};
use std::sync::Arc;

/// An account as it is written.
#[derive(Clone, Debug)]
pub struct AccountEntry {
    /// Its name in `accounts.yaml`, or its role in an environment.
    pub name: Named,
    /// Its id; none when what is written there is no id, which has been told.
    pub id: Option<AccountId>,
    /// The IAM role to assume.
    pub assume: Option<String>,
    /// The profile to start from.
    pub profile: Option<String>,
    /// The external id.
    pub external_id: Option<String>,
}

/// Reads `accounts.yaml`.
pub fn read(document: &Arc<Document>) -> (Vec<AccountEntry>, Vec<Finding>) {
    let mut reader = Reader::new(document);
    let entries = reader.entries(Some(&document.root), "`accounts.yaml`");
    let accounts = entries.into_iter().map(|(name, node)| account(&mut reader, name, node)).collect();
    (accounts, reader.findings)
}

/// Reads one account: its id alone, or a mapping.
pub fn account(reader: &mut Reader, name: Named, node: &Node) -> AccountEntry {
    let mut entry = AccountEntry { name, id: None, assume: None, profile: None, external_id: None };
    if matches!(node.kind, Kind::Scalar { .. }) {
        entry.id = id(reader, node);
        return entry;
    }
    if !reader.mapping(node, "an account", &["id", "role", "profile", "external_id", "description"]) {
        return entry;
    }
    if let Some(node) = reader.required(node, "id", "an account") {
        entry.id = id(reader, node);
    }
    let mut text = |key: &str| node.get(key).and_then(|node| reader.text(node, &format!("`{key}`")));
    entry.assume = text("role");
    entry.profile = text("profile");
    entry.external_id = text("external_id");
    entry
}

/// The text as it is written is looked at, so that no zero is lost whatever the quoting.
fn id(reader: &mut Reader, node: &Node) -> Option<AccountId> {
    let text = node.text().unwrap_or_default();
    match account_id(text, &reader.place(node)) {
        Ok(id) => Some(id),
        Err(finding) => {
            reader.tell(finding);
            None
        }
    }
}
