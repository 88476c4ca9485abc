//! The retry clock of a queued task: our own back-off, set as the visibility of the message.

use std::time::Duration;

use crate::domain::hash::sha256_hex;
use crate::domain::time::{days, hours, minutes};
use crate::mutant::{Mutant, on};

/// The longest visibility that we set (SQS allows 12 h from the receive).
pub const LONGEST: Duration = Duration::from_secs(11 * 3600 + 30 * 60);

/// SQS moves a task to the dead-letter queue after 1,000 receives. From this one on an hour passes
/// between two, so that whatever is announced, twelve days fit in (then the task is parked).
const MANY: u32 = 900;
/// The longest wait of our own on the first day; with what follows, everything is worked off
/// within 15 minutes after a fault (I12).
const LONGEST_OWN: Duration = minutes(14);
/// The same after a day: within half an hour.
const LONGEST_LATE: Duration = minutes(29);

/// How long a failed task waits: what the neighbour announced (`after`), else 2 s, 4 s, 8 s … 14
/// min by the number of receives, 29 min once it is a day old. A neighbour that announces the same
/// short wait for hours is believed less and less. Jitter of a fifth (an announced time only grows)
/// is derived from the message's id: no randomness, but no two in step.
pub fn delay(message: &str, receives: u32, age: Duration, after: Option<Duration>) -> Duration {
    let grain = jitter(message, receives);
    if on(Mutant::NoBackOff) {
        return Duration::from_secs(1);
    }
    if on(Mutant::WaitForEver) {
        return LONGEST;
    }
    let wait = match after {
        Some(after) => {
            let announced = after.max(least(receives, age)).min(LONGEST);
            announced.mul_f64(1.0 + grain * 0.2)
        }
        None => own(receives, age).mul_f64(0.8 + grain * 0.2),
    };
    let wait = if receives >= MANY {
        wait.max(hours(1))
    } else {
        wait
    };
    wait.min(LONGEST)
}

fn own(receives: u32, age: Duration) -> Duration {
    if age >= days(1) {
        return LONGEST_LATE;
    }
    Duration::from_secs(1 << receives.clamp(1, 10)).min(LONGEST_OWN)
}

/// What an announced wait counts at least: 1 s, from the fourth receive on growing to a minute;
/// after an hour 4 minutes, after a day and a half 24.
fn least(receives: u32, age: Duration) -> Duration {
    if age >= hours(36) {
        minutes(24)
    } else if age >= hours(1) {
        minutes(4)
    } else {
        Duration::from_secs(1 << receives.saturating_sub(3).min(6)).min(minutes(1))
    }
}

/// A number in 0..1 that depends on the message and the try only.
fn jitter(message: &str, receives: u32) -> f64 {
    let hash = sha256_hex(format!("{message}#{receives}").as_bytes());
    let bits = u32::from_str_radix(&hash[..8], 16).unwrap_or(0);
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_two_seconds_to_a_quarter_of_an_hour() {
        let wait = |receives| delay("m", receives, Duration::ZERO, None).as_secs_f64();
        assert!((1.6..=2.0).contains(&wait(1)));
        assert!((3.2..=4.0).contains(&wait(2)));
        for receives in [10, 500] {
            assert!((600.0..=840.0).contains(&wait(receives)));
        }
    }

    #[test]
    fn after_a_day_it_is_half_an_hour() {
        let wait = delay("m", 3, days(1), None).as_secs_f64();
        assert!((1380.0..=1740.0).contains(&wait), "{wait}");
    }

    #[test]
    fn who_announces_a_second_for_hours_is_believed_less() {
        let announced = Some(Duration::from_secs(1));
        let wait = |receives, age| delay("m", receives, age, announced).as_secs();
        assert_eq!(wait(1, Duration::ZERO), 1);
        assert!((60..=72).contains(&wait(20, minutes(20))));
        assert!((240..=288).contains(&wait(40, hours(2))));
        assert!((1440..=1728).contains(&wait(400, days(2))));
    }

    #[test]
    fn an_announced_time_is_never_undercut_nor_beyond_what_sqs_allows() {
        let after = Duration::from_secs(60);
        assert!(delay("m", 1, Duration::ZERO, Some(after)) >= after);
        for absurd in [days(3), Duration::MAX] {
            assert_eq!(delay("m", 1, Duration::ZERO, Some(absurd)), LONGEST);
        }
    }

    #[test]
    fn a_thousand_receives_last_for_twelve_days_whatever_is_announced() {
        for announced in [None, Some(1), Some(60), Some(300)] {
            let announced = announced.map(Duration::from_secs);
            let next = |age, n| age + delay("m", n, age, announced);
            let total = (1..1000).fold(Duration::ZERO, next);
            assert!(total >= days(12), "{announced:?}: {total:?}");
        }
    }

    #[test]
    fn two_messages_are_not_in_step() {
        let wait = |name| delay(name, 8, Duration::ZERO, None);
        assert_ne!(wait("a"), wait("b"));
        assert_eq!(wait("a"), wait("a"));
    }
}
