//! Every variable that is read is set in `template.yaml`, and the reverse.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, production};
use super::template::Template;
use super::{assert_none, functions};

type Names = BTreeSet<String>;

/// The names in the calls `required("…")` and `optional("…")` of a file.
fn read_by(source: &Source) -> Names {
    let mut names = Names::new();
    for row in source.code.windows(3) {
        let [call, open, name] = row else { continue };
        if matches!(call.text.as_str(), "required" | "optional") && open.text == "(" {
            let name: Option<syn::LitStr> = syn::parse_str(&name.text).ok();
            names.extend(name.map(|name| name.value()));
        }
    }
    names
}

/// Who in `shared` reads the environment, and what. Lambda sets `AWS_…` itself (an endpoint of
/// one's own is for the local run).
fn shared_readers() -> BTreeMap<String, Names> {
    let sources = production(&["shared/src"]).into_iter();
    let read = sources.map(|source| (source.path.clone(), read_by(&source)));
    let mut readers: BTreeMap<_, _> = read.filter(|(_, names)| !names.is_empty()).collect();
    for names in readers.values_mut() {
        names.retain(|name| !name.starts_with("AWS_"));
    }
    readers
}

/// The files of `shared` whose variables a function reads by naming `path`.
fn reads_through(path: &[String]) -> &'static [&'static str] {
    let tail: Vec<&str> = path.iter().rev().take(2).map(String::as_str).collect();
    match tail[..] {
        ["from_env" | "from_env_with", "App"] => &["shared/src/app.rs", "shared/src/config.rs"],
        ["from_env", "Config"] => &["shared/src/config.rs"],
        ["from_env" | "from_env_with", "Aws"] => &["shared/src/app.rs"],
        ["start" | "start_at", "telemetry"] => &["shared/src/telemetry.rs"],
        _ => &[],
    }
}

/// What a function reads: its own calls, and those it reaches through `shared`.
fn read_in(function: &str) -> Names {
    let readers = shared_readers();
    let mut names = Names::new();
    for source in production(&[&format!("functions/{function}/src")]) {
        names.extend(read_by(&source));
        for path in source.paths() {
            let files = reads_through(&path.segments).iter();
            names.extend(files.flat_map(|file| readers.get(*file).cloned().unwrap_or_default()));
        }
    }
    names
}

fn set_for(function: &str, template: &Template) -> Names {
    let variables = template.variables(template.function(function));
    variables.into_iter().collect()
}

#[test]
fn only_three_files_of_shared_read_the_environment() {
    let readers: Vec<String> = shared_readers().into_keys().collect();
    let known = ["app", "config", "telemetry"].map(|name| format!("shared/src/{name}.rs"));
    assert_eq!(readers, known, "tell `reads_through` who reaches it");
}

#[test]
fn variables_are_read_by_their_literal_name_through_config() {
    let mut findings = Vec::new();
    for source in production(&["shared/src", "functions"]) {
        if source.path == "shared/src/config.rs" {
            continue;
        }
        for path in source.paths() {
            let direct = path
                .segments
                .windows(2)
                .any(|pair| pair[0] == "env" && pair[1] == "var");
            if direct || path.segments.last().is_some_and(|last| last == "var_os") {
                findings.push(format!("{}:{} reads past config", source.path, path.line));
            }
        }
        for row in source.code.windows(3) {
            let call = matches!(row[0].text.as_str(), "required" | "optional");
            if call && row[1].text == "(" && !row[2].text.starts_with('"') {
                findings.push(format!("{}:{} without a literal", source.path, row[0].line));
            }
        }
    }
    assert_none("environment", findings);
}

#[test]
fn every_variable_that_a_function_reads_is_set_for_it() {
    let template = Template::read();
    let mut findings = Vec::new();
    for function in functions() {
        let (read, set) = (read_in(&function), set_for(&function, &template));
        assert!(
            read.contains("LOG_LEVEL") && read.len() > 3,
            "{function}: {read:?}"
        );
        let absent = read.difference(&set);
        findings.extend(absent.map(|name| format!("{function} is not given {name}")));
    }
    assert_none("template.yaml", findings);
}

#[test]
fn no_variable_is_set_that_the_function_does_not_read() {
    let template = Template::read();
    let mut findings = Vec::new();
    for function in functions() {
        let (read, set) = (read_in(&function), set_for(&function, &template));
        let idle = set.difference(&read);
        findings.extend(idle.map(|name| format!("{function} does not read {name}")));
    }
    assert_none("template.yaml", findings);
}
