//! What nobody writes here.

use std::path::Path;

use super::source::{Source, production, sources};
use super::{assert_none, root};

const EVERYWHERE: [&str; 4] = ["shared", "functions", "infra", "tests"];

fn shipped() -> Vec<Source> {
    let mut sources = production(&["shared/src", "functions"]);
    sources.retain(|source| source.path.contains("/src/"));
    sources
}

fn without(sources: &[Source], rows: &[&[&str]]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        for row in rows {
            let lines = Source::lines_with(&source.code, row).into_iter();
            findings.extend(lines.map(|line| format!("{}:{line} {}", source.path, row.concat())));
        }
    }
    findings
}

#[test]
fn nothing_is_unsafe() {
    assert_none("unsafe", without(&sources(&EVERYWHERE), &[&["unsafe"]]));
}

#[test]
fn nothing_is_left_to_do_and_nothing_prints_for_debugging() {
    let rows: [&[&str]; 3] = [&["todo", "!"], &["unimplemented", "!"], &["dbg", "!"]];
    assert_none("unfinished", without(&sources(&EVERYWHERE), &rows));
}

#[test]
fn shipped_code_does_not_panic_on_purpose() {
    let rows: [&[&str]; 5] = [
        &[".", "unwrap", "("],
        &[".", "expect", "("],
        &[".", "unwrap_err", "("],
        &[".", "expect_err", "("],
        &["panic", "!"],
    ];
    assert_none("panics", without(&shipped(), &rows));
}

/// What is printed past `tracing` has no level and no filter.
#[test]
fn shipped_code_prints_through_tracing_only() {
    let rows: [&[&str]; 4] = [
        &["println", "!"],
        &["eprintln", "!"],
        &["print", "!"],
        &["eprint", "!"],
    ];
    assert_none("prints", without(&shipped(), &rows));
}

/// `World::sleep` and virtual time. A thread's sleep is always real; `tokio::time::sleep` is
/// virtual in the harness and in a file whose every test pauses its clock. Real processes (`e2e`)
/// are waited for in one place, which ends.
#[test]
fn no_test_waits_in_real_time() {
    let mut findings = Vec::new();
    for source in sources(&["tests", "functions", "shared"]) {
        if !source.is_test() && !source.path.starts_with("tests/") {
            continue;
        }
        let virtual_time = source.path.starts_with("tests/harness/")
            || source.path == "tests/e2e/src/wait.rs"
            || pauses(&source);
        for name in ["sleep", "sleep_until"] {
            let calls = Source::lines_with(&source.words, &[name, "("]);
            let methods = Source::lines_with(&source.words, &[".", name, "("]);
            let own = Source::lines_with(&source.words, &["fn", name, "("]);
            let thread = Source::lines_with(&source.words, &["thread", ":", ":", name]);
            let free = calls.len() - methods.len() - own.len();
            if !thread.is_empty() || (free > 0 && !virtual_time) {
                findings.push(format!("{}: {calls:?}", source.path));
            }
        }
    }
    assert_none("real time", findings);
}

/// Whether every asynchronous test of the file pauses its clock (and there is one).
fn pauses(source: &Source) -> bool {
    let tests = Source::lines_with(&source.words, &["tokio", ":", ":", "test"]);
    let paused = Source::lines_with(&source.words, &["start_paused", "=", "true"]);
    !tests.is_empty() && tests == paused
}

/// The text of every file of ours, with its path.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let top = ["README.md", "CHANGELOG.md", "template.yaml", "Cargo.toml"];
    for name in EVERYWHERE.iter().chain(&[".ci", ".github"]).chain(&top) {
        gather(&root().join(name), &mut texts);
    }
    assert!(texts.len() > 100, "{}", texts.len());
    texts
}

fn gather(path: &Path, texts: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), texts);
        }
    } else if let Ok(text) = std::fs::read_to_string(path) {
        let short = path.strip_prefix(root()).unwrap();
        texts.push((short.to_str().unwrap().to_owned(), text));
    }
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let folders = ["work", "home", "root", "Users", "mnt"].map(|name| format!("/{name}/"));
    let mut findings = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let begins = |at: usize| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || ".-_}/".contains(c))
            };
            let named = |folder: &&String| {
                line.match_indices(folder.as_str())
                    .any(|(at, _)| begins(at))
            };
            findings.extend(
                folders
                    .iter()
                    .find(named)
                    .map(|folder| format!("{path}:{} {folder}", number + 1)),
            );
        }
    }
    assert_none("paths of a machine", findings);
}

/// A document that a comment leads to is there: beside the file, or from the repository's folder.
#[test]
fn documents_that_are_named_exist() {
    let mut findings = Vec::new();
    for (path, text) in texts() {
        let beside = root().join(&path).parent().unwrap().to_owned();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-./:".contains(c)));
        for word in words.filter(|word| word.len() > 3 && word.contains(".md")) {
            let word = word.trim_end_matches(['.', ':']);
            let local = word.ends_with(".md") && !word.contains("://");
            if local && !beside.join(word).exists() && !root().join(word).exists() {
                findings.push(format!("{path} names {word}"));
            }
        }
    }
    assert_none("documents that are not here", findings);
}
