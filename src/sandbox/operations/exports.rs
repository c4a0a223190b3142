//! ListExports and ListImports.

use super::super::refusal::Refusal;
use super::{Call, page};
use serde_json::{Value, json};

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let region = call.world.regions.get(&call.place);
    let stacks = region.into_iter().flat_map(|region| region.stacks.values()).filter(|stack| stack.lives());
    let mut exports: Vec<(String, Value)> = stacks
        .flat_map(|stack| {
            stack.outputs.iter().filter_map(|output| {
                let name = output.export.clone()?;
                let shown = json!({"ExportingStackId": stack.id, "Name": name, "Value": output.value});
                Some((name, shown))
            })
        })
        .collect();
    exports.sort_by(|a, b| a.0.cmp(&b.0));
    let (exports, next) = page::sorted(exports, call.input.text("NextToken"), page::ENTRIES)?;
    Ok(json!({"Exports": exports, "NextToken": next}))
}

pub(super) fn imports(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ExportName")?;
    let outlook = call.world.outlook(&call.place);
    let importers = outlook.importers(name);
    if importers.is_empty() {
        return Err(Refusal::validation(format!("Export '{name}' is not imported by any stack.")));
    }
    let mut keyed: Vec<(String, String)> = importers.into_iter().map(|name| (name.clone(), name)).collect();
    keyed.sort();
    let (imports, next) = page::sorted(keyed, call.input.text("NextToken"), page::ENTRIES)?;
    Ok(json!({"Imports": imports, "NextToken": next}))
}
