//! The cache of message templates.

use std::time::Duration;

use bridge::flows::templates::{self, Busy, refresh_due};
use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};

use crate::support::*;

/// What a refresh may take.
const LIMIT: Duration = Duration::from_secs(60);

fn names(page: &Value) -> Vec<String> {
    let all = page["templates"].as_array().unwrap();
    let name = |one: &Value| format!("{} {}", one["name"], one["language"]).replace('"', "");
    all.iter().map(name).collect()
}

async fn refreshed(w: &World) -> Value {
    let (status, body) = w
        .call("POST", "/v1/templates/refresh", Some(json!({})))
        .await;
    assert_eq!(status, 200, "{body}");
    body["syncs"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn connecting_a_number_reads_its_templates() {
    let w = World::new().await;
    let id = w.connected().await["id"].clone();
    let page = w.get("/v1/templates").await;
    assert_eq!(page["total"], 8);
    assert_eq!(page["syncs"][0]["found"], 8);
    assert_eq!(page["syncs"][0]["failure"], Value::Null);
    assert_eq!(page["next"], Value::Null);
    let first = &page["templates"][0];
    assert_eq!(first["connection"], id);
    assert_eq!(first["name"], "appointment_reminder");
    assert_eq!(first["parameterFormat"], "NAMED");
    assert_eq!(first["status"], "approved");
    assert_eq!(first["quality"], "UNKNOWN");
    assert_eq!(first["components"][0]["type"], "BODY");
}

#[tokio::test(start_paused = true)]
async fn the_list_is_searched_filtered_and_turned_over() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let asked = async |query: &str| names(&w.get(&format!("/v1/templates?{query}")).await);
    assert_eq!(
        asked("search=ORDER&language=de").await,
        ["order_confirmation de"]
    );
    assert_eq!(
        asked("search=confirmed%20your&language=en-US").await,
        ["order_confirmation en_US"]
    );
    assert_eq!(asked("category=authentication").await, ["login_code en_US"]);
    assert_eq!(asked("status=PAUSED").await, ["summer_sale en_US"]);
    assert_eq!(
        asked(&format!("connection={id}&search=nothing_like_it"))
            .await
            .len(),
        0
    );
    let first = w.get("/v1/templates?limit=5").await;
    let next = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = w.get(&format!("/v1/templates?limit=5&after={next}")).await;
    assert_eq!((names(&first).len(), names(&second).len()), (5, 3));
    assert_eq!(second["next"], Value::Null);
    let mut all = [names(&first), names(&second)].concat();
    all.dedup();
    assert_eq!(all, names(&w.get("/v1/templates").await));
}

#[tokio::test(start_paused = true)]
async fn questions_that_make_no_sense_are_refused() {
    let w = World::new().await;
    w.connected().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "moon=1",
        "search=a&search=b",
    ] {
        let answer = w.call("GET", &format!("/v1/templates?{query}"), None).await;
        refused(answer, 400, "invalid_field");
    }
    let answer = w.call("GET", "/v1/templates?connection=nope", None).await;
    refused(answer, 404, "not_found");
    for (body, status, code) in [
        (json!({ "connection": "nope" }), 404, "not_found"),
        (json!({ "connection": 1 }), 400, "invalid_field"),
        (json!({ "moon": 1 }), 400, "unknown_field"),
    ] {
        refused(
            w.call("POST", "/v1/templates/refresh", Some(body)).await,
            status,
            code,
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_follows_what_the_account_has() {
    let w = World::new().await;
    w.connected().await;
    w.dialog.add_template(
        json!({ "name": "new_one", "language": "fr", "category": "UTILITY",
        "status": "rejected", "rejected_reason": "INVALID_FORMAT",
        "components": [{ "type": "BODY", "text": "Bonjour" }] }),
    );
    w.dialog
        .add_template(json!({ "name": "hello_world", "language": "en_US",
        "category": "MARKETING", "status": "in_appeal",
        "components": [{ "type": "BODY", "text": "Welcome" }] }));
    w.dialog.delete_template("order_confirmation");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(refreshed(&w).await["found"], 7);
    let page = w.get("/v1/templates?search=new_one").await;
    let new = &page["templates"][0];
    assert_eq!(
        (&new["status"], &new["reason"]),
        (&json!("rejected"), &json!("INVALID_FORMAT"))
    );
    let page = w.get("/v1/templates?search=hello_world").await;
    let changed = &page["templates"][0];
    assert_eq!(
        (&changed["status"], &changed["category"]),
        (&json!("in_appeal"), &json!("MARKETING"))
    );
    assert_eq!(w.get("/v1/templates?status=gone").await["total"], 2);
    // a template that comes back is there again
    w.dialog
        .add_template(json!({ "name": "order_confirmation", "language": "de",
        "category": "UTILITY", "components": [{ "type": "BODY", "text": "Hallo" }] }));
    refreshed(&w).await;
    assert_eq!(w.get("/v1/templates?status=gone").await["total"], 1);
    // and one that stays away is forgotten after a month
    tokio::time::sleep(Duration::from_secs(31 * 86_400)).await;
    assert_eq!(w.get("/v1/templates?status=gone").await["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn what_did_not_change_is_not_written_again() {
    let w = World::new().await;
    w.connected().await;
    let before = w.get("/v1/templates").await["templates"].clone();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    refreshed(&w).await;
    let page = w.get("/v1/templates").await;
    assert_eq!(page["templates"], before);
    assert_ne!(page["syncs"][0]["syncedAt"], before[0]["changedAt"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_leaves_what_is_known_and_shows_in_health() {
    let w = World::new().await;
    w.connected().await;
    for (outage, code) in [
        (Outage::Status(503), "whatsapp_throttled"),
        (Outage::Html, "whatsapp_outcome_unknown"),
        (Outage::Status(401), "whatsapp_unauthorized"),
        (Outage::Silence, "refresh_too_slow"),
    ] {
        w.dialog.outage(Some(outage));
        let sync = refreshed(&w).await;
        assert_eq!(sync["failure"], code);
        assert_eq!(sync["found"], 8);
        assert_eq!(w.get("/v1/templates").await["total"], 8);
        let connection = w.connections().await.remove(0);
        assert_eq!(codes(&connection), ["templates_not_synced"]);
        assert_eq!(connection["health"], "degraded");
        w.dialog.outage(None);
    }
    // the next tick tries again, whatever the interval
    assert_eq!(refresh_due(&w.app(), w.now()).await.unwrap(), 1);
    assert_eq!(codes(&w.connections().await.remove(0)), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn ticks_refresh_as_often_as_the_settings_say() {
    let w = World::new().await;
    w.connected().await;
    let ticks = async |hours: u64| {
        let mut refreshed = 0;
        for _ in 0..hours * 12 {
            tokio::time::sleep(Duration::from_secs(300)).await;
            refreshed += refresh_due(&w.app(), w.now()).await.unwrap();
        }
        refreshed
    };
    assert_eq!(ticks(6).await, 6);
    let change = json!({ "templateRefreshIntervalMinutes": 5 });
    assert_eq!(w.call("PATCH", "/v1/settings", Some(change)).await.0, 200);
    assert_eq!(ticks(1).await, 12);
    for wrong in [4, 10_081] {
        let change = json!({ "templateRefreshIntervalMinutes": wrong });
        let answer = w.call("PATCH", "/v1/settings", Some(change)).await;
        refused(answer, 400, "invalid_setting");
    }
    // a number that is switched off costs nothing
    let id = w.connections().await[0]["id"].as_str().unwrap().to_owned();
    w.patch(&id, json!({ "enabled": false })).await;
    assert_eq!(ticks(2).await, 0);
}

#[tokio::test(start_paused = true)]
async fn one_process_refreshes_at_a_time() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let id = bridge::domain::ids::ConnectionId::new(id);
    let (one, other) = (w.app(), w.app());
    // one that waits for 360dialog, or died there, holds the others up for two minutes
    w.dies_at("GET /v1/configs/templates", 1);
    let dead = templates::refresh(&one, &id, LIMIT, w.now());
    assert!(
        tokio::time::timeout(Duration::from_millis(1), dead)
            .await
            .is_err()
    );
    assert_eq!(
        templates::refresh(&other, &id, LIMIT, w.now()).await,
        Err(Busy::Running)
    );
    tokio::time::sleep(Duration::from_secs(121)).await;
    assert!(
        templates::refresh(&other, &id, LIMIT, w.now())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn long_lists_are_read_to_their_end() {
    let w = World::new().await;
    for n in 0..1_300 {
        w.dialog
            .add_template(json!({ "name": format!("t{n:04}"), "language": "en",
            "category": "UTILITY", "components": [{ "type": "BODY", "text": "x" }] }));
    }
    w.connected().await;
    assert_eq!(w.get("/v1/templates").await["total"], 1_308);
    let id = w.connections().await[0]["id"].as_str().unwrap().to_owned();
    let (status, _) = w
        .call("DELETE", &format!("/v1/connections/{id}"), None)
        .await;
    assert_eq!(status, 200);
    // the same number connected again begins anew
    w.dialog.delete_template("t0000");
    w.connected().await;
    assert_eq!(w.get("/v1/templates").await["total"], 1_307);
}

/// Asks for a preview of a template of the first number.
async fn preview(w: &World, template: Value) -> (u16, Value) {
    let id = w.connections().await[0]["id"].clone();
    let body = json!({ "connection": id, "template": template });
    w.call("POST", "/v1/templates/preview", Some(body)).await
}

fn order(parameters: Value, more: &[Value]) -> Value {
    let body = json!({ "type": "body", "parameters": parameters });
    let components = [&[body][..], more].concat();
    json!({ "name": "order_confirmation", "components": components,
        "language": { "code": "en_US", "policy": "deterministic" } })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

#[tokio::test(start_paused = true)]
async fn a_preview_shows_what_the_customer_would_read() {
    let w = World::new().await;
    w.connected().await;
    let track = json!({ "type": "button", "sub_type": "url", "index": 1,
        "parameters": [text("77")] });
    let asked = order(json!([text("Ana"), text("X1")]), &[track]);
    let (status, body) = preview(&w, asked).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        body["text"],
        "Your order\n\nHello Ana, your order X1 is confirmed.\n\nThank you\n\n[All right]\n[Track]"
    );
    assert_eq!(body["template"]["components"][1]["index"], "1");
    assert_eq!(body["template"]["language"], json!({ "code": "en_US" }));
}

#[tokio::test(start_paused = true)]
async fn a_preview_names_every_fault() {
    let w = World::new().await;
    w.connected().await;
    let answer = preview(&w, order(json!([text("Ana")]), &[])).await;
    let error = refused(answer, 400, "invalid_template");
    let message = error["message"].as_str().unwrap();
    for part in [
        "body: parameter 2 is missing (text for {{2}})",
        "button 1 is missing (the end of the address for \"Track\")",
        "last read at 2023-11-14T22:13:20",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let paused = json!({ "name": "summer_sale", "language": { "code": "en-US" } });
    let error = refused(preview(&w, paused).await, 400, "invalid_template");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("its status is paused")
    );
    let french = json!({ "name": "order_confirmation", "language": { "code": "fr" } });
    let error = refused(preview(&w, french).await, 400, "unknown_template");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("It exists in: de, en_US.")
    );
    for (body, code) in [
        (json!({}), "missing_field"),
        (
            json!({ "connection": "x", "template": [] }),
            "missing_field",
        ),
        (json!({ "connection": 1, "template": {} }), "invalid_field"),
        (json!({ "template": {}, "moon": 1 }), "unknown_field"),
    ] {
        refused(
            w.call("POST", "/v1/templates/preview", Some(body)).await,
            400,
            code,
        );
    }
    refused(preview(&w, json!({})).await, 400, "invalid_template");
    let long = json!({ "name": "x".repeat(1_100), "language": { "code": "en" } });
    refused(preview(&w, long).await, 400, "invalid_template");
    let body = json!({ "connection": "x", "template": {} });
    refused(
        w.call("POST", "/v1/templates/preview", Some(body)).await,
        404,
        "not_found",
    );
}

#[tokio::test(start_paused = true)]
async fn a_template_that_is_not_known_yet_is_looked_for_once() {
    let w = World::new().await;
    w.connected().await;
    let new = json!({ "name": "brand_new", "language": { "code": "en" } });
    w.dialog.add_template(
        json!({ "name": "brand_new", "language": "en", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "New" }] }),
    );
    // the last refresh was just now: a wrong name costs 360dialog nothing
    refused(preview(&w, new.clone()).await, 400, "unknown_template");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(preview(&w, new).await.1["text"], "New");
    // while 360dialog is down, what is known is used, and the rest is told with the reason
    w.dialog.outage(Some(Outage::Status(503)));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let hello = json!({ "name": "hello_world", "language": { "code": "en_US" } });
    assert_eq!(preview(&w, hello).await.0, 200);
    let other = json!({ "name": "newer_still", "language": { "code": "en" } });
    for _ in 0..2 {
        let answer = preview(&w, other.clone()).await;
        let error = refused(answer, 503, "templates_not_read");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("failed (whatsapp_throttled)"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_to_have_changed_while_a_list_is_read_is_read_again() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let id = bridge::domain::ids::ConnectionId::new(id);
    let due = async || refresh_due(&w.app(), w.now()).await.unwrap();
    assert_eq!(due().await, 0);
    let store = w.app().store;
    store.mark_sync_due(&id).await.unwrap();
    assert_eq!((due().await, due().await), (1, 0));
    // a refresh that began before the event does not know of it
    let before = store.find_sync(&id, w.now()).await.unwrap();
    store.mark_sync_due(&id).await.unwrap();
    store.put_sync(&id, &before).await.unwrap();
    assert_eq!((due().await, due().await), (1, 0));
    // a new key may be another account's
    assert_eq!(w.patch(id.as_str(), json!({ "apiKey": KEY })).await.0, 200);
    assert_eq!(due().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_disconnected_while_its_templates_are_read_leaves_nothing() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/connections/{id}");
    assert_eq!(w.call("DELETE", &path, None).await.0, 200);
    let id = bridge::domain::ids::ConnectionId::new(id);
    let (app, key) = (w.app(), bridge::secrets::Secret::new(KEY));
    let name = bridge::secrets::SecretName::ApiKey(id.clone());
    // the process that reads still holds the key
    app.secrets.put(&name, &key).await.unwrap();
    assert!(templates::refresh(&app, &id, LIMIT, w.now()).await.is_ok());
    assert_eq!(app.store.list_templates(&id, w.now()).await.unwrap(), []);
    assert_eq!(app.store.list_syncs().await.unwrap(), []);
}
