//! The codes of what can be missing when a plan is made or carried out, each with its page for `formwork explain`.

/// A variable of the process that is not set.
pub const VARIABLE: &str = "FW0401";
/// A parameter of Systems Manager that does not exist.
pub const PARAMETER: &str = "FW0402";
/// A saved plan since which something moved.
pub const STALE: &str = "FW0403";
/// A file that is no saved plan, or not the one that was written.
pub const UNREADABLE: &str = "FW0404";

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
    (
        STALE,
        "a saved plan no longer fits",
        "`formwork deploy --plan FILE` carries out exactly what was reviewed, or nothing. Before it changes anything it reads and \
         renders everything again, and compares with what the plan rests on:\n\n\
         - of the files: each stack's account, name, rendered template, parameters, tags, settings, and what it waits for\n\
         - of inputs: `!Ssm`, `!Env` and `!Output` values; of secrets only whether they are the same\n\
         - of the accounts: each stack's status, last change, template, parameters, policy and protection\n\
         - the change sets that it keeps: they have to be there, ready to be executed, and make the changes that the file shows\n\
         - formwork's own version\n\n\
         What moved is listed with what it was and what it is. Make a new plan: `formwork plan ENV -o FILE`.\n\n\
         A plan is carried out once. Whatever of it was not done is not kept, so that the next plan starts from what is there.",
    ),
    (
        UNREADABLE,
        "a file is not a saved plan",
        "`formwork deploy --plan FILE` takes files that `formwork plan ENV -o FILE` of the same version of the form wrote, whole and \
         unchanged: a checksum tells files that were cut off or edited.\n\n\
         Bad: `formwork plan quiz/dev --output json > plan.json`: that is for other programs to read.\n\
         Good: `formwork plan quiz/dev -o plan.json`.\n\n\
         To deploy something else, change the project and plan again.",
    ),
];
