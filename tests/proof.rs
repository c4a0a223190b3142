//! `docs/sandbox-proof.md` says which test proves what is known of AWS. This proves that those tests exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every test beneath a folder as `module::name`: the module is the file's stem, or the folder of a `mod.rs`.
fn tests_of(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            tests_of(&path, found);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let named = if path.ends_with("mod.rs") { folder } else { &path };
        let module = named.file_stem().and_then(|stem| stem.to_str()).expect("a file has a name");
        let text = fs::read_to_string(&path).expect("the file can be read");
        let mut marked = false;
        for line in text.lines().map(str::trim_start) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                marked = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                found.insert(format!("{module}::{name}"));
                marked = false;
            }
        }
    }
}

#[test]
fn every_test_that_the_proof_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    tests_of(&root.join("tests"), &mut known);
    tests_of(&root.join("src/sandbox"), &mut known);
    let proof = fs::read_to_string(root.join("docs/sandbox-proof.md")).expect("the proof can be read");
    let rows = proof.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Statement |"));
    let mut named = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let open = tests.strip_prefix("– ").is_some_and(|why| !why.is_empty());
        assert!(open || tests.contains("::"), "neither a test nor a word why there is none:\n{row}");
        for name in tests.split('`').filter(|part| part.contains("::")) {
            assert!(known.contains(name), "no test is called `{name}`:\n{row}");
            named += 1;
        }
    }
    assert!(named > 150, "the proof names only {named} tests");
}
