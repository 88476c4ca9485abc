//! What customers and agents write: facts, parsed once at the door.

use serde::{Deserialize, Serialize};

use super::contact::Sender;
use super::content::{Content, Forwarded, Referral};
use super::ids::{PostId, UserId, Wamid};
use super::time::Timestamp;

/// A message that a customer sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// WhatsApp's id; the Rocket.Chat id is derived from it.
    pub id: Wamid,
    /// Who sent it.
    pub sender: Sender,
    /// When, by WhatsApp's clock.
    pub sent_at: Timestamp,
    /// What.
    pub content: Content,
    /// The message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Wamid>,
    /// It was passed on from another chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// What led the customer here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// The product that it is about, by the seller's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

impl InboundMessage {
    /// A message that is nothing but its content.
    pub fn plain(id: Wamid, sender: Sender, sent_at: Timestamp, content: Content) -> Self {
        Self {
            id,
            sender,
            sent_at,
            content,
            quoted: None,
            forwarded: None,
            referral: None,
            product: None,
        }
    }
}

/// A message as an agent wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentMessage {
    /// Rocket.Chat's `_id`.
    pub id: PostId,
    /// Text without the quote link.
    pub text: String,
    /// Who wrote it.
    pub author: Author,
    /// The quoted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<PostId>,
    /// Names of files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Set when this is a later version of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
}

/// The author of an agent's message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Rocket.Chat's user id.
    pub id: UserId,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// User name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}
