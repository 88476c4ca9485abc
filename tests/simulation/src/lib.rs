//! A deterministic simulation of the bridge: seeded histories over the real flows, with faults at
//! every call, and the invariants checked at the end of each.
//!
//! The far side of the wire is modelled (360dialog, Rocket.Chat, DynamoDB, SQS, SSM), time is
//! virtual, and one seed gives one history, call for call.

#![allow(clippy::expect_used, clippy::missing_panics_doc)]

pub mod check;
pub mod disorder;
pub mod ears;
pub mod evidence;
pub mod generate;
pub mod history;
pub mod mutants;
pub mod play;
pub mod points;
pub mod shrink;
pub mod weather;

use check::Verdict;
use history::History;

/// Plays and checks a history; gives the verdict and the number of its course.
pub fn run(history: &History) -> (Verdict, u64) {
    ears::take();
    let evidence = play::play(history);
    let verdict = check::check(history, &evidence, &evidence.owners);
    (verdict, evidence.trace)
}
