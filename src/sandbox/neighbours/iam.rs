//! IAM: roles and managed policies that stacks hold, in whatever region. Documents are written as IAM does: escaped.

use super::super::clock::timestamp;
use super::super::refusal::Refusal;
use super::held::{Held, pairs};
use super::{Asked, shown};
use serde_json::{Value, json};

const ROLE: &str = "AWS::IAM::Role";
const POLICY: &str = "AWS::IAM::ManagedPolicy";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "ListRoles" => {
            let roles: Vec<Value> =
                asked.everywhere(ROLE).iter().map(|role| described(role, false)).collect();
            Ok(json!({"Roles": roles, "IsTruncated": false}))
        }
        "GetRole" => Ok(json!({"Role": described(&role(asked)?, true)})),
        "ListRoleTags" => Ok(json!({"Tags": pairs(role(asked)?.tags()), "IsTruncated": false})),
        "ListRolePolicies" => {
            let policies = inline(asked, &role(asked)?);
            let names: Vec<&str> = policies.iter().map(|(name, _)| name.as_str()).collect();
            Ok(json!({"PolicyNames": names, "IsTruncated": false}))
        }
        "GetRolePolicy" => {
            let (role, name) = (role(asked)?, asked.name("PolicyName"));
            let found = inline(asked, &role).into_iter().find(|(policy, _)| policy == name);
            let text = format!("The role policy with name {name} cannot be found.");
            let (_, document) = found.ok_or_else(|| Refusal::new(404, "NoSuchEntity", text))?;
            Ok(json!({"RoleName": role.id(), "PolicyName": name, "PolicyDocument": escaped(&document)}))
        }
        "ListAttachedRolePolicies" => {
            let given = role(asked)?.list("ManagedPolicyArns");
            let arns = given.iter().filter_map(Value::as_str);
            let row = |arn: &str| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn});
            Ok(json!({"AttachedPolicies": arns.map(row).collect::<Vec<_>>(), "IsTruncated": false}))
        }
        "GetPolicy" => Ok(json!({"Policy": managed(&policy(asked)?)})),
        "ListPolicies" => {
            let policies: Vec<Value> = asked.everywhere(POLICY).iter().map(managed).collect();
            Ok(json!({"Policies": policies, "IsTruncated": false}))
        }
        "GetPolicyVersion" => {
            let policy = policy(asked)?;
            let document = escaped(policy.given("PolicyDocument"));
            Ok(json!({"PolicyVersion": {
                "Document": document, "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": timestamp(policy.at()),
            }}))
        }
        _ => Err(asked.not_simulated()),
    }
}

fn role<'a>(asked: &Asked<'a>) -> Result<Held<'a>, Refusal> {
    let name = asked.name("RoleName");
    let text = format!("The role with name {name} cannot be found.");
    let found = asked.everywhere(ROLE).into_iter().find(|role| role.id() == name);
    found.ok_or_else(|| Refusal::new(404, "NoSuchEntity", text))
}

fn policy<'a>(asked: &Asked<'a>) -> Result<Held<'a>, Refusal> {
    let arn = asked.name("PolicyArn");
    let text = format!("Policy {arn} was not found.");
    let found = asked.everywhere(POLICY).into_iter().find(|policy| policy.id() == arn);
    found.ok_or_else(|| Refusal::new(404, "NoSuchEntity", text))
}

fn described(role: &Held<'_>, alone: bool) -> Value {
    let boundary = role.text("PermissionsBoundary");
    let tags = role.tags();
    shown(json!({
        "Path": role.or("Path", "/"),
        "RoleName": role.id(),
        "RoleId": role.attribute("RoleId"),
        "Arn": role.attribute("Arn"),
        "CreateDate": timestamp(role.at()),
        "AssumeRolePolicyDocument": escaped(&singles(role.given("AssumeRolePolicyDocument"))),
        "Description": role.or("Description", ""),
        "MaxSessionDuration": role.number("MaxSessionDuration", 3600),
        "PermissionsBoundary": boundary.map(|arn| json!({
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn,
        })),
        "Tags": (alone && !tags.is_empty()).then(|| pairs(tags)),
        "RoleLastUsed": alone.then(|| json!({})),
    }))
}

/// Name and document of the policies inside a role: its own, and those that `AWS::IAM::Policy` puts there.
fn inline(asked: &Asked<'_>, role: &Held<'_>) -> Vec<(String, Value)> {
    let own = role.list("Policies");
    let of = |policy: &Value| {
        Some((policy.get("PolicyName")?.as_str()?.to_owned(), policy.get("PolicyDocument")?.clone()))
    };
    let mut found: Vec<(String, Value)> = own.iter().filter_map(of).collect();
    for policy in
        asked.everywhere("AWS::IAM::Policy").into_iter().chain(asked.everywhere("AWS::IAM::RolePolicy"))
    {
        let named = policy.text("RoleName").as_deref() == Some(role.id());
        if named || policy.list("Roles").iter().any(|name| name.as_str() == Some(role.id())) {
            found.extend(of(&policy.instance.properties));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn managed(policy: &Held<'_>) -> Value {
    shown(json!({
        "PolicyName": policy.id().rsplit('/').next(),
        "PolicyId": policy.attribute("PolicyId"),
        "Arn": policy.id(),
        "Path": policy.or("Path", "/"),
        "DefaultVersionId": "v1",
        "AttachmentCount": policy.list("Roles").len(),
        "IsAttachable": true,
        "Description": policy.text("Description"),
        "CreateDate": timestamp(policy.at()),
        "UpdateDate": timestamp(policy.at()),
    }))
}

/// Who may take a role is kept in IAM's own form: a list of one text is that text. Other policies stay as they were given.
fn singles(document: &Value) -> Value {
    match document {
        Value::Array(items) => match items.as_slice() {
            [Value::String(only)] => only.clone().into(),
            items => items.iter().map(singles).collect(),
        },
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), singles(field))).collect(),
        other => other.clone(),
    }
}

/// A document as IAM writes it into XML: every byte that is no letter, digit or `-_.~` as an escape.
fn escaped(document: &Value) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let text = document.to_string();
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
