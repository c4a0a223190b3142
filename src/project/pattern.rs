//! Patterns of texts: the part of regular expressions that declarations of values need. A pattern is held against the
//! whole text, in time that grows with its length and never faster.

/// The most steps a pattern may have once its repetitions are written out.
const MOST_STEPS: usize = 5_000;

/// How deep groups may be nested.
const MOST_DEPTH: usize = 30;

/// A pattern, ready to be held against texts.
#[derive(Clone, Debug)]
pub struct Pattern {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    One(Class),
    Either(usize, usize),
    Go(usize),
    End,
}

/// Which letters are meant.
#[derive(Clone, Debug, PartialEq)]
struct Class {
    ranges: Vec<(char, char)>,
    others: bool,
}

#[derive(Clone, Debug)]
enum Part {
    One(Class),
    Row(Vec<Part>),
    Choice(Vec<Part>),
    Repeat(Box<Part>, usize, Option<usize>),
}

impl Pattern {
    /// Reads a pattern; an error is a fragment that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('^').unwrap_or(text);
        let ends = text.ends_with('$') && !text.ends_with("\\$");
        let text = if ends { &text[..text.len() - 1] } else { text };
        let mut reader = Reader { letters: text.chars().collect(), at: 0 };
        let part = reader.choice(0)?;
        if reader.at < reader.letters.len() {
            return Err("it has a `)` too many".to_owned());
        }
        let mut steps = Vec::new();
        write(&part, &mut steps, &mut { MOST_STEPS })?;
        steps.push(Step::End);
        Ok(Self { steps })
    }

    /// Whether the whole text is as the pattern says.
    pub fn fits(&self, text: &str) -> bool {
        let mut here = Vec::new();
        self.reach(0, &mut here, &mut vec![false; self.steps.len()]);
        for letter in text.chars() {
            let (mut next, mut seen) = (Vec::new(), vec![false; self.steps.len()]);
            for at in here {
                if matches!(&self.steps[at], Step::One(class) if class.has(letter)) {
                    self.reach(at + 1, &mut next, &mut seen);
                }
            }
            here = next;
        }
        here.iter().any(|at| matches!(self.steps[*at], Step::End))
    }

    /// All steps that are reached without a letter.
    fn reach(&self, start: usize, reached: &mut Vec<usize>, seen: &mut [bool]) {
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match self.steps[at] {
                Step::One(_) | Step::End => reached.push(at),
                Step::Go(to) => open.push(to),
                Step::Either(one, other) => open.extend([one, other]),
            }
        }
    }
}

impl Class {
    fn has(&self, letter: char) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter)) != self.others
    }

    fn only(letter: char) -> Self {
        Self { ranges: vec![(letter, letter)], others: false }
    }

    /// What an escaped letter means.
    fn escaped(letter: char) -> Result<Self, String> {
        let ranges = match letter.to_ascii_lowercase() {
            'd' => vec![('0', '9')],
            'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
            's' => vec![(' ', ' '), ('\t', '\t'), ('\n', '\n'), ('\r', '\r')],
            _ if letter.is_alphanumeric() => {
                return Err(format!("it has the escape `\\{letter}`, which is not known"));
            }
            _ => return Ok(Self::only(letter)),
        };
        Ok(Self { ranges, others: letter.is_ascii_uppercase() })
    }
}

/// Writes a part as steps.
fn write(part: &Part, steps: &mut Vec<Step>, left: &mut usize) -> Result<(), String> {
    // Parts without letters count too, or repetitions of nothing would never end.
    *left = left.checked_sub(1).ok_or("it repeats too much")?;
    match part {
        Part::One(class) => steps.push(Step::One(class.clone())),
        Part::Row(parts) => parts.iter().try_for_each(|part| write(part, steps, left))?,
        Part::Choice(parts) => {
            let mut ends = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                let split = steps.len();
                let last = index + 1 == parts.len();
                if !last {
                    steps.push(Step::End);
                }
                write(part, steps, left)?;
                if !last {
                    ends.push(steps.len());
                    steps.push(Step::End);
                    steps[split] = Step::Either(split + 1, steps.len());
                }
            }
            let after = steps.len();
            ends.into_iter().for_each(|end| steps[end] = Step::Go(after));
        }
        Part::Repeat(part, min, max) => repeat(part, (*min, *max), steps, left)?,
    }
    Ok(())
}

fn repeat(
    part: &Part,
    (min, max): (usize, Option<usize>),
    steps: &mut Vec<Step>,
    left: &mut usize,
) -> Result<(), String> {
    for _ in 0..min {
        write(part, steps, left)?;
    }
    let Some(max) = max else {
        let split = steps.len();
        steps.push(Step::End);
        write(part, steps, left)?;
        steps.push(Step::Go(split));
        steps[split] = Step::Either(split + 1, steps.len());
        return Ok(());
    };
    let mut splits = Vec::new();
    for _ in min..max {
        splits.push(steps.len());
        steps.push(Step::End);
        write(part, steps, left)?;
    }
    let after = steps.len();
    splits.into_iter().for_each(|split| steps[split] = Step::Either(split + 1, after));
    Ok(())
}

struct Reader {
    letters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some());
        letter
    }

    fn choice(&mut self, depth: usize) -> Result<Part, String> {
        if depth > MOST_DEPTH {
            return Err("its groups are nested too deeply".to_owned());
        }
        let mut parts = vec![self.row(depth)?];
        while self.peek() == Some('|') {
            self.at += 1;
            parts.push(self.row(depth)?);
        }
        Ok(Part::Choice(parts))
    }

    fn row(&mut self, depth: usize) -> Result<Part, String> {
        let mut parts = Vec::new();
        while let Some(letter) = self.peek().filter(|letter| !"|)".contains(*letter)) {
            self.at += 1;
            let part = match letter {
                '(' => self.group(depth)?,
                '[' => Part::One(self.class()?),
                '.' => Part::One(Class { ranges: Vec::new(), others: true }),
                '\\' => {
                    let escaped = self.next().ok_or("it ends with a `\\`")?;
                    Part::One(Class::escaped(escaped)?)
                }
                '*' | '+' | '?' | '{' => return Err(format!("there is nothing before `{letter}` to repeat")),
                '^' | '$' => {
                    return Err(format!(
                        "`{letter}` stands in the middle: a pattern is always about the whole text"
                    ));
                }
                letter => Part::One(Class::only(letter)),
            };
            let part = self.repeated(part)?;
            parts.push(part);
        }
        Ok(Part::Row(parts))
    }

    fn group(&mut self, depth: usize) -> Result<Part, String> {
        if self.letters[self.at..].starts_with(&['?', ':']) {
            self.at += 2;
        }
        let part = self.choice(depth + 1)?;
        match self.next() {
            Some(')') => Ok(part),
            _ => Err("it lacks a `)`".to_owned()),
        }
    }

    fn repeated(&mut self, part: Part) -> Result<Part, String> {
        let (min, max) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let rest = &self.letters[self.at + 1..];
                let length = rest.iter().position(|letter| *letter == '}').ok_or("it lacks a `}`")?;
                let inner: String = rest[..length].iter().collect();
                self.at += length + 1;
                counts(&inner).ok_or_else(|| format!("`{{{inner}}}` is not a number of times"))?
            }
            _ => return Ok(part),
        };
        self.at += 1;
        Ok(Part::Repeat(Box::new(part), min, max))
    }

    fn class(&mut self) -> Result<Class, String> {
        let others = self.peek() == Some('^');
        self.at += usize::from(others);
        let mut ranges = Vec::new();
        loop {
            let first = match self.next().ok_or("it lacks a `]`")? {
                ']' if !ranges.is_empty() => return Ok(Class { ranges, others }),
                '\\' => {
                    let class = Class::escaped(self.next().ok_or("it lacks a `]`")?)?;
                    match class.ranges.as_slice() {
                        [(one, other)] if one == other && !class.others => *one,
                        _ if class.others => {
                            return Err("a class cannot hold the opposite of another".to_owned());
                        }
                        _ => {
                            ranges.extend(class.ranges);
                            continue;
                        }
                    }
                }
                letter => letter,
            };
            let is_range =
                self.peek() == Some('-') && self.letters.get(self.at + 1).is_some_and(|next| *next != ']');
            if !is_range {
                ranges.push((first, first));
                continue;
            }
            self.at += 1;
            let last =
                self.next().filter(|last| *last != '\\').or_else(|| self.next()).ok_or("it lacks a `]`")?;
            if last < first {
                return Err(format!("the range `{first}-{last}` runs backwards"));
            }
            ranges.push((first, last));
        }
    }
}

/// `3`, `2,5` or `2,`.
fn counts(text: &str) -> Option<(usize, Option<usize>)> {
    let (min, max) = match text.split_once(',') {
        None => {
            let count = text.parse().ok()?;
            (count, Some(count))
        }
        Some((min, "")) => (min.parse().ok()?, None),
        Some((min, max)) => (min.parse().ok()?, Some(max.parse().ok()?)),
    };
    (min <= 1000 && max.is_none_or(|max| min <= max && max <= 1000)).then_some((min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let check = |pattern: &str, fits: &[&str], others: &[&str]| {
            let read = Pattern::parse(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            fits.iter().for_each(|text| assert!(read.fits(text), "{pattern} fits {text}"));
            others.iter().for_each(|text| assert!(!read.fits(text), "{pattern} does not fit {text}"));
        };
        check("[a-z][a-z0-9-]*", &["a", "a-1"], &["", "1a", "aB"]);
        check("^t4g\\.(small|medium)$", &["t4g.small"], &["t4gxsmall", "t4g.large", "t4g.small "]);
        check("\\d{2,3}", &["12", "123"], &["1", "1234"]);
        check("a{2}b?", &["aa", "aab"], &["a", "aabb"]);
        check("a{2,}", &["aa", "aaaa"], &["a"]);
        check("[^,]+", &["a b"], &["a,b", ""]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[\\w.-]+@[\\w.-]+", &["a.b@c"], &["a b@c"]);
        check("a|", &["a", ""], &["b"]);
        check("(?:ab)+", &["abab"], &["aba"]);
        check("\\$", &["$"], &[""]);
        check(".", &["é"], &["ab"]);
        check("(a*)*b", &["b", "aaab"], &[&"a".repeat(2000)]);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(Pattern::parse(pattern).map(|_| ()), Err(expected.to_owned()), "{pattern}");
        };
        check("(a", "it lacks a `)`");
        check("a)", "it has a `)` too many");
        check("[a", "it lacks a `]`");
        check("*a", "there is nothing before `*` to repeat");
        check("a**", "there is nothing before `*` to repeat");
        check("a{x}", "`{x}` is not a number of times");
        check("a{3,2}", "`{3,2}` is not a number of times");
        check("a{2", "it lacks a `}`");
        check("\\b", "it has the escape `\\b`, which is not known");
        check("a\\", "it ends with a `\\`");
        check("[z-a]", "the range `z-a` runs backwards");
        check("a^b", "`^` stands in the middle: a pattern is always about the whole text");
        check("((a{1000}){1000}){1000}", "it repeats too much");
        check("((){1000}){1000}", "it repeats too much");
        check(&"(".repeat(100), "its groups are nested too deeply");
    }
}
