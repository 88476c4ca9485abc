//! Histories that once broke an invariant, as small as they could be made.

use bridge_simulation::history::History;
use bridge_simulation::{ears, run};

#[test]
fn what_once_broke_holds() {
    ears::open();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let history: History = serde_json::from_str(&text).unwrap();
        let (verdict, _) = run(&history);
        assert!(verdict.violations.is_empty(), "{file:?}: {verdict:?}");
    }
}
