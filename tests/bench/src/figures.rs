//! What was measured of one function.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use bridge_e2e::binaries;
use serde_json::{Value, json};

/// The figures of one function.
#[derive(Debug, Default)]
pub struct Figures {
    name: String,
    /// Spawn to the first `/next`.
    pub init: Vec<Duration>,
    /// Spawn to the first response.
    pub first: Vec<Duration>,
    /// Warm calls.
    pub warm: Vec<Duration>,
    /// Resident memory after the last call.
    pub rss_kb: Option<u64>,
    bytes: u64,
    zip_bytes: Option<usize>,
}

impl Figures {
    /// Nothing but the sizes.
    pub fn of(name: &str) -> Self {
        let path = binaries::find(name);
        let zip = Command::new("zip")
            .args(["-q", "-9", "-j", "-"])
            .arg(&path)
            .stderr(Stdio::null())
            .output();
        Self {
            name: name.to_owned(),
            bytes: fs::metadata(&path).expect("the binary").len(),
            zip_bytes: zip.ok().map(|zip| zip.stdout.len()).filter(|len| *len > 0),
            ..Self::default()
        }
    }

    /// The figures in milliseconds and bytes.
    pub fn json(&self) -> Value {
        json!({
            "function": self.name,
            "init_ms": quantile(&self.init, 50),
            "first_response_ms": quantile(&self.first, 50),
            "warm_p50_ms": quantile(&self.warm, 50),
            "warm_p99_ms": quantile(&self.warm, 99),
            "rss_kb": self.rss_kb,
            "binary_bytes": self.bytes,
            "zip_bytes": self.zip_bytes,
        })
    }

    fn row(&self) -> String {
        let mb = |bytes: Option<f64>| {
            bytes.map_or_else(|| "?".to_owned(), |bytes| format!("{:.2}", bytes / 1e6))
        };
        format!(
            "| `{}` | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {} |",
            self.name,
            quantile(&self.init, 50),
            quantile(&self.first, 50),
            quantile(&self.warm, 50),
            quantile(&self.warm, 99),
            mb(self.rss_kb.map(|kb| kb as f64 * 1024.0)),
            mb(Some(self.bytes as f64)),
            mb(self.zip_bytes.map(|bytes| bytes as f64)),
        )
    }
}

/// All figures as a Markdown table.
pub fn table(all: &[Figures]) -> String {
    let mut lines = vec![
        "| function | init ms | first response ms | warm p50 ms | warm p99 ms | RSS MB | binary MB \
         | zip MB |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(all.iter().map(Figures::row));
    lines.join("\n")
}

/// The value below which `percent` of all values are, in milliseconds (nearest rank).
fn quantile(values: &[Duration], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let value = sorted.get(rank - 1).copied().unwrap_or_default();
    (value.as_secs_f64() * 1e5).round() / 1e2
}

/// Resident memory of a process (Linux).
pub fn rss_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
