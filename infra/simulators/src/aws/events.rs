//! EventBridge: a bus that keeps what was put on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::answer::{Refusal, request};

/// An event as it was put.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Name or ARN of its bus.
    pub bus: String,
    /// Its source.
    pub source: String,
    /// Its `detail-type`.
    pub detail_type: String,
    /// Its detail, which must be a JSON object.
    pub detail: Value,
}

/// EventBridge in process; clones share their state.
///
/// `PutEvents` answers 200 also where it took nothing: the entries tell (AWS API reference).
#[derive(Clone, Debug, Default)]
pub struct Events {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    events: Vec<Event>,
    out_of_order: bool,
}

impl Events {
    /// Everything that was put, in order.
    pub fn all(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    /// From now on every entry fails, or none.
    pub fn set_out_of_order(&self, out_of_order: bool) {
        self.lock().out_of_order = out_of_order;
    }

    /// One operation of the wire.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        if operation != "PutEvents" {
            return Err(Refusal::unknown_operation(operation));
        }
        let input = request(body)?;
        let entries = input["Entries"].as_array().cloned().unwrap_or_default();
        if !(1..=10).contains(&entries.len()) {
            let message = "Entries must hold 1 to 10 events";
            return Err(Refusal::plain("ValidationException", message));
        }
        let mut state = self.lock();
        let mut failed = 0;
        let mut answers = Vec::new();
        for entry in &entries {
            match event_of(entry) {
                Ok(_) if state.out_of_order => {
                    failed += 1;
                    let message = "try again";
                    answers
                        .push(json!({ "ErrorCode": "InternalFailure", "ErrorMessage": message }));
                }
                Ok(event) => {
                    state.events.push(event);
                    answers.push(json!({ "EventId": format!("event-{}", state.events.len()) }));
                }
                Err(message) => {
                    failed += 1;
                    answers
                        .push(json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": message }));
                }
            }
        }
        Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn event_of(entry: &Value) -> Result<Event, &'static str> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let detail: Value = serde_json::from_str(&text("Detail")).unwrap_or_default();
    if !detail.is_object() || text("Source").is_empty() || text("DetailType").is_empty() {
        return Err("Detail is malformed");
    }
    let bus = text("EventBusName");
    Ok(Event {
        bus: if bus.is_empty() {
            "default".to_owned()
        } else {
            bus
        },
        source: text("Source"),
        detail_type: text("DetailType"),
        detail,
    })
}
