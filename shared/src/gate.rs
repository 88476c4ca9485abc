//! Holding calls back: a route that announced its limit is not called before that moment, and a
//! neighbour that does not answer is tried by single probes. Known to this environment only.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::{Timestamp, minutes};

/// Failures in a row after which the workspace counts as down.
const PATIENCE: u32 = 5;
/// So many subjects must fail in a row before failures count.
const SUBJECTS: usize = 3;
/// The longest time between two probes, unless told otherwise.
const LONGEST: Duration = Duration::from_secs(60);

/// So many refusals of a counted route…
const MOST_REFUSALS: usize = 4;
/// … in so long a time, and the next one would block it.
const WINDOW: Duration = minutes(60);

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
    refusals: BTreeMap<&'static str, VecDeque<Timestamp>>,
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
        if let Some(wait) = state.held(route, now) {
            return Err(Closed::Throttled(wait));
        }
        if let Some(until) = state.down_until {
            if until > now {
                return Err(Closed::Down(until.since(now)));
            }
            state.down_until = Some(now.plus(pause(state.failures).min(self.longest)));
        }
        Ok(())
    }

    /// How long `route` is held back, by its limiter or because it was refused too often.
    pub fn held(&self, route: &'static str, now: Timestamp) -> Option<Duration> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held(route, now)
    }

    /// The neighbour refused a call of `route` whose refusals it counts. What succeeds afterwards
    /// takes none of them back: only time does.
    pub fn refused(&self, route: &'static str, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals = state.refusals.entry(route).or_default();
        refusals.retain(|at| at.plus(WINDOW) > now);
        refusals.push_back(now);
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

    /// An answer that says neither that the neighbour works nor that it does not. Where this was the probe,
    /// the next call is one too, or what it asks would never be asked.
    pub fn unclear(&self, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.down_until.is_some() {
            state.down_until = Some(now);
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

impl State {
    fn held(&self, route: &'static str, now: Timestamp) -> Option<Duration> {
        let limited = self.routes.get(route).map(|limited| limited.until);
        // as many as are allowed: the next one goes out when the first of them no longer counts
        let counted = self.refusals.get(route).and_then(|refusals| {
            let first = refusals.len().checked_sub(MOST_REFUSALS)?;
            refusals.get(first).map(|at| at.plus(WINDOW))
        });
        let until = limited.max(counted).filter(|until| *until > now)?;
        Some(until.since(now))
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
    fn behind_an_unclear_answer_the_next_call_asks_on() {
        let gates = Gates::default();
        for n in 0..10 {
            gates.failed_for(at(0), &format!("contact {n}"));
        }
        assert!(gates.check("message", at(1)).is_err());
        let later = at(600);
        assert_eq!(gates.check("message", later), Ok(()));
        gates.unclear(later);
        assert_eq!(gates.check("message", later), Ok(()));
        assert!(gates.check("message", later).is_err());
        gates.answered("message");
        gates.unclear(later);
        assert_eq!(gates.check("message", later), Ok(()));
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
    fn refusals_that_are_counted_hold_a_route_back_until_the_oldest_no_longer_counts() {
        let gates = Gates::default();
        for minute in 0..4 {
            assert_eq!(gates.held("look-up", at(minute * 60)), None);
            gates.refused("look-up", at(minute * 60));
        }
        gates.answered("look-up");
        let wait = Some(Duration::from_secs(3600 - 200));
        assert_eq!(gates.held("look-up", at(200)), wait);
        assert!(gates.check("look-up", at(200)).is_err());
        assert_eq!(gates.check("media", at(200)), Ok(()));
        assert_eq!(gates.held("look-up", at(3600)), None);
        gates.refused("look-up", at(3600));
        assert!(gates.held("look-up", at(3600)).is_some(), "the second one");
        assert_eq!(gates.held("look-up", at(3660)), None);
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
