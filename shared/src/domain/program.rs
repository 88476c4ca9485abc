//! Messages that programs send through the API (R46): what is to be sent, and what is wrong with it.

use serde::{Deserialize, Serialize};

use super::ids::{ConnectionId, ContactId, PostId, Wamid};
use super::time::Timestamp;

/// A message as a program gave it, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramMessage {
    /// WhatsApp's word for its type: `text`, `image`, `interactive`, …
    pub kind: String,
    /// Its type and its member as JSON, as WhatsApp takes them; a file's link stands in it until the
    /// file is uploaded.
    pub body: String,
    /// What there is to read of it.
    pub text: String,
    /// A file that is given by its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ProgramFile>,
    /// The message that it reacts to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reacts_to: Option<Wamid>,
}

/// A file at a public address, to be fetched and uploaded before the send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFile {
    /// Where its member stands in the body, as a JSON pointer.
    pub at: String,
    /// Its kind.
    pub kind: FileKind,
    /// Where it is.
    pub link: String,
    /// Its name.
    pub name: String,
    /// WhatsApp's id of it, once it is uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<String>,
}

/// The kinds of files that WhatsApp knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound or voice message.
    Audio,
    /// A file to open.
    Document,
    /// A sticker.
    Sticker,
}

impl FileKind {
    /// The kind that WhatsApp's word stands for.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            "document" => Self::Document,
            "sticker" => Self::Sticker,
            _ => return None,
        })
    }

    /// The largest file that is fetched, in bytes (reference: 360dialog, §1.6). Documents are held in
    /// the worker's memory on their way, so that they may have less than WhatsApp's 100 MB: what is
    /// larger can be uploaded to 360dialog by the program, and be sent by its id.
    pub fn largest(self) -> usize {
        const MB: usize = 1024 * 1024;
        match self {
            Self::Image => 5 * MB,
            Self::Video | Self::Audio => 16 * MB,
            Self::Document => 20 * MB,
            Self::Sticker => MB / 2,
        }
    }
}

/// A message of a program on its way, as it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramRecord {
    /// Its id: of the record, of the intent, and in callbacks.
    pub id: PostId,
    /// The number it goes out from.
    pub connection: ConnectionId,
    /// Whom it is for.
    pub contact: ContactId,
    /// What.
    pub message: ProgramMessage,
    /// The message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Wamid>,
    /// The name of the API key that sent it.
    pub by: String,
    /// The id of that key.
    pub by_key: String,
    /// Its task stands in the queue: the door's work is done.
    #[serde(default)]
    pub queued: bool,
    /// When it was taken.
    pub created_at: Timestamp,
}

/// How ids of programs' messages begin.
const PROGRAM: &str = "api-";

impl PostId {
    /// The id of a program's message, from a token. It can stand in a path.
    pub fn of_program(token: &str) -> Self {
        Self::new(format!("{PROGRAM}{token}"))
    }

    /// Whether a message is a program's.
    pub fn is_of_program(&self) -> bool {
        self.as_str().starts_with(PROGRAM)
    }
}

/// What is wrong with a message: for programs, and in words that name the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// `missing_field`, `invalid_field`, `unknown_field`, `unknown_type`.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

impl Fault {
    /// A field that has to be there is not.
    pub fn missing(path: &str, what: &str) -> Self {
        Self {
            code: "missing_field",
            message: format!("`{path}` is missing: {what}."),
        }
    }

    /// A field is not what it must be.
    pub fn wrong(path: &str, expected: &str) -> Self {
        Self {
            code: "invalid_field",
            message: format!("`{path}` must be {expected}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_message_can_stand_in_a_path() {
        let id = PostId::of_program("0aZ");
        assert_eq!(id.as_str(), "api-0aZ");
    }

    #[test]
    fn kinds_are_whatsapps_words() {
        for word in ["image", "video", "audio", "document", "sticker"] {
            let kind = FileKind::of(word).map(|kind| serde_json::to_value(kind).unwrap());
            assert_eq!(kind, Some(word.into()));
        }
        assert_eq!(FileKind::of("text"), None);
    }
}
