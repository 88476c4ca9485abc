//! The retry clock of a queued task: our own back-off, set as the visibility of the message.

use std::time::Duration;

use crate::domain::hash::sha256_hex;
use crate::domain::time::{days, hours, minutes};

/// The longest visibility that we set (SQS allows 12 h from the receive).
pub const LONGEST: Duration = Duration::from_secs(11 * 3600 + 30 * 60);

/// SQS moves a task to the dead-letter queue after 1,000 receives. From this one on an hour passes
/// between two, so that whatever is announced, twelve days fit in (then the task is parked).
const MANY: u32 = 700;

/// How long a failed task waits: what the neighbour announced (`after`), else 2 s, 4 s, 8 s … 15
/// min by the number of receives, 30 min once it is a day old. Jitter of ± 20 % (an announced
/// time only grows) is derived from the message's id: no randomness, but no two in step.
pub fn delay(message: &str, receives: u32, age: Duration, after: Option<Duration>) -> Duration {
    let grain = jitter(message, receives);
    let wait = match after {
        Some(after) => after.max(Duration::from_secs(1)).mul_f64(1.0 + grain * 0.2),
        None if age >= days(1) => minutes(30).mul_f64(0.8 + grain * 0.4),
        None => {
            let steps = receives.clamp(1, 10);
            Duration::from_secs(1 << steps)
                .min(minutes(15))
                .mul_f64(0.8 + grain * 0.4)
        }
    };
    let wait = if receives >= MANY {
        wait.max(hours(1))
    } else {
        wait
    };
    wait.min(LONGEST)
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
        assert!((1.6..=2.4).contains(&wait(1)));
        assert!((3.2..=4.8).contains(&wait(2)));
        assert!((720.0..=1080.0).contains(&wait(10)));
        assert!((720.0..=1080.0).contains(&wait(500)));
    }

    #[test]
    fn after_a_day_it_is_half_an_hour() {
        let wait = delay("m", 3, days(1), None).as_secs_f64();
        assert!((1440.0..=2160.0).contains(&wait), "{wait}");
    }

    #[test]
    fn an_announced_time_is_never_undercut_nor_beyond_what_sqs_allows() {
        let after = Duration::from_secs(60);
        assert!(delay("m", 1, Duration::ZERO, Some(after)) >= after);
        assert_eq!(delay("m", 1, Duration::ZERO, Some(days(3))), LONGEST);
    }

    #[test]
    fn a_thousand_receives_last_for_twelve_days_whatever_is_announced() {
        let receives = 1..1000;
        let announced = Some(Duration::from_secs(60));
        let total: Duration = receives
            .map(|n| delay("m", n, Duration::ZERO, announced))
            .sum();
        assert!(total >= days(12), "{total:?}");
    }

    #[test]
    fn two_messages_are_not_in_step() {
        let wait = |name| delay(name, 8, Duration::ZERO, None);
        assert_ne!(wait("a"), wait("b"));
        assert_eq!(wait("a"), wait("a"));
    }
}
