//! The door of messages: who may, and what is no message at all. What becomes of messages is tried in
//! a whole world (`tests/integration/world/api_messages.rs`).

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::support::*;

async fn post(w: &World, key: Option<&str>, body: impl Into<Body>) -> (u16, Value) {
    let mut request = Request::post("/v1/messages");
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    w.send(request.body(body.into()).unwrap()).await
}

/// The text of a key of a scope.
async fn key_of(w: &World, scope: &str) -> String {
    let form = json!({ "name": scope, "scopes": [scope] });
    let (_, made) = w.call("POST", "/v1/keys", Some(form)).await;
    made["key"].as_str().unwrap().to_owned()
}

fn hello(connection: &Value) -> Value {
    json!({ "connection": connection, "to": "+1 650 555 1234", "type": "text", "text": { "body": "Hi" } })
}

#[tokio::test(start_paused = true)]
async fn whoever_may_send_may_ask() {
    let w = World::new().await;
    let id = w.connected().await["id"].clone();
    let body = hello(&id).to_string();
    refused(post(&w, None, body.clone()).await, 401, "unauthorized");
    refused(
        post(&w, Some("b360_wrong"), body.clone()).await,
        401,
        "unauthorized",
    );
    for scope in ["send", "bulk", "admin"] {
        let key = key_of(&w, scope).await;
        let answer = post(&w, Some(&key), body.clone()).await;
        refused(answer, 409, "window_closed");
    }
    assert_eq!(w.aws.sqs.depth("outbound.fifo"), 0, "nobody wrote to us");
    refused(
        w.call("GET", "/v1/messages/api-none", None).await,
        404,
        "not_found",
    );
    refused(
        w.call("GET", "/v1/messages", None).await,
        405,
        "method_not_allowed",
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_is_refused() {
    let w = World::new().await;
    for body in ["", "[]", "{", "\"Hi\""] {
        refused(post(&w, Some(ADMIN), body).await, 400, "invalid_json");
    }
    let large = " ".repeat(1 << 20);
    refused(post(&w, Some(ADMIN), large).await, 413, "body_too_large");
    let unknown = hello(&json!("none"));
    let answer = w.call("POST", "/v1/messages", Some(unknown)).await;
    refused(answer, 404, "not_found");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_no_text_is_refused() {
    let w = World::new().await;
    for key in ["", "   ", &"x".repeat(256)] {
        let request = Request::post("/v1/messages")
            .header("authorization", format!("Bearer {ADMIN}"))
            .header("idempotency-key", key)
            .body(Body::from(hello(&json!("c")).to_string()))
            .unwrap();
        refused(w.send(request).await, 400, "invalid_idempotency_key");
    }
}
