//! `docs/sandbox-proof.md` says which test proves what is known of AWS. This proves that those tests exist, and that every
//! operation of AWS's model is asked by one of them.

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

/// The name of an operation as the SDK calls it.
fn method(operation: &str) -> String {
    let mut name = String::new();
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[test]
fn every_operation_of_the_model_is_asked_by_a_contract_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model =
        fs::read_to_string(root.join("src/sandbox/model/requests.json")).expect("the model can be read");
    let model: serde_json::Value = serde_json::from_str(&model).expect("the model is JSON");
    let operations = model["operations"].as_object().expect("it has operations");
    assert!(operations.len() > 90, "the model has only {} operations", operations.len());
    let mut asked = String::new();
    for entry in fs::read_dir(root.join("tests/contract")).expect("the folder can be read") {
        asked +=
            &fs::read_to_string(entry.expect("the entry can be read").path()).expect("the file can be read");
    }
    let by_sdk = |name: &str| asked.contains(&format!(".{}()", method(name)));
    let by_hand = |name: &str| asked.contains(&format!("Action={name}&"));
    let missing: Vec<&String> = operations.keys().filter(|name| !by_sdk(name) && !by_hand(name)).collect();
    assert!(missing.is_empty(), "no contract test asks {missing:?}");
}
