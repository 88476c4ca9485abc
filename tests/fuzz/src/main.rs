//! Runs the fuzz targets on stable. The last line is JSON.
//!
//! `cargo run --profile sim -p bridge-fuzz -- --runs 20000 --seed 1 [--target webhook] [--input FILE]`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bridge_fuzz::{TARGETS, Target, find, runner, target_of};
use clap::Parser;
use serde_json::{Map, json};

/// Hostile inputs, made of the fixtures by mutation.
#[derive(Parser)]
struct Arguments {
    /// Inputs per target.
    #[arg(long, default_value_t = 20_000)]
    runs: u64,
    /// The same seed gives the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// This target only.
    #[arg(long)]
    target: Option<String>,
    /// Replays one input; the target may stand in front of the file's name.
    #[arg(long)]
    input: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let named = arguments.target.as_deref().map(find);
    if let Some(None) = named {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("no such target; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let target = named.flatten();
    match &arguments.input {
        Some(file) => replay(file, target.or_else(|| target_of(file))),
        None => run(&arguments, target),
    }
}

fn run(arguments: &Arguments, only: Option<&'static Target>) -> ExitCode {
    let mut targets = Map::new();
    let mut failures = 0;
    for target in TARGETS {
        if only.is_some_and(|only| only.name != target.name) {
            continue;
        }
        if let Err(failure) = runner::run(target, arguments.seed, arguments.runs) {
            println!("{}: {failure}", target.name);
            failures += 1;
        }
        targets.insert(target.name.to_owned(), json!(arguments.runs));
    }
    println!(
        "{}",
        json!({ "runs": arguments.runs, "targets": targets, "failures": failures })
    );
    exit(failures)
}

fn replay(file: &Path, target: Option<&'static Target>) -> ExitCode {
    let (Some(target), Ok(input)) = (target, std::fs::read(file)) else {
        eprintln!("the file cannot be read, or --target is missing");
        return ExitCode::from(2);
    };
    let outcome = runner::attempt(target, &input);
    if let Err(said) = &outcome {
        println!("{}: {said}", target.name);
    }
    let failures = u8::from(outcome.is_err());
    println!(
        "{}",
        json!({ "runs": 1, "targets": { target.name: 1 }, "failures": failures })
    );
    exit(failures)
}

fn exit(failures: u8) -> ExitCode {
    ExitCode::from(u8::from(failures > 0))
}
