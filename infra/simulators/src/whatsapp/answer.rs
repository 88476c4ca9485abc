//! What the platform answers: Graph errors passed through, and 360dialog's own two shapes.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// Meta's refusal of a request, in the Graph shape (360dialog reference §1.5 a, §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub http: u16,
    pub code: u32,
    pub details: String,
}

impl Refusal {
    pub fn new(code: u32, details: impl Into<String>) -> Self {
        Self {
            http: http_of(code),
            code,
            details: details.into(),
        }
    }

    /// 100: a parameter is wrong.
    pub fn parameter(details: impl Into<String>) -> Self {
        Self::new(100, details)
    }

    /// 131008: a parameter is missing.
    pub fn missing(name: &str) -> Self {
        Self::new(131_008, format!("The parameter {name} is required."))
    }

    /// `as_text`: `error_data` as a bare string.
    pub fn response(&self, trace: &str, as_text: bool) -> Response {
        let data = if as_text {
            json!(self.details)
        } else {
            json!({ "messaging_product": "whatsapp", "details": self.details })
        };
        let message = format!("(#{}) {}", self.code, title(self.code));
        answer(
            self.http,
            &json!({ "error": {
                "message": message, "type": "OAuthException", "code": self.code,
                "error_data": data, "fbtrace_id": trace,
            }}),
        )
    }

    /// The object of `errors[]` in webhooks (§2.5).
    pub fn webhook_error(&self) -> Value {
        let title = title(self.code);
        json!({
            "code": self.code, "title": title, "message": title,
            "error_data": { "details": self.details },
            "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/",
        })
    }
}

fn http_of(code: u32) -> u16 {
    match code {
        0 | 190 => 401,
        3 | 131_000 | 131_005 | 131_016 | 131_045 | 131_057 => 500,
        10 | 200..=299 | 368 | 130_497 | 131_031 => 403,
        132_001 => 404,
        2 | 133_004 => 503,
        _ => 400,
    }
}

fn title(code: u32) -> &'static str {
    match code {
        100 => "Invalid parameter",
        368 => "Temporarily blocked for policies violations",
        130_429 => "Rate limit hit",
        131_000 => "Something went wrong",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_062 => "Business-scoped user id recipient is not supported",
        132_000 => "Number of parameters does not match the expected number of params",
        132_001 => "Template name does not exist in the translation",
        132_012 => "Parameter format does not match format in the created template",
        132_015 => "Template is paused",
        132_016 => "Template is disabled",
        139_100..=139_103 => "Failed to block or unblock the user",
        _ => "An error occurred",
    }
}

/// A JSON answer.
pub(crate) fn answer(status: u16, body: &Value) -> Response {
    raw(status, "application/json", body.to_string().into_bytes())
}

/// 360dialog's own failure, v1 endpoints (§1.5 b).
pub(crate) fn meta_error(status: u16, message: &str) -> Response {
    answer(
        status,
        &json!({ "meta": { "success": false, "http_code": status, "developer_message": message } }),
    )
}

/// 360dialog's own failure, newer endpoints (§1.5 c).
pub(crate) fn plain_error(status: u16, message: &str) -> Response {
    answer(status, &json!({ "error": message }))
}

/// 429 of 360dialog's capacity limit.
pub(crate) fn throttled(retry_after: u64) -> Response {
    let mut response = plain_error(429, "Too many requests");
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
    response
}

/// A proxy's error page.
pub(crate) fn html() -> Response {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>";
    raw(502, "text/html", page.as_bytes().to_vec())
}

/// Bytes of any content type; one that is not a header value is left out.
pub(crate) fn raw(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
