//! What is built into the functions.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{assert_none, functions, root};

/// Cargo's output, without the network: what a test needs was fetched to build it.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Packages (`rustls v0.23.1`) and features (`tokio feature "time"`) of a shipped function.
fn tree(function: &str) -> BTreeSet<String> {
    let edges = ["-e", "normal,features", "--prefix", "none"];
    let text = cargo(&[&["tree", "-p", function][..], &edges].concat());
    let lines = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned());
    lines.collect()
}

#[test]
fn functions_hold_no_old_tls_no_test_code_and_no_simulator() {
    const NOT_SHIPPED: [&str; 8] = [
        "bridge feature \"mutants\"",
        "rustls v0.21",
        "hyper v0.14",
        "tokio feature \"test-util\"",
        "bridge-simulators ",
        "bridge-harness ",
        "dynoxide",
        "openssl-sys ",
    ];
    let mut findings = Vec::new();
    for function in functions() {
        let tree = tree(&function);
        assert!(tree.len() > 100, "{function}: {tree:?}");
        assert!(
            tree.iter().any(|line| line.starts_with("rustls v0.23")),
            "{function}"
        );
        for line in tree {
            if NOT_SHIPPED
                .iter()
                .any(|unwanted| line.starts_with(unwanted))
            {
                findings.push(format!("{function}: {line}"));
            }
        }
    }
    assert_none("built into a function", findings);
}

#[test]
fn doors_hold_no_router() {
    let mut findings = Vec::new();
    for door in ["incoming", "agent-events"] {
        let routers = tree(door)
            .into_iter()
            .filter(|line| line.starts_with("axum "));
        findings.extend(routers.map(|line| format!("{door}: {line}")));
    }
    assert_none("built into a door", findings);
}

#[test]
fn folder_package_and_binary_have_one_name() {
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for function in functions() {
        let manifest = root().join("functions").join(&function).join("Cargo.toml");
        let ours = |package: &&Value| {
            package["manifest_path"].as_str().map(Into::into) == Some(manifest.clone())
        };
        let package = packages.iter().find(ours);
        let package = package.unwrap_or_else(|| panic!("{function} is no member of the workspace"));
        assert_eq!(package["name"], function.as_str());
        let targets = package["targets"].as_array().unwrap().iter();
        let binaries: Vec<_> = targets
            .filter(|target| target["kind"][0] == "bin")
            .collect();
        assert_eq!(binaries.len(), 1, "{function}");
        assert_eq!(binaries[0]["name"], function.as_str());
    }
}

#[test]
fn every_package_takes_the_workspaces_lints() {
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let path = package["manifest_path"].as_str().unwrap();
        let manifest = std::fs::read_to_string(path).unwrap();
        if !manifest.contains("[lints]\nworkspace = true") {
            findings.push(package["name"].to_string());
        }
    }
    assert_none("packages without the workspace's lints", findings);
}
