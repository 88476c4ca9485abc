//! Create and Update.

use bridge::domain::hash::sha256_hex;
use bridge::domain::time::Timestamp;
use bridge_simulators::aws::Verdict;
use serde_json::{Value, json};

use crate::world::{TOKEN, World, event, update};

/// SHA-256 of what stands at `name` below the stack's prefix.
fn hash(world: &World, name: &str) -> String {
    sha256_hex(
        world
            .aws
            .ssm
            .value(&format!("/stack/{name}"))
            .unwrap()
            .as_bytes(),
    )
}

fn hashes<'a>(answer: &'a Value, name: &str) -> Vec<&'a str> {
    answer["Data"][name].as_str().unwrap().split(',').collect()
}

#[tokio::test(start_paused = true)]
async fn create_makes_every_secret_and_gives_the_hashes() {
    let world = World::new().await;
    let answer = world.asks(event("Create", "1", json!({}))).await;
    assert_eq!(answer["Status"], "SUCCESS");
    let names = [
        "/stack/admin-key",
        "/stack/agent-events/1",
        "/stack/before/1",
        "/stack/group-key",
        "/stack/incoming/1",
        "/stack/rocketchat/token",
    ];
    assert_eq!(world.aws.ssm.names(), names);
    assert_eq!(
        world.aws.ssm.value("/stack/rocketchat/token").as_deref(),
        Some(TOKEN)
    );
    assert_eq!(
        hashes(&answer, "IncomingSecretHashes"),
        [hash(&world, "incoming/1")]
    );
    assert_eq!(
        hashes(&answer, "AgentEventsTokenHashes"),
        [hash(&world, "agent-events/1")]
    );
    let group_key = world.aws.ssm.value("/stack/group-key").unwrap();
    assert_eq!(answer["Data"]["GroupKey"], group_key);
}

#[tokio::test(start_paused = true)]
async fn every_secret_is_another_one() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let mut secrets = world.secrets();
    assert!(
        secrets.iter().all(|secret| secret.len() >= 18),
        "{}",
        secrets.len()
    );
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn replayed_create_gives_the_same_answer() {
    let world = World::new().await;
    let first = world.asks(event("Create", "1", json!({}))).await;
    let second = world.asks(event("Create", "1", json!({}))).await;
    assert_eq!(first, second);
}

#[tokio::test(start_paused = true)]
async fn rotation_adds_a_secret_and_keeps_the_one_before() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let rotated = world.asks(update("1", "2", json!({}))).await;
    for (attribute, path) in [
        ("IncomingSecretHashes", "incoming"),
        ("AgentEventsTokenHashes", "agent-events"),
    ] {
        let (new, old) = (
            hash(&world, &format!("{path}/2")),
            hash(&world, &format!("{path}/1")),
        );
        assert_ne!(new, old);
        assert_eq!(hashes(&rotated, attribute), [new, old]);
    }
    let again = world.asks(update("1", "2", json!({}))).await;
    assert_eq!(rotated, again, "a replay");
}

#[tokio::test(start_paused = true)]
async fn later_update_still_knows_the_secret_before() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let rotated = world.asks(update("1", "2", json!({}))).await;
    let later = world
        .asks(update("2", "2", json!({ "RetainData": "true" })))
        .await;
    assert_eq!(later["Data"], rotated["Data"]);
    let third = world.asks(update("2", "3", json!({}))).await;
    let expected = [hash(&world, "incoming/3"), hash(&world, "incoming/2")];
    assert_eq!(hashes(&third, "IncomingSecretHashes"), expected);
}

#[tokio::test(start_paused = true)]
async fn rollback_gives_the_former_secrets_and_still_opens_to_the_newer_one() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let before = world.asks(update("1", "2", json!({}))).await;
    world.asks(update("2", "3", json!({}))).await;
    // another resource failed: CloudFormation swaps new and old
    let back = world.asks(update("3", "2", json!({}))).await;
    let (former, now) = (
        hashes(&before, "IncomingSecretHashes"),
        hashes(&back, "IncomingSecretHashes"),
    );
    assert_eq!(now[..2], former[..], "active and previous as before");
    assert_eq!(
        now[2..],
        [hash(&world, "incoming/3")],
        "webhooks may carry it already"
    );
    assert_eq!(back["Data"]["GroupKey"], before["Data"]["GroupKey"]);
    let settled = world.asks(update("2", "2", json!({}))).await;
    assert_eq!(settled["Data"], before["Data"]);
}

#[tokio::test(start_paused = true)]
async fn second_try_of_a_rotation_finds_the_same_secret() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let tried = world.asks(update("1", "2", json!({}))).await;
    world.asks(update("2", "1", json!({}))).await;
    let again = world.asks(update("1", "2", json!({}))).await;
    assert_eq!(tried["Data"], again["Data"]);
}

#[tokio::test(start_paused = true)]
async fn rollback_past_a_secret_that_was_never_made_is_fine() {
    let world = World::new().await;
    let before = world.asks(event("Create", "1", json!({}))).await;
    let back = world.asks(update("2", "1", json!({}))).await;
    assert_eq!(back["Data"], before["Data"]);
}

#[tokio::test(start_paused = true)]
async fn changed_token_is_written_and_an_unchanged_one_is_not() {
    let world = World::new().await;
    world.asks(event("Create", "1", json!({}))).await;
    let written = world.count("ssm.PutParameter");
    world
        .asks(update(
            "1",
            "1",
            json!({ "RocketChatToken": "another-token" }),
        ))
        .await;
    assert_eq!(
        world.aws.ssm.value("/stack/rocketchat/token").as_deref(),
        Some("another-token")
    );
    // the way back
    world.asks(update("1", "1", json!({}))).await;
    assert_eq!(
        world.aws.ssm.value("/stack/rocketchat/token").as_deref(),
        Some(TOKEN)
    );
    // group key, admin key, before, incoming, agent-events are tried; the token twice only
    let tried = world.count("ssm.PutParameter") - written;
    assert_eq!(tried, 2 * 5 + 2);
    world.asks(update("1", "1", json!({}))).await;
    assert_eq!(world.count("ssm.PutParameter") - written, tried + 5);
}

#[tokio::test(start_paused = true)]
async fn admin_key_opens_until_it_is_revoked() {
    let world = World::new().await;
    let now = Timestamp::now();
    world.asks(event("Create", "1", json!({}))).await;
    let hash = hash(&world, "admin-key");
    let key = world.store.find_api_key(&hash, now).await.unwrap().unwrap();
    assert_eq!(
        (key.name.as_str(), key.scopes),
        ("first admin key", vec!["admin".to_owned()])
    );
    world.store.delete_api_key(&hash).await.unwrap();
    world.asks(update("1", "2", json!({}))).await;
    assert_eq!(world.store.find_api_key(&hash, now).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn new_stack_over_retained_secrets_keeps_them() {
    let world = World::new().await;
    let first = world.asks(event("Create", "1", json!({}))).await;
    let retain = json!({ "RetainData": "true" });
    world.asks(event("Delete", "1", retain)).await;
    let hash = hash(&world, "admin-key");
    world.store.delete_api_key(&hash).await.unwrap(); // a new table
    let second = world.asks(event("Create", "1", json!({}))).await;
    assert_eq!(first["Data"], second["Data"]);
    assert!(
        world
            .store
            .find_api_key(&hash, Timestamp::now())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(start_paused = true)]
async fn generation_that_is_no_name_is_refused() {
    let world = World::new().await;
    for name in ["", "a/b", "ü", "123456789012345678901234567890123"] {
        let answer = world.asks(event("Create", name, json!({}))).await;
        assert_eq!(answer["Status"], "FAILED", "{name}");
        assert!(
            answer["Reason"]
                .as_str()
                .unwrap()
                .contains("SecretRotation")
        );
    }
    assert_eq!(world.aws.ssm.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn lost_answer_of_the_secret_store_fails_and_the_retry_finds_what_was_made() {
    let world = World::new().await;
    world.aws_does(Some(("ssm.PutParameter", Verdict::FailAfter)));
    let answer = world.asks(event("Create", "1", json!({}))).await;
    assert_eq!(answer["Status"], "FAILED");
    assert_eq!(answer["Data"], json!({}));
    let made = world.aws.ssm.names();
    assert!(!made.is_empty());
    let values: Vec<_> = made.iter().map(|name| world.aws.ssm.value(name)).collect();
    world.aws_does(None);
    assert_eq!(
        world.asks(event("Create", "1", json!({}))).await["Status"],
        "SUCCESS"
    );
    assert_eq!(
        values,
        made.iter()
            .map(|name| world.aws.ssm.value(name))
            .collect::<Vec<_>>()
    );
}
