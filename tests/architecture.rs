//! The law of the house: who may name whom, who may use which outside crate, and how large files may grow.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// For each module, the modules of ours that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("parallel", &[]),
    ("template", &["model"]),
    ("registry", &["model"]),
    ("graph", &["model", "template", "registry"]),
    ("check", &["model", "parallel", "template", "registry", "graph"]),
    ("policy", &["model", "parallel", "template"]),
    ("compare", &["model", "template", "registry", "graph"]),
    ("cloudformation", &["model"]),
    ("plan", &["model", "template", "registry", "graph", "cloudformation"]),
    ("deployment", &["model", "template", "graph", "plan", "cloudformation"]),
    ("project", &["model", "parallel", "template"]),
    ("aws", &["model", "cloudformation"]),
    (
        "view",
        &["model", "template", "registry", "graph", "check", "compare", "plan", "deployment", "project"],
    ),
    ("failure", &["cloudformation", "project", "plan", "deployment", "aws", "sandbox", "model"]),
    (
        "commands",
        &[
            "model",
            "template",
            "registry",
            "graph",
            "check",
            "policy",
            "compare",
            "cloudformation",
            "plan",
            "deployment",
            "project",
            "aws",
            "view",
            "failure",
            "sandbox",
        ],
    ),
    ("sandbox", &["registry"]),
];

/// For each outside crate that has an owner, the only modules that may name it.
const OWNED: &[(&str, &[&str])] = &[
    ("minijinja", &["template"]),
    ("granit_parser", &["template", "sandbox"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_sdk_cloudformation", &["aws"]),
    ("aws_sdk_sts", &["aws"]),
    ("aws_sigv4", &["aws"]),
    ("aws_smithy_async", &["aws"]),
    ("aws_smithy_runtime", &["aws"]),
    ("aws_smithy_runtime_api", &["aws"]),
    ("aws_smithy_types", &["aws"]),
    ("annotate_snippets", &["view"]),
    ("anstyle", &["view"]),
    ("indicatif", &["view"]),
    ("cfn_guard", &["policy"]),
    ("clap", &["commands"]),
    ("clap_complete", &["commands"]),
    ("hyper", &["sandbox", "aws"]),
    ("hyper_util", &["sandbox"]),
    ("std::fs", &["project", "sandbox"]),
    ("std::env", &["aws"]),
    ("console", &["view"]),
    ("io::stdout", &["view"]),
    ("io::stderr", &["view"]),
];

/// Lines of a file, without its tests.
const LONGEST_FILE: usize = 400;

fn source_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source tree is readable") {
        let path = entry.expect("the source tree is readable").path();
        if path.is_dir() {
            source_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

/// Every source file with the top module it belongs to and its text without tests and comments.
fn modules() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
        let module = name.split('/').next().unwrap_or("").trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).expect("a source file is readable");
        let code = text.split("\n#[cfg(test)]").next().unwrap_or("").to_owned();
        (module, name, code)
    };
    let is_law_abiding = |module: &str, name: &str| {
        let for_tests = name.contains("/tests/")
            || ["tests.rs", "testing.rs", "examples.rs"].iter().any(|end| name.ends_with(end));
        module != "main" && module != "lib" && !for_tests
    };
    files.into_iter().map(read).filter(|(module, name, _)| is_law_abiding(module, name)).collect()
}

fn without_comments(code: &str) -> String {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The words that follow `prefix` in a text, such as the modules that follow `crate::`.
fn named_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let end_of_word = |rest: &str| {
        rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
    };
    text.match_indices(prefix)
        .map(|(at, _)| &text[at + prefix.len()..])
        .map(|rest| &rest[..end_of_word(rest)])
        .collect()
}

fn names_path(code: &str, path: &str) -> bool {
    let start = |at: usize| {
        !code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':')
    };
    let end = |at: usize| {
        !code[at + path.len()..].starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
    };
    let anywhere = code.match_indices(path).any(|(at, _)| start(at) && end(at));
    anywhere
        && (path.contains("::")
            || code.contains(&format!("{path}::"))
            || code.contains(&format!("use {path}")))
}

#[test]
fn modules_name_only_what_lies_below_them() {
    let law: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    let mut broken = Vec::new();
    for (module, file, code) in modules() {
        let Some(allowed) = law.get(module.as_str()) else {
            broken.push(format!("{file}: module `{module}` is not in the table"));
            continue;
        };
        let code = without_comments(&code);
        for named in named_after(&code, "crate::") {
            if law.contains_key(named) && named != module && !allowed.contains(&named) {
                broken.push(format!("{file}: `{module}` may not name `{named}`"));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_sandbox_gives_out_only_its_start_to_commands() {
    let allowed = ["start", "Options", "Running", "Speed", "Error", "StartError"];
    for (module, file, code) in modules() {
        if module != "sandbox" {
            for named in named_after(&without_comments(&code), "crate::sandbox::") {
                assert!(named.is_empty() || allowed.contains(&named), "{file} names `sandbox::{named}`");
            }
        }
    }
}

#[test]
fn outside_crates_have_owners() {
    let mut broken = Vec::new();
    for (module, file, code) in modules() {
        let code = without_comments(&code);
        for (outside, owners) in OWNED {
            if names_path(&code, outside) && !owners.contains(&module.as_str()) {
                broken.push(format!("{file}: `{outside}` belongs to {owners:?}"));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn files_stay_readable_in_one_sitting() {
    let mut broken = Vec::new();
    for (_, file, code) in modules() {
        let lines = code.lines().count();
        if lines > LONGEST_FILE {
            broken.push(format!("{file}: {lines} lines, at most {LONGEST_FILE}"));
        }
        if !code.starts_with("//!") {
            broken.push(format!("{file}: does not open with what it is for"));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn main_is_short() {
    let text = include_str!("../src/main.rs");
    assert!(text.lines().count() <= 40, "main.rs: process in, exit code out");
}
