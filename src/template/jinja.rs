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

/// A shell's `${#array[@]}`, which opens a comment to Jinja and would swallow what follows: where it is.
pub(super) fn shell_length(text: &str) -> Option<usize> {
    let is_raw =
        |at: usize| text[..at].matches("raw %}").count() > 2 * text[..at].matches("endraw %}").count();
    text.match_indices("${#").map(|(at, _)| at).find(|at| !is_raw(*at))
}

/// What a line that Jinja stumbles over was meant for, as a message.
pub(super) fn meant_for(line: &str) -> Option<&'static str> {
    let trimmed = |marker: &str| line.split(marker).skip(1).map(str::trim_start).collect::<Vec<_>>();
    if trimmed("{%").iter().any(|rest| rest.starts_with('$') || rest.starts_with("(")) {
        return Some("`{%` opens a statement of Jinja; JSONata's `{% … %}` has to be marked as text");
    }
    if line.contains("{{#") || line.contains("{{/") || line.contains("{{>") {
        return Some("`{{` opens an expression of Jinja; Handlebars' `{{#…}}` has to be marked as text");
    }
    let is_document = |rest: &&str| {
        rest.starts_with("global:")
            || rest.starts_with(|first: char| first.is_ascii_uppercase())
            || rest.contains(".Output")
    };
    if trimmed("{{").iter().any(is_document) {
        return Some(
            "`{{` opens an expression of Jinja; `{{ Name }}` of Systems Manager documents has to be marked as text",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_references_pass_through() {
        for text in [
            "a: '{{resolve:ssm:/a/b:1}}' # {{ x }}",
            "{{resolve:secretsmanager:{{ name }}:SecretString:{{ key }}}}",
            "{{resolve:ssm:never closed\n{{ x }}",
            "no {{ resolve }}",
        ] {
            assert_eq!(restore(protect(text)), text);
        }
        assert_eq!(protect("{{resolve:ssm:{{ x }}}}"), "\u{91}resolve:ssm:{{ x }}\u{92}");
    }

    #[test]
    fn known_collisions() {
        let check = |line: &str, word: &str| {
            assert!(meant_for(line).is_some_and(|message| message.contains(word)), "{line}")
        };
        check("commands: [\"{{ InstanceIds }}\"]", "Systems Manager");
        check("v: '{{global:DATE}}'", "Systems Manager");
        check("v: '{% $states.input.x %}'", "JSONata");
        check("Html: '{{#if x}}'", "Handlebars");
        assert_eq!(meant_for("v: {{ values.x }} {% if y %}"), None);
        assert_eq!(shell_length("a ${#x[@]}"), Some(2));
        assert_eq!(shell_length("{% raw %}${#x}{% endraw %}"), None);
        assert_eq!(shell_length("{% raw %}{% endraw %}${#x}"), Some(21));
    }
}
