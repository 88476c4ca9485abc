//! The API, the tick, and the stack's own beginning and end.

use bridge_e2e::{NUMBER, run};
use serde_json::json;

use crate::{parked, people, settled};

#[test]
fn the_api_connects_a_number_and_tells_the_health() {
    run(async |stack| {
        let webhook = stack.whatsapp.webhook_config(NUMBER).unwrap();
        let door = format!("{}/incoming/{}", stack.gateway.url(), stack.connection);
        assert_eq!(webhook.url, door);
        let events = stack.rocketchat.setting("Livechat_webhookUrl").unwrap();
        assert_eq!(events, format!("{}/rocketchat/events", stack.gateway.url()));
        let (status, health) = stack.api("GET", "/v1/health", None).await;
        assert_eq!(status, 200);
        assert_eq!(health["connections"][0]["health"], "ok", "{health}");
        let checks = health["checks"].as_array().unwrap();
        let storage = checks
            .iter()
            .find(|check| check["id"] == "storage")
            .unwrap();
        assert_eq!(storage["status"], "ok");
        let form = json!({ "name": "Shop", "apiKey": "wrong", "phoneNumber": NUMBER });
        let (status, answer) = stack.api("POST", "/v1/connections", Some(&form)).await;
        assert!((400..500).contains(&status), "{status} {answer}");
        let answer = stack.request("GET", "/v1/connections", &[], "").await;
        assert_eq!(answer.status(), 401);
        let (status, _) = stack.api("GET", "/v1/nothing", None).await;
        assert_eq!(status, 404);
    });
}

#[test]
fn the_tick_parks_dead_letters() {
    run(async |stack| {
        people(stack);
        stack.remember("canary of a dead letter");
        let sqs = &stack.cloud.aws.sqs;
        for n in 0..12 {
            let letter = json!({
                "MessageBody": json!({ "task": "canary of a dead letter", "n": n }).to_string(),
                "MessageGroupId": "group",
                "MessageDeduplicationId": n.to_string(),
            });
            sqs.send("inbound-dead.fifo", letter).unwrap();
        }
        sqs.send(
            "statuses-dead",
            json!({ "MessageBody": "canary of a dead letter" }),
        )
        .unwrap();
        let tick = json!({ "source": "aws.events", "detail-type": "Scheduled Event" });
        stack.of("template-refresh").invoke(&tick).await.response();
        settled(stack).await;
        assert_eq!(parked(stack).await, vec!["dead_letter"; 13]);
    });
}

#[test]
fn the_custom_resource_makes_and_undoes() {
    run(async |stack| {
        let attributes = ["GroupKey", "IncomingSecretHashes", "AgentEventsTokenHashes"];
        let made = stack.custom_resource("Create").await;
        assert_eq!(made["Status"], "SUCCESS");
        assert_eq!(made["NoEcho"], true);
        assert_eq!(made["Data"]["GroupKey"], stack.secret("group-key"));
        for attribute in attributes {
            let value = made["Data"][attribute].as_str().unwrap();
            assert!(value.len() >= 22, "{attribute}");
        }
        // the stack is connected with what an earlier Create gave
        let updated = stack.custom_resource("Update").await;
        assert_eq!(updated["Data"], made["Data"]);
        let undone = stack.custom_resource("Delete").await;
        assert_eq!(undone["Status"], "SUCCESS");
        // 360dialog has no way to take a webhook away: that is told, and nothing else
        let told = undone["Reason"].as_str().unwrap();
        assert!(told.starts_with(&format!("Connection {}:", stack.connection)));
        assert_eq!(told.matches("may still point").count(), 1, "{told}");
        assert_eq!(stack.cloud.aws.ssm.names(), Vec::<String>::new());
        assert_eq!(stack.rocketchat.setting("Livechat_webhookUrl").unwrap(), "");
        let again = stack.custom_resource("Delete").await;
        assert_eq!(again["Status"], "SUCCESS");
    });
}
