//! Findings as people know them from compilers: what, where, the excerpt, what to do.

use crate::model::finding::{Finding, Severity};
use crate::model::place::Place;
use crate::view::palette::{Palette, Role};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::sync::Arc;

/// Draws findings, then a line with their counts.
pub fn text(findings: &[Finding], palette: Palette, width: usize) -> String {
    let mut out: Vec<String> = findings.iter().map(|finding| one(finding, palette, width)).collect();
    if let Some(counts) = counts(findings) {
        out.push(counts);
    }
    out.join("\n\n")
}

/// Draws one finding.
pub fn one(finding: &Finding, palette: Palette, width: usize) -> String {
    if finding.place.is_none() {
        return without_place(finding, palette);
    }
    let renderer = if palette.has_color() { Renderer::styled() } else { Renderer::plain() };
    let title = match &finding.subject {
        Some(subject) => format!("{} (in {subject})", finding.message),
        None => finding.message.clone(),
    };
    let level = level(finding.severity);
    let mut group = Group::with_title(level.primary_title(title).id(finding.code));
    for snippet in snippets(finding) {
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.term_width(width.clamp(60, 200)).render(&[group])
}

/// A finding about something that stands in no file, such as a word of the command line.
fn without_place(finding: &Finding, palette: Palette) -> String {
    let (word, role) = match finding.severity {
        Severity::Error => ("error", Role::Bad),
        Severity::Warning => ("warning", Role::Notice),
        Severity::Note => ("note", Role::Heading),
    };
    let title = palette.paint(role, &format!("{word}[{}]", finding.code));
    let help = finding.help.as_ref().map_or(String::new(), |help| format!("\n  = help: {help}"));
    format!("{title}: {}{help}", finding.message)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// One snippet a file: the place and what belongs to it.
fn snippets(finding: &Finding) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
    let Some(place) = &finding.place else { return Vec::new() };
    let mut out = Vec::new();
    let mut first =
        snippet(place).annotation(AnnotationKind::Primary.span(span(place)).label(finding.label.as_str()));
    for (related, label) in &finding.related {
        let annotation = AnnotationKind::Context.span(span(related)).label(label.as_str());
        if Arc::ptr_eq(&related.source, &place.source) || related.source.path == place.source.path {
            first = first.annotation(annotation);
        } else {
            out.push(snippet(related).annotation(annotation));
        }
    }
    out.insert(0, first);
    out
}

fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(place.source.text.as_str()).line_start(1).path(place.source.path.as_str())
}

/// A range that runs over many lines is cut to its first: an excerpt shows where to look.
fn span(place: &Place) -> std::ops::Range<usize> {
    let line = place.text().split('\n').next().unwrap_or("").trim_end();
    place.start..place.start + line.len()
}

/// `2 errors, 1 warning`; nothing when there is nothing.
pub fn counts(findings: &[Finding]) -> Option<String> {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let part = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let parts: Vec<String> = [
        part(count(Severity::Error), "error"),
        part(count(Severity::Warning), "warning"),
        part(count(Severity::Note), "note"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
