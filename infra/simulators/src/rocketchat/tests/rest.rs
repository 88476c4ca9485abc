use http::StatusCode;
use serde_json::{Value, json};

use super::super::{Outage, Speaker, Version};
use super::{Desk, SITE, options, staffed};

#[tokio::test]
async fn message_body_is_closed_and_complete() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let got = desk
        .post(
            "livechat/message",
            json!({ "token": "t-ana", "rid": rid, "msg": "x", "tmid": "y" }),
        )
        .await;
    assert_eq!(
        got.error(),
        "must NOT have additional properties [invalid-params]"
    );
    let got = desk
        .post("livechat/message", json!({ "rid": rid, "msg": "x" }))
        .await;
    assert_eq!(
        got.error(),
        "must have required property 'token' [invalid-params]"
    );
    assert_eq!(got.kind(), "invalid-params");
}

#[tokio::test]
async fn repeated_message_id_is_an_error_and_keeps_the_first() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let got = desk.says(&rid, "m1", "hello").await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body["message"]["alias"], json!("Ana"));
    let got = desk.says(&rid, "m1", "again").await;
    let whole = json!({ "success": false, "error": "Cannot convert undefined or null to object" });
    assert_eq!((got.status, got.body), (StatusCode::BAD_REQUEST, whole));
    let lookup = format!("livechat/message/m1?token=t-ana&rid={rid}");
    assert_eq!(
        desk.get(&lookup).await.body["message"]["msg"],
        json!("hello")
    );
    let lookup = format!("livechat/message/m2?token=t-ana&rid={rid}");
    assert_eq!(desk.get(&lookup).await.error(), "invalid-message");
    let by_bot = json!({ "message": { "_id": "m1", "rid": rid, "msg": "note" } });
    let got = desk.bot("chat.sendMessage", by_bot).await;
    assert_eq!(got.error(), "Cannot convert undefined or null to object");
    assert_eq!(desk.rc.message_count(), 1);
}

#[tokio::test]
async fn message_to_wrong_or_closed_room() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    assert_eq!(
        desk.says("nowhere", "m1", "x").await.error(),
        "invalid-room"
    );
    let stranger = json!({ "token": "who", "rid": rid, "msg": "x" });
    assert_eq!(
        desk.post("livechat/message", stranger).await.error(),
        "invalid-token"
    );
    desk.rc.agent_closes(&rid, "agent.one", "bye").unwrap();
    let got = desk.says(&rid, "m1", "x").await;
    assert_eq!(got.error(), "room-closed");
    assert!(got.body.get("errorType").is_none());
}

#[tokio::test]
async fn long_message_is_refused_where_limited() {
    let desk = Desk::new(staffed(Version::V8).with_character_limit(5));
    let rid = desk.ana().await;
    assert_eq!(desk.says(&rid, "m1", "12345").await.status, 200);
    let got = desk.says(&rid, "m2", "123456").await;
    assert_eq!(got.error(), "message-length-exceeds-character-limit");
}

#[tokio::test]
async fn visitor_edits_and_deletes_only_own_messages() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    desk.says(&rid, "m1", "one").await;
    let theirs = desk.rc.agent_says(&rid, "agent.one", "mine").unwrap();
    let body = json!({ "token": "t-ana", "rid": rid, "msg": "two" });
    let got = desk
        .call("PUT", "livechat/message/m1", None, body.clone())
        .await;
    assert_eq!(got.body["message"]["msg"], json!("two"));
    let got = desk
        .call("PUT", &format!("livechat/message/{theirs}"), None, body)
        .await;
    assert_eq!(got.kind(), "error-action-not-allowed");
    let body = json!({ "token": "t-ana", "rid": rid });
    assert_eq!(
        desk.call("DELETE", "livechat/message/m1", None, body)
            .await
            .status,
        200
    );
    let history = desk
        .get(&format!("livechat/messages.history/{rid}?token=t-ana"))
        .await;
    let kept: Vec<&Value> = history.body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(kept[0]["_id"], json!(theirs));
    assert_eq!(kept[1]["t"], json!("livechat-started"));
}

#[tokio::test]
async fn quote_link_becomes_a_quote_only_with_the_exact_site_url() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let theirs = desk.rc.agent_says(&rid, "agent.one", "What size?").unwrap();
    let link = format!("{SITE}/live/{rid}?msg={theirs}");
    let got = desk.says(&rid, "m1", &format!("[ ]({link}) Large")).await;
    let quote = &got.body["message"]["attachments"][0];
    assert_eq!(
        (&quote["text"], &quote["message_link"]),
        (&json!("What size?"), &json!(link))
    );
    let elsewhere = format!("[ ](https://other.example.org/live/{rid}?msg={theirs}) Small");
    assert!(
        desk.says(&rid, "m2", &elsewhere).await.body["message"]
            .get("attachments")
            .is_none()
    );
    let answer = desk
        .rc
        .agent_quotes(&rid, "agent.one", "m1", "Noted")
        .unwrap();
    let lines = desk.rc.transcript(&rid);
    let line = |id: &str| lines.iter().find(|line| line.id == id).unwrap().clone();
    assert_eq!(
        (line("m1").text.as_str(), line("m1").quote),
        ("Large", Some(theirs))
    );
    assert_eq!(line("m2").text, elsewhere);
    assert_eq!(
        (line(&answer).text.as_str(), line(&answer).quote.as_deref()),
        ("Noted", Some("m1"))
    );
    assert_eq!(line(&answer).author, Speaker::Agent("agent.one".to_owned()));
    desk.rc.set_setting("Message_QuoteChainLimit", 1);
    let got = desk.says(&rid, "m3", &format!("[ ]({link}) Huge")).await;
    assert!(got.body["message"].get("attachments").is_none());
}

#[tokio::test]
async fn closing_by_visitor_by_user_and_twice() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let body = json!({ "rid": rid, "token": "t-ana" });
    let got = desk.post("livechat/room.close", body.clone()).await;
    assert_eq!(
        got.body,
        json!({ "rid": rid, "comment": "Closed by visitor", "success": true })
    );
    assert_eq!(
        desk.post("livechat/room.close", body).await.error(),
        "room-closed"
    );
    assert_eq!(
        desk.rc.room(&rid).unwrap().closer.as_deref(),
        Some("visitor")
    );
    let got = desk
        .bot("livechat/room.closeByUser", json!({ "rid": rid }))
        .await;
    assert_eq!(got.kind(), "error-room-already-closed");
}

#[tokio::test]
async fn room_info_needs_guest_data() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let room = json!({ "_id": rid, "topic": "Order", "tags": ["whatsapp"] });
    let got = desk
        .bot("livechat/room.saveInfo", json!({ "roomData": room }))
        .await;
    assert_eq!(
        got.error(),
        "must have required property 'guestData' [invalid-params]"
    );
    let guest = desk.rc.visitors()[0].id.clone();
    let body = json!({ "roomData": room, "guestData": { "_id": guest } });
    assert_eq!(desk.bot("livechat/room.saveInfo", body).await.status, 200);
    let room = desk.rc.room(&rid).unwrap();
    assert_eq!(
        (room.topic.as_deref(), room.tags.as_slice()),
        (Some("Order"), &["whatsapp".to_owned()][..])
    );
}

#[tokio::test]
async fn sign_in_is_checked_in_the_versions_own_words() {
    let v8 = Desk::v8();
    let got = v8.get("livechat/department").await;
    let text = "You must be logged in to do this.";
    assert_eq!(
        (got.status, got.body),
        (
            StatusCode::UNAUTHORIZED,
            json!({ "success": false, "error": text })
        )
    );
    let v7 = Desk::new(staffed(Version::V7));
    let got = v7.get("livechat/department").await;
    assert_eq!(
        (got.status, &got.body["status"]),
        (StatusCode::UNAUTHORIZED, &json!("error"))
    );
    for (desk, code) in [(&v8, "error-forbidden"), (&v7, "error-unauthorized")] {
        let got = desk
            .call("GET", "settings/Site_Url", Some("agent.one"), Value::Null)
            .await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(
            got.body["error"]
                .as_str()
                .unwrap()
                .ends_with(&format!("[{code}]"))
        );
    }
}

#[tokio::test]
async fn login_gives_a_token_that_works() {
    let desk = Desk::v8();
    let wrong = json!({ "user": "admin", "password": "no" });
    assert_eq!(
        desk.post("login", wrong).await.status,
        StatusCode::UNAUTHORIZED
    );
    let right = json!({ "user": "admin", "password": "password-admin" });
    let got = desk.post("login", right).await;
    assert_eq!(got.body["status"], json!("success"));
    assert_eq!(got.body["data"]["me"]["roles"], json!(["user", "admin"]));
    let me = desk
        .call("GET", "me", Some("whatsapp.bot"), Value::Null)
        .await;
    assert_eq!(me.body["username"], json!("whatsapp.bot"));
}

#[tokio::test]
async fn settings_want_the_second_factor_but_the_webhooks_do_not() {
    let desk = Desk::v8();
    let path = "settings/API_Enable_Rate_Limiter";
    let got = desk
        .call("POST", path, Some("admin"), json!({ "value": true }))
        .await;
    assert_eq!(got.error(), "TOTP Required [totp-required]");
    assert_eq!(got.body["details"]["method"], json!("password"));
    let hook =
        json!({ "LivechatWebhookUrl": "https://b.example.org/e", "LivechatWebhookOnClose": true });
    assert_eq!(
        desk.bot("omnichannel/integrations", hook).await.body,
        json!({ "success": true })
    );
    let got = desk
        .bot("omnichannel/integrations", json!({ "Other": 1 }))
        .await;
    assert_eq!(got.kind(), "invalid-params");
    let bot = Some("whatsapp.bot");
    let got = desk
        .call("GET", "livechat/integrations.settings", bot, Value::Null)
        .await;
    let url = json!({ "_id": "Livechat_webhookUrl", "value": "https://b.example.org/e" });
    assert_eq!(got.body["settings"][0], url);
    let got = desk.get("settings.public?_id=Site_Url").await;
    assert_eq!(
        got.body["settings"],
        json!([{ "_id": "Site_Url", "value": SITE }])
    );
    assert_eq!(
        desk.get("info").await.body,
        json!({ "version": "8.1", "success": true })
    );
}

#[tokio::test]
async fn bot_posts_in_a_group_and_in_a_room_that_it_does_not_serve() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let group = json!({ "name": "setup", "members": ["admin"] });
    assert_eq!(desk.bot("groups.create", group.clone()).await.status, 200);
    assert_eq!(
        desk.bot("groups.create", group).await.kind(),
        "error-duplicate-channel-name"
    );
    let got = desk
        .bot(
            "chat.postMessage",
            json!({ "channel": "#setup", "text": "Hi" }),
        )
        .await;
    assert_eq!(got.body["message"]["msg"], json!("Hi"));
    let got = desk
        .bot(
            "chat.postMessage",
            json!({ "channel": "#none", "text": "Hi" }),
        )
        .await;
    assert_eq!(got.kind(), "invalid-channel");
    let got = desk
        .bot(
            "chat.postMessage",
            json!({ "roomId": rid, "text": "Hi", "blocks": [] }),
        )
        .await;
    assert_eq!(got.kind(), "invalid-params");
    let note = json!({ "message": { "rid": rid, "msg": "undeliverable", "blocks": [] } });
    assert_eq!(desk.bot("chat.sendMessage", note).await.status, 200);
    assert_eq!(
        desk.rc.transcript(&rid).last().unwrap().author,
        Speaker::Bot
    );
}

#[tokio::test]
async fn a_closed_conversation_takes_the_bots_message_and_says_that_it_is_closed() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let info = format!("rooms.info?roomId={rid}");
    let got = desk
        .call("GET", &info, Some("whatsapp.bot"), json!({}))
        .await;
    assert_eq!(got.body["room"]["open"], json!(true));
    assert!(got.body["room"].get("closedAt").is_none());
    desk.rc.agent_closes(&rid, "agent.one", "bye").unwrap();
    let got = desk
        .call("GET", &info, Some("whatsapp.bot"), json!({}))
        .await;
    assert!(got.body["room"].get("open").is_none());
    assert!(got.body["room"]["closedAt"].is_string());
    let note = json!({ "message": { "rid": rid, "msg": "undeliverable" } });
    assert_eq!(desk.bot("chat.sendMessage", note).await.status, 200);
    let got = desk
        .call(
            "GET",
            "rooms.info?roomId=none",
            Some("whatsapp.bot"),
            json!({}),
        )
        .await;
    assert_eq!(got.kind(), "error-room-not-found");
}

#[tokio::test]
async fn managers_are_listed() {
    let desk = Desk::v8();
    let got = desk
        .call(
            "GET",
            "livechat/users/manager?count=100",
            Some("whatsapp.bot"),
            json!({}),
        )
        .await;
    let names: Vec<_> = got.body["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["whatsapp.bot"]);
}

#[tokio::test]
async fn departments_and_their_agents() {
    let desk = Desk::new(options(Version::V8).with_agent("agent.one", "Agent One"));
    let department = json!({ "enabled": true, "name": "Care", "email": "care@example.org",
        "showOnRegistration": false, "showOnOfflineForm": false });
    let body = json!({ "department": department, "agents": [{ "agentId": "id-agent.one" }] });
    let made = desk.bot("livechat/department", body).await;
    let id = made.body["department"]["_id"].as_str().unwrap();
    let bot = Some("whatsapp.bot");
    let got = desk
        .call(
            "GET",
            &format!("livechat/department/{id}"),
            bot,
            Value::Null,
        )
        .await;
    assert_eq!(got.body["agents"][0]["username"], json!("agent.one"));
    let got = desk
        .call("GET", "livechat/department?text=none", bot, Value::Null)
        .await;
    assert_eq!(got.body["departments"], json!([]));
}

#[tokio::test]
async fn unknown_paths_and_calls_are_remembered() {
    let desk = Desk::v8();
    desk.ana().await;
    assert_eq!(
        desk.get("livechat/nonsense").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.call("PUT", "livechat/room", None, Value::Null)
            .await
            .status,
        405
    );
    assert_eq!(
        desk.rc.unknown_paths(),
        ["GET /api/v1/livechat/nonsense", "PUT /api/v1/livechat/room"]
    );
    assert_eq!(desk.rc.calls()["POST livechat/visitor"], 1);
}

#[tokio::test(start_paused = true)]
async fn outages_meet_every_route_and_plans_meet_one() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    desk.rc.outage(Some(Outage::Status(503)));
    assert_eq!(desk.get("info").await.status, 503);
    desk.rc.outage(Some(Outage::Html));
    assert!(desk.get("info").await.bytes.starts_with(b"<!DOCTYPE html>"));
    desk.rc.outage(Some(Outage::Throttled {
        reset_ms: 1_700_000_042_000,
    }));
    let got = desk.get("info").await;
    assert_eq!(got.headers["x-ratelimit-reset"], "1700000042000");
    assert!(
        got.body["error"]
            .as_str()
            .unwrap()
            .contains("You must wait 42 seconds")
    );
    desk.rc.outage(None);
    desk.rc
        .fail_next("POST livechat/message", 1, Outage::SilenceAfter);
    desk.rc
        .fail_next("POST livechat/message", 1, Outage::Status(500));
    let limit = std::time::Duration::from_secs(9);
    assert!(
        tokio::time::timeout(limit, desk.says(&rid, "m1", "a"))
            .await
            .is_err()
    );
    assert_eq!(desk.says(&rid, "m2", "b").await.status, 500);
    assert_eq!(desk.says(&rid, "m3", "c").await.status, 200);
    let texts: Vec<String> = desk
        .rc
        .transcript(&rid)
        .into_iter()
        .map(|line| line.text)
        .collect();
    assert_eq!(texts, ["livechat-started", "a", "c"]);
}
