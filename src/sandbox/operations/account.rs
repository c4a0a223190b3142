//! What holds for an account as a whole: its limits, and the types it can use.

use super::super::caller::partition;
use super::super::refusal::Refusal;
use super::Call;
use serde_json::{Value, json};

pub(super) fn limits(_: &mut Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"AccountLimits": [
        {"Name": "StackLimit", "Value": 2000},
        {"Name": "StackOutputsLimit", "Value": 200},
        {"Name": "ConcurrentResourcesLimit", "Value": 2500},
    ]}))
}

pub(super) fn describe_type(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let arn = call.input.text("Arn");
    let from_arn = arn.and_then(|arn| arn.rsplit('/').next()).map(|name| name.replace('-', "::"));
    let name = call
        .input
        .text("TypeName")
        .map(str::to_owned)
        .or(from_arn)
        .ok_or_else(|| Refusal::validation("Either Arn or TypeName and Type must be specified."))?;
    let known = crate::registry::find(&name);
    known.ok_or_else(|| {
        Refusal::new(404, "TypeNotFoundException", format!("The type '{name}' cannot be found."))
    })?;
    let region = &call.place.region;
    let path = name.replace("::", "-");
    Ok(json!({
        "Arn": format!("arn:{}:cloudformation:{region}::type/resource/{path}", partition(region)),
        "Type": "RESOURCE",
        "TypeName": name,
        "IsDefaultVersion": true,
        "ProvisioningType": "FULLY_MUTABLE",
        "DeprecatedStatus": "LIVE",
        "Visibility": "PUBLIC",
    }))
}
