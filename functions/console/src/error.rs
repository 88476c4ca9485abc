//! Refusals as HTTP: `{"error": {"code", "message", "help"?}}`.

use axum::response::{IntoResponse, Response};
use bridge::flows::refused::{Refused, Why};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// A refusal with its own status.
    pub fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            help: None,
        }
    }

    /// The path is none of ours.
    pub fn no_such_path() -> Self {
        let message = "There is nothing at this path. GET /v1/openapi.json lists all.";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The path does not take this method.
    pub fn no_such_method() -> Self {
        let message = "This path does not take this method. The answer's `Allow` header names those it takes.";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused.why {
            Why::Invalid => StatusCode::BAD_REQUEST,
            Why::Unauthorized => StatusCode::UNAUTHORIZED,
            Why::Forbidden => StatusCode::FORBIDDEN,
            Why::NotFound => StatusCode::NOT_FOUND,
            Why::Conflict | Why::Mismatch => StatusCode::CONFLICT,
            Why::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Why::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self {
            status,
            code: refused.code,
            message: refused.message,
            help: refused.help,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(error.code = self.code, "request failed");
        }
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(help) = self.help {
            error["help"] = json!(help);
        }
        let mut answer = (self.status, axum::Json(json!({ "error": error }))).into_response();
        let headers = answer.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        answer
    }
}
