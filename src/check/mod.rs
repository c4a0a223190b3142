//! Everything that can be known to be wrong without AWS. One file a check; this is the list.
//!
//! A check of a body runs once for each distinct body, however many stacks share it; the others run once for each
//! stack, or once over everything that was assembled.

pub mod anatomy;
pub mod call;
pub mod members;
pub mod run;
pub mod substitution;
pub mod typed;

#[cfg(test)]
mod examples;

mod attributes;
mod body_size;
mod capabilities;
mod changing_scalars;
mod conditional_targets;
mod conditions;
mod constraint;
mod counts;
mod depends_on;
mod dynamic_references;
mod forgotten_subs;
mod function_shapes;
mod get_att;
mod hard_coded;
mod kinds;
mod logical_names;
mod mapping_form;
mod mappings;
mod null_values;
mod output_form;
mod parameter_form;
mod parameter_values;
mod parameters_given;
mod parity;
mod policies;
mod producers;
mod properties;
mod read_only;
mod refs;
mod required;
mod resource_cycles;
mod resource_form;
mod resource_types;
mod secret_names;
mod secret_outputs;
mod secret_parameters;
mod secrets;
mod sections;
mod stack_cycles;
mod stack_limits;
mod stack_names;
mod subs;
mod tags;
mod unused;
mod words;

use crate::model::finding::{Finding, Severity};
use crate::model::place::Place;

pub use run::{Subject, Whole, check};

/// A check: its code, what it is about, an example each way, and its function.
pub struct Check {
    /// Stable code, such as `FW0201`.
    pub code: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// The page that `formwork explain CODE` prints, in Markdown, with one bad and one good example.
    pub page: &'static str,
    /// What it looks at, and its function.
    pub level: Level,
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub enum Level {
    /// A rendered body; once for each distinct one.
    Body(fn(&anatomy::Anatomy<'_>, &mut Vec<Finding>)),
    /// A stack, with its body taken apart.
    Stack(fn(&Subject<'_>, &mut Vec<Finding>)),
    /// All environments that were assembled.
    Assembly(fn(&Whole<'_>, &mut Vec<Finding>)),
}

/// All checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    sections::CHECK,
    resource_form::CHECK,
    logical_names::CHECK,
    output_form::CHECK,
    null_values::CHECK,
    parameter_form::CHECK,
    mapping_form::CHECK,
    policies::CHECK,
    refs::CHECK,
    get_att::CHECK,
    subs::CHECK,
    depends_on::CHECK,
    conditions::CHECK,
    mappings::CHECK,
    function_shapes::CHECK,
    resource_cycles::CHECK,
    counts::CHECK,
    unused::CHECK,
    conditional_targets::CHECK,
    secrets::CHECK,
    secret_outputs::CHECK,
    hard_coded::CHECK,
    changing_scalars::CHECK,
    dynamic_references::CHECK,
    forgotten_subs::CHECK,
    resource_types::CHECK,
    properties::CHECK,
    required::CHECK,
    kinds::CHECK,
    read_only::CHECK,
    attributes::CHECK,
    words::CHECK,
    parameters_given::CHECK,
    parameter_values::CHECK,
    body_size::CHECK,
    stack_limits::CHECK,
    tags::CHECK,
    capabilities::CHECK,
    secret_parameters::CHECK,
    stack_cycles::CHECK,
    producers::CHECK,
    stack_names::CHECK,
    parity::CHECK,
];

/// Code, title and page of every check.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    static PAGES: std::sync::LazyLock<Vec<(&str, &str, &str)>> = std::sync::LazyLock::new(|| {
        CHECKS.iter().map(|check| (check.code, check.title, check.page)).collect()
    });
    &PAGES
}

/// The words of help for a near miss.
fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = crate::model::nearest::nearest(name, known)?;
    Some(format!("did you mean `{near}`?"))
}

/// A remark at a place.
fn note(code: &'static str, message: impl Into<String>, place: Place) -> Finding {
    Finding { severity: Severity::Note, ..Finding::warning(code, message, place) }
}
