//! What WhatsApp says of templates is known at once, and read anew at the next tick.

use std::time::Duration;

use bridge::domain::template::Template;
use bridge_harness::World;
use serde_json::{Value, json};

/// A webhook body with one change.
fn change(field: &str, value: &Value) -> String {
    let change = json!({ "field": field, "value": value });
    let entry = json!({ "id": "1", "time": 1_780_300_800, "changes": [change] });
    json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string()
}

async fn told(w: &World, field: &str, value: &Value) {
    let answer = w.request(w.webhook(change(field, value))).await;
    assert_eq!(answer.status(), 200);
    w.settle().await;
}

async fn template(w: &World, name: &str, language: &str) -> Option<Template> {
    let app = w.app();
    let found = app
        .store
        .find_template(&w.connection, (name, language), w.now());
    found.await.unwrap()
}

/// A world whose templates were read.
async fn world() -> World {
    let w = World::new().await;
    w.tick().await.unwrap();
    assert!(
        template(&w, "hello_world", "en_US")
            .await
            .unwrap()
            .is_approved()
    );
    w
}

fn named(name: &str, language: &str, more: Value) -> Value {
    let mut value = json!({
        "message_template_id": 12_345, "message_template_name": name,
        "message_template_language": language,
    });
    for (key, more) in more.as_object().unwrap() {
        value[key] = more.clone();
    }
    value
}

#[tokio::test(start_paused = true)]
async fn a_paused_template_is_paused_at_once() {
    let w = world().await;
    let paused = json!({ "event": "PAUSED", "reason": null,
        "other_info": { "title": "FIRST_PAUSE", "description": "low quality" } });
    told(
        &w,
        "message_template_status_update",
        &named("hello_world", "en-US", paused),
    )
    .await;
    let known = template(&w, "hello_world", "en_US").await.unwrap();
    assert_eq!(
        (known.status.as_str(), known.reason.as_deref()),
        ("paused", Some("FIRST_PAUSE"))
    );
    let back = json!({ "event": "REINSTATED", "reason": "NONE" });
    told(
        &w,
        "message_template_status_update",
        &named("hello_world", "en_US", back),
    )
    .await;
    let known = template(&w, "hello_world", "en-us").await.unwrap();
    assert!(known.is_approved() && known.reason.is_none(), "{known:?}");
    let gone = json!({ "event": "DELETED" });
    told(
        &w,
        "message_template_status_update",
        &named("hello_world", "en_US", gone),
    )
    .await;
    assert!(
        !template(&w, "hello_world", "en_US")
            .await
            .unwrap()
            .is_approved()
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn quality_and_category_are_known_at_once() {
    let w = world().await;
    let quality = json!({ "previous_quality_score": "GREEN", "new_quality_score": "RED" });
    told(
        &w,
        "message_template_quality_update",
        &named("hello_world", "en-US", quality),
    )
    .await;
    let category = json!({ "previous_category": "UTILITY", "new_category": "MARKETING" });
    told(
        &w,
        "template_category_update",
        &named("hello_world", "en_US", category),
    )
    .await;
    let known = template(&w, "hello_world", "en_US").await.unwrap();
    assert_eq!(known.quality.as_deref(), Some("RED"));
    assert_eq!(known.category, "MARKETING");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn after_an_event_the_next_tick_reads_the_list_anew() {
    let w = world().await;
    w.sleep(Duration::from_secs(300)).await;
    w.tick().await.unwrap();
    w.whatsapp
        .add_template(json!({ "name": "hello_world", "language": "en_US",
        "category": "UTILITY", "components": [{ "type": "BODY", "text": "Changed" }] }));
    let text = async || {
        template(&w, "hello_world", "en_US")
            .await
            .unwrap()
            .components
    };
    w.tick().await.unwrap();
    assert!(!text().await.contains("Changed"), "not due");
    let changed = json!({ "message_template_element": "Changed" });
    told(
        &w,
        "message_template_components_update",
        &named("hello_world", "en-US", changed),
    )
    .await;
    w.tick().await.unwrap();
    assert!(text().await.contains("Changed"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn events_that_say_little_or_nonsense_do_no_harm() {
    let w = world().await;
    for value in [
        json!({}),
        json!(null),
        json!("text"),
        named("nobody_knows_it", "xx", json!({ "event": "APPROVED" })),
        named("", "en_US", json!({ "event": "APPROVED" })),
        named("hello_world", "en_US", json!({ "event": "" })),
        named("hello_world", "en_US", json!({ "event": 7, "reason": {} })),
        json!({ "event": "APPROVED", "message_template_name": "hello_world" }),
    ] {
        for field in [
            "message_template_status_update",
            "message_template_quality_update",
            "message_template_components_update",
            "template_category_update",
        ] {
            told(&w, field, &value).await;
        }
    }
    w.tick().await.unwrap();
    assert!(
        template(&w, "hello_world", "en_US")
            .await
            .unwrap()
            .is_approved()
    );
    w.assert_clean().await;
}
