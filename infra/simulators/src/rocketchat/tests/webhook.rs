use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use serde_json::{Value, json};

use super::super::{Options, Version};
use super::{Desk, staffed};
use crate::outbound::Outbound;

const HOOK: &str = "https://bridge.example.org/events";

/// A request's secret, if it carried one, and its body.
type Received = (Option<String>, Value);

/// A receiver that remembers what came and answers from a list (the last one for ever);
/// status 0 is a refused connection, 1 never answers.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Receiver {
    fn answering(answers: &[(u16, &'static str)]) -> Self {
        let receiver = Self::default();
        *receiver.answers.lock().unwrap() = answers.to_vec();
        receiver
    }

    fn outbound(&self) -> Outbound {
        let this = self.clone();
        Arc::new(move |request: Request<Bytes>| {
            let secret = request.headers().get("X-RocketChat-Livechat-Token");
            let secret = secret.map(|secret| secret.to_str().unwrap().to_owned());
            let body = serde_json::from_slice(request.body()).unwrap();
            this.got.lock().unwrap().push((secret, body));
            let mut answers = this.answers.lock().unwrap();
            let (status, text) = if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers.first().copied().unwrap_or((200, ""))
            };
            async move {
                match status {
                    0 => Err("refused".to_owned()),
                    1 => std::future::pending().await,
                    status => Ok(Response::builder()
                        .status(status)
                        .body(Bytes::from(text))
                        .unwrap()),
                }
            }
            .boxed()
        })
    }

    fn bodies(&self) -> Vec<Value> {
        self.got
            .lock()
            .unwrap()
            .iter()
            .map(|(_, body)| body.clone())
            .collect()
    }
}

fn hooked(version: Version) -> Options {
    staffed(version).with_webhook(HOOK, "secret")
}

/// Delivers until nothing waits, moving the clock; gives the pauses.
async fn run_dry(desk: &Desk, outbound: &Outbound) -> Vec<i64> {
    let mut pauses = Vec::new();
    while let Some(due) = desk.rc.next_due_ms() {
        let now = desk.now.load(std::sync::atomic::Ordering::SeqCst);
        if due > now {
            pauses.push(due - now);
            desk.sleep(due - now);
        }
        desk.rc.deliver_due(outbound).await;
    }
    pauses
}

#[tokio::test]
async fn agents_message_arrives_in_its_envelope() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    desk.says(&rid, "m1", "hello").await;
    assert_eq!(desk.rc.next_due_ms(), None);
    let id = desk.rc.agent_says(&rid, "agent.one", "Hi Ana").unwrap();
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let (secret, body) = receiver.got.lock().unwrap()[0].clone();
    assert_eq!(secret.as_deref(), Some("secret"));
    assert_eq!(
        (&body["type"], &body["_id"], &body["label"]),
        (&json!("Message"), &json!(rid), &json!("Ana"))
    );
    assert_eq!(body["visitor"]["token"], json!("t-ana"));
    assert_eq!(body["agent"]["username"], json!("agent.one"));
    assert!(body.get("crmData").is_none() && body.get("departmentId").is_none());
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["_id"], json!(id));
    assert_eq!(messages[0]["agentId"], json!("id-agent.one"));
    assert_eq!(messages[0]["rid"], json!(rid));
    assert_eq!(messages[0]["ts"], json!("2023-11-14T22:13:20.000Z"));
}

#[tokio::test]
async fn older_messages_have_no_rid_and_closing_comments_come_twice() {
    let desk = Desk::new(hooked(Version::V6_0));
    let rid = desk.ana().await;
    desk.rc.agent_closes(&rid, "agent.one", "Bye").unwrap();
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0]["type"], json!("Message"));
    assert_eq!(bodies[0]["messages"][0]["closingMessage"], json!(true));
    assert!(bodies[0]["messages"][0].get("rid").is_none());
}

#[tokio::test]
async fn closed_session_repeats_the_whole_conversation() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    desk.says(&rid, "m1", "hello").await;
    desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    desk.rc.agent_closes(&rid, "agent.one", "Bye").unwrap();
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let body = receiver.bodies().pop().unwrap();
    assert_eq!(
        (&body["type"], &body["closer"]),
        (&json!("LivechatSession"), &json!("user"))
    );
    assert_eq!(body["closedBy"]["username"], json!("agent.one"));
    let texts: Vec<&Value> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["msg"])
        .collect();
    assert_eq!(texts, ["hello", "Hi", "Bye"]);
    assert!(body["messages"][0].get("agentId").is_none());
    assert_eq!(body["messages"][2]["closingMessage"], json!(true));
}

#[tokio::test]
async fn edit_is_a_second_message_and_delete_is_none() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    let id = desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    desk.sleep(1_000);
    desk.rc.agent_edits(&id, "Hello").unwrap();
    desk.rc.agent_deletes(&id).unwrap();
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0]["messages"][0].get("editedAt").is_none());
    let edited = &bodies[1]["messages"][0];
    assert_eq!(
        (&edited["_id"], &edited["msg"]),
        (&json!(id), &json!("Hello"))
    );
    assert_eq!(edited["editedAt"], json!("2023-11-14T22:13:21.000Z"));
}

#[tokio::test]
async fn blocks_without_text_become_the_text_and_the_bots_notes_echo() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    let blocks = json!([{ "type": "actions", "elements": [] }]);
    desk.rc
        .bot_blocks(&rid, "agent.two", blocks.clone(), "")
        .unwrap();
    desk.bot(
        "chat.sendMessage",
        json!({ "message": { "rid": rid, "msg": "note" } }),
    )
    .await;
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let bodies = receiver.bodies();
    assert_eq!(bodies[0]["messages"][0]["msg"], json!(blocks.to_string()));
    assert_eq!(bodies[0]["messages"][0]["blocks"], blocks);
    assert_eq!(
        bodies[1]["messages"][0]["agentId"],
        json!("id-whatsapp.bot")
    );
}

#[tokio::test]
async fn answers_text_comes_back_as_crm_data() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    let receiver = Receiver::answering(&[(200, "{\"ok\":1}"), (200, "")]);
    for text in ["one", "two", "three"] {
        desk.rc.agent_says(&rid, "agent.one", text).unwrap();
        run_dry(&desk, &receiver.outbound()).await;
    }
    let bodies = receiver.bodies();
    assert!(bodies[0].get("crmData").is_none());
    assert_eq!(bodies[1]["crmData"], json!("{\"ok\":1}"));
    assert_eq!(bodies[2]["crmData"], json!("{\"ok\":1}"));
}

#[tokio::test]
async fn version_8_tries_five_times_and_drops_other_statuses_at_once() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    let down = Receiver::answering(&[(503, ""), (0, ""), (429, "")]);
    let pauses = run_dry(&desk, &down.outbound()).await;
    assert_eq!(pauses, [20_000; 4]);
    assert_eq!(desk.rc.lost_events()[0].tries, 5);
    for status in [202, 400] {
        desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
        let wrong = Receiver::answering(&[(status, "")]);
        assert!(run_dry(&desk, &wrong.outbound()).await.is_empty());
    }
    assert_eq!(desk.rc.lost_events()[2].reason, "status 400");
    desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    let back = Receiver::answering(&[(500, ""), (200, "")]);
    assert_eq!(run_dry(&desk, &back.outbound()).await, [20_000]);
    assert_eq!(desk.rc.lost_events().len(), 3);
}

#[tokio::test]
async fn older_versions_try_ten_times_whatever_the_status() {
    for (version, status, pause) in [(Version::V7, 202, 20_000), (Version::V6_0, 400, 10_000)] {
        let desk = Desk::new(hooked(version));
        let rid = desk.ana().await;
        desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
        let receiver = Receiver::answering(&[(status, "")]);
        assert_eq!(run_dry(&desk, &receiver.outbound()).await, [pause; 9]);
        assert_eq!(receiver.bodies().len(), 10);
    }
}

#[tokio::test(start_paused = true)]
async fn silent_webhook_times_out_and_is_tried_again() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    let receiver = Receiver::answering(&[(1, "")]);
    let started = tokio::time::Instant::now();
    desk.rc.deliver_due(&receiver.outbound()).await;
    assert_eq!(started.elapsed(), Duration::from_secs(5));
    assert_eq!(desk.rc.next_due_ms(), Some(1_700_000_020_000));
    desk.rc.restart();
    assert_eq!(
        (desk.rc.next_due_ms(), desk.rc.lost_events().len()),
        (None, 1)
    );
}

#[tokio::test]
async fn session_events_as_configured() {
    let options = hooked(Version::V8)
        .with_department("Care", &["agent.two"])
        .with_setting("Livechat_webhook_on_start", true)
        .with_setting("Livechat_webhook_on_chat_taken", true)
        .with_setting("Livechat_webhook_on_chat_queued", true)
        .with_setting("Livechat_webhook_on_forward", true)
        .with_manual_routing();
    let desk = Desk::new(options);
    let rid = desk.ana().await;
    desk.rc.take(&rid, "agent.two").unwrap();
    desk.rc.forward(&rid, "agent.two", "agent.one").unwrap();
    let to = json!({ "roomId": rid, "departmentId": "Care" });
    assert_eq!(desk.bot("livechat/room.forward", to).await.status, 200);
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    let bodies = receiver.bodies();
    let types: Vec<&str> = bodies
        .iter()
        .map(|body| body["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "LivechatSessionStart",
            "LivechatSessionQueued",
            "LivechatSessionTaken",
            "LivechatSessionForwarded",
            "LivechatSessionForwarded",
        ]
    );
    assert!(bodies[1].get("agent").is_none());
    assert_eq!(bodies[2]["servedBy"]["username"], json!("agent.two"));
    assert_eq!(bodies[3]["oldServedBy"]["username"], json!("agent.two"));
    assert_eq!(bodies[4]["oldDepartmentId"], json!("dep-Care"));
}

#[tokio::test]
async fn visitors_messages_only_if_wanted() {
    let desk =
        Desk::new(hooked(Version::V8).with_setting("Livechat_webhook_on_visitor_message", true));
    let rid = desk.ana().await;
    desk.says(&rid, "m1", "hello").await;
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    assert!(receiver.bodies()[0]["messages"][0].get("agentId").is_none());
}

#[tokio::test]
async fn info_of_a_closed_room_is_an_edit_event() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
    let guest = desk.rc.visitors()[0].id.clone();
    let body = json!({ "roomData": { "_id": rid }, "guestData": { "_id": guest } });
    desk.bot("livechat/room.saveInfo", body).await;
    let receiver = Receiver::default();
    run_dry(&desk, &receiver.outbound()).await;
    assert_eq!(receiver.bodies()[1]["type"], json!("LivechatEdit"));
}

#[tokio::test]
async fn webhook_test_passes_only_on_200() {
    let desk = Desk::new(staffed(Version::V8));
    let got = desk.bot("livechat/webhook.test", json!({})).await;
    assert_eq!(got.error(), "Webhook_URL_not_set");
    desk.rc.set_setting("Livechat_webhookUrl", HOOK);
    let receiver = Receiver::answering(&[(500, ""), (200, "")]);
    desk.rc.set_outbound(receiver.outbound());
    let got = desk.bot("livechat/webhook.test", json!({})).await;
    assert_eq!(got.error(), "error-invalid-webhook-response");
    let got = desk.bot("livechat/webhook.test", json!({})).await;
    assert_eq!(got.body, json!({ "success": true }));
    assert_eq!(receiver.bodies()[0]["_id"], json!("fasd6f5a4sd6f8a4sdf"));
}

#[tokio::test]
async fn command_word_calls_the_integration_and_posts_its_answer() {
    let desk = Desk::new(staffed(Version::V8));
    let group = json!({ "name": "setup", "members": ["admin"] });
    let made = desk.bot("groups.create", group).await;
    let rid = made.body["group"]["_id"].as_str().unwrap().to_owned();
    let hook = json!({ "type": "webhook-outgoing", "name": "commands", "enabled": true,
        "event": "sendMessage", "username": "whatsapp.bot", "channel": "#setup", "urls": [HOOK],
        "triggerWords": ["/whatsapp"], "token": "shared", "scriptEnabled": false });
    assert_eq!(
        desk.bot("integrations.create", hook.clone()).await.status,
        403
    );
    let got = desk
        .call("POST", "integrations.create", Some("admin"), hook)
        .await;
    assert_eq!(got.status, 200, "{}", got.body);
    desk.rc
        .agent_says(&rid, "admin", "/whatsapp numbers")
        .unwrap();
    let receiver = Receiver::answering(&[(200, "{\"text\":\"none yet\"}")]);
    run_dry(&desk, &receiver.outbound()).await;
    let body = &receiver.bodies()[0];
    assert_eq!(
        (&body["token"], &body["trigger_word"]),
        (&json!("shared"), &json!("/whatsapp"))
    );
    assert_eq!(desk.rc.transcript(&rid).last().unwrap().text, "none yet");
}

#[tokio::test(start_paused = true)]
async fn pump_delivers_until_told_to_stop() {
    let desk = Desk::new(hooked(Version::V8));
    let rid = desk.ana().await;
    let receiver = Receiver::default();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (rc, outbound) = (desk.rc.clone(), receiver.outbound());
    let pump = tokio::spawn(async move { rc.pump(outbound, stopped.map(|_| ())).await });
    let mut seen = desk.rc.subscribe();
    desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
    seen.changed().await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(receiver.bodies().len(), 1);
    stop.send(()).unwrap();
    pump.await.unwrap();
}

#[tokio::test]
async fn same_calls_give_the_same_ids() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let desk = Desk::new(hooked(Version::V8));
        let rid = desk.ana().await;
        desk.rc.agent_says(&rid, "agent.one", "Hi").unwrap();
        seen.push((desk.rc.rooms(), desk.rc.transcript(&rid)));
    }
    assert_eq!(seen[0], seen[1]);
}
