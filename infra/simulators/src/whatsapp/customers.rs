//! The customers' phones: what they send, and what they show.

use serde_json::{Value, json};

use super::Dialog360;
use super::envelope::Event;
use super::queue::Load;

/// Somebody with WhatsApp. At least one of `phone` and `user_id` is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// Profile name.
    pub name: String,
    /// Phone number, any spelling; kept as digits. It is the canonical `wa_id`.
    pub phone: Option<String>,
    /// Business-scoped user id (360dialog reference §2.7).
    pub user_id: Option<String>,
    /// WhatsApp username.
    pub username: Option<String>,
}

/// What a customer is known by from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewName {
    /// Another number (digits).
    Phone(String),
    /// Another business-scoped user id.
    UserId(String),
}

/// A message as the customer's phone shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// Message id.
    pub wamid: String,
    /// The business number's digits.
    pub from_number: String,
    /// Message type (`text`, `image`, `template` …).
    pub kind: String,
    /// What can be read: text, caption, button text, filled-in template, emoji.
    pub text: Option<String>,
    /// The quoted message, if the phone knows it; a reaction's target.
    pub context: Option<String>,
    /// `biz_opaque_callback_data` of the send.
    pub callback_data: Option<String>,
    /// When it was accepted, in ms since 1970.
    pub at_ms: i64,
    /// The message as it was sent over the wire.
    pub body: Value,
}

/// A message that the platform took from the business.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The key of the customer it went to.
    pub customer: String,
    /// A status `failed` took it back.
    pub failed: bool,
    /// The message.
    pub message: Received,
}

/// One part of a [`batch`](Dialog360::batch).
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An inbound message, as in [`sends`](Dialog360::sends).
    Message {
        /// The customer's phone or user id.
        customer: String,
        /// `type` and its member.
        member: Value,
    },
    /// A `statuses[]` element, as it is.
    Status(Value),
    /// What follows goes into another `changes[]` element.
    NewChange,
    /// What follows goes into another `entry[]` element.
    NewEntry,
}

impl Dialog360 {
    /// Registers a phone; returns the customer's key (the digits). With `Options::user_ids` the
    /// customer also has a user id derived from the number.
    pub fn customer(&self, name: &str, phone: &str) -> String {
        self.change(|state| state.register_phone(name, phone))
    }

    /// Registers a customer exactly as given, for example without a phone number
    /// (360dialog reference §2.7); returns the key: the digits, else the user id.
    pub fn customer_with(&self, customer: Customer) -> String {
        self.change(|state| state.register(customer))
    }

    /// All customers with their keys.
    pub fn customers(&self) -> Vec<(String, Customer)> {
        self.with(|state| {
            state
                .people
                .iter()
                .map(|(key, person)| (key.clone(), person.card.clone()))
                .collect()
        })
    }

    /// While `true`, webhooks show the customer by user id only (§2.7); the phone stays reachable.
    pub fn hide_phone(&self, customer: &str, hidden: bool) {
        self.change(|state| {
            let key = state.customer_key(customer).unwrap_or_default();
            if let Some(person) = state.people.get_mut(&key) {
                person.phone_hidden = hidden;
            }
        });
    }

    /// The customer has another number, or another user id, from now on (360dialog reference §2.3,
    /// `system`), and tells every one of `numbers` by a webhook. The key stays; what is sent to the old
    /// number reaches nobody.
    ///
    /// # Panics
    /// When a number was never added.
    pub fn renames(&self, numbers: &[&str], customer: &str, to: &NewName) {
        let (phone, user_id) = self.with(|state| {
            let key = state.customer_key(customer).unwrap_or_default();
            let card = state.people.get(&key).map(|person| person.card.clone());
            card.map_or((None, None), |card| (card.phone, card.user_id))
        });
        let system = match to {
            NewName::Phone(new) => json!({ "type": "user_changed_number", "wa_id": new,
                "body": format!("User changed from {} to {new}", phone.unwrap_or_default()) }),
            NewName::UserId(new) => json!({ "type": "user_changed_user_id", "user_id": new,
                "body": format!("User changed from {} to {new}", user_id.unwrap_or_default()) }),
        };
        for number in numbers {
            self.sends(
                number,
                customer,
                &json!({ "type": "system", "system": system }),
            );
        }
        self.change(|state| {
            let key = state.customer_key(customer).unwrap_or_default();
            if let Some(person) = state.people.get_mut(&key) {
                match to {
                    NewName::Phone(new) => person.card.phone = Some(new.clone()),
                    NewName::UserId(new) => person.card.user_id = Some(new.clone()),
                }
            }
        });
    }

    /// Ends the customer's 24-hour window at a number now (360dialog reference §5): free
    /// text is refused until the customer writes again.
    pub fn close_window(&self, number: &str, customer: &str) {
        self.change(|state| {
            let id = state.number_id(number).unwrap_or_default();
            let key = state.customer_key(customer).unwrap_or_default();
            if let Some(number) = state.numbers.get_mut(&id) {
                number.windows.remove(&key);
            }
        });
    }

    /// A text from the customer to a number (phone-number id or display number); returns the
    /// wamid. Opens the 24-hour window. A customer never registered becomes one.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn says(&self, number: &str, customer: &str, text: &str) -> String {
        self.sends(
            number,
            customer,
            &json!({ "type": "text", "text": { "body": text } }),
        )
    }

    /// A text that quotes an earlier message of either side; returns the wamid.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn replies(&self, number: &str, customer: &str, quoted: &str, text: &str) -> String {
        let from = self.with(|state| {
            let id = state.known_number(number);
            let theirs = state
                .message(quoted)
                .is_some_and(|quoted| !quoted.from_business);
            let own = state.numbers.get(&id).map(super::state::Number::digits);
            if theirs {
                state.customer_key(customer)
            } else {
                own
            }
        });
        let context = json!({ "from": from, "id": quoted });
        let text = json!({ "body": text });
        self.sends(
            number,
            customer,
            &json!({ "type": "text", "text": text, "context": context }),
        )
    }

    /// Any message from the customer: `member` holds `type`, its member and, if wanted, `context`,
    /// `referral`, `errors` … (§2.3); the common members and the envelope are put around it. A
    /// common member given as `null` is left out. Returns the wamid; a blocked customer's message
    /// is recorded, but no webhook tells it. `system` messages carry no contacts and open no window.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn sends(&self, number: &str, customer: &str, member: &Value) -> String {
        self.change(|state| {
            let number = state.known_number(number);
            let (wamid, event) = state.inbound(&number, customer, member);
            if let Some(event) = event {
                let now = state.now();
                state.enqueue(&number, now, Load::Events(vec![event]));
            }
            wamid
        })
    }

    /// Several messages, statuses, changes, entries in one POST; returns the messages' wamids.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn batch(&self, number: &str, items: Vec<Item>) -> Vec<String> {
        self.change(|state| {
            let number = state.known_number(number);
            let (mut wamids, mut events) = (Vec::new(), Vec::new());
            for item in items {
                events.extend(match item {
                    Item::Message { customer, member } => {
                        let (wamid, event) = state.inbound(&number, &customer, &member);
                        wamids.push(wamid);
                        event
                    }
                    Item::Status(status) => Some(Event::Status {
                        contact: None,
                        status,
                    }),
                    Item::NewChange => Some(Event::NewChange),
                    Item::NewEntry => Some(Event::NewEntry),
                });
            }
            let telling = |event: &Event| !matches!(event, Event::NewChange | Event::NewEntry);
            if events.iter().any(telling) {
                let now = state.now();
                state.enqueue(&number, now, Load::Events(events));
            }
            wamids
        })
    }

    /// A webhook with exactly this body, due now (template updates, broken or unknown shapes).
    ///
    /// # Panics
    /// When the number was never added.
    pub fn webhook(&self, number: &str, body: Value) {
        self.change(|state| {
            let (number, now) = (state.known_number(number), state.now());
            state.enqueue(&number, now, Load::Raw(body));
        });
    }

    /// What the customer's phone shows, oldest first; what ended in `failed` is not there.
    pub fn inbox(&self, customer: &str) -> Vec<Received> {
        self.with(|state| state.shown(customer, true))
    }

    /// Everything that the platform took from the business, in order of acceptance, to all
    /// customers and from all numbers, what failed later included.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.with(|state| state.all_accepted())
    }

    /// What the customer has sent, oldest first; `from_number` is the number it went to.
    pub fn said(&self, customer: &str) -> Vec<Received> {
        self.with(|state| state.shown(customer, false))
    }
}
