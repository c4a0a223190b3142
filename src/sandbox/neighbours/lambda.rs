//! Lambda: functions, versions, aliases, addresses and permissions as they are declared. Nothing runs.

use super::super::clock::timestamp;
use super::super::identifiers;
use super::super::refusal::Refusal;
use super::held::{Held, map};
use super::{Asked, shown};
use serde_json::{Map, Value, json};

const FUNCTION: &str = "AWS::Lambda::Function";
const VERSION: &str = "AWS::Lambda::Version";
const ALIAS: &str = "AWS::Lambda::Alias";
/// Properties that an answer shows as they were given.
const AS_GIVEN: &[&str] = &["VpcConfig", "DeadLetterConfig", "ImageConfig", "FileSystemConfigs"];

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "ListFunctions" => {
            let rows: Vec<Value> = asked.all(FUNCTION).iter().map(|one| configuration(one, None)).collect();
            Ok(json!({"Functions": rows}))
        }
        "GetFunction" => {
            let (function, version) = qualified(asked)?;
            let mut shown = alive(configuration(&function, version.as_ref()));
            shown["RuntimeVersionConfig"] = runtime(&function);
            let mut answer = json!({"Configuration": shown, "Code": code(&function)});
            if version.is_none() {
                answer["Tags"] = map(function.all_tags());
            }
            Ok(answer)
        }
        "GetFunctionConfiguration" => {
            let (function, version) = qualified(asked)?;
            Ok(alive(configuration(&function, version.as_ref())))
        }
        "ListVersionsByFunction" => {
            let function = function(asked)?;
            let mut rows = vec![latest(&function)];
            rows.extend(
                versions(asked, &function).iter().map(|version| configuration(&function, Some(version))),
            );
            Ok(json!({"Versions": rows}))
        }
        "GetAlias" => {
            let (function, name) = (function(asked)?, asked.name("Name"));
            let arn = format!("{}:{name}", function.attribute("Arn"));
            let alias =
                asked.all(ALIAS).into_iter().find(|alias| alias.id() == arn).ok_or_else(|| missing(&arn))?;
            Ok(shown(json!({
                "AliasArn": arn,
                "Name": name,
                "FunctionVersion": alias.text("FunctionVersion"),
                "Description": alias.or("Description", ""),
                "RevisionId": revision(&alias),
                "RoutingConfig": alias.given("RoutingConfig"),
            })))
        }
        "GetPolicy" => policy(asked, &function(asked)?),
        "GetFunctionUrlConfig" => address(asked),
        "GetCodeSigningConfig" => signing(asked),
        _ => Err(asked.not_simulated()),
    }
}

fn missing(what: &str) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", format!("Function not found: {what}"))
}

fn revision(held: &Held<'_>) -> String {
    let properties = held.instance.properties.to_string();
    identifiers::uuid(held.seed, &[&held.place.account, &held.place.region, held.id(), &properties])
}

/// The function that a name, a partial or a whole ARN leads to.
fn function<'a>(asked: &Asked<'a>) -> Result<Held<'a>, Refusal> {
    let given = asked.name("FunctionName");
    let name = given.split_once(":function:").map_or(given, |(_, rest)| rest);
    let name = name.split(':').next().unwrap_or(name);
    let arn = format!("arn:aws:lambda:{}:{}:function:{name}", asked.place.region, asked.place.account);
    asked.one(FUNCTION, name).ok_or_else(|| missing(&arn))
}

/// Whether a version, an alias or an address belongs to a function: by its name or ARN.
fn belongs(held: &Held<'_>, property: &str, function: &Held<'_>) -> bool {
    held.text(property).is_some_and(|target| target == function.id() || target == function.attribute("Arn"))
}

fn versions<'a>(asked: &Asked<'a>, function: &Held<'a>) -> Vec<Held<'a>> {
    asked.all(VERSION).into_iter().filter(|version| belongs(version, "FunctionName", function)).collect()
}

/// A function, and the version that the qualifier names.
fn qualified<'a>(asked: &Asked<'a>) -> Result<(Held<'a>, Option<Held<'a>>), Refusal> {
    let function = function(asked)?;
    let Some(wanted) = asked.text("Qualifier").filter(|qualifier| *qualifier != "$LATEST") else {
        return Ok((function, None));
    };
    let alias = asked.one(ALIAS, &format!("{}:{wanted}", function.attribute("Arn")));
    let number = alias.and_then(|alias| alias.text("FunctionVersion")).unwrap_or_else(|| wanted.to_owned());
    let found = versions(asked, &function).into_iter().find(|version| version.attribute("Version") == number);
    let arn = format!("{}:{wanted}", function.attribute("Arn"));
    found.map(|version| (function, Some(version))).ok_or_else(|| missing(&arn))
}

fn configuration(function: &Held<'_>, version: Option<&Held<'_>>) -> Value {
    let arn = function.attribute("Arn");
    let number = version.map_or("$LATEST".to_owned(), |version| version.attribute("Version"));
    let own = version.unwrap_or(function);
    let image = function.or("PackageType", "Zip");
    let mut found = json!({
        "FunctionName": function.id(),
        "FunctionArn": version.map_or(arn.clone(), |_| format!("{arn}:{number}")),
        "Version": number,
        "Role": function.text("Role"),
        "Handler": function.text("Handler"),
        "Runtime": function.text("Runtime"),
        "Description": own.text("Description").or_else(|| function.text("Description")).unwrap_or_default(),
        "Timeout": function.number("Timeout", 3),
        "MemorySize": function.number("MemorySize", 128),
        "EphemeralStorage": {"Size": function.number("EphemeralStorage/Size", 512)},
        "Architectures": match function.given("Architectures") { Value::Null => json!(["x86_64"]), given => given.clone() },
        "PackageType": image,
        "CodeSize": function.given("Code").to_string().len(),
        "CodeSha256": sum(function),
        "LastModified": timestamp(own.at()).replace('Z', "+0000"),
        "RevisionId": revision(own),
        "TracingConfig": {"Mode": function.or("TracingConfig/Mode", "PassThrough")},
        "SnapStart": {"ApplyOn": function.or("SnapStart/ApplyOn", "None"), "OptimizationStatus": "Off"},
        "LoggingConfig": logging(function),
        "KMSKeyArn": function.text("KmsKeyArn"),
        "Environment": match function.given("Environment") {
            Value::Object(given) if !given.is_empty() => Value::Object(given.clone()),
            _ => Value::Null,
        },
        "Layers": match function.list("Layers") {
            layers if layers.is_empty() => Value::Null,
            layers => layers.into_iter().map(|arn| json!({"Arn": arn, "CodeSize": 0})).collect(),
        },
    });
    for name in AS_GIVEN {
        found[*name] = function.given(name).clone();
    }
    shown(found)
}

/// The state that an answer to `Get…` has and a list has not.
fn alive(mut configuration: Value) -> Value {
    configuration["State"] = "Active".into();
    configuration["LastUpdateStatus"] = "Successful".into();
    configuration
}

/// The row of `$LATEST` in a list of versions carries its version in the ARN.
fn latest(function: &Held<'_>) -> Value {
    let mut row = configuration(function, None);
    row["FunctionArn"] = format!("{}:$LATEST", function.attribute("Arn")).into();
    row
}

/// Something in the form of the fingerprint of the code; equal for equal code.
fn sum(function: &Held<'_>) -> String {
    let code = function.given("Code").to_string();
    format!("{}=", &identifiers::digest(0, &[&code])[..43])
}

fn runtime(function: &Held<'_>) -> Value {
    let runtime = function.or("Runtime", "");
    let partition = super::super::caller::partition(&function.place.region);
    let id = identifiers::digest(0, &["runtime", &runtime]);
    json!({"RuntimeVersionArn": format!("arn:{partition}:lambda:{}::runtime:{id}", function.place.region)})
}

fn code(function: &Held<'_>) -> Value {
    match function.text("Code/ImageUri") {
        Some(uri) => json!({"RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": uri}),
        None => {
            let region = &function.place.region;
            let location =
                format!("https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/{}", function.id());
            json!({"RepositoryType": "S3", "Location": location})
        }
    }
}

fn logging(function: &Held<'_>) -> Value {
    let format = function.or("LoggingConfig/LogFormat", "Text");
    let json_format = format == "JSON";
    let level = |name: &str| json_format.then(|| function.or(&format!("LoggingConfig/{name}"), "INFO"));
    shown(json!({
        "LogFormat": format,
        "ApplicationLogLevel": level("ApplicationLogLevel"),
        "SystemLogLevel": level("SystemLogLevel"),
        "LogGroup": function.or("LoggingConfig/LogGroup", &format!("/aws/lambda/{}", function.id())),
    }))
}

/// The permissions of a function, each a statement.
fn policy(asked: &Asked<'_>, function: &Held<'_>) -> Result<Value, Refusal> {
    let all = asked.all("AWS::Lambda::Permission");
    let own = all.iter().filter(|permission| belongs(permission, "FunctionName", function));
    let statements: Vec<Value> = own.map(|permission| statement(permission, function)).collect();
    if statements.is_empty() {
        let text = "The resource you requested does not exist.";
        return Err(Refusal::new(404, "ResourceNotFoundException", text));
    }
    let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
    Ok(json!({"Policy": policy.to_string(), "RevisionId": revision(function)}))
}

fn statement(permission: &Held<'_>, function: &Held<'_>) -> Value {
    let principal = permission.or("Principal", "*");
    let account = principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit());
    let partition = super::super::caller::partition(&permission.place.region);
    let mut conditions = Map::new();
    let mut demand = |operator: &str, key: &str, value: Option<String>| {
        if let Some(value) = value {
            let operator = conditions.entry(operator).or_insert_with(|| json!({}));
            operator[key] = value.into();
        }
    };
    demand("StringEquals", "AWS:SourceAccount", permission.text("SourceAccount"));
    demand("StringEquals", "lambda:FunctionUrlAuthType", permission.text("FunctionUrlAuthType"));
    demand("StringEquals", "lambda:EventSourceToken", permission.text("EventSourceToken"));
    demand("StringEquals", "aws:PrincipalOrgID", permission.text("PrincipalOrgID"));
    demand("ArnLike", "AWS:SourceArn", permission.text("SourceArn"));
    shown(json!({
        "Sid": permission.id(),
        "Effect": "Allow",
        "Principal": match principal.as_str() {
            "*" => json!("*"),
            _ if account => json!({"AWS": format!("arn:{partition}:iam::{principal}:root")}),
            arn if arn.starts_with("arn:") => json!({"AWS": arn}),
            service => json!({"Service": service}),
        },
        "Action": permission.text("Action"),
        "Resource": function.attribute("Arn"),
        "Condition": if conditions.is_empty() { Value::Null } else { Value::Object(conditions) },
    }))
}

fn address(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let text = "The resource you requested does not exist.";
    let function = function(asked)?;
    let of = |url: &Held<'_>| {
        belongs(url, "TargetFunctionArn", &function)
            && url.text("Qualifier").as_deref() == asked.text("Qualifier")
    };
    let url = asked.all("AWS::Lambda::Url").into_iter().find(of);
    let url = url.ok_or_else(|| Refusal::new(404, "ResourceNotFoundException", text))?;
    Ok(shown(json!({
        "FunctionUrl": url.attribute("FunctionUrl"),
        "FunctionArn": function.attribute("Arn"),
        "AuthType": url.text("AuthType"),
        "Cors": url.given("Cors"),
        "CreationTime": timestamp(url.at()),
        "LastModifiedTime": timestamp(url.at()),
        "InvokeMode": url.or("InvokeMode", "BUFFERED"),
    })))
}

fn signing(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let arn = asked.name("CodeSigningConfigArn");
    let text = format!("Code signing config not found: {arn}");
    let found = asked.one("AWS::Lambda::CodeSigningConfig", arn);
    let found = found.ok_or_else(|| Refusal::new(404, "ResourceNotFoundException", text))?;
    Ok(json!({"CodeSigningConfig": shown(json!({
        "CodeSigningConfigId": arn.rsplit(':').next(),
        "CodeSigningConfigArn": arn,
        "Description": found.text("Description"),
        "AllowedPublishers": found.given("AllowedPublishers"),
        "CodeSigningPolicies": {
            "UntrustedArtifactOnDeployment": found.or("CodeSigningPolicies/UntrustedArtifactOnDeployment", "Warn"),
        },
        "LastModified": timestamp(found.at()),
    }))}))
}
