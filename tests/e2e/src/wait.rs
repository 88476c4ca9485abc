//! Waiting for something to become true, with an end.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait of a test. A busy machine is slow; a wait that ends here has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer. Panics with `what` where none comes.
pub async fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
