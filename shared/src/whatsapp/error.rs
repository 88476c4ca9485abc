//! What a call to 360dialog can end in, by what the caller can do; and the one table of Meta's
//! codes. (reference: 360dialog, §1.5 and §3)

use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::Value;

use super::wire::{self, element};
use crate::http::{TransportError, retry_after};
use crate::text::catalog::Advice;

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhatsAppError {
    /// It surely had no effect: not connected, or a well-formed "not now".
    #[error("whatsapp_unavailable")]
    Unavailable,
    /// Too fast, for the number or the account.
    #[error("whatsapp_throttled")]
    Throttled {
        /// When to try again, where they said so.
        retry_after: Option<Duration>,
    },
    /// Too fast for this one recipient (131056): back off 4^x seconds.
    #[error("whatsapp_pair_limit")]
    PairLimit,
    /// Refused for good.
    #[error("whatsapp_rejected_{code}")]
    Rejected {
        /// Meta's code, or the HTTP status where there is none.
        code: i64,
        /// Their words, for the log of an operator; may hold no personal data.
        reason: String,
    },
    /// The key is not (any more) valid.
    #[error("whatsapp_unauthorized")]
    Unauthorized,
    /// It may have had its effect: time-out, reset, raw 5xx, an unreadable answer.
    #[error("whatsapp_outcome_unknown")]
    Unknown,
}

impl From<TransportError> for WhatsAppError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotConnected => Self::Unavailable,
            TransportError::Lost => Self::Unknown,
        }
    }
}

/// What to do with a code of Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Backoff,
    Pair,
    Unauthorized,
}

/// Codes that are not permanent for the message. Everything else is.
/// (`once` of the reference counts as back-off: the staleness limit bounds it.)
const CODES: &[(i64, Class)] = &[
    (0, Class::Unauthorized),
    (190, Class::Unauthorized),
    (1, Class::Backoff),
    (2, Class::Backoff),
    (4, Class::Backoff),
    (613, Class::Backoff),
    (80007, Class::Backoff),
    (130_429, Class::Backoff),
    (131_000, Class::Backoff),
    (131_016, Class::Backoff),
    (131_056, Class::Pair),
    (131_057, Class::Backoff),
    (133_004, Class::Backoff),
    (2_494_100, Class::Backoff),
];

/// The 24-hour window is closed (and its on-premise number).
pub const WINDOW_CLOSED: [i64; 2] = [131_047, 470];

/// Codes that stop a number as a whole: blocked or locked, payment, display name, not registered
/// (reference: 360dialog, §1.5). What is sent after them is refused too.
pub const NUMBER_STOPPED: [i64; 6] = [368, 131_031, 131_037, 131_042, 131_045, 133_010];

/// What a refusal to give out a file is about (§1.5, §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    /// The file is not there, or not any more.
    Gone,
    /// The number: its key, its payment, its account, or too many failing look-ups.
    Number,
    /// Something else.
    Other,
}

impl FileRefusal {
    /// By a code of Meta's, or the HTTP status where there is none.
    pub fn of(code: i64) -> Self {
        match code {
            33 | 100 | 404 | 410 => Self::Gone,
            3 | 10 | 200..=299 | 400 | 402 | 403 => Self::Number,
            code if NUMBER_STOPPED.contains(&code) => Self::Number,
            _ => Self::Other,
        }
    }
}

/// The sentence for a code.
pub fn advice_for(code: i64) -> Advice {
    match code {
        131_047 | 470 => Advice::WindowClosed,
        131_021 | 131_026 | 131_030 | 131_062 | 137_000 | 1013 => Advice::NotReachable,
        3
        | 10
        | 33
        | 190
        | 200..=299
        | 368
        | 401
        | 403
        | 130_497
        | 131_005
        | 131_031
        | 131_037
        | 131_042
        | 131_044
        | 131_045
        | 131_063
        | 131_064
        | 133_010
        | 133_016 => Advice::NumberBlocked,
        4 | 471 | 472 | 80007 | 130_429 | 130_472 | 131_048 | 131_049 | 131_056 => Advice::TooFast,
        100 | 131_008 | 131_009 | 131_050..=131_053 | 132_000..=132_100 => Advice::ContentRefused,
        _ => Advice::Other,
    }
}

/// Reads an answer that is not a success. Codes first, then the HTTP status: Meta's throttles come
/// as 400, and only a well-formed refusal counts as refused.
pub fn classify(answer: &Response<bytes::Bytes>) -> WhatsAppError {
    let status = answer.status();
    let wait = retry_after(answer.headers());
    let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
    let error = body.as_ref().and_then(error_object);
    if status == StatusCode::UNAUTHORIZED {
        return WhatsAppError::Unauthorized;
    }
    if let Some(error) = &error {
        let (code, reason) = code_and_reason(error);
        let class = CODES
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, class)| *class);
        let transient = error.is_transient.as_deref() == Some("true");
        match class {
            Some(Class::Pair) => return WhatsAppError::PairLimit,
            Some(Class::Unauthorized) if error.code.is_some() => {
                return WhatsAppError::Unauthorized;
            }
            Some(Class::Backoff) => return WhatsAppError::Throttled { retry_after: wait },
            _ if transient => return WhatsAppError::Throttled { retry_after: wait },
            _ if error.code.is_some() && code != 0 => {
                return WhatsAppError::Rejected { code, reason };
            }
            _ => {}
        }
    }
    by_status(status, wait, error.as_ref())
}

fn by_status(
    status: StatusCode,
    wait: Option<Duration>,
    error: Option<&wire::ErrorObject>,
) -> WhatsAppError {
    let reason = error
        .map(|error| code_and_reason(error).1)
        .unwrap_or_default();
    match status.as_u16() {
        // 360dialog's own capacity limits: refused before anything was sent on (§1.5)
        429 => WhatsAppError::Throttled { retry_after: wait },
        503 if error.is_some() => WhatsAppError::Throttled { retry_after: wait },
        400 if reason.contains("rate limit") => WhatsAppError::Throttled { retry_after: wait },
        // a proxy in between gave up: nobody knows how far the call came
        408 | 499 | 500..=599 => WhatsAppError::Unknown,
        code @ 400..=499 => WhatsAppError::Rejected {
            code: i64::from(code),
            reason,
        },
        _ => WhatsAppError::Unknown,
    }
}

/// Finds the error in a refusal of any shape.
fn error_object(body: &Value) -> Option<wire::ErrorObject> {
    let refusal: wire::Refusal = element(body);
    match refusal.error {
        Some(object @ Value::Object(_)) => return Some(element(&object)),
        Some(Value::String(message)) => {
            return Some(wire::ErrorObject {
                message: Some(message),
                ..Default::default()
            });
        }
        _ => {}
    }
    if let Some(first) = refusal.errors.first() {
        return Some(element(first));
    }
    let message = refusal.meta?.developer_message?;
    Some(wire::ErrorObject {
        message: Some(message),
        ..Default::default()
    })
}

/// Code (0 where there is none) and words of an error object.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn code_and_reason(error: &wire::ErrorObject) -> (i64, String) {
    let data = match &error.error_data {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Object(data)) => data
            .get("details")
            .and_then(Value::as_str)
            .map(str::to_owned),
        _ => None,
    };
    let reason = data
        .or_else(|| error.details.clone())
        .or_else(|| error.message.clone());
    let reason = reason.or_else(|| error.title.clone()).unwrap_or_default();
    (error.code.map_or(0, |code| code as i64), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> WhatsAppError {
        let answer = Response::builder()
            .status(status)
            .body(body.to_owned().into())
            .unwrap();
        classify(&answer)
    }

    #[test]
    fn codes_decide_before_the_status() {
        let graph = |code: i64| format!(r#"{{"error":{{"code":{code},"message":"m"}}}}"#);
        assert_eq!(answer(400, &graph(131_056)), WhatsAppError::PairLimit);
        assert_eq!(
            answer(400, &graph(130_429)),
            WhatsAppError::Throttled { retry_after: None }
        );
        assert_eq!(
            answer(500, &graph(131_016)),
            WhatsAppError::Throttled { retry_after: None }
        );
        assert!(matches!(
            answer(400, &graph(131_047)),
            WhatsAppError::Rejected { code: 131_047, .. }
        ));
        assert_eq!(answer(401, "{}"), WhatsAppError::Unauthorized);
        assert_eq!(answer(400, &graph(190)), WhatsAppError::Unauthorized);
    }

    #[test]
    fn what_is_wrong_with_a_number_is_not_wrong_with_its_files() {
        for code in [33, 100, 404, 410] {
            assert_eq!(FileRefusal::of(code), FileRefusal::Gone);
        }
        for code in [3, 10, 200, 299, 368, 400, 402, 403, 131_031, 133_010] {
            assert_eq!(FileRefusal::of(code), FileRefusal::Number);
        }
        for code in [0, 416, 131_051, 131_053] {
            assert_eq!(FileRefusal::of(code), FileRefusal::Other);
        }
    }

    #[test]
    fn every_shape_of_refusal_is_read() {
        for (body, reason) in [
            (r#"{"error":{"code":"100","error_data":"bare"}}"#, "bare"),
            (
                r#"{"error":{"code":100,"error_data":{"details":"deep"}}}"#,
                "deep",
            ),
            (
                r#"{"errors":[{"code":100,"details":"old"}],"meta":{}}"#,
                "old",
            ),
        ] {
            let expected = WhatsAppError::Rejected {
                code: 100,
                reason: reason.to_owned(),
            };
            assert_eq!(answer(400, body), expected, "{body}");
        }
        for body in [
            r#"{"meta":{"developer_message":"no"}}"#,
            r#"{"error":"no"}"#,
        ] {
            let expected = WhatsAppError::Rejected {
                code: 400,
                reason: "no".to_owned(),
            };
            assert_eq!(answer(400, body), expected, "{body}");
        }
    }

    #[test]
    fn only_a_well_formed_refusal_counts_as_refused() {
        assert_eq!(answer(502, "<html>"), WhatsAppError::Unknown);
        assert_eq!(answer(500, "{}"), WhatsAppError::Unknown);
        assert_eq!(answer(503, "<html>"), WhatsAppError::Unknown);
        assert_eq!(
            answer(503, r#"{"error":"busy"}"#),
            WhatsAppError::Throttled { retry_after: None }
        );
        assert_eq!(
            answer(429, ""),
            WhatsAppError::Throttled { retry_after: None }
        );
    }
}
