//! Secrets Manager: secrets as far as templates refer to them.

use super::identifiers;
use super::json;
use super::neighbours;
use super::refusal::Refusal;
use super::world::{Place, Secret, World};
use serde_json::{Value, json};

/// Carries out an operation.
pub(super) fn carry_out(
    world: &mut World,
    place: &Place,
    operation: &str,
    input: &Value,
) -> Result<Value, Refusal> {
    let field = |name: &str| input.get(name).and_then(Value::as_str);
    if operation == "CreateSecret" {
        let name =
            field("Name").ok_or_else(|| invalid("You must provide a value for the Name parameter."))?;
        return create(world, place, name, field("SecretString").unwrap_or_default());
    }
    if operation == "ListSecrets" {
        let region = world.regions.get(place);
        let all: Vec<Value> = region
            .into_iter()
            .flat_map(|region| region.secrets.values())
            .map(|secret| described(world, place, secret))
            .collect();
        return Ok(json!({"SecretList": all}));
    }
    let identifier =
        field("SecretId").ok_or_else(|| invalid("You must provide a value for the SecretId parameter."))?;
    let missing =
        || Refusal::new(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    let found = world.regions.get(place).and_then(|region| region.secret(identifier));
    let secret = found.cloned().ok_or_else(missing)?;
    match operation {
        "GetSecretValue" => Ok(json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "SecretString": secret.value,
            "VersionId": secret.version,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": secret.at as f64 / 1000.0,
        })),
        "DescribeSecret" => Ok(described(world, place, &secret)),
        "PutSecretValue" | "UpdateSecret" => {
            let value = field("SecretString").unwrap_or_default().to_owned();
            let answer = keep(world, place, Secret { value, ..secret });
            Ok(answer)
        }
        "DeleteSecret" => {
            world.region(place).secrets.remove(&secret.name);
            world.store.secret_changed(place, &secret.name);
            Ok(json!({"ARN": secret.arn, "Name": secret.name, "DeletionDate": secret.at as f64 / 1000.0}))
        }
        other => Err(json::not_simulated(other)),
    }
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "InvalidParameterException", text)
}

fn create(world: &mut World, place: &Place, name: &str, value: &str) -> Result<Value, Refusal> {
    if world.region(place).secrets.contains_key(name) {
        let text = format!("The operation failed because the secret {name} already exists.");
        return Err(Refusal::new(400, "ResourceExistsException", text));
    }
    let Place { account, region } = place;
    let end = &identifiers::digest(world.seed, &["secret", account, region, name])[..6];
    let partition = super::caller::partition(region);
    let arn = format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{end}");
    let secret = Secret { arn, name: name.to_owned(), value: value.to_owned(), ..Secret::default() };
    Ok(keep(world, place, secret))
}

fn keep(world: &mut World, place: &Place, secret: Secret) -> Value {
    let now = world.clock.now();
    let version = identifiers::uuid(world.seed, &[&secret.arn, &secret.value, &now.to_string()]);
    let answer = json!({"ARN": secret.arn, "Name": secret.name, "VersionId": version});
    world.store.secret_changed(place, &secret.name);
    world.region(place).secrets.insert(secret.name.clone(), Secret { version, at: now, ..secret });
    answer
}

/// A secret without its value, with what a stack says of it.
fn described(world: &World, place: &Place, secret: &Secret) -> Value {
    let (description, tags) = neighbours::about(world, place, "AWS::SecretsManager::Secret", &secret.arn);
    let mut shown = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.at as f64 / 1000.0,
        "LastChangedDate": secret.at as f64 / 1000.0,
        "VersionIdsToStages": {secret.version.clone(): ["AWSCURRENT"]},
    });
    if let Some(description) = description {
        shown["Description"] = description.into();
    }
    if !tags.is_empty() {
        let row = |(key, value): (String, String)| json!({"Key": key, "Value": value});
        shown["Tags"] = tags.into_iter().map(row).collect();
    }
    shown
}
