//! The parse corpus: what each body of a webhook means, as a snapshot; and that no batch, however
//! broken, loses a message. A fixture's name says its case.

mod batches;
mod hostile;
mod templates;

use std::path::Path;

use bridge::domain::ids::UserId;
use bridge::domain::message::InboundMessage;
use bridge::domain::time::Timestamp;
use bridge::rocketchat::parse::{AgentEvent, AgentEventKind, parse_event};
use bridge::rocketchat::render::{Enclosure, render_message};
use bridge::text::catalog::Language;
use bridge::whatsapp::parse::{Delivery, parse_webhook};
use serde_json::{Value, json};

/// When the bodies of the corpus arrive: a minute after most of their messages.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_780_658_610);

/// The user id of our own bot in the fixtures.
const BOT: &str = "bridge-bot";

#[test]
fn whatsapp_bodies_mean_what_their_snapshots_say() {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::glob!("../fixtures/whatsapp", "*.json", |path| {
            let meaning = match parse_webhook(&read(path), RECEIVED_AT) {
                Ok(delivery) => delivery_as_json(&delivery),
                Err(unreadable) => json!({ "unreadable": unreadable.to_string() }),
            };
            insta::assert_json_snapshot!("whatsapp", meaning);
        });
    });
}

#[test]
fn rocketchat_bodies_mean_what_their_snapshots_say() {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::glob!("../fixtures/rocketchat", "*.json", |path| {
            let meaning = match parse_event(&read(path), &UserId::new(BOT)) {
                Ok(events) => events.iter().map(event_as_json).collect(),
                Err(unreadable) => json!({ "unreadable": unreadable.to_string() }),
            };
            insta::assert_json_snapshot!("rocketchat", meaning);
        });
    });
}

#[test]
fn every_snapshot_has_its_fixture() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut snapshots = 0;
    for entry in std::fs::read_dir(here.join("snapshots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((corpus, case)) = name.split_once('@') else {
            continue;
        };
        let Some(fixture) = case.strip_suffix(".snap") else {
            continue;
        };
        let fixtures = here.join("../fixtures").join(corpus);
        assert!(fixtures.join(fixture).exists(), "{name} has no fixture");
        snapshots += 1;
    }
    assert!(snapshots >= 150, "{snapshots}");
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn delivery_as_json(delivery: &Delivery) -> Value {
    let mut meaning = json!({
        "number": delivery.number,
        "messages": delivery.messages.iter().map(message_as_json).collect::<Value>(),
        "statuses": delivery.statuses,
        "other_fields": delivery.other_fields,
    });
    if !delivery.templates.is_empty() {
        meaning["templates"] = json!(delivery.templates);
    }
    meaning
}

fn message_as_json(message: &InboundMessage) -> Value {
    let mut value = serde_json::to_value(message).unwrap();
    value["sent_at"] = json!(message.sent_at.to_string());
    let shown = render_message(message, Language::English);
    value["the_agent_sees"] = json!(shown.text());
    match shown.file {
        Some(Enclosure::Sent { name, label, .. }) => {
            value["with_the_file"] = json!({ "name": name, "called": label });
        }
        Some(Enclosure::Written {
            name,
            mime_type,
            text,
        }) => {
            value["with_the_file"] = json!({ "name": name, "type": mime_type, "text": text });
        }
        None => {}
    }
    value["is_quiet"] = json!(message.content.is_quiet());
    value
}

fn event_as_json(event: &AgentEvent) -> Value {
    let what = match &event.kind {
        AgentEventKind::Said(message) => json!({ "said": message }),
        AgentEventKind::Asked { message, words } => {
            json!({ "asked": { "message": message, "words": words } })
        }
        AgentEventKind::Closed { by_visitor, at } => {
            json!({ "closed": { "by_visitor": by_visitor, "at": at.map(|at| at.to_string()) } })
        }
    };
    json!({
        "connection": event.connection,
        "contact": event.contact,
        "token": event.token,
        "room": event.room,
        "what": what,
    })
}
