//! A fault as it is written in a scenario or sent to the endpoint: flat, every field optional, nothing unknown allowed.
//!
//! What belongs together is said in [`super::fault`].

use super::fault::Fault;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as Derived, Serialize};
use std::fmt;

/// The fields of a fault.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Derived)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stuck: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) throttle: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) drop: Option<Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slow: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stale: Option<f64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) expire: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deny: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quota: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) drift: Option<Drifted>,

    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) resource_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on: Option<Listed<Moment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<Listed<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) burst: Option<f64>,

    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chance: Option<f64>,
}

/// The work on a resource that a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Derived)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Moment {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted with its stack.
    Delete,
    /// A failed operation on its stack is undone.
    Rollback,
    /// An update no longer needs it.
    Cleanup,
}

/// How a resource differs from what its stack made it.
#[derive(Debug, Clone, PartialEq, Serialize, Derived)]
#[serde(untagged)]
pub(in super::super) enum Drifted {
    /// `deleted`: it is gone.
    Word(String),
    /// What its properties are, by name or by JSON pointer; `null` for one that is gone.
    To(serde_json::Map<String, serde_json::Value>),
}

/// Which part of a call is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Derived)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// The request: nothing is done.
    Request,
    /// The answer: it is done, and nobody hears of it.
    Answer,
}

/// A number, or a word in place of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    /// The number.
    Of(f64),
    /// The word.
    Word(String),
}

/// One or several.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl Visitor<'_> for Reading {
            type Value = Number;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number or a word")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number::Of(number as f64))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number::Of(number as f64))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
                Ok(Number::Of(number))
            }
            fn visit_str<E>(self, word: &str) -> Result<Number, E> {
                Ok(Number::Word(word.to_owned()))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reading<T> {
            type Value = Listed<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a word or a list of words")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Listed<T>, E> {
                T::deserialize(de::value::StrDeserializer::new(word)).map(|one| Listed(vec![one]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Listed<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Listed(all))
            }
        }
        deserializer.deserialize_any(Reading(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Fault {
    /// By way of a map, so that what does not fit together is told with the fault's own line.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Fault;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a fault: what happens, to whom, and when")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fault, A::Error> {
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Fault::new(written).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}
