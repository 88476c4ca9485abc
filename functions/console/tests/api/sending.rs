//! API keys, and what became of sends.

use axum::body::Body;
use bridge::domain::ids::{ConnectionId, SendId, WaId, Wamid};
use bridge::domain::send::{RecipientRecord, SendRecord, SendResult, SendState, Target};
use bridge::domain::time::days;
use http::Request;
use serde_json::{Value, json};

use crate::support::*;

async fn with_key(w: &World, method: &str, path: &str, key: &str) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    w.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn a_key_is_made_told_once_and_taken_back() {
    let w = World::new().await;
    let form = json!({ "name": "the shop", "scopes": ["bulk"] });
    let (status, made) = w.call("POST", "/v1/keys", Some(form)).await;
    assert_eq!(status, 201, "{made}");
    let text = made["key"].as_str().unwrap();
    assert!(text.starts_with("b360_") && text.len() > 25);
    let listed = w.get("/v1/keys").await;
    let listed = listed["keys"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "with the admin's");
    assert!(
        listed.iter().all(|key| key.get("key").is_none()),
        "{listed:?}"
    );
    let (status, _) = with_key(&w, "GET", "/v1/sends/x", text).await;
    assert_eq!(status, 404, "it may look, and there is none");
    for path in ["/v1/keys", "/v1/connections", "/v1/settings"] {
        refused(with_key(&w, "GET", path, text).await, 403, "forbidden");
    }
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    let (status, _) = w.call("DELETE", &path, None).await;
    assert_eq!(status, 204);
    refused(
        with_key(&w, "GET", "/v1/sends/x", text).await,
        401,
        "unauthorized",
    );
    refused(w.call("DELETE", &path, None).await, 404, "not_found");
}

#[tokio::test(start_paused = true)]
async fn the_last_key_that_may_do_everything_stays() {
    let w = World::new().await;
    let admin = w.get("/v1/keys").await["keys"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/keys/{admin}");
    refused(w.call("DELETE", &path, None).await, 409, "last_admin_key");
    let form = json!({ "name": "second", "scopes": ["admin"] });
    assert_eq!(w.call("POST", "/v1/keys", Some(form)).await.0, 201);
    assert_eq!(w.call("DELETE", &path, None).await.0, 204);
}

#[tokio::test(start_paused = true)]
async fn odd_keys_are_refused() {
    let w = World::new().await;
    for form in [
        json!({ "scopes": ["send"] }),
        json!({ "name": " ", "scopes": ["send"] }),
        json!({ "name": "x".repeat(101), "scopes": ["send"] }),
        json!({ "name": "x" }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": "admin" }),
        json!({ "name": "x", "scopes": ["admin", "root"] }),
    ] {
        refused(
            w.call("POST", "/v1/keys", Some(form)).await,
            400,
            "invalid_field",
        );
    }
    let form = json!({ "name": "x", "scopes": ["send"], "key": "chosen" });
    refused(
        w.call("POST", "/v1/keys", Some(form)).await,
        400,
        "unknown_field",
    );
}

fn recipient(n: usize, result: SendResult, w: &World) -> RecipientRecord {
    RecipientRecord {
        n,
        number: WaId::new(format!("1650555000{n}")),
        given: format!("+1 650 555 000{n}"),
        result,
        at: w.now(),
        shown: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_send_is_reported_and_controlled() {
    let w = World::new().await;
    let app = w.app();
    let send = SendRecord {
        id: SendId::new("s1"),
        connection: ConnectionId::new("c1"),
        template: "hello".to_owned(),
        language: "en".to_owned(),
        category: "UTILITY".to_owned(),
        body: "{}".to_owned(),
        text: "Hello".to_owned(),
        file: None,
        target: Target::default(),
        by: "the shop".to_owned(),
        by_key: "somebody".to_owned(),
        recipients: 4,
        invalid: vec!["12".to_owned()],
        state: SendState::Active,
        queued: true,
        created_at: w.now(),
        resumed_at: None,
    };
    let code = |code: &str| code.to_owned();
    let wamid = Wamid::new("wamid.1");
    let recipients = [
        recipient(0, SendResult::Sent { wamid }, &w),
        recipient(
            1,
            SendResult::Failed {
                code: code("whatsapp_131026"),
            },
            &w,
        ),
        recipient(
            2,
            SendResult::Skipped {
                code: code("opted_out"),
            },
            &w,
        ),
        recipient(3, SendResult::Queued, &w),
    ];
    app.store
        .put_send(&send, &recipients, days(30))
        .await
        .unwrap();
    let report = w.get("/v1/sends/s1").await;
    assert_eq!(
        report["counts"],
        json!({ "failed": 1, "queued": 1, "sent": 1, "skipped": 1 })
    );
    assert_eq!(report["invalidContacts"], json!(["12"]));
    let second = &report["recipients"][1];
    assert_eq!(second["code"], "whatsapp_131026");
    assert_eq!(second["phoneNumber"], "+1 650 555 0001");
    assert_eq!(second["id"], "send#s1#1");
    for (wish, state) in [
        ("pause", "paused"),
        ("resume", "active"),
        ("cancel", "cancelled"),
    ] {
        let (status, answer) = w.call("POST", &format!("/v1/sends/s1/{wish}"), None).await;
        assert_eq!((status, &answer["state"]), (200, &json!(state)));
    }
    assert_eq!(w.aws.sqs.depth("bulk"), 2, "resumed and cancelled");
    let again = w.call("POST", "/v1/sends/s1/resume", None).await;
    refused(again, 409, "send_cancelled");
    assert_eq!(
        w.call("POST", "/v1/sends/s1/cancel", None).await.0,
        200,
        "once more is fine"
    );
    refused(
        w.call("POST", "/v1/sends/s1/explode", None).await,
        404,
        "not_found",
    );
    refused(
        w.call("POST", "/v1/sends/s2/pause", None).await,
        404,
        "not_found",
    );
}
