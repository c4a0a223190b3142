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
    let start = match token {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|digits| digits.parse::<usize>().ok())
            .ok_or_else(|| Refusal::validation("Invalid NextToken"))?,
    };
    let total = all.len();
    let page = all.into_iter().skip(start).take(size).collect();
    let end = start.saturating_add(size);
    let next = if end < total { Value::String(format!("page-{end}")) } else { Value::Null };
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
