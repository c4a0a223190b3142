//! Pages of long lists: what a page holds, and where the next one begins.
//!
//! A list is cut by counting, from its end where new entries come first, or by the key it is sorted by, so that what
//! happens between two pages neither repeats nor hides an entry. The positions leave the sandbox sealed: bound to the
//! operation, its parameters and the caller's place, as AWS's tokens are.

use super::super::identifiers;
use super::super::model::MODEL;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::world::{Place, World};
use super::Call;
use serde_json::Value;

/// How many entries a page has, unless a request wants fewer.
pub(in super::super) const ENTRIES: usize = 100;
/// How many hexadecimal digits of a token bind it to its request.
const SEAL: usize = 32;

/// The page that a position asks for, and the position of the next one.
pub(in super::super) fn of<T>(
    all: Vec<T>,
    position: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let start = match position {
        None => 0,
        Some(text) => number(text, "page-")?,
    };
    let mut rest = all.into_iter().skip(start);
    let page = rest.by_ref().take(size).collect();
    let next = rest.next().map_or(Value::Null, |_| format!("page-{}", start.saturating_add(size)).into());
    Ok((page, next))
}

/// The page of a list whose new entries come first: a position says how many are left.
pub(super) fn newest_first<T>(
    all: Vec<T>,
    position: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let total = all.len();
    newest_of(all, total, position, size)
}

/// The same of so many entries that come one by one: those behind the page are not looked at.
pub(super) fn newest_of<T>(
    all: impl IntoIterator<Item = T>,
    total: usize,
    position: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let left = match position {
        None => total,
        Some(text) => number(text, "left-")?,
    };
    let start = total.saturating_sub(left);
    let page: Vec<T> = all.into_iter().skip(start).take(size).collect();
    let left = left.saturating_sub(size);
    let next = if left > 0 && page.len() == size { format!("left-{left}").into() } else { Value::Null };
    Ok((page, next))
}

/// The page of a list that is sorted by a key: a position is the last key shown.
pub(super) fn sorted<T>(
    all: Vec<(String, T)>,
    position: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let last = match position {
        None => None,
        Some(text) => Some(text.strip_prefix("after-").ok_or_else(|| unknown(text))?),
    };
    let mut rest = all.into_iter().filter(|(key, _)| last.is_none_or(|last| key.as_str() > last));
    let page: Vec<(String, T)> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some((key, _))) => format!("after-{key}").into(),
        _ => Value::Null,
    };
    Ok((page.into_iter().map(|(_, entry)| entry).collect(), next))
}

fn number(text: &str, prefix: &str) -> Result<usize, Refusal> {
    text.strip_prefix(prefix).and_then(|digits| digits.parse().ok()).ok_or_else(|| unknown(text))
}

fn unknown(token: &str) -> Refusal {
    Refusal::validation(format!("{token} is not a valid NextToken"))
}

impl Call<'_> {
    /// How many entries the request wants on a page.
    pub(super) fn page_size(&self) -> Result<usize, Refusal> {
        let wanted = self.input.integer("MaxResults")?;
        Ok(wanted
            .and_then(|wanted| usize::try_from(wanted).ok())
            .map_or(ENTRIES, |wanted| wanted.clamp(1, ENTRIES)))
    }

    /// The page of a list that the request asks for, and the position of the next one.
    pub(super) fn paged<T>(&self, all: Vec<T>) -> Result<(Vec<T>, Value), Refusal> {
        of(all, self.input.text("NextToken"), self.page_size()?)
    }

    /// Puts the position that the request's token stands for in its place; what is not ours is refused.
    pub(super) fn open_token(&mut self, action: &str) -> Result<(), Refusal> {
        if !MODEL.takes(action, "NextToken") {
            return Ok(());
        }
        let Some(token) = self.input.text("NextToken") else { return Ok(()) };
        let seal = seal(self.world, &self.place, action, &self.input);
        let position = token.strip_prefix(seal.as_str()).and_then(unhex).ok_or_else(|| unknown(token))?;
        self.input.set("NextToken", position);
        Ok(())
    }

    /// Seals the position of the next page in a result.
    pub(super) fn seal_token(&self, action: &str, result: &mut Value) {
        let Some(Value::String(position)) = result.get_mut("NextToken") else { return };
        let hex: String = position.bytes().map(|byte| format!("{byte:02x}")).collect();
        *position = seal(self.world, &self.place, action, &self.input) + &hex;
    }
}

/// What binds a token to its request: everything but the token itself and the size of a page.
fn seal(world: &World, place: &Place, action: &str, input: &Input) -> String {
    let members = MODEL.canonical(action, input, &["NextToken", "MaxResults"]);
    let mut seal =
        identifiers::digest(world.seed, &["page", &place.account, &place.region, action, &members]);
    seal.truncate(SEAL);
    seal
}

fn unhex(hex: &str) -> Option<String> {
    let digits = |index: usize| hex.get(index..index + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digits).collect();
    String::from_utf8(bytes?).ok()
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
    fn new_entries_shift_nothing() {
        assert_eq!(newest_first(vec![3, 2, 1], None, 2).unwrap(), (vec![3, 2], "left-1".into()));
        assert_eq!(newest_first(vec![5, 4, 3, 2, 1], Some("left-1"), 2).unwrap(), (vec![1], Value::Null));
        assert_eq!(newest_first(vec![2, 1], None, 2).unwrap(), (vec![2, 1], Value::Null));
        assert_eq!(newest_first(vec![1], Some("left-9"), 2).unwrap(), (vec![1], Value::Null));
    }

    #[test]
    fn sorted_lists_go_on_after_a_key() {
        let all =
            |keys: &[&'static str]| keys.iter().map(|key| ((*key).to_owned(), *key)).collect::<Vec<_>>();
        assert_eq!(sorted(all(&["a", "b", "c"]), None, 2).unwrap(), (vec!["a", "b"], "after-b".into()));
        let (page, next) = sorted(all(&["a", "aa", "c", "d", "e"]), Some("after-b"), 2).unwrap();
        assert_eq!((page, next), (vec!["c", "d"], "after-d".into()));
        assert!(sorted(all(&["a"]), Some("page-1"), 2).is_err());
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
