//! Values into rendered text: each hole becomes a quoted or flow form of its value, and everything else — comments,
//! layout, the user's own style — stays. What comes out is parsed again and held against the tree that was meant; where
//! the two differ, the whole tree is written anew.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::value::Value;
use crate::template::compare::same_tree;
use crate::template::expression::list_in_text;
use crate::template::holes::{self, Piece};
use crate::template::markers::{Syntax, TagKind};
use crate::template::moved::{self, Splice};
use crate::template::nodes::from_value;
use crate::template::{codes, document, emit};
use std::sync::Arc;

/// Rendered text that still has holes, and what belongs into them.
pub(super) struct Rendered<'a> {
    /// The text, its lines and its tree.
    pub document: &'a Document,
    /// The values behind the holes, by number; an error says why it cannot be a value.
    pub values: &'a [Result<Value, String>],
    /// Whether the file is JSON, where even lists have to stand in quotes.
    pub json: bool,
}

/// Fills all holes. The document that comes back has the text that is sent.
pub(super) fn fill(rendered: &Rendered<'_>) -> Result<Document, Vec<Finding>> {
    let mut filler = Filler { rendered, splices: Vec::new(), findings: Vec::new(), keep_blocks: true };
    let wanted = filler.node(&rendered.document.root, false);
    if !filler.findings.is_empty() {
        return Err(filler.findings);
    }
    let splices = sorted(filler.splices);
    let (kept, only_values) = rendered.spliced(&splices);
    if only_values && !rendered.json && moved::are_simple(&splices, rendered.text(), &wanted) {
        let root = moved::moved(wanted, &splices);
        debug_assert_eq!(document::parse(&kept.source), (Some(root.clone()), Vec::new()));
        return Ok(Document { root, ..kept });
    }
    if let Some(result) = accepted(kept, &wanted) {
        return result;
    }
    let mut filler = Filler { rendered, splices: Vec::new(), findings: Vec::new(), keep_blocks: false };
    filler.node(&rendered.document.root, false);
    let (kept, _) = rendered.spliced(&sorted(filler.splices));
    if let Some(result) = accepted(kept, &wanted) {
        return result;
    }
    let anew = rendered.anew(&wanted);
    let (root, findings) = document::parse(&anew.source);
    match root {
        Some(root) if findings.is_empty() => Ok(Document { root, ..anew }),
        Some(_) | None => Err(relocated(findings, &anew)),
    }
}

fn sorted(mut splices: Vec<Splice>) -> Vec<Splice> {
    splices.sort_by_key(|splice| splice.start);
    splices
}

/// The parsed document if it is what was wanted; nothing if the text has to be written in another way.
fn accepted(document: Document, wanted: &Node) -> Option<Result<Document, Vec<Finding>>> {
    let (root, findings) = document::parse(&document.source);
    let root = root?;
    if !findings.is_empty() {
        // Keys that values made equal are the user's mistake, not a matter of writing.
        return match findings.iter().all(|finding| finding.code == codes::DUPLICATE_KEY) {
            true => Some(Err(relocated(findings, &document))),
            false => None,
        };
    }
    same_tree(&root, wanted).then_some(Ok(Document { root, ..document }))
}

/// Findings in rendered text, shown at the template's lines.
pub(super) fn relocated(findings: Vec<Finding>, document: &Document) -> Vec<Finding> {
    let at_template = |place: Place| {
        let kind = Kind::Alias;
        document.place(&Node { kind, tag: None, start: place.start as u32, end: place.end as u32 })
    };
    let one = |finding: Finding| {
        let place = finding.place.map(at_template);
        let mut related: Vec<(Place, String)> =
            finding.related.into_iter().map(|(place, label)| (at_template(place), label)).collect();
        let count = related.len();
        related.retain(|(other, _)| Some(other) != place.as_ref());
        let help = match related.len() == count {
            true => finding.help,
            false => {
                Some("this line is rendered more than once: let the key depend on the loop's item".to_owned())
            }
        };
        Finding { place, related, help, ..finding }
    };
    findings.into_iter().map(one).collect()
}

impl Rendered<'_> {
    fn text(&self) -> &str {
        &self.document.source.text
    }

    /// The text with replacements, and the lines that go with it; and whether all holes were in the replaced parts.
    fn spliced(&self, splices: &[Splice]) -> (Document, bool) {
        let mut writer = Writer { out: String::with_capacity(self.text().len()), lines: vec![0], line: 0 };
        let mut at = 0;
        let mut only_values = true;
        for splice in splices {
            only_values &= self.copy(at, splice.start, &mut writer);
            writer.replace(&self.text()[splice.start..splice.end], &splice.text);
            at = splice.end;
        }
        only_values &= self.copy(at, self.text().len(), &mut writer);
        (self.document_of(writer.out, |number| writer.lines.get(number).copied()), only_values)
    }

    /// Text outside of values; holes in it stand in comments, which they must not leave. Whether there were none.
    fn copy(&self, start: usize, end: usize, writer: &mut Writer) -> bool {
        let text = self.text().get(start..end).unwrap_or_default();
        if !text.contains(holes::is_reserved) {
            writer.push(text);
            return true;
        }
        for piece in holes::pieces(text).unwrap_or_default() {
            match piece {
                Piece::Text(text) => writer.push(text),
                Piece::Hole(number, _) => {
                    let text = self.values.get(number).and_then(|value| value.as_ref().ok()?.as_text());
                    let line = text.unwrap_or_default();
                    writer.push(&line.replace(
                        |each: char| each.is_control() || matches!(each, '\u{85}' | '\u{2028}' | '\u{2029}'),
                        " ",
                    ));
                }
            }
        }
        false
    }

    /// The tree written anew.
    fn anew(&self, wanted: &Node) -> Document {
        let (text, starts) = match self.json {
            true => (emit::json_text(wanted), vec![wanted.start]),
            false => emit::tree(wanted),
        };
        let line_starts = crate::template::lines::LineStarts::of(self.text());
        self.document_of(text, |number| starts.get(number).map(|start| line_starts.line(*start as usize)))
    }

    fn document_of(&self, mut text: String, line_of: impl Fn(usize) -> Option<usize>) -> Document {
        let known = &self.document.lines;
        let last = known.len().saturating_sub(1);
        let count = text.matches('\n').count() + 1;
        let line = |number| known.get(line_of(number).unwrap_or(last).min(last)).cloned();
        let mut lines = Vec::with_capacity(count);
        lines.extend((0..count).filter_map(line));
        // Bodies stay for the whole run.
        text.shrink_to_fit();
        Document {
            lines,
            root: Node { kind: Kind::Alias, tag: None, start: 0, end: 0 },
            source: Arc::new(Source { path: self.document.source.path.clone(), text }),
        }
    }
}

/// Writes text and remembers which old line each new line comes from.
struct Writer {
    out: String,
    lines: Vec<usize>,
    line: usize,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        for _ in text.matches('\n') {
            self.line += 1;
            self.lines.push(self.line);
        }
    }

    fn replace(&mut self, old: &str, new: &str) {
        let old_count = old.matches('\n').count();
        self.out.push_str(new);
        for number in 1..=new.matches('\n').count() {
            self.lines.push(self.line + number.min(old_count));
        }
        self.line += old_count;
    }
}

/// Walks the tree with holes, collects replacements, and builds the tree that is meant.
struct Filler<'a> {
    rendered: &'a Rendered<'a>,
    splices: Vec<Splice>,
    findings: Vec<Finding>,
    keep_blocks: bool,
}

impl Filler<'_> {
    fn node(&mut self, node: &Node, is_key: bool) -> Node {
        if node.tag.as_deref().is_some_and(|tag| tag.contains(holes::is_reserved)) {
            let place = self.rendered.document.place(node);
            self.findings.push(Finding::error(codes::SYNTAX, "an expression cannot make a tag", place));
        }
        let kind = match &node.kind {
            Kind::Scalar { text, plain } if text.contains(holes::is_reserved) => {
                return self.scalar(node, text, *plain, is_key);
            }
            Kind::Sequence(items) => {
                Kind::Sequence(items.iter().map(|item| self.node(item, false)).collect())
            }
            Kind::Mapping(entries) => {
                let fill = |(key, value): &(Node, Node)| (self.node(key, true), self.node(value, false));
                Kind::Mapping(entries.iter().map(fill).collect())
            }
            kind => kind.clone(),
        };
        Node { kind, tag: node.tag.clone(), start: node.start, end: node.end }
    }

    fn scalar(&mut self, node: &Node, text: &str, plain: bool, is_key: bool) -> Node {
        let Some(pieces) = holes::pieces(text) else {
            self.error(node, codes::WRONG_VALUE, "a filter has cut a text in which a value stands");
            return node.clone();
        };
        if let [Piece::Hole(number, _)] = pieces.as_slice()
            && let Some(Ok(value)) = self.rendered.values.get(*number)
            && self.is_typed(value, plain, is_key)
        {
            let value = value.clone();
            let mut out = String::new();
            match self.rendered.json {
                true => emit::json(&value, &mut out),
                false => emit::flow(&value, &mut out),
            }
            self.replace(node, out);
            return from_value(&value, node);
        }
        let mut whole = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Hole(number, _) => {
                    match self.value(node, *number).map(|value| (value.as_text(), value)) {
                        Some((Some(text), _)) => whole.push_str(&text),
                        Some((None, value)) => {
                            self.findings.push(list_in_text(&value, self.hole_place(node, *number)))
                        }
                        None => {}
                    }
                }
            }
        }
        self.text(node, plain, &whole);
        let kind = Kind::Scalar { text: whole.into(), plain: false };
        Node { kind, tag: node.tag.clone(), start: node.start, end: node.end }
    }

    /// Whether a hole that is all of a scalar keeps its type: not in quotes (but for lists in JSON), not as a key.
    fn is_typed(&self, value: &Value, plain: bool, is_key: bool) -> bool {
        let scalar = value.as_text().is_some();
        !is_key && (plain || (self.rendered.json && !scalar))
    }

    fn value(&mut self, node: &Node, number: usize) -> Option<Value> {
        match self.rendered.values.get(number) {
            Some(Ok(value)) => Some(value.clone()),
            Some(Err(message)) => {
                let message = format!("this has no usable value: {message}");
                let place = self.hole_place(node, number);
                self.findings.push(Finding::error(codes::WRONG_VALUE, message, place));
                None
            }
            None => {
                self.error(node, codes::WRONG_VALUE, "a filter has changed a text in which a value stands");
                None
            }
        }
    }

    fn error(&mut self, node: &Node, code: &'static str, message: &str) {
        self.findings.push(Finding::error(code, message, self.place(node)));
    }

    /// The template's line that wrote a scalar, as near as it is known.
    fn place(&self, node: &Node) -> Place {
        self.rendered.document.place(node)
    }

    /// The expression that made a hole, where the template's line has as many expressions as the rendered one has holes;
    /// else the line.
    fn hole_place(&self, node: &Node, number: usize) -> Place {
        self.tag_of(node, number).unwrap_or_else(|| self.place(node))
    }

    fn tag_of(&self, node: &Node, number: usize) -> Option<Place> {
        let text = self.rendered.text();
        let mut hole = String::from(holes::OPEN);
        holes::push_number(number, &mut hole);
        hole.push(holes::CLOSE);
        let at = node.start as usize + text.get(node.start as usize..node.end as usize)?.find(&hole)?;
        let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
        let line = self.rendered.document.lines.get(text[..start].matches('\n').count())?;
        let tags = Syntax::of(&line.source.path).tags(line.text());
        let mut tags = tags.iter().filter(|tag| tag.kind == TagKind::Expression);
        let pieces = holes::pieces(text[start..].lines().next()?)?;
        let is_hole = |piece: &&Piece<'_>| matches!(piece, Piece::Hole(..));
        let index = pieces
            .iter()
            .filter(is_hole)
            .position(|piece| matches!(piece, Piece::Hole(other, _) if *other == number))?;
        if tags.clone().count() != pieces.iter().filter(is_hole).count() {
            return None;
        }
        let tag = tags.nth(index)?;
        Some(Place::new(&line.source, line.start + tag.whole.start, line.start + tag.whole.end))
    }

    fn replace(&mut self, node: &Node, text: String) {
        self.splices.push(Splice { start: node.start as usize, end: node.end as usize, text });
    }

    /// Replaces a scalar that has become this text, keeping its style where that can hold it.
    fn text(&mut self, node: &Node, plain: bool, whole: &str) {
        let written = self.rendered.text().get(node.start as usize..node.end as usize).unwrap_or_default();
        if self.keep_blocks && written.starts_with(['|', '>']) {
            return self.block(node, written);
        }
        let mut out = String::new();
        match plain && !self.rendered.json {
            true => emit::scalar(whole, &mut out),
            false => emit::quoted(whole, &mut out),
        }
        self.replace(node, out);
    }

    /// Replaces the holes of a block, its lines indented as the block is.
    fn block(&mut self, node: &Node, written: &str) {
        let indent = written
            .lines()
            .skip(1)
            .find(|line| !line.trim().is_empty())
            .map_or("", |line| &line[..line.len() - line.trim_start_matches(' ').len()]);
        let line_break = format!("\n{indent}");
        let mut at = node.start as usize;
        for piece in holes::pieces(written).unwrap_or_default() {
            match piece {
                Piece::Text(text) => at += text.len(),
                Piece::Hole(number, length) => {
                    let text =
                        self.rendered.values.get(number).and_then(|value| value.as_ref().ok()?.as_text());
                    let text = text.unwrap_or_default().replace('\n', &line_break);
                    self.splices.push(Splice { start: at, end: at + length, text });
                    at += length;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::expression::Scope;
    use crate::template::meaning::meaning;
    use crate::template::render::{Files, Renderer};
    use proptest::prelude::*;

    struct NoFiles;

    impl Files for NoFiles {
        fn read(&self, path: &str) -> Result<Arc<Source>, String> {
            Err(format!("there is no `{path}`"))
        }
    }

    fn render(path: &str, template: &str, value: Value) -> Result<Value, Vec<Finding>> {
        let scope = Scope::new(Value::Map(vec![("v".to_owned(), value)]));
        let source = Arc::new(Source { path: path.to_owned(), text: template.to_owned() });
        let body = Renderer::new(Arc::new(NoFiles)).render(&source, &scope)?;
        let sent = Arc::new(Source { path: path.to_owned(), text: body.text().to_owned() });
        let again = document::load(&sent).unwrap_or_else(|findings| panic!("{}\n{findings:#?}", body.text()));
        assert_eq!(again.root, body.document.root);
        assert_eq!(body.document.lines.len(), body.text().matches('\n').count() + 1);
        Ok(meaning(&again.root))
    }

    /// Places a value can stand in, each with what has to come of it.
    const POSITIONS: &[(&str, &str, &str, &str)] = &[
        ("a.yaml", "a: <%= v %>\nz: 1\n", "", ""),
        ("a.yaml", "a: <%= v %> # <%= v %>\nz: 1\n", "", ""),
        ("a.yaml", "a: 'it''s <%= v %>!'\nz: 1", "it's ", "!"),
        ("a.yaml", "a: \"x\\t<%= v %>\"\nz: 1", "x\t", ""),
        ("a.yaml", "a: p-<%= v %>-s\nz: 1", "p-", "-s"),
        ("a.yaml", "a: <%= v %> s\nz: 1", "", " s"),
        ("a.yaml", "{a: <%= v %>, z: 1}", "", ""),
        ("a.yaml", "{a: x<%= v %>, z: 1}", "x", ""),
        ("a.yaml", "a: |\n  one\n  <%= v %>\n  three\nz: 1\n", "one\n", "\nthree\n"),
        ("a.yaml", "a: |-\n    <%= v %>.\nz: 1\n", "", "."),
        ("a.yaml", "a: >-\n  one\n  <%= v %>!\nz: 1\n", "one ", "!"),
        ("a.yaml", "# <%= v %>\na: \"=<%= v %>\"\n# <%= v %>\nz: 1\n# <%= v %>", "=", ""),
        ("a.yaml", "#% set c\n=<%= v %>=\n#% endset\na: '<%= c | trim %>'\nz: 1\n", "=", "="),
        ("a.yaml", "#% macro m(x)\na: '<%= x %>.'\n#% endmacro\n<%= m(v) %>z: 1\n", "", "."),
        ("a.json", "{\"a\": \"<%= v %>\", \"z\": 1}", "", ""),
        ("a.json", "{\"a\": <%= v %>, \"z\": 1}", "", ""),
        ("a.yaml.j2", "a: \"x{{ v }}\"\nz: 1\n", "x", ""),
    ];

    fn texts() -> impl Strategy<Value = String> {
        let nasty = prop::sample::select(vec![
            "",
            " ",
            "yes",
            "012",
            "1:30",
            "~",
            "null",
            "- a",
            "a: b",
            "a #b",
            "#",
            "&a",
            "*a",
            "!Ref x",
            "|",
            ">",
            "'",
            "\"",
            "\\",
            "%",
            "@",
            "`",
            "{",
            "}",
            "[",
            "]",
            ",",
            "?",
            ":",
            "---",
            "...",
            "\n",
            "a\n",
            "\na",
            "a\n\n b\n",
            "\ta",
            "a\r\nb",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{0}",
            "<%= v %>",
            "<% x %>",
            "{{ v }}",
            "\n  evil: true\nb: ",
            "x\", \"evil\": \"",
            "${A}",
            "=",
            "<<",
            " a ",
            "e\u{301}",
            "😀",
        ]);
        prop_oneof![4 => prop::collection::vec(nasty, 1..4).prop_map(|parts| parts.concat()), 2 => any::<String>(), 1 => "[ -~\n]{0,40}"]
            .prop_filter("characters formwork keeps", |text| !text.contains(holes::is_reserved))
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            texts().prop_map(Value::Text),
            any::<bool>().prop_map(Value::Boolean),
            any::<i64>().prop_map(|number| Value::Number(number.to_string())),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::btree_map(texts(), inner, 0..4)
                    .prop_map(|map| Value::Map(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        #[test]
        fn no_text_breaks_the_structure(text in texts(), at in 0..POSITIONS.len()) {
            let (path, template, before, after) = POSITIONS[at];
            let expected = match template.contains("trim") {
                true => format!("={text}=").trim().to_owned(),
                false => format!("{before}{text}{after}"),
            };
            let value = render(path, template, Value::Text(text)).unwrap();
            let expected = Value::Map(vec![
                ("a".to_owned(), Value::Text(expected)),
                ("z".to_owned(), Value::Number("1".to_owned())),
            ]);
            prop_assert_eq!(value, expected);
        }

        #[test]
        fn no_text_as_a_key_breaks_the_structure(text in texts()) {
            match render("a.yaml", "<%= v %>: 1\nk<%= v %>: 2\n", Value::Text(text.clone())) {
                Ok(value) => prop_assert_eq!(value, Value::Map(vec![
                    (text.clone(), Value::Number("1".to_owned())),
                    (format!("k{text}"), Value::Number("2".to_owned())),
                ])),
                Err(findings) => prop_assert!(findings.is_empty(), "{findings:#?}"),
            }
        }

        #[test]
        fn whole_values_come_out_as_they_went_in(value in values()) {
            let once = Value::Map(vec![("a".to_owned(), Value::List(vec![value.clone(), value.clone()]))]);
            prop_assert_eq!(&render("a.yaml", "a:\n  - <%= v %>\n  - <%= v %> # same\n", value.clone()).unwrap(), &once);
            prop_assert_eq!(&render("a.json", "{\"a\": [<%= v %>, <%= v %>]}", value).unwrap(), &once);
        }

        #[test]
        fn what_is_written_anew_reads_the_same(value in values()) {
            let hole = Node { kind: Kind::Alias, tag: None, start: 0, end: 0 };
            let tree = Node { kind: Kind::Mapping(vec![
                (Node { kind: Kind::Scalar { text: "k".into(), plain: true }, ..hole.clone() }, from_value(&value, &hole)),
                (from_value(&Value::Text("t".to_owned()), &hole), Node { tag: Some("Sub".into()), ..from_value(&value, &hole) }),
            ]), ..hole };
            let (text, _) = emit::tree(&tree);
            let source = Arc::new(Source { path: "a.yaml".to_owned(), text });
            let again = document::load(&source).unwrap_or_else(|findings| panic!("{}\n{findings:#?}", source.text));
            prop_assert!(same_tree(&again.root, &tree), "{}", source.text);
        }

        #[test]
        fn a_text_without_markers_renders_to_itself(text in "[ -~\n]{0,80}") {
            let text = format!("a: 1\n# {}\nb: |\n  .\n  {}\n", text.replace('\n', "\n# "), text.replace('\n', "\n  "));
            if !text.contains("<%") && !text.contains("#%") {
                let source = Arc::new(Source { path: "a.yaml".to_owned(), text });
                let body = Renderer::new(Arc::new(NoFiles)).render(&source, &Scope::new(Value::Null)).unwrap();
                prop_assert_eq!(body.text(), &source.text);
                // The same holds on the long way, through the engine.
                let marked = Arc::new(Source { path: "b.yaml".to_owned(), text: format!("{}<%# end %>", source.text) });
                let body = Renderer::new(Arc::new(NoFiles)).render(&marked, &Scope::new(Value::Null)).unwrap();
                prop_assert_eq!(body.text(), &source.text);
            }
        }

        #[test]
        fn no_input_makes_the_loader_panic(text in "[-a\\[\\]{}:,?&*!|>'\"%@`# \t\n<=]{0,60}") {
            let source = Arc::new(Source { path: "a.yaml".to_owned(), text: text.clone() });
            if let Ok(document) = document::load(&source) {
                let _ = meaning(&document.root);
            }
            let _ = Renderer::new(Arc::new(NoFiles)).render(&source, &Scope::new(Value::Null));
            let json = Arc::new(Source { path: "a.json".to_owned(), text });
            let _ = document::load(&json);
        }
    }
}
