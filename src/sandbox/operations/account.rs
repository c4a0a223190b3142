//! What holds for an account as a whole: its limits.

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
