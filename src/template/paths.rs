//! Which file a path in a template means. Nothing outside `templates/` can be meant.

use crate::template::render::Files;

/// The folder that templates may read from.
const ROOT: &str = "templates";

/// The path from the project's root that `name` means in the file `parent`: from the folder of the parent, or, where
/// there is no such file, from `templates/`. An error is a fragment that says why there is none.
pub(super) fn resolve(parent: &str, name: &str, files: &dyn Files) -> Result<String, String> {
    if name.is_empty() || name.starts_with(['/', '~']) || name.contains(['\\', '\0']) || name.contains("://")
    {
        return Err(format!(
            "`{name}` is no path inside `templates/`: write it relative to the file, with `/`"
        ));
    }
    let folder = parent.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = normalised(folder, name);
    let below_root = normalised(ROOT, name);
    let escapes = || format!("`{name}` leaves the folder `templates/`");
    let candidates = [beside, below_root];
    let inside: Vec<&String> = candidates.iter().flatten().filter(|path| is_inside(path)).collect();
    let first = inside.first().ok_or_else(escapes)?;
    Ok(inside.iter().find(|path| files.read(path).is_ok()).unwrap_or(first).to_string())
}

fn is_inside(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder and a relative path as one path without `.` and `..`; none when it leaves the project.
fn normalised(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Source;
    use std::sync::Arc;

    struct Only(&'static [&'static str]);

    impl Files for Only {
        fn read(&self, path: &str) -> Result<Arc<Source>, String> {
            match self.0.contains(&path) {
                true => Ok(Arc::new(Source { path: path.to_owned(), text: String::new() })),
                false => Err("no such file".to_owned()),
            }
        }
    }

    #[test]
    fn paths_stay_inside() {
        let files = Only(&["templates/quiz/a.yaml", "templates/shared/b.yaml"]);
        let check = |parent: &str, name: &str, expected: Option<&str>| {
            assert_eq!(resolve(parent, name, &files).ok().as_deref(), expected, "{name}");
        };
        check("templates/quiz/x.yaml", "a.yaml", Some("templates/quiz/a.yaml"));
        check("templates/quiz/x.yaml", "./a.yaml", Some("templates/quiz/a.yaml"));
        check("templates/quiz/x.yaml", "../shared/b.yaml", Some("templates/shared/b.yaml"));
        check("templates/quiz/x.yaml", "shared/b.yaml", Some("templates/shared/b.yaml"));
        check("templates/quiz/x.yaml", "missing.yaml", Some("templates/quiz/missing.yaml"));
        check("environments/quiz/dev.yaml", "shared/b.yaml", Some("templates/shared/b.yaml"));
        for name in [
            "../../formwork.yaml",
            "../../../etc/passwd",
            "/etc/passwd",
            "~/x",
            "",
            "a\\b",
            "../../../../../../x",
        ] {
            check("templates/quiz/x.yaml", name, None);
        }
    }
}
