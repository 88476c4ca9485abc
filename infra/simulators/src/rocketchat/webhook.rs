//! What the Omnichannel webhook tells: which events, and their envelope
//! (Rocket.Chat reference §2.1–2.3).

use serde_json::{Value, json};

use super::answer::compact;
use super::delivery::{Delivery, Target};
use super::document::{self, iso};
use super::options::Version;
use super::state::{Chat, Note, State};

impl State {
    /// Queues a session event, if the settings want it.
    pub fn emit_session(&mut self, rid: &str, event: &'static str, extra: Value) {
        let setting = match event {
            "LivechatSessionStart" => "Livechat_webhook_on_start",
            "LivechatSessionQueued" => "Livechat_webhook_on_chat_queued",
            "LivechatSessionTaken" => "Livechat_webhook_on_chat_taken",
            "LivechatSessionForwarded" => "Livechat_webhook_on_forward",
            "LivechatSession" => "Livechat_webhook_on_close",
            // Sent whatever the settings say.
            _ => "",
        };
        if !setting.is_empty() && !self.flag(setting) {
            return;
        }
        let Some(chat) = self.chats.get(rid) else {
            return;
        };
        let messages: Vec<Value> = chat
            .notes
            .iter()
            .filter_map(|id| self.notes.get(id))
            .filter(|note| note.kind.is_none_or(|kind| kind == "livechat-close"))
            .map(|note| self.hook_message(chat, note))
            .collect();
        let mut body = self.envelope(chat, event, messages);
        if event != "LivechatEdit" {
            body["departmentId"] = json!(chat.department);
        }
        if matches!(
            event,
            "LivechatSessionTaken" | "LivechatSessionForwarded" | "LivechatSession"
        ) {
            body["servedBy"] = chat.served.as_ref().map_or(Value::Null, document::serving);
        }
        if let Some(ending) = chat.ending.as_ref().filter(|_| event == "LivechatSession") {
            body["closedAt"] = json!(iso(ending.at));
            body["closedBy"] = json!({ "_id": ending.by.id, "username": ending.by.username });
            body["closer"] = json!(ending.closer);
        }
        if let (Some(body), Value::Object(extra)) = (body.as_object_mut(), extra) {
            body.extend(extra);
        }
        self.enqueue(event, rid, compact(body));
    }

    /// Queues a message's event, if it is one that the settings want.
    pub fn emit_message(&mut self, id: &str) {
        let Some(note) = self.notes.get(id) else {
            return;
        };
        let from_agents = self.flag("Livechat_webhook_on_agent_message");
        let wanted = if note.token.is_some() {
            // 6.0 sends visitors' messages only where agents' are wanted too.
            self.flag("Livechat_webhook_on_visitor_message")
                && (self.version != Version::V6_0 || from_agents)
        } else {
            from_agents
        };
        if wanted && note.kind.is_none() {
            self.emit_any_message(id);
        }
    }

    /// Queues a message's event, system message or not.
    pub fn emit_any_message(&mut self, id: &str) {
        let Some(note) = self.notes.get(id) else {
            return;
        };
        let Some(chat) = self
            .chats
            .get(&note.rid)
            .filter(|chat| chat.visitor.is_some())
        else {
            return;
        };
        let body = self.envelope(chat, "Message", vec![self.hook_message(chat, note)]);
        let rid = note.rid.clone();
        self.enqueue("Message", &rid, compact(body));
    }

    fn enqueue(&mut self, event: &'static str, rid: &str, body: Value) {
        if self.text("Livechat_webhookUrl").is_empty() {
            return;
        }
        let due = self.now();
        let target = Target::Omnichannel;
        let (event, rid) = (event.to_owned(), rid.to_owned());
        self.pending.push_back(Delivery {
            due,
            tries: 0,
            event,
            rid,
            target,
            body,
        });
    }

    /// The envelope of every event that belongs to a room (§2.2).
    fn envelope(&self, chat: &Chat, event: &str, messages: Vec<Value>) -> Value {
        let guest = chat
            .visitor
            .as_ref()
            .and_then(|(id, _)| self.guest_by_id(id));
        let visitor = guest.map(|guest| {
            compact(json!({
                "_id": guest.id,
                "token": chat.visitor.as_ref().map(|(_, token)| token),
                "name": guest.name,
                "username": guest.username,
                "department": guest.department,
                "customFields": if guest.data.is_empty() { Value::Null } else { json!(guest.data) },
                "phone": document::phones(guest),
                "email": document::emails(guest),
            }))
        });
        let agent = chat
            .served
            .as_ref()
            .and_then(|serving| self.user(&serving.user));
        let agent = agent.map(|user| {
            json!({ "_id": user.id, "username": user.username, "name": user.name,
                "email": document::address(user) })
        });
        json!({
            "_id": chat.id,
            "label": chat.label,
            "topic": chat.topic,
            "createdAt": iso(chat.ts),
            "lastMessageAt": iso(chat.last),
            "tags": if chat.tags.is_empty() { Value::Null } else { json!(chat.tags) },
            "customFields": if chat.data.is_empty() { Value::Null } else { json!(chat.data) },
            "visitor": visitor,
            "agent": agent,
            "crmData": chat.crm,
            "type": event,
            "messages": messages,
        })
    }

    /// One message, as events carry it (§2.3).
    fn hook_message(&self, chat: &Chat, note: &Note) -> Value {
        let guest = chat
            .visitor
            .as_ref()
            .and_then(|(id, _)| self.guest_by_id(id));
        let by_guest = guest.is_some_and(|guest| guest.username == note.author.username);
        let older = self.version == Version::V6_0;
        let file = note.files.first().and_then(|id| self.files.get(id));
        let text = match &note.blocks {
            Some(blocks) if note.msg.is_empty() => blocks.to_string(),
            _ => note.msg.clone(),
        };
        let closing = note.kind == Some("livechat-close");
        compact(json!({
            "u": document::author(&note.author),
            "_id": note.id,
            "username": note.author.username,
            "msg": text,
            "ts": iso(note.ts),
            "rid": if older { Value::Null } else { json!(note.rid) },
            "_updatedAt": if older { Value::Null } else { json!(iso(note.updated)) },
            "agentId": if by_guest { Value::Null } else { json!(note.author.id) },
            "blocks": note.blocks,
            "editedAt": note.edited.map(iso),
            "closingMessage": if closing { json!(true) } else { Value::Null },
            "file": file.map(|f| json!({ "_id": f.id, "name": f.name, "type": f.mime })),
            "attachments": file.map(|_| &note.attachments),
            "fileUpload": file.map(|file| self.public_file(file)),
        }))
    }
}

/// The event of `livechat/webhook.test` (§2.3): a closed conversation that never was.
pub(crate) fn test_event(now: i64) -> Value {
    json!({
        "type": "LivechatSession",
        "_id": "fasd6f5a4sd6f8a4sdf",
        "label": "title",
        "topic": "asiodojf",
        "createdAt": iso(now),
        "lastMessageAt": iso(now),
        "tags": ["tag1", "tag2", "tag3"],
        "customFields": { "productId": "123456" },
        "visitor": {
            "_id": "", "name": "visitor name", "username": "visitor-username",
            "department": "department", "email": "email@address.com", "phone": "192873192873",
            "ip": "123.456.7.89", "browser": "Chrome", "os": "Linux",
            "customFields": { "customerId": "123456" },
        },
        "agent": { "_id": "asdf89as6df8", "username": "agent.username", "name": "Agent Name",
            "email": "agent@email.com" },
        "messages": [
            { "username": "visitor-username", "msg": "message content", "ts": iso(now) },
            { "username": "agent.username", "agentId": "asdf89as6df8",
                "msg": "message content from agent", "ts": iso(now) },
        ],
    })
}
