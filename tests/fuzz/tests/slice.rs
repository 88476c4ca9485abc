//! CI's slice of every target, and what once failed.

use bridge_fuzz::{TARGETS, found, runner};

#[test]
fn every_target_holds_for_a_slice() {
    let failures = TARGETS.iter().filter_map(|target| {
        let failure = runner::run(target, 1, 300).err()?;
        Some(format!("{}: {failure}", target.name))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_once_failed_holds() {
    let mut failures = Vec::new();
    for (file, target) in found() {
        let name = file.display();
        let target = target.unwrap_or_else(|| panic!("{name} names no target"));
        let input = std::fs::read(&file).unwrap();
        if let Err(said) = runner::attempt(target, &input) {
            failures.push(format!("{name}: {said}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
