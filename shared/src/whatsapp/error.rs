//! What a call to 360dialog can end in, by what the caller can do. What a code means stands in one
//! table, [`code`]. (reference: 360dialog, §1.5 and §3)

pub mod code;

use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::Value;

use super::wire::{self, element};
use crate::http::{TransportError, retry_after};

pub use code::{
    FileRefusal, Retry, WINDOW_CLOSED, advice_for, failed_for_file, is_about_file, retry_of,
    stops_number,
};

/// From this receive of a task on, a refusal that may pass is believed (the fourth comes after 14 s).
const BELIEVED: u32 = 4;

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
        /// Meta's code; where there is none the HTTP status, or the status that says what
        /// 360dialog's words mean (402: payment, 403: switched off or blocked; 10: forbidden).
        code: i64,
        /// Their words, for the log of an operator; may hold no personal data.
        reason: String,
    },
    /// Refused by something that went wrong over there: worth a few tries, see
    /// [`WhatsAppError::after`].
    #[error("whatsapp_refused_for_now_{code}")]
    Once {
        /// Meta's code.
        code: i64,
        /// Their words.
        reason: String,
    },
    /// The key is not (any more) valid.
    #[error("whatsapp_unauthorized")]
    Unauthorized,
    /// It may have had its effect: time-out, reset, raw 5xx, an unreadable answer.
    #[error("whatsapp_outcome_unknown")]
    Unknown,
}

impl WhatsAppError {
    /// The code that it was refused with, where it was.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Rejected { code, .. } | Self::Once { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The error at this receive of a task: what was worth a few tries is refused after them.
    #[must_use]
    pub fn after(self, receives: u32) -> Self {
        match self {
            Self::Once { code, reason } if receives >= BELIEVED => Self::Rejected { code, reason },
            other => other,
        }
    }
}

impl From<TransportError> for WhatsAppError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotConnected => Self::Unavailable,
            TransportError::Lost => Self::Unknown,
        }
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
    if let Some(error) = error.as_ref().filter(|error| error.code.is_some()) {
        let (code, reason) = code_and_reason(error);
        let transient = error.is_transient.as_deref() == Some("true");
        return match retry_of(code) {
            Retry::Pair => WhatsAppError::PairLimit,
            Retry::Key => WhatsAppError::Unauthorized,
            _ if transient => WhatsAppError::Throttled { retry_after: wait },
            Retry::Backoff => WhatsAppError::Throttled { retry_after: wait },
            Retry::Once => WhatsAppError::Once { code, reason },
            Retry::Never | Retry::Fix | Retry::Stop => WhatsAppError::Rejected { code, reason },
        };
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
    let transient = error.is_some_and(|error| error.is_transient.as_deref() == Some("true"));
    match status.as_u16() {
        _ if transient => WhatsAppError::Throttled { retry_after: wait },
        // 360dialog's own capacity limits: refused before anything was sent on (§1.5)
        429 => WhatsAppError::Throttled { retry_after: wait },
        503 if error.is_some() => WhatsAppError::Throttled { retry_after: wait },
        400 if reason.contains("rate limit") => WhatsAppError::Throttled { retry_after: wait },
        // a proxy in between gave up: nobody knows how far the call came
        408 | 499 | 500..=599 => WhatsAppError::Unknown,
        code @ 400..=499 => WhatsAppError::Rejected {
            code: said_by(&reason).unwrap_or(match code {
                403 => code::FORBIDDEN,
                _ => i64::from(code),
            }),
            reason,
        },
        _ => WhatsAppError::Unknown,
    }
}

/// What 360dialog says in words only (§1.5): "lack of payment", "API disabled". Only a hint, which is
/// why words that could as well be about a message's content are none.
fn said_by(reason: &str) -> Option<i64> {
    let words = reason.to_lowercase();
    let any = |hints: &[&str]| hints.iter().any(|hint| words.contains(hint));
    if any(&[
        "lack of payment",
        "payment required",
        "missing payment",
        "unpaid",
        "overdue",
        "insufficient funds",
        "insufficient balance",
    ]) {
        return Some(code::PAYMENT);
    }
    any(&[
        "api disabled",
        "api is disabled",
        "endpoint blocked",
        "endpoint is blocked",
    ])
    .then_some(code::BLOCKED)
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
mod tests;
