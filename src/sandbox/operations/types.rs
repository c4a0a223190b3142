//! What the registry tells: DescribeType, ListTypes, ListTypeVersions, DescribeTypeRegistration, ListTypeRegistrations,
//! BatchDescribeTypeConfigurations, DescribePublisher, and the results of hooks, of which there are none.

use super::super::caller::partition;
use super::super::clock::timestamp;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::registered::{Registered, Version};
use super::super::world::Place;
use super::{Call, page, type_schema};
use serde_json::{Value, json};

/// The extension that a request means.
pub(super) struct Named {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) version: Option<String>,
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    if let Some(registered) = call.registered(&named) {
        let version = registered.version(named.version.as_deref()).ok_or_else(|| missing(&named.name))?;
        return Ok(private(&call.place, registered, version));
    }
    let published = crate::registry::find(&named.name).filter(|_| named.kind == "RESOURCE");
    let published = published.ok_or_else(|| missing(&named.name))?;
    Ok(json!({
        "Arn": arn(&call.place, "RESOURCE", &named.name, None),
        "Type": "RESOURCE",
        "TypeName": named.name,
        "IsDefaultVersion": true,
        "Description": format!("Resource Type definition for {}", named.name),
        "Schema": type_schema::of(&published).to_string(),
        "ProvisioningType": type_schema::provisioning(&published),
        "DeprecatedStatus": "LIVE",
        "Visibility": "PUBLIC",
    }))
}

fn private(place: &Place, registered: &Registered, version: &Version) -> Value {
    let Registered { kind, name, .. } = registered;
    json!({
        "Arn": arn(place, kind, name, Some(&version.id)),
        "Type": kind,
        "TypeName": name,
        "DefaultVersionId": registered.default,
        "IsDefaultVersion": version.id == registered.default,
        "TypeTestsStatus": "NOT_TESTED",
        "ProvisioningType": (kind == "RESOURCE").then_some("FULLY_MUTABLE"),
        "DeprecatedStatus": if version.deprecated { "DEPRECATED" } else { "LIVE" },
        "ExecutionRoleArn": version.role,
        "Visibility": "PRIVATE",
        "LastUpdated": timestamp(version.at),
        "TimeCreated": timestamp(version.at),
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let input = &call.input;
    let kind = input.text("Type").unwrap_or("RESOURCE").to_owned();
    let filters = input.structure("Filters");
    let filter = |name: &str| filters.and_then(|filters| filters.text(name));
    let prefix = filter("TypeNamePrefix").unwrap_or_default().to_owned();
    let wanted = |name: &str| name.starts_with(&prefix);
    let provisioning = input.text("ProvisioningType");
    let deprecated = input.text("DeprecatedStatus") == Some("DEPRECATED");
    let public = input.text("Visibility") == Some("PUBLIC");
    let amazon = matches!(filter("Category"), None | Some("AWS_TYPES")) && filter("PublisherId").is_none();
    let mut all = Vec::new();
    if public && amazon && kind == "RESOURCE" && !deprecated {
        let fits = |name: &&&str| {
            let kind = || crate::registry::find(name).map(|known| type_schema::provisioning(&known));
            wanted(name) && provisioning.is_none_or(|provisioning| kind() == Some(provisioning))
        };
        let names = crate::registry::type_names();
        all.extend(names.iter().filter(fits).map(|name| {
            json!({
                "Type": "RESOURCE",
                "TypeName": name,
                "TypeArn": arn(&call.place, "RESOURCE", name, None),
                "Description": format!("Resource Type definition for {name}"),
            })
        }));
    }
    let region = call.world.regions.get(&call.place).filter(|_| !public);
    let own = region.into_iter().flat_map(|region| region.types.values());
    let own = own.filter(|one| one.kind == kind && one.lives() != deprecated && wanted(&one.name));
    all.extend(own.map(|one| {
        json!({
            "Type": one.kind,
            "TypeName": one.name,
            "DefaultVersionId": one.default,
            "TypeArn": arn(&call.place, &one.kind, &one.name, None),
            "LastUpdated": one.versions.last().map(|version| timestamp(version.at)),
        })
    }));
    let (types, next) = call.sized(all)?;
    Ok(json!({"TypeSummaries": types, "NextToken": next}))
}

pub(super) fn versions(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = named(&call.input, "Arn")?;
    let deprecated = call.input.text("DeprecatedStatus") == Some("DEPRECATED");
    let Some(registered) = call.registered(&named) else {
        return match crate::registry::find(&named.name) {
            Some(_) => Ok(json!({"TypeVersionSummaries": []})),
            None => Err(missing(&named.name)),
        };
    };
    let kept = registered.versions.iter().filter(|version| version.deprecated == deprecated);
    let all = kept.map(|version| {
        json!({
            "Type": registered.kind,
            "TypeName": registered.name,
            "VersionId": version.id,
            "IsDefaultVersion": version.id == registered.default,
            "Arn": arn(&call.place, &registered.kind, &registered.name, Some(&version.id)),
            "TimeCreated": timestamp(version.at),
        })
    });
    let (all, next) = call.sized(all.collect())?;
    Ok(json!({"TypeVersionSummaries": all, "NextToken": next}))
}

pub(super) fn registration(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let token = call.input.required("RegistrationToken")?;
    let region = call.world.regions.get(&call.place);
    let mut types = region.into_iter().flat_map(|region| region.types.values());
    let found =
        types.find_map(|one| Some((one, one.versions.iter().find(|version| version.token == token)?)));
    let (one, version) = found.ok_or_else(|| refused(format!("No registration token matches {token}.")))?;
    Ok(json!({
        "ProgressStatus": "COMPLETE",
        "Description": "Deployment is currently in DEPLOY_STAGE of status COMPLETED",
        "TypeArn": arn(&call.place, &one.kind, &one.name, None),
        "TypeVersionArn": arn(&call.place, &one.kind, &one.name, Some(&version.id)),
    }))
}

pub(super) fn registrations(call: &mut Call<'_>) -> Result<Value, Refusal> {
    // Registrations are complete at once; without a filter those in progress are asked for.
    let complete = call.input.text("RegistrationStatusFilter") == Some("COMPLETE");
    let name = call.input.text("TypeName").map(str::to_owned);
    let name = name.or_else(|| call.input.text("TypeArn").map(|arn| from_arn(arn).name));
    let region = call.world.regions.get(&call.place).filter(|_| complete);
    let types = region.into_iter().flat_map(|region| region.types.values());
    let types = types.filter(|one| name.as_ref().is_none_or(|name| *name == one.name));
    let tokens = types.flat_map(|one| one.versions.iter().rev().map(|version| version.token.clone().into()));
    let (tokens, next) = call.sized(tokens.collect())?;
    Ok(json!({"RegistrationTokenList": tokens, "NextToken": next}))
}

pub(super) fn configurations(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let list = call.input.list("TypeConfigurationIdentifiers");
    let list = list.ok_or_else(|| Refusal::missing("typeConfigurationIdentifiers"))?;
    let (mut found, mut errors, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for one in list {
        let named = match one.text("TypeConfigurationArn").or(one.text("TypeArn")) {
            Some(arn) => from_arn(arn),
            None => Named {
                kind: one.text("Type").unwrap_or("RESOURCE").to_owned(),
                name: one.text("TypeName").unwrap_or_default().to_owned(),
                version: None,
            },
        };
        let alias = one.text("TypeConfigurationAlias").unwrap_or("default");
        let known = call.registered(&named).map(|one| (one, one.configurations.get(alias)));
        let Some((registered, configuration)) = known else {
            let identifier = json!({
                "Type": one.text("Type"),
                "TypeName": one.text("TypeName"),
                "TypeArn": one.text("TypeArn"),
                "TypeConfigurationArn": one.text("TypeConfigurationArn"),
                "TypeConfigurationAlias": one.text("TypeConfigurationAlias"),
            });
            errors.push(json!({
                "ErrorCode": "TypeConfigurationNotFound",
                "ErrorMessage": format!("The type configuration of '{}' cannot be found.", named.name),
                "TypeConfigurationIdentifier": identifier,
            }));
            left.push(identifier);
            continue;
        };
        found.push(json!({
            "Arn": configuration_arn(&call.place, registered, alias),
            "Alias": alias,
            "Configuration": configuration.map_or("{}", |(text, _)| text),
            "LastUpdated": configuration.map(|(_, at)| timestamp(*at)),
            "TypeArn": arn(&call.place, &registered.kind, &registered.name, None),
            "TypeName": registered.name,
            "IsDefaultConfiguration": alias == "default",
        }));
    }
    Ok(json!({"Errors": errors, "UnprocessedTypeConfigurations": left, "TypeConfigurations": found}))
}

pub(super) fn publisher(call: &mut Call<'_>) -> Result<Value, Refusal> {
    Err(match call.input.text("PublisherId") {
        Some(id) => refused(format!("The publisher '{id}' cannot be found.")),
        None => refused("This account is not registered as a publisher."),
    })
}

pub(super) fn hook_results(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (kind, target) = (call.input.text("TargetType"), call.input.text("TargetId"));
    if kind.is_some() != target.is_some() {
        return Err(Refusal::validation("TargetType and TargetId must be specified together."));
    }
    Ok(json!({"TargetType": kind, "TargetId": target, "HookResults": []}))
}

pub(super) fn hook_result(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.input.text("HookResultId").unwrap_or_default();
    Err(Refusal::new(404, "HookResultNotFound", format!("Hook result {id} cannot be found.")))
}

/// The extension of a request: by its ARN, or by kind and name.
pub(super) fn named(input: &Input, field: &str) -> Result<Named, Refusal> {
    let version = input.text("VersionId").map(str::to_owned);
    match (input.text(field), input.text("TypeName")) {
        (Some(arn), _) => {
            let named = from_arn(arn);
            Ok(Named { version: version.or(named.version), ..named })
        }
        (None, Some(name)) => {
            let kind = input.text("Type").unwrap_or("RESOURCE").to_owned();
            Ok(Named { kind, name: name.to_owned(), version })
        }
        (None, None) => Err(Refusal::validation("Either Arn or TypeName and Type must be specified.")),
    }
}

/// `…:type/resource/Acme-Shop-Thing/00000001`, or `…:type-configuration/…`.
pub(super) fn from_arn(arn: &str) -> Named {
    let mut parts = arn.split('/').skip(1);
    let kind = parts.next().unwrap_or_default().to_ascii_uppercase();
    let name = parts.next().unwrap_or_default().replace('-', "::");
    let version = parts.next().filter(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    Named { kind, name, version: version.map(str::to_owned) }
}

/// AWS's own types belong to no account.
pub(super) fn arn(place: &Place, kind: &str, name: &str, version: Option<&str>) -> String {
    let (kind, path, region) = (kind.to_ascii_lowercase(), name.replace("::", "-"), &place.region);
    let account = if name.starts_with("AWS::") { "" } else { &place.account };
    let version = version.map(|version| format!("/{version}")).unwrap_or_default();
    format!("arn:{}:cloudformation:{region}:{account}:type/{kind}/{path}{version}", partition(region))
}

/// The ARN of a configuration.
pub(super) fn configuration_arn(place: &Place, registered: &Registered, alias: &str) -> String {
    let arn = arn(place, &registered.kind, &registered.name, None);
    format!("{}/{alias}", arn.replace(":type/", ":type-configuration/"))
}

/// The refusal of a type that nobody knows.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::new(404, "TypeNotFoundException", format!("The type '{name}' cannot be found."))
}

/// A refusal of the registry.
pub(super) fn refused(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "CFNRegistryException", text)
}

impl Call<'_> {
    /// The private extension of a name.
    pub(super) fn registered(&self, named: &Named) -> Option<&Registered> {
        let types = &self.world.regions.get(&self.place)?.types;
        types.get(&key(&named.kind, &named.name))
    }

    fn sized(&self, all: Vec<Value>) -> Result<(Vec<Value>, Value), Refusal> {
        let size = self.input.integer("MaxResults")?.unwrap_or(100).clamp(1, 100);
        page::of(all, self.input.text("NextToken"), usize::try_from(size).unwrap_or(page::ENTRIES))
    }
}

/// The key of an extension in its region.
pub(super) fn key(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}
