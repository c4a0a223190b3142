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

/// How much a page of changes holds, in bytes: about a megabyte, as the API reference says.
const BYTES: usize = 1_000_000;

/// The page that a token asks for, as much as fits, and the token of the next one.
pub(in super::super) fn by_size(
    all: Vec<Value>,
    token: Option<&str>,
) -> Result<(Vec<Value>, Value), Refusal> {
    let (rest, _) = of(all, token, usize::MAX)?;
    let start = token.and_then(|token| token.strip_prefix("page-")?.parse::<usize>().ok()).unwrap_or(0);
    let (mut size, mut count) = (0, 0);
    for entry in &rest {
        size += entry.to_string().len();
        if count > 0 && size > BYTES {
            break;
        }
        count += 1;
    }
    let next =
        if count < rest.len() { Value::String(format!("page-{}", start + count)) } else { Value::Null };
    Ok((rest.into_iter().take(count).collect(), next))
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

    #[test]
    fn pages_of_changes_hold_a_megabyte() {
        let all = || vec![Value::String("x".repeat(400_000)); 5];
        let (page, next) = by_size(all(), None).unwrap();
        assert_eq!((page.len(), next), (2, "page-2".into()));
        let (page, next) = by_size(all(), Some("page-4")).unwrap();
        assert_eq!((page.len(), next), (1, Value::Null));
        let (page, next) = by_size(vec![Value::String("x".repeat(2_000_000))], None).unwrap();
        assert_eq!((page.len(), next), (1, Value::Null));
        assert!(by_size(all(), Some("x")).is_err());
    }
}
