//! The health report.

use bridge::domain::time::days;
use bridge::store::{Parked, Store};
use bridge_simulators::aws::Verdict;
use bridge_simulators::rocketchat::{Options, Outage, Version};
use serde_json::{Value, json};

use crate::support::*;

fn check<'a>(report: &'a Value, id: &str) -> &'a Value {
    let all = report["checks"].as_array().unwrap();
    let found = all.iter().find(|check| check["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {report}"))
}

fn not_ok(report: &Value) -> Vec<&str> {
    let all = report["checks"].as_array().unwrap().iter();
    all.filter(|check| check["status"] != "ok")
        .inspect(|check| assert!(check["fix"].is_string(), "no fix: {check}"))
        .map(|check| check["id"].as_str().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_workspace_in_order_is_ok() {
    let w = World::new().await;
    let mut form = form();
    form["department"] = json!("sales");
    w.connect(form).await;
    let report = w.get("/v1/health").await;
    assert_eq!(not_ok(&report), Vec::<&str>::new());
    assert_eq!(report["status"], "ok");
    assert_eq!(report["connections"][0]["health"], "ok");
    assert_eq!(report["parked"], json!({ "counted": 0, "byReason": {} }));
    assert_eq!(w.chat.unknown_paths(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_limiter_is_told_as_it_bites() {
    let w = World::of(Version::V8).await;
    assert_eq!(
        check(&w.get("/v1/health").await, "rate_limiter")["status"],
        "ok"
    );
    let w = World::of(Version::V7).await;
    let report = w.get("/v1/health").await;
    let limiter = check(&report, "rate_limiter");
    assert_eq!(limiter["status"], "warning");
    assert_eq!(
        limiter["message"],
        "New customers are limited to 5 a minute."
    );
    let fix = limiter["fix"].as_str().unwrap();
    assert!(
        fix.contains("`API_Enable_Rate_Limiter` to false") && fix.contains("8.x"),
        "{fix}"
    );
    w.chat.set_setting("API_Enable_Rate_Limiter", false);
    assert_eq!(
        check(&w.get("/v1/health").await, "rate_limiter")["status"],
        "ok"
    );
    let mut options = Options::new(CHAT, Version::V8);
    options.bot.roles = vec!["user".to_owned(), "livechat-manager".to_owned()];
    let w = World::with(options).await;
    let report = w.get("/v1/health").await;
    let fix = check(&report, "rate_limiter")["fix"].as_str().unwrap();
    assert!(fix.contains("role `bot`"), "{fix}");
}

#[tokio::test(start_paused = true)]
async fn each_setting_that_is_not_right_is_told() {
    let w = World::new().await;
    w.connected().await;
    for (setting, wrong, id) in [
        ("FileUpload_Enabled", json!(false), "uploads"),
        ("Site_Url", json!("https://old.test"), "site_url"),
        ("Message_QuoteChainLimit", json!(1), "quotes"),
        ("Livechat_webhook_on_close", json!(false), "webhook"),
        ("Livechat_secret_token", json!("x"), "webhook"),
        ("Livechat_webhookUrl", json!(""), "webhook"),
    ] {
        let right = w.chat.setting(setting).unwrap();
        w.chat.set_setting(setting, wrong);
        let report = w.get("/v1/health").await;
        assert_eq!(
            (not_ok(&report), &report["status"]),
            (vec![id], &json!("degraded"))
        );
        w.chat.set_setting(setting, right);
    }
}

#[tokio::test(start_paused = true)]
async fn a_character_limit_is_told() {
    let options = Options::new(CHAT, Version::V8)
        .with_agent("ana", "Ana")
        .with_character_limit(500);
    let w = World::with(options).await;
    w.connected().await;
    let report = w.get("/v1/health").await;
    assert_eq!(not_ok(&report), ["character_limit"]);
    assert!(
        check(&report, "character_limit")["message"]
            .to_string()
            .contains("500")
    );
}

#[tokio::test(start_paused = true)]
async fn a_foreign_webhook_is_shown() {
    let w = World::new().await;
    w.chat
        .set_setting("Livechat_webhookUrl", "https://crm.example/rc");
    let report = w.get("/v1/health").await;
    assert!(
        check(&report, "webhook")["message"]
            .to_string()
            .contains("crm.example")
    );
    assert_eq!(
        w.chat.setting("Livechat_webhookUrl").unwrap(),
        "https://crm.example/rc"
    );
}

#[tokio::test(start_paused = true)]
async fn omnichannel_off_and_nobody_online_are_told() {
    let w = World::new().await;
    w.connected().await;
    w.chat.set_setting("Livechat_enabled", false);
    let report = w.get("/v1/health").await;
    assert_eq!(
        not_ok(&report),
        ["omnichannel", "agents", "character_limit"]
    );
    let w = World::with(Options::new(CHAT, Version::V8)).await;
    let report = w.get("/v1/health").await;
    assert!(
        check(&report, "agents")["fix"]
            .to_string()
            .contains("accept_chats_with_no_agents")
    );
}

#[tokio::test(start_paused = true)]
async fn each_connections_department_is_checked() {
    let w = World::new().await;
    let mut form = form();
    form["department"] = json!("night");
    let (_, connection) = w.connect(form).await;
    let report = w.get("/v1/health").await;
    let id = format!("department:{}", connection["id"].as_str().unwrap());
    assert!(
        check(&report, &id)["message"]
            .to_string()
            .contains("no agents")
    );
    assert_eq!(report["connections"][0]["health"], "degraded");
}

#[tokio::test(start_paused = true)]
async fn a_silent_rocketchat_leaves_the_rest_unknown() {
    for outage in [Outage::Status(503), Outage::Html, Outage::Silence] {
        let w = World::new().await;
        w.connected().await;
        w.chat.outage(Some(outage));
        let report = w.get("/v1/health").await;
        assert_eq!(check(&report, "rocketchat")["status"], "error");
        assert_eq!(check(&report, "webhook")["status"], "unknown");
        assert_eq!(not_ok(&report).len(), 9);
        assert_eq!(report["connections"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_bot_token_is_told() {
    let w = World::new().await;
    let name = bridge::secrets::SecretName::RocketChatToken;
    let wrong = bridge::secrets::Secret::new("wrong");
    w.app().secrets.put(&name, &wrong).await.unwrap();
    let report = w.get("/v1/health").await;
    let webhook = check(&report, "webhook");
    assert_eq!(webhook["status"], "unknown");
    assert!(
        webhook["message"].to_string().contains("token"),
        "{webhook}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_table_is_told() {
    let w = World::new().await;
    w.aws_fails("Query", Verdict::FailBefore);
    let report = w.get("/v1/health").await;
    assert_eq!(check(&report, "storage")["status"], "error");
}

#[tokio::test(start_paused = true)]
async fn parked_records_are_counted_by_reason() {
    let w = World::new().await;
    let app = w.app();
    for (n, reason) in [
        "unknown_connection",
        "unknown_connection",
        "disabled_connection",
    ]
    .into_iter()
    .enumerate()
    {
        let parked = Parked {
            id: Store::parked_id(w.now(), &format!("t{n}")),
            at: w.now(),
            queue: "inbound".to_owned(),
            reason: reason.to_owned(),
            connection: None,
            body: "{}".to_owned(),
        };
        app.store.put_parked(&parked, days(14)).await.unwrap();
    }
    let report = w.get("/v1/health").await;
    assert_eq!(
        report["parked"],
        json!({ "counted": 3,
        "byReason": { "unknown_connection": 2, "disabled_connection": 1 } })
    );
    let message = check(&report, "undelivered")["message"].to_string();
    assert!(
        message.contains("2 messages") && message.contains("unconnected number"),
        "{message}"
    );
}
