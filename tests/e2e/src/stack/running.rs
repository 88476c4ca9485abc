//! One test, one stack.

use std::time::Duration;

use tokio::task::LocalSet;

use super::{Options, Stack};
use crate::binaries;

/// The longest test.
const LONGEST: Duration = Duration::from_secs(300);

/// Runs `test` with a stack that has one connection, then looks for canaries in its logs.
pub fn run(test: impl AsyncFnOnce(&Stack)) {
    run_with(Options::default(), test);
}

/// The same with other options.
pub fn run_with(options: Options, test: impl AsyncFnOnce(&Stack)) {
    // also the build, which blocks
    binaries::find("incoming");
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let work = async {
            let stack = Stack::start(options).await;
            test(&stack).await;
            stack.close().await;
        };
        let ended = tokio::time::timeout(LONGEST, work).await;
        ended.expect("the test ends in time");
    });
}
