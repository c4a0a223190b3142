//! `cidr_subnets(range, count)`: so many equal parts of an address range, as large as possible; and
//! `cidr_subnets(range, prefix=24)`: all parts of that prefix length; both together: the first so many of them.

use crate::template::functions::{refused, text};
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, Value};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How many parts are made at most.
const MOST: u128 = 4096;

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("cidr_subnets", cidr_subnets);
    environment.add_filter("cidr_subnets", cidr_subnets);
}

fn cidr_subnets(range: &Value, count: Option<u32>, options: Kwargs) -> Result<Vec<String>, Error> {
    let count = count.or(options.get("count")?);
    let prefix: Option<u32> = options.get("prefix")?;
    options.assert_all_used()?;
    subnets(&text(range)?, count, prefix).map_err(refused)
}

fn subnets(range: &str, count: Option<u32>, prefix: Option<u32>) -> Result<Vec<String>, String> {
    let (address, bits, length) = parse(range)?;
    let wanted = match (prefix, count) {
        (Some(prefix), _) => prefix,
        (None, Some(count)) if count > 0 => length + (u32::BITS - (count - 1).leading_zeros()),
        (None, _) => {
            return Err("say how many parts: `cidr_subnets(range, 4)`, or `cidr_subnets(range, prefix=24)`"
                .to_owned());
        }
    };
    if wanted < length || wanted > bits {
        return Err(format!("`{range}` has no parts of prefix length {wanted}"));
    }
    let available = 1u128.checked_shl(wanted - length).unwrap_or(u128::MAX);
    let count = count.map_or(available, u128::from);
    if count > available {
        return Err(format!("`{range}` has only {available} parts of prefix length {wanted}, not {count}"));
    }
    if count > MOST {
        return Err(format!("`{range}` would be cut into {count} parts; the most is {MOST}"));
    }
    let part = |number: u128| address + number.checked_shl(bits - wanted).unwrap_or(0);
    Ok((0..count).map(|number| format!("{}/{wanted}", show(part(number), bits))).collect())
}

fn show(address: u128, bits: u32) -> String {
    match bits {
        32 => Ipv4Addr::from(address as u32).to_string(),
        _ => Ipv6Addr::from(address).to_string(),
    }
}

/// The first address, the number of bits of an address, and the prefix length.
fn parse(range: &str) -> Result<(u128, u32, u32), String> {
    let wrong = || format!("`{range}` is no address range such as `10.0.0.0/16`");
    let (address, length) = range.split_once('/').ok_or_else(wrong)?;
    let (number, bits) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(address), _) => (u128::from(u32::from(address)), 32),
        (_, Ok(address)) => (u128::from(address), 128),
        _ => return Err(wrong()),
    };
    let length = length.parse::<u32>().ok().filter(|length| *length <= bits).ok_or_else(wrong)?;
    let host = bits - length;
    let first = if host >= 128 { 0 } else { number >> host << host };
    match first == number {
        true => Ok((number, bits, length)),
        false => Err(format!(
            "`{range}` does not begin at the start of its range: write `{}/{length}`",
            show(first, bits)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, count: Option<u32>, prefix: Option<u32>, expected: Result<&[&str], &str>) {
        let found = subnets(range, count, prefix);
        match expected {
            Ok(expected) => assert_eq!(found.unwrap(), expected),
            Err(part) => assert!(found.unwrap_err().contains(part), "{part}"),
        }
    }

    #[test]
    fn cuts_address_ranges() {
        check("10.0.0.0/16", Some(2), None, Ok(&["10.0.0.0/17", "10.0.128.0/17"]));
        check("10.0.0.0/16", Some(3), None, Ok(&["10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"]));
        check("10.0.0.0/16", Some(1), None, Ok(&["10.0.0.0/16"]));
        check("10.0.0.0/23", None, Some(24), Ok(&["10.0.0.0/24", "10.0.1.0/24"]));
        check("10.0.0.0/8", Some(2), Some(24), Ok(&["10.0.0.0/24", "10.0.1.0/24"]));
        check("fd00::/56", Some(2), Some(64), Ok(&["fd00::/64", "fd00:0:0:1::/64"]));
        check("0.0.0.0/0", Some(2), None, Ok(&["0.0.0.0/1", "128.0.0.0/1"]));
        check("::/0", Some(1), None, Ok(&["::/0"]));
        check("10.0.0.1/16", Some(2), None, Err("write `10.0.0.0/16`"));
        check("10.0.0.0/16", None, Some(8), Err("no parts"));
        check("10.0.0.0/24", Some(5), Some(26), Err("only 4 parts"));
        check("10.0.0.0/8", None, Some(32), Err("the most is"));
        check("10.0.0.0", Some(1), None, Err("no address range"));
        check("10.0.0.0/16", None, None, Err("say how many"));
    }
}
