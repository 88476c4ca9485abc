//! Disconnecting.

use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};

use crate::support::*;

async fn disconnect(w: &World, id: &Value) -> Value {
    let path = format!("/v1/connections/{}", id.as_str().unwrap());
    let (status, body) = w.call("DELETE", &path, None).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["message"].as_str().unwrap().contains("billing"), "R12");
    assert_eq!(w.connections().await, Vec::<Value>::new());
    assert_eq!(w.stored_keys(), Vec::<String>::new());
    body
}

#[tokio::test(start_paused = true)]
async fn the_former_webhook_is_restored() {
    let w = World::new().await;
    let theirs = "https://crm.example/hook";
    w.register_foreign(KEY, theirs).await;
    let mut form = form();
    form["takeOver"] = json!(true);
    let (_, connection) = w.connect(form).await;
    let gone = disconnect(&w, &connection["id"]).await;
    assert_eq!(w.registered(KEY).await.unwrap().url, theirs);
    assert!(gone["notUndone"][0].as_str().unwrap().contains("headers"));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_undone_is_said() {
    let w = World::new().await;
    let connection = w.connected().await;
    let ours = connection["webhookUrl"].as_str().unwrap().to_owned();
    let gone = disconnect(&w, &connection["id"]).await;
    assert!(
        gone["notUndone"][0].as_str().unwrap().contains(&ours),
        "{gone}"
    );
    let w = World::new().await;
    let connection = w.connected().await;
    w.dialog.outage(Some(Outage::Status(502)));
    let gone = disconnect(&w, &connection["id"]).await;
    assert!(gone["notUndone"][0].as_str().unwrap().contains("360dialog"));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_webhook_stays_on_disconnecting() {
    let w = World::new().await;
    let connection = w.connected().await;
    w.register_foreign(KEY, "https://crm.example/new").await;
    let gone = disconnect(&w, &connection["id"]).await;
    assert_eq!(gone["notUndone"], json!([]));
    assert_eq!(
        w.registered(KEY).await.unwrap().url,
        "https://crm.example/new"
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_can_be_connected_again() {
    let w = World::new().await;
    let first = w.connected().await;
    disconnect(&w, &first["id"]).await;
    let again = w.connected().await;
    assert_eq!(
        again["health"], "ok",
        "our own leftover is not foreign: {again}"
    );
    assert_eq!(again["formerWebhookUrl"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_death_on_the_way_can_be_repeated() {
    let w = World::new().await;
    let connection = w.connected().await;
    w.dies_at("TransactWriteItems", 1);
    let path = format!("/v1/connections/{}", connection["id"].as_str().unwrap());
    let call = w.call("DELETE", &path, None);
    let ended = tokio::time::timeout(std::time::Duration::from_millis(500), call).await;
    assert!(ended.is_err());
    assert_eq!(w.connections().await.len(), 1);
    disconnect(&w, &connection["id"]).await;
}
