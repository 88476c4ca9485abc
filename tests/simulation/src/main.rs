//! Plays histories and prints what they showed; the last line is JSON.

use bridge_simulation::{ears, generate, run};
use clap::Parser;
use std::time::Instant;

/// Simulated histories of the bridge.
#[derive(Parser)]
struct Options {
    /// How many histories.
    #[arg(long, default_value_t = 1)]
    histories: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() {
    let options = Options::parse();
    ears::open();
    let begin = Instant::now();
    let mut bad = 0;
    let mut kinds = std::collections::BTreeMap::new();
    let mut calls = Vec::new();
    for seed in options.seed..options.seed + options.histories {
        let history = generate::history(seed);
        let t = Instant::now();
        if std::env::var("V").is_ok() { eprintln!("{seed} {history:?}"); }
        let (verdict, _trace) = run(&history);
        if t.elapsed().as_millis() > 500 { println!("seed {seed} slow {:?} {} calls", t.elapsed(), verdict.calls); }
        calls.push(verdict.calls);
        if !verdict.violations.is_empty() {
            bad += 1;
            for v in &verdict.violations {
                *kinds.entry((v.invariant, v.kind)).or_insert(0) += 1;
            }
            if bad <= 15 {
                println!("seed {seed}: {:?}", verdict.violations.iter().take(3).collect::<Vec<_>>());
            }
        }
        if options.histories == 1 { println!("{history:#?}\n{verdict:#?}"); }
    }
    calls.sort_unstable();
    println!("bad {bad} {kinds:?}; median calls {} {:.0}/s", calls[calls.len() / 2], options.histories as f64 / begin.elapsed().as_secs_f64());
}
