//! API Gateway: REST APIs with their resources, methods, models, stages and deployments as they are declared.
//!
//! What an API's `Body` declares is not read but for its version; nothing can be called.

use super::super::refusal::Refusal;
use super::held::{Held, map, small};
use super::{Asked, shown};
use serde_json::{Map, Value, json};

const API: &str = "AWS::ApiGateway::RestApi";
const RESOURCE: &str = "AWS::ApiGateway::Resource";
const METHOD: &str = "AWS::ApiGateway::Method";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    if asked.operation == "GetRestApis" {
        return Ok(json!({"item": asked.all(API).iter().map(api).collect::<Vec<_>>()}));
    }
    let id = asked.name("restApiId");
    let invalid =
        |what: &str| Refusal::new(404, "NotFoundException", format!("Invalid {what} identifier specified"));
    let text = format!("Invalid API identifier specified {}:{id}", asked.place.account);
    let own = asked.one(API, id).ok_or_else(|| Refusal::new(404, "NotFoundException", text))?;
    match asked.operation.as_str() {
        "GetRestApi" => Ok(api(&own)),
        "GetResources" => Ok(json!({"item": resources(asked, &own)})),
        "GetMethod" => {
            let wanted = |method: &Held<'_>| {
                method.text("ResourceId").as_deref() == asked.text("resourceId")
                    && method.text("HttpMethod").as_deref() == asked.text("httpMethod")
            };
            let found = of(asked, METHOD, id).into_iter().find(wanted);
            found.map(|found| method(&found)).ok_or_else(|| invalid("Method"))
        }
        "GetStages" => Ok(json!({"item": stages(asked, id)})),
        "GetStage" => {
            let found =
                stages(asked, id).into_iter().find(|stage| stage["stageName"] == asked.name("stageName"));
            found.ok_or_else(|| invalid("stage"))
        }
        "GetDeployments" => {
            let mut found = of(asked, "AWS::ApiGateway::Deployment", id);
            found.sort_by_key(Held::at);
            Ok(json!({"item": found.iter().map(deployment).collect::<Vec<_>>()}))
        }
        "GetModels" => Ok(json!({"item": models(asked, id)})),
        "GetRequestValidators" => {
            let validators = of(asked, "AWS::ApiGateway::RequestValidator", id);
            Ok(json!({"item": validators.iter().map(validator).collect::<Vec<_>>()}))
        }
        _ => Err(asked.not_simulated()),
    }
}

/// The resources of a type that belong to an API.
fn of<'a>(asked: &Asked<'a>, resource_type: &str, api: &str) -> Vec<Held<'a>> {
    asked.all(resource_type).into_iter().filter(|one| one.text("RestApiId").as_deref() == Some(api)).collect()
}

fn api(own: &Held<'_>) -> Value {
    let types = match own.given("EndpointConfiguration/Types") {
        Value::Null => json!(["EDGE"]),
        given => given.clone(),
    };
    let binary = own.list("BinaryMediaTypes");
    shown(json!({
        "id": own.id(),
        "name": own.text("Name").or_else(|| own.text("Body/info/title")).unwrap_or_default(),
        "description": own.text("Description"),
        "createdDate": own.at() / 1000,
        "version": own.text("Body/info/version"),
        "binaryMediaTypes": (!binary.is_empty()).then_some(binary),
        "minimumCompressionSize": own.whole("MinimumCompressionSize"),
        "apiKeySource": own.or("ApiKeySourceType", "HEADER"),
        "endpointConfiguration": {"types": types, "ipAddressType": own.or("EndpointConfiguration/IpAddressType", "ipv4")},
        "policy": own.given("Policy").is_object().then(|| own.given("Policy").to_string()),
        "tags": map(own.all_tags()),
        "disableExecuteApiEndpoint": own.flag("DisableExecuteApiEndpoint").unwrap_or(false),
        "rootResourceId": own.attribute("RootResourceId"),
    }))
}

/// The root and what lies under it, each with its whole path and its methods.
fn resources(asked: &Asked<'_>, own: &Held<'_>) -> Vec<Value> {
    let (declared, methods) = (of(asked, RESOURCE, own.id()), of(asked, METHOD, own.id()));
    let root = own.attribute("RootResourceId");
    let with_methods = |id: &str, mut row: Value| {
        let named = methods.iter().filter(|method| method.text("ResourceId").as_deref() == Some(id));
        let found: Map<String, Value> =
            named.filter_map(|method| Some((method.text("HttpMethod")?, json!({})))).collect();
        if !found.is_empty() {
            row["resourceMethods"] = Value::Object(found);
        }
        row
    };
    let mut rows = vec![with_methods(&root, json!({"id": root, "path": "/"}))];
    for resource in &declared {
        let mut parts = vec![resource.or("PathPart", "")];
        let mut parent = resource.text("ParentId");
        // No more steps than there are resources: a circle cannot be declared, but a path must end all the same.
        for _ in 0..declared.len() {
            let above = declared.iter().find(|one| Some(one.id()) == parent.as_deref());
            let Some(above) = above else { break };
            parts.push(above.or("PathPart", ""));
            parent = above.text("ParentId");
        }
        parts.reverse();
        let row = json!({
            "id": resource.id(),
            "parentId": resource.text("ParentId"),
            "pathPart": resource.text("PathPart"),
            "path": format!("/{}", parts.join("/")),
        });
        rows.push(with_methods(resource.id(), row));
    }
    rows
}

fn method(method: &Held<'_>) -> Value {
    let integration = method.given("Integration");
    let by_status = |list: &Value| -> Value {
        let rows = list.as_array().into_iter().flatten();
        let found = rows.filter_map(|row| {
            Some((super::super::language::plain_text(row.get("StatusCode")?)?, texts(&small(row))))
        });
        let found: Map<String, Value> = found.collect();
        if found.is_empty() { Value::Null } else { Value::Object(found) }
    };
    let mut shown_integration = Value::Null;
    if integration.is_object() {
        shown_integration = texts(&small(integration));
        shown_integration["httpMethod"] =
            integration.get("IntegrationHttpMethod").cloned().unwrap_or(Value::Null);
        shown_integration["integrationHttpMethod"] = Value::Null;
        if integration.get("ConnectionType").and_then(Value::as_str) == Some("INTERNET") {
            shown_integration["connectionType"] = Value::Null;
        }
        shown_integration["integrationResponses"] =
            by_status(integration.get("IntegrationResponses").unwrap_or(&Value::Null));
        let or = |name: &str, default: Value| integration.get(name).cloned().unwrap_or(default);
        shown_integration["cacheKeyParameters"] = or("CacheKeyParameters", json!([]));
        shown_integration["cacheNamespace"] = or("CacheNamespace", method.text("ResourceId").into());
        shown_integration["passthroughBehavior"] = or("PassthroughBehavior", "WHEN_NO_MATCH".into());
        shown_integration["timeoutInMillis"] = method.number("Integration/TimeoutInMillis", 29_000);
        // The names inside templates and parameters are the template's own.
        for (own, name) in
            [("requestTemplates", "RequestTemplates"), ("requestParameters", "RequestParameters")]
        {
            shown_integration[own] = integration.get(name).cloned().unwrap_or(Value::Null);
        }
    }
    shown(json!({
        "httpMethod": method.text("HttpMethod"),
        "authorizationType": method.or("AuthorizationType", "NONE"),
        "authorizerId": method.text("AuthorizerId"),
        "apiKeyRequired": method.flag("ApiKeyRequired").unwrap_or(false),
        "operationName": method.text("OperationName"),
        "requestValidatorId": method.text("RequestValidatorId"),
        "requestModels": method.given("RequestModels"),
        "requestParameters": flags(method.given("RequestParameters")),
        "methodResponses": by_status(method.given("MethodResponses")),
        "methodIntegration": shown_integration,
    }))
}

/// A structure whose numbers are texts to the service.
fn texts(value: &Value) -> Value {
    let mut value = value.clone();
    for name in ["statusCode", "selectionPattern"] {
        if let Some(text) = value.get(name).and_then(super::super::language::plain_text) {
            value[name] = text.into();
        }
    }
    value
}

/// Truth values however they were written.
fn flags(value: &Value) -> Value {
    let Value::Object(fields) = value else { return Value::Null };
    let truth = |value: &Value| super::super::language::plain_text(value).as_deref() == Some("true");
    fields.iter().map(|(name, value)| (name.clone(), Value::Bool(truth(value)))).collect()
}

/// The stages that are declared, and those that deployments make by naming one that is not.
fn stages(asked: &Asked<'_>, api: &str) -> Vec<Value> {
    let deployments = of(asked, "AWS::ApiGateway::Deployment", api);
    let mut found: Vec<Value> = of(asked, "AWS::ApiGateway::Stage", api).iter().map(stage).collect();
    for deployment in &deployments {
        let Some(made) = own_stage(deployment) else { continue };
        let existing = found.iter_mut().find(|stage| stage["stageName"] == made["stageName"]);
        let canary = deployment.given("DeploymentCanarySettings");
        match existing {
            Some(stage) if canary.is_object() => {
                stage["canarySettings"] =
                    canary_settings(deployment, "DeploymentCanarySettings", deployment.id());
            }
            // The newest deployment of a stage's name is what the stage shows.
            Some(stage) => stage["deploymentId"] = deployment.id().into(),
            None => found.push(made),
        }
    }
    found
}

/// How a part of the requests goes to another deployment.
fn canary_settings(held: &Held<'_>, property: &str, deployment: &str) -> Value {
    let number = held.text(&format!("{property}/PercentTraffic")).and_then(|text| text.parse::<f64>().ok());
    shown(json!({
        "percentTraffic": number.unwrap_or(0.0),
        "deploymentId": deployment,
        "stageVariableOverrides": held.given(&format!("{property}/StageVariableOverrides")),
        "useStageCache": held.flag(&format!("{property}/UseStageCache")).unwrap_or(false),
    }))
}

fn stage(stage: &Held<'_>) -> Value {
    let access = stage.given("AccessLogSetting");
    let canary = stage.given("CanarySetting");
    let cached = stage.flag("CacheClusterEnabled").unwrap_or(false);
    shown(json!({
        "deploymentId": stage.text("DeploymentId"),
        "stageName": stage.text("StageName"),
        "description": stage.text("Description"),
        "clientCertificateId": stage.text("ClientCertificateId"),
        "cacheClusterEnabled": cached,
        "cacheClusterSize": stage.text("CacheClusterSize").filter(|_| cached),
        "cacheClusterStatus": if cached { "AVAILABLE" } else { "NOT_AVAILABLE" },
        "methodSettings": settings(&stage.list("MethodSettings")),
        "variables": stage.given("Variables"),
        "accessLogSettings": access.is_object().then(|| small(access)),
        "canarySettings": canary.is_object().then(|| {
            let own = stage.or("DeploymentId", "");
            canary_settings(stage, "CanarySetting", &stage.or("CanarySetting/DeploymentId", &own))
        }),
        "tracingEnabled": stage.flag("TracingEnabled").unwrap_or(false),
        "webAclArn": stage.text("WebAclArn"),
        "tags": map(stage.all_tags()),
        "createdDate": stage.at() / 1000,
        "lastUpdatedDate": stage.at() / 1000,
    }))
}

/// The stage that a deployment makes by naming one: it has no tags.
fn own_stage(deployment: &Held<'_>) -> Option<Value> {
    let name = deployment.text("StageName")?;
    Some(shown(json!({
        "deploymentId": deployment.id(),
        "stageName": name,
        "description": deployment.text("StageDescription/Description"),
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": settings(&deployment.list("StageDescription/MethodSettings")),
        "variables": deployment.given("StageDescription/Variables"),
        "tracingEnabled": deployment.flag("StageDescription/TracingEnabled").unwrap_or(false),
        "createdDate": deployment.at() / 1000,
        "lastUpdatedDate": deployment.at() / 1000,
    })))
}

/// Settings of methods by path and method; what is not given is what every stage begins with.
fn settings(given: &[Value]) -> Value {
    let mut found = Map::new();
    for one in given {
        let text = |name: &str| one.get(name).and_then(super::super::language::plain_text);
        let flag = |name: &str| text(name).as_deref() == Some("true");
        let number =
            |name: &str, default: f64| text(name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let path = text("ResourcePath").unwrap_or_else(|| "/*".into());
        // `/*` stands for all; slashes within a path are written as escapes.
        let path = path.strip_prefix('/').unwrap_or(&path).replace('/', "~1");
        let key = format!("{path}/{}", text("HttpMethod").unwrap_or_else(|| "*".into()));
        let settings = json!({
            "metricsEnabled": flag("MetricsEnabled"),
            "loggingLevel": text("LoggingLevel").unwrap_or_else(|| "OFF".into()),
            "dataTraceEnabled": flag("DataTraceEnabled"),
            "throttlingBurstLimit": number("ThrottlingBurstLimit", 5_000.0) as i64,
            "throttlingRateLimit": number("ThrottlingRateLimit", 10_000.0),
            "cachingEnabled": flag("CachingEnabled"),
            "cacheTtlInSeconds": number("CacheTtlInSeconds", 300.0) as i64,
            "cacheDataEncrypted": flag("CacheDataEncrypted"),
            "requireAuthorizationForCacheControl": true,
            "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
        });
        found.insert(key, settings);
    }
    Value::Object(found)
}

fn deployment(deployment: &Held<'_>) -> Value {
    shown(json!({
        "id": deployment.id(),
        "description": deployment.text("Description"),
        "createdDate": deployment.at() / 1000,
    }))
}

/// The two models that every API has, and its own.
fn models(asked: &Asked<'_>, api: &str) -> Vec<Value> {
    let schema = |title: &str| json!({"$schema": "http://json-schema.org/draft-04/schema#", "title": title, "type": "object"});
    let id = |name: &str| super::super::identifiers::digest(0, &["model", api, name])[..6].to_owned();
    let mut error = schema("Error Schema");
    error["properties"] = json!({"message": {"type": "string"}});
    let always = |name: &str, description: &str, schema: Value| {
        json!({
            "id": id(name), "name": name, "description": description, "schema": schema.to_string(),
            "contentType": "application/json",
        })
    };
    let mut found = vec![
        always("Empty", "This is a default empty schema model", schema("Empty Schema")),
        always("Error", "This is a default error schema model", error),
    ];
    found.extend(of(asked, "AWS::ApiGateway::Model", api).iter().map(|model| {
        let schema = model.given("Schema");
        shown(json!({
            "id": id(model.id()),
            "name": model.text("Name").unwrap_or_else(|| model.id().to_owned()),
            "description": model.text("Description"),
            "schema": schema.as_str().map_or_else(|| schema.to_string(), str::to_owned),
            "contentType": model.or("ContentType", "application/json"),
        }))
    }));
    found
}

fn validator(validator: &Held<'_>) -> Value {
    json!({
        "id": validator.id(),
        "name": validator.text("Name"),
        "validateRequestBody": validator.flag("ValidateRequestBody").unwrap_or(false),
        "validateRequestParameters": validator.flag("ValidateRequestParameters").unwrap_or(false),
    })
}
