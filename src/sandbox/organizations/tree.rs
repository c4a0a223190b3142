//! The organization itself, its root and its units.

use super::super::refusal::Refusal;
use super::state::{Organization, Unit};
use super::{Call, accounts};
use serde_json::{Value, json};

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    if !call.management.is_empty() {
        let text = "The AWS account is already a member of an organization.";
        return Err(Refusal::new(400, "AlreadyInOrganizationException", text));
    }
    let feature_set = call.option("FeatureSet").unwrap_or("ALL");
    if !matches!(feature_set, "ALL" | "CONSOLIDATED_BILLING") {
        return Err(Refusal::new(
            400,
            "InvalidInputException",
            "You provided an invalid value for FeatureSet.",
        ));
    }
    let organization = Organization::new(call.world.seed, call.account, feature_set, call.now);
    call.management = call.account.to_owned();
    call.world.organizations.insert(call.management.clone(), organization);
    call.world.store.organization_changed(&call.management);
    describe(call)
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let own = call.organization()?;
    let management = &own.management;
    let email = own.accounts.get(management).map(|account| account.email.clone());
    Ok(json!({"Organization": {
        "Id": own.id,
        "Arn": format!("arn:aws:organizations::{management}:organization/{}", own.id),
        "FeatureSet": own.feature_set,
        "MasterAccountArn": own.arn("account", management),
        "MasterAccountId": management,
        "MasterAccountEmail": email,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let own = call.organization()?;
    if own.accounts.len() > 1 || !own.units.is_empty() {
        let text = "The organization isn't empty. To delete an organization, you must first remove all accounts \
                    except the management account, delete all OUs, and delete all policies.";
        return Err(Refusal::new(400, "OrganizationNotEmptyException", text));
    }
    call.world.organizations.remove(&call.management);
    call.world.store.organization_changed(&call.management);
    Ok(json!({}))
}

pub(super) fn roots(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let own = call.organization()?;
    let types: Vec<Value> =
        own.policy_types.iter().map(|kind| json!({"Type": kind, "Status": "ENABLED"})).collect();
    let arn = own.arn("root", &own.root);
    let root = json!({"Id": own.root, "Arn": arn, "Name": "Root", "PolicyTypes": types});
    call.page("Roots", vec![root])
}

fn shown(own: &Organization, id: &str, unit: &Unit) -> Value {
    json!({"Id": id, "Arn": own.arn("ou", id), "Name": unit.name})
}

/// Refuses what is neither the root nor a unit.
fn parent(own: &Organization, id: &str) -> Result<(), Refusal> {
    match own.holds(id) {
        true => Ok(()),
        false => {
            Err(Refusal::new(400, "ParentNotFoundException", "You specified parent that doesn't exist."))
        }
    }
}

fn unit<'a>(own: &'a Organization, id: &str) -> Result<&'a Unit, Refusal> {
    own.units.get(id).ok_or_else(|| {
        let text = "You specified an organizational unit that doesn't exist.";
        Refusal::new(400, "OrganizationalUnitNotFoundException", text)
    })
}

fn free(own: &Organization, parent: &str, name: &str) -> Result<(), Refusal> {
    match own.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        true => {
            let text = "An OU with the same name already exists.";
            Err(Refusal::new(400, "DuplicateOrganizationalUnitException", text))
        }
        false => Ok(()),
    }
}

pub(super) fn create_unit(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (above, name) = (call.text("ParentId")?.to_owned(), call.text("Name")?.to_owned());
    let own = call.organization()?;
    parent(own, &above)?;
    free(own, &above, &name)?;
    // AWS's quota: a unit may lie five deep below the root.
    if own.above(&above).len() >= 5 {
        let text = "You have exceeded the allowed OU depth.";
        return Err(Refusal::new(400, "ConstraintViolationException", text));
    }
    let tags = call.tags();
    call.change(|own| {
        let root = own.root.trim_start_matches("r-").to_owned();
        let id = format!("ou-{root}-{}", own.draw("unit", 8));
        let unit = Unit { name, parent: above };
        let answer = json!({"OrganizationalUnit": shown(own, &id, &unit)});
        own.units.insert(id.clone(), unit);
        own.welcome(&id);
        own.tags.insert(id, tags);
        answer
    })
}

pub(super) fn describe_unit(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("OrganizationalUnitId")?;
    let own = call.organization()?;
    Ok(json!({"OrganizationalUnit": shown(own, id, unit(own, id)?)}))
}

pub(super) fn update_unit(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("OrganizationalUnitId")?.to_owned();
    let own = call.organization()?;
    let known = unit(own, &id)?.clone();
    if let Some(name) = call.option("Name").filter(|name| *name != known.name).map(str::to_owned) {
        free(own, &known.parent, &name)?;
        call.change(|own| own.units.entry(id).and_modify(|unit| unit.name = name).key().clone())?;
    }
    describe_unit(call)
}

pub(super) fn delete_unit(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("OrganizationalUnitId")?.to_owned();
    let own = call.organization()?;
    unit(own, &id)?;
    let used = own.units.values().any(|unit| unit.parent == id)
        || own.accounts.values().any(|account| account.parent == id);
    if used {
        let text = "You specified an organizational unit that isn't empty.";
        return Err(Refusal::new(400, "OrganizationalUnitNotEmptyException", text));
    }
    call.change(|own| {
        own.units.remove(&id);
        own.attached.remove(&id);
        own.tags.remove(&id);
        json!({})
    })
}

pub(super) fn units_of(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ParentId")?;
    let own = call.organization()?;
    parent(own, id)?;
    let below = own.units.iter().filter(|(_, unit)| unit.parent == id);
    let all = below.map(|(id, unit)| shown(own, id, unit)).collect();
    call.page("OrganizationalUnits", all)
}

pub(super) fn accounts_of(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ParentId")?;
    let own = call.organization()?;
    parent(own, id)?;
    let below = own.accounts.iter().filter(|(_, account)| account.parent == id);
    let all = below.map(|(id, account)| accounts::shown(own, id, account)).collect();
    call.page("Accounts", all)
}

pub(super) fn children(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (id, kind) = (call.text("ParentId")?, call.text("ChildType")?);
    let own = call.organization()?;
    parent(own, id)?;
    let units = own.units.iter().filter(|(_, unit)| unit.parent == id).map(|(id, _)| id);
    let accounts = own.accounts.iter().filter(|(_, account)| account.parent == id).map(|(id, _)| id);
    let all: Vec<&String> = match kind {
        "ORGANIZATIONAL_UNIT" => units.collect(),
        "ACCOUNT" => accounts.collect(),
        _ => return Err(Refusal::new(400, "InvalidInputException", "You specified an invalid value.")),
    };
    let all = all.into_iter().map(|id| json!({"Id": id, "Type": kind})).collect();
    call.page("Children", all)
}

pub(super) fn parents(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ChildId")?;
    let own = call.organization()?;
    let found = own.parent(id).ok_or_else(|| {
        let text = "You specified an organizational unit (OU) or account that doesn't exist.";
        Refusal::new(400, "ChildNotFoundException", text)
    })?;
    let kind = if found == own.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    call.page("Parents", vec![json!({"Id": found, "Type": kind})])
}
