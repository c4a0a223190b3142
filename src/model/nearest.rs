//! The name somebody may have meant: for suggestions in messages.

/// The known name that is nearest to a word, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|name| name.len() <= 200 && *name != word)
        .map(|name| (distance(&word.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(200).collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut least = (last[column] + usize::from(letter != other)).min(last[column + 1] + 1);
            least = least.min(line[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                least = least.min(before_last[column - 1] + 1);
            }
            line.push(least);
        }
        before_last = std::mem::replace(&mut last, line);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let check = |word: &str, expected: Option<&str>| {
            let known = ["template", "parameters", "regions", "id", "Vpc"];
            assert_eq!(nearest(word, known), expected, "{word}");
        };
        check("templte", Some("template"));
        check("tempalte", Some("template"));
        check("Parameters", Some("parameters"));
        check("parametrs", Some("parameters"));
        check("ids", Some("id"));
        check("vpc", Some("Vpc"));
        check("something", None);
        check("", None);
    }
}
