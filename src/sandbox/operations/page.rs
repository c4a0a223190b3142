//! Pages of long lists: a token says where the next one begins.

use super::super::refusal::Refusal;
use serde_json::Value;

/// How many entries a page has.
pub(in super::super) const ENTRIES: usize = 100;

/// The page that a token asks for, and the token of the next one.
pub(in super::super) fn of<T>(
    all: Vec<T>,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    of_many(all.into_iter(), token, size)
}

/// The same of entries that are not all looked at.
pub(in super::super) fn of_many<T>(
    all: impl Iterator<Item = T>,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let start = match token {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|digits| digits.parse::<usize>().ok())
            .ok_or_else(|| Refusal::validation("Invalid NextToken"))?,
    };
    let mut rest = all.skip(start);
    let page = rest.by_ref().take(size).collect();
    let next = rest.next().map_or(Value::Null, |_| format!("page-{}", start.saturating_add(size)).into());
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let all = || (0..5).collect::<Vec<_>>();
        assert_eq!(of(all(), None, 2).unwrap(), (vec![0, 1], "page-2".into()));
        assert_eq!(of(all(), Some("page-4"), 2).unwrap(), (vec![4], Value::Null));
        assert_eq!(of(all(), Some("page-18446744073709551615"), 2).unwrap(), (vec![], Value::Null));
        assert!(of(all(), Some("x"), 2).is_err());
    }
}
