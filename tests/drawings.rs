//! The drawings of the docs are what the command draws now. `UPDATE_DRAWINGS=1 cargo test drawings` draws them again.

use crate::support::Workplace;
use std::fs;
use std::path::{Path, PathBuf};

/// What the drawings show whose name is not that of a system: the environments, by the name of the file. The others show
/// the production of the system they are named after.
const OTHERS: &[(&str, &[&str])] =
    &[("commerce-shared", &["commerce/shared"]), ("push-tooling", &["push/tooling"])];

/// The drawings: for each its path and the environments it shows.
fn drawings() -> Vec<(PathBuf, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/systems");
    let entries = fs::read_dir(folder).expect("the pages of the systems are there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "svg")).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), environments(&path))).collect()
}

fn environments(path: &Path) -> Vec<String> {
    let name = path.file_stem().and_then(|name| name.to_str()).expect("a drawing has a name");
    let other = OTHERS.iter().find(|(other, _)| *other == name);
    other.map_or_else(
        || vec![format!("{name}/production")],
        |(_, environments)| environments.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn drawings_are_what_the_command_draws() {
    let place = Workplace::shipped("drawings");
    let drawings = drawings();
    assert!(drawings.len() >= 2, "{drawings:?}");
    for (path, environments) in drawings {
        let mut words = vec!["graph", "--format", "svg"];
        words.extend(environments.iter().map(String::as_str));
        let told = place.run(&words);
        assert_eq!(told.exit, 0, "{}", told.text);
        if std::env::var_os("UPDATE_DRAWINGS").is_some() {
            fs::write(&path, &told.output).expect("the drawing can be written");
        }
        let drawn = fs::read_to_string(&path).expect("the drawing can be read");
        assert!(
            drawn == told.output,
            "{} is out of date: UPDATE_DRAWINGS=1 cargo test drawings",
            path.display()
        );
    }
}

#[test]
fn every_drawing_is_shown_in_its_page() {
    for (path, _) in drawings() {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a drawing has a name");
        let page = fs::read_to_string(path.with_extension("md"));
        let page = page.unwrap_or_else(|_| panic!("{name} has no page"));
        assert!(page.contains(&format!("]({name})")), "{name} is not shown in its page");
    }
}
