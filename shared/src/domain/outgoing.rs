//! What we send to customers: the record of an intent, written before the first call, which makes
//! a send happen once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::Route;
use super::ids::{ConnectionId, ContactId, PostId, RoomId, Wamid};
use super::message::Choice;
use super::time::{Timestamp, minutes};

/// A message on its way to a customer, with the state of each part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The Rocket.Chat message, the key of a text of ours (`welcome#<rid>`), or a program's message.
    pub id: PostId,
    /// The number it goes out from.
    pub connection: ConnectionId,
    /// Whom it is for.
    pub contact: ContactId,
    /// The room it came from, where notes about it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Between which numbers, for the status endpoint.
    #[serde(default)]
    pub route: Route,
    /// Whose words.
    pub origin: Origin,
    /// The quoted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Wamid>,
    /// The rendered parts, in order.
    pub parts: Vec<Part>,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// Which run wrote it: two runs of one task at the same moment write different intents.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attempt: String,
}

/// Whose words a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A person (or bot) in Rocket.Chat; failures are told in the room.
    Agent,
    /// The connection's welcome, offline or finished text; failures are logged only.
    Notice,
    /// A template that somebody sends by the API; each recipient has a result of its own.
    Template,
    /// A message that a program sends by the API; failures are told in the open room too.
    Program,
}

/// One WhatsApp message of several that a message becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The rendered text; of a template what the customer reads, of a file the words below it.
    pub text: String,
    /// The `template` member of the message as JSON, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The message's type and its member as JSON, where it is neither text, template nor file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The file, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FilePart>,
    /// The answers that it offers, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// How far it is.
    pub state: PartState,
}

impl Part {
    /// A part that is nothing but text.
    pub fn text(text: String) -> Self {
        Self {
            text,
            template: None,
            body: None,
            file: None,
            choices: Vec::new(),
            state: PartState::Pending,
        }
    }

    /// Its file is not at WhatsApp (or behind a link) yet.
    pub fn needs_file(&self) -> bool {
        self.file.as_ref().is_some_and(|file| !file.is_there())
    }

    /// What there is to read of it: its text, else its file's name.
    pub fn readable(&self) -> &str {
        match &self.file {
            Some(file) if self.text.is_empty() => &file.name,
            _ => &self.text,
        }
    }
}

/// A file on its way to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    /// Its name.
    pub name: String,
    /// Where it is at the workspace.
    pub path: String,
    /// Its MIME type.
    pub mime_type: String,
    /// Its size in bytes, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// As what it is sent.
    pub form: FileForm,
    /// Words stand below it, not just their author's name: without the file they are sent alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub worded: bool,
    /// WhatsApp's id of it, or the address that a link leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl FilePart {
    /// It can be sent.
    pub fn is_there(&self) -> bool {
        self.at.is_some()
    }

    /// The same file in the form that comes next; `None` behind the last one.
    pub fn fall_back(&self) -> Option<Self> {
        let form = self.form.next()?;
        Some(Self {
            form,
            at: None,
            ..self.clone()
        })
    }
}

/// As what a file is sent (R39): what WhatsApp does not take in one form is sent in the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileForm {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A voice message.
    Voice,
    /// A file to open.
    Document,
    /// A link in a text, good for a day.
    Link,
}

impl FileForm {
    /// By MIME type and size in bytes: pictures, videos and sounds that WhatsApp knows, within its
    /// limits, as what they are; everything else as a document; what is too large for that as a link
    /// (reference: 360dialog, §1.6). Its parameters do not count.
    pub fn of(mime_type: &str, size: Option<u64>) -> Self {
        let bare = mime_type.split(';').next().unwrap_or_default().trim();
        let form = match bare.to_ascii_lowercase().as_str() {
            "image/jpeg" | "image/png" => Self::Image,
            "video/mp4" | "video/3gpp" => Self::Video,
            "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" => Self::Audio,
            // only Opus is taken: looked at when the file is there
            "audio/ogg" => Self::Voice,
            _ => Self::Document,
        };
        [form, Self::Document, Self::Link]
            .into_iter()
            .find(|form| size.is_none_or(|size| form.largest().is_none_or(|most| size <= most)))
            .unwrap_or(Self::Link)
    }

    /// The largest file of this form, in bytes; `None` where there is no limit (§1.6).
    pub fn largest(self) -> Option<u64> {
        match self {
            Self::Image => Some(5 << 20),
            Self::Video | Self::Audio | Self::Voice => Some(16 << 20),
            Self::Document => Some(100 << 20),
            Self::Link => None,
        }
    }

    /// Words can stand below it.
    pub fn has_caption(self) -> bool {
        !matches!(self, Self::Audio | Self::Voice)
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Image | Self::Video | Self::Audio | Self::Voice => Some(Self::Document),
            Self::Document => Some(Self::Link),
            Self::Link => None,
        }
    }
}

/// How far a part is. Only a part that is `Calling` can have an unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PartState {
    /// Not yet tried, or surely refused for now.
    Pending,
    /// The call was about to be made; nobody knows how it ended until the next state is written.
    Calling {
        /// Since when.
        since: Timestamp,
    },
    /// WhatsApp accepted it.
    Accepted {
        /// Under this id.
        wamid: Wamid,
    },
    /// Given up: refused for good, too old, or outcome never known.
    GivenUp {
        /// The code of the reason.
        reason: String,
    },
}

impl PartState {
    /// Whether nothing remains to be done.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::GivenUp { .. })
    }

    /// Why it was given up, where it was.
    pub fn given_up(&self) -> Option<&str> {
        match self {
            Self::GivenUp { reason } => Some(reason),
            _ => None,
        }
    }
}

/// How long we wait for a status event that resolves an unknown outcome.
pub const UNKNOWN_FOR: Duration = minutes(3);
/// A call cannot still be running this long after it began: from then on a status event may
/// resolve it without racing against the caller's own record.
pub const CALL_ENDED: Duration = Duration::from_secs(30);

/// How ids of answers begin.
const CHOICE: &str = "b360#";

impl Intent {
    /// The first part that is not final, with its index.
    pub fn next(&self) -> Option<(usize, &Part)> {
        self.parts
            .iter()
            .enumerate()
            .find(|(_, part)| !part.state.is_final())
    }

    /// What a send carries so that its status events lead back here (≤ 512 characters).
    pub fn callback_data(&self, part: usize) -> String {
        format!("{}#{part}", self.id)
    }

    /// The id of the `n`-th answer that a part offers (≤ 200 characters; no spaces).
    pub fn choice_id(message: &PostId, part: usize, n: usize) -> String {
        format!("{CHOICE}{message}#{part}#{n}")
    }

    /// Reads [`Intent::choice_id`] back: message, part, answer. `None` for other programs' ids.
    pub fn parse_choice_id(id: &str) -> Option<(PostId, usize, usize)> {
        let (rest, n) = id.strip_prefix(CHOICE)?.rsplit_once('#')?;
        let (message, part) = rest.rsplit_once('#')?;
        Some((PostId::new(message), part.parse().ok()?, n.parse().ok()?))
    }

    /// Reads [`Intent::callback_data`] back.
    pub fn parse_callback_data(data: &str) -> Option<(PostId, usize)> {
        let (id, part) = data.rsplit_once('#')?;
        Some((PostId::new(id), part.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_as_what_whatsapp_takes_it_for() {
        let mb = |n: u64| Some(n << 20);
        for (mime_type, size, form) in [
            ("image/jpeg", mb(5), FileForm::Image),
            ("IMAGE/PNG", None, FileForm::Image),
            ("image/jpeg", mb(6), FileForm::Document),
            ("image/gif", mb(1), FileForm::Document),
            ("video/mp4", mb(16), FileForm::Video),
            ("video/quicktime", mb(1), FileForm::Document),
            ("audio/mpeg", mb(17), FileForm::Document),
            ("audio/ogg; codecs=opus", mb(1), FileForm::Voice),
            ("application/pdf", mb(100), FileForm::Document),
            ("application/zip", mb(101), FileForm::Link),
            ("", None, FileForm::Document),
        ] {
            assert_eq!(FileForm::of(mime_type, size), form, "{mime_type}");
        }
    }

    #[test]
    fn an_answer_leads_back_to_what_offered_it() {
        let id = Intent::choice_id(&PostId::new("m#1"), 2, 10);
        let read = Intent::parse_choice_id(&id);
        assert_eq!(read, Some((PostId::new("m#1"), 2, 10)));
        assert_eq!(Intent::parse_choice_id("YES#1#2"), None);
    }

    #[test]
    fn callback_data_leads_back_even_for_keys_with_hashes() {
        let read = Intent::parse_callback_data("welcome#room1#2");
        assert_eq!(read, Some((PostId::new("welcome#room1"), 2)));
        assert_eq!(Intent::parse_callback_data("foreign"), None);
        assert_eq!(Intent::parse_callback_data("a#b"), None);
    }
}
