//! What the functions wrote to standard output and standard error.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// All lines of all functions; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<(String, String)>>>);

impl Logs {
    /// Reads a stream to its end.
    pub async fn collect(self, function: String, stream: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let line = String::from_utf8_lossy(&line).into_owned();
            self.lock().push((function.clone(), line));
        }
    }

    /// The lines of one function.
    pub fn of(&self, function: &str) -> Vec<String> {
        let lines = self.lock();
        let lines = lines.iter().filter(|(name, _)| name == function);
        lines.map(|(_, line)| line.clone()).collect()
    }

    /// Panics where a line holds one of `canaries`. The message names the function and the
    /// canary's place in the list, and shows the line.
    pub fn assert_none(&self, canaries: &[String]) {
        for (function, line) in self.lock().iter() {
            for (n, canary) in canaries.iter().enumerate() {
                let holds = canary.len() > 3 && line.contains(canary.as_str());
                assert!(
                    !holds,
                    "canary {n} ({canary}) in a line of {function}: {line}"
                );
            }
        }
    }

    /// Panics where a line is not a JSON object, as the functions' log format says.
    pub fn assert_json(&self) {
        for (function, line) in self.lock().iter() {
            let parsed = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(line);
            assert!(
                parsed.is_ok(),
                "{function} wrote a line that is not JSON: {line}"
            );
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
