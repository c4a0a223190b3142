//! The codes of what goes wrong while something is deployed, and the page that `formwork explain CODE` prints for each.

/// A resource or a stack failed.
pub const FAILED: &str = "FW0901";

/// The code, what it is about, and the page.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    &[(
        FAILED,
        "a resource failed",
        "\
CloudFormation could not create, change or delete a resource. The message is AWS's own; the excerpt shows where the template
declares the resource. When several failed, each is shown, the oldest first: the others often follow from it. What CloudFormation
cancelled because of a failure is left out.

What follows depends on the stack. A first creation is rolled back, and its remains are deleted by the next `formwork deploy`,
which shows that as a step of its plan. An update is rolled back to what was deployed before. Stacks that needed the failed one are
blocked, and nothing else is.

Correct the cause and run `formwork deploy` again: what is done already is found unchanged.

`on_failure: keep` in the blueprint leaves what was made in place, for looking at.",
    )]
}
