//! Policies: kept, attached and told; nothing is denied by them.

use super::super::refusal::Refusal;
use super::state::{FULL_ACCESS, Organization, Policy};
use super::{Call, tree};
use serde_json::{Value, json};

fn summary(own: &Organization, id: &str, policy: &Policy) -> Value {
    let kind = policy.kind.to_ascii_lowercase();
    let arn = match policy.managed {
        true => format!("arn:aws:organizations::aws:policy/{kind}/{id}"),
        false => {
            format!("arn:aws:organizations::{}:policy/{}/{kind}/{id}", own.management, own.id)
        }
    };
    json!({
        "Id": id,
        "Arn": arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.kind,
        "AwsManaged": policy.managed,
    })
}

fn found<'a>(own: &'a Organization, id: &str) -> Result<&'a Policy, Refusal> {
    own.policies.get(id).ok_or_else(|| {
        Refusal::new(400, "PolicyNotFoundException", "You specified a policy that doesn't exist.")
    })
}

/// A policy of the organization's own: AWS's cannot be changed.
fn own_policy(own: &Organization, id: &str) -> Result<Policy, Refusal> {
    let policy = found(own, id)?;
    match policy.managed {
        true => {
            let text = "You can't modify or delete a policy that is managed by AWS.";
            Err(Refusal::new(400, "InvalidInputException", text))
        }
        false => Ok(policy.clone()),
    }
}

fn written(content: &str) -> Result<(), Refusal> {
    match serde_json::from_str::<Value>(content) {
        Ok(Value::Object(_)) => Ok(()),
        _ => {
            let text =
                "The provided policy document does not meet the requirements of the specified policy type.";
            Err(Refusal::new(400, "MalformedPolicyDocumentException", text))
        }
    }
}

fn free(own: &Organization, kind: &str, name: &str) -> Result<(), Refusal> {
    match own.policies.values().any(|policy| policy.kind == kind && policy.name == name) {
        true => {
            let text = "A policy with the same name already exists.";
            Err(Refusal::new(400, "DuplicatePolicyException", text))
        }
        false => Ok(()),
    }
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = |name: &str| call.text(name).map(str::to_owned);
    let (name, kind, content) = (text("Name")?, text("Type")?, text("Content")?);
    let description = call.option("Description").unwrap_or_default().to_owned();
    written(&content)?;
    free(call.organization()?, &kind, &name)?;
    let tags = call.tags();
    let id = call.change(|own| {
        let id = format!("p-{}", own.draw("policy", 8));
        let policy = Policy { name, description, kind, content, managed: false };
        own.policies.insert(id.clone(), policy);
        own.tags.insert(id.clone(), tags);
        id
    })?;
    told(call.organization()?, &id)
}

fn told(own: &Organization, id: &str) -> Result<Value, Refusal> {
    let policy = found(own, id)?;
    Ok(json!({"Policy": {"PolicySummary": summary(own, id, policy), "Content": policy.content}}))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    told(call.organization()?, call.text("PolicyId")?)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("PolicyId")?.to_owned();
    let mut policy = own_policy(call.organization()?, &id)?;
    if let Some(name) = call.option("Name").filter(|name| *name != policy.name) {
        free(call.organization()?, &policy.kind, name)?;
        policy.name = name.to_owned();
    }
    if let Some(content) = call.option("Content") {
        written(content)?;
        policy.content = content.to_owned();
    }
    if let Some(description) = call.option("Description") {
        policy.description = description.to_owned();
    }
    call.change(|own| own.policies.insert(id.clone(), policy))?;
    told(call.organization()?, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("PolicyId")?.to_owned();
    let own = call.organization()?;
    own_policy(own, &id)?;
    if own.attached.values().any(|list| list.contains(&id)) {
        let text = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and \
                    accounts before performing this operation.";
        return Err(Refusal::new(400, "PolicyInUseException", text));
    }
    call.change(|own| {
        own.policies.remove(&id);
        own.tags.remove(&id);
        json!({})
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let kind = call.text("Filter")?;
    let own = call.organization()?;
    let all = own.policies.iter().filter(|(_, policy)| policy.kind == kind);
    let all = all.map(|(id, policy)| summary(own, id, policy)).collect();
    call.page("Policies", all)
}

/// Refuses what is neither the root nor a unit nor an account.
fn target(own: &Organization, id: &str) -> Result<(), Refusal> {
    match own.holds(id) || own.accounts.contains_key(id) {
        true => Ok(()),
        false => {
            let text = "You specified a target that doesn't exist.";
            Err(Refusal::new(400, "TargetNotFoundException", text))
        }
    }
}

pub(super) fn attach(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (id, to) = (call.text("PolicyId")?.to_owned(), call.text("TargetId")?.to_owned());
    let own = call.organization()?;
    let kind = &found(own, &id)?.kind;
    target(own, &to)?;
    if !own.policy_types.contains(kind) {
        let text = "This operation can be performed only for enabled policy types.";
        return Err(Refusal::new(400, "PolicyTypeNotEnabledException", text));
    }
    if own.attached.get(&to).is_some_and(|list| list.contains(&id)) {
        let text = "The selected policy is already attached to the specified target.";
        return Err(Refusal::new(400, "DuplicatePolicyAttachmentException", text));
    }
    call.change(|own| {
        own.attached.entry(to).or_default().push(id);
        json!({})
    })
}

pub(super) fn detach(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (id, from) = (call.text("PolicyId")?.to_owned(), call.text("TargetId")?.to_owned());
    let own = call.organization()?;
    let kind = found(own, &id)?.kind.clone();
    target(own, &from)?;
    let list = own.attached.get(&from).cloned().unwrap_or_default();
    if !list.contains(&id) {
        let text = "The policy isn't attached to the specified target in the specified root.";
        return Err(Refusal::new(400, "PolicyNotAttachedException", text));
    }
    let same = |one: &&String| own.policies.get(*one).is_some_and(|policy| policy.kind == kind);
    if kind == "SERVICE_CONTROL_POLICY" && list.iter().filter(same).count() < 2 {
        let text = "You can't detach the last policy of this type from a target.";
        return Err(Refusal::new(400, "ConstraintViolationException", text));
    }
    call.change(|own| {
        own.attached.entry(from).or_default().retain(|one| *one != id);
        json!({})
    })
}

pub(super) fn of_target(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (id, kind) = (call.text("TargetId")?, call.text("Filter")?);
    let own = call.organization()?;
    target(own, id)?;
    let attached = own.attached.get(id).into_iter().flatten();
    let all = attached.filter_map(|id| own.policies.get(id).map(|policy| (id, policy)));
    let all = all.filter(|(_, policy)| policy.kind == kind);
    let all = all.map(|(id, policy)| summary(own, id, policy)).collect();
    call.page("Policies", all)
}

pub(super) fn targets(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("PolicyId")?.to_owned();
    let own = call.organization()?;
    found(own, &id)?;
    let shown = |target: &String| {
        let (kind, word, name) = match (own.units.get(target), own.accounts.get(target)) {
            (Some(unit), _) => ("ORGANIZATIONAL_UNIT", "ou", unit.name.as_str()),
            (None, Some(account)) => ("ACCOUNT", "account", account.name.as_str()),
            (None, None) => ("ROOT", "root", "Root"),
        };
        json!({"TargetId": target, "Arn": own.arn(word, target), "Name": name, "Type": kind})
    };
    let holding = own.attached.iter().filter(|(_, list)| list.contains(&id));
    let all = holding.map(|(target, _)| shown(target)).collect();
    call.page("Targets", all)
}

fn root(call: &Call<'_>) -> Result<(), Refusal> {
    match call.text("RootId")? == call.organization()?.root {
        true => Ok(()),
        false => Err(Refusal::new(400, "RootNotFoundException", "You specified a root that doesn't exist.")),
    }
}

pub(super) fn enable(call: &mut Call<'_>) -> Result<Value, Refusal> {
    root(call)?;
    let kind = call.text("PolicyType")?.to_owned();
    if !call.change(|own| own.policy_types.insert(kind))? {
        let text = "The specified policy type is already enabled.";
        return Err(Refusal::new(400, "PolicyTypeAlreadyEnabledException", text));
    }
    described(call)
}

pub(super) fn disable(call: &mut Call<'_>) -> Result<Value, Refusal> {
    root(call)?;
    let kind = call.text("PolicyType")?.to_owned();
    if !call.change(|own| own.policy_types.remove(&kind))? {
        let text = "This operation can be performed only for enabled policy types.";
        return Err(Refusal::new(400, "PolicyTypeNotEnabledException", text));
    }
    // What was attached is forgotten; the service's own policy comes back with the type.
    call.change(|own| {
        let kinds: Vec<String> =
            own.policies.iter().filter(|(_, one)| one.kind == kind).map(|(id, _)| id.clone()).collect();
        let stays = |id: &String| id == FULL_ACCESS || !kinds.contains(id);
        own.attached.values_mut().for_each(|list| list.retain(stays));
    })?;
    described(call)
}

fn described(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut roots = tree::roots(call)?;
    Ok(json!({"Root": roots["Roots"][0].take()}))
}
