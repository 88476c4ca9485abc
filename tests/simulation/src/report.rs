//! Runs of many histories, and what they print.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use bridge::mutant::Mutant;
use bridge_simulation::check::{Invariant, Kind, Verdict};
use bridge_simulation::evidence::Evidence;
use bridge_simulation::history::History;
use bridge_simulation::{disorder, generate, mutants, play, points, run, shrink};
use serde_json::{Value, json};

use crate::Options;

/// When every world begins, in ms since 1970.
const BEGINNING: i64 = 1_780_300_800_000;
/// How many failing histories are made smaller and printed.
const SHOWN: usize = 5;

/// Plays the history in a file.
pub fn replay(file: &std::path::Path, course: bool) -> bool {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    show(
        &serde_json::from_str(&text).expect("the file holds a history"),
        course,
    )
}

/// Plays the history of one seed.
pub fn single(seed: u64, course: bool) -> bool {
    show(&generate::history(seed), course)
}

fn show(history: &History, course: bool) -> bool {
    let json = serde_json::to_string(history).expect("a history is plain data");
    println!("{json}");
    if course {
        print_course(&play::play(history));
    }
    let begin = Instant::now();
    let (verdict, trace) = run(history);
    println!("{verdict:#?}\ncourse {trace:016x}");
    let mut sum = Sum::default();
    sum.add(&verdict);
    println!(
        "{}",
        sum.line((history.seed, 1), 1.0 / begin.elapsed().as_secs_f64(), 1)
    );
    verdict.violations.is_empty()
}

/// Every call that left a function, what the functions logged, and what everybody saw.
fn print_course(evidence: &Evidence) {
    for effect in &evidence.log {
        let at = effect.at_ms - BEGINNING;
        let fault = effect
            .fault
            .map_or_else(String::new, |f| format!("  ← {f:?}"));
        println!("{at:>10} {:?} {}{fault}", effect.function, effect.what);
    }
    println!("{}", evidence.heard);
    for (room, lines) in &evidence.rooms {
        println!("{} open: {}", room.id, room.open);
        for line in lines {
            println!(
                "{:>10} {:?}: {}",
                line.ts_ms - BEGINNING,
                line.author,
                line.text
            );
        }
    }
    for accepted in &evidence.accepted {
        let message = &accepted.message;
        let (at, text) = (message.at_ms - BEGINNING, &message.text);
        println!("{at:>10} to {}: {text:?}", accepted.customer);
    }
}

/// Everything that many histories showed.
#[derive(Default)]
struct Sum {
    kinds: BTreeMap<Kind, usize>,
    invariants: BTreeMap<Invariant, usize>,
    recovered: usize,
    unknown: usize,
    repeated: usize,
    messages: usize,
    calls: Vec<usize>,
    shown: usize,
    differing: usize,
    share: usize,
}

impl Sum {
    fn add(&mut self, verdict: &Verdict) {
        for violation in &verdict.violations {
            *self.kinds.entry(violation.kind).or_default() += 1;
            *self.invariants.entry(violation.invariant).or_default() += 1;
        }
        self.recovered += verdict.recovered;
        self.unknown += verdict.unknown;
        self.repeated += verdict.repeated;
        self.messages += verdict.messages;
        self.calls.push(verdict.calls);
        self.share = self.share.max(verdict.share);
    }

    /// The last line of the output: how many histories from which seed, how fast, on how many
    /// threads, and what they showed.
    fn line(&self, (seed, histories): (u64, u64), per_second: f64, threads: usize) -> Value {
        let kind = |kind| self.kinds.get(&kind).copied().unwrap_or(0);
        json!({
            "histories": histories,
            "seed": seed,
            "per_second": per_second.round(),
            "per_second_and_core": (per_second / threads as f64).round(),
            "lost": kind(Kind::Lost),
            "duplicated": kind(Kind::Duplicated),
            "unexpected": kind(Kind::Unexpected),
            "reordered": kind(Kind::Reordered),
            "crossed": kind(Kind::Crossed),
            "other": kind(Kind::Other),
            "recovered": self.recovered,
            "repeated": self.repeated,
            "differing": self.differing,
        })
    }
}

/// Plays many histories on `threads` threads, then the mutants and the enumeration.
pub fn many(options: &Options, threads: usize) -> bool {
    let begin = Instant::now();
    let sum = histories(options, threads);
    let seconds = begin.elapsed().as_secs_f64();
    let plays = options.histories * (1 + u64::from(options.twice));
    let per_second = plays as f64 / seconds;
    println!(
        "{plays} histories in {seconds:.0} s: {per_second:.0}/s on {threads} threads, {:.0}/s each",
        per_second / threads as f64
    );
    let (points, broken_points, caught) = if options.only_histories {
        (0, 0, None)
    } else if options.only_mutants {
        (0, 0, Some(hunt(options, threads)))
    } else {
        let (points, broken) = enumerate(points::all(""), threads);
        (points, broken, Some(hunt(options, threads)))
    };
    print_sum(&sum);
    let mut line = sum.line((options.seed, options.histories), per_second, threads);
    let mut good = sum.kinds.is_empty() && sum.differing == 0 && broken_points == 0;
    if let Some(caught) = caught {
        line["points"] = json!({ "all": points, "broken": broken_points });
        line["mutants"] = json!({ "all": Mutant::ALL.len(), "caught": caught });
        good &= caught == Mutant::ALL.len();
    }
    println!("{line}");
    good
}

fn print_sum(sum: &Sum) {
    let mut calls = sum.calls.clone();
    calls.sort_unstable();
    let median = calls.get(calls.len() / 2).copied().unwrap_or(0);
    let outcomes = sum.recovered + sum.unknown;
    let rate = 100.0 * sum.recovered as f64 / outcomes.max(1) as f64;
    println!(
        "{} messages, median {median} calls a history; unknown outcomes: {} recovered by a status \
         ({rate:.1} %), {} never known, of these {} sent again by choice",
        sum.messages, sum.recovered, sum.unknown, sum.repeated
    );
    println!(
        "calls to the neighbours: at most {} % of the bound (I11)",
        sum.share
    );
    for (invariant, count) in &sum.invariants {
        println!("{}: {count} violations", invariant.name());
    }
}

fn histories(options: &Options, threads: usize) -> Sum {
    let next = AtomicU64::new(options.seed);
    let sum = Mutex::new(Sum::default());
    let end = options.seed + options.histories;
    in_parallel(threads, || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let history = generate::history(seed);
            let (verdict, trace) = run(&history);
            let same = !options.twice || run(&history).1 == trace;
            let mut all = sum.lock().expect("no thread died");
            all.add(&verdict);
            if !same {
                all.differing += 1;
                println!("seed {seed}: two runs differ");
            }
            if !verdict.violations.is_empty() && all.shown < SHOWN {
                all.shown += 1;
                drop(all);
                explain(&history, &verdict);
            }
            if (seed + 1 - options.seed).is_multiple_of(10_000) {
                println!("{} histories", seed + 1 - options.seed);
            }
        }
    });
    sum.into_inner().expect("no thread died")
}

/// What went wrong, the smallest history that shows it, and how to see it again.
fn explain(history: &History, verdict: &Verdict) {
    let smaller = shrink::shrink(history);
    let (seen, _) = run(&smaller);
    let json = serde_json::to_string(&smaller).expect("a history is plain data");
    println!(
        "seed {}: {:?}\n  smaller: {json}\n  shows: {:?}\n  replay: cargo run --profile sim -p \
         bridge-simulation -- --seed {}",
        history.seed, verdict.violations, seen.violations, history.seed
    );
}

/// A kill at every call of a send to many; whether each recipient got it once all the same.
pub fn kills((recipients, every): (usize, usize), threads: usize) -> bool {
    let (all, broken) = enumerate(points::kills(recipients, every), threads);
    println!(
        "{}",
        json!({ "recipients": recipients, "every": every, "points": all, "broken": broken })
    );
    broken == 0
}

/// Every fault at every call of the stories that have `part` in their name; whether everything held.
pub fn story(part: &str, threads: usize) -> bool {
    let (all, broken) = enumerate(points::all(part), threads);
    println!("{}", json!({ "points": all, "broken": broken }));
    all > 0 && broken == 0
}

/// Statuses in disorder; whether everything held.
pub fn statuses(statuses: usize, seed: u64) -> bool {
    let begin = Instant::now();
    let figures = disorder::play(statuses, seed);
    println!(
        "{} statuses, {} different: {} told, {} repeats, in {:.0} s",
        figures.statuses,
        figures.distinct,
        figures.told,
        figures.repeats,
        begin.elapsed().as_secs_f64()
    );
    println!(
        "{}",
        json!({ "statuses": figures.statuses, "distinct": figures.distinct, "told": figures.told,
            "renamed": figures.renamed, "repeats": figures.repeats, "back": figures.back,
            "wrong": figures.wrong })
    );
    figures.hold()
}

/// Plays every point.
fn enumerate(all: Vec<points::Point>, threads: usize) -> (usize, usize) {
    let begin = Instant::now();
    let (next, broken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    in_parallel(threads, || {
        while let Some(point) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let violations = points::play(point);
            if !violations.is_empty() {
                let n = broken.fetch_add(1, Ordering::Relaxed);
                if n < SHOWN {
                    let points::Point {
                        story, call, fault, ..
                    } = point;
                    println!("{story}, {fault:?} at call {call}: {violations:?}");
                    let json = serde_json::to_string(&point.history).expect("plain data");
                    println!("  replay: {json}");
                }
            }
        }
    });
    let broken = broken.into_inner();
    println!(
        "{} points enumerated (call × fault), {} passed, in {:.0} s",
        all.len(),
        all.len() - broken,
        begin.elapsed().as_secs_f64()
    );
    (all.len(), broken)
}

/// Hunts every mutant; gives how many were caught.
fn hunt(options: &Options, threads: usize) -> usize {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    in_parallel(threads, || {
        while let Some(mutant) = Mutant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let caught = mutants::hunt(*mutant, options.seed, options.hunt);
            rows.lock().expect("no thread died").push((*mutant, caught));
        }
    });
    let mut rows = rows.into_inner().expect("no thread died");
    rows.sort_unstable_by_key(|(mutant, _)| (mutants::aim(*mutant), *mutant));
    println!("| invariant | mutant | caught | after histories | seed | violated |");
    println!("|---|---|---|---|---|---|");
    for (mutant, caught) in &rows {
        let invariant = mutants::aim(*mutant).name();
        match caught {
            Some(caught) => {
                let violated: Vec<_> = caught.violated.iter().map(|i| i.name()).collect();
                println!(
                    "| {invariant} | {mutant:?} | yes | {} | {} | {} |",
                    caught.after,
                    caught.seed,
                    violated.join(" ")
                );
            }
            None => println!(
                "| {invariant} | {mutant:?} | **no** | {} | – | – |",
                options.hunt
            ),
        }
    }
    rows.iter().filter(|(_, caught)| caught.is_some()).count()
}

fn in_parallel(threads: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(&work);
        }
    });
}
