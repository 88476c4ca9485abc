//! Makes a failing history smaller, as long as it fails in the same way.

use crate::check::{Invariant, Verdict};
use crate::history::{Faults, History};
use crate::{play, run};

/// How many smaller histories are tried.
const TRIES: usize = 600;

/// The smallest history found that still violates what `history` violates.
pub fn shrink(history: &History) -> History {
    let (verdict, _) = run(history);
    let mut hunt = Hunt {
        wanted: invariants(&verdict),
        tries: TRIES,
    };
    let mut best = history.clone();
    if let Some(calmer) = hunt.keep(without_storm(&best)) {
        best = calmer;
    }
    loop {
        let before = best.clone();
        best = hunt.without_points(best);
        best = hunt.without_steps(best);
        best = hunt.without_pauses(best);
        if best == before || hunt.tries == 0 {
            return best;
        }
    }
}

fn invariants(verdict: &Verdict) -> Vec<Invariant> {
    verdict.violations.iter().map(|v| v.invariant).collect()
}

/// The same history with the storm's strikes as single faults.
fn without_storm(history: &History) -> History {
    let struck = play::play(history).struck;
    History {
        faults: Faults {
            points: struck,
            storm: None,
            ..history.faults.clone()
        },
        ..history.clone()
    }
}

struct Hunt {
    wanted: Vec<Invariant>,
    tries: usize,
}

impl Hunt {
    /// The history, if it still fails.
    fn keep(&mut self, history: History) -> Option<History> {
        self.tries = self.tries.checked_sub(1)?;
        let (verdict, _) = run(&history);
        let fails = invariants(&verdict).iter().any(|i| self.wanted.contains(i));
        fails.then_some(history)
    }

    fn without_points(&mut self, mut best: History) -> History {
        for n in (0..best.faults.points.len()).rev() {
            let mut smaller = best.clone();
            smaller.faults.points.remove(n);
            best = self.keep(smaller).unwrap_or(best);
        }
        best
    }

    fn without_steps(&mut self, mut best: History) -> History {
        for n in (0..best.steps.len()).rev() {
            let mut smaller = best.clone();
            let gone = smaller.steps.remove(n);
            // what comes later keeps its time
            if let Some(next) = smaller.steps.get_mut(n) {
                next.after_ms += gone.after_ms;
            }
            best = self.keep(smaller).unwrap_or(best);
        }
        best
    }

    fn without_pauses(&mut self, mut best: History) -> History {
        for n in 0..best.steps.len() {
            if best.steps[n].after_ms > 0 {
                let mut smaller = best.clone();
                smaller.steps[n].after_ms = 0;
                best = self.keep(smaller).unwrap_or(best);
            }
        }
        best
    }
}
