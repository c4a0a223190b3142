//! Networks and zones: `Fn::Cidr` and `Fn::GetAZs`.
//!
//! Pure arithmetic, and the simulation's assumption of which zones a region has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::evaluate::Evaluation;
use super::text::plain;
use super::{KNOWN_AFTER_APPLY, Refusal};

/// The most networks `Fn::Cidr` makes.
const MAX_NETWORKS: u128 = 256;

/// `Fn::GetAZs`: the zones of a region; the stack's own when the name is empty.
pub fn zones(evaluation: &Evaluation<'_>, argument: &Value) -> Result<Value, Refusal> {
    let fault = || Refusal::new("Template error: every Fn::GetAZs object must have a String-typed value.");
    let given = plain(&evaluation.value(argument)?).ok_or_else(fault)?;
    if given == KNOWN_AFTER_APPLY {
        return Ok(given.into());
    }
    let region = if given.is_empty() { evaluation.scope.identity.region.as_str() } else { given.as_str() };
    Ok(zone_letters(region).chars().map(|letter| format!("{region}{letter}")).collect::<Vec<_>>().into())
}

/// The letters of the zones with a default subnet: three, where nothing else is known.
fn zone_letters(region: &str) -> &'static str {
    match region {
        "us-east-1" => "abcdef",
        "us-west-2" | "ap-northeast-2" => "abcd",
        "us-west-1" => "ac",
        "ap-northeast-1" => "acd",
        "ca-central-1" => "abd",
        "cn-north-1" => "abd",
        _ => "abc",
    }
}

/// `Fn::Cidr`: a block, how many networks, how many bits each leaves for hosts.
pub fn cidr(evaluation: &Evaluation<'_>, argument: &Value) -> Result<Value, Refusal> {
    let fault = super::shape::cidr_fault;
    let parts = argument.as_array().filter(|parts| matches!(parts.len(), 2 | 3)).ok_or_else(fault)?;
    let mut texts = Vec::with_capacity(3);
    for part in parts {
        texts.push(plain(&evaluation.value(part)?).ok_or_else(fault)?);
    }
    if texts.iter().any(|text| text.contains(KNOWN_AFTER_APPLY)) {
        return Ok(KNOWN_AFTER_APPLY.into());
    }
    let (address, length) = texts[0].split_once('/').ok_or_else(fault)?;
    let address: IpAddr = address.parse().map_err(|_| fault())?;
    let length: u32 = length.parse().map_err(|_| fault())?;
    let count: u128 =
        texts[1].parse().ok().filter(|count| (1..=MAX_NETWORKS).contains(count)).ok_or_else(fault)?;
    let bits: u32 = match texts.get(2) {
        Some(text) => text.parse().map_err(|_| fault())?,
        None if address.is_ipv4() => 8,
        None => 64,
    };
    divide(address, length, count, bits).ok_or_else(|| {
        Refusal::new(format!(
            "Template error: Fn::Cidr cannot make {count} networks of {bits} bits in {}",
            texts[0]
        ))
    })
}

fn divide(address: IpAddr, length: u32, count: u128, bits: u32) -> Option<Value> {
    let (width, start): (u32, u128) = match address {
        IpAddr::V4(four) => (32, u128::from(u32::from(four))),
        IpAddr::V6(six) => (128, u128::from(six)),
    };
    let inner = width.checked_sub(bits)?;
    let room = inner.checked_sub(length)?;
    if length > width || bits >= width || (room < 32 && count > 1 << room) {
        return None;
    }
    let start = if length == 0 { 0 } else { start >> (width - length) << (width - length) };
    let network = |number: u128| -> Option<String> {
        let at = start.checked_add(number << bits)?;
        let address = match address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(u32::try_from(at).ok()?)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(at)),
        };
        Some(format!("{address}/{inner}"))
    };
    let networks: Option<Vec<String>> = (0..count).map(network).collect();
    networks.map(Value::from)
}
