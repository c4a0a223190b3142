//! What changes the registry: RegisterType, DeregisterType, SetTypeDefaultVersion, SetTypeConfiguration; and what
//! needs a publisher, a test of handlers or somebody else's extension, which the sandbox has not.

use super::super::identifiers;
use super::super::refusal::Refusal;
use super::super::registered::{Registered, Version};
use super::Call;
use super::types::{Named, configuration_arn, from_arn, key, missing, named, refused};
use serde_json::{Value, json};

pub(super) fn register(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("TypeName")?.to_owned();
    let package = call.input.required("SchemaHandlerPackage")?.to_owned();
    let kind = call.input.text("Type").unwrap_or("RESOURCE").to_owned();
    let client_token = call.input.text("ClientRequestToken").map(str::to_owned);
    let role = call.input.text("ExecutionRoleArn").map(str::to_owned);
    if ["AWS::", "Amazon::", "Alexa::", "Custom::"].iter().any(|owned| name.starts_with(owned)) {
        return Err(refused(format!("The namespace of the type '{name}' is reserved.")));
    }
    if !package.starts_with("s3://") && !package.starts_with("https://") {
        return Err(refused(format!("{package} is not a valid S3 URL.")));
    }
    let (place, now, seed) = (call.place.clone(), call.now, call.world.seed);
    let region = call.world.region(&place);
    let one = region.types.entry(key(&kind, &name)).or_default();
    let known =
        one.versions.iter().find(|version| client_token.is_some() && version.client_token == client_token);
    if let Some(version) = known {
        return Ok(json!({"RegistrationToken": version.token}));
    }
    let id = format!("{:08}", one.versions.len() + 1);
    let token = identifiers::uuid(seed, &["type", &place.account, &place.region, &kind, &name, &id]);
    (one.kind, one.name) = (kind, name);
    if !one.lives() {
        one.default.clone_from(&id);
    }
    one.versions.push(Version { id, token: token.clone(), client_token, at: now, deprecated: false, role });
    call.world.store.region_changed(&place);
    Ok(json!({"RegistrationToken": token}))
}

pub(super) fn deregister(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    call.alter(&named, |one| match &named.version {
        None => {
            let living = one.versions.iter().filter(|version| !version.deprecated).count();
            if living > 1 {
                return Err(refused(format!(
                    "This type has more than one active version. Please deregister non-default active versions before \
                     attempting to deregister the type '{}'.",
                    one.name
                )));
            }
            one.versions.iter_mut().for_each(|version| version.deprecated = true);
            Ok(json!({}))
        }
        Some(id) if *id == one.default => Err(refused(format!(
            "Version '{id}' is the default version and cannot be deregistered. Set another default version first."
        ))),
        Some(id) => {
            let version = one.versions.iter_mut().find(|version| version.id == *id);
            version.ok_or_else(|| missing(&named.name))?.deprecated = true;
            Ok(json!({}))
        }
    })
}

pub(super) fn set_default(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    let version = named.version.clone().ok_or_else(|| Refusal::missing("versionId"))?;
    call.alter(&named, |one| {
        let known = one.versions.iter().any(|known| known.id == version && !known.deprecated);
        if !known {
            return Err(missing(&named.name));
        }
        one.default = version;
        Ok(json!({}))
    })
}

pub(super) fn configure(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.input.required("Configuration")?.to_owned();
    if !serde_json::from_str::<Value>(&text).is_ok_and(|value| value.is_object()) {
        return Err(refused("The configuration is not a JSON object."));
    }
    let alias = call.input.text("ConfigurationAlias").unwrap_or("default").to_owned();
    let named = match call.input.text("TypeArn") {
        Some(arn) => from_arn(arn),
        None => named(&call.input, "TypeArn")?,
    };
    let (now, place) = (call.now, call.place.clone());
    call.alter(&named, |one| {
        let arn = configuration_arn(&place, one, &alias);
        one.configurations.insert(alias, (text, now));
        Ok(json!({"ConfigurationArn": arn}))
    })
}

/// Public extensions belong to publishers; the sandbox knows none but AWS, whose types need no activation.
pub(super) fn activate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "PublicTypeArn")?;
    Err(missing(&named.name))
}

pub(super) fn deactivate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    Err(missing(&named.name))
}

pub(super) fn publish(_: &mut Call<'_>) -> Result<Value, Refusal> {
    Err(refused("This account is not registered as a publisher."))
}

/// The handlers of a type are in a package that nobody runs here.
pub(super) fn test(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    call.registered(&named).ok_or_else(|| missing(&named.name))?;
    Err(refused("The sandbox runs no handlers: types cannot be tested in it."))
}

impl Call<'_> {
    /// Changes a private extension, if the change goes through.
    fn alter(
        &mut self,
        named: &Named,
        change: impl FnOnce(&mut Registered) -> Result<Value, Refusal>,
    ) -> Result<Value, Refusal> {
        let place = self.place.clone();
        let region = self.world.region(&place);
        let found = region.types.get_mut(&key(&named.kind, &named.name)).filter(|one| one.lives());
        let result = change(found.ok_or_else(|| missing(&named.name))?)?;
        self.world.store.region_changed(&place);
        Ok(result)
    }
}
