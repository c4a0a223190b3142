//! A kept plan as a file: JSON with the version of its form in front, and a checksum, by which a file that was cut
//! off or edited is known. `docs/schemas/plan.json` describes it.

use crate::plan::saved::Saved;
use crate::plan::saved::fingerprint::sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the form.
pub const VERSION: u64 = 1;

/// The version of this program, which renders and decides.
pub const FORMWORK: &str = env!("CARGO_PKG_VERSION");

/// What such a file says it is.
const KIND: &str = "formwork-plan";

/// Why a file is no plan that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON, or not all of it.
    #[error("it is not whole: {0}")]
    Broken(String),
    /// It is something else.
    #[error("it is not a saved plan of formwork")]
    Other,
    /// It has another form.
    #[error(
        "it has version {version} of the form, written by formwork {formwork}; this is formwork {ours}, which reads version {VERSION}"
    )]
    Version {
        /// The file's version.
        version: u64,
        /// The program that wrote it.
        formwork: String,
        /// This program.
        ours: &'static str,
    },
    /// A field is missing, unknown, or of another type.
    #[error("it was changed by hand: {0}")]
    Form(String),
    /// The checksum is of something else.
    #[error("it was changed after it was written: its checksum does not fit")]
    Changed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    version: u64,
    sha256: String,
    plan: Saved,
}

/// A plan as a file's text.
pub fn write(saved: &Saved) -> Result<String, serde_json::Error> {
    let envelope =
        Envelope { kind: KIND.to_owned(), version: VERSION, sha256: checksum(saved)?, plan: saved.clone() };
    Ok(format!("{}\n", serde_json::to_string_pretty(&envelope)?))
}

/// A plan from a file's text.
pub fn read(text: &str) -> Result<Saved, Unreadable> {
    let value: Value = serde_json::from_str(text).map_err(|error| Unreadable::Broken(error.to_string()))?;
    if value["type"] != KIND {
        return Err(Unreadable::Other);
    }
    let version = value["version"].as_u64().unwrap_or(0);
    if version != VERSION {
        let formwork = value["plan"]["formwork"].as_str().unwrap_or("of another version").to_owned();
        return Err(Unreadable::Version { version, formwork, ours: FORMWORK });
    }
    let envelope: Envelope =
        serde_json::from_value(value).map_err(|error| Unreadable::Form(error.to_string()))?;
    let sum = checksum(&envelope.plan).map_err(|error| Unreadable::Form(error.to_string()))?;
    match sum == envelope.sha256 {
        true => Ok(envelope.plan),
        false => Err(Unreadable::Changed),
    }
}

/// The checksum is of what the file means, so that other spaces and line ends do not spoil it.
fn checksum(saved: &Saved) -> Result<String, serde_json::Error> {
    Ok(sha256(&serde_json::to_string(saved)?))
}
