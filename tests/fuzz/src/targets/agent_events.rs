//! Rocket.Chat's Omnichannel webhook, from the bytes at the door to the tasks of the queue.

use bridge::domain::ids::{UserId, VisitorToken};
use bridge::domain::message::AgentMessage;
use bridge::queue::task::{AgentV1, AskedV1, ClosedV1, OutboundTask};
use bridge::rocketchat::parse::{AgentEvent, AgentEventKind, parse_event};
use serde_json::{Value, json};

use super::{RECEIVED_AT, word};
use crate::cutting::assert_reads_back;
use crate::{Target, fixtures};

/// See the module.
pub const TARGET: Target = Target {
    name: "agent-events",
    seeds: || fixtures("rocketchat"),
    check,
};

/// The user id of our own bot in the fixtures.
const BOT: &str = "bridge-bot";

fn check(body: &[u8]) {
    let read = parse_event(body, &UserId::new(BOT));
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let Some(value) = value.filter(Value::is_object) else {
        let refused = read.expect_err("only an object is a body");
        assert!(["not_json", "not_an_object"].contains(&refused.0));
        return;
    };
    let events = read.expect("every object is a body");
    assert_complete(&value, &events);
    for event in &events {
        assert_ids(&value, event);
    }
    assert_others_are_nothing(&value);
    for event in events {
        assert_reads_back(&task(event));
    }
}

/// The messages of a body that are an agent's, found without our parser.
fn said(body: &Value) -> Vec<&Value> {
    let messages = body.get("messages").and_then(Value::as_array);
    let messages = messages.into_iter().flatten();
    messages
        .filter(|message| {
            let by = word(message, "agentId");
            let closing = message.get("closingMessage") == Some(&json!(true));
            !by.is_empty() && by != BOT && !word(message, "_id").is_empty() && !closing
        })
        .collect()
}

/// A command that was changed is nothing: it was carried out when it was written.
fn may_be_a_changed_command(raw: &Value) -> bool {
    let changed = raw.get("editedAt").is_some_and(|at| !at.is_null());
    changed && raw.to_string().to_lowercase().contains("whatsapp")
}

/// Whether the body is about a room of ours.
fn is_ours(body: &Value) -> bool {
    let token = body.get("visitor").map(|visitor| word(visitor, "token"));
    let token = VisitorToken::new(token.unwrap_or_default());
    token.parts().is_some() && !word(body, "_id").is_empty()
}

/// Every message of an agent comes out once and in order, an end of a conversation as one event.
fn assert_complete(body: &Value, events: &[AgentEvent]) {
    let kind = word(body, "type");
    let expected = match kind {
        _ if !is_ours(body) => Vec::new(),
        "Message" => said(body),
        "LivechatSession" => vec![body],
        _ => Vec::new(),
    };
    if kind == "Message" && expected.iter().any(|raw| may_be_a_changed_command(raw)) {
        assert!(events.len() <= expected.len(), "events of a {kind:?}");
        return;
    }
    assert_eq!(events.len(), expected.len(), "events of a {kind:?}");
    for (event, raw) in events.iter().zip(expected) {
        match &event.kind {
            AgentEventKind::Said(message) => {
                assert_eq!(kind, "Message");
                assert_said(raw, message);
            }
            AgentEventKind::Asked { message, .. } => {
                assert_eq!(kind, "Message");
                assert_eq!(message.as_str(), word(raw, "_id"));
            }
            AgentEventKind::Closed { by_visitor, .. } => {
                assert_eq!(kind, "LivechatSession");
                assert_eq!(*by_visitor, word(raw, "closer") == "visitor");
            }
        }
    }
}

/// Token and ids stand in the body; connection and contact are what the token names.
fn assert_ids(body: &Value, event: &AgentEvent) {
    let token = event.token.as_str();
    assert_eq!(token, word(&body["visitor"], "token"));
    assert_eq!(event.room.as_str(), word(body, "_id"));
    let (connection, contact) = (event.connection.as_str(), event.contact.as_str());
    assert!(!connection.is_empty() && !contact.is_empty(), "{token}");
    assert!(!connection.contains('-') && !contact.contains('-'));
    assert!(token.starts_with(&format!("b360-{connection}-{contact}-")));
}

fn assert_said(raw: &Value, message: &AgentMessage) {
    assert_eq!(message.id.as_str(), word(raw, "_id"));
    assert_eq!(message.author.id.as_str(), word(raw, "agentId"));
    let edited_at = message.edited_at.as_ref();
    assert!(edited_at.is_none_or(|at| !at.is_empty()), "edited at ''");
    let titles = message.choices.iter().map(|choice| choice.title.trim());
    assert!(
        titles.clone().all(|title| !title.is_empty()),
        "an answer without words"
    );
    let paths = message.files.iter().filter_map(|file| file.path.as_deref());
    let own = |path: &str| path.starts_with("/file-upload/") && !path.contains("/../");
    assert!(paths.clone().all(own), "a file elsewhere");
    let has_list = |key: &str| raw.get(key).is_some_and(Value::is_array);
    if has_list("blocks") || has_list("attachments") {
        return;
    }
    let written = word(raw, "msg");
    match &message.quotes {
        // answers stand behind the words
        None if !message.choices.is_empty() => assert!(written.starts_with(&message.text)),
        None => assert_eq!(message.text, written),
        Some(id) => {
            assert!(written.contains(&message.text), "{written:?}");
            assert!(written.contains(&format!("msg={id}")), "{written:?}");
        }
    }
    // the link of a quote never reaches the customer: no further one stands in front
    let again = agent_message(&message.text);
    assert_eq!(again.quotes, None);
    assert_eq!(again.text, message.text);
}

/// The same body written by our bot, or about another channel's visitor, gives nothing.
fn assert_others_are_nothing(body: &Value) {
    let mut echo = body.clone();
    let messages = echo.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten() {
        if let Some(message) = message.as_object_mut() {
            message.insert("agentId".to_owned(), json!(BOT));
        }
    }
    let is_said = |event: &AgentEvent| matches!(event.kind, AgentEventKind::Said(_));
    assert!(!parse(&echo).iter().any(is_said), "our own words came back");
    let mut other = body.clone();
    other["visitor"] = json!({ "token": "widget-c1-p1-r" });
    assert!(parse(&other).is_empty(), "another channel's event");
}

fn parse(body: &Value) -> Vec<AgentEvent> {
    let body = body.to_string();
    parse_event(body.as_bytes(), &UserId::new(BOT)).expect("an object")
}

fn task(event: AgentEvent) -> OutboundTask {
    let AgentEvent {
        connection,
        contact,
        token,
        room,
        kind,
    } = event;
    match kind {
        AgentEventKind::Said(message) => OutboundTask::Agent(AgentV1 {
            connection,
            contact,
            token,
            room,
            received_at: RECEIVED_AT,
            message,
        }),
        AgentEventKind::Asked { message, words } => OutboundTask::Asked(AskedV1 {
            connection,
            contact,
            token,
            room,
            message,
            words,
        }),
        AgentEventKind::Closed { by_visitor, at } => OutboundTask::Closed(ClosedV1 {
            connection,
            contact,
            token,
            room,
            by_visitor,
            closed_at: at.unwrap_or(RECEIVED_AT),
        }),
    }
}

/// What our parser reads where an agent writes `text`.
pub(super) fn agent_message(text: &str) -> AgentMessage {
    let body = json!({
        "_id": "r1",
        "type": "Message",
        "visitor": { "token": "b360-c1-p1-r" },
        "messages": [{ "_id": "m1", "agentId": "agent", "msg": text }],
    });
    match parse(&body).pop().map(|event| event.kind) {
        Some(AgentEventKind::Said(message)) => message,
        other => panic!("not a message: {other:?}"),
    }
}
