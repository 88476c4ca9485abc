//! What a workspace stores: accounts, departments, visitors, rooms, messages, files.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

/// An account and its state.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub id: String,
    pub username: String,
    pub name: String,
    pub password: String,
    pub tokens: Vec<String>,
    pub roles: Vec<String>,
    pub online: bool,
    /// The assignment counter when this agent last got a conversation.
    pub assigned: u64,
}

impl User {
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|mine| mine == role)
    }
}

/// A department; agents by user id.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub id: String,
    pub name: String,
    pub enabled: bool,
    pub email: String,
    pub agents: Vec<String>,
}

/// A livechat visitor.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub id: String,
    pub token: String,
    pub name: Option<String>,
    pub username: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub department: Option<String>,
    pub status: String,
    pub data: BTreeMap<String, String>,
    pub blocked: bool,
    pub ts: i64,
    pub updated: i64,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    pub id: String,
    pub username: String,
    pub name: String,
}

/// A stored message.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub id: String,
    pub rid: String,
    pub msg: String,
    pub ts: i64,
    pub updated: i64,
    pub edited: Option<i64>,
    pub author: Author,
    /// The visitor's token, if the visitor wrote it.
    pub token: Option<String>,
    pub alias: Option<String>,
    /// System message type (`t`).
    pub kind: Option<&'static str>,
    pub files: Vec<String>,
    pub attachments: Vec<Value>,
    pub blocks: Option<Value>,
    pub quote: Option<String>,
    /// An outgoing integration's answer.
    pub by_integration: bool,
}

/// Who served a room, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub user: String,
    pub username: String,
    pub ts: i64,
}

/// How a conversation ended.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub at: i64,
    pub by: Author,
    /// `user` or `visitor`.
    pub closer: &'static str,
}

/// A conversation (`t: "l"`) or a private group (`t: "p"`).
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub id: String,
    pub label: String,
    /// The visitor's id and token; a group has none.
    pub visitor: Option<(String, String)>,
    pub department: Option<String>,
    pub open: bool,
    pub ts: i64,
    pub last: i64,
    pub updated: i64,
    pub served: Option<Serving>,
    pub ending: Option<Ending>,
    pub topic: Option<String>,
    pub tags: Vec<String>,
    pub data: BTreeMap<String, String>,
    pub crm: Option<String>,
    pub waiting: bool,
    pub notes: Vec<String>,
    /// Members of a group, by user id.
    pub members: Vec<String>,
}

impl Chat {
    /// An open conversation of a visitor (id and token), or a group, in which nothing was said.
    pub fn new(id: &str, label: &str, visitor: Option<(String, String)>, now: i64) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            waiting: visitor.is_some(),
            visitor,
            department: None,
            open: true,
            ts: now,
            last: now,
            updated: now,
            served: None,
            ending: None,
            topic: None,
            tags: Vec::new(),
            data: BTreeMap::new(),
            crm: None,
            notes: Vec::new(),
            members: Vec::new(),
        }
    }
}

/// A stored file.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub id: String,
    pub rid: String,
    pub name: String,
    pub mime: String,
    pub bytes: Bytes,
}

/// A defined Omnichannel custom field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub id: String,
    pub label: String,
    pub scope: String,
    pub visibility: String,
    pub required: bool,
}
