//! What a resource waits for beyond its provider: the answer of a custom resource, the signals of a wait condition or
//! of a creation policy. Nouns, and what they amount to; when they come is the engine's business.

use super::resources::Instance;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most characters that all data of an answer or signal may have together: AWS's 4,096 bytes.
pub(super) const DATA_BYTES: usize = 4096;
/// How long a custom resource may take without `ServiceTimeout`: AWS's hour, in seconds.
const SERVICE_SECONDS: i64 = 3600;

/// How somebody answers, as a rule of the scenario says it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) failed: bool,
    pub(super) reason: Option<String>,
    /// What `Fn::GetAtt` reads of a custom resource; of signals, the data by unique id.
    pub(super) data: Map<String, Value>,
    pub(super) physical_id: Option<String>,
    pub(super) no_echo: bool,
    /// Milliseconds until it comes; absent for the usual time of the type.
    pub(super) after: Option<i64>,
    /// It never comes.
    pub(super) never: bool,
    /// How many signals come; absent for as many as are waited for.
    pub(super) signals: Option<u64>,
}

/// One signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Signal {
    pub(super) unique_id: String,
    pub(super) success: bool,
    pub(super) reason: String,
    pub(super) data: String,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// The answer of a custom resource.
    Response,
    /// Signals to the handle of a wait condition.
    Conditions,
    /// Signals to the resource itself: a creation policy.
    Signals,
}

/// A wait that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Awaited {
    pub(super) kind: Kind,
    /// How many signals are needed.
    pub(super) count: u64,
    /// The logical id of what is signalled: the handle, or the resource itself.
    pub(super) source: String,
    /// When it is given up.
    pub(super) deadline: i64,
    /// What comes, if a rule says so; taken when it has come.
    pub(super) reply: Option<Reply>,
    /// Whether a rule says anything: without one, the wait ends well.
    pub(super) ruled: bool,
    /// The identifier of the request to a custom resource.
    pub(super) request: String,
}

/// What signals amount to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// More are needed.
    Open,
    /// They suffice.
    Enough,
    /// One says that something failed, in AWS's words.
    Failed(String),
}

impl Reply {
    /// The signals that come: by the unique ids of the data, or as many as are wanted.
    pub(super) fn signals(&self, wanted: u64) -> Vec<Signal> {
        let number = self.signals.unwrap_or(match self.data.is_empty() {
            true => wanted,
            false => self.data.len() as u64,
        });
        let mut named = self.data.iter();
        let signal = |index: u64| {
            let (unique_id, data) = match named.next() {
                Some((id, data)) => (id.clone(), super::language::plain_text(data).unwrap_or_default()),
                None => (format!("signal-{}", index + 1), String::new()),
            };
            let reason = self.reason.clone().unwrap_or_default();
            Signal { unique_id, success: !self.failed, reason, data }
        };
        (0..number.min(100)).map(signal).collect()
    }
}

impl Awaited {
    /// What the signals that have come amount to.
    pub(super) fn verdict(&self, signals: &[Signal]) -> Verdict {
        if let Some(failed) = signals.iter().find(|signal| !signal.success) {
            let (reason, id) = (&failed.reason, &failed.unique_id);
            return Verdict::Failed(match self.kind {
                Kind::Signals => format!("Received FAILURE signal with UniqueId {id}"),
                _ => format!("WaitCondition received failed message: '{reason}' for uniqueId: {id}"),
            });
        }
        if signals.len() as u64 >= self.count { Verdict::Enough } else { Verdict::Open }
    }

    /// What AWS says when the time is over.
    pub(super) fn late(&self, received: usize) -> String {
        let (count, request) = (self.count, &self.request);
        match self.kind {
            Kind::Conditions => {
                format!("WaitCondition timed out. Received {received} conditions when expecting {count}")
            }
            Kind::Signals => format!(
                "Failed to receive {} resource signal(s) within the specified duration",
                count.saturating_sub(received as u64)
            ),
            Kind::Response => format!(
                "CloudFormation did not receive a response from your Custom Resource. Please check your logs for \
                 requestId [{request}]. If you are using the Python cfn-response module, you may need to update your \
                 Lambda function code so that CloudFormation can attach the updated version."
            ),
        }
    }
}

/// The data of signals as the attribute `Data` of a wait condition tells it: a JSON text by unique id.
pub(super) fn told(signals: &[Signal]) -> String {
    let pairs = signals.iter().map(|signal| (signal.unique_id.clone(), Value::from(signal.data.as_str())));
    Value::Object(pairs.collect()).to_string()
}

/// Why an answer cannot be used, if it cannot.
pub(super) fn refused(reply: &Reply, request: &str) -> Option<String> {
    if reply.failed {
        let reason = reply.reason.as_deref().unwrap_or_default();
        return Some(format!(
            "Received response status [FAILED] from custom resource. Message returned: {reason} (RequestId: {request})"
        ));
    }
    if reply.physical_id.as_deref() == Some("") {
        return Some("Invalid PhysicalResourceId".to_owned());
    }
    let long = Value::Object(reply.data.clone()).to_string().len() > DATA_BYTES;
    long.then(|| "Response object is too long.".to_owned())
}

/// How many milliseconds a custom resource may take.
pub(super) fn service_timeout(instance: &Instance) -> i64 {
    let given = instance.properties.get("ServiceTimeout").and_then(super::language::plain_text);
    given.and_then(|text| text.parse::<i64>().ok()).unwrap_or(SERVICE_SECONDS).clamp(1, SERVICE_SECONDS)
        * 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn awaited(kind: Kind, count: u64) -> Awaited {
        let (source, request) = ("S".to_owned(), "r".to_owned());
        Awaited { kind, count, source, deadline: 0, reply: None, ruled: true, request }
    }

    fn reply(data: Value) -> Reply {
        Reply { data: data.as_object().cloned().unwrap(), ..Reply::default() }
    }

    #[test]
    fn signals_are_counted_and_told() {
        let signals = reply(json!({"one": "a", "two": 2})).signals(5);
        assert_eq!(told(&signals), r#"{"one":"a","two":"2"}"#);
        assert_eq!(awaited(Kind::Conditions, 2).verdict(&signals), Verdict::Enough);
        assert_eq!(awaited(Kind::Conditions, 3).verdict(&signals), Verdict::Open);
        assert_eq!(reply(json!({})).signals(3).len(), 3);
        let failed = Reply { failed: true, reason: Some("no".into()), ..Reply::default() };
        let verdict = awaited(Kind::Conditions, 1).verdict(&failed.signals(1));
        let words = "WaitCondition received failed message: 'no' for uniqueId: signal-1";
        assert_eq!(verdict, Verdict::Failed(words.into()));
    }

    #[test]
    fn answers_that_cannot_be_used_are_refused() {
        let check = |reply: Reply, expected: Option<&str>| {
            assert_eq!(refused(&reply, "r").as_deref(), expected);
        };
        check(Reply::default(), None);
        check(reply(json!({"A": "x".repeat(5000)})), Some("Response object is too long."));
        let empty = Reply { physical_id: Some(String::new()), ..Reply::default() };
        check(empty, Some("Invalid PhysicalResourceId"));
    }
}
