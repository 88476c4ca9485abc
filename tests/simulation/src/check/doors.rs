//! What the doors acknowledged, and in which order.

use std::collections::BTreeMap;

use bridge_harness::Function;
use serde_json::Value;

use crate::evidence::Evidence;

/// How one event fared at the door. Moments are places in the order of all beginnings and ends.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// The first call that carried it began.
    pub began: u64,
    /// The first call that carried it and was answered 200 ended.
    pub acknowledged: Option<u64>,
    /// The same in ms since 1970.
    pub acknowledged_ms: i64,
    /// Which call that was, and the event's place in it.
    pub place: (usize, usize),
}

/// A status as a door acknowledged it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The word.
    pub status: String,
    /// When, in ms since 1970.
    pub at_ms: i64,
}

/// Everything that the doors saw.
#[derive(Debug, Default)]
pub struct Doors {
    events: BTreeMap<String, Passage>,
    statuses: BTreeMap<String, Vec<Told>>,
}

impl Doors {
    /// Reads the book of the doors.
    pub fn read(evidence: &Evidence) -> Self {
        let mut doors = Self::default();
        for (n, call) in evidence.doors.iter().enumerate() {
            let Ok(body) = serde_json::from_slice::<Value>(&call.body) else {
                continue;
            };
            let (messages, statuses) = if call.function == Function::Incoming {
                values(&body)
            } else if body["type"] != "Message" {
                // session events repeat the whole conversation: they carry none of it
                (Vec::new(), Vec::new())
            } else {
                let messages = body["messages"].as_array().cloned().unwrap_or_default();
                let ids = messages.iter().filter_map(|m| m["_id"].as_str());
                (ids.map(str::to_owned).collect(), Vec::new())
            };
            let taken = call.status == Some(200);
            for (place, id) in messages.into_iter().enumerate() {
                let passage = doors.events.entry(id).or_insert(Passage {
                    began: call.began,
                    acknowledged: None,
                    acknowledged_ms: 0,
                    place: (n, place),
                });
                passage.began = passage.began.min(call.began);
                if taken && passage.acknowledged.is_none() {
                    passage.acknowledged = Some(call.ended);
                    passage.acknowledged_ms = call.ended_ms;
                    passage.place = (n, place);
                }
            }
            for (id, status) in statuses.into_iter().filter(|_| taken) {
                let at_ms = call.ended_ms;
                doors
                    .statuses
                    .entry(id)
                    .or_default()
                    .push(Told { status, at_ms });
            }
        }
        for (id, began, ended) in &evidence.enqueued {
            let passage = Passage {
                began: *began,
                acknowledged: Some(*ended),
                acknowledged_ms: 0,
                place: (usize::MAX, 0),
            };
            doors.events.insert(id.clone(), passage);
        }
        for (wamid, status, at_ms) in &evidence.told {
            let told = doors.statuses.entry(wamid.clone()).or_default();
            let place = told.partition_point(|told| told.at_ms <= *at_ms);
            let (status, at_ms) = (status.clone(), *at_ms);
            told.insert(place, Told { status, at_ms });
        }
        doors
    }

    /// How an event fared; `None` where no door ever saw it.
    pub fn passage(&self, id: &str) -> Option<&Passage> {
        self.events.get(id)
    }

    /// Whether an event was acknowledged.
    pub fn took(&self, id: &str) -> bool {
        self.passage(id).is_some_and(|p| p.acknowledged.is_some())
    }

    /// Whether `one` was acknowledged before `other` could have been, so that its place is first.
    pub fn in_order(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.passage(one), self.passage(other)) else {
            return false;
        };
        let (Some(ended), Some(_)) = (one.acknowledged, other.acknowledged) else {
            return false;
        };
        let same_body = one.place.0 == other.place.0 && one.began == other.began;
        ended < other.began || (same_body && one.place.1 < other.place.1)
    }

    /// The statuses of a message that were acknowledged, in order.
    pub fn statuses(&self, wamid: &str) -> &[Told] {
        self.statuses.get(wamid).map_or(&[], Vec::as_slice)
    }
}

/// The ids of the messages of a webhook body in order, and its statuses.
fn values(body: &Value) -> (Vec<String>, Vec<(String, String)>) {
    let (mut messages, mut statuses) = (Vec::new(), Vec::new());
    for entry in body["entry"].as_array().into_iter().flatten() {
        for change in entry["changes"].as_array().into_iter().flatten() {
            let value = &change["value"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            for message in value["messages"].as_array().into_iter().flatten() {
                messages.push(text(&message["id"]));
            }
            for status in value["statuses"].as_array().into_iter().flatten() {
                statuses.push((text(&status["id"]), text(&status["status"])));
            }
        }
    }
    (messages, statuses)
}
