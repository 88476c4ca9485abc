//! How rooms, visitors and messages look from outside.

use std::collections::BTreeMap;

use serde_json::Value;

/// Who wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The contact.
    Visitor,
    /// An account other than the bridge's, by username.
    Agent(String),
    /// The bridge's bot.
    Bot,
    /// The server (joined, transferred, closed; the text is a closing comment, or the type).
    System,
}

/// A file in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLine {
    /// File id (see [`RocketChat::file_bytes`](super::RocketChat::file_bytes)).
    pub id: String,
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Size in bytes.
    pub size: usize,
    /// The caption under the attachment (`attachments[].description`).
    pub description: Option<String>,
}

/// A message as a person sees it in the room.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Message id.
    pub id: String,
    /// Who wrote it.
    pub author: Speaker,
    /// Its text without the quote link in front (a link that the server does not resolve stays).
    pub text: String,
    /// When it was stored, in ms since 1970.
    pub ts_ms: i64,
    /// The id of the message that it quotes.
    pub quote: Option<String>,
    /// Its (first) file.
    pub file: Option<FileLine>,
    /// Further files of the same message.
    pub more_files: Vec<FileLine>,
    /// Whether it was edited.
    pub edited: bool,
    /// The name shown instead of the author's, if any (visitors' lines carry the visitor's name).
    pub alias: Option<String>,
    /// Its UIKit blocks, if any.
    pub blocks: Option<Value>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// Room id.
    pub id: String,
    /// Displayed name: the visitor's, or the group's.
    pub label: String,
    /// Whether this is a livechat conversation (otherwise a private group).
    pub livechat: bool,
    /// The visitor's token (empty for a group).
    pub visitor_token: String,
    /// Department id.
    pub department: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// Username of the serving agent; `None` while queued.
    pub served_by: Option<String>,
    /// Whether the last word was the visitor's.
    pub waiting: bool,
    /// Topic.
    pub topic: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Custom fields of the room.
    pub custom_fields: BTreeMap<String, String>,
    /// Who closed it: `user` or `visitor`.
    pub closer: Option<String>,
    /// What the webhook's last non-empty 200 body said.
    pub crm_data: Option<String>,
    /// When it was opened, in ms since 1970.
    pub created_ms: i64,
    /// When something was last written, in ms since 1970.
    pub last_ms: i64,
    /// How many messages it holds, system messages included.
    pub messages: usize,
}

/// A livechat visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorView {
    /// Visitor id.
    pub id: String,
    /// Visitor token.
    pub token: String,
    /// Name.
    pub name: Option<String>,
    /// Username (`guest-N` or as registered).
    pub username: String,
    /// Phone, as registered.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Department id.
    pub department: Option<String>,
    /// Custom fields that were kept.
    pub custom_fields: BTreeMap<String, String>,
    /// Whether the contact is blocked.
    pub blocked: bool,
}

/// A webhook event that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct LostEvent {
    /// `type` of the event, or `Command` for an outgoing integration.
    pub event: String,
    /// The room that it belongs to.
    pub rid: String,
    /// How often it was tried.
    pub tries: u32,
    /// Why it was given up.
    pub reason: String,
    /// Its body.
    pub body: Value,
}
