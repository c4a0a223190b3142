//! Writes pictures as one SVG document.

use crate::view::drawing::picture::{Area, Card, Kind, MARGIN, Picture, Stroke};
use std::fmt::Write;

/// How things look, by light and by dark. The paper is painted: a page may be light while its reader's system is dark.
const STYLE: &str = "  .paper { fill: #ffffff } .lane { fill: #f6f8fa; stroke: #d8dee4 }
  .stack { fill: #ffffff; stroke: #818b98 } .protected { fill: #ddf4ff; stroke: #0969da }
  .elsewhere { fill: none; stroke: #818b98; stroke-dasharray: 4 3 }
  .line { fill: none; stroke: #818b98; stroke-width: 1.25 } .tip { fill: #818b98 }
  .circle { fill: none; stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  .lock { fill: none; stroke: #0969da; stroke-width: 1.5 } .body { fill: #0969da; stroke: none }
  .of:hover .line { stroke: #0969da; stroke-width: 2.5 } .of:hover .tip { fill: #0969da }
  text { fill: #1f2328; font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif }
  .name { font-family: ui-monospace, Menlo, 'Liberation Mono', 'DejaVu Sans Mono', monospace; font-size: 13px }
  .title { font-size: 16px; font-weight: 600 } .where { font-size: 12px; font-weight: 600 }
  .where { paint-order: stroke; stroke: #f6f8fa; stroke-width: 5px; stroke-linejoin: round }
  .note { font-size: 12px } .note, .where { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .lane { fill: #151b23; stroke: #2f353d }
    .stack { fill: #0d1117; stroke: #656c76 } .protected { fill: #0c2d53; stroke: #388bfd }
    .elsewhere, .line { stroke: #656c76 } .tip { fill: #656c76 } .circle { stroke: #f85149 }
    .lock { stroke: #58a6ff } .body { fill: #58a6ff; stroke: none }
    text { fill: #f0f6fc } .note, .where { fill: #9198a1 } .where { stroke: #151b23 }
  }
";

/// What the reader has to know, always and where lines meet.
const NOTE: &str = "An arrow leads to what waits. What follows from other arrows is left out.";
const NOTE_OF_JOINTS: &str = " Lines that meet lead on to the same.";
/// The height of the note below.
const FOOT: f64 = 24.0;
/// How far a line that leads back bends around its ends.
const BEND: f64 = 16.0;
/// Room for the note.
const LEAST_WIDTH: f64 = 640.0;

/// A document of pictures below each other, with a title for those who hear it.
pub fn document(title: &str, pictures: &[Picture]) -> String {
    let width = pictures.iter().map(|picture| picture.width).fold(LEAST_WIDTH, f64::max);
    let height: f64 = pictures.iter().map(|picture| picture.height).sum::<f64>() + FOOT;
    let (wide, high) = (width.ceil(), height.ceil());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n<rect class=\"paper\" width=\"{wide}\" height=\"{high}\" rx=\"6\"/>\n",
        escaped(title)
    );
    let mut y = 0.0;
    for picture in pictures {
        let _ = writeln!(out, "<g transform=\"translate(0 {})\">", Number(y));
        write(&mut out, picture);
        out.push_str("</g>\n");
        y += picture.height;
    }
    let any_protected =
        pictures.iter().flat_map(|picture| &picture.boxes).any(|(card, _)| card.kind == Kind::Protected);
    let any_joint = pictures.iter().any(|picture| picture.joined);
    note(&mut out, y + 4.0, any_protected, any_joint);
    out + "</svg>\n"
}

fn note(out: &mut String, y: f64, any_protected: bool, any_joint: bool) {
    let mut x = MARGIN;
    if any_protected {
        lock(out, x, y - 5.0);
        let _ = writeln!(
            out,
            "<text class=\"note\" x=\"{}\" y=\"{}\">protected</text>",
            Number(x + 14.0),
            Number(y)
        );
        x += 86.0;
    }
    let joints = if any_joint { NOTE_OF_JOINTS } else { "" };
    let (x, y) = (Number(x), Number(y));
    let _ = writeln!(out, "<text class=\"note\" x=\"{x}\" y=\"{y}\">{NOTE}{joints}</text>");
}

fn write(out: &mut String, picture: &Picture) {
    let _ = writeln!(
        out,
        "<text class=\"title\" x=\"{}\" y=\"32\">{}</text>",
        Number(MARGIN),
        escaped(&picture.title)
    );
    for (_, area) in &picture.lanes {
        let _ = writeln!(out, "<rect class=\"lane\" {} rx=\"8\"/>", Sides(area));
    }
    for strokes in &picture.lines {
        line(out, "line", strokes);
    }
    for stroke in &picture.circles {
        line(out, "circle", std::slice::from_ref(stroke));
    }
    for (title, area) in &picture.lanes {
        let (x, y) = (Number(area.x + 12.0), Number(area.y + 20.0));
        let _ = writeln!(out, "<text class=\"where\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(title));
    }
    for (card, area) in &picture.boxes {
        write_box(out, card, area);
    }
}

fn write_box(out: &mut String, card: &Card, area: &Area) {
    let class = match card.kind {
        Kind::Open => "stack",
        Kind::Protected => "stack protected",
        Kind::Elsewhere => "elsewhere",
    };
    let _ = writeln!(out, "<g><title>{}</title>", escaped(&card.told));
    let _ = writeln!(out, "<rect class=\"{class}\" {} rx=\"6\"/>", Sides(area));
    let middle = area.y + area.height / 2.0;
    let (x, y) = (Number(area.x + 12.0), Number(middle + 4.5));
    let _ = writeln!(out, "<text class=\"name\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(&card.name));
    if card.kind == Kind::Protected {
        lock(out, area.x + area.width - 20.0, middle);
    }
    out.push_str("</g>\n");
}

/// All lines from one box as one path, and their tips.
fn line(out: &mut String, class: &str, strokes: &[Stroke]) {
    let (mut path, mut tips) = (String::new(), String::new());
    for stroke in strokes {
        match *stroke {
            Stroke::Curve { from, to, arrow } => {
                let end = if arrow { to.0 - 6.0 } else { to.0 };
                let half = (from.0 + end) / 2.0;
                let [first, second] = if end > from.0 { [half; 2] } else { [from.0 + BEND, end - BEND] };
                let (y, to_y) = (Number(from.1), Number(to.1));
                let _ = write!(
                    path,
                    "M{} {y}C{} {y} {} {to_y} {} {to_y}",
                    Number(from.0),
                    Number(first),
                    Number(second),
                    Number(end)
                );
                if arrow {
                    let _ = write!(tips, "M{} {to_y}l-7 -3.5v7z", Number(to.0));
                }
            }
            Stroke::Through { from, until } => {
                let _ = write!(path, "M{} {}H{}", Number(from.0), Number(from.1), Number(until));
            }
        }
    }
    let _ = writeln!(
        out,
        "<g class=\"of\"><path class=\"{class}\" d=\"{path}\"/><path class=\"tip\" d=\"{tips}\"/></g>"
    );
}

fn lock(out: &mut String, x: f64, middle: f64) {
    let (x, y) = (Number(x), Number(middle + 1.0));
    let _ = writeln!(
        out,
        "<path class=\"lock\" d=\"M{x} {y}m2 -1v-3a2.5 2.5 0 0 1 5 0v3\"/><path class=\"body\" d=\"M{x} {y}m0 -1h9v7h-9z\"/>"
    );
}

/// A number with one digit after the point, if it needs one.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Adding zero makes a zero below zero an ordinary one.
        let rounded = (self.0 * 10.0).round() / 10.0 + 0.0;
        write!(f, "{rounded}")
    }
}

/// The attributes of a rectangle.
struct Sides<'a>(&'a Area);

impl std::fmt::Display for Sides<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Area { x, y, width, height } = *self.0;
        write!(
            f,
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            Number(x),
            Number(y),
            Number(width),
            Number(height)
        )
    }
}

/// A text as it may stand in XML: marks as entities, and characters that XML has not as the sign for such.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}
