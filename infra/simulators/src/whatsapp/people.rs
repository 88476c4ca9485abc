//! Customers as the platform knows them, and what passes between them and a number.

use serde_json::Value;

use super::customers::{Accepted, Customer, Received};
use super::envelope::{self, Event};
use super::state::{self, Message, Number, Person, State};
use super::{ids, phone};

impl State {
    pub fn register(&mut self, mut card: Customer) -> String {
        card.phone = card.phone.map(|phone| ids::digits(&phone));
        let key = card.phone.clone().or_else(|| card.user_id.clone());
        let key = key.unwrap_or_else(|| format!("nobody-{}", self.people.len()));
        self.people.insert(
            key.clone(),
            Person {
                card,
                phone_hidden: false,
            },
        );
        key
    }

    pub fn register_phone(&mut self, name: &str, phone: &str) -> String {
        let phone = ids::digits(phone);
        let user_id = self.options.user_ids.then(|| ids::user_id(&phone));
        self.register(Customer {
            name: name.to_owned(),
            phone: Some(phone),
            user_id,
            username: None,
        })
    }

    /// The key of a customer; one never seen is registered under a name of its own.
    pub fn customer_or_stranger(&mut self, phone_or_id: &str) -> String {
        if let Some(key) = self.customer_key(phone_or_id) {
            return key;
        }
        if state::is_user_id(phone_or_id) {
            let user_id = Some(phone_or_id.to_owned());
            return self.register(Customer {
                name: "Someone".into(),
                user_id,
                ..Customer::default()
            });
        }
        self.register_phone("Someone", phone_or_id)
    }

    /// Records an inbound message and gives the event that tells it; `None` from blocked people.
    pub fn inbound(
        &mut self,
        number: &str,
        customer: &str,
        member: &Value,
    ) -> (String, Option<Event>) {
        let (now, key) = (self.now(), self.customer_or_stranger(customer));
        let wamid = match member["id"].as_str() {
            Some(given) => given.to_owned(),
            None => ids::wamid(&key, self.next(), false),
        };
        let kind = member["type"].as_str().unwrap_or("unknown").to_owned();
        let limit = self.options.throughput;
        let blocked = self.numbers.get_mut(number).is_none_or(|number| {
            number.take_throughput(now, limit);
            let blocked = number.blocked.contains(&key);
            if kind != "system" && !blocked {
                number.windows.insert(key.clone(), now);
            }
            blocked
        });
        let Some(person) = self.people.get(&key) else {
            return (wamid, None);
        };
        let message = envelope::message(person, &wamid, now, member);
        let contact = (kind != "system").then(|| envelope::contact(person));
        self.remember(Message {
            wamid: wamid.clone(),
            number: number.to_owned(),
            customer: key,
            from_business: false,
            text: phone::readable(&kind, &message, &[]),
            kind,
            context: message["context"]["id"].as_str().map(str::to_owned),
            callback_data: None,
            at_ms: now,
            body: message.clone(),
            by_user_id: false,
            category: "service".to_owned(),
            failed: false,
            read: false,
        });
        (
            wamid,
            (!blocked).then_some(Event::Message { contact, message }),
        )
    }

    pub fn known_number(&self, number: &str) -> String {
        match self.number_id(number) {
            Some(id) => id,
            None => panic!("the number {number} was never added to the model"),
        }
    }

    pub fn shown(&self, customer: &str, from_business: bool) -> Vec<Received> {
        let Some(key) = self.customer_key(customer) else {
            return Vec::new();
        };
        let ours = |message: &&Message| {
            message.customer == key && message.from_business == from_business && !message.failed
        };
        let show = |message| self.received(message);
        self.messages.iter().filter(ours).map(show).collect()
    }

    /// Everything that was taken from the business, in order, what failed later included.
    pub fn all_accepted(&self) -> Vec<Accepted> {
        let sent = self.messages.iter().filter(|message| message.from_business);
        sent.map(|message| Accepted {
            customer: message.customer.clone(),
            failed: message.failed,
            message: self.received(message),
        })
        .collect()
    }

    fn received(&self, message: &Message) -> Received {
        let number = self.numbers.get(&message.number).map(Number::digits);
        Received {
            wamid: message.wamid.clone(),
            from_number: number.unwrap_or_default(),
            kind: message.kind.clone(),
            text: message.text.clone(),
            context: message.context.clone(),
            callback_data: message.callback_data.clone(),
            at_ms: message.at_ms,
            body: message.body.clone(),
        }
    }
}
