//! What customers and agents write: facts, parsed once at the door.

use serde::{Deserialize, Serialize};

use super::contact::Sender;
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
}

/// What a customer's message contains, as far as an agent has to see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text, with WhatsApp's markup.
        body: String,
    },
    /// A tapped button or list row.
    Choice {
        /// The id or payload that was sent with the option.
        id: String,
        /// What the customer saw and tapped.
        title: String,
    },
    /// A file of any kind.
    Media {
        /// `image`, `video`, `audio`, `voice`, `document`, `sticker`.
        media: String,
        /// The words below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// The file's name, for documents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Name and address, as far as given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// An emoji put on a message, or taken away (`None`).
    Reaction {
        /// The message it is about.
        target: Wamid,
        /// The emoji; absent on removal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
    /// The customer changed an earlier message.
    Edited {
        /// The earlier message.
        target: Wamid,
        /// The new text, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// The customer deleted an earlier message.
    Deleted {
        /// The earlier message.
        target: Wamid,
    },
    /// WhatsApp says something about the customer (number or id changed, …).
    System {
        /// WhatsApp's words.
        body: String,
    },
    /// Something that WhatsApp itself could not hand over (polls, view-once, …).
    Unsupported {
        /// What it was, where WhatsApp says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<String>,
    },
    /// Anything else, also what does not exist yet: named and never dropped.
    Other {
        /// The vendor's word for the type.
        what: String,
        /// What could be read of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

impl Content {
    /// Quiet content never opens a room nor causes a text: it waits for the next room (R35).
    pub fn is_quiet(&self) -> bool {
        matches!(
            self,
            Self::Reaction { .. }
                | Self::Edited { .. }
                | Self::Deleted { .. }
                | Self::System { .. }
        )
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
