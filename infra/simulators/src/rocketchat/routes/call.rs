//! One request, read whole.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::super::answer::Refusal;
use super::super::dispatch::{body_bytes, parsed};
use super::Params;

/// A part of a multipart body.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub name: String,
    pub filename: Option<String>,
    pub mime: Option<String>,
    pub bytes: Bytes,
}

/// A request with everything that routes look at.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    pub params: Params,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Value,
    pub parts: Vec<Part>,
    /// The account of the auth headers.
    pub user: Option<String>,
    pub ip: String,
}

impl Call {
    /// Reads a request.
    pub async fn read(request: Request) -> Self {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let headers = request.headers().clone();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let multipart = text("content-type").is_some_and(|mime| mime.starts_with("multipart/"));
        let ip = text("x-forwarded-for").unwrap_or("127.0.0.1").to_owned();
        let (body, parts) = if multipart {
            (Value::Null, read_parts(request).await)
        } else {
            (parsed(&body_bytes(request.into_body()).await), Vec::new())
        };
        Self {
            method,
            path,
            params: Vec::new(),
            query,
            headers,
            body,
            parts,
            user: None,
            ip,
        }
    }

    /// A parameter of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(mine, _)| *mine == name)
            .map_or("", |(_, value)| value)
    }

    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(mine, _)| mine == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A string of the body, if it is there.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body[key].as_str()
    }

    /// A string of the body that the route's schema requires.
    pub fn required(&self, key: &str) -> Result<&str, Refusal> {
        match self.body.get(key) {
            Some(Value::String(text)) => Ok(text),
            None => Err(Refusal::invalid_params(&format!(
                "must have required property '{key}'"
            ))),
            Some(_) => Err(Refusal::invalid_params(&format!("/{key} must be string"))),
        }
    }

    /// Refuses a body with other keys (`additionalProperties: false`).
    pub fn only(&self, keys: &[&str]) -> Result<(), Refusal> {
        only(&self.body, keys)
    }

    /// The caller's account; routes that need one are never reached without.
    pub fn caller(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }
}

/// Refuses an object with other keys (`additionalProperties: false`).
pub(crate) fn only(value: &Value, keys: &[&str]) -> Result<(), Refusal> {
    let Value::Object(map) = value else {
        return Err(Refusal::invalid_params("must be object"));
    };
    if map.keys().all(|key| keys.contains(&key.as_str())) {
        Ok(())
    } else {
        Err(Refusal::invalid_params(
            "must NOT have additional properties",
        ))
    }
}

async fn read_parts(request: Request<Body>) -> Vec<Part> {
    let mut parts = Vec::new();
    let Ok(mut multipart) = Multipart::from_request(request, &()).await else {
        return parts;
    };
    while let Ok(Some(field)) = multipart.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let mime = field.content_type().map(str::to_owned);
        let Ok(bytes) = field.bytes().await else {
            break;
        };
        parts.push(Part {
            name,
            filename,
            mime,
            bytes,
        });
    }
    parts
}

/// A path segment without its percent escapes.
pub(crate) fn unescaped(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = segment
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex.filter(|_| byte == b'%') {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
