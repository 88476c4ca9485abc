//! What the message status endpoint is told (R54): one thing that became of one message.

use serde::{Deserialize, Serialize};

use super::hash::base62_of;
use super::ids::{Bsuid, PostId, WaId, Wamid};
use super::outgoing::{Intent, Origin};
use super::status::StatusError;
use super::time::Timestamp;

/// The words of a callback that we say ourselves; the others are WhatsApp's.
pub const QUEUED: &str = "queued";
/// WhatsApp's word for a message that was not delivered, and ours for one that was not sent.
pub const FAILED: &str = "failed";

/// What kind of message a callback is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A template.
    Template,
    /// Anything else.
    Regular,
}

/// Who wrote to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Our number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WaId>,
    /// The customer's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<WaId>,
    /// The customer's user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Bsuid>,
}

/// What a callback says of its message, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its kind.
    pub kind: Kind,
    /// What the customer reads; of a file without words its name.
    pub text: String,
    /// Who wrote to whom.
    #[serde(default)]
    pub route: Route,
}

impl About {
    /// What is to be said of part `n` of a message.
    pub fn of(intent: &Intent, n: usize) -> Self {
        let text = intent.parts.get(n).map(|part| part.readable().to_owned());
        Self {
            kind: match intent.origin {
                Origin::Template => Kind::Template,
                Origin::Agent | Origin::Notice | Origin::Program => Kind::Regular,
            },
            text: text.unwrap_or_default(),
            route: intent.route.clone(),
        }
    }
}

/// One thing that became of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Our message.
    pub message: PostId,
    /// Which part of it.
    pub part: usize,
    /// `queued`, `sent`, `delivered`, `read`, `failed`, `deleted`.
    pub status: String,
    /// When.
    pub at: Timestamp,
    /// WhatsApp's id of it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wamid: Option<Wamid>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StatusError>,
    /// What the message was.
    pub about: About,
    /// An operator tries the endpoint; there is no such message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

impl Callback {
    /// The `webhook-id`: the same on every try and every repeat, and no other status has it.
    pub fn id(&self) -> String {
        let wamid = self.wamid.as_ref().map_or("", Wamid::as_str);
        let part = self.part.to_string();
        let parts = [
            "callback",
            self.message.as_str(),
            &part,
            wamid,
            &self.status,
        ];
        format!("msg_{}", base62_of(&parts, 22))
    }
}

/// The endpoint as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Where callbacks go; empty: nowhere.
    pub url: String,
    /// It answered 410: nothing is sent until an operator switches it on again.
    pub off_since: Option<Timestamp>,
}

/// One try of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// When it began.
    pub at: Timestamp,
    /// `http_200`, `no_answer`, `guarded`, …
    pub code: String,
    /// How long it took.
    pub millis: u64,
    /// The rule of the guard that it met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What is remembered of a callback: how its tries went, and what it takes to make it anew. Never
/// its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its `webhook-id`.
    pub id: String,
    /// Our message.
    pub message: PostId,
    /// Which part of it.
    pub part: usize,
    /// The word.
    pub status: String,
    /// When that was.
    pub at: Timestamp,
    /// WhatsApp's id of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wamid: Option<Wamid>,
    /// Why it failed: a [`StatusError`] as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its tries, in order.
    pub tries: Vec<Try>,
    /// The endpoint took it.
    #[serde(default)]
    pub delivered: bool,
}

/// The word that a status of WhatsApp is called back with: `played` as `read` (a voice message that
/// was listened to was read); `None` for words that nobody is told.
pub fn word_of(status: &str) -> Option<&'static str> {
    match status {
        "sent" => Some("sent"),
        "delivered" => Some("delivered"),
        "read" | "played" => Some("read"),
        "failed" => Some(FAILED),
        "deleted" => Some("deleted"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(status: &str, wamid: Option<&str>) -> Callback {
        Callback {
            message: PostId::new("m1"),
            part: 0,
            status: status.to_owned(),
            at: Timestamp::from_millis(1),
            wamid: wamid.map(Wamid::new),
            error: None,
            about: About {
                kind: Kind::Regular,
                text: String::new(),
                route: Route::default(),
            },
            test: false,
        }
    }

    #[test]
    fn each_status_of_each_copy_has_an_id_of_its_own() {
        let sent = callback("sent", Some("w1")).id();
        let mut again = callback("sent", Some("w1"));
        again.at = Timestamp::from_millis(2);
        assert_eq!(sent, again.id());
        assert!(sent.starts_with("msg_"));
        for other in [
            callback("read", Some("w1")),
            callback("sent", Some("w2")),
            callback("sent", None),
            Callback {
                part: 1,
                ..callback("sent", Some("w1"))
            },
        ] {
            assert_ne!(sent, other.id());
        }
    }

    #[test]
    fn what_was_played_was_read() {
        assert_eq!(word_of("played"), Some("read"));
        assert_eq!(word_of("warning"), None);
    }
}
