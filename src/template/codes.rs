//! The codes of what can be wrong with a file's text or a template's rendering, each with its page for `formwork explain`.

/// Broken YAML.
pub const YAML: &str = "FW0101";
/// Broken JSON.
pub const JSON: &str = "FW0102";
/// A key that a mapping has twice.
pub const DUPLICATE_KEY: &str = "FW0103";
/// An anchor, an alias or a merge key.
pub const ANCHOR: &str = "FW0104";
/// Nothing in the file, or more than one document.
pub const DOCUMENTS: &str = "FW0105";
/// Nested too deeply, or too large.
pub const TOO_DEEP: &str = "FW0106";
/// A tag of YAML that CloudFormation does not know.
pub const TAG: &str = "FW0107";
/// A marker or an expression that cannot be read.
pub const SYNTAX: &str = "FW0110";
/// A name that is not there.
pub const UNDEFINED: &str = "FW0111";
/// A filter, function, test or method that is not there.
pub const UNKNOWN_FUNCTION: &str = "FW0112";
/// A function or operator that was given what it cannot take.
pub const WRONG_VALUE: &str = "FW0113";
/// A list or a mapping inside text.
pub const LIST_IN_TEXT: &str = "FW0114";
/// Too much work or too much text.
pub const BOUNDS: &str = "FW0115";
/// A file that cannot be included.
pub const FILE: &str = "FW0116";
/// A value that would be pasted instead of typed.
pub const PASTED: &str = "FW0117";
/// Text that classic Jinja markers take for their own.
pub const COLLISION: &str = "FW0118";
/// Characters that formwork keeps for itself.
pub const RESERVED: &str = "FW0119";
