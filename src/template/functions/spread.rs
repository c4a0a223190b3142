//! `items | spread("versions", "version")`: each item once for each member of its list `versions`, with that member as
//! its `version`.

use crate::model::value::Value;
use crate::template::convert::to_engine;
use crate::template::functions::{own, refused};
use minijinja::{Environment, Error};

/// How many items are made at most.
const MOST: usize = 10_000;

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("spread", filter);
}

fn filter(items: &minijinja::Value, list: &str, name: &str) -> Result<minijinja::Value, Error> {
    let items = spread(own(items)?, list, name).map_err(refused)?;
    Ok(to_engine(&Value::List(items)))
}

fn spread(items: Value, list: &str, name: &str) -> Result<Vec<Value>, String> {
    let Value::List(items) = items else {
        return Err(format!("`spread` takes a list of mappings, not {}", items.kind()));
    };
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Value::Map(entries) = item else {
            return Err(format!("item {at} is {}, not a mapping with `{list}`", item.kind()));
        };
        if entries.iter().any(|(key, _)| key == name) {
            return Err(format!("item {at} has a `{name}` already: choose another name"));
        }
        let members = match item.get(list) {
            Some(Value::List(members)) => members,
            Some(other) => return Err(format!("`{list}` of item {at} is {}, not a list", other.kind())),
            None => return Err(format!("item {at} has no `{list}`")),
        };
        if out.len() + members.len() > MOST {
            return Err(format!("`spread` would make more than {MOST} items"));
        }
        out.extend(members.iter().map(|member| {
            let mut entries = entries.clone();
            entries.push((name.to_owned(), member.clone()));
            Value::Map(entries)
        }));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::compare::flow;

    fn check(items: &str, expected: Result<&str, &str>) {
        let source = crate::model::place::Source { path: "a.yaml".to_owned(), text: items.to_owned() };
        let document = crate::template::document::load(&std::sync::Arc::new(source)).unwrap();
        let found = spread(crate::template::meaning::value(&document.root), "versions", "version");
        let found = found.map(|items| flow(&Value::List(items)));
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{items}");
    }

    #[test]
    fn each_member_gets_its_item() {
        check(
            "[{name: a, versions: [1, 1.10]}, {name: b, versions: [x]}, {name: c, versions: []}]",
            Ok(
                "[{name: a, versions: [1, 1.10], version: 1}, {name: a, versions: [1, 1.10], version: 1.10}, \
                {name: b, versions: [x], version: x}]",
            ),
        );
        check("[]", Ok("[]"));
    }

    #[test]
    fn what_is_no_list_is_told() {
        check("{a: {versions: [1]}}", Err("`spread` takes a list of mappings, not a mapping"));
        check("[{versions: [1]}, a]", Err("item 1 is a text, not a mapping with `versions`"));
        check("[{name: a}]", Err("item 0 has no `versions`"));
        check("[{versions: 2}]", Err("`versions` of item 0 is a number, not a list"));
        check("[{versions: [1], version: 2}]", Err("item 0 has a `version` already: choose another name"));
        let many = (0..=MOST).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        check(&format!("[{{versions: [{many}]}}]"), Err("`spread` would make more than 10000 items"));
    }
}
