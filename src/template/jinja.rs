//! Classic Jinja markers in CloudFormation text: dynamic references pass through, known collisions are told.

/// Stands for the braces that open a dynamic reference; it takes as many bytes, so that places stay what they are.
const OPEN: &str = "\u{91}";
/// Stands for the braces that close one.
const CLOSE: &str = "\u{92}";

/// A text whose dynamic references (`{{resolve:…}}`) the engine will leave alone; expressions in them are rendered.
pub(super) fn protect(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{resolve:") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        match end_of_reference(rest) {
            Some(end) => {
                out.push_str(OPEN);
                out.push_str(&rest[..end]);
                out.push_str(CLOSE);
                rest = &rest[end + 2..];
            }
            None => out.push_str("{{"),
        }
    }
    out.push_str(rest);
    out
}

/// Where the braces are that close a reference; expressions inside it have braces of their own.
fn end_of_reference(text: &str) -> Option<usize> {
    let mut depth = 1;
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'{', b'{', ..] => depth += 1,
            [b'}', b'}', ..] if depth == 1 => return Some(at),
            [b'}', b'}', ..] => depth -= 1,
            [b'\n', ..] => return None,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    None
}

/// Rendered text with its dynamic references as they were.
pub(super) fn restore(text: String) -> String {
    match text.contains([OPEN, CLOSE].map(|mark| mark.chars().next().unwrap_or_default())) {
        true => text.replace(OPEN, "{{").replace(CLOSE, "}}"),
        false => text,
    }
}
