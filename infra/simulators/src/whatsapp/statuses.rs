//! What becomes of a message after its acceptance (360dialog reference §2.4).

use serde_json::{Value, json};

use super::Dialog360;
use super::answer::Refusal;
use super::envelope::{self, Event, seconds};
use super::queue::Load;
use super::state::{Message, State};

/// 1 October 2026: service messages are billed from then on (§5).
const SERVICE_BILLED_FROM_MS: i64 = 1_790_812_800_000;

impl State {
    /// Schedules `failed`, or `sent` and `delivered`, of a message just accepted.
    pub fn schedule_statuses(&mut self, message: &Message, failure: Option<&Refusal>) {
        let options = self.options.clone();
        let sent = message.at_ms + options.sent_after_ms;
        let delivered = message.at_ms + options.delivered_after_ms;
        if let Some(failure) = failure {
            self.queue_status(message, "failed", sent, sent, Some(failure));
            return;
        }
        let (sent_due, delivered_due) = if options.statuses_out_of_order {
            (delivered, sent)
        } else {
            (sent, delivered)
        };
        self.queue_status(message, "sent", sent, sent_due, None);
        // a reaction is only ever `sent`
        if message.kind != "reaction" && !options.skip_delivered {
            self.queue_status(message, "delivered", delivered, delivered_due, None);
        }
    }

    fn queue_status(
        &mut self,
        message: &Message,
        status: &str,
        at_ms: i64,
        due_ms: i64,
        failure: Option<&Refusal>,
    ) {
        if !self.options.statuses {
            return;
        }
        let mut told = self.status(message, status, at_ms);
        let mut contact = None;
        match failure {
            Some(failure) => told["errors"] = json!([failure.webhook_error()]),
            None if self.options.status_contacts => {
                contact = self.people.get(&message.customer).map(envelope::contact);
            }
            None => {}
        }
        let event = Event::Status {
            contact,
            status: told,
        };
        self.enqueue(&message.number, due_ms, Load::Events(vec![event]));
    }

    fn status(&self, message: &Message, status: &str, at_ms: i64) -> Value {
        let mut told = json!({
            "id": message.wamid, "status": status, "timestamp": seconds(at_ms),
        });
        let card = self
            .people
            .get(&message.customer)
            .map(|person| &person.card);
        if message.by_user_id {
            told["recipient_user_id"] = json!(card.and_then(|card| card.user_id.clone()));
        } else {
            let phone = card.and_then(|card| card.phone.clone());
            told["recipient_id"] = json!(phone.unwrap_or_else(|| message.customer.clone()));
        }
        if let (Some(data), false) = (&message.callback_data, self.options.without_callback_data) {
            told["biz_opaque_callback_data"] = json!(data);
        }
        if status != "failed" {
            told["conversation"] = conversation(message, status);
            told["pricing"] = pricing(message);
        }
        told
    }

    /// Schedules `read` for what the customer has received from the number and not yet read.
    fn read_all(&mut self, number: &str, customer: &str) {
        let now = self.now();
        let unread = |message: &&mut Message| {
            let theirs = message.number == number && message.customer == customer;
            theirs && message.from_business && !message.read && !message.failed
        };
        let mut read = Vec::new();
        for message in self.messages.iter_mut().filter(unread) {
            message.read = true;
            if message.kind != "reaction" {
                read.push(message.clone());
            }
        }
        if self.options.read_receipts {
            for message in read {
                let at = now.max(message.at_ms + self.options.delivered_after_ms);
                self.queue_status(&message, "read", at, at, None);
            }
        }
    }
}

fn conversation(message: &Message, status: &str) -> Value {
    let day = message.at_ms.div_euclid(86_400_000);
    let seed: u64 = message
        .customer
        .bytes()
        .fold(day.unsigned_abs(), |sum, byte| {
            super::ids::spread(sum ^ u64::from(byte))
        });
    let mut told = json!({
        "id": format!("{seed:016x}{:016x}", super::ids::spread(seed)),
        "origin": { "type": message.category },
    });
    if status == "sent" {
        told["expiration_timestamp"] = json!(seconds((day + 1) * 86_400_000));
    }
    told
}

fn pricing(message: &Message) -> Value {
    let free = message.category == "service" && message.at_ms < SERVICE_BILLED_FROM_MS;
    let kind = if free {
        "free_customer_service"
    } else {
        "regular"
    };
    json!({
        "billable": !free, "pricing_model": "PMP", "type": kind, "category": message.category,
    })
}

impl Dialog360 {
    /// The customer opens the chat with a number: `read` of everything received and not yet read
    /// (360dialog reference §2.4), never before the time of `delivered`; nothing when
    /// `Options::read_receipts` is off.
    pub fn customer_reads(&self, number: &str, customer: &str) {
        self.change(|state| {
            if let (Some(number), Some(customer)) =
                (state.number_id(number), state.customer_key(customer))
            {
                state.read_all(&number, &customer);
            }
        });
    }

    /// The next accepted send ends in a status `failed` with this code and `error_data.details`;
    /// may be called several times.
    pub fn fail_next_status(&self, code: u32, details: &str) {
        self.with(|state| state.failures.push_back(Refusal::new(code, details)));
    }
}
