//! Samples of headers: by link, by upload past the gateway, by handle.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::support::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nour picture";

fn definition(handle: &str) -> Value {
    json!({ "name": "new_menu", "category": "UTILITY", "language": "en_US", "components": [
        { "type": "HEADER", "format": "IMAGE", "example": { "header_handle": [handle] } },
        { "type": "BODY", "text": "Our new menu is here." }] })
}

async fn submit(w: &World, handle: &str, dry_run: bool) -> (u16, Value) {
    let id = w.connections().await[0]["id"].clone();
    let body = json!({ "connection": id, "template": definition(handle), "dryRun": dry_run });
    w.call("POST", "/v1/templates", Some(body)).await
}

/// The form of an upload, sent as a browser would.
async fn uploads(w: &World, form: &Value, file: &[u8]) -> u16 {
    let mut body = Vec::new();
    for (name, value) in form["fields"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n",
    );
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = Request::post(form["url"].as_str().unwrap())
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Bytes::from(body))
        .unwrap();
    w.outside(request).await.status().as_u16()
}

async fn form(w: &World, mime_type: &str) -> Value {
    let body = json!({ "mimeType": mime_type });
    let (status, form) = w.call("POST", "/v1/templates/uploads", Some(body)).await;
    assert_eq!(status, 201, "{form}");
    form
}

/// What 360dialog holds as the sample.
async fn sample(w: &World) -> Value {
    let all = w.get("/v1/templates?search=new_menu").await;
    all["templates"][0]["components"][0]["example"]["header_handle"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn a_large_sample_is_uploaded_past_the_gateway() {
    let w = World::new().await;
    w.connected().await;
    let form = form(&w, "image/png").await;
    let mut picture = PNG.to_vec();
    picture.resize(4_900_000, 7);
    assert_eq!(uploads(&w, &form, &picture).await, 204);
    let handle = form["headerHandle"].as_str().unwrap();
    let (status, answer) = submit(&w, handle, false).await;
    assert_eq!(status, 201, "{answer}");
    let handle = sample(&w).await;
    assert!(handle.as_str().unwrap().starts_with("4::"), "{handle}");
    let calls = w.dialog.calls();
    assert_eq!(calls.get("POST /uploads"), Some(&1));
    assert_eq!(calls.get("POST /{id}"), Some(&1), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn the_form_takes_one_file_of_its_size_for_a_while() {
    let w = World::new().await;
    w.connected().await;
    let made = form(&w, "image/png").await;
    let mut large = PNG.to_vec();
    large.resize(5 * 1024 * 1024 + 1, 7);
    assert_eq!(uploads(&w, &made, &large).await, 400);
    assert_eq!(uploads(&w, &made, b"").await, 400);
    for (field, value) in [
        ("key", "uploads/other"),
        ("Content-Type", "text/html"),
        ("acl", "public-read"),
    ] {
        let mut changed = made.clone();
        changed["fields"][field] = json!(value);
        assert_eq!(uploads(&w, &changed, PNG).await, 403, "{field}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(901)).await;
    assert_eq!(uploads(&w, &made, PNG).await, 403, "too late");
    for body in [
        json!({}),
        json!({ "mimeType": "text/html" }),
        json!({ "mimeType": 7 }),
    ] {
        let answer = w.call("POST", "/v1/templates/uploads", Some(body)).await;
        refused(answer, 400, "invalid_field");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_sample_is_told_before_anything_is_submitted() {
    let w = World::new().await;
    w.connected().await;
    let never = form(&w, "image/png").await;
    refused(
        submit(&w, never["headerHandle"].as_str().unwrap(), false).await,
        400,
        "invalid_sample",
    );
    let page = form(&w, "image/png").await;
    assert_eq!(uploads(&w, &page, b"<html>").await, 204);
    let name = page["headerHandle"].as_str().unwrap();
    refused(submit(&w, name, false).await, 400, "invalid_sample");
    tokio::time::sleep(std::time::Duration::from_secs(86_400)).await;
    refused(submit(&w, name, false).await, 400, "invalid_sample");
    for link in [
        "http://files.test/a.png",
        "https://127.0.0.1/a.png",
        "ftp://x.example/a.png",
    ] {
        refused(submit(&w, link, true).await, 400, "invalid_template");
    }
    let empty = submit(&w, "https://files.test/a.png", false).await;
    refused(empty, 400, "invalid_sample");
    assert!(!w.dialog.calls().contains_key("POST /v1/configs/templates"));
}

#[tokio::test(start_paused = true)]
async fn a_handle_goes_through_as_it_is_and_a_dry_run_fetches_nothing() {
    let w = World::new().await;
    w.connected().await;
    assert_eq!(submit(&w, "https://files.test/a.png", true).await.0, 200);
    assert_eq!(submit(&w, "4::aGFuZGxl", false).await.0, 201);
    assert_eq!(sample(&w).await, "4::aGFuZGxl");
    assert!(!w.dialog.calls().contains_key("POST /uploads"));
}
