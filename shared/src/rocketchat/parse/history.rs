//! Messages as they stand in a room (§1.4) → what the webhook tells of them (§2.3), read by the same
//! rules.

use serde_json::{Value, json};

use super::{command, parse_message, wire};
use crate::domain::ids::UserId;
use crate::domain::message::AgentMessage;
use crate::domain::time::Timestamp;

/// An agent's message that stands in a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The message, as the webhook tells of it.
    pub message: AgentMessage,
    /// When it was written, by Rocket.Chat's clock.
    pub at: Timestamp,
}

/// Reads a message of a room. The visitor's own (they carry the token), our bot's, those of the
/// system, hidden ones, commands, and those without a moment are nothing.
pub fn parse_standing(raw: &Value, bot: &UserId) -> Option<Standing> {
    let text = |key: &str| wire::text(raw.get(key));
    let is_hidden = raw.get("_hidden") == Some(&Value::Bool(true));
    if !text("t").is_empty() || !text("token").is_empty() || is_hidden {
        return None;
    }
    let at = wire::moment(raw.get("ts")?)?;
    let message = parse_message(&as_told(raw)?, bot)?;
    let is_for_us = command::is_command(&message.text);
    (!is_for_us).then_some(Standing { message, at })
}

/// The message in the webhook's form: its author as `agentId`, attachments only beside a file.
fn as_told(raw: &Value) -> Option<Value> {
    let mut told = raw.clone();
    let fields = told.as_object_mut()?;
    let author = wire::text(raw.pointer("/u/_id"));
    fields.insert("agentId".to_owned(), json!(author));
    if !raw.get("file").is_some_and(Value::is_object) {
        match raw.pointer("/files/0") {
            Some(first) => drop(fields.insert("file".to_owned(), first.clone())),
            None => drop(fields.remove("attachments")),
        }
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(more: &Value) -> Value {
        let mut message = json!({ "_id": "m1", "rid": "r1", "msg": "hello",
            "ts": "2026-06-01T08:00:00.000Z", "_updatedAt": "2026-06-01T08:00:00.000Z",
            "u": { "_id": "agent1", "username": "agent.one", "name": "Agent One" },
            "urls": [], "mentions": [], "channels": [], "md": [] });
        let more = more.as_object().cloned().unwrap_or_default();
        message.as_object_mut().unwrap().extend(more);
        message
    }

    fn read(more: &Value) -> Option<Standing> {
        parse_standing(&message(more), &UserId::new("bot1"))
    }

    #[test]
    fn an_agents_message_is_read_as_the_webhook_tells_it() {
        let standing = read(&json!({})).unwrap();
        assert_eq!(Some(standing.at), Timestamp::parse("2026-06-01T08:00:00Z"));
        let told = json!({ "_id": "m1", "msg": "hello", "agentId": "agent1",
            "u": { "_id": "agent1", "username": "agent.one", "name": "Agent One" } });
        let told = parse_message(&told, &UserId::new("bot1"));
        assert_eq!(Some(standing.message), told);
        let old = read(&json!({ "ts": { "$date": 1_780_300_800_000_i64 } })).unwrap();
        assert_eq!(old.at, Timestamp::from_millis(1_780_300_800_000));
    }

    #[test]
    fn what_is_no_agents_message_is_nothing() {
        for more in [
            json!({ "token": "b360-c1-p1-r" }),
            json!({ "t": "livechat-close", "msg": "done" }),
            json!({ "u": { "_id": "bot1" } }),
            json!({ "u": null }),
            json!({ "_hidden": true }),
            json!({ "msg": "!whatsapp held" }),
            json!({ "ts": null }),
            json!({ "ts": "yesterday" }),
            json!({ "_id": 7 }),
        ] {
            assert_eq!(read(&more), None, "{more}");
        }
        for raw in [json!(null), json!([]), json!("m1")] {
            assert_eq!(parse_standing(&raw, &UserId::new("bot1")), None, "{raw}");
        }
        // a null is as good as absent
        assert!(read(&json!({ "t": null, "token": null, "_hidden": false })).is_some());
    }

    #[test]
    fn attachments_count_only_beside_a_file() {
        let attachments = json!([{ "title": "a.pdf", "title_link": "/file-upload/f1/a.pdf" }]);
        let files = |more: &Value| read(more).unwrap().message.files.len();
        assert_eq!(files(&json!({ "attachments": attachments })), 0);
        let file = json!({ "_id": "f1", "name": "a.pdf", "type": "application/pdf" });
        assert_eq!(
            files(&json!({ "file": file, "attachments": attachments })),
            1
        );
        assert_eq!(
            files(&json!({ "files": [file], "attachments": attachments })),
            1
        );
        assert_eq!(files(&json!({ "files": [file] })), 1);
    }
}
