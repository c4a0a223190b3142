//! Regular expressions of parameter constraints: a small matcher of whole values.
//!
//! Knows what such patterns use: classes, groups, alternatives, repetitions, look-ahead. A pattern it does not know is
//! not judged. The work is bounded, so no pattern can hang the service.

/// How many steps a match may take.
const MAX_STEPS: usize = 50_000;
/// How deep groups may nest, and a match may recurse.
const MAX_DEPTH: usize = 60;

/// Says whether the pattern matches the whole text; nothing when it cannot be judged.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0, depth: 0 };
    let tree = reader.alternatives()?;
    if reader.at < reader.rest.len() {
        return None;
    }
    let text: Vec<char> = text.chars().collect();
    let mut matcher = Matcher { text: &text, steps: 0 };
    let mut ends = matcher.ends(&tree, 0)?;
    ends.sort_unstable();
    Some(ends.binary_search(&text.len()).is_ok())
}

/// One element of a pattern.
#[derive(Debug, Clone)]
enum Node {
    One(Class),
    Start,
    End,
    Boundary,
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Repeat { node: Box<Node>, least: usize, greatest: usize },
    Ahead { node: Box<Node>, wanted: bool },
}

/// A set of characters.
#[derive(Debug, Clone, Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    inside: Vec<Class>,
}

impl Class {
    fn holds(&self, character: char) -> bool {
        let found = self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&character))
            || self.inside.iter().any(|class| class.holds(character));
        found != self.negated
    }

    fn of(ranges: &[(char, char)], negated: bool) -> Self {
        Self { negated, ranges: ranges.to_vec(), inside: Vec::new() }
    }

    fn escaped(letter: char) -> Option<Self> {
        const WORD: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
        const SPACE: &[(char, char)] = &[(' ', ' '), ('\t', '\r')];
        Some(match letter {
            'd' => Self::of(&[('0', '9')], false),
            'D' => Self::of(&[('0', '9')], true),
            'w' => Self::of(WORD, false),
            'W' => Self::of(WORD, true),
            's' => Self::of(SPACE, false),
            'S' => Self::of(SPACE, true),
            'n' => Self::of(&[('\n', '\n')], false),
            'r' => Self::of(&[('\r', '\r')], false),
            't' => Self::of(&[('\t', '\t')], false),
            other if other.is_ascii_alphanumeric() => return None,
            other => Self::of(&[(other, other)], false),
        })
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Alpha" => Self::of(&[('a', 'z'), ('A', 'Z')], false),
            "Digit" => Self::of(&[('0', '9')], false),
            "Alnum" => Self::of(&[('a', 'z'), ('A', 'Z'), ('0', '9')], false),
            "Lower" | "Ll" => Self::of(&[('a', 'z')], false),
            "Upper" | "Lu" => Self::of(&[('A', 'Z')], false),
            "Print" | "ASCII" => Self::of(&[(' ', '~')], false),
            _ => return None,
        })
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += 1;
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found =
            text.chars().enumerate().all(|(index, wanted)| self.rest.get(self.at + index) == Some(&wanted));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn alternatives(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut choices = vec![self.sequence()?];
        while self.eat("|") {
            choices.push(self.sequence()?);
        }
        self.depth -= 1;
        Some(if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) })
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(character) = self.peek() {
            if matches!(character, '|' | ')') {
                break;
            }
            let node = self.atom()?;
            nodes.push(self.repeated(node)?);
        }
        Some(Node::Sequence(nodes))
    }

    fn atom(&mut self) -> Option<Node> {
        Some(match self.next()? {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::One(Class::of(&[('\n', '\n')], true)),
            '[' => Node::One(self.class()?),
            '(' => self.group()?,
            '\\' => self.escape()?,
            '*' | '+' | '?' => return None,
            literal => Node::One(Class::of(&[(literal, literal)], false)),
        })
    }

    fn escape(&mut self) -> Option<Node> {
        Some(match self.next()? {
            'A' => Node::Start,
            'z' | 'Z' => Node::End,
            'b' => Node::Boundary,
            'p' => Node::One(self.property()?),
            letter => Node::One(Class::escaped(letter)?),
        })
    }

    fn property(&mut self) -> Option<Class> {
        if !self.eat("{") {
            return None;
        }
        let mut name = String::new();
        loop {
            match self.next()? {
                '}' => return Class::named(&name),
                letter => name.push(letter),
            }
        }
    }

    fn group(&mut self) -> Option<Node> {
        let ahead = if self.eat("?=") {
            Some(true)
        } else if self.eat("?!") {
            Some(false)
        } else {
            if !self.eat("?:") && self.peek() == Some('?') {
                return None;
            }
            None
        };
        let node = self.alternatives()?;
        if !self.eat(")") {
            return None;
        }
        Some(match ahead {
            Some(wanted) => Node::Ahead { node: Box::new(node), wanted },
            None => node,
        })
    }

    fn class(&mut self) -> Option<Class> {
        let mut class = Class { negated: self.eat("^"), ..Class::default() };
        let mut first = true;
        loop {
            let low = match self.next()? {
                ']' if !first => return Some(class),
                '[' if self.peek() == Some(':') || self.rest.get(self.at..)?.contains(&'&') => return None,
                '\\' => match self.next()? {
                    'p' => {
                        class.inside.push(self.property()?);
                        None
                    }
                    letter => {
                        let inside = Class::escaped(letter)?;
                        match (inside.negated, inside.ranges.as_slice()) {
                            (false, [(low, high)]) if low == high => Some(*low),
                            _ => {
                                class.inside.push(inside);
                                None
                            }
                        }
                    }
                },
                literal => Some(literal),
            };
            first = false;
            let Some(low) = low else { continue };
            let ranged =
                self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|next| *next != ']');
            if !ranged {
                class.ranges.push((low, low));
                continue;
            }
            self.at += 1;
            let high = match self.next()? {
                '\\' => self.next()?,
                literal => literal,
            };
            class.ranges.push((low, high));
        }
    }

    fn repeated(&mut self, mut node: Node) -> Option<Node> {
        loop {
            let (least, greatest) = match self.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                Some('{') => {
                    let (least, greatest) = self.bounds()?;
                    self.at -= 1;
                    (least, greatest)
                }
                _ => return Some(node),
            };
            self.at += 1;
            let _ = self.eat("?") || self.eat("+");
            node = Node::Repeat { node: Box::new(node), least, greatest };
        }
    }

    /// Reads `{2,5}` and stays behind the closing brace.
    fn bounds(&mut self) -> Option<(usize, usize)> {
        self.at += 1;
        let mut inside = String::new();
        loop {
            match self.next()? {
                '}' => break,
                character => inside.push(character),
            }
        }
        let (least, greatest) = match inside.split_once(',') {
            None => (inside.parse().ok()?, inside.parse().ok()?),
            Some((least, "")) => (least.parse().ok()?, usize::MAX),
            Some((least, greatest)) => (least.parse().ok()?, greatest.parse().ok()?),
        };
        Some((least, greatest))
    }
}

/// Finds all places where a node can end: sets instead of backtracking, so the work stays polynomial.
struct Matcher<'a> {
    text: &'a [char],
    steps: usize,
}

impl Matcher<'_> {
    fn ends(&mut self, node: &Node, from: usize) -> Option<Vec<usize>> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let here = |found: bool| if found { vec![from] } else { Vec::new() };
        Some(match node {
            Node::One(class) => match self.text.get(from) {
                Some(character) if class.holds(*character) => vec![from + 1],
                _ => Vec::new(),
            },
            Node::Start => here(from == 0),
            Node::End => here(from == self.text.len()),
            Node::Boundary => {
                let word = |at: Option<&char>| at.is_some_and(|at| at.is_ascii_alphanumeric() || *at == '_');
                let before = from.checked_sub(1).and_then(|at| self.text.get(at));
                here(word(before) != word(self.text.get(from)))
            }
            Node::Sequence(nodes) => {
                let mut places = vec![from];
                for node in nodes {
                    places = self.step(node, &places)?;
                }
                places
            }
            Node::Choice(nodes) => {
                let mut places = Vec::new();
                for node in nodes {
                    places.extend(self.ends(node, from)?);
                }
                sorted(places)
            }
            Node::Repeat { node, least, greatest } => self.repeat(node, *least, *greatest, from)?,
            Node::Ahead { node, wanted } => here(self.ends(node, from)?.is_empty() != *wanted),
        })
    }

    fn step(&mut self, node: &Node, places: &[usize]) -> Option<Vec<usize>> {
        let mut next = Vec::new();
        for place in places {
            next.extend(self.ends(node, *place)?);
        }
        Some(sorted(next))
    }

    fn repeat(&mut self, node: &Node, least: usize, greatest: usize, from: usize) -> Option<Vec<usize>> {
        let mut current = vec![from];
        let mut reached = vec![false; self.text.len() + 1];
        reached[from] = least == 0;
        for round in 1..=greatest {
            let mut next = self.step(node, &current)?;
            if round >= least {
                next.retain(|place| !reached[*place]);
                next.iter().for_each(|place| reached[*place] = true);
            }
            if next.is_empty() || next == current {
                break;
            }
            current = next;
        }
        if current == [from] && least > 0 && self.step(node, &current)?.contains(&from) {
            reached[from] = true;
        }
        Some(reached.iter().enumerate().filter(|(_, found)| **found).map(|(place, _)| place).collect())
    }
}

fn sorted(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: Option<bool>) {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }

    #[test]
    fn whole_values_are_matched() {
        check("[a-z]+", "abc", Some(true));
        check("[a-z]+", "abC", Some(false));
        check("^[a-zA-Z][-a-zA-Z0-9]*$", "my-stack1", Some(true));
        check("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})", "10.0.0.0/16", Some(true));
        check("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})", "10.0.0/16", Some(false));
        check("dev|staging|prod", "staging", Some(true));
        check("(?:dev|prod)-.*", "prod-1", Some(true));
        check("[^@\\s]+@[^@\\s]+\\.[a-z]{2,}", "a@b.de", Some(true));
        check("[^@\\s]+@[^@\\s]+\\.[a-z]{2,}", "a b@c.de", Some(false));
        check("|arn:aws:iam::[0-9]{12}:role/.+", "", Some(true));
        check("(?=.*\\d)(?=.*[a-z]).{8,}", "passw0rd", Some(true));
        check("(?=.*\\d)(?=.*[a-z]).{8,}", "password", Some(false));
        check("[\\w+=,.@-]+", "a+b@c-d", Some(true));
        check("a{2}", "aaa", Some(false));
        check(".*", "ü", Some(true));
        check("\\p{Alpha}+", "abc", Some(true));
    }

    #[test]
    fn unknown_and_broken_patterns_are_not_judged() {
        for pattern in ["(", "[a", "*", "(?<name>a)", "\\1", "a{x}"] {
            check(pattern, "a", None);
        }
        check(&"(".repeat(500), "a", None);
    }

    #[test]
    fn work_is_bounded() {
        check("(a+)+b", &"a".repeat(60), Some(false));
        assert!(matches(&"(a*)*".repeat(30), &"a".repeat(4_000)).is_none_or(|found| found));
    }
}
