//! The workspace through its router: one check for each quirk.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod files;
mod limits;
mod rest;
mod rooms;
mod visitors;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Options, RocketChat, Version};
use crate::clock::Clock;

const SITE: &str = "https://chat.example.org";

/// A workspace with hands to call it, and a clock that stands still until moved.
struct Desk {
    rc: RocketChat,
    now: Arc<AtomicI64>,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    bytes: bytes::Bytes,
}

fn options(version: Version) -> Options {
    Options::new(SITE, version).with_rate_limiter(false)
}

fn staffed(version: Version) -> Options {
    options(version)
        .with_agent("agent.one", "Agent One")
        .with_agent("agent.two", "Agent Two")
        .with_admin("admin", "Admin")
}

impl Desk {
    fn new(options: Options) -> Self {
        let now = Arc::new(AtomicI64::new(1_700_000_000_000));
        let read = now.clone();
        let clock = Clock::from_fn(move || read.load(Ordering::SeqCst));
        Self {
            rc: RocketChat::new(clock, options),
            now,
        }
    }

    fn v8() -> Self {
        Self::new(staffed(Version::V8))
    }

    fn sleep(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    async fn send(&self, request: Request<Body>) -> Got {
        let response = self.rc.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Got {
            status: parts.status,
            headers: parts.headers,
            body,
            bytes,
        }
    }

    async fn call(&self, method: &str, path: &str, user: Option<&str>, body: Value) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/{path}"));
        if let Some(user) = user {
            request = request
                .header("X-User-Id", format!("id-{user}"))
                .header("X-Auth-Token", format!("token-{user}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.send(
            request
                .header("content-type", "application/json")
                .body(body)
                .unwrap(),
        )
        .await
    }

    async fn get(&self, path: &str) -> Got {
        self.call("GET", path, None, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, None, body).await
    }

    async fn bot(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, Some("whatsapp.bot"), body).await
    }

    /// Registers Ana and opens her room; gives the rid.
    async fn ana(&self) -> String {
        let visitor = json!({ "token": "t-ana", "name": "Ana", "username": "wa-1" });
        assert_eq!(
            self.post("livechat/visitor", json!({ "visitor": visitor }))
                .await
                .status,
            200
        );
        let got = self.get("livechat/room?token=t-ana").await;
        got.body["room"]["_id"].as_str().unwrap().to_owned()
    }

    async fn says(&self, rid: &str, id: &str, msg: &str) -> Got {
        let body = json!({ "token": "t-ana", "rid": rid, "msg": msg, "_id": id });
        self.post("livechat/message", body).await
    }
}

impl Got {
    fn error(&self) -> &str {
        assert_eq!(self.status, 400, "{}", self.body);
        assert_eq!(self.body["success"], json!(false));
        self.body["error"].as_str().unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.error();
        self.body["errorType"].as_str().unwrap_or_default()
    }
}
