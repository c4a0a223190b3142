//! The constraints of a parameter, held against one value.
//!
//! For parameters of the store's types the value is the name.

use super::parameters::{ParameterDeclaration, is_list, stored_type};
use super::{Refusal, pattern};

/// Checks a value against its declaration.
pub fn check(declaration: &ParameterDeclaration, value: &str) -> Result<(), Refusal> {
    let name = &declaration.name;
    let Some(fault) = fault(declaration, value) else { return Ok(()) };
    Err(Refusal::new(match &declaration.constraint_description {
        Some(description) => format!("Parameter '{name}' failed to satisfy constraint: {description}"),
        None => format!("Parameter '{name}' {fault}"),
    }))
}

fn fault(declaration: &ParameterDeclaration, value: &str) -> Option<String> {
    let numbers = matches!(declaration.kind.as_str(), "Number" | "List<Number>");
    // For a parameter of the store's types the value is one name, whatever it stands for.
    let listed = is_list(&declaration.kind) && stored_type(&declaration.kind).is_none();
    let items: Vec<&str> = if listed { value.split(',').map(str::trim).collect() } else { vec![value] };
    if numbers && items.iter().any(|item| item.trim().parse::<f64>().is_err()) {
        return Some("must be a number.".into());
    }
    if !declaration.allowed_values.is_empty()
        && items.iter().any(|item| declaration.allowed_values.iter().all(|allowed| allowed != item))
    {
        return Some("must be one of AllowedValues".into());
    }
    if let Some(wanted) = &declaration.allowed_pattern
        && items.iter().any(|item| pattern::matches(wanted, item) == Some(false))
    {
        return Some(format!("must match pattern {wanted}"));
    }
    length_fault(declaration, value).or_else(|| range_fault(declaration, &items))
}

fn length_fault(declaration: &ParameterDeclaration, value: &str) -> Option<String> {
    let length = value.chars().count() as u64;
    match declaration.length {
        (Some(least), _) if length < least => Some(format!("must contain at least {least} characters")),
        (_, Some(greatest)) if length > greatest => {
            Some(format!("must contain at most {greatest} characters"))
        }
        _ => None,
    }
}

fn range_fault(declaration: &ParameterDeclaration, items: &[&str]) -> Option<String> {
    let (least, greatest) = &declaration.range;
    for item in items {
        let Ok(number) = item.trim().parse::<f64>() else { continue };
        let bound = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
        if bound(least).is_some_and(|bound| number < bound) {
            return Some(format!("must be a number not less than {}", least.as_deref().unwrap_or_default()));
        }
        if bound(greatest).is_some_and(|bound| number > bound) {
            return Some(format!(
                "must be a number not greater than {}",
                greatest.as_deref().unwrap_or_default()
            ));
        }
    }
    None
}
