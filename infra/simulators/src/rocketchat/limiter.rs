//! The REST rate limiter: Rocket.Chat REST, "Rate limiter" (Rocket.Chat reference §0).

use std::collections::BTreeMap;

/// Calls allowed per window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub calls: u64,
    pub window_ms: i64,
}

/// What the limiter says of one call, and what its headers carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub limit: u64,
    pub remaining: u64,
    pub reset_ms: i64,
    pub allowed: bool,
}

/// Counters per (address, method and route pattern): every room shares one.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: BTreeMap<(String, String), (i64, u64)>,
}

impl Limiter {
    /// Counts a call at `now` (ms) and judges it.
    pub fn count(&mut self, ip: &str, route: &str, limit: Limit, now: i64) -> Verdict {
        let key = (ip.to_owned(), route.to_owned());
        let (start, calls) = self.windows.entry(key).or_insert((now, 0));
        if now.saturating_sub(*start) >= limit.window_ms {
            *start = now;
            *calls = 0;
        }
        *calls += 1;
        Verdict {
            limit: limit.calls,
            remaining: limit.calls.saturating_sub(*calls),
            reset_ms: start.saturating_add(limit.window_ms),
            allowed: *calls <= limit.calls,
        }
    }
}

/// The seconds that the 429 body tells the caller to wait.
pub(crate) fn seconds_until(reset_ms: i64, now: i64) -> i64 {
    (reset_ms.saturating_sub(now).max(0) + 999) / 1000
}
