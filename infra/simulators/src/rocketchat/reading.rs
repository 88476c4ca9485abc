//! What tests and the local page read from a workspace.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::RocketChat;
use super::quotes;
use super::state::{Chat, Guest, Note, State};
use super::views::{FileLine, Line, LostEvent, RoomView, Speaker, VisitorView};

impl RocketChat {
    /// All rooms, in order of creation.
    pub fn rooms(&self) -> Vec<RoomView> {
        let state = self.lock();
        state
            .order
            .iter()
            .filter_map(|rid| state.chats.get(rid))
            .map(room_view)
            .collect()
    }

    /// One room.
    pub fn room(&self, rid: &str) -> Option<RoomView> {
        self.lock().chats.get(rid).map(room_view)
    }

    /// The rooms of one visitor token, in order of creation.
    pub fn rooms_of_token(&self, token: &str) -> Vec<RoomView> {
        self.rooms()
            .into_iter()
            .filter(|room| room.visitor_token == token)
            .collect()
    }

    /// The rooms of every visitor with this phone number (compared by its digits), in order of
    /// creation.
    pub fn rooms_of_phone(&self, phone: &str) -> Vec<RoomView> {
        let tokens: Vec<String> = self
            .visitors()
            .into_iter()
            .filter(|visitor| {
                visitor
                    .phone
                    .as_deref()
                    .is_some_and(|p| digits(p) == digits(phone))
            })
            .map(|visitor| visitor.token)
            .collect();
        self.rooms()
            .into_iter()
            .filter(|room| tokens.contains(&room.visitor_token))
            .collect()
    }

    /// All visitors, in order of creation.
    pub fn visitors(&self) -> Vec<VisitorView> {
        self.lock().guests.iter().map(visitor_view).collect()
    }

    /// The messages of a room, oldest first; empty for an unknown room.
    pub fn transcript(&self, rid: &str) -> Vec<Line> {
        let state = self.lock();
        let ids = state
            .chats
            .get(rid)
            .map(|chat| chat.notes.as_slice())
            .unwrap_or_default();
        ids.iter()
            .filter_map(|id| state.notes.get(id))
            .map(|note| line(&state, note))
            .collect()
    }

    /// How many messages are stored in all rooms, system messages left out.
    pub fn message_count(&self) -> usize {
        self.lock()
            .notes
            .values()
            .filter(|note| note.kind.is_none())
            .count()
    }

    /// A stored file's bytes.
    pub fn file_bytes(&self, id: &str) -> Option<Bytes> {
        self.lock().files.get(id).map(|file| file.bytes.clone())
    }

    /// How many files are stored, those that no message shows included.
    pub fn file_count(&self) -> usize {
        self.lock().files.len()
    }

    /// The present value of a setting.
    pub fn setting(&self, id: &str) -> Option<Value> {
        self.lock().settings.get(id).cloned()
    }

    /// The outgoing integrations, in order of creation.
    pub fn integrations(&self) -> Vec<Value> {
        self.lock()
            .integrations
            .iter()
            .map(|(_, config)| config.clone())
            .collect()
    }

    /// How often each route was called, as `"POST livechat/message"`; refused and failed calls
    /// count too.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.lock().calls.clone()
    }

    /// Each call on a route that the model does not know, as `"GET /api/v1/…"`.
    pub fn unknown_paths(&self) -> Vec<String> {
        self.lock().unknown.clone()
    }

    /// Events that were given up, oldest first.
    pub fn lost_events(&self) -> Vec<LostEvent> {
        self.lock().lost.clone()
    }
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn room_view(chat: &Chat) -> RoomView {
    RoomView {
        id: chat.id.clone(),
        label: chat.label.clone(),
        livechat: chat.visitor.is_some(),
        visitor_token: chat
            .visitor
            .as_ref()
            .map(|(_, token)| token.clone())
            .unwrap_or_default(),
        department: chat.department.clone(),
        open: chat.open,
        served_by: chat.served.as_ref().map(|serving| serving.username.clone()),
        waiting: chat.waiting,
        topic: chat.topic.clone(),
        tags: chat.tags.clone(),
        custom_fields: chat.data.clone(),
        closer: chat.ending.as_ref().map(|ending| ending.closer.to_owned()),
        crm_data: chat.crm.clone(),
        created_ms: chat.ts,
        last_ms: chat.last,
        messages: chat.notes.len(),
    }
}

fn visitor_view(guest: &Guest) -> VisitorView {
    VisitorView {
        id: guest.id.clone(),
        token: guest.token.clone(),
        name: guest.name.clone(),
        username: guest.username.clone(),
        phone: guest.phone.clone(),
        email: guest.email.clone(),
        department: guest.department.clone(),
        custom_fields: guest.data.clone(),
        blocked: guest.blocked,
    }
}

fn line(state: &State, note: &Note) -> Line {
    let mut files = file_lines(state, note).into_iter();
    let text = match (&note.quote, note.kind) {
        (Some(_), _) => quotes::without_links(&note.msg, state.text("Site_Url")),
        (None, Some(kind)) if note.msg.is_empty() => kind,
        (None, _) => &note.msg,
    };
    Line {
        id: note.id.clone(),
        author: speaker(state, note),
        text: text.to_owned(),
        ts_ms: note.ts,
        quote: note.quote.clone(),
        file: files.next(),
        more_files: files.collect(),
        edited: note.edited.is_some(),
        alias: note.alias.clone(),
        blocks: note.blocks.clone(),
    }
}

fn speaker(state: &State, note: &Note) -> Speaker {
    if note.kind.is_some() {
        Speaker::System
    } else if note.token.is_some() {
        Speaker::Visitor
    } else if note.author.id == state.bot {
        Speaker::Bot
    } else {
        Speaker::Agent(note.author.username.clone())
    }
}

fn file_lines(state: &State, note: &Note) -> Vec<FileLine> {
    let shown = note
        .attachments
        .iter()
        .filter(|one| one.get("message_link").is_none());
    let files = note.files.iter().filter_map(|id| state.files.get(id));
    files
        .zip(shown)
        .map(|(file, attachment)| FileLine {
            id: file.id.clone(),
            name: file.name.clone(),
            mime: file.mime.clone(),
            size: file.bytes.len(),
            description: attachment["description"].as_str().map(str::to_owned),
        })
        .collect()
}
