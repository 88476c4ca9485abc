//! What we send to customers: the record of an intent, written before the first call, which makes
//! a send happen once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::Route;
use super::ids::{ConnectionId, ContactId, PostId, RoomId, Wamid};
use super::time::{Timestamp, minutes};

/// A message on its way to a customer, with the state of each part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The Rocket.Chat message, or the key of a text of ours (`welcome#<rid>`).
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
}

/// One WhatsApp message of several that a long text becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The rendered text; of a template what the customer reads.
    pub text: String,
    /// The `template` member of the message as JSON, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// How far it is.
    pub state: PartState,
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
    fn callback_data_leads_back_even_for_keys_with_hashes() {
        let read = Intent::parse_callback_data("welcome#room1#2");
        assert_eq!(read, Some((PostId::new("welcome#room1"), 2)));
        assert_eq!(Intent::parse_callback_data("foreign"), None);
        assert_eq!(Intent::parse_callback_data("a#b"), None);
    }
}
