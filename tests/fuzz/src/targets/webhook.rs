//! 360dialog's webhook, from the bytes at the door to the entries of the queues.

use bridge::domain::contact::Sender;
use bridge::domain::ids::ConnectionId;
use bridge::domain::message::InboundMessage;
use bridge::domain::time::minutes;
use bridge::queue::task::{InboundV1, StatusTask, StatusV1};
use bridge::rocketchat::render::render_message;
use bridge::text::catalog::Language;
use bridge::whatsapp::parse::{Delivery, parse_webhook};
use serde_json::Value;

use super::{RECEIVED_AT, items};
use crate::cutting::{assert_cut, assert_reads_back};
use crate::{Target, fixtures};

/// See the module.
pub const TARGET: Target = Target {
    name: "webhook",
    seeds,
    check,
};

/// Why a body is refused.
const REASONS: [&str; 4] = ["not_utf8", "truncated_json", "not_json", "not_an_object"];

/// The fixtures, and what is too large to be one.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = fixtures("whatsapp");
    let long = "x".repeat(210_000);
    for message in [
        format!(r#"{{"id":"w1","from":"16505551234","text":{{"body":"{long}"}}}}"#),
        format!(r#"{{"id":"{long}","from":"16505551234","text":{{"body":"Hi"}}}}"#),
        format!(
            r#"{{"id":"w2","context":{{"id":"{long}"}},"from":"16505551234","text":{{"body":"Hi"}}}}"#
        ),
    ] {
        seeds.push(format!(r#"{{"messages":[{message}]}}"#).into_bytes());
    }
    seeds
}

fn check(body: &[u8]) {
    let read = parse_webhook(body, RECEIVED_AT);
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let Some(value) = value.filter(Value::is_object) else {
        let refused = read.expect_err("only an object is a body");
        assert!(REASONS.contains(&refused.0), "{refused}");
        return;
    };
    let delivery = read.expect("every object is a body");
    // fields that become something else than they are have tests of their own
    let entries = items(&value, "entry").iter();
    let mut changes = entries.flat_map(|entry| items(entry, "changes"));
    let own = ["user_id_update", "user_preferences"];
    let of_own = |change: &Value| text(change, "field").is_some_and(|f| own.contains(&f.as_str()));
    if !changes.any(of_own) {
        Expected::of(&value).assert(&delivery);
    }
    delivery.messages.iter().for_each(assert_message);
    let connection = ConnectionId::new("c1");
    for event in delivery.statuses {
        assert_reads_back(&StatusTask::Status(StatusV1 {
            connection: connection.clone(),
            received_at: RECEIVED_AT,
            event,
        }));
    }
    assert_cut(&InboundV1 {
        connection,
        number: delivery.number,
        received_at: RECEIVED_AT,
        messages: delivery.messages,
    });
}

/// What stands in a body, counted without our parser.
#[derive(Default)]
struct Expected {
    /// Ids of messages, in order; `None` for a message without one.
    messages: Vec<Option<String>>,
    /// Ids of statuses, in order.
    statuses: Vec<String>,
    /// Everything else: it has to be named at least.
    others: usize,
}

impl Expected {
    fn of(body: &Value) -> Self {
        let mut expected = Self::default();
        let entries = items(body, "entry").iter();
        for change in entries.flat_map(|entry| items(entry, "changes")) {
            let field = text(change, "field").unwrap_or_else(|| "messages".to_owned());
            match change.get("value").filter(|value| value.is_object()) {
                Some(value) if is_about_messages(&field, value) => expected.add(value),
                _ => expected.others += 1,
            }
        }
        expected.add(body);
        let nothing = expected.messages.is_empty() && expected.statuses.is_empty();
        if nothing && expected.others == 0 {
            expected.others = 1;
        }
        expected
    }

    fn add(&mut self, value: &Value) {
        for message in items(value, "messages") {
            let of_group = text(message, "group_id").is_some_and(|id| !id.is_empty());
            if message.is_object() && !of_group {
                let id = text(message, "id").filter(|id| !id.is_empty());
                self.messages.push(id);
            } else {
                self.others += 1;
            }
        }
        for status in items(value, "statuses") {
            let id = text(status, "id").filter(|id| !id.is_empty());
            match id.filter(|_| text(status, "status").is_some()) {
                Some(id) => self.statuses.push(id),
                None => self.others += 1,
            }
        }
        self.others += items(value, "errors").len();
    }

    /// Nothing is lost, nothing comes twice, everything is in order, and every message has an id.
    fn assert(&self, delivery: &Delivery) {
        assert_eq!(delivery.messages.len(), self.messages.len(), "messages");
        for (message, id) in delivery.messages.iter().zip(&self.messages) {
            match id {
                Some(id) if id.len() > 1_000 => {
                    assert!(message.id.as_str().starts_with("long-id."));
                }
                Some(id) => assert_eq!(message.id.as_str(), id),
                None => assert!(message.id.as_str().starts_with("no-id.")),
            }
        }
        let statuses = delivery.statuses.iter().map(|event| event.message.as_str());
        assert!(statuses.eq(self.statuses.iter()), "statuses");
        let others = delivery.other_fields.len() + delivery.templates.len();
        assert_eq!(others, self.others, "others");
    }
}

/// Messages count in fields that do not exist yet too.
fn is_about_messages(field: &str, value: &Value) -> bool {
    let others = ["history", "smb_message_echoes", "smb_app_state_sync"];
    let new = !others.contains(&field) && !field.starts_with("group_");
    field == "messages" || (new && !items(value, "messages").is_empty())
}

/// A member as text: strings, and numbers and booleans that stand where a string should.
fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn assert_message(message: &InboundMessage) {
    assert!(!message.id.as_str().is_empty(), "a message without an id");
    let shown = render_message(message, Language::English);
    let silent = shown.text().trim().is_empty() && shown.file.is_none();
    assert!(!silent, "nothing of {message:?}");
    let latest = RECEIVED_AT.plus(minutes(10));
    let (at, sane) = (message.sent_at, message.sent_at.millis() > 0);
    assert!(sane && at <= latest, "sent at {}", at.millis());
    let quoted = message.quoted.as_ref();
    assert!(quoted.is_none_or(|id| !id.as_str().is_empty()));
    assert_sender(&message.sender);
}

fn assert_sender(sender: &Sender) {
    if let Some(phone) = sender.phone.as_ref().map(|phone| phone.as_str()) {
        let digits = phone.bytes().all(|byte| byte.is_ascii_digit());
        assert!(digits && (5..=20).contains(&phone.len()), "{phone}");
    }
    if let Some(id) = sender.user_id.as_ref().map(|id| id.as_str()) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
        assert!(id.len() <= 160 && id.bytes().all(plain), "{id}");
    }
    for name in [&sender.name, &sender.username].into_iter().flatten() {
        assert!(!name.trim().is_empty() && name.chars().count() <= 100);
        assert!(!name.contains(char::is_control), "{name:?}");
    }
}
