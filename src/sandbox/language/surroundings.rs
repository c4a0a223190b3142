//! What a template may ask of the world outside: one trait, answered by the world.

use serde_json::Value;

/// A value of the parameter store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredParameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The version it has.
    pub version: u64,
}

/// What lies around a stack, within its account and region unless said otherwise.
pub trait Surroundings {
    /// A stored parameter, of this version or the newest.
    fn stored_parameter(&self, name: &str, version: Option<u64>) -> Option<StoredParameter> {
        let _ = (name, version);
        None
    }
    /// The value of an export.
    fn export(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
    /// An output of another stack (`Fn::GetStackOutput`), in the region and by the role given.
    fn stack_output(
        &self,
        stack: &str,
        output: &str,
        region: Option<&str>,
        role: Option<&str>,
    ) -> Option<String> {
        let _ = (stack, output, region, role);
        None
    }
    /// A secret's text, if one is stored; otherwise the reference becomes an opaque text.
    fn secret(&self, identifier: &str) -> Option<String> {
        let _ = identifier;
        None
    }
    /// An object for `AWS::Include`: its text, or the words of the failure.
    fn included(&self, location: &str) -> Result<String, String> {
        let _ = location;
        Err("The specified key does not exist.".into())
    }
    /// What the `Fn::Transform` or macro of this name makes of a fragment; `None` when there is no such macro.
    fn transform(&self, name: &str, fragment: &Value, parameters: &Value) -> Option<Result<Value, String>> {
        let _ = (name, fragment, parameters);
        None
    }
}

/// Surroundings in which there is nothing.
#[cfg(test)]
pub struct Nothing;
#[cfg(test)]
impl Surroundings for Nothing {}
