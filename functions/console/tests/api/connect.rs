//! Connecting: the form, refusals, clashes, take-over, repetition.

use bridge::domain::ids::RoomId;
use bridge::flows::setup_channel;
use bridge_simulators::aws::Verdict;
use serde_json::{Value, json};

use crate::support::*;

fn with(key: &str, value: impl Into<Value>) -> Value {
    let mut form = form();
    form[key] = value.into();
    form
}

#[tokio::test(start_paused = true)]
async fn a_number_is_connected_and_both_webhooks_come_here() {
    let w = World::new().await;
    let connection = w.connected().await;
    let id = connection["id"].as_str().unwrap();
    assert!(
        id.len() >= 12
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    );
    assert_eq!(connection["apiKey"], "…JcxAK");
    assert_eq!(connection["phoneNumber"], "4930901820");
    assert_eq!(connection["health"], "ok");
    assert_eq!(connection["warnings"], json!([]));
    assert_eq!(connection["enabled"], true);
    let url = format!("{PUBLIC}/incoming/{id}");
    assert_eq!(connection["webhookUrl"], *url);
    let message = connection["message"].as_str().unwrap();
    assert!(message.starts_with("WhatsApp number is now connected!"));
    assert!(message.contains("verif"), "{message}");
    let registered = w.registered(KEY).await.unwrap();
    assert_eq!(registered.url, url);
    assert_eq!(registered.secret.unwrap().reveal(), "incoming-secret");
    let setting = |id| w.chat.setting(id).unwrap();
    assert_eq!(
        setting("Livechat_webhookUrl"),
        format!("{PUBLIC}/rocketchat/events")
    );
    assert_eq!(setting("Livechat_secret_token"), "events-secret");
    assert_eq!(setting("Livechat_webhook_on_agent_message"), true);
    assert_eq!(setting("Livechat_webhook_on_close"), true);
    assert_eq!(setting("Livechat_webhook_on_visitor_message"), false);
    assert_eq!(w.stored_keys(), [KEY]);
    assert_eq!(
        w.get(&format!("/v1/connections/{id}")).await["name"],
        "Shop"
    );
}

#[tokio::test(start_paused = true)]
async fn connecting_makes_the_setup_channel_once() {
    let w = World::new().await;
    let made = |w: &World| -> Vec<String> {
        let rooms = w.chat.rooms().into_iter();
        let named = rooms.filter(|room| room.label == setup_channel::NAME);
        named.map(|room| room.id).collect()
    };
    assert_eq!(made(&w), Vec::<String>::new());
    w.connected().await;
    let channel = made(&w);
    assert_eq!(channel.len(), 1, "{channel:?}");
    let known = w.app().store.find_setup_channel(w.now()).await.unwrap();
    assert_eq!(known, Some(RoomId::new(channel[0].as_str())));
    let second = json!({ "apiKey": OTHER_KEY, "phoneNumber": OTHER_NUMBER });
    assert_eq!(w.connect(second).await.0, 201);
    assert_eq!(made(&w), channel, "one for all numbers");
}

#[tokio::test(start_paused = true)]
async fn the_form_is_lenient_where_people_are() {
    let w = World::new().await;
    let form = json!({ "apiKey": format!("  {KEY}\n"), "phoneNumber": " +49-30 90-18.20 ",
        "name": "  ", "department": "", "welcomeMessage": "Hello!", "offlineMessage": null });
    let (status, connection) = w.connect(form).await;
    assert_eq!(status, 201, "{connection}");
    assert_eq!(connection["name"], "4930901820");
    assert_eq!(connection["department"], Value::Null);
    assert_eq!(connection["welcomeMessage"], "Hello!");
    assert_eq!(connection["offlineMessage"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named() {
    let w = World::new().await;
    for key in ["apiKey", "phoneNumber"] {
        for empty in [json!(""), json!("  "), Value::Null] {
            let error = refused(w.connect(with(key, empty)).await, 400, "missing_field");
            assert!(error["message"].as_str().unwrap().contains(key));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_named() {
    let w = World::new().await;
    for (key, value) in [
        ("phoneNumber", json!("call me")),
        ("phoneNumber", json!("12")),
        ("phoneNumber", json!(4_930_901_820_u64)),
        ("apiKey", json!("two words")),
        ("name", json!("n".repeat(61))),
        ("name", json!("two\nlines")),
        ("welcomeMessage", json!("w".repeat(4097))),
        ("conversationFinishedMessage", json!("w".repeat(4097))),
        ("offlineMessage", json!("w".repeat(4097))),
        ("takeOver", json!("yes")),
    ] {
        let error = refused(w.connect(with(key, value)).await, 400, "invalid_field");
        assert!(error["message"].as_str().unwrap().contains(key), "{error}");
    }
    assert_eq!(w.connections().await, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_are_refused_by_name() {
    let w = World::new().await;
    let error = refused(
        w.connect(with("departement", "x")).await,
        400,
        "unknown_field",
    );
    assert!(error["message"].as_str().unwrap().contains("departement"));
    assert!(error["help"].as_str().unwrap().contains("department"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_saves_nothing() {
    let w = World::new().await;
    let form = with("apiKey", "this-key-is-not-known-there");
    let error = refused(w.connect(form).await, 400, "invalid_api_key");
    assert!(
        error["message"].as_str().unwrap().contains("hub"),
        "says what to do"
    );
    assert_eq!(w.connections().await, Vec::<Value>::new());
    assert_eq!(w.stored_keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_department_is_found_by_name_and_by_id() {
    let w = World::new().await;
    for department in ["Sales", "dep-sales"] {
        let (_, connection) = w.connect(with("department", department)).await;
        assert_eq!(connection["department"], "dep-sales");
        assert_eq!(connection["health"], "ok");
        let path = format!("/v1/connections/{}", connection["id"].as_str().unwrap());
        w.call("DELETE", &path, None).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_department_is_refused_with_the_known_ones() {
    let w = World::new().await;
    let answer = w.connect(with("department", "Moon")).await;
    let error = refused(answer, 400, "unknown_department");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("sales (dep-sales)") && message.contains("night"),
        "{message}"
    );
    assert_eq!(w.stored_keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn number_name_and_key_are_unique() {
    let w = World::new().await;
    w.connected().await;
    let clash = |key: &str, number: &str, name: &str| {
        w.connect(json!({ "apiKey": key, "phoneNumber": number, "name": name }))
    };
    refused(clash(OTHER_KEY, NUMBER, "B").await, 409, "number_taken");
    refused(
        clash(OTHER_KEY, OTHER_NUMBER, " SHOP ").await,
        409,
        "name_taken",
    );
    refused(clash(KEY, OTHER_NUMBER, "B").await, 409, "api_key_taken");
    refused(clash(KEY, NUMBER, "B").await, 409, "number_taken");
    assert_eq!(w.connections().await.len(), 1);
    assert_eq!(w.stored_keys(), [KEY]);
    let (status, _) = clash(OTHER_KEY, OTHER_NUMBER, "B").await;
    assert_eq!(status, 201);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_webhook_is_shown_and_not_touched() {
    let w = World::new().await;
    let theirs = "https://crm.example/hook";
    w.register_foreign(KEY, theirs).await;
    let error = refused(w.connect(form()).await, 409, "webhook_taken");
    assert!(error["message"].as_str().unwrap().contains(theirs));
    assert_eq!(w.registered(KEY).await.unwrap().url, theirs);
    assert_eq!(w.connections().await, Vec::<Value>::new());
    let (status, connection) = w.connect(with("takeOver", true)).await;
    assert_eq!(status, 201);
    assert_eq!(connection["formerWebhookUrl"], theirs);
    assert_eq!(connection["health"], "ok");
    assert_eq!(
        w.registered(KEY).await.unwrap().url,
        connection["webhookUrl"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_form_again_gives_the_same_connection() {
    let w = World::new().await;
    let first = w.connected().await;
    let (status, again) = w.connect(form()).await;
    assert_eq!(status, 200);
    assert_eq!(again, first);
    assert_eq!(w.connections().await.len(), 1);
}

/// The process dies at `what`; the same form again ends as if nothing had happened.
async fn repeated_after_death_at(what: &str, n: u32, saved_before: usize) {
    let w = World::new().await;
    w.register_foreign(KEY, "https://crm.example/hook").await;
    w.dies_at(what, n);
    let form = with("takeOver", true);
    w.connect_and_die(form.clone()).await;
    let before = w.connections().await;
    assert_eq!(before.len(), saved_before);
    for connection in &before {
        assert_eq!(connection["health"], "degraded", "unfinished");
        assert_eq!(codes(connection), ["webhook_not_registered"]);
    }
    let (_, connection) = w.connect(form).await;
    assert_eq!(connection["health"], "ok", "{connection}");
    assert_eq!(connection["formerWebhookUrl"], "https://crm.example/hook");
    assert_eq!(w.connections().await.len(), 1);
    assert_eq!(w.stored_keys(), [KEY], "one key, under the one id");
    let registered = w.registered(KEY).await.unwrap();
    assert_eq!(registered.url, connection["webhookUrl"]);
    assert!(w.chat.setting("Livechat_webhookUrl").unwrap() != "");
}

#[tokio::test(start_paused = true)]
async fn repeated_after_death_before_the_key_was_stored() {
    repeated_after_death_at("PutParameter", 1, 0).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_after_death_between_key_and_connection() {
    repeated_after_death_at("TransactWriteItems", 1, 0).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_after_death_between_connection_and_webhook() {
    repeated_after_death_at("POST /v1/configs/webhook", 1, 1).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_after_death_between_both_webhooks() {
    repeated_after_death_at("POST /api/v1/omnichannel/integrations", 1, 1).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_after_death_before_the_last_save() {
    repeated_after_death_at("TransactWriteItems", 2, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_table_is_a_503_that_can_be_repeated() {
    let w = World::new().await;
    w.aws_fails("TransactWriteItems", Verdict::FailAfter);
    refused(w.connect(form()).await, 503, "unavailable");
    let (status, connection) = w.connect(form()).await;
    assert_eq!((status, &connection["health"]), (200, &json!("ok")));
    assert_eq!(w.connections().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_at_once_make_one_connection() {
    let w = World::new().await;
    let (one, two) = futures::join!(w.connect(form()), w.connect(form()));
    assert!(
        [one.0, two.0]
            .iter()
            .all(|status| [200, 201].contains(status))
    );
    assert_eq!(one.1["id"], two.1["id"]);
    assert_eq!(w.connections().await.len(), 1);
    assert_eq!(w.stored_keys(), [KEY]);
}
