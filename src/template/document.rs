//! Text to tree: YAML and JSON with places, lexemes, tags and duplicate keys told at both places. What scalars mean
//! is left to `meaning`, the wording of the parser's complaints to `fault`.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::template::indented::Indented;
use crate::template::{codes, fault};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// How deeply lists and mappings may be nested.
const DEPTH: usize = 100;
/// From this many keys on, a mapping's keys are looked up by hash.
const MANY_KEYS: usize = 24;

/// Parses a YAML or JSON file. All that is wrong with it is told at once, as far as the parser can go on.
pub fn load(source: &Arc<Source>) -> Result<Document, Vec<Finding>> {
    let (root, findings) = parse(source);
    match root {
        Some(root) if findings.is_empty() => Ok(Document { root, source: source.clone(), lines: Vec::new() }),
        Some(_) | None => Err(findings),
    }
}

/// Parses a text; the tree is there when the parser came to the end, even if there are findings.
pub(super) fn parse(source: &Arc<Source>) -> (Option<Node>, Vec<Finding>) {
    parse_with_holes(source, false)
}

/// Parses a text as above; one with holes in it is not yet JSON, whatever its name.
pub(super) fn parse_with_holes(source: &Arc<Source>, has_holes: bool) -> (Option<Node>, Vec<Finding>) {
    if !has_holes && let Some(finding) = fault::json(source) {
        return (None, vec![finding]);
    }
    let mut parsed = Indented::new(&source.text);
    let mut shallow = None;
    let (whole, mut loader) = loop {
        let mut loader =
            Loader { source, parsed: &parsed, open: Vec::new(), root: None, findings: Vec::new() };
        match (loader.read(), shallow.take()) {
            (End::Whole, _) => break (true, loader),
            (End::Fault, None) => break (false, loader),
            // What the parser says of moved lines would only confuse.
            (End::Fault, Some(first)) => return (None, vec![first]),
            (End::Shallow { at, finding }, first) => {
                let first = first.unwrap_or(finding);
                if !parsed.indent(at) {
                    return (None, vec![first]);
                }
                shallow = Some(first);
            }
        }
    };
    if whole && loader.root.is_none() && loader.findings.is_empty() {
        let place = Place::new(source, 0, 0);
        loader.findings.push(
            Finding::error(codes::DOCUMENTS, "the file is empty", place)
                .help("write a mapping, such as `Resources:`"),
        );
    }
    (loader.root.take().filter(|_| whole), loader.findings)
}

/// A list or a mapping whose end has not been reached.
struct Open {
    kind: OpenKind,
    tag: Option<Box<str>>,
    start: u32,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<(Node, Node)>, key: Option<Node>, seen: HashMap<Box<str>, usize> },
}

/// How reading ended.
enum End {
    /// At the end of the file.
    Whole,
    /// Before it; the findings say why.
    Fault,
    /// At a line of a quoted scalar that is not indented deeper than its key.
    Shallow { at: usize, finding: Finding },
}

struct Loader<'a> {
    source: &'a Arc<Source>,
    parsed: &'a Indented<'a>,
    open: Vec<Open>,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl Loader<'_> {
    /// Reads all events.
    fn read(&mut self) -> End {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            simple_key_max_lookahead: 65_536,
            flow_nesting_limit: DEPTH,
            block_nesting_limit: DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(&self.parsed.text, options);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => return self.fault(&error),
            };
            documents += usize::from(matches!(event, Event::DocumentStart(..)));
            if documents > 1 {
                self.second_document(&span);
                return End::Fault;
            }
            if !self.take(event, span) {
                return End::Fault;
            }
        }
        End::Whole
    }

    fn fault(&mut self, error: &ScanError) -> End {
        let at = error.marker().byte_offset().unwrap_or(self.parsed.text.len());
        let finding = fault::yaml(self.source, error.kind(), self.parsed.original(at));
        if matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent) {
            return End::Shallow { at, finding };
        }
        self.findings.push(finding);
        End::Fault
    }

    fn second_document(&mut self, span: &Span) {
        let place = self.place(span);
        let finding = Finding::error(codes::DOCUMENTS, "the file holds more than one YAML document", place)
            .label("a second one begins here")
            .help("keep one document in a file; remove the line `---`");
        self.findings.push(finding);
    }

    /// Takes one event; whether to go on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let (start, end) = self.bytes(&span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_anchor(anchor, &span);
                let node = self.scalar(text, style, tag, (start, end));
                self.add(node);
            }
            Event::SequenceStart(_, anchor, tag) => {
                return self.begin(OpenKind::Sequence(Vec::new()), anchor, tag, &span);
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = OpenKind::Mapping { entries: Vec::new(), key: None, seen: HashMap::new() };
                return self.begin(kind, anchor, tag, &span);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let node = self.close(open, end);
                    self.add(node);
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let finding = Finding::error(codes::ANCHOR, "an alias is not supported", self.place(&span))
                    .label("stands for something written elsewhere")
                    .help("CloudFormation refuses anchors and aliases: write the value out");
                self.findings.push(finding);
                self.add(Node { kind: Kind::Alias, tag: None, start, end });
            }
            _ => {}
        }
        true
    }

    fn check_anchor(&mut self, anchor: usize, span: &Span) {
        if anchor > 0 {
            let finding = Finding::error(codes::ANCHOR, "an anchor is not supported", self.place(span))
                .label("has an anchor (`&name`)")
                .help("CloudFormation refuses anchors and aliases: remove it, and write the value out where it is used");
            self.findings.push(finding);
        }
    }

    fn begin(&mut self, kind: OpenKind, anchor: usize, tag: Option<Cow<'_, Tag>>, span: &Span) -> bool {
        self.check_anchor(anchor, span);
        if self.open.len() >= DEPTH {
            self.findings.push(fault::too_deep(self.place(span), DEPTH));
            return false;
        }
        let tag = self.tag(tag, span);
        self.open.push(Open { kind, tag, start: self.bytes(span).0 });
        true
    }

    fn close(&self, open: Open, end: u32) -> Node {
        let kind = match open.kind {
            OpenKind::Sequence(mut items) => {
                items.shrink_to_fit();
                Kind::Sequence(items)
            }
            OpenKind::Mapping { mut entries, .. } => {
                entries.shrink_to_fit();
                Kind::Mapping(entries)
            }
        };
        let text = self.source.text.get(open.start as usize..end as usize).unwrap_or_default();
        Node { kind, tag: open.tag, start: open.start, end: open.start + text.trim_end().len() as u32 }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<Cow<'_, Tag>>,
        (start, end): (u32, u32),
    ) -> Node {
        let whole = &self.source.text;
        let mut plain = style == ScalarStyle::Plain;
        let unfinished =
            style == ScalarStyle::Literal && end as usize >= whole.len() && !whole.ends_with('\n');
        let text: Box<str> = match style {
            // The parser writes out what an empty scalar means.
            ScalarStyle::Plain if start == end => "".into(),
            // The file ends inside the block without a line break: there is none to keep.
            _ if unfinished => text.strip_suffix('\n').unwrap_or(&text).into(),
            _ => text.into(),
        };
        let (start, end) = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => block_range(whole, start, end),
            ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (start, end),
        };
        match tag.as_deref().filter(|tag| is_core(tag)).map(Tag::suffix) {
            Some("str") => plain = false,
            Some("int" | "float" | "bool" | "null") => plain = true,
            _ => {}
        }
        let place = Place::new(self.source, start as usize, end as usize);
        let tag = tag.and_then(|tag| self.named_tag(&tag, place));
        Node { kind: Kind::Scalar { text, plain }, tag, start, end }
    }

    fn tag(&mut self, tag: Option<Cow<'_, Tag>>, span: &Span) -> Option<Box<str>> {
        let place = self.place(span);
        tag.and_then(|tag| self.named_tag(&tag, place))
    }

    /// A tag's name without its mark; those of YAML's own types say nothing more than the value.
    fn named_tag(&mut self, tag: &Tag, place: Place) -> Option<Box<str>> {
        if !is_core(tag) {
            return Some(
                format!("{}{}", tag.handle().strip_prefix('!').unwrap_or(tag.handle()), tag.suffix()).into(),
            );
        }
        if matches!(tag.suffix(), "binary" | "omap" | "pairs" | "set" | "timestamp") {
            let finding =
                Finding::error(codes::TAG, format!("the tag `!!{}` is not supported", tag.suffix()), place)
                    .help("CloudFormation knows only YAML's plain types: write the value as text");
            self.findings.push(finding);
        }
        None
    }

    fn place(&self, span: &Span) -> Place {
        let (start, end) = self.bytes(span);
        Place::new(self.source, start as usize, end as usize)
    }

    /// A span's bytes in the file; files of more than four gigabytes are cut.
    fn bytes(&self, span: &Span) -> (u32, u32) {
        let range = span.byte_range().unwrap_or(0..0);
        let cut = |at: usize| u32::try_from(self.parsed.original(at)).unwrap_or(u32::MAX);
        (cut(range.start), cut(range.end.max(range.start)))
    }

    /// Adds a finished node to what is open.
    fn add(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.kind {
            OpenKind::Sequence(items) => items.push(node),
            OpenKind::Mapping { entries, key, seen } => match key.take() {
                Some(name) => {
                    if entries.len() >= MANY_KEYS {
                        remember(entries, seen);
                        if let Some(text) = name.text() {
                            seen.entry(text.into()).or_insert(entries.len());
                        }
                    }
                    entries.push((name, node));
                }
                None => {
                    let finding = repeated(self.source, entries, seen, &node);
                    *key = Some(node);
                    self.findings.extend(finding);
                }
            },
        }
    }
}

fn remember(entries: &[(Node, Node)], seen: &mut HashMap<Box<str>, usize>) {
    if seen.is_empty() {
        let texts = entries.iter().enumerate().filter_map(|(at, (key, _))| Some((key.text()?.into(), at)));
        seen.extend(texts);
    }
}

fn repeated(
    source: &Arc<Source>,
    entries: &[(Node, Node)],
    seen: &HashMap<Box<str>, usize>,
    key: &Node,
) -> Option<Finding> {
    let place = |node: &Node| Place::new(source, node.start as usize, node.end as usize);
    let Kind::Scalar { text, plain } = &key.kind else {
        let finding = Finding::error(codes::YAML, "a list or a mapping cannot be a key", place(key))
            .help("keys are text; braces and brackets inside text need quotes");
        return Some(finding);
    };
    if *plain && &**text == "<<" {
        let finding = Finding::error(codes::ANCHOR, "a merge key is not supported", place(key))
            .help("CloudFormation refuses `<<`: write the keys out");
        return Some(finding);
    }
    let first = match entries.len() > MANY_KEYS {
        true => seen.get(text).copied(),
        false => entries.iter().position(|(other, _)| other.text() == Some(text)),
    }?;
    let finding =
        Finding::error(codes::DUPLICATE_KEY, format!("the key `{text}` is given twice"), place(key))
            .label("again here")
            .related(place(&entries[first].0), "first given here")
            .help("remove one of them, or rename it");
    Some(finding)
}

/// A block scalar from its `|` or `>` to the end of its last line that is not blank; the parser's own range has
/// neither.
fn block_range(text: &str, start: u32, end: u32) -> (u32, u32) {
    let before = text.get(..start as usize).unwrap_or_default();
    // Back over the indentation of the first line, and over blank lines.
    let before = before.trim_end();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let header = before[line_start..].char_indices().find(|(at, each)| {
        let rest = before[line_start + at..].trim_start_matches(['|', '>']).trim_start_matches(['+', '-']);
        let rest = rest.trim_start_matches(|each: char| each.is_ascii_digit()).trim_start_matches(['+', '-']);
        matches!(each, '|' | '>')
            && (rest.is_empty() || rest.trim_start().starts_with('#') && rest.starts_with([' ', '\t']))
    });
    let Some((at, _)) = header else { return (start, end) };
    let from = line_start + at;
    let body = text.get(from..end as usize).unwrap_or_default();
    (from as u32, (from + body.trim_end_matches([' ', '\t', '\r', '\n']).len()) as u32)
}

fn is_core(tag: &Tag) -> bool {
    tag.handle() == "tag:yaml.org,2002:"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source { path: "a.yaml".to_owned(), text: text.to_owned() })
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let source = source(text);
        let document = load(&source).unwrap_or_else(|findings| panic!("{text}: {findings:#?}"));
        let found: Vec<(&str, &str)> = document
            .root
            .entries()
            .iter()
            .map(|(_, value)| (value.text().unwrap(), &text[value.start as usize..value.end as usize]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    fn check_error(text: &str, code: &str, place: &str, message: &str) {
        let findings = load(&source(text)).unwrap_err();
        let place_of = |finding: &Finding| finding.place.as_ref().unwrap().to_string();
        let found: Vec<_> =
            findings.iter().map(|one| (one.code, place_of(one), one.message.clone())).collect();
        assert_eq!(found[0], (findings[0].code, format!("a.yaml:{place}"), message.to_owned()), "{found:?}");
        assert_eq!(findings[0].code, code);
    }

    #[test]
    fn scalars_have_their_text_and_their_range() {
        check("a: x # y\nb: 'it''s'\nc: \"\\t\"\n", &[("x", "x"), ("it's", "'it''s'"), ("\t", "\"\\t\"")]);
        check(
            "a: |-  # x | y\n\n  foo\n\n\nb: >\nc:\n",
            &[("\nfoo", "|-  # x | y\n\n  foo"), ("", ">"), ("", "")],
        );
        check("a: |\n  x", &[("x", "|\n  x")]);
        check("a: |\n  x\n", &[("x\n", "|\n  x")]);
        check("a: !!str 12\nb: !Ref x\n", &[("12", "12"), ("x", "x")]);
        check("a:\n  one\n  two\nb: ä\n", &[("one two", "one\n  two"), ("ä", "ä")]);
        check("a: \"{\nx\n}\"\nb: y\n", &[("{ x }", "\"{\nx\n}\""), ("y", "y")]);
        check(
            "a: \"{\nx\n\ny\n}\"\nb: '{\n}'\nc: z",
            &[("{ x\ny }", "\"{\nx\n\ny\n}\""), ("{ }", "'{\n}'"), ("z", "z")],
        );
    }

    #[test]
    fn faults_have_places_and_words() {
        check_error("a: 1\na: 2\n", "FW0103", "2:1", "the key `a` is given twice");
        check_error("a: &x 1\n", "FW0104", "1:7", "an anchor is not supported");
        check_error("a: *x\n", "FW0104", "1:4", "an alias is not supported");
        check_error("<<: {a: 1}\n", "FW0104", "1:1", "a merge key is not supported");
        check_error("a: 1\n---\nb: 2\n", "FW0105", "2:1", "the file holds more than one YAML document");
        check_error("# nothing\n", "FW0105", "1:1", "the file is empty");
        check_error("a:\n\tb: 1\n", "FW0101", "2:1", "a tab cannot indent");
        check_error(
            "a: \"x\n",
            "FW0101",
            "2:1",
            "a quote is not closed, or its text goes on without indentation",
        );
        check_error(
            "a: \"x\nb: \"y\"\n",
            "FW0101",
            "2:1",
            "a quote is not closed, or its text goes on without indentation",
        );
        check_error("a: \"x", "FW0101", "1:4", "a quote is not closed");
        check_error("a: b: c\n", "FW0101", "1:5", "a `:` cannot stand here");
        check_error("{[a]: 1}\n", "FW0101", "1:2", "a list or a mapping cannot be a key");
        let apart = "YAML takes this expression apart";
        check_error("a: [<%= b[1] %>]\n", "FW0101", "1:5", apart);
        check_error("a: {b: <%= c[1] %>}\n", "FW0101", "1:8", apart);
        check_error("a: [<%= b | join(\",\") %>]\n", "FW0101", "1:5", apart);
        check_error("a: <%= {\"b\": 1} %>\n", "FW0101", "1:4", apart);
        check_error("a: \"<%= b[\"c\"] %>\"\n", "FW0101", "1:5", apart);
        check_error("a: [<%= b %>]\nc: d: e\n", "FW0101", "2:5", "a `:` cannot stand here");
        check_error("a: !!binary x\n", "FW0107", "1:13", "the tag `!!binary` is not supported");
        check_error(&"[".repeat(5000), "FW0106", "1:101", "lists and mappings are nested more than 100 deep");
        check_error(
            &"- ".repeat(20_000),
            "FW0106",
            "1:201",
            "lists and mappings are nested more than 100 deep",
        );
    }

    #[test]
    fn many_keys_are_searched_quickly_and_all_repetitions_told() {
        let mut text: String = (0..5_000).map(|number| format!("k{number}: 1\n")).collect();
        assert_eq!(load(&source(&text)).unwrap().root.entries().len(), 5_000);
        text.push_str("k7: 2\nk3000: 2\n");
        assert_eq!(load(&source(&text)).unwrap_err().len(), 2);
    }
}
