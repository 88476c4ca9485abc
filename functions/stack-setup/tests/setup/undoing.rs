//! Delete.

use std::time::Duration;

use bridge_simulators::aws::Verdict;
use bridge_simulators::rocketchat;
use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{API, World, event};

async fn created() -> World {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    world
}

async fn deletes(world: &World) -> Value {
    let answer = world.asks(event("Delete", "1", json!({}))).await;
    assert_eq!(answer["Status"], "SUCCESS");
    answer
}

#[tokio::test(start_paused = true)]
async fn delete_removes_every_secret() {
    let world = created().await;
    for id in ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"] {
        // more parameters than one page of the store holds
        world.connect(id, Some("https://old.example.com/in")).await;
    }
    let answer = deletes(&world).await;
    assert_eq!(answer["Reason"], "");
    assert_eq!(world.aws.ssm.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn delete_empties_the_bucket() {
    let mut world = created().await;
    let s3 = world.with_bucket().await;
    assert_eq!(s3.keys().len(), 3);
    let answer = deletes(&world).await;
    assert_eq!(answer["Reason"], "");
    assert_eq!(s3.keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn former_webhook_comes_back() {
    let world = created().await;
    world.connect("a", Some("https://old.example.com/in")).await;
    deletes(&world).await;
    assert_eq!(world.webhook_of("a"), "https://old.example.com/in");
    let headers = world.dialog.webhook_config("phone-a").unwrap().headers;
    assert!(headers.is_empty(), "our secret is gone");
}

#[tokio::test(start_paused = true)]
async fn webhook_that_360dialog_does_not_take_away_is_told() {
    let world = created().await;
    world.connect("a", None).await;
    let answer = deletes(&world).await;
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("Connection a:"), "{reason}");
    assert!(world.logs.text().contains("Connection a:"));
    assert_eq!(world.aws.ssm.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn foreign_webhook_is_not_touched() {
    let world = created().await;
    let mut connection = world.connect("a", Some("https://old.example.com/in")).await;
    let before = connection.clone();
    connection.webhook_url = "https://api.example.com/incoming/other".to_owned();
    world
        .store
        .save_connection(&before, &connection)
        .await
        .unwrap();
    assert_eq!(deletes(&world).await["Reason"], "");
    assert_eq!(world.webhook_of("a"), before.webhook_url);
}

#[tokio::test(start_paused = true)]
async fn workspace_webhook_of_ours_is_switched_off() {
    let world = created().await;
    world
        .desk
        .set_setting("Livechat_webhookUrl", format!("{API}/rocketchat/events"));
    assert_eq!(deletes(&world).await["Reason"], "");
    assert_eq!(world.workspace_webhook(), "");
}

#[tokio::test(start_paused = true)]
async fn workspace_webhook_under_a_custom_domain_is_ours_too() {
    let world = created().await;
    world.connect("a", Some("https://old.example.com/in")).await;
    world
        .desk
        .set_setting("Livechat_webhookUrl", format!("{API}/rocketchat/events"));
    let elsewhere = json!({ "ApiUrl": "https://elsewhere.example.com" });
    world.asks(event("Delete", "1", elsewhere)).await;
    assert_eq!(world.workspace_webhook(), "");
}

#[tokio::test(start_paused = true)]
async fn former_workspace_webhook_comes_back() {
    for events in ["rocketchat/events", "rocketchat/events?pass-on=1"] {
        let world = created().await;
        world.took_over("https://old.example.com/rc", events).await;
        world
            .keeps_token("https://old.example.com/rc", "old token")
            .await;
        assert_eq!(deletes(&world).await["Reason"], "");
        assert_eq!(world.workspace_webhook(), "https://old.example.com/rc");
        let setting = |id: &str| world.desk.setting(id).unwrap();
        assert_eq!(setting("Livechat_secret_token"), "old token");
        assert_eq!(setting("Livechat_webhook_on_agent_message"), false);
        assert_eq!(setting("Livechat_webhook_on_visitor_message"), true);
        assert_eq!(setting("Livechat_webhook_on_close"), true);
        assert_eq!(world.aws.ssm.names(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn former_workspace_webhook_without_token_comes_back_without() {
    let world = created().await;
    let url = "https://old.example.com/rc";
    world.took_over(url, "rocketchat/events").await;
    world.keeps_token(url, "").await;
    assert_eq!(deletes(&world).await["Reason"], "");
    assert_eq!(world.desk.setting("Livechat_secret_token").unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn another_webhooks_token_is_not_given_to_the_former_one() {
    let world = created().await;
    let url = "https://old.example.com/rc";
    world.took_over(url, "rocketchat/events").await;
    world
        .keeps_token("https://new.example.com/rc", "new token")
        .await;
    let answer = deletes(&world).await;
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("secret token by hand"), "{reason}");
    assert_eq!(world.workspace_webhook(), url);
    let token = world.desk.setting("Livechat_secret_token").unwrap();
    assert_eq!(token, "our token");
}

#[tokio::test(start_paused = true)]
async fn foreign_workspace_webhook_is_not_touched() {
    let world = created().await;
    for url in [
        "https://other.example.com/hook",
        "https://api.example.com.evil.example/x",
    ] {
        world.desk.set_setting("Livechat_webhookUrl", url);
        deletes(&world).await;
        assert_eq!(world.workspace_webhook(), url);
        world.asks(event("Create", "1", json!({}))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn second_delete_succeeds() {
    let world = created().await;
    world.connect("a", Some("https://old.example.com/in")).await;
    deletes(&world).await;
    let answer = deletes(&world).await;
    assert!(
        answer["Reason"]
            .as_str()
            .unwrap()
            .contains("API key is gone")
    );
    assert_eq!(world.webhook_of("a"), "https://old.example.com/in");
}

#[tokio::test(start_paused = true)]
async fn delete_with_360dialog_down_ends_in_time_and_removes_the_secrets() {
    for outage in [Outage::Silence, Outage::Status(503), Outage::Html] {
        let world = created().await;
        for n in 1..30 {
            world
                .connect(&"n".repeat(n), Some("https://old.example.com/in"))
                .await;
        }
        world.dialog.outage(Some(outage));
        let start = Instant::now();
        let answer = deletes(&world).await;
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{outage:?}: {:?}",
            start.elapsed()
        );
        assert!(
            answer["Reason"].as_str().unwrap().contains("Connection n:"),
            "{outage:?}"
        );
        assert!(answer.to_string().len() < 4096);
        assert_eq!(world.aws.ssm.names(), Vec::<String>::new(), "{outage:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn delete_with_rocketchat_down_succeeds_and_says_so() {
    let world = created().await;
    world.desk.outage(Some(rocketchat::Outage::Silence));
    let answer = deletes(&world).await;
    assert!(
        answer["Reason"].as_str().unwrap().contains("Rocket.Chat"),
        "{answer}"
    );
    assert_eq!(world.aws.ssm.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn retained_data_keeps_the_secrets_and_gives_webhooks_back() {
    let world = created().await;
    world.connect("a", Some("https://old.example.com/in")).await;
    let names = world.aws.ssm.names();
    let answer = world
        .asks(event("Delete", "1", json!({ "RetainData": "true" })))
        .await;
    assert_eq!(answer["Status"], "SUCCESS");
    assert_eq!(world.aws.ssm.names(), names);
    assert_eq!(world.webhook_of("a"), "https://old.example.com/in");
}

#[tokio::test(start_paused = true)]
async fn delete_succeeds_whatever_aws_does() {
    for rule in [
        "dynamodb",
        "ssm.DeleteParameter",
        "ssm.GetParametersByPath",
        "ssm",
    ] {
        for verdict in [Verdict::FailBefore, Verdict::Hang] {
            let world = created().await;
            world.connect("a", Some("https://old.example.com/in")).await;
            world.aws_does(Some((rule, verdict.clone())));
            let answer = deletes(&world).await;
            assert_ne!(answer["Reason"], "", "{rule} {verdict:?}");
        }
    }
}
