//! Rules and variables that are defined by themselves. cfn-guard follows them until its stack ends, and the program with
//! it, so they are found in the text before it is asked.

use std::collections::{BTreeMap, BTreeSet};

/// A rule, or what stands outside of all rules: its name, where it starts, its text.
type Part<'a> = (&'a str, usize, &'a str);
/// Who names whom; with the byte where each is defined.
type Graph<'a> = BTreeMap<&'a str, (usize, BTreeSet<&'a str>)>;

/// A name that is defined by itself, by whatever detour, and the byte where it is.
pub fn find(text: &str) -> Option<(usize, String)> {
    let bare = without_texts(text);
    let parts = parts(&bare);
    let names: BTreeSet<&str> =
        parts.iter().map(|(name, ..)| *name).filter(|name| !name.is_empty()).collect();
    let rules: Graph<'_> =
        parts.iter().map(|(name, start, part)| (*name, (*start, references(part, &names)))).collect();
    let in_circle = |graph: &Graph<'_>| {
        let found = graph.iter().find(|(name, _)| leads_back(graph, name))?;
        Some((found.1.0, (*found.0).to_owned()))
    };
    let outside = parts.first().map_or((0, ""), |(_, start, part)| (*start, *part));
    let variables = |(_, start, part): &Part<'_>| {
        let mut graph = Graph::new();
        assignments(outside.0, outside.1, &mut graph);
        assignments(*start, part, &mut graph);
        in_circle(&graph)
    };
    in_circle(&rules).or_else(|| parts.iter().find_map(variables))
}

fn leads_back(graph: &Graph<'_>, start: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some((_, named)) = open.pop().and_then(|name| graph.get(name)) {
        if named.contains(start) {
            return true;
        }
        open.extend(named.iter().copied().filter(|name| graph.contains_key(name) && seen.insert(*name)));
    }
    false
}

/// The text with spaces for comments, messages, quoted texts and patterns; every byte keeps its place.
fn without_texts(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '<' if rest.starts_with("<<") => rest.find(">>").map_or(rest.len(), |end| end + 2),
            '\'' | '"' | '/' => closed(rest, letter),
            _ => 0,
        };
        if length == 0 {
            bare.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            bare.extend(rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    bare
}

fn closed(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == mark => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The words of a text with the bytes where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = |(at, letter): &(usize, char)| is_of_name(*letter) && !text[..*at].ends_with(is_of_name);
    text.char_indices().filter(starts).map(|(at, _)| {
        let rest = &text[at..];
        (at, &rest[..rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len())])
    })
}

fn parts(bare: &str) -> Vec<Part<'_>> {
    let starts = words(bare).filter(|(at, word)| {
        *word == "rule" && bare[..*at].rsplit('\n').next().is_some_and(|before| before.trim().is_empty())
    });
    let mut cuts: Vec<usize> = std::iter::once(0).chain(starts.map(|(at, _)| at)).collect();
    cuts.push(bare.len());
    let part = |cut: &[usize]| {
        let text = &bare[cut[0]..cut[1]];
        let named = text.strip_prefix("rule").and_then(|rest| words(rest).next());
        match named {
            Some((at, name)) => (name, cut[0], &text["rule".len() + at + name.len()..]),
            None => ("", cut[0], text),
        }
    };
    cuts.windows(2).map(part).collect()
}

/// The rules that a rule names: a word alone, with arguments, or as a condition; not a property that is compared.
fn references<'a>(part: &'a str, names: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let is_reference = |at: usize, word: &str| {
        let (before, after) = (&part[..at], part[at + word.len()..].trim_start_matches([' ', '\t']));
        let line = before.rsplit('\n').next().unwrap_or_default();
        let alone = after.is_empty() || after.starts_with(['\n', '\r', '(', '}']);
        let alternative = ["or ", "OR ", "|OR|", "or\n", "OR\n"].iter().any(|or| after.starts_with(or));
        let condition = after.starts_with('{') && (line.contains("when") || at < part.find('{').unwrap_or(0));
        !before.ends_with(['.', '%']) && (alone || alternative || condition)
    };
    words(part)
        .filter(|(at, word)| names.contains(word) && is_reference(*at, word))
        .map(|(_, word)| word)
        .collect()
}

/// The variables that are set in a part, each with those that it is set from.
fn assignments<'a>(start: usize, part: &'a str, graph: &mut Graph<'a>) {
    for (at, _) in words(part).filter(|(_, word)| *word == "let") {
        let Some((offset, name)) = words(&part[at + 3..]).next() else { continue };
        let rest = &part[at + 3 + offset + name.len()..];
        let mut depth = 0;
        let end = rest.find(|letter: char| {
            depth +=
                i32::from(matches!(letter, '[' | '(' | '{')) - i32::from(matches!(letter, ']' | ')' | '}'));
            letter == '\n' && depth <= 0
        });
        let value = &rest[..end.unwrap_or(rest.len())];
        let used = words(value).filter(|(at, _)| value[..*at].ends_with('%')).map(|(_, word)| word);
        graph.entry(name).or_insert_with(|| (start + at, BTreeSet::new())).1.extend(used);
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn circles_are_found_and_nothing_else() {
        let circles = [
            "rule a {\n b\n}\nrule b {\n a <<a>>\n}\n",
            "rule a when b {\n Resources exists\n}\nrule b when not a {\n Resources exists\n}\n",
            "rule a(x) {\n a(%x)\n}\n",
            "rule a { Resources exists or a }",
            "let a = %b\nlet b = %a[ Type == 'x' ]\nrule r { %a exists }",
            "rule b {\n let a = Resources[\n  Type == %a\n ]\n}\n",
            "let c = %b\nrule b {\n let b = %c.x\n}\n",
        ];
        circles.iter().for_each(|text| assert!(find(text).is_some(), "{text}"));
        let others = [
            "",
            "rule a { b }\nrule b { Resources.a exists\n a == 1\n a { x exists }\n %a exists # a\n 'a' <<a\n>> }",
            "rule a {\n let x = %y\n}\nrule b {\n let y = %x\n}\n",
            "rule a(b) { %b exists }\nrule b { a(Resources) }",
            include_str!("../../policies/data.guard"),
            include_str!("../../policies/access.guard"),
        ];
        others.iter().for_each(|text| assert_eq!(find(text), None, "{text}"));
    }
}
