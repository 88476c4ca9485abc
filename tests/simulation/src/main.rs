//! Plays histories, hunts mutants, enumerates faults, and prints what was shown; the last line is
//! JSON. Exits 1 on any violation.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::process::ExitCode;

use bridge_simulation::ears;
use clap::Parser;

mod report;

/// The global allocator: histories are made of many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulated histories of the bridge: faults at every call, invariants checked.
#[derive(Parser)]
struct Options {
    /// How many histories. One alone is printed as it is played.
    #[arg(long, default_value_t = 1)]
    histories: u64,
    /// The first seed; a failing one is replayed with it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plays every history twice and compares the courses, call for call.
    #[arg(long)]
    twice: bool,
    /// Leaves the mutants and the enumeration of faults out.
    #[arg(long)]
    only_histories: bool,
    /// Leaves the enumeration of faults out.
    #[arg(long)]
    only_mutants: bool,
    /// At most this many histories are spent on each mutant.
    #[arg(long, default_value_t = 20_000)]
    hunt: u64,
    /// Threads; one per core by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Enumerates the faults of the stories with this in their name, instead.
    #[arg(long)]
    story: Option<String>,
    /// Kills a function at every call of a send to this many people, instead.
    #[arg(long)]
    recipients: Option<usize>,
    /// Sends this many statuses, doubled and in disorder, instead.
    #[arg(long)]
    statuses: Option<usize>,
    /// With recipients: kills at each n-th call only.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// With one history: prints every call, log line and message.
    #[arg(long)]
    course: bool,
    /// Plays the history in this JSON file instead (as printed for a failure).
    #[arg(long)]
    replay: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    ears::open();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = options.threads.unwrap_or(cores).max(1);
    let good = match &options.replay {
        Some(file) => report::replay(file, options.course),
        None if options.story.is_some() => {
            report::story(&options.story.unwrap_or_default(), threads)
        }
        None if options.recipients.is_some() => {
            let recipients = options.recipients.unwrap_or_default();
            report::kills((recipients, options.every), threads)
        }
        None if options.statuses.is_some() => {
            report::statuses(options.statuses.unwrap_or_default(), options.seed)
        }
        None if options.histories == 1 => report::single(options.seed, options.course),
        None => report::many(&options, threads),
    };
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
