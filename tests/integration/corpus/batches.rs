//! Random batches: whatever stands around them, messages and statuses come out once, in order.

use bridge::rocketchat::render::render_message;
use bridge::text::catalog::Language;
use bridge::whatsapp::parse::parse_webhook;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::RECEIVED_AT;

/// Types that WhatsApp has; others are made up.
const TYPES: [&str; 21] = [
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "button",
    "interactive",
    "reaction",
    "order",
    "system",
    "unsupported",
    "unknown",
    "ephemeral",
    "edit",
    "revoke",
    "request_welcome",
    "",
];
/// Members of a message besides its id, its group and what its type names.
const MEMBERS: [&str; 8] = [
    "from",
    "from_user_id",
    "timestamp",
    "context",
    "errors",
    "referral",
    "identity",
    "text",
];
const STATUSES: [&str; 7] = [
    "sent",
    "delivered",
    "read",
    "played",
    "failed",
    "deleted",
    "x",
];

/// JSON of any shape, a few levels deep.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9+. ]{0,14}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![
            "[a-z_]{1,10}",
            prop::sample::select(vec![
                "body",
                "id",
                "title",
                "type",
                "caption",
                "message_id",
                "emoji",
                "message",
                "text",
                "button_reply",
                "latitude",
                "longitude",
                "name",
                "original_message_id",
                "errors",
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// A message without its id: any type, its member of any shape, further members or none.
fn message() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        8 => prop::sample::select(&TYPES[..]).prop_map(str::to_owned),
        1 => "[a-z]{1,12}",
    ];
    let members = prop::collection::vec((prop::sample::select(&MEMBERS[..]), any_json()), 0..5);
    let is_group = prop::bool::weighted(0.1);
    (kind, any_json(), members, any_json(), 0..4_u8, is_group).prop_map(
        |(kind, member, members, odd, type_is, is_group)| {
            let mut message = Map::new();
            for (name, value) in members {
                message.insert(name.to_owned(), value);
            }
            message.insert(kind.clone(), member);
            match type_is {
                0 => message.insert("type".to_owned(), odd),
                _ => message.insert("type".to_owned(), json!(kind)),
            };
            message.remove("id");
            message.remove("group_id");
            if is_group {
                message.insert("group_id".to_owned(), json!("group-1"));
            }
            Value::Object(message)
        },
    )
}

fn status() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(&STATUSES[..]);
    (word, any_json(), any_json(), any_json()).prop_map(|(word, timestamp, errors, recipient)| {
        json!({ "status": word, "timestamp": timestamp, "errors": errors, "recipient_id": recipient })
    })
}

/// Elements of a list, among them some that are none.
fn among_rubbish(elements: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<Value>> {
    let rubbish = any_json().prop_filter("an object may be an element", |value| !value.is_object());
    prop::collection::vec(prop_oneof![9 => elements, 1 => rubbish], 0..5)
}

fn value() -> impl Strategy<Value = Value> {
    let lists = (among_rubbish(message()), among_rubbish(status()));
    (lists, any_json(), any_json(), any_json()).prop_map(
        |((messages, statuses), contacts, metadata, errors)| {
            json!({ "messages": messages, "statuses": statuses, "contacts": contacts,
                "metadata": metadata, "errors": errors })
        },
    )
}

fn change() -> impl Strategy<Value = Value> {
    let field = prop::sample::select(vec![
        Some("messages"),
        Some("messages"),
        None,
        Some("history"),
        Some("holograms"),
    ]);
    (field, value()).prop_map(|(field, value)| match field {
        Some(field) => json!({ "field": field, "value": value }),
        None => json!({ "value": value }),
    })
}

fn batch() -> impl Strategy<Value = Value> {
    let entry = (among_rubbish(change()), any_json())
        .prop_map(|(changes, id)| json!({ "id": id, "changes": changes }));
    (among_rubbish(entry), value(), any::<bool>(), any_json()).prop_map(
        |(entries, top, has_top, object)| {
            let mut body = if has_top { top } else { json!({}) };
            body["object"] = object;
            body["entry"] = json!(entries);
            body
        },
    )
}

/// Ids that a batch has to give, in order.
#[derive(Debug, Default, PartialEq)]
struct Ids {
    messages: Vec<String>,
    statuses: Vec<String>,
}

/// Numbers every message and status of a batch; gives those that have to come out.
fn number(body: &mut Value) -> Ids {
    let mut ids = Ids::default();
    let mut next = 0;
    for entry in objects(&mut body["entry"]) {
        for change in objects(&mut entry["changes"]) {
            let messages = change["value"]["messages"].as_array();
            let has_some = messages.is_some_and(|messages| !messages.is_empty());
            let counts = match change.get("field").and_then(Value::as_str) {
                Some("history") => false,
                // messages count wherever Meta will put them
                Some("holograms") => has_some,
                _ => true,
            };
            let mut inside = Ids::default();
            number_value(&mut change["value"], &mut next, &mut inside);
            if counts {
                ids.messages.append(&mut inside.messages);
                ids.statuses.append(&mut inside.statuses);
            }
        }
    }
    if body.get("messages").is_some() {
        number_value(body, &mut next, &mut ids);
    }
    ids
}

fn number_value(value: &mut Value, next: &mut usize, ids: &mut Ids) {
    for message in objects(&mut value["messages"]) {
        *next += 1;
        let id = format!("wamid.{next}");
        message["id"] = json!(id);
        if message.get("group_id").is_none() {
            ids.messages.push(id);
        }
    }
    for status in objects(&mut value["statuses"]) {
        *next += 1;
        let id = format!("wamid.{next}");
        status["id"] = json!(id);
        ids.statuses.push(id);
    }
}

fn objects(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    let list = list.as_array_mut().into_iter().flatten();
    list.filter(|value| value.is_object())
}

/// What the parser gives for a body.
fn parsed(body: &str) -> Ids {
    let delivery = parse_webhook(body.as_bytes(), RECEIVED_AT).unwrap();
    for message in &delivery.messages {
        let shown = render_message(message, Language::English);
        let silent = shown.text().trim().is_empty() && shown.file.is_none();
        assert!(!silent, "nothing of {message:?}");
    }
    let messages = delivery.messages.iter().map(|m| m.id.as_str().to_owned());
    let statuses = delivery
        .statuses
        .iter()
        .map(|s| s.message.as_str().to_owned());
    Ids {
        messages: messages.collect(),
        statuses: statuses.collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_loses_nothing(mut body in batch()) {
        let expected = number(&mut body);
        prop_assert_eq!(parsed(&body.to_string()), expected);
    }

    #[test]
    fn of_a_repeated_key_the_last_counts(mut body in batch()) {
        let expected = number(&mut body);
        let mut text = body.to_string();
        for key in ["type", "messages", "statuses", "id", "status"] {
            text = text.replace(&format!("\"{key}\":"), &format!("\"{key}\":null,\"{key}\":"));
        }
        prop_assert_eq!(parsed(&text), expected);
    }
}
