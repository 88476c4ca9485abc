//! 360dialog's Cloud API and the customers' phones behind it, as 360dialog reference
//! describes them. One [`Dialog360`] is one WhatsApp business account with any number of numbers.
//!
//! Time comes from the [`Clock`] alone and ids from a counter, so that a run can be repeated
//! exactly. Webhooks wait until [`Dialog360::deliver_due`] is called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use crate::clock::Clock;
use state::State;

mod answer;
mod check;
mod customers;
mod envelope;
mod files;
mod ids;
mod interactive;
mod options;
mod people;
mod phone;
mod queue;
mod routes;
mod send;
mod state;
mod statuses;
mod templates;
#[cfg(test)]
mod tests;
mod webhooks;

pub use customers::{Accepted, Customer, Item, NewName, Received};
pub use options::{Options, Outage, Refusing, SendFault};
pub use webhooks::{Undelivered, WebhookConfig};

/// The host of the download URLs that the platform hands out; callers replace it by the base URL
/// of the API (360dialog reference §1.6).
pub const DOWNLOAD_ORIGIN: &str = "https://lookaside.fbsbx.com";

/// A message that the business marked as read (360dialog reference §1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMark {
    /// The inbound message.
    pub wamid: String,
    /// The typing indicator was asked for too.
    pub typing: bool,
    /// When, in ms since 1970.
    pub at_ms: i64,
}

/// The simulator; clones share one state.
#[derive(Clone, Debug)]
pub struct Dialog360 {
    state: Arc<Mutex<State>>,
    version: Arc<watch::Sender<u64>>,
}

impl Dialog360 {
    /// An account without numbers and customers, with a few templates (`hello_world`,
    /// `order_confirmation`, `appointment_reminder`, `invoice_ready`, `summer_sale`, `login_code`,
    /// `new_offer`).
    pub fn new(clock: Clock, options: Options) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(clock, options))),
            version: Arc::new(watch::Sender::new(0)),
        }
    }

    /// The API (360dialog reference §1.1), to be served over a socket or called in-process.
    pub fn router(&self) -> axum::Router {
        routes::router(self)
    }

    /// Connects a number: its API key, its number as displayed (`+49 30 901820`) and its
    /// phone-number id. Afterwards either of the latter two names it.
    pub fn add_number(&self, api_key: &str, display_phone_number: &str, phone_number_id: &str) {
        self.change(|state| state.add_number(api_key, display_phone_number, phone_number_id));
    }

    /// Gives a number a new API key and returns it; the old one is refused from now on and the
    /// number's webhook is gone (360dialog reference §1.1). `None`: no such number.
    pub fn rotate_key(&self, number: &str) -> Option<String> {
        self.change(|state| {
            let id = state.number_id(number)?;
            let key = format!("key-{:016x}", ids::spread(state.next()));
            let number = state.numbers.get_mut(&id)?;
            number.api_key.clone_from(&key);
            number.webhook = None;
            Some(key)
        })
    }

    /// Changes the behaviour while running.
    pub fn tune(&self, change: impl FnOnce(&mut Options)) {
        self.with(|state| change(&mut state.options));
    }

    /// Puts a fault at the end of the queue; each `POST /messages` that sends takes the first.
    pub fn fail_next_send(&self, fault: SendFault) {
        self.with(|state| state.faults.push_back(fault));
    }

    /// Forgets the faults and failures that wait for the next sends.
    pub fn clear_faults(&self) {
        self.with(|state| {
            state.faults.clear();
            state.failures.clear();
        });
    }

    /// Takes the platform down on every route, or brings it back with `None`.
    pub fn outage(&self, outage: Option<Outage>) {
        self.change(|state| state.outage = outage);
    }

    /// Sets `can_send_message` of a number: `AVAILABLE`, `LIMITED` or `BLOCKED` (§1.9).
    pub fn set_health(&self, number: &str, can_send_message: &str) {
        self.change(|state| {
            let id = state.number_id(number).unwrap_or_default();
            if let Some(number) = state.numbers.get_mut(&id) {
                can_send_message.clone_into(&mut number.health);
            }
        });
    }

    /// Adds or replaces a template (by name and language): the members `name`, `language`,
    /// `category`, `components` and, if they differ from the usual, `status`,
    /// `parameter_format` … (§1.8).
    pub fn add_template(&self, template: Value) {
        self.add_templates(&[template]);
    }

    /// The same for many.
    pub fn add_templates(&self, templates: &[Value]) {
        self.change(|state| state.put_templates(templates));
    }

    /// Removes a template in all its languages.
    pub fn delete_template(&self, name: &str) {
        self.change(|state| state.templates.retain(|template| template["name"] != name));
    }

    /// Sets a template's status in lower case (`approved`, `paused`, `rejected` …); no webhook
    /// tells it (see [`webhook`](Self::webhook)).
    pub fn set_template_status(&self, name: &str, language: &str, status: &str) {
        self.change(|state| {
            let same = |t: &&mut Value| t["name"] == name && t["language"] == language;
            if let Some(template) = state.templates.iter_mut().find(same) {
                template["status"] = Value::from(status);
            }
        });
    }

    /// How many messages of a number were accepted, those that ended in `failed` included.
    pub fn sent_count(&self, number: &str) -> usize {
        self.with(|state| {
            let id = state.number_id(number).unwrap_or_default();
            state
                .messages
                .iter()
                .filter(|m| m.from_business && m.number == id)
                .count()
        })
    }

    /// What a number marked as read, oldest first.
    pub fn read_marks(&self, number: &str) -> Vec<ReadMark> {
        self.with(|state| {
            let id = state.number_id(number).unwrap_or_default();
            state
                .numbers
                .get(&id)
                .map(|number| number.read_marks.clone())
                .unwrap_or_default()
        })
    }

    /// Requests that no route knows, as `METHOD /path`; a test should end with none.
    pub fn unknown_paths(&self) -> Vec<String> {
        self.with(|state| state.unknown_paths.clone())
    }

    /// Calls per route (`POST /messages`, `GET /{id}` …), refused ones included.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.with(|state| state.calls.clone())
    }

    /// A counter that grows with every change of what the model holds, for pages that follow it.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Works on the state without telling the subscribers.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Works on the state and tells the subscribers.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let done = self.with(work);
        self.version.send_modify(|version| *version += 1);
        done
    }
}
