//! Events of the webhook as somebody else gets them too (R37): untouched, unless they are too large.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::domain::workspace::WebhookEvents;

/// An event without its messages, which are skipped and not kept in memory.
#[derive(Deserialize)]
struct WithoutMessages {
    #[serde(rename = "messages")]
    _messages: Option<IgnoredAny>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The event with no messages in it (`[]`); `None` where it is no JSON object.
pub fn shorten(event: &[u8]) -> Option<String> {
    let WithoutMessages { mut rest, .. } = serde_json::from_slice(event).ok()?;
    rest.insert("messages".to_owned(), Value::Array(Vec::new()));
    Some(Value::Object(rest).to_string())
}

/// What tells which setting an event comes from.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    #[serde(rename = "type")]
    kind: Option<Value>,
    messages: Option<Value>,
    /// Absent in test events, which nobody's settings govern (§2.3).
    closed_at: Option<IgnoredAny>,
}

/// Whether an event would be sent to a webhook that carries `events`: those that we have switched on
/// for ourselves would not. What cannot be told is.
pub fn is_among(events: &WebhookEvents, event: &str) -> bool {
    if events.agent_messages && events.closings {
        return true;
    }
    let Ok(event) = serde_json::from_str::<Event>(event) else {
        return true;
    };
    match event.kind.as_ref().and_then(Value::as_str) {
        Some("LivechatSession") => events.closings || event.closed_at.is_none(),
        Some("Message") => {
            let first = event.messages.as_ref().and_then(|all| all.get(0));
            // stands exactly on messages that are not the visitor's (§2.3)
            let by_agent = first.is_some_and(|first| first.get("agentId").is_some());
            events.agent_messages || !by_agent
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shortened_event_has_everything_but_its_messages() {
        let event = json!({ "_id": "r1", "type": "LivechatSession", "messages": [{ "msg": "Hi" }],
            "visitor": { "token": "t", "n": [1, 2.5, null] }, "crmData": "\u{1F600}" });
        let shortened: Value =
            serde_json::from_str(&shorten(event.to_string().as_bytes()).unwrap()).unwrap();
        let mut expected = event;
        expected["messages"] = json!([]);
        assert_eq!(shortened, expected);
        let without = shorten(br#"{"type":"LivechatOfflineMessage"}"#).unwrap();
        assert_eq!(
            without,
            r#"{"messages":[],"type":"LivechatOfflineMessage"}"#
        );
        assert_eq!(shorten(b"[1]"), None);
        assert_eq!(shorten(b"{\"messages\":["), None);
    }

    #[test]
    fn what_was_switched_on_for_us_is_not_among_them() {
        let none = WebhookEvents {
            agent_messages: false,
            visitor_messages: false,
            closings: false,
        };
        let of_agent = json!({ "type": "Message", "messages": [{ "msg": "a", "agentId": "x" }] });
        let of_visitor = json!({ "type": "Message", "messages": [{ "msg": "a" }] });
        let closed = json!({ "type": "LivechatSession", "closedAt": "2026-06-05T11:22:30.664Z" });
        let test = json!({ "type": "LivechatSession", "_id": "fasd6f5a4sd6f8a4sdf" });
        let taken = json!({ "type": "LivechatSessionTaken" });
        for (event, expected) in [
            (&of_agent, false),
            (&of_visitor, true),
            (&closed, false),
            (&test, true),
            (&taken, true),
        ] {
            assert_eq!(is_among(&none, &event.to_string()), expected, "{event}");
            assert!(is_among(&WebhookEvents::default(), &event.to_string()));
        }
        assert!(is_among(&none, "not json"));
    }
}
