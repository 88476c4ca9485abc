//! What the status endpoint and the event bus were told: I9. Each distinct status at least once, under
//! one id on every try, and the endpoint is not called without end (I11).

use std::collections::{BTreeMap, BTreeSet};

use bridge::domain::callback::word_of;
use serde_json::Value;

use super::{Doors, Invariant, Kind, Verdict};
use crate::evidence::Evidence;

/// A callback is tried twelve times; what is repeated (a task that came twice) has tries of its own.
const MOST_TRIES: usize = 60;

pub(super) fn check(evidence: &Evidence, doors: &Doors, verdict: &mut Verdict) {
    let mut ids: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    let mut names: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut tries: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &evidence.callbacks {
        let name = name_of(&call.body);
        ids.entry(name.clone()).or_default().insert(&call.id);
        names.entry(&call.id).or_default().insert(name);
        *tries.entry(&call.id).or_default() += 1;
        if call.signature.is_empty() {
            verdict.broken(Invariant::Statuses, Kind::Other, "an unsigned callback");
        }
    }
    for (name, ids) in ids.iter().filter(|(_, ids)| ids.len() > 1) {
        let what = format!("{name:?} was called back under {} ids", ids.len());
        verdict.broken(Invariant::Statuses, Kind::Duplicated, what);
    }
    for (id, names) in names.iter().filter(|(_, names)| names.len() > 1) {
        let what = format!("{id} stands for {} callbacks", names.len());
        verdict.broken(Invariant::Statuses, Kind::Other, what);
    }
    for (id, tries) in tries.iter().filter(|(_, tries)| **tries > MOST_TRIES) {
        let what = format!("{id} was tried {tries} times");
        verdict.broken(Invariant::BoundedWork, Kind::Other, what);
    }
    let taken = evidence.callbacks.iter().filter(|call| call.taken);
    let taken: BTreeSet<_> = taken.map(|call| name_of(&call.body)).collect();
    let events: BTreeSet<_> = evidence.events.iter().map(name_of).collect();
    for accepted in &evidence.accepted {
        let (wamid, data) = (&accepted.message.wamid, &accepted.message.callback_data);
        let data = data.as_deref().unwrap_or_default();
        let mut words: BTreeSet<_> = doors
            .statuses(wamid)
            .iter()
            .filter_map(|told| word_of(&told.status))
            .collect();
        // a text of ours may be too late for its own record
        let notice = ["welcome#", "offline#", "finished#"];
        // of two copies the first one may never have been heard of
        let mut later = evidence.accepted.iter().rev();
        let newest = later.find(|other| other.message.callback_data.as_deref() == Some(data));
        let newest = newest.is_some_and(|newest| newest.message.wamid == *wamid);
        let heard = newest || !words.is_empty();
        if heard && !notice.iter().any(|head| data.starts_with(head)) {
            words.insert("queued");
        }
        for word in words {
            let name = (wamid.clone(), word.to_owned());
            let message = data.rsplit_once('#').map_or(data, |(message, _)| message);
            let given_up = |body: &str| body.contains(wamid) || body.contains(message);
            let parked = evidence.parked.iter().any(|p| given_up(&p.body));
            let dead = evidence.undelivered.iter().any(|body| given_up(body));
            if evidence.called_back && !parked && !dead && !taken.contains(&name) {
                let what = format!("{word} of {data} was not called back");
                verdict.broken(Invariant::Statuses, Kind::Lost, what);
            }
            if evidence.called_back && !parked && !events.contains(&name) {
                let what = format!("{word} of {data} is no event");
                verdict.broken(Invariant::Statuses, Kind::Lost, what);
            }
        }
    }
}

/// The message's id at WhatsApp (where it has none: ours, and which part's text) and the word.
fn name_of(body: &Value) -> (String, String) {
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let id = match body.get("msId") {
        Some(_) => text("msId"),
        None => format!("{} {}", text("id"), text("message")),
    };
    (id, text("MessageStatus"))
}
