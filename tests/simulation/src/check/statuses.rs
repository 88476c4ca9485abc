//! What became of messages: I9. The stored state is the highest that was told.

use bridge::domain::ids::Wamid;
use bridge::domain::status::StatusEvent;
use bridge::domain::time::Timestamp;
use bridge::store::keys;

use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::Evidence;

pub(super) fn check(evidence: &Evidence, doors: &Doors, verdict: &mut Verdict) {
    for accepted in &evidence.accepted {
        let wamid = &accepted.message.wamid;
        let highest = doors
            .statuses(wamid)
            .iter()
            .max_by_key(|told| rank(&told.status));
        let Some(highest) = highest else { continue };
        let key = keys::wamid(&Wamid::new(wamid.as_str())).pk;
        let item = evidence.items.iter().find(|item| item["pk"]["S"] == key);
        let stored = item.and_then(|item| item["status"]["S"].as_str());
        let parked = evidence.parked.iter().any(|p| p.body.contains(wamid));
        if stored != Some(highest.status.as_str()) && !parked {
            let what = format!("{wamid}: told {}, stored {stored:?}", highest.status);
            verdict.broken(Invariant::Statuses, Kind::Other, what);
        }
    }
}

fn rank(status: &str) -> Option<u8> {
    let event = StatusEvent {
        message: Wamid::new(""),
        status: status.to_owned(),
        at: Timestamp::from_millis(0),
        callback_data: None,
        error: None,
    };
    event.rank()
}
