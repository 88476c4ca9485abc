//! Where the binaries are: in `$BRIDGE_BIN_DIR`, or built here and now.
//!
//! Cargo tells a package only its own binaries, so they are built by a cargo inside the test, with
//! the selection of `cargo test --workspace`. After that command every library is fresh and only
//! the binaries are linked (`-p <name>` would select other features and compile 51 libraries
//! again). A workspace build unifies features, so these are not the shipped binaries: CI tests
//! those, built per package, through `$BRIDGE_BIN_DIR`.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The function's binary.
pub fn find(name: &str) -> PathBuf {
    if let Some(folder) = env::var_os("BRIDGE_BIN_DIR") {
        let folder = PathBuf::from(folder);
        // `sam build` makes a folder for each function
        let candidates = [folder.join(name), folder.join(name).join("bootstrap")];
        let found = candidates.into_iter().find(|path| path.is_file());
        return found.unwrap_or_else(|| panic!("{name} is not in $BRIDGE_BIN_DIR"));
    }
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    let path = built.get(name).cloned();
    path.unwrap_or_else(|| panic!("cargo did not build {name}"))
}

/// The path of each binary of the workspace.
fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--workspace", "--bins", "--tests", "--quiet"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit());
    // what the outer cargo says about this package is not meant for the others
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "the binaries do not build");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    messages.filter_map(|message| binary(&message)).collect()
}

/// Name and path out of a message of cargo, if it is about a binary (not its unit tests).
fn binary(message: &Value) -> Option<(String, PathBuf)> {
    let is_binary = message["target"]["kind"][0] == "bin" && message["profile"]["test"] == false;
    let path = message["executable"].as_str().filter(|_| is_binary)?;
    let name = message["target"]["name"].as_str()?;
    Some((name.to_owned(), path.into()))
}
