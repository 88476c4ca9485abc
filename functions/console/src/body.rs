//! A request's JSON object, read key by key, so that each refusal can name its key.

use axum::extract::{FromRequest, Request};
use bridge::flows::refused::Refused;
use http::StatusCode;
use serde_json::{Map, Value};

use crate::error::Problem;

/// Bodies above this are refused.
pub const LARGEST_BODY: usize = 256 * 1024;

/// The members of a JSON object.
#[derive(Clone, Debug)]
pub struct Fields(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await;
        let bytes = bytes.map_err(|_| {
            let message = "The body is larger than 256 KB. Send less.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
        })?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => {
                let message = "The body must be a JSON object. Check its quotes and commas.";
                Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "invalid_json",
                    message,
                ))
            }
        }
    }
}

impl Fields {
    /// Refuses keys that are not among `known`, naming the first.
    pub fn only(&self, known: &[&str]) -> Result<(), Refused> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let message = format!("There is no field `{key}`. Remove it and send the rest.");
                let help = format!("Known fields: {}.", known.join(", "));
                Err(Refused::invalid("unknown_field", message).with_help(help))
            }
        }
    }

    /// A text: absent, `null` or a string.
    pub fn text(&self, key: &str) -> Result<Option<Option<String>>, Refused> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
            Some(_) => Err(wrong(key, "a text in quotes")),
        }
    }

    /// An object: absent, `null` or an object.
    pub fn object(&self, key: &str) -> Result<Option<Option<Value>>, Refused> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(object @ Value::Object(_)) => Ok(Some(Some(object.clone()))),
            Some(_) => Err(wrong(key, "an object")),
        }
    }

    /// A switch: absent (or `null`), or a boolean.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, Refused> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong(key, "`true` or `false`")),
        }
    }
}

fn wrong(key: &str, expected: &str) -> Refused {
    Refused::invalid("invalid_field", format!("`{key}` must be {expected}."))
}
