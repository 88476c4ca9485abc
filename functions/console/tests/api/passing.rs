//! The webhook that the workspace had before ours: whether events are passed on to it.

use bridge::flows::connections::verify_all;
use bridge::flows::workspace::former::find_token;
use bridge::store::PassingTrouble;
use serde_json::{Value, json};

use crate::support::*;

const THEIRS: &str = "https://crm.example/rc?key=1";
const PLAIN: &str = "https://bridge.test/rocketchat/events";
const MARKED: &str = "https://bridge.test/rocketchat/events?pass-on=1";

/// A workspace with a webhook of somebody else's.
async fn foreign(url: &str) -> (World, String) {
    let w = World::new().await;
    w.chat.set_setting("Livechat_webhookUrl", url);
    w.chat.set_setting("Livechat_secret_token", "old token");
    w.chat
        .set_setting("Livechat_webhook_on_visitor_message", true);
    let connection = w.connected().await;
    let id = connection["id"].as_str().unwrap().to_owned();
    (w, id)
}

fn setting(w: &World, id: &str) -> Value {
    w.chat.setting(id).unwrap()
}

async fn check(w: &World) -> Value {
    let report = w.get("/v1/health").await;
    let all = report["checks"].as_array().unwrap();
    let found = all.iter().find(|check| check["id"] == "former_webhook");
    found.unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_taken_over_goes_on_getting_events() {
    let (w, id) = foreign(THEIRS).await;
    let (_, taken) = w.patch(&id, json!({ "takeOverRocketChat": true })).await;
    assert_eq!(taken["warnings"], json!([]));
    assert_eq!(setting(&w, "Livechat_webhookUrl"), MARKED);
    assert_eq!(setting(&w, "Livechat_secret_token"), "events-secret");
    // it had visitors' messages, and goes on having them
    assert_eq!(setting(&w, "Livechat_webhook_on_visitor_message"), true);
    let app = w.app();
    let token = find_token(&app.secrets, THEIRS).await.unwrap();
    assert_eq!(token.unwrap().reveal(), "old token");
    let other = find_token(&app.secrets, "https://other.example/").await;
    assert_eq!(other, Ok(None));
    let told = check(&w).await;
    assert_eq!(
        (&told["status"], &told["message"]),
        (
            &json!("ok"),
            &json!("Events are passed on to https://crm.example.")
        )
    );
    // nothing of the token, nor of the address's key
    assert!(!w.get("/v1/health").await.to_string().contains("key=1"));
    verify_all(&app, PUBLIC, w.now()).await.unwrap();
    assert_eq!(setting(&w, "Livechat_webhookUrl"), MARKED);
}

#[tokio::test(start_paused = true)]
async fn passing_on_is_switched_off_and_on() {
    let (w, id) = foreign(THEIRS).await;
    let both = json!({ "takeOverRocketChat": true, "keepRocketChatWebhook": false });
    w.patch(&id, both).await;
    for (wish, url, visitors) in [
        (None, PLAIN, false),
        (Some(true), MARKED, true),
        (None, MARKED, true),
        (Some(false), PLAIN, false),
    ] {
        let change = wish.map_or(json!({}), |wish| json!({ "keepRocketChatWebhook": wish }));
        let (_, changed) = w.patch(&id, change).await;
        assert_eq!(changed["health"], "ok");
        assert_eq!(setting(&w, "Livechat_webhookUrl"), url, "{wish:?}");
        let on = setting(&w, "Livechat_webhook_on_visitor_message");
        assert_eq!(on, visitors, "{wish:?}");
        let report = w.get("/v1/health").await;
        assert_eq!(report["status"], "ok", "{report}");
    }
    let message = check(&w).await["message"].to_string();
    assert!(message.contains("Nothing is passed on"), "{message}");
    let wrong = w.patch(&id, json!({ "keepRocketChatWebhook": "no" })).await;
    refused(wrong, 400, "invalid_field");
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_is_not_as_it_should_be_is_repaired_even_with_an_older_token() {
    let (w, id) = foreign(THEIRS).await;
    w.patch(&id, json!({ "takeOverRocketChat": true })).await;
    for token in ["events-secret", "that of the generation before"] {
        w.chat.set_setting("Livechat_webhookUrl", PLAIN);
        w.chat.set_setting("Livechat_secret_token", token);
        assert_eq!(w.get("/v1/health").await["status"], "degraded");
        let checked = verify_all(&w.app(), PUBLIC, w.now()).await.unwrap();
        assert_eq!(checked[0].warnings, []);
        assert_eq!(setting(&w, "Livechat_webhookUrl"), MARKED);
        assert_eq!(setting(&w, "Livechat_secret_token"), "events-secret");
    }
    let former = w.app().store.find_former_webhook(w.now()).await.unwrap();
    assert_eq!(former.unwrap().url, THEIRS);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_may_not_be_called_is_told_with_the_rule_and_gets_nothing() {
    let (w, id) = foreign("http://10.1.2.3/rc?key=1").await;
    let (_, taken) = w.patch(&id, json!({ "takeOverRocketChat": true })).await;
    assert_eq!(codes(&taken), ["rocketchat_webhook_not_passed_on"]);
    let message = taken["warnings"][0]["message"].as_str().unwrap();
    assert!(message.contains("only https may be called"), "{message}");
    assert!(!message.contains("key=1"), "{message}");
    assert_eq!(setting(&w, "Livechat_webhookUrl"), PLAIN);
    let told = check(&w).await;
    assert_eq!(told["status"], "warning");
    assert!(told["fix"].as_str().unwrap().contains("CallbackHosts"));
    let (_, off) = w
        .patch(&id, json!({ "keepRocketChatWebhook": false }))
        .await;
    assert_eq!(off["warnings"], json!([]));
    assert_eq!(check(&w).await["status"], "ok");
}

#[tokio::test(start_paused = true)]
async fn trouble_with_it_is_shown_for_a_day() {
    let (w, id) = foreign(THEIRS).await;
    w.patch(&id, json!({ "takeOverRocketChat": true })).await;
    for (code, expected) in [
        ("http_404", "(http_404)"),
        ("shortened", "without its messages"),
    ] {
        let trouble = PassingTrouble {
            at: w.now(),
            code: code.to_owned(),
        };
        w.app().store.put_passing_trouble(&trouble).await.unwrap();
        let told = check(&w).await;
        assert_eq!(told["status"], "warning");
        assert!(told["fix"].is_string());
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    tokio::time::advance(std::time::Duration::from_secs(86_401)).await;
    assert_eq!(check(&w).await["status"], "ok");
}

/// A death between any two steps leaves nothing that a repetition does not finish, and no address is
/// ever known with another's token.
#[tokio::test(start_paused = true)]
async fn a_take_over_that_dies_is_finished_by_the_next() {
    for what in [
        "PutParameter",
        "UpdateItem",
        "POST /api/v1/omnichannel/integrations",
    ] {
        let (w, id) = foreign(THEIRS).await;
        w.dies_at(what, 1);
        let change = json!({ "takeOverRocketChat": true });
        let dying = w.patch(&id, change.clone());
        let died = tokio::time::timeout(std::time::Duration::from_millis(500), dying).await;
        assert!(died.is_err(), "{what}: did not die");
        assert_eq!(setting(&w, "Livechat_webhookUrl"), THEIRS, "{what}");
        let (_, taken) = w.patch(&id, change).await;
        assert_eq!(taken["health"], "ok", "{what}");
        assert_eq!(setting(&w, "Livechat_webhookUrl"), MARKED, "{what}");
        let app = w.app();
        let former = app.store.find_former_webhook(w.now()).await.unwrap();
        assert_eq!(former.unwrap().url, THEIRS, "{what}");
        let token = find_token(&app.secrets, THEIRS).await.unwrap();
        assert_eq!(token.unwrap().reveal(), "old token", "{what}");
    }
}
