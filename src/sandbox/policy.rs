//! Stack policies: which resources an update may touch.

use serde_json::Value;

/// What an update does to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It is changed in place.
    Modify,
    /// A new one takes its place.
    Replace,
    /// It is removed.
    Delete,
}

impl Action {
    fn text(self) -> &'static str {
        match self {
            Self::Modify => "Update:Modify",
            Self::Replace => "Update:Replace",
            Self::Delete => "Update:Delete",
        }
    }
}

/// Whether a text is a stack policy at all.
pub(super) fn valid(text: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(text) else { return false };
    if policy.as_object().is_some_and(serde_json::Map::is_empty) {
        return true;
    }
    let Some(statements) = policy.get("Statement").map(many) else { return false };
    statements.iter().all(|statement| {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let actions =
            statement.get("Action").or_else(|| statement.get("NotAction")).map(texts).unwrap_or_default();
        let resources = statement.get("Resource").or_else(|| statement.get("NotResource")).map(texts);
        matches!(effect, Some("Allow" | "Deny"))
            && !actions.is_empty()
            && actions.iter().all(|action| action.starts_with("Update:"))
            && resources.is_some_and(|resources| {
                resources.iter().all(|one| *one == "*" || one.starts_with("LogicalResourceId/"))
            })
            && statement.get("Principal").and_then(Value::as_str) == Some("*")
    })
}

/// Says why a policy forbids something, or nothing when it allows it.
pub(super) fn denial(text: &str, action: Action, logical_id: &str, resource_type: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let statements = policy.get("Statement").map(many)?;
    let mut allowed = false;
    for (index, statement) in statements.iter().enumerate() {
        if !applies(statement, action, logical_id, resource_type) {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            let list = |name: &str| statement.get(name).map(texts).unwrap_or_default().join(", ");
            return Some(format!(
                "Action denied by stack policy: Statement [#{}] does not allow [{}] for resource [{}];",
                index + 1,
                list("Action"),
                list("Resource"),
            ));
        }
        allowed = true;
    }
    (!allowed).then(|| {
        format!(
            "Action not allowed by stack policy: no statement allows [{}] for resource [{logical_id}];",
            action.text()
        )
    })
}

fn applies(statement: &Value, action: Action, logical_id: &str, resource_type: &str) -> bool {
    let subject = format!("LogicalResourceId/{logical_id}");
    let named = |name: &str, text: &str| {
        statement.get(name).map(|value| texts(value).iter().any(|one| matches(one, text)))
    };
    let fits = |name: &str, text: &str| {
        named(name, text).unwrap_or_else(|| !named(&format!("Not{name}"), text).unwrap_or(true))
    };
    fits("Action", action.text()) && fits("Resource", &subject) && conditions_hold(statement, resource_type)
}

fn conditions_hold(statement: &Value, resource_type: &str) -> bool {
    let Some(conditions) = statement.get("Condition").and_then(Value::as_object) else { return true };
    conditions.iter().all(|(operator, keys)| {
        let patterns = keys.get("ResourceType").map(texts).unwrap_or_default();
        let hit = patterns.iter().any(|pattern| matches(pattern, resource_type));
        hit != operator.contains("Not")
    })
}

/// Compares a text with a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    last.map_or(rest.is_empty(), |last| last.is_empty() || text.ends_with(last))
}

fn many(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: &Value) -> Vec<&str> {
    many(value).into_iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: &str = r#"{"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "LogicalResourceId/Data*",
         "Condition": {"StringLike": {"ResourceType": ["AWS::RDS::*"]}}}]}"#;

    fn check(action: Action, id: &str, kind: &str, allowed: bool) {
        assert_eq!(denial(GUARD, action, id, kind).is_none(), allowed, "{action:?} {id} {kind}");
    }

    #[test]
    fn a_denial_wins_where_it_applies() {
        check(Action::Modify, "Database", "AWS::RDS::DBInstance", true);
        check(Action::Replace, "Database", "AWS::RDS::DBInstance", false);
        check(Action::Delete, "Database", "AWS::SNS::Topic", true);
        check(Action::Delete, "Topic", "AWS::RDS::DBInstance", true);
        assert!(denial(r#"{"Statement": []}"#, Action::Modify, "A", "T").is_some());
    }

    #[test]
    fn patterns_match_whole_texts() {
        assert!(matches("*", "") && matches("a*", "ab") && matches("*b", "abb") && matches("a*c*e", "abcde"));
        assert!(!matches("a", "ab") && !matches("a*c", "ab") && !matches("*a", "ab"));
    }

    #[test]
    fn only_policies_are_valid() {
        assert!(valid(GUARD));
        assert!(valid("{}") && denial("{}", Action::Modify, "A", "T").is_none());
        for text in ["", "[]", r#"{"Statement": {"Effect": "Allow"}}"#] {
            assert!(!valid(text), "{text}");
        }
    }
}
