//! Expressions inside formwork's own files: a whole scalar becomes a typed value, a part of one becomes text.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::template::diagnosis::{self, Spot};
use crate::template::library::without_method;
use crate::template::markers::{Syntax, Tag, TagKind};
use crate::template::{codes, convert, engine, fault, meaning, session};
use minijinja::{Environment, Error, Expression};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub use crate::template::scope::Scope;

/// How many compiled expressions are kept.
const KEPT: usize = 10_000;

/// The environment of all expressions; it never changes.
static ENVIRONMENT: LazyLock<Environment<'static>> =
    LazyLock::new(|| engine::environment(Syntax::House).unwrap_or_else(|_| Environment::new()));

type Compiled = Arc<Expression<'static, 'static>>;

/// Expressions that were compiled before, by their text.
static COMPILED: LazyLock<Mutex<HashMap<Box<str>, Compiled>>> = LazyLock::new(Mutex::default);

/// Whether the scalar has a marker of an expression in it, whatever its tag.
pub fn is_expression(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains("<%"))
}

/// Evaluates a node with all expressions in it, at any depth; a node without any means itself. Tags are not looked at.
pub fn evaluate(document: &Document, node: &Node, scope: &Scope) -> Result<Value, Vec<Finding>> {
    let mut findings = Vec::new();
    let value = Evaluation { document, scope, findings: &mut findings }.value(node);
    match findings.is_empty() {
        true => Ok(value),
        false => Err(findings),
    }
}

/// The paths of names under `values` that the expressions of a node use (`values.web_size.min` is `web_size.min`). A
/// use of all of `values` is an empty path.
pub fn used_values(node: &Node) -> Vec<String> {
    let mut used = Vec::new();
    collect_used(node, &mut used);
    used.sort();
    used.dedup();
    used
}

fn collect_used(node: &Node, used: &mut Vec<String>) {
    node.items().iter().for_each(|item| collect_used(item, used));
    for (key, value) in node.entries() {
        collect_used(key, used);
        collect_used(value, used);
    }
    let Some(text) = node.text().filter(|_| is_expression(node)) else { return };
    for tag in Syntax::House.tags(text).iter().filter(|tag| tag.kind == TagKind::Expression) {
        if let Ok(expression) = compiled(text[tag.inner.clone()].trim()) {
            let names = expression.undeclared_variables(true).into_iter();
            used.extend(names.filter_map(|name| below_values(&without_method(name, text))));
        }
    }
}

/// What follows `values.` in a path.
pub(super) fn below_values(name: &str) -> Option<String> {
    match name.strip_prefix("values")? {
        "" => Some(String::new()),
        rest => rest.strip_prefix('.').map(str::to_owned),
    }
}

fn compiled(text: &str) -> Result<Compiled, Error> {
    let mut kept = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = kept.get(text) {
        return Ok(found.clone());
    }
    let expression = Arc::new(ENVIRONMENT.compile_expression_owned(text.to_owned())?);
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(text.into(), expression.clone());
    Ok(expression)
}

/// One evaluation of a node and what is below it.
struct Evaluation<'a> {
    document: &'a Document,
    scope: &'a Scope,
    findings: &'a mut Vec<Finding>,
}

impl Evaluation<'_> {
    fn value(&mut self, node: &Node) -> Value {
        match &node.kind {
            Kind::Scalar { text, plain } if is_expression(node) => self.scalar(node, text, *plain),
            Kind::Scalar { .. } | Kind::Alias => meaning::value(node),
            Kind::Sequence(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Kind::Mapping(entries) => self.mapping(entries),
        }
    }

    fn mapping(&mut self, entries: &[(Node, Node)]) -> Value {
        let mut filled: Vec<(String, Value)> = Vec::with_capacity(entries.len());
        // Keys that are only written out cannot repeat: the loader has seen to that.
        let may_repeat = entries.iter().any(|(key, _)| is_expression(key));
        for (key, item) in entries {
            let name = match is_expression(key) {
                true => self.key(key),
                false => meaning::key_text(key),
            };
            if may_repeat && filled.iter().any(|(known, _)| *known == name) {
                let message = format!("the key `{name}` is given twice");
                self.findings.push(Finding::error(codes::DUPLICATE_KEY, message, self.document.place(key)));
            }
            let item = self.value(item);
            filled.push((name, item));
        }
        Value::Map(filled)
    }

    fn key(&mut self, key: &Node) -> String {
        let value = self.value(key);
        value.as_text().unwrap_or_else(|| {
            let message = format!("{} cannot be a key", value.kind());
            self.findings.push(Finding::error(codes::LIST_IN_TEXT, message, self.document.place(key)));
            String::new()
        })
    }

    fn scalar(&mut self, node: &Node, text: &str, plain: bool) -> Value {
        let tags = Syntax::House.tags(text);
        if let [tag] = tags.as_slice()
            && plain
            && tag.kind == TagKind::Expression
            && tag.whole == (0..text.len())
            && tag.closed
        {
            return self.expression(node, text, tag).unwrap_or_default();
        }
        let mut out = String::new();
        let mut at = 0;
        for tag in &tags {
            out.push_str(&text[at..tag.whole.start]);
            at = tag.whole.end;
            self.part(node, text, tag, &mut out);
        }
        out.push_str(&text[at..]);
        Value::Text(out)
    }

    fn part(&mut self, node: &Node, text: &str, tag: &Tag, out: &mut String) {
        match tag.kind {
            TagKind::Comment => {}
            TagKind::Statement => {
                let place = self.locate(node, text, tag.whole.clone());
                let finding =
                    Finding::error(codes::SYNTAX, "only expressions can stand here, not statements", place)
                        .help("write `<%= … %>`, with `a if condition else b` where something depends");
                self.findings.push(finding);
            }
            TagKind::Expression => {
                let Some(value) = self.expression(node, text, tag) else { return };
                match value.as_text() {
                    Some(text) => out.push_str(&text),
                    None => {
                        let place = self.locate(node, text, tag.whole.clone());
                        self.findings.push(list_in_text(&value, place));
                    }
                }
            }
        }
    }

    fn expression(&mut self, node: &Node, text: &str, tag: &Tag) -> Option<Value> {
        if !tag.closed {
            let finding = fault::split_expression(&self.document.source, node.end as usize);
            self.findings.push(finding.unwrap_or_else(|| {
                let place = self.locate(node, text, tag.whole.clone());
                let finding = Finding::error(codes::SYNTAX, "`<%=` is never closed", place);
                finding.help("end the expression with `%>`")
            }));
            return None;
        }
        let inner = &text[tag.inner.clone()];
        let start = tag.inner.start + inner.len() - inner.trim_start().len();
        let inner = inner.trim();
        let (result, session) = session::run(&self.document.source.path, self.scope.files(), || {
            let value = compiled(inner)?.eval(self.scope.context())?;
            Ok((convert::from_engine(&value), value))
        });
        let locate = |range: Range<usize>| self.locate(node, text, start + range.start..start + range.end);
        let finding = match result {
            Ok((Ok(value), _)) => return Some(value),
            Ok((Err(_), value)) if value.is_undefined() => {
                let spot = Spot { text: inner, place: &locate };
                let error = Error::from(minijinja::ErrorKind::UndefinedError);
                diagnosis::finding(&error, &ENVIRONMENT, &spot, &session)
            }
            Ok((Err(message), _)) => Finding::error(
                codes::WRONG_VALUE,
                format!("this has no usable value: {message}"),
                locate(0..inner.len()),
            ),
            Err(error) => {
                let error: Error = error;
                let range =
                    error.range().filter(|range| inner.get(range.clone()).is_some() && !range.is_empty());
                let range = range.unwrap_or(0..inner.len());
                let inside = |part: Range<usize>| locate(range.start + part.start..range.start + part.end);
                let spot = Spot { text: &inner[range.clone()], place: &inside };
                diagnosis::finding(&error, &ENVIRONMENT, &spot, &session)
            }
        };
        self.findings.push(finding);
        None
    }

    /// Where a part of a scalar's text stands in the file; the whole scalar where escapes or folding hide it.
    fn locate(&self, node: &Node, text: &str, range: Range<usize>) -> Place {
        let source = &self.document.source;
        let written = source.text.get(node.start as usize..node.end as usize).unwrap_or_default();
        let exact = match self.document.lines.is_empty() {
            true => written.find(text),
            false => None,
        };
        match exact {
            Some(at) => {
                let start = node.start as usize + at;
                Place::new(source, start + range.start, start + range.end)
            }
            None => self.document.place(node),
        }
    }
}

/// A list or a mapping where text stands.
pub(super) fn list_in_text(value: &Value, place: Place) -> Finding {
    Finding::error(codes::LIST_IN_TEXT, format!("{} cannot stand inside text", value.kind()), place)
        .label(format!("is {}", value.kind()))
        .help("let the expression be the whole value, without quotes, or make text of it with `| join(\",\")` or `| to_json`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Source;
    use crate::template::document::load;

    const SCOPE: &str = "
values: {n: 3, version: 1.10, id: '012345678901', on: true, list: [a, 2], map: {k: v}, none: null, empty: ''}
environment: {name: quiz/dev}
item: {name: api}
";

    fn document(text: &str) -> Document {
        load(&Arc::new(Source { path: "environments/a.yaml".to_owned(), text: text.to_owned() })).unwrap()
    }

    fn scope() -> Scope {
        let Value::Map(names) = meaning::value(&document(SCOPE).root) else { panic!() };
        Scope::new(Value::Map(names[..1].to_vec())).with(names[1..].to_vec())
    }

    fn check(text: &str, expected: &str) {
        let document = document(text);
        let value = evaluate(&document, &document.root, &scope());
        let shown = value
            .map(|value| crate::template::compare::flow(&value))
            .map_err(|findings| format!("{findings:#?}"));
        assert_eq!(shown, Ok(expected.to_owned()), "{text}");
    }

    fn check_error(text: &str, expected: &[(&str, &str, &str)]) {
        let document = document(text);
        let findings = evaluate(&document, &document.root, &scope()).unwrap_err();
        let shown = |finding: &Finding| {
            let place = finding.place.as_ref().unwrap();
            (
                finding.code.to_owned(),
                format!("{} {}", place.to_string().split_once(':').unwrap().1, place.text()),
                finding.message.clone(),
            )
        };
        let found: Vec<_> = findings.iter().map(shown).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(code, place, message)| (code.to_string(), place.to_string(), message.to_string()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values() {
        check("<%= values.version %>", "1.10");
        check("<%= values.id %>", "\"012345678901\"");
        check("a: <%= values.n + 1 %>", "{a: 4}");
        check(
            "[<%= values.list %>, <%= values.map %>, <%= values.none %>, <%= values.on %>]",
            "[[a, 2], {k: v}, null, true]",
        );
        check("a: v<%= values.version %>-<%= item.name %>", "{a: v1.10-api}");
        check("a: '<%= values.n %>'", "{a: \"3\"}");
        check("a:\n  - <%= values.list[1] %>\n  - '<%= values.list[1] %>'\n", "{a: [2, \"2\"]}");
        check("<%= item.name %>: x", "{api: x}");
        check("a: !Output <%= item.name %>.Arn", "{a: api.Arn}");
        check("a: <%= 'x' if values.on else 'y' %>", "{a: x}");
        check("a: <%= values.missing | default('d') %>", "{a: d}");
        check("a: <%= (values.version | float) * 2 %>", "{a: 2.2}");
        check("a: <%= values.list | join('-') %><%# not shown %>", "{a: a-2}");
        check("a: |\n  x <%= values.n %>\n", "{a: \"x 3\\n\"}");
        check("a: <%= cidr_subnets('10.0.0.0/16', 2) %>", "{a: [\"10.0.0.0/17\", \"10.0.128.0/17\"]}");
        check("a: <%= values.map | to_json %>", "{a: \"{\\\"k\\\":\\\"v\\\"}\"}");
        check("a: <%= values.map | to_yaml %>", "{a: \"k: v\"}");
        check("a: <%= values.list | to_json(indent=2) | length %>", "{a: 14}");
        check("a: <%= sha256('') | length %>", "{a: 64}");
        check(
            "a: <%= [dict(v=[1, values.version])] | spread('v', 'w') | map(attribute='w') | list %>",
            "{a: [1, 1.10]}",
        );
        check("a: 012345678901", "{a: \"012345678901\"}");
    }

    #[test]
    fn mistakes() {
        check_error("a: x-<%= values.lst %>", &[("FW0111", "1:17 lst", "`values` has no `lst`")]);
        check_error("a: <%= values.map.kk %>", &[("FW0111", "1:19 kk", "`values.map` has no `kk`")]);
        check_error("a: <%= valus.n %>", &[("FW0111", "1:8 valus", "there is no name `valus`")]);
        check_error(
            "a: '<%= values.list %>'",
            &[("FW0114", "1:5 <%= values.list %>", "a list cannot stand inside text")],
        );
        check_error(
            "<%= values.list %>: 1",
            &[("FW0114", "1:1 <%= values.list %>", "a list cannot be a key")],
        );
        check_error("a: <%= values. %>", &[("FW0110", "1:14 .", "this cannot be read: it ends too early")]);
        let apart = "YAML takes this expression apart";
        check_error("[<%= dict(a=1, b=2) %>]", &[("FW0101", "1:2 <%= dict(a=1, b=2) %>", apart)]);
        check_error("a: <%= 'a #b' %>", &[("FW0101", "1:4 <%= 'a #b' %>", apart)]);
        check_error("a: <%= values.n", &[("FW0110", "1:4 <%= values.n", "`<%=` is never closed")]);
        check_error(
            "a: <% if x %>",
            &[("FW0110", "1:4 <% if x %>", "only expressions can stand here, not statements")],
        );
        check_error(
            "a: <%= values.list | spread('v', 'w') %>",
            &[("FW0113", "1:22 spread('v', 'w')", "item 0 is a text, not a mapping with `v`")],
        );
        check_error("a: <%= nope() %>", &[("FW0112", "1:8 nope", "there is no function `nope`")]);
        check_error(
            "{a: <%= values.x %>, b: <%= values.y %>, <%= item.name %>: 1, api: 2}",
            &[
                ("FW0111", "1:16 x", "`values` has no `x`"),
                ("FW0111", "1:36 y", "`values` has no `y`"),
                ("FW0103", "1:63 api", "the key `api` is given twice"),
            ],
        );
    }

    #[test]
    fn used() {
        let node =
            document("{a: <%= values.b.c + values.d %>, <%= values.e %>: x, f: !T [<%= item.name %>]}").root;
        assert_eq!(used_values(&node), ["b.c", "d", "e"]);
        assert_eq!(used_values(&document("<%= values[item.name] %>").root), [""]);
    }
}
