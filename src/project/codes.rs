//! The codes of mistakes in formwork's own files, and the page that `formwork explain CODE` prints for each.

/// A file cannot be read.
pub const UNREADABLE: &str = "FW0010";
/// A key that is not known there.
pub const UNKNOWN_KEY: &str = "FW0011";
/// A value of the wrong kind.
pub const WRONG_KIND: &str = "FW0012";
/// A key that has to be there.
pub const MISSING_KEY: &str = "FW0013";
/// Not one of the words that are possible.
pub const WRONG_WORD: &str = "FW0014";
/// Not an account id.
pub const ACCOUNT_ID: &str = "FW0015";
/// Not a region.
pub const REGION: &str = "FW0016";
/// Another version of formwork is required.
pub const REQUIRES: &str = "FW0017";
/// A name with characters that it cannot have.
pub const NAME: &str = "FW0018";
/// A duration that is none.
pub const DURATION: &str = "FW0019";
/// A declaration of a value that makes no sense.
pub const DECLARATION: &str = "FW0020";
/// A value that the blueprint does not declare.
pub const UNDECLARED: &str = "FW0030";
/// A value that does not fit its declaration.
pub const MISFIT: &str = "FW0031";
/// A value that has to be given.
pub const MISSING_VALUE: &str = "FW0032";
/// A `--set` that cannot be used.
pub const SETTING: &str = "FW0033";
/// A tag that cannot stand there.
pub const TAG: &str = "FW0034";
/// A blueprint that does not exist.
pub const NO_BLUEPRINT: &str = "FW0040";
/// A mirrored environment that does not exist.
pub const NO_MIRROR: &str = "FW0041";
/// Environments that mirror each other.
pub const MIRROR_CYCLE: &str = "FW0042";
/// An account role without an account.
pub const UNMAPPED: &str = "FW0043";
/// An account role that the blueprint does not know.
pub const NO_ROLE: &str = "FW0044";
/// An account name that is not in `accounts.yaml`.
pub const NO_ACCOUNT: &str = "FW0045";
/// An environment without regions.
pub const NO_REGIONS: &str = "FW0046";
/// A template that does not exist.
pub const NO_TEMPLATE: &str = "FW0050";
/// A stack that does not exist.
pub const NO_STACK: &str = "FW0051";
/// A reference that could mean several stacks.
pub const AMBIGUOUS: &str = "FW0052";
/// An environment that does not exist.
pub const NO_ENVIRONMENT: &str = "FW0053";
/// Environments that need each other.
pub const ENVIRONMENT_CYCLE: &str = "FW0054";
/// A reference that cannot be read.
pub const REFERENCE: &str = "FW0055";
/// A value that a parameter cannot be given.
pub const PARAMETER: &str = "FW0056";
/// Something that is not there yet.
pub const NOT_YET: &str = "FW0057";
/// A secret value where everybody reads it.
pub const EXPOSED: &str = "FW0058";
/// A `for_each` that cannot be gone through.
pub const FOR_EACH: &str = "FW0060";
/// A stack name that CloudFormation would refuse.
pub const STACK_NAME: &str = "FW0061";
/// Two stacks of one environment with the same address.
pub const SAME_STACK: &str = "FW0062";
/// An assertion that does not hold.
pub const ASSERTION: &str = "FW0064";
/// A value that nothing uses.
pub const UNUSED: &str = "FW0190";

/// The pages of these codes: code, title, text in Markdown.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    PAGES
}

const PAGES: &[(&str, &str, &str)] = &[
    ("FW0010", "a file that cannot be read", include_str!("pages/FW0010.md")),
    ("FW0011", "a key that is not known there", include_str!("pages/FW0011.md")),
    ("FW0012", "a value of the wrong kind", include_str!("pages/FW0012.md")),
    ("FW0013", "a key that has to be there", include_str!("pages/FW0013.md")),
    ("FW0014", "not one of the words that are possible", include_str!("pages/FW0014.md")),
    ("FW0015", "not an account id", include_str!("pages/FW0015.md")),
    ("FW0016", "not a region", include_str!("pages/FW0016.md")),
    ("FW0017", "another version of formwork is required", include_str!("pages/FW0017.md")),
    ("FW0018", "a name with characters that it cannot have", include_str!("pages/FW0018.md")),
    ("FW0019", "not a length of time", include_str!("pages/FW0019.md")),
    ("FW0020", "a declaration of a value that makes no sense", include_str!("pages/FW0020.md")),
    ("FW0030", "a value that the blueprint does not declare", include_str!("pages/FW0030.md")),
    ("FW0031", "a value that does not fit its declaration", include_str!("pages/FW0031.md")),
    ("FW0032", "a value that has to be given", include_str!("pages/FW0032.md")),
    ("FW0033", "a `--set` that cannot be used", include_str!("pages/FW0033.md")),
    ("FW0034", "a tag that cannot stand there", include_str!("pages/FW0034.md")),
    ("FW0040", "a blueprint that does not exist", include_str!("pages/FW0040.md")),
    ("FW0041", "a mirrored environment that does not exist", include_str!("pages/FW0041.md")),
    ("FW0042", "environments that mirror each other", include_str!("pages/FW0042.md")),
    ("FW0043", "an account role without an account", include_str!("pages/FW0043.md")),
    ("FW0044", "an account role that there is not", include_str!("pages/FW0044.md")),
    ("FW0045", "an account name that is not in `accounts.yaml`", include_str!("pages/FW0045.md")),
    ("FW0046", "an environment without regions", include_str!("pages/FW0046.md")),
    ("FW0050", "a template that cannot be used", include_str!("pages/FW0050.md")),
    ("FW0051", "a stack that does not exist", include_str!("pages/FW0051.md")),
    ("FW0052", "a reference that could mean several stacks", include_str!("pages/FW0052.md")),
    ("FW0053", "an environment that does not exist", include_str!("pages/FW0053.md")),
    ("FW0054", "environments that take outputs of each other", include_str!("pages/FW0054.md")),
    ("FW0055", "a reference that cannot be read", include_str!("pages/FW0055.md")),
    ("FW0056", "a value that a parameter cannot be given", include_str!("pages/FW0056.md")),
    ("FW0057", "something that is not there yet", include_str!("pages/FW0057.md")),
    ("FW0058", "a secret value where everybody reads it", include_str!("pages/FW0058.md")),
    ("FW0060", "a `for_each` that cannot be gone through", include_str!("pages/FW0060.md")),
    ("FW0061", "a stack name that CloudFormation would refuse", include_str!("pages/FW0061.md")),
    ("FW0062", "two stacks with the same name in one environment", include_str!("pages/FW0062.md")),
    ("FW0064", "an assertion that does not hold", include_str!("pages/FW0064.md")),
    ("FW0190", "a value that nothing uses", include_str!("pages/FW0190.md")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_with_both_examples() {
        let source = include_str!("codes.rs");
        for code in
            source.lines().filter_map(|line| line.split_once(": &str = \"")).map(|(_, code)| &code[..6])
        {
            let page = PAGES.iter().find(|(known, ..)| *known == code);
            let (_, title, text) = page.unwrap_or_else(|| panic!("{code} has no page"));
            assert!(text.starts_with(&format!("# {code}: {title}\n")), "{code}");
            assert!(text.contains("wrong") && text.contains("right"), "{code}");
        }
        assert!(PAGES.is_sorted());
    }
}
