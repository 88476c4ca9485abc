//! Answers and refusals, in the server's own shapes (Rocket.Chat reference §0, "Answers").

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Map, Value, json};

use super::options::Version;

/// A call that was carried out.
#[derive(Debug)]
pub(crate) enum Reply {
    /// 200 with these keys and `"success": true`.
    Json(Value),
    /// 200 with exactly this object.
    Bare(Value),
    /// Anything else: a file.
    Raw(StatusCode, HeaderMap, Bytes),
    /// Ask this URL first, within this many ms; only 200 counts (webhook test).
    Ask(Box<Request<Bytes>>, u64),
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub body: Value,
}

/// What a route gives.
pub(crate) type Answer = Result<Reply, Refusal>;

impl Refusal {
    fn bad_request(body: Value) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body,
        }
    }

    /// A thrown `Error(text)`.
    pub fn plain(text: &str) -> Self {
        Self::bad_request(json!({ "success": false, "error": text }))
    }

    /// A thrown `Meteor.Error(code, reason)`.
    pub fn coded(code: &str, reason: &str) -> Self {
        Self::bad_request(json!({
            "success": false,
            "error": format!("{reason} [{code}]").trim_start(),
            "errorType": code,
        }))
    }

    /// A body or query that the route's schema refuses.
    pub fn invalid_params(text: &str) -> Self {
        Self::coded("invalid-params", text)
    }

    /// A body or query that Meteor's `check` refuses.
    pub fn mismatch(text: &str) -> Self {
        Self::plain(&format!("Match error: {text}"))
    }

    /// `failure({reason})`: there is no `error` key.
    pub fn reason(code: &str) -> Self {
        Self::bad_request(json!({ "reason": code, "success": false }))
    }

    /// `failure()`: nothing but the flag.
    pub fn silent() -> Self {
        Self::bad_request(json!({ "success": false }))
    }

    /// What a duplicate `_id` comes out as: the wrapper merges into `undefined`.
    pub fn duplicate() -> Self {
        Self::plain("Cannot convert undefined or null to object")
    }

    /// Nobody is signed in.
    pub fn signed_out(version: Version) -> Self {
        let text = "You must be logged in to do this.";
        let body = if version == Version::V8 {
            json!({ "success": false, "error": text })
        } else {
            json!({ "success": false, "error": text, "status": "error", "message": text })
        };
        Self {
            status: StatusCode::UNAUTHORIZED,
            body,
        }
    }

    /// Somebody is signed in who may not do this.
    pub fn not_allowed(version: Version) -> Self {
        let code = if version == Version::V8 {
            "error-forbidden"
        } else {
            "error-unauthorized"
        };
        let text = "User does not have the permissions required for this action";
        Self {
            status: StatusCode::FORBIDDEN,
            body: json!({ "success": false, "error": format!("{text} [{code}]") }),
        }
    }

    /// The limiter refuses; `seconds` is what the text tells the caller to wait.
    pub fn throttled(seconds: i64) -> Self {
        let text = format!(
            "Error, too many requests. Please slow down. You must wait {seconds} seconds before \
             trying this endpoint again. [error-too-many-requests]"
        );
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: json!({ "success": false, "error": text }),
        }
    }

    /// No such route, or not with this method.
    pub fn unknown_route(path_exists: bool) -> Self {
        let (status, text) = if path_exists {
            (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        } else {
            (StatusCode::NOT_FOUND, "API endpoint does not exist")
        };
        Self {
            status,
            body: json!({ "success": false, "status": "error", "message": text }),
        }
    }

    /// The refusal's text, for people who drive the model from Rust.
    pub fn text(&self) -> String {
        let text = self.body["error"].as_str().or(self.body["reason"].as_str());
        text.unwrap_or("refused").to_owned()
    }
}

/// Takes the keys whose value is null out of an object: the server leaves undefined keys away.
pub(crate) fn compact(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, v)| !v.is_null())
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}
