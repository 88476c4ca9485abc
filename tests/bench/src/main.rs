//! Measures the functions' binaries in `$BRIDGE_BIN_DIR` on this machine: start, first and warm
//! response, memory, size. Prints a Markdown table, and the same as JSON on the last line.
//!
//! `BRIDGE_BIN_DIR=target/release cargo run -p bridge-bench [function …]`

#![allow(clippy::expect_used, clippy::print_stdout)]

mod figures;
mod work;

use bridge_e2e::{Options, Stack};
use bridge_simulators::whatsapp;
use figures::{Figures, table};
use work::Work;

/// What is measured where nothing is named.
const USUAL: [&str; 4] = ["incoming", "agent-events", "to-rocketchat", "to-whatsapp"];
/// Processes that are started for the median.
const STARTS: usize = 20;
/// Warm calls.
const CALLS: usize = 200;

fn main() {
    assert!(
        std::env::var_os("BRIDGE_BIN_DIR").is_some(),
        "BRIDGE_BIN_DIR names the folder with the release binaries"
    );
    let named: Vec<String> = std::env::args().skip(1).collect();
    let mut names: Vec<&str> = named.iter().map(String::as_str).collect();
    if names.is_empty() {
        names = USUAL.to_vec();
    }
    let options = Options {
        log_level: "info",
        rate_limiter: false,
        whatsapp: whatsapp::Options {
            pair_limit: false,
            throughput: 1_000_000,
            statuses: false,
            ..Options::default().whatsapp
        },
        ..Options::default()
    };
    bridge_e2e::run_with(options, async |stack: &Stack| {
        let work = Work::prepare(stack).await;
        let mut all = Vec::new();
        for name in names {
            all.push(measure(&work, name).await);
        }
        println!("{}", table(&all));
        let json: Vec<_> = all.iter().map(Figures::json).collect();
        println!("{}", serde_json::Value::from(json));
    });
}

async fn measure(work: &Work<'_>, name: &str) -> Figures {
    let function = work.stack.of(name);
    let mut figures = Figures::of(name);
    for _ in 0..STARTS {
        let call = work.next(name).await;
        function.kill().await;
        let start = std::time::Instant::now();
        figures.init.push(function.spawn().await);
        work.invoke(name, call).await;
        figures.first.push(start.elapsed());
    }
    for _ in 0..CALLS {
        let call = work.next(name).await;
        figures.warm.push(work.invoke(name, call).await);
    }
    figures.rss_kb = function.pid().and_then(figures::rss_kb);
    figures
}
