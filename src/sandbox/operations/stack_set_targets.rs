//! The places that a request on a stack set means: accounts by number or through Organizations, and regions.

use super::super::language::Surroundings;
use super::super::refusal::Refusal;
use super::super::stack_set::{DeploymentTargets, StackSet, Target};
use super::{Call, Input};

/// What a self-managed set answers to units, and a service-managed one to bare accounts.
const ACCOUNTS_ONLY: &str = "StackSets with SELF_MANAGED permission model can only have accounts as target";
const UNITS_ONLY: &str =
    "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target";

impl Call<'_> {
    /// The deployment targets of the request, if it has any.
    pub(super) fn deployment(&self) -> Result<Option<DeploymentTargets>, Refusal> {
        let Some(given) = self.input.structure("DeploymentTargets") else { return Ok(None) };
        let mut accounts = given.texts("Accounts").unwrap_or_default();
        if let Some(url) = given.text("AccountsUrl") {
            accounts.extend(self.listed(url)?);
        }
        let units = given.texts("OrganizationalUnitIds").unwrap_or_default();
        let filter = given.text("AccountFilterType").map(str::to_owned);
        Ok(Some(DeploymentTargets { accounts, units, filter }))
    }

    /// The entries of a file in a bucket, separated by commas or new lines.
    pub(super) fn listed(&self, url: &str) -> Result<Vec<String>, Refusal> {
        let text = match url.starts_with("s3://") {
            true => self.world.outlook(&self.place).included(url).map_err(Refusal::validation)?,
            false => self.fetched(url)?,
        };
        let entries = text.split([',', '\n', '\r']).map(str::trim).filter(|entry| !entry.is_empty());
        Ok(entries.map(str::to_owned).collect())
    }

    /// The regions of the request.
    pub(super) fn regions(&self) -> Result<Vec<String>, Refusal> {
        let mut regions = self.input.texts("Regions").ok_or_else(|| Refusal::missing("regions"))?;
        let mut seen = std::collections::BTreeSet::new();
        regions.retain(|region| seen.insert(region.clone()));
        Ok(regions)
    }

    /// All accounts of the request with the unit through which they are meant; `creating` forbids what has no meaning
    /// for new instances.
    pub(super) fn accounts(
        &self,
        set: &StackSet,
        creating: bool,
    ) -> Result<Vec<(String, Option<String>)>, Refusal> {
        let direct = self.input.texts("Accounts").unwrap_or_default();
        let deployment = self.deployment()?.unwrap_or_default();
        let mut found = match &set.service {
            None if !deployment.units.is_empty() => return Err(Refusal::validation(ACCOUNTS_ONLY)),
            None => direct.into_iter().chain(deployment.accounts).map(|account| (account, None)).collect(),
            Some(_) if !direct.is_empty() => return Err(Refusal::validation(UNITS_ONLY)),
            Some(_) => self.through_units(&deployment, creating)?,
        };
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|(account, _)| seen.insert(account.clone()));
        for (account, _) in &found {
            if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                let text = "Member must satisfy constraint: [Member must satisfy regular expression pattern: ^[0-9]{12}$]";
                return Err(Refusal::constraint(Some(account), "accounts", text));
            }
        }
        Ok(found)
    }

    fn through_units(
        &self,
        deployment: &DeploymentTargets,
        creating: bool,
    ) -> Result<Vec<(String, Option<String>)>, Refusal> {
        let DeploymentTargets { accounts, units, filter } = deployment;
        let management = self.set_place()?.account;
        let default = if accounts.is_empty() || creating { "NONE" } else { "UNION" };
        let filter = match filter.as_deref() {
            Some("UNION") if creating => {
                let text = "AccountFilterType UNION is not supported for CreateStackInstances";
                return Err(Refusal::validation(text));
            }
            None if creating && !accounts.is_empty() && !units.is_empty() => {
                let text = "AccountFilterType must be specified when both Accounts and OrganizationalUnitIds are specified";
                return Err(Refusal::validation(text));
            }
            given => given.unwrap_or(default),
        };
        if units.is_empty() && (creating || accounts.is_empty()) {
            return Err(Refusal::validation("OrganizationalUnitIds are required"));
        }
        let organization = self.world.organizations.get(&management);
        let mut found = Vec::new();
        for unit in units {
            let below = organization.and_then(|organization| organization.accounts_below(unit));
            let below = below.ok_or_else(|| {
                Refusal::validation(format!("OrganizationalUnit {unit} does not exist in the organization"))
            })?;
            // No set has stacks in the management account, even where it would be one of many.
            let members = below.into_iter().filter(|account| *account != management);
            found.extend(members.map(|account| (account, Some(unit.clone()))));
        }
        match filter {
            "INTERSECTION" => found.retain(|(account, _)| accounts.contains(account)),
            "DIFFERENCE" => found.retain(|(account, _)| !accounts.contains(account)),
            "UNION" => found.extend(accounts.iter().map(|account| (account.clone(), None))),
            _ => {}
        }
        Ok(found)
    }

    /// The places of the request.
    pub(super) fn places(&self, set: &StackSet, creating: bool) -> Result<Vec<Target>, Refusal> {
        let (regions, accounts) = (self.regions()?, self.accounts(set, creating)?);
        if set.service.is_none() && accounts.is_empty() {
            return Err(Refusal::validation("Accounts must be specified for a self managed stack set"));
        }
        let of_region = |region: &String| -> Vec<Target> {
            accounts.iter().map(|(account, unit)| Target::new(account, region, unit.clone())).collect()
        };
        Ok(regions.iter().flat_map(of_region).collect())
    }

    /// Whether the request says which of a set's instances are meant.
    pub(super) fn selective(&self) -> bool {
        let some = |name: &str| self.input.texts(name).is_some_and(|list| !list.is_empty());
        let units = |one: &Input| one.texts("OrganizationalUnitIds").or_else(|| one.texts("Accounts"));
        some("Accounts")
            || some("Regions")
            || self.input.structure("DeploymentTargets").and_then(units).is_some()
    }
}
