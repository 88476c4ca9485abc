//! Holding calls back: a route that announced its limit is not called before that moment, and a
//! neighbour that does not answer is tried by single probes. Known to this environment only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// Failures in a row after which the workspace counts as down.
const PATIENCE: u32 = 5;
/// So many subjects must fail in a row before failures count.
const SUBJECTS: usize = 3;
/// The longest time between two probes, unless told otherwise.
const LONGEST: Duration = Duration::from_secs(60);

/// The gates of one neighbour.
#[derive(Debug)]
pub struct Gates {
    state: Mutex<State>,
    longest: Duration,
}

impl Default for Gates {
    fn default() -> Self {
        Self::probing_every(LONGEST)
    }
}

#[derive(Debug, Default)]
struct State {
    routes: BTreeMap<&'static str, Limited>,
    failures: u32,
    subjects: BTreeSet<String>,
    down_until: Option<Timestamp>,
}

/// A route whose limiter spoke: until when, and how often in a row.
#[derive(Debug, Clone, Copy)]
struct Limited {
    until: Timestamp,
    times: u32,
}

/// Why a call is not made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The route's limiter.
    Throttled(Duration),
    /// The neighbour does not answer.
    Down(Duration),
}

impl Closed {
    /// How long to wait.
    pub fn wait(self) -> Duration {
        match self {
            Self::Throttled(wait) | Self::Down(wait) => wait,
        }
    }
}

impl Gates {
    /// Gates of a neighbour that is tried at least every `longest` while it does not answer.
    pub fn probing_every(longest: Duration) -> Self {
        Self {
            state: Mutex::default(),
            longest,
        }
    }

    /// Whether a call of `route` may be made. While the neighbour is down, the first call after
    /// each pause goes through as the probe and moves the pause for all others.
    pub fn check(&self, route: &'static str, now: Timestamp) -> Result<(), Closed> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limited) = state
            .routes
            .get(route)
            .filter(|limited| limited.until > now)
        {
            return Err(Closed::Throttled(limited.until.since(now)));
        }
        if let Some(until) = state.down_until {
            if until > now {
                return Err(Closed::Down(until.since(now)));
            }
            state.down_until = Some(now.plus(pause(state.failures).min(self.longest)));
        }
        Ok(())
    }

    /// The route's limiter spoke. A limiter that goes on refusing after the moment it announced
    /// is believed less each time: 1 s, 2 s, 4 s … 60 s, whatever it says.
    pub fn throttle(&self, route: &'static str, now: Timestamp, wait: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let times = state
            .routes
            .get(route)
            .map_or(0, |limited| limited.times)
            .saturating_add(1);
        let own = Duration::from_secs(1 << (times - 1).min(6)).min(LONGEST);
        state.routes.insert(
            route,
            Limited {
                until: now.plus(wait.max(own)),
                times,
            },
        );
    }

    /// No answer for one of several `subjects` (contacts): the neighbour counts as down only when
    /// three of them fail in a row, so that one that always fails holds back nobody but itself.
    pub fn failed_for(&self, now: Timestamp, subject: &str) {
        let few = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.subjects.insert(subject.to_owned());
            state.subjects.len() < SUBJECTS
        };
        if !few {
            self.failed(now);
        }
    }

    /// No answer, or none worth the name.
    fn failed(&self, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= PATIENCE {
            state.down_until = Some(now.plus(pause(state.failures).min(self.longest)));
        }
    }

    /// An answer: the neighbour is there, and the route open.
    pub fn answered(&self, route: &'static str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.routes.remove(route);
        state.failures = 0;
        state.subjects.clear();
        state.down_until = None;
    }
}

/// 2 s, 4 s, … 512 s.
fn pause(failures: u32) -> Duration {
    let steps = failures.saturating_sub(PATIENCE).min(8) + 1;
    Duration::from_secs(1 << steps)
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
    fn a_limiter_that_never_opens_is_asked_once_a_minute() {
        let gates = Gates::default();
        let mut now = at(0);
        for _ in 0..10 {
            gates.throttle("message", now, Duration::from_secs(1));
            let Err(Closed::Throttled(wait)) = gates.check("message", now) else {
                panic!()
            };
            now = now.plus(wait);
        }
        gates.throttle("message", now, Duration::from_secs(1));
        assert!(
            gates
                .check("message", now.plus(Duration::from_secs(59)))
                .is_err()
        );
        gates.answered("message");
        gates.throttle("message", now, Duration::from_secs(3));
        assert!(
            gates
                .check("message", now.plus(Duration::from_secs(3)))
                .is_ok()
        );
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
        gates.answered("message");
        assert_eq!(gates.check("message", at(2)), Ok(()));
    }

    #[test]
    fn one_subject_that_always_fails_holds_back_nobody() {
        let gates = Gates::default();
        for _ in 0..50 {
            gates.failed_for(at(0), "one");
            gates.failed_for(at(0), "two");
        }
        assert_eq!(gates.check("messages", at(0)), Ok(()));
        for _ in 0..PATIENCE {
            gates.failed_for(at(0), "three");
        }
        assert!(gates.check("messages", at(1)).is_err());
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
