//! Hostile inputs for everything that reads what strangers wrote. A [`Target`] takes any bytes,
//! runs our code on them and asserts what that code promises.
//!
//! On stable, deterministic; the long run is the same command with more runs:
//! `cargo run --profile sim -p bridge-fuzz -- --runs 20000 --seed 1 [--target webhook]`
//!
//! One input again: `cargo run -p bridge-fuzz -- --target webhook --input FILE`. An input that
//! once failed belongs into `found/`, named `<target>-<hash>`: a test replays it for ever.
//!
//! With libFuzzer, from this folder (nightly toolchain and cargo-fuzz; the corpus of the
//! fixtures helps it into the JSON):
//! `cargo +nightly fuzz run webhook --target-dir ../../target/libfuzzer fuzz/corpus/webhook ../fixtures/whatsapp`

#![allow(clippy::expect_used)]

mod cutting;
mod hostile;
mod mutate;
pub mod runner;
mod targets;

use std::path::{Path, PathBuf};

/// Something that takes any bytes.
pub struct Target {
    /// Its name on the command line and in the names of kept inputs.
    pub name: &'static str,
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Runs our code on an input; panics where a promise does not hold.
    pub check: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    targets::webhook::TARGET,
    targets::agent_events::TARGET,
    targets::markup::TARGET,
    targets::split::TARGET,
    targets::template::TARGET,
    targets::queue::TARGET,
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The target that a kept input's name begins with: `<target>-<hash>`.
pub fn target_of(file: &Path) -> Option<&'static Target> {
    find(file.file_name()?.to_str()?.rsplit_once('-')?.0)
}

/// Runs the target of this name on an input: the way in for libFuzzer.
pub fn check(name: &str, input: &[u8]) {
    let target = find(name).expect("a target of this name");
    (target.check)(input);
}

/// Inputs that once failed, with the targets that they failed, sorted by name.
pub fn found() -> Vec<(PathBuf, Option<&'static Target>)> {
    let files = files(&here().join("found")).into_iter();
    files
        .map(|file| {
            let target = target_of(&file);
            (file, target)
        })
        .collect()
}

/// The bodies in `tests/fixtures/<folder>`, sorted by name.
fn fixtures(folder: &str) -> Vec<Vec<u8>> {
    let files = files(&here().join("../fixtures").join(folder)).into_iter();
    let bodies: Vec<_> = files
        .map(|file| std::fs::read(file).expect("a fixture"))
        .collect();
    assert!(!bodies.is_empty(), "no fixtures in {folder}");
    bodies
}

/// The files of a folder in the order of their names; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// This package's folder, where cargo runs it (it may have moved since the build).
fn here() -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR").ok();
    // libFuzzer's package sets its own folder: that one has no `found` and no fixtures beside it
    let here = here.filter(|here| Path::new(here).ends_with("tests/fuzz"));
    here.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}
