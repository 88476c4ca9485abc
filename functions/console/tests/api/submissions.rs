//! Templates on their way to WhatsApp's review, and deleted ones.

use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};

use crate::support::*;

/// A definition within the rules.
fn definition() -> Value {
    json!({
        "name": "table_ready", "category": "utility", "language": "en_US",
        "components": [
            { "type": "HEADER", "format": "TEXT", "text": "Table {{1}}",
              "example": { "header_text": ["7"] } },
            { "type": "BODY", "text": "Hi {{1}}, your table for {{2}} is ready now.",
              "example": { "body_text": [["Ana", "two"]] } },
            { "type": "FOOTER", "text": "See you" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Coming" },
                { "type": "URL", "text": "Menu", "url": "https://menu.example/{{1}}",
                  "example": ["https://menu.example/7"] },
                { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550051310" },
            ] },
        ],
    })
}

async fn submit(w: &World, template: Value, dry_run: bool) -> (u16, Value) {
    let id = w.connections().await[0]["id"].clone();
    let body = json!({ "connection": id, "template": template, "dryRun": dry_run });
    w.call("POST", "/v1/templates", Some(body)).await
}

async fn delete(w: &World, name: &str) -> (u16, Value) {
    let id = w.connections().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/templates/{name}?connection={id}");
    w.call("DELETE", &path, None).await
}

async fn status_of(w: &World, name: &str) -> Value {
    let page = w.get(&format!("/v1/templates?search={name}")).await;
    page["templates"][0]["status"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_template_is_submitted_and_stands_in_the_list_at_once() {
    let w = World::new().await;
    w.connected().await;
    let (status, body) = submit(&w, definition(), true).await;
    assert_eq!(status, 200, "{body}");
    let text = "Table 7\n\nHi Ana, your table for two is ready now.\n\nSee you\n\n\
                [Coming]\n[Menu]\n[Call]";
    assert_eq!(body["text"], text);
    assert_eq!(
        status_of(&w, "table_ready").await,
        Value::Null,
        "a dry run sends nothing"
    );
    let (status, body) = submit(&w, definition(), false).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["text"], text);
    assert_eq!(body["template"]["category"], "UTILITY");
    assert_eq!(status_of(&w, "table_ready").await, "submitted");
    let answer = submit(&w, definition(), false).await;
    let error = refused(answer, 400, "invalid_template");
    assert!(error["message"].as_str().unwrap().contains("already"));
}

#[tokio::test(start_paused = true)]
async fn named_variables_media_and_codes_have_their_own_rules() {
    let w = World::new().await;
    w.connected().await;
    let named = json!({ "name": "named_one", "category": "MARKETING", "language": "en",
        "parameter_format": "NAMED", "components": [
            { "type": "HEADER", "format": "IMAGE", "example": { "header_handle": ["4::aGFuZGxl"] } },
            { "type": "BODY", "text": "Hi {{first_name}}, look at {{offer}} today.",
              "example": { "body_text_named_params": [
                { "param_name": "offer", "example": "shoes" },
                { "param_name": "first_name", "example": "Ana" }] } }] });
    let (status, body) = submit(&w, named, true).await;
    assert_eq!(
        (status, &body["text"]),
        (200, &json!("[image]\n\nHi Ana, look at shoes today."))
    );
    let code = json!({ "name": "code", "category": "AUTHENTICATION", "language": "en",
        "components": [
            { "type": "BODY", "add_security_recommendation": true },
            { "type": "FOOTER", "code_expiration_minutes": 5 },
            { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE" }] }] });
    let (status, body) = submit(&w, code, true).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["text"].as_str().unwrap().ends_with("[Copy code]"));
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_definition_is_told_at_once() {
    let w = World::new().await;
    w.connected().await;
    let bad = json!({ "name": "Table Ready", "category": "NEWS", "language": "",
        "components": [
            { "type": "HEADER", "format": "VIDEO" },
            { "type": "BODY", "text": "{{2}} is ready" },
            { "type": "BODY", "text": "again" },
            { "type": "CAROUSEL" },
            { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Go", "url": "ftp://x" }, {}] },
        ] });
    let error = refused(submit(&w, bad, false).await, 400, "invalid_template");
    let message = error["message"].as_str().unwrap();
    for part in [
        "name:",
        "category:",
        "language:",
        "sample of the video",
        "\"BODY\" is given twice",
        "\"CAROUSEL\"",
        "without gaps",
        "beginning or the end",
        "button 0: url",
        "button 1: the type",
    ] {
        assert!(message.contains(part), "{part} not in {message}");
    }
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({ "connection": "x" }), "missing_field"),
        (
            json!({ "connection": "x", "template": {}, "dryRun": "yes" }),
            "invalid_field",
        ),
        (json!({ "moon": 1 }), "unknown_field"),
    ] {
        refused(w.call("POST", "/v1/templates", Some(body)).await, 400, code);
    }
}

#[tokio::test(start_paused = true)]
async fn the_vendors_refusal_is_told_in_a_sentence() {
    let w = World::new().await;
    w.connected().await;
    // somebody made it elsewhere a moment ago: our cache does not know it yet
    w.dialog.add_template(definition());
    let error = refused(
        submit(&w, definition(), false).await,
        400,
        "template_refused",
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("choose another name"), "{message}");
    assert!(message.contains("360dialog says:"), "{message}");
    for outage in [Outage::Status(503), Outage::Silence, Outage::Status(401)] {
        w.dialog.outage(Some(outage));
        let mut other = definition();
        other["name"] = json!("other_one");
        refused(submit(&w, other, false).await, 503, "whatsapp_unavailable");
        assert_eq!(status_of(&w, "other_one").await, Value::Null);
        refused(delete(&w, "hello_world").await, 503, "whatsapp_unavailable");
        assert_eq!(status_of(&w, "hello_world").await, "approved");
        w.dialog.outage(None);
    }
}

#[tokio::test(start_paused = true)]
async fn deleting_takes_all_languages() {
    let w = World::new().await;
    w.connected().await;
    let (status, body) = delete(&w, "order_confirmation").await;
    assert_eq!(
        (status, &body["languages"]),
        (200, &json!(["de", "en_US"])),
        "{body}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone_and_a_repetition_is_told_so() {
    let w = World::new().await;
    w.connected().await;
    assert_eq!(delete(&w, "hello_world").await.0, 200);
    assert_eq!(status_of(&w, "hello_world").await, "gone");
    refused(delete(&w, "hello_world").await, 404, "not_found");
    refused(delete(&w, "nobody_knows").await, 404, "not_found");
    let answer = w.call("DELETE", "/v1/templates/hello_world", None).await;
    refused(answer, 400, "missing_field");
    let answer = w
        .call("DELETE", "/v1/templates/x?connection=nope", None)
        .await;
    refused(answer, 404, "not_found");
    // an answer was lost: the repetition finds it gone at 360dialog, and marks it
    w.dialog.delete_template("invoice_ready");
    assert_eq!(delete(&w, "invoice_ready").await.0, 200);
    assert_eq!(status_of(&w, "invoice_ready").await, "gone");
}
