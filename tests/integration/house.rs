//! The contract of the house: what holds for the whole repository and no compiler checks.
//!
//! One file per theme; [`source`] reads our Rust files, [`template`] reads `template.yaml`.

mod arrows;
mod budgets;
mod dependencies;
mod environment;
mod manners;
mod readme;
mod source;
mod stack;
mod template;

use std::path::{Path, PathBuf};

/// The repository's folder, where cargo runs the test (it may have moved since the build).
fn root() -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR");
    let here = here.unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&here).ancestors().nth(2).unwrap().to_owned()
}

/// The functions' folders, sorted.
fn functions() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("functions")).unwrap();
    let mut names: Vec<String> = folders
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Fails with every finding on a line of its own.
fn assert_none(rule: &str, mut findings: Vec<String>) {
    findings.sort();
    findings.dedup();
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
