//! Text to tree: YAML and JSON with places, lexemes, tags and duplicate keys told at both places. What scalars mean
//! is left to `meaning`, the wording of the parser's complaints to `fault`.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::template::{codes, fault};
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
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
    let mut loader = Loader { source, open: Vec::new(), root: None, findings: Vec::new() };
    let whole = loader.read();
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

struct Loader<'a> {
    source: &'a Arc<Source>,
    open: Vec<Open>,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl Loader<'_> {
    /// Reads all events; whether the end was reached.
    fn read(&mut self) -> bool {
        let source = self.source.clone();
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            simple_key_max_lookahead: 65_536,
            flow_nesting_limit: DEPTH,
            block_nesting_limit: DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(&source.text, options);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.findings.push(fault::yaml(self.source, &error));
                    return false;
                }
            };
            if matches!(event, Event::DocumentStart(..)) {
                documents += 1;
                if documents > 1 {
                    self.second_document(&span);
                    return false;
                }
            }
            if !self.take(event, span) {
                return false;
            }
        }
        true
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
        let (start, end) = bytes(&span);
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
        self.open.push(Open { kind, tag, start: bytes(span).0 });
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
        let (start, end) = bytes(span);
        Place::new(self.source, start as usize, end as usize)
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
    let Kind::Scalar { text, plain } = &key.kind else { return None };
    let place = |node: &Node| Place::new(source, node.start as usize, node.end as usize);
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

/// A span's bytes; files of more than four gigabytes are cut.
fn bytes(span: &Span) -> (u32, u32) {
    let range = span.byte_range().unwrap_or(0..0);
    let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (cut(range.start), cut(range.end.max(range.start)))
}
