//! The message status endpoint.

use bridge_simulators::aws::QueueConfig;
use serde_json::{Value, json};

use crate::support::*;

const SETTINGS: &str = "/v1/settings";
const URL: &str = "https://hooks.example.com/whatsapp";

async fn set(w: &World, url: &str) -> (u16, Value) {
    let change = json!({ "messageStatusEndpointUrl": url });
    w.call("PATCH", SETTINGS, Some(change)).await
}

async fn world() -> World {
    let w = World::new().await;
    for queue in ["statuses", "callbacks"] {
        w.aws.sqs.create(QueueConfig::standard(queue));
    }
    w
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_shown_without_its_secrets() {
    let w = world().await;
    let none = w.get("/v1/callbacks").await;
    assert_eq!(none["status"], "none");
    assert_eq!(none["secretSince"], Value::Null);
    let (status, changed) = set(&w, URL).await;
    assert_eq!(status, 200, "{changed}");
    let (status, _) = w
        .call(
            "PUT",
            "/v1/callbacks/header",
            Some(json!({ "name": "X-Key", "value": "canary" })),
        )
        .await;
    assert_eq!(status, 204);
    let shown = w.get("/v1/callbacks").await;
    assert_eq!(
        (&shown["url"], &shown["status"]),
        (&json!(URL), &json!("on"))
    );
    assert_eq!(shown["filter"], "All");
    assert_eq!(shown["header"], "X-Key");
    assert!(shown["secretSince"].is_string());
    let text = shown.to_string();
    assert!(
        !text.contains("canary") && !text.contains("whsec_"),
        "{text}"
    );
    let (status, _) = w.call("DELETE", "/v1/callbacks/header", None).await;
    assert_eq!(status, 204);
    assert_eq!(w.get("/v1/callbacks").await["header"], Value::Null);
    assert_eq!(set(&w, "").await.0, 200);
    assert_eq!(w.get("/v1/callbacks").await["status"], "none");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_leads_inside_is_refused_with_the_rule() {
    let w = world().await;
    for (url, rule) in [
        ("http://hooks.example.com/", "only https"),
        ("https://hooks.example.com:9000/", "443 and 8443"),
        ("https://127.0.0.1/", "127.0.0.0/8"),
        ("https://[::1]/", "itself"),
        ("https://2130706433/", "127.0.0.0/8"),
        ("https://hooks.internal/", "inside"),
        ("https://me:secret@example.com/", "user name"),
        ("hooks", "no URL"),
    ] {
        let answer = refused(set(&w, url).await, 400, "address_refused");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(rule), "{url}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
    assert_eq!(w.get(SETTINGS).await["messageStatusEndpointUrl"], "");
    let long = format!("https://example.com/{}", "a".repeat(2_000));
    refused(set(&w, &long).await, 400, "invalid_setting");
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_told_once_and_the_one_before_stays_good_for_a_while() {
    let w = world().await;
    set(&w, URL).await;
    let (status, first) = w
        .call("POST", "/v1/callbacks/secret", Some(json!({})))
        .await;
    assert_eq!(status, 201, "{first}");
    let (_, second) = w
        .call(
            "POST",
            "/v1/callbacks/secret",
            Some(json!({ "overlapHours": 2 })),
        )
        .await;
    assert!(second["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_ne!(first["secret"], second["secret"]);
    let shown = w.get("/v1/callbacks").await;
    assert_eq!(shown["previousSecretUntil"], second["previousSecretUntil"]);
    let (_, third) = w
        .call(
            "POST",
            "/v1/callbacks/secret",
            Some(json!({ "overlapHours": 0 })),
        )
        .await;
    assert_eq!(third["previousSecretUntil"], Value::Null);
    for wrong in [json!(-1), json!(169), json!("2"), json!(1.5)] {
        let form = json!({ "overlapHours": wrong });
        refused(
            w.call("POST", "/v1/callbacks/secret", Some(form)).await,
            400,
            "invalid_field",
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_that_cannot_be_is_refused() {
    let w = world().await;
    for (name, value) in [
        ("Host", "a"),
        ("webhook-id", "a"),
        ("a b", "a"),
        ("X", "a\nb"),
        ("", "a"),
        ("X", ""),
    ] {
        let form = json!({ "name": name, "value": value });
        refused(
            w.call("PUT", "/v1/callbacks/header", Some(form)).await,
            400,
            "invalid_header",
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_endpoint_there_is_nothing_to_do() {
    let w = world().await;
    let span = json!({ "from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z" });
    for (path, body) in [
        ("/v1/callbacks/test", None),
        ("/v1/callbacks/enable", None),
        ("/v1/callbacks/redrive", None),
        ("/v1/callbacks/replay", Some(span)),
    ] {
        refused(w.call("POST", path, body).await, 409, "no_endpoint");
    }
    assert_eq!(
        w.get("/v1/callbacks/deliveries").await,
        json!({ "deliveries": [] })
    );
    assert_eq!(
        w.get("/v1/callbacks/undelivered").await,
        json!({ "undelivered": [] })
    );
}

#[tokio::test(start_paused = true)]
async fn a_replay_wants_a_span_of_at_most_a_month() {
    let w = world().await;
    set(&w, URL).await;
    let replay = async |from: &str, to: &str| {
        let form = json!({ "from": from, "to": to });
        w.call("POST", "/v1/callbacks/replay", Some(form)).await
    };
    let (day, next) = ("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z");
    assert_eq!(replay(day, next).await.0, 202);
    assert_eq!(w.aws.sqs.depth("statuses"), 1);
    refused(replay(next, day).await, 400, "invalid_span");
    refused(
        replay(day, "2026-07-03T00:00:00Z").await,
        400,
        "invalid_span",
    );
    refused(replay(day, "tomorrow").await, 400, "invalid_field");
    refused(
        w.call("POST", "/v1/callbacks/replay", Some(json!({ "from": day })))
            .await,
        400,
        "invalid_field",
    );
    let bad = w
        .call("GET", "/v1/callbacks/deliveries?from=yesterday", None)
        .await;
    refused(bad, 400, "invalid_field");
    let twice = w
        .call("GET", "/v1/callbacks/deliveries?from=a&from=b", None)
        .await;
    refused(twice, 400, "invalid_field");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_gone_is_a_health_state() {
    let w = world().await;
    set(&w, URL).await;
    let app = w.app();
    app.store.switch_endpoint_off(URL, w.now()).await.unwrap();
    let report = w.get("/v1/health").await;
    let checks = report["checks"].as_array().unwrap();
    let check = checks
        .iter()
        .find(|check| check["id"] == "status_endpoint")
        .unwrap();
    assert_eq!(check["status"], "error");
    assert!(
        check["fix"]
            .as_str()
            .unwrap()
            .contains("/v1/callbacks/enable")
    );
    // another change of the settings does not switch it on
    w.call("PATCH", SETTINGS, Some(json!({ "heldMaxAgeHours": 5 })))
        .await;
    assert_eq!(w.get("/v1/callbacks").await["status"], "off");
    // a new address does
    set(&w, "https://hooks.example.com/other").await;
    assert_eq!(w.get("/v1/callbacks").await["status"], "on");
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_secret_and_settings_is_repaired_by_a_repeat() {
    let w = world().await;
    for what in ["PutParameter", "TransactWriteItems"] {
        w.dies_at(what, 1);
        let limit = std::time::Duration::from_millis(500);
        let died = tokio::time::timeout(limit, set(&w, URL)).await;
        assert!(died.is_err(), "{what}");
        assert_eq!(set(&w, URL).await.0, 200);
        assert_eq!(w.get("/v1/callbacks").await["status"], "on");
        set(&w, "").await;
    }
}
