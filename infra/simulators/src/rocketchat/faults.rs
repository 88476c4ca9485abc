//! Ways in which a workspace fails to answer.

use std::collections::BTreeMap;

/// What a caller gets instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// This status with a line of plain text, as from a proxy; nothing is carried out.
    Status(u16),
    /// 400 in words of the moment, as Rocket.Chat answers whatever fails within (its database too); nothing
    /// is carried out.
    Failing,
    /// 429 with the limiter's body and headers; `reset_ms` is `X-RateLimit-Reset` (epoch ms).
    Throttled {
        /// When the limiter's window ends, in ms since 1970.
        reset_ms: i64,
    },
    /// 200 with an HTML page (a server that is still starting serves its web client).
    Html,
    /// No answer, ever; nothing is carried out.
    Silence,
    /// The request is carried out, then this status is answered all the same.
    StatusAfter(u16),
    /// The request is carried out, then no answer, ever.
    SilenceAfter,
}

impl Outage {
    /// Whether the request takes effect in spite of the outage.
    pub(crate) fn takes_effect(self) -> bool {
        matches!(self, Self::StatusAfter(_) | Self::SilenceAfter)
    }
}

/// The outages in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// On every route.
    pub everywhere: Option<Outage>,
    /// The next `n` calls of one route.
    pub next: BTreeMap<String, Vec<(u32, Outage)>>,
}

impl Faults {
    /// The outage that meets this call of `route`; counts it off.
    pub fn take(&mut self, route: &str) -> Option<Outage> {
        if self.everywhere.is_some() {
            return self.everywhere;
        }
        let planned = self.next.get_mut(route)?;
        let (left, outage) = planned.first_mut()?;
        let outage = *outage;
        *left = left.saturating_sub(1);
        if *left == 0 {
            planned.remove(0);
        }
        Some(outage)
    }
}
