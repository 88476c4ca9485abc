//! What became of a message that we sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ids::Wamid;
use super::time::Timestamp;

/// One status event of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusEvent {
    /// The message.
    pub message: Wamid,
    /// WhatsApp's word: `sent`, `delivered`, `read`, `played`, `failed`, `deleted`, …
    pub status: String,
    /// When, by WhatsApp's clock.
    pub at: Timestamp,
    /// What we gave to the send (`<message>#<part>`), where the vendor passes it through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StatusError>,
}

/// The first error of a `failed` status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusError {
    /// Meta's code, `0` where none was given.
    pub code: i64,
    /// Meta's words.
    pub reason: String,
    /// The whole error as Meta wrote it, where it is no longer than 2 KB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
}

impl StatusEvent {
    /// Meta's code of a failure, `0` where none was given; `None` of any other status.
    pub fn failure(&self) -> Option<i64> {
        let code = self.error.as_ref().map_or(0, |error| error.code);
        (self.status == "failed").then_some(code)
    }

    /// The rank of the status in the stored state: it only ever grows. `failed` stands above
    /// `sent` (a failure after it is news) and below `delivered`, which lifts it. Words that we
    /// do not know have no rank: they are recorded nowhere but also break nothing.
    pub fn rank(&self) -> Option<u8> {
        match self.status.as_str() {
            "sent" => Some(1),
            "failed" => Some(2),
            "delivered" => Some(3),
            "read" => Some(4),
            "played" => Some(5),
            _ => None,
        }
    }
}
