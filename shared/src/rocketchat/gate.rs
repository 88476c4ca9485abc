//! Holding calls back: a route that announced its limit is not called before that moment, and a
//! workspace that does not answer is tried by single probes. Known to this environment only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// Failures in a row after which the workspace counts as down.
const PATIENCE: u32 = 5;
/// The longest time between two probes.
const LONGEST: Duration = Duration::from_secs(60);

/// The gates of one neighbour.
#[derive(Debug, Default)]
pub struct Gates(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    routes: BTreeMap<&'static str, Timestamp>,
    failures: u32,
    down_until: Option<Timestamp>,
}

/// Why a call is not made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The route's limiter.
    Throttled(Duration),
    /// The neighbour does not answer.
    Down(Duration),
}

impl Gates {
    /// Whether a call of `route` may be made. While the neighbour is down, the first call after
    /// each pause goes through as the probe and moves the pause for all others.
    pub fn check(&self, route: &'static str, now: Timestamp) -> Result<(), Closed> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = state.routes.get(route).filter(|until| **until > now) {
            return Err(Closed::Throttled(until.since(now)));
        }
        if let Some(until) = state.down_until {
            if until > now {
                return Err(Closed::Down(until.since(now)));
            }
            state.down_until = Some(now.plus(pause(state.failures)));
        }
        Ok(())
    }

    /// The route's limiter spoke.
    pub fn throttle(&self, route: &'static str, now: Timestamp, wait: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.routes.insert(route, now.plus(wait));
    }

    /// No answer, or none worth the name.
    pub fn failed(&self, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= PATIENCE {
            state.down_until = Some(now.plus(pause(state.failures)));
        }
    }

    /// An answer: the neighbour is there.
    pub fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = 0;
        state.down_until = None;
    }
}

/// 2 s, 4 s, … 60 s.
fn pause(failures: u32) -> Duration {
    let steps = failures.saturating_sub(PATIENCE).min(5) + 1;
    Duration::from_secs(1 << steps).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_throttled_route_leaves_the_others_open() {
        let gates = Gates::default();
        gates.throttle("visitor", at(0), Duration::from_secs(10));
        assert_eq!(
            gates.check("visitor", at(4)),
            Err(Closed::Throttled(Duration::from_secs(6)))
        );
        assert_eq!(gates.check("message", at(4)), Ok(()));
        assert_eq!(gates.check("visitor", at(10)), Ok(()));
    }

    #[test]
    fn a_dead_neighbour_is_tried_by_single_probes() {
        let gates = Gates::default();
        for _ in 0..4 {
            gates.failed(at(0));
        }
        assert_eq!(
            gates.check("message", at(0)),
            Ok(()),
            "four failures may be chance"
        );
        gates.failed(at(0));
        assert!(gates.check("message", at(1)).is_err());
        assert_eq!(gates.check("message", at(2)), Ok(()), "the probe");
        assert!(
            gates.check("message", at(2)).is_err(),
            "the others wait for it"
        );
        gates.answered();
        assert_eq!(gates.check("message", at(2)), Ok(()));
    }

    #[test]
    fn probes_come_at_least_once_a_minute() {
        let gates = Gates::default();
        for _ in 0..100 {
            gates.failed(at(0));
        }
        assert_eq!(gates.check("message", at(60)), Ok(()));
    }
}
