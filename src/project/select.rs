//! Which environments the words of a command line mean.

use crate::model::nearest::nearest;
use crate::project::ProjectError;

/// The names that words mean: names, folders of them; all when there are no words.
pub fn select(known: &[String], words: &[String]) -> Result<Vec<String>, ProjectError> {
    if words.is_empty() {
        return Ok(known.to_vec());
    }
    let mut selected: Vec<String> = Vec::new();
    for word in words {
        let name = cleaned(word);
        let below = format!("{name}/");
        let found =
            known.iter().filter(|known| **known == name || known.starts_with(&below) || name.is_empty());
        let before = selected.len();
        let mut any = false;
        for one in found {
            any = true;
            if !selected.contains(one) {
                selected.push(one.clone());
            }
        }
        if !any {
            debug_assert_eq!(before, selected.len());
            return Err(unknown(word, &name, known));
        }
    }
    Ok(selected)
}

/// People complete paths with the shell: `environments/quiz/dev.yaml` and `quiz/` mean what they should.
fn cleaned(word: &str) -> String {
    let word = word.strip_prefix("./").unwrap_or(word);
    let word = word.strip_prefix("environments/").unwrap_or(word);
    let word = word.strip_suffix(".yaml").or_else(|| word.strip_suffix(".yml")).unwrap_or(word);
    word.trim_end_matches('/').to_owned()
}

fn unknown(word: &str, name: &str, known: &[String]) -> ProjectError {
    let folders = known.iter().filter_map(|known| known.rsplit_once('/')).map(|(folder, _)| folder);
    let mut candidates: Vec<&str> = known.iter().map(String::as_str).chain(folders).collect();
    candidates.dedup();
    let mut near: Vec<String> = nearest(name, candidates).map(str::to_owned).into_iter().collect();
    // `dev` most likely means one of the environments of that name.
    let ending = format!("/{name}");
    near.extend(known.iter().filter(|known| known.ends_with(&ending)).cloned());
    near.dedup();
    ProjectError::NoSuchEnvironment { name: word.to_owned(), near, known: known.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_environments() {
        let known: Vec<String> = ["quiz/dev", "quiz/staging", "shared"].map(str::to_owned).to_vec();
        let check = |words: &[&str], expected: &str| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let told = match select(&known, &words) {
                Ok(names) => names.join(" "),
                Err(ProjectError::NoSuchEnvironment { near, .. }) => format!("near {}", near.join(" ")),
                Err(other) => other.to_string(),
            };
            assert_eq!(told, expected, "{words:?}");
        };
        check(&[], "quiz/dev quiz/staging shared");
        check(&["quiz"], "quiz/dev quiz/staging");
        check(&["shared", "quiz/dev"], "shared quiz/dev");
        check(&["quiz/dev", "quiz/"], "quiz/dev quiz/staging");
        check(&["environments/quiz/dev.yaml"], "quiz/dev");
        check(&["quiz/dve"], "near quiz/dev");
        check(&["quizz"], "near quiz");
        check(&["dev"], "near quiz/dev");
        check(&["nothing"], "near ");
    }
}
