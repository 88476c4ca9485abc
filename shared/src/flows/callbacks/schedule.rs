//! When a callback is tried (reliability: retry clocks): at once, then 5 s, 5 min, 30 min, 2 h, 5 h
//! after the one before, then every 10 h, for three days. The step follows from the age alone, so
//! that tries that were not made (the endpoint was down for others) move nothing. An event for the
//! workspace's former webhook has the first four of these tries.

use std::time::Duration;

use crate::domain::time::{days, hours, minutes};

/// Between the first tries; from then on the last one again and again.
const STEPS: [Duration; 6] = [
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    hours(2),
    hours(5),
    hours(10),
];
/// How long a callback is tried.
pub const LONGEST: Duration = days(3);

/// How long to wait after a try that began at this age; `None` where it was the last. Jitter of a
/// tenth to either side is added by the queue's back-off and may have moved the age.
pub fn next(age: Duration) -> Option<Duration> {
    let last = STEPS[STEPS.len() - 1];
    let steps = STEPS.into_iter().chain(std::iter::repeat(last));
    step(steps, LONGEST, age)
}

/// How long an event is kept for the workspace's former webhook.
pub const LONGEST_PASSING: Duration = minutes(40);

/// The same for an event that is passed on. Rocket.Chat itself tries for two minutes: what comes hours
/// later would only confuse its receiver.
pub fn next_passing(age: Duration) -> Option<Duration> {
    step(STEPS.into_iter().take(3), LONGEST_PASSING, age)
}

/// The step that follows at this age, if it ends before `longest`.
fn step(
    steps: impl Iterator<Item = Duration>,
    longest: Duration,
    age: Duration,
) -> Option<Duration> {
    let mut offset = Duration::ZERO;
    for step in steps {
        offset += step;
        if offset > longest {
            return None;
        }
        // half a step early or late is still this one
        if offset.saturating_sub(step / 2) > age {
            return (age + step <= longest).then_some(step);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_clock() {
        let (mut age, mut waits) = (Duration::ZERO, Vec::new());
        while let Some(wait) = next(age) {
            waits.push(wait.as_secs());
            age += wait;
        }
        let ten = 36_000;
        assert_eq!(
            waits,
            [5, 300, 1_800, 7_200, 18_000, ten, ten, ten, ten, ten, ten]
        );
        assert!(age <= LONGEST && age > days(2));
    }

    #[test]
    fn an_event_that_is_passed_on_is_tried_four_times() {
        for factor in [0.9, 1.0, 1.09] {
            let (mut age, mut waits) = (Duration::ZERO, Vec::new());
            while let Some(wait) = next_passing(age) {
                waits.push(wait.as_secs());
                // each try takes its 15 s
                age += wait.mul_f64(factor) + Duration::from_secs(15);
            }
            assert_eq!(waits, [5, 300, 1_800], "{factor}");
            assert!(age <= LONGEST_PASSING);
        }
    }

    #[test]
    fn a_try_that_came_a_tenth_early_or_late_is_no_other_step() {
        for factor in [0.9, 1.0, 1.09] {
            let (mut age, mut steps) = (Duration::ZERO, 0);
            while let Some(wait) = next(age) {
                age += wait.mul_f64(factor);
                steps += 1;
            }
            assert!((10..=12).contains(&steps), "{factor}: {steps}");
        }
    }

    #[test]
    fn a_slow_call_does_not_cost_a_step() {
        assert_eq!(next(Duration::from_millis(900)), Some(STEPS[0]));
        assert_eq!(next(Duration::from_secs(20)), Some(STEPS[1]));
        assert_eq!(next(days(4)), None);
    }
}
