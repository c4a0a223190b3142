//! What an environment's file means once those that it mirrors are under it: its blueprint, accounts, regions, layers.

use crate::model::account::{Account, AccountId};
use crate::model::environment::Protection;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::project::codes;
use crate::project::library::{ACCOUNTS, Library};
use crate::project::schema::accounts::AccountEntry;
use crate::project::schema::blueprint::Blueprint;
use crate::project::schema::environment::{EnvironmentFile, Mapped};
use crate::project::schema::project::ProjectFile;
use crate::project::schema::reader::{Named, suggestion};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// An environment with what it mirrors.
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// The project's file.
    pub project: Arc<ProjectFile>,
    /// Its blueprint.
    pub blueprint: Arc<Blueprint>,
    /// Its file, and those it mirrors; the most mirrored one first, its own last.
    pub chain: Vec<Arc<EnvironmentFile>>,
    /// Its accounts by role.
    pub accounts: BTreeMap<String, Arc<Account>>,
    /// Its regions; the first is the primary.
    pub regions: Vec<String>,
    /// Where its regions are given, by region.
    pub region_places: Vec<Place>,
    /// Where its accounts are given, by role.
    pub account_places: BTreeMap<String, Place>,
    /// Who may change it.
    pub protection: Protection,
    /// Whether all accounts and regions are known. Where they are not, others stand in for them, so that mistakes
    /// elsewhere are told in the same run; nothing of it may be used.
    pub complete: bool,
}

impl Resolved {
    /// Its own file.
    pub fn file(&self) -> &EnvironmentFile {
        &self.chain[self.chain.len() - 1]
    }

    /// Its name with hyphens for slashes, as names of stacks need it.
    pub fn slug(&self) -> String {
        self.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
    }
}

/// Resolves an environment; none when too little of it is known to go on.
pub fn resolve(library: &mut Library, project: &Arc<ProjectFile>, name: &str) -> Option<Resolved> {
    let chain = chain(library, name)?;
    let named = chain.iter().rev().find_map(|file| file.blueprint.clone())?;
    let blueprint = library.blueprint(&named.name, Some(&named.place))?;
    let own = chain.last()?.clone();
    let mut resolved = Resolved {
        name: name.to_owned(),
        project: project.clone(),
        blueprint,
        accounts: BTreeMap::new(),
        regions: Vec::new(),
        region_places: Vec::new(),
        account_places: BTreeMap::new(),
        complete: true,
        protection: chain.iter().rev().find_map(|file| file.protection).unwrap_or_default(),
        chain,
    };
    regions(library, &mut resolved);
    accounts(library, &mut resolved);
    overlays(library, &resolved);
    if let Some(after) = &own.after
        && library.resolve(name, &after.name).is_none()
    {
        let finding = no_environment(library, after, codes::NO_ENVIRONMENT);
        library.findings.push(finding);
    }
    Some(resolved)
}

/// The environment and those it mirrors, the most mirrored one first.
fn chain(library: &mut Library, name: &str) -> Option<Vec<Arc<EnvironmentFile>>> {
    let mut chain = vec![library.environment(name)?];
    let mut names = vec![name.to_owned()];
    while let Some(mirrored) = chain.last().and_then(|file| file.mirrors.clone()) {
        let Some(next) = library.resolve(&names[names.len() - 1], &mirrored.name) else {
            let finding = no_environment(library, &mirrored, codes::NO_MIRROR);
            library.findings.push(finding);
            return None;
        };
        let seen = names.contains(&next);
        names.push(next.clone());
        if seen {
            let path = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
            let message = format!("environments mirror each other: {path}");
            let finding = Finding::error(codes::MIRROR_CYCLE, message, mirrored.place);
            library.findings.push(finding.help("one of them has to stand on its own"));
            return None;
        }
        chain.push(library.environment(&next)?);
    }
    chain.reverse();
    Some(chain)
}

fn no_environment(library: &Library, word: &Named, code: &'static str) -> Finding {
    let help = suggestion(&word.name, library.names.iter().map(String::as_str));
    Finding::error(code, format!("there is no environment `{}`", word.name), word.place.clone()).help(help)
}

fn regions(library: &mut Library, resolved: &mut Resolved) {
    let given = resolved.chain.iter().rev().map(|file| &file.regions).find(|regions| !regions.is_empty());
    let given = given.unwrap_or(&resolved.project.regions);
    resolved.regions = given.iter().map(|region| region.name.clone()).collect();
    resolved.region_places = given.iter().map(|region| region.place.clone()).collect();
    if resolved.regions.is_empty() {
        let message = format!("`{}` has no regions", resolved.name);
        let finding = Finding::error(codes::NO_REGIONS, message, resolved.file().place());
        let help = "add `regions: [eu-west-1]` here, or to `defaults` in `formwork.yaml`";
        // Who knows which defaults a file has that cannot be read?
        if resolved.project.sound {
            library.findings.push(finding.help(help));
        }
        resolved.regions.push("us-east-1".to_owned());
        resolved.complete = false;
    }
}

/// Maps every role of the blueprint.
fn accounts(library: &mut Library, resolved: &mut Resolved) {
    // What cannot be read has been told; which names would be in it nobody knows.
    let known = library.accounts();
    let mut findings = Vec::new();
    let roles = &resolved.blueprint.roles;
    let mut unknown = false;
    for file in &resolved.chain {
        for (role, mapped) in &file.accounts {
            if !roles.iter().any(|known| known.name == role.name) {
                // Most likely it was meant for a role that then lacks its account, which need not be told as well.
                unknown = true;
                let help = suggestion(&role.name, roles.iter().map(|role| role.name.as_str()));
                let message = format!(
                    "the blueprint `{}` has no account role `{}`",
                    resolved.blueprint.name, role.name
                );
                findings.push(Finding::error(codes::NO_ROLE, message, role.place.clone()).help(help));
                continue;
            }
            let (place, entry, name) = match mapped {
                Mapped::Account(entry) => (role.place.clone(), Some(entry), None),
                Mapped::Name(name) => (
                    name.place.clone(),
                    named(known.as_deref(), name, &mut findings),
                    Some(name.name.clone()),
                ),
            };
            match entry.and_then(|entry| account(&role.name, name, entry)) {
                Some(account) => {
                    resolved.accounts.insert(role.name.clone(), Arc::new(account));
                    resolved.account_places.insert(role.name.clone(), place);
                }
                None => unknown = true,
            }
        }
    }
    for role in roles.iter().filter(|role| !resolved.accounts.contains_key(&role.name)) {
        if !unknown {
            let message = format!("`{}` maps no account to the role `{}`", resolved.name, role.name);
            let finding = Finding::error(codes::UNMAPPED, message, resolved.file().place());
            let help = format!("add `accounts: {{{}: \"<twelve digits>\"}}`", role.name);
            let declared = "the blueprint asks for it here";
            findings.push(match role.place.text().is_empty() {
                true => finding.help(help),
                false => finding.help(help).related(role.place.clone(), declared),
            });
        }
    }
    for role in roles {
        let Some(id) = AccountId::parse("000000000000") else { continue };
        if let Entry::Vacant(place) = resolved.accounts.entry(role.name.clone()) {
            let role = role.name.clone();
            let account = Account { role, id, name: None, assume: None, profile: None, external_id: None };
            place.insert(Arc::new(account));
            resolved.complete = false;
        }
    }
    library.findings.extend(findings);
}

fn named<'a>(
    known: Option<&'a Vec<AccountEntry>>,
    name: &Named,
    findings: &mut Vec<Finding>,
) -> Option<&'a AccountEntry> {
    let known = known?;
    let entry = known.iter().find(|entry| entry.name.name == name.name);
    if entry.is_none() {
        let help = match known.is_empty() {
            true => format!("name the accounts in `{ACCOUNTS}`, or write the twelve digits here"),
            false => suggestion(&name.name, known.iter().map(|entry| entry.name.name.as_str())),
        };
        let message = format!("there is no account `{}` in `{ACCOUNTS}`", name.name);
        findings.push(Finding::error(codes::NO_ACCOUNT, message, name.place.clone()).help(help));
    }
    entry
}

fn account(role: &str, name: Option<String>, entry: &AccountEntry) -> Option<Account> {
    Some(Account {
        role: role.to_owned(),
        id: entry.id.clone()?,
        name,
        assume: entry.assume.clone(),
        profile: entry.profile.clone(),
        external_id: entry.external_id.clone(),
    })
}

/// Overlays have to be for roles and regions that there are.
fn overlays(library: &mut Library, resolved: &Resolved) {
    let roles = || resolved.blueprint.roles.iter().map(|role| role.name.as_str());
    let own = resolved.file();
    for (role, _) in own.by_account.iter().filter(|(role, _)| !roles().any(|known| known == role.name)) {
        let message = format!("there is no account role `{}`", role.name);
        let finding = Finding::error(codes::NO_ROLE, message, role.place.clone());
        library.findings.push(finding.help(suggestion(&role.name, roles())));
    }
    for (region, _) in &own.by_region {
        let finding = crate::project::schema::convert::region(&region.name, &region.place);
        library.findings.extend(finding);
    }
}
