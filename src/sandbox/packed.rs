//! Values that are seldom looked at, kept small: compressed while they rest, opened by whoever looks.
//!
//! A stack's events and resources are many kilobytes of little texts that resemble one another. A [`Packed`] value is
//! used like the value itself; [`Packed::rest`] closes it again. What is on disk is the packed form as it is, so that a
//! state folder of many stacks is read without being understood.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// What marks a packed text on disk; eight digits of a checksum follow, then those of the bytes.
const MARK: &str = "packed:";

/// A value that can rest.
#[derive(Debug)]
pub(super) enum Packed<T> {
    /// The value is in use, or new.
    Open(T),
    /// The value is compressed.
    Resting {
        /// Its compressed form.
        packed: Arc<[u8]>,
        /// The value, once somebody has looked.
        seen: OnceLock<T>,
    },
}

impl<T> Packed<T> {
    /// Whether it is packed.
    pub(super) fn rests(&self) -> bool {
        matches!(self, Self::Resting { .. })
    }
}

impl<T: Serialize + DeserializeOwned + Default> Packed<T> {
    /// Packs the value, or forgets what was only looked at.
    pub(super) fn rest(&mut self) {
        match self {
            Self::Open(value) => {
                if let Some(packed) = pack(value) {
                    *self = Self::Resting { packed, seen: OnceLock::new() };
                }
            }
            Self::Resting { seen, .. } => drop(seen.take()),
        }
    }

    /// Looks at the value without leaving it open, for whoever looks at many.
    pub(super) fn peek(&self) -> Cow<'_, T>
    where
        T: Clone,
    {
        match self {
            Self::Open(value) => Cow::Borrowed(value),
            Self::Resting { packed, seen } => {
                seen.get().map_or_else(|| Cow::Owned(unpack(packed)), Cow::Borrowed)
            }
        }
    }
}

impl<T: Serialize + DeserializeOwned + Default> Deref for Packed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Open(value) => value,
            Self::Resting { packed, seen } => seen.get_or_init(|| unpack(packed)),
        }
    }
}

impl<T: Serialize + DeserializeOwned + Default> DerefMut for Packed<T> {
    fn deref_mut(&mut self) -> &mut T {
        if let Self::Resting { packed, seen } = self {
            *self = Self::Open(seen.take().unwrap_or_else(|| unpack(packed)));
        }
        match self {
            Self::Open(value) => value,
            Self::Resting { .. } => unreachable!("it was opened a line above"),
        }
    }
}

impl<T: Default> Default for Packed<T> {
    fn default() -> Self {
        Self::Open(T::default())
    }
}

impl<T> From<T> for Packed<T> {
    fn from(value: T) -> Self {
        Self::Open(value)
    }
}

impl<T: Clone> Clone for Packed<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Open(value) => Self::Open(value.clone()),
            Self::Resting { packed, .. } => Self::Resting { packed: packed.clone(), seen: OnceLock::new() },
        }
    }
}

impl<T: Serialize> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Open(value) => value.serialize(serializer),
            Self::Resting { packed, .. } => serializer.serialize_str(&written(packed)),
        }
    }
}

/// A packed text, or the value as it is: which of them is seen by the text's beginning.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// Reads a packed value; a packed text is taken where it stands, without a copy of it.
struct Reader<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Reader<T> {
    type Value = Packed<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a packed text, or a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Packed<T>, E> {
        match text.strip_prefix(MARK) {
            Some(digits) => {
                let packed = read(digits).ok_or_else(|| E::custom("a packed value is damaged"))?;
                Ok(Packed::Resting { packed: packed.into(), seen: OnceLock::new() })
            }
            None => open(Value::from(text)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Packed<T>, E> {
        open(Value::Null)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Packed<T>, E> {
        open(Value::from(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Packed<T>, A::Error> {
        open(Value::deserialize(MapAccessDeserializer::new(map))?)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Packed<T>, A::Error> {
        open(Value::deserialize(SeqAccessDeserializer::new(sequence))?)
    }
}

fn open<T: DeserializeOwned, E: Error>(value: Value) -> Result<Packed<T>, E> {
    T::deserialize(value).map(Packed::Open).map_err(E::custom)
}

fn pack<T: Serialize>(value: &T) -> Option<Arc<[u8]>> {
    let text = serde_json::to_vec(value).ok()?;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &text).ok()?;
    encoder.finish().ok().map(Arc::from)
}

/// The value of bytes that [`pack`] has made: those from elsewhere have passed their checksum.
fn unpack<T: DeserializeOwned + Default>(packed: &[u8]) -> T {
    let mut text = Vec::new();
    let read = std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(packed), &mut text);
    read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn written(packed: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    let mut text = format!("{MARK}{:08x}", sum(packed));
    text.extend(packed.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

fn read(digits: &str) -> Option<Vec<u8>> {
    let (checksum, digits) = digits.split_at_checked(8)?;
    let half = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_bytes().as_chunks() else { return None };
    let pair = |[high, low]: &[u8; 2]| Some(half(*high)? << 4 | half(*low)?);
    let packed: Vec<u8> = pairs.iter().map(pair).collect::<Option<_>>()?;
    (u32::from_str_radix(checksum, 16).ok()? == sum(&packed)).then_some(packed)
}

fn sum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_resting_value_is_used_like_an_open_one() {
        let mut value: Packed<Vec<String>> = vec!["a".to_owned(); 500].into();
        value.rest();
        assert!(matches!(&value, Packed::Resting { packed, .. } if packed.len() < 50));
        assert_eq!((value.len(), value.peek().len()), (500, 500));
        value.push("b".to_owned());
        value.rest();
        assert_eq!(value.last().map(String::as_str), Some("b"));
        assert_eq!(value.clone().len(), 501);
    }

    #[test]
    fn damage_on_disk_is_found_when_it_is_read() {
        let mut value: Packed<Vec<u32>> = vec![1, 2, 3].into();
        value.rest();
        let text = serde_json::to_string(&value).unwrap();
        let flipped = text.replacen('7', "8", 1);
        assert_ne!(text, flipped);
        for damaged in
            [flipped.as_str(), "\"packed:\"", "\"packed:00000000é\"", "\"packed:0000000012x\"", "7"]
        {
            assert!(serde_json::from_str::<Packed<Vec<u32>>>(damaged).is_err(), "{damaged}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: Vec<(String, Option<i64>)>, rests: bool) {
            let mut packed = Packed::from(value.clone());
            if rests {
                packed.rest();
            }
            let text = serde_json::to_string(&packed).unwrap();
            let read: Packed<Vec<(String, Option<i64>)>> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&*read, &value);
        }
    }
}
