//! Everything the platform remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::answer::Refusal;
use super::customers::Customer;
use super::ids;
use super::options::{Options, Outage, SendFault};
use super::queue::Queue;
use super::templates;
use super::webhooks::WebhookConfig;
use crate::clock::Clock;

/// One business number.
#[derive(Debug)]
pub(crate) struct Number {
    pub id: String,
    pub api_key: String,
    pub display: String,
    pub webhook: Option<WebhookConfig>,
    pub profile: Value,
    pub health: String,
    pub blocked: BTreeSet<String>,
    /// Times of the last second's messages, both directions.
    pub recent: VecDeque<i64>,
    /// Per customer: the time up to which the pair limit is used up.
    pub pairs: BTreeMap<String, i64>,
    /// Per customer: the last inbound message.
    pub windows: BTreeMap<String, i64>,
    /// Failed media look-ups of the last hour.
    pub media_errors: VecDeque<i64>,
    pub media_blocked_until: i64,
    pub read_marks: Vec<super::ReadMark>,
}

impl Number {
    pub fn digits(&self) -> String {
        ids::digits(&self.display)
    }

    /// Counts one message; `false` when the second is full.
    pub fn take_throughput(&mut self, now: i64, per_second: usize) -> bool {
        while self.recent.front().is_some_and(|at| *at <= now - 1_000) {
            self.recent.pop_front();
        }
        let free = self.recent.len() < per_second;
        if free {
            self.recent.push_back(now);
        }
        free
    }

    /// Counts one message to `customer`: one per 6 s, up to 45 borrowed ahead.
    pub fn take_pair(&mut self, customer: &str, now: i64) -> bool {
        let used = self.pairs.get(customer).copied().unwrap_or(now).max(now);
        let free = used - now <= 44 * 6_000;
        if free {
            self.pairs.insert(customer.to_owned(), used + 6_000);
        }
        free
    }

    /// Whether `customer` wrote within the last 24 hours.
    pub fn window_open(&self, customer: &str, now: i64) -> bool {
        self.windows
            .get(customer)
            .is_some_and(|at| now - at < 86_400_000)
    }
}

/// A message of either direction.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub wamid: String,
    pub number: String,
    pub customer: String,
    pub from_business: bool,
    pub kind: String,
    pub text: Option<String>,
    pub context: Option<String>,
    pub callback_data: Option<String>,
    pub at_ms: i64,
    pub body: Value,
    /// Addressed by business-scoped user id.
    pub by_user_id: bool,
    /// Template category or `service`.
    pub category: String,
    pub failed: bool,
    pub read: bool,
}

/// A stored file.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub number: String,
    pub mime_type: String,
    pub sha256: String,
    pub bytes: Vec<u8>,
    pub expires_ms: i64,
}

/// A customer and whether webhooks show the phone number.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub card: Customer,
    pub phone_hidden: bool,
}

#[derive(Debug)]
pub(crate) struct State {
    pub clock: Clock,
    pub options: Options,
    counter: u64,
    pub numbers: BTreeMap<String, Number>,
    pub people: BTreeMap<String, Person>,
    pub messages: Vec<Message>,
    pub by_wamid: BTreeMap<String, usize>,
    pub media: BTreeMap<String, Media>,
    /// Samples on their way: how long they are, and what is there.
    pub samples: BTreeMap<String, (usize, Vec<u8>)>,
    pub templates: Vec<Value>,
    pub queue: Queue,
    pub faults: VecDeque<SendFault>,
    pub failures: VecDeque<Refusal>,
    pub outage: Option<Outage>,
    pub calls: BTreeMap<String, u64>,
    pub unknown_paths: Vec<String>,
}

impl State {
    pub fn new(clock: Clock, options: Options) -> Self {
        Self {
            clock,
            templates: templates::seeded(&options.waba_id),
            counter: options.first_id,
            options,
            numbers: BTreeMap::new(),
            people: BTreeMap::new(),
            messages: Vec::new(),
            by_wamid: BTreeMap::new(),
            media: BTreeMap::new(),
            samples: BTreeMap::new(),
            queue: Queue::default(),
            faults: VecDeque::new(),
            failures: VecDeque::new(),
            outage: None,
            calls: BTreeMap::new(),
            unknown_paths: Vec::new(),
        }
    }

    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn add_number(&mut self, api_key: &str, display: &str, id: &str) {
        let number = Number {
            id: id.to_owned(),
            api_key: api_key.to_owned(),
            display: display.to_owned(),
            webhook: None,
            profile: json!({
                "messaging_product": "whatsapp", "about": "Hey there! I am using WhatsApp.",
                "vertical": "OTHER", "websites": [],
            }),
            health: "AVAILABLE".to_owned(),
            blocked: BTreeSet::new(),
            recent: VecDeque::new(),
            pairs: BTreeMap::new(),
            windows: BTreeMap::new(),
            media_errors: VecDeque::new(),
            media_blocked_until: 0,
            read_marks: Vec::new(),
        };
        self.numbers.insert(id.to_owned(), number);
    }

    /// The phone-number id for either that id or the display number.
    pub fn number_id(&self, number: &str) -> Option<String> {
        if self.numbers.contains_key(number) {
            return Some(number.to_owned());
        }
        let wanted = ids::digits(number);
        self.numbers
            .values()
            .find(|known| known.digits() == wanted)
            .map(|known| known.id.clone())
    }

    pub fn number_of_key(&self, api_key: &str) -> Option<String> {
        self.numbers
            .values()
            .find(|known| known.api_key == api_key)
            .map(|known| known.id.clone())
    }

    /// A customer's key, found by phone (any spelling) or user id.
    pub fn customer_key(&self, phone_or_id: &str) -> Option<String> {
        if self.people.contains_key(phone_or_id) {
            return Some(phone_or_id.to_owned());
        }
        let wanted = ids::comparable(&ids::digits(phone_or_id));
        let matches = |person: &Person| {
            let card = &person.card;
            card.user_id.as_deref() == Some(phone_or_id)
                || (!is_user_id(phone_or_id)
                    && card
                        .phone
                        .as_deref()
                        .is_some_and(|phone| ids::comparable(phone) == wanted))
        };
        self.people
            .iter()
            .find(|(_, person)| matches(person))
            .map(|(key, _)| key.clone())
    }

    pub fn message(&self, wamid: &str) -> Option<&Message> {
        self.by_wamid
            .get(wamid)
            .and_then(|at| self.messages.get(*at))
    }

    pub fn remember(&mut self, message: Message) {
        self.by_wamid
            .insert(message.wamid.clone(), self.messages.len());
        self.messages.push(message);
    }
}

/// `CC.` and up to 128 letters or digits (360dialog reference §2.7).
pub(crate) fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=135).contains(&rest.len())
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}
