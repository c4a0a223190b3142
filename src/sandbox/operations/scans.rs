//! The generator of templates, in an account that nobody has scanned: its lists are empty, and no scan and no generated
//! template is found. Scanning itself is not simulated.

use super::super::refusal::Refusal;
use super::Call;
use serde_json::{Value, json};

pub(super) fn list(_: &mut Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"ResourceScanSummaries": []}))
}

/// Whatever is asked of one scan. Code and status are those of the service model, the text is its description.
pub(super) fn of_one(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.input.required("ResourceScanId")?;
    Err(Refusal::new(400, "ResourceScanNotFound", "The resource scan was not found."))
}

pub(super) fn templates(_: &mut Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"Summaries": []}))
}

/// Whatever is asked of one generated template. Code and status are those of the service model, the text is its description.
pub(super) fn of_template(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.input.required("GeneratedTemplateName")?;
    Err(Refusal::new(404, "GeneratedTemplateNotFound", "The generated template was not found."))
}
