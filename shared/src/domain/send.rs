//! A template on its way to one or many people: what is to be sent, and what became of it for
//! each of them.

use serde::{Deserialize, Serialize};

use super::ids::{ConnectionId, PostId, SendId, UserId, WaId, Wamid};
use super::template::{Filled, Media, Parameter};
use super::time::Timestamp;

/// Most recipients of one send (reference: Rocket.Chat, §6.1).
pub const MOST_RECIPIENTS: usize = 250;

/// A send: one template to everybody in its list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendRecord {
    /// Its id.
    pub id: SendId,
    /// The number it goes out from.
    pub connection: ConnectionId,
    /// The template's name.
    pub template: String,
    /// Its language.
    pub language: String,
    /// Its category when it was sent, in upper case.
    pub category: String,
    /// The `template` member of the message as JSON; dynamic variables stand in it.
    pub body: String,
    /// What people read; dynamic variables stand in it.
    pub text: String,
    /// A file above the text that is not uploaded yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<LinkedFile>,
    /// Who answers the customers.
    #[serde(default)]
    pub target: Target,
    /// The name of the API key that sent it.
    pub by: String,
    /// The id of that key.
    #[serde(default)]
    pub by_key: String,
    /// How many recipients it has.
    pub recipients: usize,
    /// What was given as a number and cannot be one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid: Vec<String>,
    /// Whether it goes on.
    pub state: SendState,
    /// Its tasks stand in the queue: the door's work is done.
    #[serde(default)]
    pub queued: bool,
    /// When it was taken.
    pub created_at: Timestamp,
    /// When it was last made to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Timestamp>,
}

/// A file at a public address, to be fetched and uploaded once for all recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedFile {
    /// Its kind.
    pub media: Media,
    /// Where it is.
    pub link: String,
    /// WhatsApp's id of it, once it is uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<String>,
}

impl LinkedFile {
    /// The file above a template that is given by a link, where there is one.
    pub fn of(filled: &Filled) -> Option<Self> {
        filled.header.iter().find_map(|one| match one {
            Parameter::Media {
                media,
                link: Some(link),
                ..
            } if !link.trim().is_empty() => Some(Self {
                media: *media,
                link: link.trim().to_owned(),
                uploaded: None,
            }),
            _ => None,
        })
    }
}

/// Who answers the customer of a send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<TargetAgent>,
    /// The department's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
}

impl Target {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.agent.is_none() && self.department.is_none()
    }
}

/// The agent that a conversation is handed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetAgent {
    /// Rocket.Chat's id.
    pub id: UserId,
    /// The name that people know.
    pub name: String,
}

/// Whether a send goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// It goes on.
    Active,
    /// Nothing new is begun until it is resumed.
    Paused,
    /// Nothing new is begun any more.
    Cancelled,
}

/// One recipient of a send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipientRecord {
    /// Its place in the list, from 0.
    pub n: usize,
    /// The number, digits only.
    pub number: WaId,
    /// The number as it was given.
    pub given: String,
    /// What became of it.
    pub result: SendResult,
    /// Since when.
    pub at: Timestamp,
    /// Agents can see it.
    #[serde(default)]
    pub shown: bool,
}

/// What became of a send for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SendResult {
    /// Not yet decided.
    Queued,
    /// WhatsApp took it.
    Sent {
        /// Under this id.
        wamid: Wamid,
    },
    /// It was refused or given up.
    Failed {
        /// Why.
        code: String,
    },
    /// It may have arrived or not; WhatsApp never said.
    Unknown,
    /// It was not meant to be sent: `opted_out`, `cancelled`.
    Skipped {
        /// Why.
        code: String,
    },
}

impl SendResult {
    /// WhatsApp's word for it, as programs read it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent { .. } => "sent",
            Self::Failed { .. } => "failed",
            Self::Unknown => "unknown",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl SendId {
    /// The message that recipient `n` gets: its record and its status events carry this id.
    pub fn message(&self, n: usize) -> PostId {
        PostId::new(format!("send#{self}#{n}"))
    }

    /// Reads [`SendId::message`] back; `None` for other messages.
    pub fn of_message(id: &PostId) -> Option<(Self, usize)> {
        let (send, n) = id.as_str().strip_prefix("send#")?.rsplit_once('#')?;
        Some((Self::new(send), n.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipients_message_leads_back_to_it() {
        let id = SendId::new("s1");
        assert_eq!(SendId::of_message(&id.message(7)), Some((id, 7)));
        for other in ["welcome#r", "send#x", "send#x#y", ""] {
            assert_eq!(SendId::of_message(&PostId::new(other)), None, "{other}");
        }
    }
}
