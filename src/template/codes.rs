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

/// Every code, its title, and its page in Markdown.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    PAGES
}

const PAGES: &[(&str, &str, &str)] = &[
    ("FW0101", "the YAML cannot be read", include_str!("pages/FW0101.md")),
    ("FW0102", "the JSON cannot be read", include_str!("pages/FW0102.md")),
    ("FW0103", "a key is given twice", include_str!("pages/FW0103.md")),
    ("FW0104", "anchors, aliases and merge keys", include_str!("pages/FW0104.md")),
    ("FW0105", "nothing, or more than one document, in a file", include_str!("pages/FW0105.md")),
    ("FW0106", "nested too deeply", include_str!("pages/FW0106.md")),
    ("FW0107", "a tag that CloudFormation does not know", include_str!("pages/FW0107.md")),
    ("FW0110", "a marker or an expression that cannot be read", include_str!("pages/FW0110.md")),
    ("FW0111", "a name that is not there", include_str!("pages/FW0111.md")),
    ("FW0112", "a filter, function or test that is not there", include_str!("pages/FW0112.md")),
    ("FW0113", "a function or operator that cannot take this value", include_str!("pages/FW0113.md")),
    ("FW0114", "a list or a mapping inside text", include_str!("pages/FW0114.md")),
    ("FW0115", "too much work or too much text", include_str!("pages/FW0115.md")),
    ("FW0116", "a file that cannot be read from a template", include_str!("pages/FW0116.md")),
    ("FW0117", "a value that would be pasted", include_str!("pages/FW0117.md")),
    ("FW0118", "text that Jinja takes for its own", include_str!("pages/FW0118.md")),
    ("FW0119", "characters that formwork keeps for itself", include_str!("pages/FW0119.md")),
];
