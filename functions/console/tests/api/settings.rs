//! The settings.

use bridge_simulators::aws::Verdict;
use serde_json::json;

use crate::support::*;

const PATH: &str = "/v1/settings";

#[tokio::test(start_paused = true)]
async fn a_patch_changes_the_given_keys_only() {
    let w = World::new().await;
    let defaults = w.get(PATH).await;
    assert_eq!(defaults["retentionDays"]["contacts"], 365);
    let change = json!({ "outsideWindow": "refuse", "retentionDays": { "messages": 9 } });
    let (status, changed) = w.call("PATCH", PATH, Some(change)).await;
    assert_eq!(status, 200, "{changed}");
    let mut expected = defaults;
    expected["outsideWindow"] = json!("refuse");
    expected["retentionDays"]["messages"] = json!(9);
    assert_eq!(changed, expected);
    assert_eq!(w.get(PATH).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_put_sets_everything() {
    let w = World::new().await;
    let defaults = w.get(PATH).await;
    w.call("PATCH", PATH, Some(json!({ "heldMaxAgeHours": 48 })))
        .await;
    let (status, put) = w
        .call("PUT", PATH, Some(json!({ "agentsDisplayInfo": "None" })))
        .await;
    assert_eq!(status, 200);
    let mut expected = defaults;
    expected["agentsDisplayInfo"] = json!("None");
    assert_eq!(put, expected);
}

#[tokio::test(start_paused = true)]
async fn faults_are_named_and_change_nothing() {
    let w = World::new().await;
    let before = w.get(PATH).await;
    for (change, code, name) in [
        (json!({ "nope": 1 }), "unknown_field", "nope"),
        (
            json!({ "retentionDays": { "moon": 1 } }),
            "unknown_field",
            "retentionDays.moon",
        ),
        (
            json!({ "retentionDays": { "audit": 0 } }),
            "invalid_setting",
            "retentionDays.audit",
        ),
        (
            json!({ "heldMaxAgeHours": 721 }),
            "invalid_setting",
            "heldMaxAgeHours",
        ),
        (
            json!({ "heldMaxAgeHours": "1" }),
            "invalid_setting",
            "heldMaxAgeHours",
        ),
        (
            json!({ "agentsDisplayInfo": "Age" }),
            "invalid_setting",
            "agentsDisplayInfo",
        ),
        (
            json!({ "retentionDays": 5 }),
            "invalid_setting",
            "retentionDays",
        ),
    ] {
        for method in ["PATCH", "PUT"] {
            let answer = w.call(method, PATH, Some(change.clone())).await;
            let error = refused(answer, 400, code);
            assert!(error["message"].as_str().unwrap().contains(name), "{error}");
        }
    }
    assert_eq!(w.get(PATH).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_tried_again_once() {
    let w = World::new().await;
    let lost = || Verdict::Refuse {
        status: 400,
        type_name: "TransactionCanceledException".to_owned(),
        message: String::new(),
    };
    let change = json!({ "heldMaxAgeHours": 3 });
    w.aws_fails("TransactWriteItems", lost());
    let (status, _) = w.call("PATCH", PATH, Some(change.clone())).await;
    assert_eq!(status, 200);
    w.aws_fails("TransactWriteItems", lost());
    w.aws_fails("TransactWriteItems", lost());
    refused(
        w.call("PATCH", PATH, Some(change)).await,
        409,
        "settings_conflict",
    );
}
