//! What customers and agents write: facts, parsed once at the door.

use serde::{Deserialize, Deserializer, Serialize};

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
    /// Files that came with it.
    #[serde(
        default,
        deserialize_with = "read_files",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub files: Vec<AgentFile>,
    /// Answers that it offers (R41).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// They came as blocks, as programs write them: an answer goes back as its value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_program: bool,
    /// Set when this is a later version of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
    /// When the first version was written, where this is a later one and says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
}

impl AgentMessage {
    /// What it is known again by: its words, else what it offers, else its first file.
    pub fn excerpt(&self) -> Option<&str> {
        let words = Some(self.text.as_str()).filter(|text| !text.trim().is_empty());
        let choice = || Some(self.choices.first()?.title.as_str());
        let file = || Some(self.files.first()?.name.as_str());
        words.or_else(choice).or_else(file)
    }
}

/// A file that an agent sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFile {
    /// Its name.
    pub name: String,
    /// Where it is at the workspace: a path; absent where the message does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its MIME type; may be empty.
    #[serde(default)]
    pub mime_type: String,
    /// Its size in bytes, where the message says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The words below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

impl AgentFile {
    /// A file of which nothing is known but its name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: None,
            mime_type: String::new(),
            size: None,
            caption: None,
        }
    }
}

/// Tasks of the first version knew only the names of files.
fn read_files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AgentFile>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Name(String),
        Whole(AgentFile),
    }
    let written = Vec::<Written>::deserialize(from)?.into_iter();
    let file = |written| match written {
        Written::Name(name) => AgentFile::named(name),
        Written::Whole(file) => file,
    };
    Ok(written.map(file).collect())
}

/// An answer that is offered to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the customer reads.
    pub title: String,
    /// What a program wants to hear when it is chosen.
    pub value: String,
    /// It leads to a page instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_first_version_are_read_by_their_names() {
        let old = r#"{"id":"m1","text":"","author":{"id":"u1"},"files":["a.pdf"]}"#;
        let message: AgentMessage = serde_json::from_str(old).unwrap();
        assert_eq!(message.files[0].name, "a.pdf");
        assert_eq!(message.files[0].path, None);
        let written = serde_json::to_string(&message).unwrap();
        assert_eq!(
            serde_json::from_str::<AgentMessage>(&written).unwrap(),
            message
        );
    }
}
