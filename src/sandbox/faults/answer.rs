//! Rules of how custom resources answer, and of the signals that wait conditions and creation policies get.
//!
//! The first rule that fits answers; where none fits, everything succeeds after its usual time.

use super::super::awaited::Reply;
use super::super::world::Place;
use super::fault::{duration, fits, glob, times};
use super::written::{Listed, Number};
use globset::GlobMatcher;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as Derived, Serialize};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// What CloudFormation asks of a custom resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Derived)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum RequestType {
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
}

/// Whether somebody answers well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Derived)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    #[default]
    Success,
    Failed,
}

/// The fields of a rule, as they are written.
#[derive(Debug, Clone, Default, Serialize, Derived)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    resource_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<Listed<RequestType>>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_resource_id: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_echo: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<f64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    never: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signals: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Number>,
}

/// A rule, and how often it has answered.
#[derive(Debug, Clone)]
pub(in super::super) struct Answer {
    written: Written,
    resource: Option<GlobMatcher>,
    resource_type: Option<GlobMatcher>,
    stack: Option<GlobMatcher>,
    region: Option<GlobMatcher>,
    times: Option<u64>,
    reply: Reply,
    given: Cell<u64>,
}

/// A request that somebody is to answer.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Question<'a> {
    /// What is asked.
    pub(in super::super) request: RequestType,
    /// The name of the stack.
    pub(in super::super) stack: &'a str,
    /// The resource's name in the template.
    pub(in super::super) logical_id: &'a str,
    /// Its type.
    pub(in super::super) resource_type: &'a str,
}

impl Answer {
    fn new(written: Written) -> Result<Self, String> {
        let after = written.after.map(|seconds| duration("after", seconds)).transpose()?;
        let said = written.reason.is_some() || !written.data.is_empty() || after.is_some();
        if written.never && (said || written.signals.is_some() || written.physical_resource_id.is_some()) {
            return Err("an answer that `never` comes says nothing else".to_owned());
        }
        if written.reason.is_some() && written.status == Status::Success {
            return Err("`reason` is told with `status: FAILED` only".to_owned());
        }
        let reply = Reply {
            failed: written.status == Status::Failed,
            reason: written.reason.clone(),
            data: written.data.clone(),
            physical_id: written.physical_resource_id.clone(),
            no_echo: written.no_echo,
            after,
            never: written.never,
            signals: written.signals,
        };
        Ok(Self {
            resource: glob("resource", written.resource.as_deref())?,
            resource_type: glob("type", written.resource_type.as_deref())?,
            stack: glob("stack", written.stack.as_deref())?,
            region: glob("region", written.region.as_deref())?,
            times: times(written.times.as_ref())?,
            given: Cell::new(0),
            reply,
            written,
        })
    }

    /// The answer, if this rule is about the question.
    pub(super) fn to(&self, place: &Place, question: &Question<'_>) -> Option<Reply> {
        let asked = self.written.on.as_ref().is_none_or(|Listed(all)| all.contains(&question.request));
        let here = self.written.account.as_ref().is_none_or(|account| *account == place.account)
            && fits(self.region.as_ref(), &place.region);
        let about = fits(self.resource.as_ref(), question.logical_id)
            && fits(self.resource_type.as_ref(), question.resource_type)
            && fits(self.stack.as_ref(), question.stack);
        let left = self.times.is_none_or(|times| self.given.get() < times);
        if !(asked && here && about && left) {
            return None;
        }
        self.given.set(self.given.get() + 1);
        let mut reply = self.reply.clone();
        if reply.failed && reply.reason.is_none() {
            reply.reason = Some(format!("Simulated failure of {}", question.logical_id));
        }
        Some(reply)
    }

    /// How often it has answered.
    pub(super) fn given(&self) -> u64 {
        self.given.get()
    }
}

impl<'de> Deserialize<'de> for Answer {
    /// By way of a map, so that what does not fit together is told with the rule's own line.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Answer;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an answer: whose, to what, and what it says")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answer, A::Error> {
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Answer::new(written).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

impl Serialize for Answer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}
