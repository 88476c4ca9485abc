//! README.md says what is there.

use super::{assert_none, functions, root};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md")
}

#[test]
fn readme_names_the_two_commands() {
    let readme = readme();
    for command in ["cargo run", "cargo test --workspace"] {
        assert!(
            readme.contains(command),
            "README.md does not name `{command}`"
        );
    }
}

#[test]
fn readme_has_every_function_in_its_table() {
    let readme = readme();
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.trim_start().starts_with('|'))
        .collect();
    let absent = functions().into_iter().filter(|function| {
        let spelled = [
            format!("`{function}`"),
            format!("[{function}]"),
            format!("functions/{function}"),
        ];
        !rows
            .iter()
            .any(|row| spelled.iter().any(|name| row.contains(name.as_str())))
    });
    assert_none(
        "functions without a row in README.md's table",
        absent.collect(),
    );
}
