//! Changing a connection.

use bridge::domain::contact::Sender;
use bridge::domain::content::Content;
use bridge::domain::ids::{ConnectionId, ContactId, RoomId, WaId, Wamid};
use bridge::domain::message::InboundMessage;
use bridge::domain::time::days;
use bridge::queue::task::{InboundTask, InboundV1, NoteV1, OutboundTask, ReleaseV1};
use bridge::store::{Parked, Store};
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn texts_are_set_and_cleared_and_the_rest_stays() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let change =
        json!({ "welcomeMessage": "Hi", "offlineMessage": "Later", "department": "sales" });
    let (status, changed) = w.patch(&id, change).await;
    assert_eq!(
        (status, &changed["welcomeMessage"]),
        (200, &json!("Hi")),
        "{changed}"
    );
    assert_eq!(changed["department"], "dep-sales");
    let clear = json!({ "welcomeMessage": null, "offlineMessage": "", "department": "" });
    let (_, cleared) = w.patch(&id, clear).await;
    for key in ["welcomeMessage", "offlineMessage", "department"] {
        assert_eq!(cleared[key], Value::Null, "{key}");
    }
    assert_eq!(cleared["name"], "Shop");
    let (_, unnamed) = w.patch(&id, json!({ "name": null })).await;
    assert_eq!(unnamed["name"], "4930901820");
}

#[tokio::test(start_paused = true)]
async fn changes_keep_the_rules_of_the_form() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let other = json!({ "apiKey": OTHER_KEY, "phoneNumber": OTHER_NUMBER, "name": "B" });
    w.connect(other).await;
    for (change, status, code) in [
        (json!({ "nme": "x" }), 400, "unknown_field"),
        (json!({ "enabled": "on" }), 400, "invalid_field"),
        (json!({ "phoneNumber": null }), 400, "missing_field"),
        (json!({ "apiKey": "" }), 400, "missing_field"),
        (
            json!({ "apiKey": "no-such-key-at-360dialog" }),
            400,
            "invalid_api_key",
        ),
        (json!({ "department": "Moon" }), 400, "unknown_department"),
        (json!({ "name": "b" }), 409, "name_taken"),
        (json!({ "phoneNumber": OTHER_NUMBER }), 409, "number_taken"),
        (json!({ "apiKey": OTHER_KEY }), 409, "api_key_taken"),
    ] {
        refused(w.patch(&id, change).await, status, code);
    }
    let shown = w.get(&format!("/v1/connections/{id}")).await;
    assert_eq!(
        (&shown["name"], &shown["apiKey"]),
        (&json!("Shop"), &json!("…JcxAK"))
    );
    assert!(w.stored_keys().contains(&KEY.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_stored_and_registered_at_once() {
    let w = World::new().await;
    let before = w.connected().await;
    let id = before["id"].as_str().unwrap();
    let fresh = w.dialog.rotate_key(NUMBER).unwrap();
    assert_eq!(
        w.registered(&fresh).await,
        None,
        "a new key drops the webhook"
    );
    let (status, after) = w.patch(id, json!({ "apiKey": fresh })).await;
    assert_eq!((status, &after["health"]), (200, &json!("ok")), "{after}");
    assert_ne!(after["apiKey"], before["apiKey"]);
    assert!(!after.to_string().contains(&fresh));
    assert_eq!(
        w.registered(&fresh).await.unwrap().url,
        before["webhookUrl"]
    );
    assert_eq!(w.stored_keys(), [fresh]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_connection_is_404() {
    let w = World::new().await;
    refused(w.patch("nobody", json!({})).await, 404, "not_found");
    refused(
        w.call("GET", "/v1/connections/nobody", None).await,
        404,
        "not_found",
    );
    refused(
        w.call("DELETE", "/v1/connections/nobody", None).await,
        404,
        "not_found",
    );
}

/// Parks messages `1..=n` of one customer as a disabled connection does, and one of another reason.
async fn park(w: &World, id: &str, n: i64) {
    let app = w.app();
    let connection = ConnectionId::new(id);
    for i in 0..=n {
        let at = w.now().plus(std::time::Duration::from_millis(i as u64));
        let sender = Sender {
            phone: WaId::from_any("4915112345678"),
            ..Sender::default()
        };
        let body = format!("line {i}");
        let id = Wamid::new(format!("wamid.{i}"));
        let message = InboundMessage::plain(id, sender, at, Content::Text { body });
        let task = InboundTask::Messages(InboundV1 {
            connection: connection.clone(),
            number: None,
            received_at: at,
            messages: vec![message],
        });
        let reason = if i == 0 {
            "poison"
        } else {
            "disabled_connection"
        };
        let parked = Parked {
            id: Store::parked_id(at, &format!("task-{i}")),
            at,
            queue: "inbound".to_owned(),
            reason: reason.to_owned(),
            connection: Some(connection.clone()),
            body: serde_json::to_string(&task).unwrap(),
        };
        app.store.put_parked(&parked, days(14)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn kept_messages_are_delivered_in_order_if_wanted() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    let (_, off) = w.patch(&id, json!({ "enabled": false })).await;
    assert_eq!(off["enabled"], false);
    park(&w, &id, 60).await;
    let (_, on) = w.patch(&id, json!({ "enabled": true })).await;
    assert_eq!((on["enabled"] == true, on.get("kept")), (true, None));
    assert_eq!(w.aws.sqs.depth("inbound.fifo"), 0, "not asked for");
    w.patch(&id, json!({ "enabled": false })).await;
    let (_, still) = w.patch(&id, json!({ "deliverKept": true })).await;
    assert_eq!(
        (still.get("kept"), w.aws.sqs.depth("inbound.fifo")),
        (None, 0),
        "still off"
    );
    let (_, on) = w
        .patch(&id, json!({ "enabled": true, "deliverKept": true }))
        .await;
    assert_eq!(on["kept"], json!({ "delivered": 60, "more": false }));
    let held = w.aws.sqs.messages("inbound.fifo");
    assert_eq!(held.len(), 60);
    for (n, message) in held.iter().enumerate() {
        assert!(
            message.body.contains(&format!("\"line {}\"", n + 1)),
            "in order"
        );
        assert_eq!(message.group, held[0].group, "one customer, one group");
    }
    let parked = w.get("/v1/parked").await;
    assert_eq!(parked["parked"].as_array().unwrap().len(), 1);
    assert_eq!(parked["parked"][0]["reason"], "poison");
}

#[tokio::test(start_paused = true)]
async fn kept_messages_are_not_doubled_by_a_death_on_the_way() {
    let w = World::new().await;
    let id = w.connected().await["id"].as_str().unwrap().to_owned();
    w.patch(&id, json!({ "enabled": false })).await;
    park(&w, &id, 3).await;
    let on = json!({ "enabled": true, "deliverKept": true });
    w.dies_at("DeleteItem", 2);
    let call = w.patch(&id, on.clone());
    let ended = tokio::time::timeout(std::time::Duration::from_millis(500), call).await;
    assert!(ended.is_err());
    let (_, again) = w.patch(&id, on).await;
    assert_eq!(again["kept"]["delivered"], 2, "{again}");
    assert_eq!(
        w.aws.sqs.depth("inbound.fifo"),
        3,
        "the queue knew the second"
    );
}

#[tokio::test(start_paused = true)]
async fn a_parked_task_goes_back_into_its_own_group() {
    let w = World::new().await;
    let queues = w.app().queues.clone();
    let (connection, contact) = (ConnectionId::new("c"), ContactId::new("p"));
    let release = ReleaseV1 {
        connection: connection.clone(),
        contact: contact.clone(),
    };
    let task = OutboundTask::Release(release);
    queues
        .send_outbound(&contact, "first", &task)
        .await
        .unwrap();
    let note = NoteV1 {
        connection,
        room: RoomId::new("r"),
        key: "k".to_owned(),
        text: "t".to_owned(),
    };
    queues.send_note(note).await.unwrap();
    for (queue, name) in [("outbound", "outbound.fifo"), ("inbound", "inbound.fifo")] {
        let body = w.aws.sqs.messages(name)[0].body.clone();
        for _ in 0..2 {
            queues.resend(queue, &body, "parked").await.unwrap();
        }
        queues.resend(queue, "unreadable", "other").await.unwrap();
        let held = w.aws.sqs.messages(name);
        assert_eq!(held.len(), 3, "{name}: a second sending is dropped");
        assert_eq!(held[1].group, held[0].group);
        assert_ne!(held[2].group, held[0].group);
    }
    assert!(queues.resend("moon", "{}", "x").await.is_err());
}
