//! CloudFormation is always answered, and never told a secret.

use std::time::Duration;

use bridge_simulators::aws::Verdict;
use bridge_simulators::whatsapp::Outage;
use serde_json::json;
use tokio::time::Instant;

use crate::outside::Taking;
use crate::world::{World, event, update};

#[tokio::test(start_paused = true)]
async fn answer_has_cloudformations_form() {
    let world = World::new().await;
    let answer = world.asks(event("Create", "1", json!({}))).await;
    assert_eq!(answer["PhysicalResourceId"], "stack-setup");
    assert_eq!(
        answer["StackId"],
        "arn:aws:cloudformation:us-east-1:000000000000:stack/stack/1"
    );
    assert_eq!(answer["RequestId"], "request-1");
    assert_eq!(answer["LogicalResourceId"], "StackSecrets");
    assert_eq!(answer["NoEcho"], true);
    assert!(answer.to_string().len() < 4096);
    let answers = world.answers.lock().unwrap();
    let put = answers.first().unwrap();
    assert_eq!(put.method(), "PUT");
    assert_eq!(put.uri().query(), Some("Signature=canary-signature"));
    assert!(
        put.headers().is_empty(),
        "the signature covers an empty content type"
    );
}

#[tokio::test(start_paused = true)]
async fn physical_id_stays_in_every_answer() {
    let world = World::new().await;
    for event in [
        event("Create", "1", json!({})),
        update("1", "2", json!({})),
        update("2", "not a name", json!({})),
        event("Delete", "2", json!({})),
        event("Something", "2", json!({})),
    ] {
        assert_eq!(world.asks(event).await["PhysicalResourceId"], "stack-setup");
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_store_is_answered_before_the_deadline() {
    for (ask, status) in [
        ("Create", "FAILED"),
        ("Update", "FAILED"),
        ("Delete", "SUCCESS"),
    ] {
        let world = World::new().await;
        world.aws_does(Some(("ssm", Verdict::Hang)));
        let start = Instant::now();
        let answer = world.asks(event(ask, "1", json!({}))).await;
        assert_eq!(answer["Status"], status, "{ask}");
        assert!(start.elapsed() <= Duration::from_secs(60), "{ask}");
    }
}

#[tokio::test(start_paused = true)]
async fn crash_is_answered() {
    for (ask, status) in [("Create", "FAILED"), ("Delete", "SUCCESS")] {
        let world = World::new().await;
        world.aws_does(Some(("panic", Verdict::Pass)));
        let answer = world.asks(event(ask, "1", json!({}))).await;
        assert_eq!(answer["Status"], status, "{ask}");
        assert!(
            answer["Reason"].as_str().unwrap().contains("crashed"),
            "{ask}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn incomplete_environment_is_answered() {
    for (ask, status) in [("Create", "FAILED"), ("Delete", "SUCCESS")] {
        let mut world = World::new().await;
        world.without_variable();
        let answer = world.asks(event(ask, "1", json!({}))).await;
        assert_eq!(answer["Status"], status, "{ask}");
        assert!(
            answer["Reason"].as_str().unwrap().contains("TABLE_NAME"),
            "{ask}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn event_that_is_not_as_documented_is_answered() {
    let world = World::new().await;
    let answer = world
        .asks(json!({ "ResponseURL": "https://cfn.example.com/a" }))
        .await;
    assert_eq!(answer["Status"], "FAILED");
    let odd = json!({
        "RequestType": "Create",
        "ResponseURL": "https://cfn.example.com/a",
        "ResourceProperties": ["SecretRotation"],
    });
    assert_eq!(world.asks(odd).await["Status"], "FAILED");
}

#[tokio::test(start_paused = true)]
async fn answer_that_is_lost_is_sent_again() {
    let world = World::new().await;
    world
        .taking
        .lock()
        .unwrap()
        .extend([Taking::Lost, Taking::Status(503)]);
    assert_eq!(
        world.asks(event("Create", "1", json!({}))).await["Status"],
        "SUCCESS"
    );
}

#[tokio::test(start_paused = true)]
async fn answer_that_never_arrives_fails_the_invocation() {
    let world = World::new().await;
    world
        .taking
        .lock()
        .unwrap()
        .extend([Taking::Status(403); 3]);
    assert!(world.invoke(event("Create", "1", json!({}))).await.is_err());
    // Lambda tries again
    assert_eq!(
        world.asks(event("Create", "1", json!({}))).await["Status"],
        "SUCCESS"
    );
}

#[tokio::test(start_paused = true)]
async fn secrets_stand_neither_in_reasons_nor_in_logs() {
    let world = World::new().await;
    let mut events = vec![event("Create", "1", json!({})), update("1", "2", json!({}))];
    events.push(update("2", "a b", json!({})));
    for event in events {
        world.asks(event).await;
    }
    world.connect("a", None).await;
    let secrets = world.secrets();
    assert_eq!(secrets.len(), 8);
    world.aws_does(Some(("ssm.PutParameter", Verdict::FailBefore)));
    world
        .asks(update(
            "2",
            "3",
            json!({ "RocketChatToken": "changed-token" }),
        ))
        .await;
    world.aws_does(None);
    world.dialog.outage(Some(Outage::Status(500)));
    world
        .taking
        .lock()
        .unwrap()
        .extend([Taking::Status(403), Taking::Lost]);
    world.asks(event("Delete", "2", json!({}))).await;

    let mut told = world.logs.text();
    assert!(told.contains("left_behind"), "logs are read");
    for answer in world.answers.lock().unwrap().iter() {
        let answer: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        told.push_str(answer["Reason"].as_str().unwrap());
    }
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain(["changed-token", "canary-signature"])
    {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}
