//! What a call to Rocket.Chat can end in, by what the caller can do; and the one table of its
//! error words. (reference: Rocket.Chat, §0)

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use crate::domain::time::Timestamp;
use crate::http::{TransportError, retry_after};

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RocketChatError {
    /// No answer, 5xx, or the circuit is open: all calls are safe to repeat.
    #[error("rocketchat_unavailable")]
    Unavailable {
        /// When to try again, where we keep a circuit open.
        retry_after: Option<Duration>,
    },
    /// The rate limiter of this route.
    #[error("rocketchat_throttled")]
    Throttled {
        /// When the limiter lets calls through again.
        retry_after: Duration,
    },
    /// Refused.
    #[error("rocketchat_rejected_{refusal:?}")]
    Rejected {
        /// What for, as far as we know the words.
        refusal: Refusal,
        /// Their code, for logs.
        code: String,
    },
    /// The bot's token is not (any more) valid.
    #[error("rocketchat_unauthorized")]
    Unauthorized,
    /// What we were sending broke off at its source; nothing was posted.
    #[error("rocketchat_upload_broken_off")]
    BrokenOff,
    /// An answer that is none of Rocket.Chat's (a proxy's page).
    #[error("rocketchat_unreadable")]
    Unreadable,
}

/// What Rocket.Chat refuses for. Domain errors are 400 whether permanent or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The room is closed.
    RoomClosed,
    /// No such room, or not this visitor's.
    InvalidRoom,
    /// No such visitor.
    InvalidToken,
    /// Nobody is there to take the conversation.
    NoAgentOnline,
    /// Omnichannel is switched off.
    OmnichannelOff,
    /// An agent blocked the contact.
    ContactBlocked,
    /// The text is longer than the workspace allows.
    TooLong,
    /// The department does not exist (any more).
    InvalidDepartment,
    /// Uploads are off, or this file's type or size is not allowed.
    FileNotAllowed,
    /// No message of that id.
    InvalidMessage,
    /// Anything else, a repeated `_id` among it: the caller looks before it believes.
    Other,
}

impl Refusal {
    /// What is asked for is not there, or cannot be seen any more.
    pub fn shows_nothing(self) -> bool {
        let gone = [Self::RoomClosed, Self::InvalidRoom, Self::InvalidToken];
        self == Self::InvalidMessage || gone.contains(&self)
    }
}

/// Error types and words, newer and older versions.
const WORDS: &[(&str, Refusal)] = &[
    ("room-closed", Refusal::RoomClosed),
    ("invalid-room", Refusal::InvalidRoom),
    ("invalid-token", Refusal::InvalidToken),
    ("no-agent-online", Refusal::NoAgentOnline),
    ("error-omnichannel-is-disabled", Refusal::OmnichannelOff),
    ("error-contact-channel-blocked", Refusal::ContactBlocked),
    ("message-length-exceeds-character-limit", Refusal::TooLong),
    ("error-invalid-department", Refusal::InvalidDepartment),
    ("invalid-message", Refusal::InvalidMessage),
    ("error-file-upload-disabled", Refusal::FileNotAllowed),
    ("error-type-not-allowed", Refusal::FileNotAllowed),
    ("error-file-too-large", Refusal::FileNotAllowed),
    ("error-size-not-allowed", Refusal::FileNotAllowed),
];

impl From<TransportError> for RocketChatError {
    fn from(_: TransportError) -> Self {
        Self::Unavailable { retry_after: None }
    }
}

/// Reads an answer that is not a success.
pub fn classify(answer: &Response<Bytes>, now: Timestamp) -> RocketChatError {
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        return RocketChatError::Throttled {
            retry_after: reset(answer.headers(), now),
        };
    }
    if status == StatusCode::UNAUTHORIZED {
        return RocketChatError::Unauthorized;
    }
    if status.is_server_error() {
        return RocketChatError::Unavailable {
            retry_after: retry_after(answer.headers()),
        };
    }
    // of Rocket.Chat or of the proxy in front of it, whose answer is a page
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return RocketChatError::Rejected {
            refusal: Refusal::FileNotAllowed,
            code: status.as_u16().to_string(),
        };
    }
    let Ok(body) = serde_json::from_slice::<Value>(answer.body()) else {
        return RocketChatError::Unreadable;
    };
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (kind, words) = (field("errorType"), field("error"));
    // an upload's refusals stand in a member of their own (§1.5)
    let reason = field("reason");
    // old versions answered the limiter with 400 (§0)
    if kind == "error-too-many-requests" || words.contains("error-too-many-requests") {
        return RocketChatError::Throttled {
            retry_after: reset(answer.headers(), now),
        };
    }
    let known = WORDS
        .iter()
        .find(|(word, _)| kind == *word || words.contains(word) || reason == *word);
    let code = if kind.is_empty() { reason } else { kind };
    RocketChatError::Rejected {
        refusal: known.map_or(Refusal::Other, |(_, refusal)| *refusal),
        code: format!("{} {code}", status.as_u16()).trim_end().to_owned(),
    }
}

/// When the limiter opens again: `X-RateLimit-Reset` (epoch milliseconds) or `Retry-After`, at
/// most the limiter's window of a minute.
fn reset(headers: &HeaderMap, now: Timestamp) -> Duration {
    let at = headers
        .get("x-ratelimit-reset")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = at
        .map(|at| Timestamp::from_millis(at).since(now))
        .or_else(|| retry_after(headers));
    let longest = Duration::from_secs(60);
    wait.unwrap_or(longest)
        .clamp(Duration::from_secs(1), longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn answer(status: u16, body: &str) -> RocketChatError {
        let answer = Response::builder()
            .status(status)
            .body(body.to_owned().into())
            .unwrap();
        classify(&answer, NOW)
    }

    fn refused(status: u16, body: &str) -> Refusal {
        match answer(status, body) {
            RocketChatError::Rejected { refusal, .. } => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_are_found_in_type_or_text() {
        assert_eq!(
            refused(400, r#"{"error":"room-closed"}"#),
            Refusal::RoomClosed
        );
        assert_eq!(
            refused(
                400,
                r#"{"error":"Sorry, no online agents [no-agent-online]","errorType":"no-agent-online"}"#
            ),
            Refusal::NoAgentOnline
        );
        assert_eq!(
            refused(
                400,
                r#"{"error":"Cannot convert undefined or null to object"}"#
            ),
            Refusal::Other
        );
        assert_eq!(
            refused(403, r#"{"success":false,"error":"forbidden"}"#),
            Refusal::Other
        );
    }

    #[test]
    fn the_limiter_names_its_moment() {
        let answer = Response::builder()
            .status(429)
            .header("x-ratelimit-reset", "1012000")
            .body(Bytes::new())
            .unwrap();
        let expected = RocketChatError::Throttled {
            retry_after: Duration::from_secs(12),
        };
        assert_eq!(classify(&answer, NOW), expected);
        let far = Response::builder()
            .status(429)
            .header("x-ratelimit-reset", "9999999999")
            .body(Bytes::new());
        let expected = RocketChatError::Throttled {
            retry_after: Duration::from_secs(60),
        };
        assert_eq!(classify(&far.unwrap(), NOW), expected);
    }

    #[test]
    fn a_body_that_is_too_large_for_the_proxy_is_a_refusal() {
        for body in ["<html>413 Request Entity Too Large</html>", "{}", ""] {
            assert_eq!(refused(413, body), Refusal::FileNotAllowed);
        }
    }

    #[test]
    fn pages_and_server_errors_are_worth_another_try() {
        assert_eq!(
            answer(502, "<html>"),
            RocketChatError::Unavailable { retry_after: None }
        );
        assert_eq!(answer(404, "<html>"), RocketChatError::Unreadable);
        assert_eq!(answer(401, "{}"), RocketChatError::Unauthorized);
    }
}
