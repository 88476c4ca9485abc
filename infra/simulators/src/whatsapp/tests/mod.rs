//! The simulator's quirks, one test each, through its router and `deliver_due`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::outbound::Outbound;

mod account;
mod sends;
mod webhooks;

const KEY: &str = "key-1";
const NUMBER: &str = "106540352242922";
const OWN: &str = "+49 30 901820";
const ANA: &str = "+16505551234";
const HOOK: &str = "https://bridge.example/incoming/c1";
const START_MS: i64 = 1_700_000_000_000;

/// What the receiver does with one webhook.
enum Script {
    Status(u16),
    Broken,
    Hang,
}

type Call = (http::HeaderMap, String, Value);

struct Bench {
    dialog: Dialog360,
    now: Arc<AtomicI64>,
    calls: Arc<Mutex<Vec<Call>>>,
    script: Arc<Mutex<VecDeque<Script>>>,
    outbound: Outbound,
}

/// One number with its webhook set, and Ana, who has written just now.
fn bench() -> Bench {
    let now = Arc::new(AtomicI64::new(START_MS));
    let read = Arc::clone(&now);
    let clock = Clock::from_fn(move || read.load(Ordering::SeqCst));
    let dialog = Dialog360::new(clock, Options::default());
    dialog.add_number(KEY, OWN, NUMBER);
    let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
    let script: Arc<Mutex<VecDeque<Script>>> = Arc::default();
    let (log, plan) = (Arc::clone(&calls), Arc::clone(&script));
    let outbound: Outbound = Arc::new(move |request: Request<Bytes>| {
        let (parts, body) = request.into_parts();
        let body = serde_json::from_slice(&body).unwrap();
        log.lock()
            .unwrap()
            .push((parts.headers, parts.uri.to_string(), body));
        let next = plan.lock().unwrap().pop_front();
        async move {
            let status = match next {
                None => 200,
                Some(Script::Status(status)) => status,
                Some(Script::Broken) => return Err("connection refused".to_owned()),
                Some(Script::Hang) => std::future::pending().await,
            };
            Ok(Response::builder()
                .status(status)
                .body(Bytes::new())
                .unwrap())
        }
        .boxed()
    });
    Bench {
        dialog,
        now,
        calls,
        script,
        outbound,
    }
}

/// As `bench`, with the webhook set and Ana's first message already delivered.
async fn chatting() -> Bench {
    let bench = bench();
    let (status, _) = bench
        .post("/v1/configs/webhook", json!({ "url": HOOK }))
        .await;
    assert_eq!(status, 200);
    bench.dialog.customer("Ana", ANA);
    bench.dialog.says(NUMBER, ANA, "hi");
    bench.settle().await;
    bench.calls.lock().unwrap().clear();
    bench
}

impl Bench {
    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    async fn raw(&self, request: Request<Body>) -> (StatusCode, http::HeaderMap, Bytes) {
        let response = self.dialog.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (
            parts.status,
            parts.headers,
            body.collect().await.unwrap().to_bytes(),
        )
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("D360-API-KEY", KEY);
        let (status, _, bytes) = self.raw(request.body(body).unwrap()).await;
        (
            status.as_u16(),
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call("POST", path, Some(body)).await
    }

    /// Sends `member` to Ana.
    async fn send(&self, member: Value) -> (u16, Value) {
        let mut body = json!({ "messaging_product": "whatsapp", "to": ANA });
        for (name, value) in member.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.post("/messages", body).await
    }

    async fn text(&self, text: &str) -> (u16, Value) {
        self.send(json!({ "type": "text", "text": { "body": text } }))
            .await
    }

    /// The code that refuses `member`.
    async fn refusal(&self, member: Value) -> (u16, u64) {
        let (status, body) = self.send(member).await;
        (status, body["error"]["code"].as_u64().unwrap_or_default())
    }

    /// Lets time pass until nothing is due any more.
    async fn settle(&self) {
        while let Some(due) = self.dialog.next_due_ms() {
            self.now.fetch_max(due, Ordering::SeqCst);
            self.dialog.deliver_due(&self.outbound).await;
        }
    }

    fn bodies(&self) -> Vec<Value> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .map(|call| call.2.clone())
            .collect()
    }

    /// All `name` (`messages` or `statuses`) of all webhooks, in order of arrival.
    fn arrived(&self, name: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for body in self.bodies() {
            for entry in body["entry"].as_array().into_iter().flatten() {
                for change in entry["changes"].as_array().into_iter().flatten() {
                    found.extend(
                        change["value"][name]
                            .as_array()
                            .cloned()
                            .unwrap_or_default(),
                    );
                }
            }
        }
        found
    }

    fn statuses(&self) -> Vec<String> {
        let status = |told: &Value| told["status"].as_str().unwrap().to_owned();
        self.arrived("statuses").iter().map(status).collect()
    }

    fn plan(&self, script: Script) {
        self.script.lock().unwrap().push_back(script);
    }
}

fn wamid_of(answer: &Value) -> String {
    answer["messages"][0]["id"].as_str().unwrap().to_owned()
}
