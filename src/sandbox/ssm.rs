//! Systems Manager: the parameter store, as far as templates and deployments touch it.

use super::json;
use super::neighbours;
use super::operations::page;
use super::query::member;
use super::refusal::Refusal;
use super::world::{Place, StoredHistory, StoredVersion, World};
use serde_json::{Value, json};

/// The type whose resources are parameters.
const PARAMETER: &str = "AWS::SSM::Parameter";

/// Carries out an operation.
pub(super) fn carry_out(
    world: &mut World,
    place: &Place,
    operation: &str,
    input: &Value,
) -> Result<Value, Refusal> {
    match operation {
        "GetParameter" => get(world, place, text(input, "Name")?),
        "GetParameters" => Ok(several(world, place, input)),
        "GetParametersByPath" => by_path(world, place, input),
        "DescribeParameters" => Ok(described(world, place, input)),
        "GetParameterHistory" => history(world, place, text(input, "Name")?),
        "ListTagsForResource" => tags(world, place, text(input, "ResourceId")?),
        "PutParameter" => put(world, place, input),
        "DeleteParameter" => delete(world, place, text(input, "Name")?),
        "DeleteParameters" => {
            let names = names(input);
            let (gone, missing): (Vec<String>, Vec<String>) =
                names.into_iter().partition(|name| delete(world, place, name).is_ok());
            Ok(json!({"DeletedParameters": gone, "InvalidParameters": missing}))
        }
        other => Err(json::not_simulated(other)),
    }
}

fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let missing = || Refusal { code: "ValidationException", ..Refusal::missing(&member(name)) };
    input.get(name).and_then(Value::as_str).ok_or_else(missing)
}

fn names(input: &Value) -> Vec<String> {
    let list = input.get("Names").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn get(world: &World, place: &Place, wanted: &str) -> Result<Value, Refusal> {
    let found = find(world, place, wanted).ok_or_else(|| Refusal::new(400, "ParameterNotFound", ""))?;
    Ok(json!({"Parameter": found}))
}

/// A parameter by name, ARN, or either with a version behind a colon.
fn find(world: &World, place: &Place, wanted: &str) -> Option<Value> {
    // The colons of an ARN are not those of a version.
    let name = wanted.split_once(":parameter").map_or(wanted, |(_, name)| name);
    let (name, version) = match name.rsplit_once(':') {
        Some((name, version)) => (name, Some(version.parse::<u64>().ok()?)),
        None => (name, None),
    };
    let (name, history, stored) = world.regions.get(place)?.parameter(name, version)?;
    Some(shown(place, name, history, stored))
}

fn shown(place: &Place, name: &str, history: &StoredHistory, stored: &StoredVersion) -> Value {
    let Place { account, region } = place;
    let slash = if name.starts_with('/') { "" } else { "/" };
    json!({
        "Name": name,
        "Type": history.kind,
        "Value": stored.value,
        "Version": stored.version,
        "LastModifiedDate": stored.at as f64 / 1000.0,
        "ARN": format!("arn:{}:ssm:{region}:{account}:parameter{slash}{name}", super::caller::partition(region)),
        "DataType": "text",
    })
}

fn several(world: &World, place: &Place, input: &Value) -> Value {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for name in names(input) {
        match find(world, place, &name) {
            Some(parameter) => found.push(parameter),
            None => missing.push(name),
        }
    }
    json!({"Parameters": found, "InvalidParameters": missing})
}

/// All parameters that the filters let through, without their values.
fn described(world: &World, place: &Place, input: &Value) -> Value {
    let filters: Vec<&Value> =
        input.get("ParameterFilters").and_then(Value::as_array).into_iter().flatten().collect();
    let parameters = world.regions.get(place).into_iter().flat_map(|region| region.parameters.iter());
    let shown =
        parameters.filter(|(name, history)| filters.iter().all(|filter| passes(name, history, filter)));
    let shown = shown.filter_map(|(name, history)| {
        let mut parameter = shown_with(world, place, name, history, history.versions.last()?);
        let fields = parameter.as_object_mut()?;
        fields.remove("Value");
        Some(parameter)
    });
    json!({"Parameters": shown.collect::<Vec<_>>()})
}

/// A version of a parameter with what only descriptions tell.
fn shown_with(
    world: &World,
    place: &Place,
    name: &str,
    history: &StoredHistory,
    stored: &StoredVersion,
) -> Value {
    let mut parameter = shown(place, name, history, stored);
    let (description, _) = neighbours::about(world, place, PARAMETER, name);
    if let Some(description) = description {
        parameter["Description"] = description.into();
    }
    parameter["LastModifiedUser"] =
        format!("arn:{}:iam::{}:user/rehearsal", super::caller::partition(&place.region), place.account)
            .into();
    parameter["Tier"] = "Standard".into();
    parameter["Policies"] = json!([]);
    parameter
}

/// Whether a filter by name, path or type lets a parameter through; other filters are not simulated and let all through.
fn passes(name: &str, history: &StoredHistory, filter: &Value) -> bool {
    let text = |field: &str| filter.get(field).and_then(Value::as_str).unwrap_or_default();
    let values =
        filter.get("Values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut values = values.map(|value| value.to_owned());
    match (text("Key"), text("Option")) {
        ("Name", "BeginsWith") => values.any(|value| name.starts_with(&value)),
        ("Name", "Contains") => values.any(|value| name.contains(&value)),
        ("Name", _) => values.any(|value| name == value),
        ("Type", _) => values.any(|value| history.kind == value),
        ("Path", option) => values.any(|value| {
            let below = name.strip_prefix(&format!("{}/", value.trim_end_matches('/')));
            below.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
        }),
        _ => true,
    }
}

fn history(world: &World, place: &Place, name: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::new(400, "ParameterNotFound", "");
    let found = world.regions.get(place).and_then(|region| region.parameter(name, None));
    let (name, history, _) = found.ok_or_else(missing)?;
    let rows: Vec<Value> = history
        .versions
        .iter()
        .map(|stored| {
            let mut row = shown_with(world, place, name, history, stored);
            if let Some(fields) = row.as_object_mut() {
                fields.remove("ARN");
            }
            row["Labels"] = json!([]);
            row
        })
        .collect();
    Ok(json!({"Parameters": rows}))
}

/// The tags that a stack gives a parameter.
fn tags(world: &World, place: &Place, name: &str) -> Result<Value, Refusal> {
    if world.regions.get(place).and_then(|region| region.parameter(name, None)).is_none() {
        return Err(Refusal::new(400, "InvalidResourceId", ""));
    }
    let (_, tags) = neighbours::about(world, place, PARAMETER, name);
    let rows: Vec<Value> = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"TagList": rows}))
}

fn by_path(world: &World, place: &Place, input: &Value) -> Result<Value, Refusal> {
    let path = text(input, "Path")?;
    let stem = format!("{}/", path.trim_end_matches('/'));
    let recursive = input.get("Recursive").and_then(Value::as_bool).unwrap_or(false);
    let below = |name: &str| name.strip_prefix(&stem).is_some_and(|rest| recursive || !rest.contains('/'));
    let parameters = world.regions.get(place).into_iter().flat_map(|region| region.parameters.iter());
    let found: Vec<Value> = parameters
        .filter(|(name, _)| below(name))
        .filter_map(|(name, history)| Some(shown(place, name, history, history.versions.last()?)))
        .collect();
    let size = input.get("MaxResults").and_then(Value::as_u64).unwrap_or(10);
    let size = usize::try_from(size.clamp(1, 10)).unwrap_or(10);
    let token = input.get("NextToken").and_then(Value::as_str);
    let (page, next) = page::of(found, token, size)
        .map_err(|_| Refusal::new(400, "InvalidNextToken", "The specified token is not valid."))?;
    Ok(json!({"Parameters": page, "NextToken": next}))
}

fn put(world: &mut World, place: &Place, input: &Value) -> Result<Value, Refusal> {
    let (name, value) = (text(input, "Name")?.to_owned(), text(input, "Value")?.to_owned());
    let existing = world.region(place).parameters.get(&name).map(|history| history.kind.clone());
    let overwrite = input.get("Overwrite").and_then(Value::as_bool).unwrap_or(false);
    if existing.is_some() && !overwrite {
        let text = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(Refusal::new(400, "ParameterAlreadyExists", text));
    }
    let kind = match input.get("Type").and_then(Value::as_str).or(existing.as_deref()) {
        Some(kind @ ("String" | "StringList" | "SecureString")) => kind.to_owned(),
        Some(_) => {
            return Err(Refusal::new(
                400,
                "UnsupportedParameterType",
                "The parameter type is not supported.",
            ));
        }
        None => {
            let text = "A parameter type is required when you create a parameter.";
            return Err(Refusal::new(400, "ValidationException", text));
        }
    };
    let now = world.clock.now();
    // Writing the same value again makes a new version all the same.
    let history = world.region(place).parameters.entry(name.clone()).or_default();
    history.kind = kind;
    let version = history.versions.last().map_or(1, |last| last.version + 1);
    history.versions.push(StoredVersion { version, value, at: now });
    world.store.parameter_changed(place, &name);
    Ok(json!({"Version": version, "Tier": "Standard"}))
}

fn delete(world: &mut World, place: &Place, name: &str) -> Result<Value, Refusal> {
    let gone = world.region(place).parameters.remove(name);
    world.store.parameter_changed(place, name);
    gone.map(|_| json!({})).ok_or_else(|| Refusal::new(400, "ParameterNotFound", ""))
}

impl World {
    /// Stores a parameter's next version.
    pub(super) fn put_parameter(&mut self, place: &Place, name: &str, kind: &str, value: String) {
        let now = self.clock.now();
        let history = self.region(place).parameters.entry(name.to_owned()).or_default();
        kind.clone_into(&mut history.kind);
        let version = history.versions.last().map_or(1, |last| last.version + 1);
        if history.versions.last().is_none_or(|last| last.value != value) {
            history.versions.push(StoredVersion { version, value, at: now });
        }
        self.store.parameter_changed(place, name);
    }
}
