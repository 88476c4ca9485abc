//! Connections that work in part are saved all the same, each with what to do (R5).

use bridge::flows::connections::{verify, verify_all};
use bridge_simulators::rocketchat::Outage as ChatOutage;
use bridge_simulators::whatsapp::Outage;
use serde_json::json;

use crate::support::*;

fn warning(connection: &serde_json::Value, code: &str) -> String {
    let all = connection["warnings"].as_array().unwrap();
    let found = all.iter().find(|warning| warning["code"] == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {connection}"));
    found["message"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_silent_360dialog_does_not_keep_from_connecting() {
    for outage in [
        Outage::Status(502),
        Outage::Throttled { retry_after: 3 },
        Outage::Html,
        Outage::Silence,
    ] {
        let w = World::new().await;
        w.dialog.outage(Some(outage));
        let (status, connection) = w.connect(form()).await;
        assert_eq!(status, 201, "{outage:?}: {connection}");
        assert_eq!(connection["health"], "degraded");
        let reach = warning(&connection, "whatsapp_unreachable");
        assert!(reach.starts_with("Can't reach channel"), "{reach}");
        let webhook = warning(&connection, "webhook_not_registered");
        assert!(webhook.starts_with("Couldn't register agent webhook"));
        w.dialog.outage(None);
        let checked = verify_all(&w.app(), PUBLIC, w.now()).await.unwrap();
        assert_eq!(checked[0].warnings, [], "{outage:?}");
        assert!(w.registered(KEY).await.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_registration_is_a_warning_and_tried_again() {
    let mut w = World::new().await;
    w.public_url = Some("https://my_bridge.test".to_owned());
    let (status, connection) = w.connect(form()).await;
    assert_eq!(
        (status, codes(&connection)),
        (201, vec!["webhook_not_registered"])
    );
    let text = warning(&connection, "webhook_not_registered");
    assert!(text.contains("underscore"), "{text}");
    w.public_url = Some(PUBLIC.to_owned());
    let (_, connection) = w.connect(form()).await;
    assert_eq!(connection["health"], "ok");
    assert!(
        connection["webhookUrl"]
            .as_str()
            .unwrap()
            .starts_with(PUBLIC)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_number_is_told_with_the_right_one() {
    let w = World::new().await;
    let form = json!({ "apiKey": KEY, "phoneNumber": "+49 30 901821" });
    let (status, connection) = w.connect(form).await;
    assert_eq!((status, codes(&connection)), (201, vec!["number_mismatch"]));
    assert!(warning(&connection, "number_mismatch").contains("4930901820"));
    let id = connection["id"].as_str().unwrap();
    let (_, mended) = w.patch(id, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!(mended["health"], "ok");
    assert_eq!(
        mended["name"], "4930901820",
        "a name that was the number follows"
    );
}

#[tokio::test(start_paused = true)]
async fn what_meta_blocks_or_limits_is_told() {
    for (health, code) in [("BLOCKED", "number_blocked"), ("LIMITED", "number_limited")] {
        let w = World::new().await;
        w.dialog.set_health(NUMBER, health);
        let (_, connection) = w.connect(form()).await;
        assert_eq!(codes(&connection), [code]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_rocketchat_is_a_warning() {
    for outage in [
        ChatOutage::Status(503),
        ChatOutage::Html,
        ChatOutage::Silence,
    ] {
        let w = World::new().await;
        w.chat.outage(Some(outage));
        let mut form = form();
        form["department"] = json!("sales");
        let (status, connection) = w.connect(form).await;
        assert_eq!(
            (status, codes(&connection)),
            (201, vec!["rocketchat_unreachable"])
        );
        assert_eq!(connection["department"], "sales", "as it was written");
        w.chat.outage(None);
        let checked = verify_all(&w.app(), PUBLIC, w.now()).await.unwrap();
        assert_eq!(checked[0].warnings, []);
        assert_eq!(checked[0].department.as_deref(), Some("dep-sales"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_without_token_is_told() {
    let w = World::new().await;
    let name = bridge::secrets::SecretName::RocketChatToken;
    let wrong = bridge::secrets::Secret::new("wrong");
    w.app().secrets.put(&name, &wrong).await.unwrap();
    assert_eq!(codes(&w.connected().await), ["rocketchat_sign_in"]);
}

#[tokio::test(start_paused = true)]
async fn a_department_without_agents_is_told() {
    let w = World::new().await;
    let mut form = form();
    form["department"] = json!("night");
    let (_, connection) = w.connect(form).await;
    assert_eq!(codes(&connection), ["department_without_agents"]);
}

#[tokio::test(start_paused = true)]
async fn rocketchats_foreign_webhook_is_kept_until_it_is_taken_over() {
    let w = World::new().await;
    let theirs = "https://crm.example/rc";
    w.chat.set_setting("Livechat_webhookUrl", theirs);
    let connection = w.connected().await;
    assert!(warning(&connection, "rocketchat_webhook_foreign").contains(theirs));
    let id = connection["id"].as_str().unwrap();
    let (_, still) = w.patch(id, json!({ "takeOver": true })).await;
    assert_eq!(
        codes(&still),
        ["rocketchat_webhook_foreign"],
        "another take-over"
    );
    assert_eq!(w.chat.setting("Livechat_webhookUrl").unwrap(), theirs);
    let (_, taken) = w.patch(id, json!({ "takeOverRocketChat": true })).await;
    assert_eq!(taken["health"], "ok");
    let app = w.app();
    let former = app.store.find_former_webhook(w.now()).await.unwrap();
    assert_eq!(former.unwrap().url, theirs);
}

#[tokio::test(start_paused = true)]
async fn rocketchats_own_webhook_is_repaired() {
    let w = World::new().await;
    w.connected().await;
    w.chat.set_setting("Livechat_webhook_on_close", false);
    w.chat.set_setting("Livechat_secret_token", "");
    verify_all(&w.app(), PUBLIC, w.now()).await.unwrap();
    assert_eq!(w.chat.setting("Livechat_webhook_on_close").unwrap(), true);
    assert_eq!(
        w.chat.setting("Livechat_secret_token").unwrap(),
        "events-secret"
    );
}

#[tokio::test(start_paused = true)]
async fn the_drift_check_repairs_ours_and_leaves_what_is_foreign() {
    let w = World::new().await;
    let connection = w.connected().await;
    let id = bridge::domain::ids::ConnectionId::new(connection["id"].as_str().unwrap());
    let ours = connection["webhookUrl"].as_str().unwrap();
    // our URL, but without our secret
    w.register_foreign(KEY, ours).await;
    verify(&w.app(), PUBLIC, &id, w.now()).await.unwrap();
    let secret = w.registered(KEY).await.unwrap().secret;
    assert_eq!(secret.unwrap().reveal(), "incoming-secret");
    let theirs = "https://crm.example/hook";
    w.register_foreign(KEY, theirs).await;
    let checked = verify(&w.app(), PUBLIC, &id, w.now()).await.unwrap();
    assert_eq!(checked.warnings[0].code, "webhook_foreign");
    assert!(checked.warnings[0].message.contains(theirs));
    assert_eq!(w.registered(KEY).await.unwrap().url, theirs);
    // an outage does not make us forget it
    w.dialog.outage(Some(Outage::Status(503)));
    let checked = verify(&w.app(), PUBLIC, &id, w.now()).await.unwrap();
    let codes: Vec<_> = checked.warnings.iter().map(|w| w.code.as_str()).collect();
    assert_eq!(codes, ["whatsapp_unreachable", "webhook_foreign"]);
    w.dialog.outage(None);
    let (_, taken) = w.patch(id.as_str(), json!({ "takeOver": true })).await;
    assert_eq!(
        (&taken["health"], &taken["formerWebhookUrl"]),
        (&json!("ok"), &json!(theirs))
    );
    assert_eq!(w.registered(KEY).await.unwrap().url, ours);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_replaced_at_360dialog_is_told() {
    let w = World::new().await;
    let connection = w.connected().await;
    w.dialog.rotate_key(NUMBER).unwrap();
    let checked = verify_all(&w.app(), PUBLIC, w.now()).await.unwrap();
    assert_eq!(checked[0].warnings[0].code, "invalid_api_key");
    let shown = w
        .get(&format!(
            "/v1/connections/{}",
            connection["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(shown["health"], "degraded");
}

#[tokio::test(start_paused = true)]
async fn a_door_that_does_not_know_the_secret_yet_is_registered_nowhere() {
    let mut w = World::new().await;
    w.public_url = Some("https://closed.test".to_owned());
    let (status, connection) = w.connect(form()).await;
    let expected = vec!["webhook_not_registered", "rocketchat_webhook_not_set"];
    assert_eq!((status, codes(&connection)), (201, expected));
    assert!(w.registered(KEY).await.is_none());
    assert_eq!(w.chat.setting("Livechat_webhookUrl").unwrap(), "");
}
