//! The codes of what can be missing when a plan is made, each with its page for `formwork explain`.

/// A variable of the process that is not set.
pub const VARIABLE: &str = "FW0401";
/// A parameter of Systems Manager that does not exist.
pub const PARAMETER: &str = "FW0402";

/// Every code, its title, and its page in Markdown.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    PAGES
}

const PAGES: &[(&str, &str, &str)] = &[
    (
        VARIABLE,
        "an environment variable is not set",
        "A parameter is given `!Env NAME`, and the process that runs formwork has no variable of that name.\n\n\
         Bad: `formwork deploy quiz/dev` where the blueprint says `Version: !Env BUILD`.\n\
         Good: `BUILD=42 formwork deploy quiz/dev`.\n\n\
         A variable that is set to nothing counts as set.",
    ),
    (
        PARAMETER,
        "a parameter of Systems Manager does not exist",
        "A parameter is given `!Ssm /path`, and the stack's own account and region hold no parameter of that name.\n\n\
         Names are told apart by case, and a parameter of one region is not seen from another.\n\n\
         Make it with `aws ssm put-parameter --name /path --type String --value …`, in that account and region, or in \
         a stack that comes before.",
    ),
];
