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
