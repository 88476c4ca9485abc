//! The verbs of Rocket.Chat's client.

mod failures;
mod rooms;

use std::collections::BTreeMap;
use std::sync::Arc;

use bridge::domain::ids::{PostId, RoomId, UserId, VisitorToken};
use bridge::domain::time::Timestamp;
use bridge::domain::workspace::WebhookEvents;
use bridge::http::Http;
use bridge::rocketchat::client::{
    Department, KnownVisitor, Livechat, OpenRoom, RouteLimit, VisitorProfile,
};
use bridge::rocketchat::{Client, RocketChatError};
use bridge::secrets::Secret;
use serde_json::{Value, json};

use super::{always, answer, answer_with, neighbour};

const NOW: Timestamp = Timestamp::from_seconds(1_780_658_550);

fn client(http: Http) -> Client {
    let bot = (UserId::new("bot-1"), Secret::new("token-1"));
    Client::new(http, "https://chat.example/", bot, Arc::default(), NOW)
}

fn token() -> VisitorToken {
    VisitorToken::new("b360-c1-p1-r&m")
}

fn room() -> RoomId {
    RoomId::new("room1")
}

fn post_id() -> PostId {
    PostId::new("post1")
}

fn get(path: &str) -> Value {
    json!({ "call": format!("GET https://chat.example{path}"),
        "headers": { "x-auth-token": "token-1", "x-user-id": "bot-1" } })
}

fn post(path: &str, body: &Value) -> Value {
    json!({ "call": format!("POST https://chat.example/api/v1/{path}"), "body": body,
        "headers": { "x-auth-token": "token-1", "x-user-id": "bot-1", "content-type": "application/json" } })
}

#[tokio::test]
async fn a_visitor_is_saved_and_may_turn_out_to_be_an_older_one() {
    let known =
        json!({ "visitor": { "_id": "v1", "token": "older", "phone": [] }, "success": true });
    let (http, calls) = neighbour(answer(200, &known));
    let profile = VisitorProfile {
        name: "Ana".to_owned(),
        phone: Some("+16505551234".to_owned()),
        department: Some("dep1".to_owned()),
        fields: vec![("whatsapp_id", "16505551234".to_owned())],
    };
    let expected = KnownVisitor {
        id: "v1".to_owned(),
        token: VisitorToken::new("older"),
    };
    assert_eq!(
        client(http).send_visitor(&token(), &profile).await,
        Ok(expected)
    );
    let body = json!({ "visitor": { "token": "b360-c1-p1-r&m", "name": "Ana",
        "phone": "+16505551234", "department": "dep1", "customFields": [
            { "key": "whatsapp_id", "value": "16505551234", "overwrite": true }] } });
    assert_eq!(calls.only(), post("livechat/visitor", &body));

    let (http, calls) = neighbour(answer(200, &known));
    let bare = VisitorProfile::default();
    client(http).send_visitor(&token(), &bare).await.unwrap();
    let body = json!({ "visitor": { "token": "b360-c1-p1-r&m", "name": "" } });
    assert_eq!(calls.only(), post("livechat/visitor", &body));
}

#[tokio::test]
async fn a_room_is_found_or_opened() {
    for (more, is_new) in [(json!({ "newRoom": true }), true), (json!({}), false)] {
        let mut found = json!({ "room": { "_id": "room1", "open": true,
            "v": { "_id": "v", "token": "t" } }, "success": true });
        found
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (http, calls) = neighbour(answer(200, found));
        let expected = OpenRoom {
            id: room(),
            visitor: Some("v".into()),
            is_new,
        };
        assert_eq!(client(http).open_room(&token(), None).await, Ok(expected));
        assert_eq!(
            calls.only(),
            get("/api/v1/livechat/room?token=b360-c1-p1-r%26m")
        );
    }
    let found = json!({ "room": { "_id": "room1", "v": {} }, "newRoom": true, "success": true });
    let (http, calls) = neighbour(answer(200, found));
    let agent = UserId::new("u&1");
    let opened = client(http).open_room(&token(), Some(&agent)).await;
    assert!(opened.unwrap().is_new);
    let path = "/api/v1/livechat/room?token=b360-c1-p1-r%26m&agentId=u%261";
    assert_eq!(calls.only(), get(path));
}

#[tokio::test]
async fn an_agent_is_found_by_the_whole_name_only() {
    let users = json!([
        { "_id": "u1", "username": "abc98x", "name": "No" },
        { "_id": "u2", "username": "abc98", "name": "Abc" }]);
    let (http, calls) = neighbour(answer(200, json!({ "users": users, "success": true })));
    let found = client(http).find_agent("abc98").await;
    assert_eq!(found, Ok(Some((UserId::new("u2"), "Abc".to_owned()))));
    assert_eq!(
        calls.only(),
        get("/api/v1/livechat/users/agent?count=100&text=abc98")
    );
    let none = always(answer(200, json!({ "users": [], "success": true })));
    assert_eq!(client(none).find_agent("abc98").await, Ok(None));
}

#[tokio::test]
async fn a_message_is_posted_under_our_id() {
    let (http, calls) = neighbour(answer(200, json!({ "message": {}, "success": true })));
    let sent = client(http)
        .send_message(&token(), &room(), &post_id(), "Hi\n*you*")
        .await;
    assert_eq!(sent, Ok(()));
    let body =
        json!({ "token": "b360-c1-p1-r&m", "rid": "room1", "_id": "post1", "msg": "Hi\n*you*" });
    assert_eq!(calls.only(), post("livechat/message", &body));
}

#[tokio::test]
async fn a_message_stands_in_the_room_or_does_not() {
    let stands = json!({ "message": { "msg": "Hi\n*you*" }, "success": true });
    let (http, calls) = neighbour(answer(200, stands));
    let found = client(http)
        .find_text(&token(), &room(), &PostId::new("a/b"))
        .await;
    assert_eq!(found, Ok(Some("Hi\n*you*".to_owned())));
    let path = "/api/v1/livechat/message/a%2Fb?token=b360-c1-p1-r%26m&rid=room1";
    assert_eq!(calls.only(), get(path));
    let missing = always(answer(
        400,
        json!({ "success": false, "error": "invalid-message" }),
    ));
    let found = client(missing)
        .fetch_message(&token(), &room(), &post_id())
        .await;
    assert_eq!(found, Ok(false));
}

#[tokio::test]
async fn livechat_says_whether_somebody_is_there() {
    let config = json!({ "config": { "enabled": true, "online": false,
        "settings": { "fileUpload": false } }, "success": true });
    let (http, calls) = neighbour(answer(200, config));
    let expected = Livechat {
        enabled: true,
        online: false,
        file_upload: Some(false),
        ..Livechat::default()
    };
    assert_eq!(
        client(http).fetch_livechat(Some("dep 1")).await,
        Ok(expected)
    );
    assert_eq!(
        calls.only(),
        get("/api/v1/livechat/config?department=dep+1")
    );

    let (http, calls) = neighbour(answer(200, json!({ "config": { "enabled": false } })));
    let expected = Livechat {
        online: true,
        ..Livechat::default()
    };
    assert_eq!(client(http).fetch_livechat(None).await, Ok(expected));
    assert_eq!(calls.only(), get("/api/v1/livechat/config"));
}

#[tokio::test]
async fn a_rooms_topic_is_saved_with_its_tag() {
    let (http, calls) = neighbour(answer(200, json!({ "success": true })));
    assert_eq!(
        client(http).save_room_info("v1", &room(), "Sales").await,
        Ok(())
    );
    let body = json!({ "guestData": { "_id": "v1" },
        "roomData": { "_id": "room1", "topic": "Sales", "tags": ["whatsapp"] } });
    assert_eq!(calls.only(), post("livechat/room.saveInfo", &body));
}

#[tokio::test]
async fn a_note_is_written_by_the_bot_under_our_id() {
    let (http, calls) = neighbour(answer(200, json!({ "message": {}, "success": true })));
    assert_eq!(
        client(http).send_note(&room(), &post_id(), "Held").await,
        Ok(())
    );
    let body = json!({ "message": { "_id": "post1", "rid": "room1", "msg": "Held" } });
    assert_eq!(calls.only(), post("chat.sendMessage", &body));
}

#[tokio::test]
async fn a_note_stands_there_or_does_not() {
    let (http, calls) = neighbour(answer(200, json!({ "message": {}, "success": true })));
    assert_eq!(client(http).fetch_note(&post_id()).await, Ok(true));
    assert_eq!(calls.only(), get("/api/v1/chat.getMessage?msgId=post1"));
    let missing = always(answer(400, json!({ "success": false })));
    assert_eq!(client(missing).fetch_note(&post_id()).await, Ok(false));
}

#[tokio::test]
async fn a_private_channel_is_made_and_found() {
    let made = json!({ "group": { "_id": "g1", "name": "setup" }, "success": true });
    let (http, calls) = neighbour(answer(200, &made));
    let members = ["boss".to_owned()];
    let group = RoomId::new("g1");
    assert_eq!(
        client(http).create_group("setup", &members).await,
        Ok(group.clone())
    );
    let body = json!({ "name": "setup", "members": ["boss"] });
    assert_eq!(calls.only(), post("groups.create", &body));

    let (http, calls) = neighbour(answer(200, &made));
    assert_eq!(client(http).find_group("set up").await, Ok(Some(group)));
    assert_eq!(calls.only(), get("/api/v1/groups.info?roomName=set+up"));
    let refusal = json!({ "success": false, "errorType": "error-room-not-found" });
    let missing = always(answer(400, refusal));
    assert_eq!(client(missing).find_group("setup").await, Ok(None));
}

#[tokio::test]
async fn managers_are_listed_by_their_user_names() {
    let list =
        json!({ "users": [{ "_id": "u1", "username": "boss" }, { "_id": "u2" }], "success": true });
    let (http, calls) = neighbour(answer(200, list));
    assert_eq!(
        client(http).list_managers().await,
        Ok(vec!["boss".to_owned()])
    );
    assert_eq!(
        calls.only(),
        get("/api/v1/livechat/users/manager?count=100")
    );
}

#[tokio::test]
async fn a_conversation_is_closed_where_it_says_when() {
    let (http, calls) = neighbour(answer(
        200,
        json!({ "room": { "closedAt": "2026-06-05T11:22:30.664Z" } }),
    ));
    assert_eq!(client(http).is_closed(&room()).await, Ok(true));
    assert_eq!(calls.only(), get("/api/v1/rooms.info?roomId=room1"));
    for open in [
        json!({ "room": { "open": true } }),
        json!({ "room": { "open": true, "closedAt": "2026-06-05T11:22:30.664Z" } }),
        json!({ "room": { "closedAt": null } }),
        json!({ "room": {} }),
        json!({}),
    ] {
        let http = always(answer(200, &open));
        assert_eq!(client(http).is_closed(&room()).await, Ok(false), "{open}");
    }
    let refused = always(answer(
        400,
        json!({ "success": false, "error": "not-allowed" }),
    ));
    assert_eq!(client(refused).is_closed(&room()).await, Ok(false));
}

#[tokio::test]
async fn the_version_is_read_in_both_forms() {
    for body in [
        json!({ "version": "8.1" }),
        json!({ "info": { "version": "8.1" } }),
    ] {
        let (http, calls) = neighbour(answer(200, body));
        assert_eq!(client(http).fetch_version().await, Ok("8.1".to_owned()));
        assert_eq!(calls.only(), get("/api/info"));
    }
    let version = client(always(answer(200, "{}"))).fetch_version().await;
    assert_eq!(version, Err(RocketChatError::Unreadable));
}

#[tokio::test]
async fn departments_are_listed() {
    let list = json!({ "departments": [{ "_id": "d1", "name": "Sales", "enabled": false },
        { "name": "no id" }, { "_id": "d2" }], "success": true });
    let (http, calls) = neighbour(answer(200, list));
    let department = |id: &str, name: &str, enabled| Department {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled,
        ..Department::default()
    };
    let expected = vec![department("d1", "Sales", false), department("d2", "", true)];
    assert_eq!(client(http).list_departments().await, Ok(expected));
    assert_eq!(calls.only(), get("/api/v1/livechat/department?count=100"));
}

#[tokio::test]
async fn a_department_is_found_with_its_agents() {
    let found = json!({ "department": { "_id": "d 1", "name": "Sales" }, "agents": [{}, {}], "success": true });
    let (http, calls) = neighbour(answer(200, found));
    let found = client(http).find_department("d 1").await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.enabled, found.agents),
        ("Sales", true, Some(2))
    );
    assert_eq!(calls.only(), get("/api/v1/livechat/department/d+1"));
    let refused = always(answer(400, json!({ "success": false })));
    for none in [refused, always(answer(200, json!({ "department": null })))] {
        assert_eq!(client(none).find_department("d1").await, Ok(None));
    }
}

#[tokio::test]
async fn custom_fields_are_listed_and_defined() {
    let list = json!({ "customFields": [{ "_id": "a", "label": "A" }, { "label": "B" }], "success": true });
    let (http, calls) = neighbour(answer(200, list));
    assert_eq!(
        client(http).list_custom_fields().await,
        Ok(vec!["a".to_owned()])
    );
    assert_eq!(
        calls.only(),
        get("/api/v1/livechat/custom-fields?count=100")
    );
    let (http, calls) = neighbour(answer(200, json!({ "success": true })));
    let saved = client(http)
        .save_custom_field(("whatsapp_id", "WhatsApp number"))
        .await;
    assert_eq!(saved, Ok(()));
    let body = json!({ "customFieldId": null, "customFieldData": { "field": "whatsapp_id",
        "label": "WhatsApp number", "scope": "visitor", "visibility": "visible" } });
    assert_eq!(calls.only(), post("livechat/custom-fields.save", &body));
}

#[tokio::test]
async fn a_room_is_closed_as_the_visitor_or_as_the_bot() {
    let (http, calls) = neighbour(answer(200, json!({ "success": true })));
    assert_eq!(client(http).close_room(&token(), &room()).await, Ok(()));
    let body = json!({ "rid": "room1", "token": "b360-c1-p1-r&m" });
    assert_eq!(calls.only(), post("livechat/room.close", &body));
    let refusal = json!({ "success": false, "error": "error-not-allowed-to-close-conversation" });
    let (http, calls) = neighbour(answer(400, refusal));
    assert!(client(http).close_room(&token(), &room()).await.is_err());
    assert_eq!(calls.count(), 2, "the bot tries too");
}

#[tokio::test]
async fn public_settings_are_read_by_id() {
    let list = json!({ "settings": [{ "_id": "Other", "value": 1 },
        { "_id": "Site_Url", "value": "https://chat.example" }], "success": true });
    let (http, calls) = neighbour(answer(200, &list));
    let value = client(http).fetch_public_setting("Site_Url").await;
    assert_eq!(value, Ok(Some(json!("https://chat.example"))));
    assert_eq!(calls.only(), get("/api/v1/settings.public?_id=Site_Url"));
    let missing = client(always(answer(200, json!({ "settings": [] }))));
    assert_eq!(missing.fetch_public_setting("Site_Url").await, Ok(None));

    let (http, calls) = neighbour(answer(200, &list));
    let values = client(http)
        .fetch_public_settings(&["Site_Url", "Other", "None"])
        .await
        .unwrap();
    let site = ("Site_Url".to_owned(), json!("https://chat.example"));
    assert_eq!(
        values,
        BTreeMap::from([("Other".to_owned(), json!(1)), site])
    );
    assert_eq!(
        calls.only(),
        get("/api/v1/settings.public?_id=Site_Url%2COther%2CNone")
    );
}

#[tokio::test]
async fn the_webhooks_settings_are_read() {
    let list = json!({ "settings": [{ "_id": "Livechat_webhookUrl", "value": "u" },
        { "_id": "Livechat_http_timeout" }, { "value": 1 }], "success": true });
    let (http, calls) = neighbour(answer(200, list));
    let settings = client(http).fetch_webhook_settings().await.unwrap();
    let expected = [
        ("Livechat_http_timeout".to_owned(), Value::Null),
        ("Livechat_webhookUrl".to_owned(), json!("u")),
    ];
    assert_eq!(settings, BTreeMap::from(expected));
    assert_eq!(calls.only(), get("/api/v1/livechat/integrations.settings"));
}

#[tokio::test]
async fn the_webhook_is_pointed_to_us_and_switched_off() {
    let (http, calls) = neighbour(answer(200, json!({ "success": true })));
    let secret = Secret::new("s1");
    let done = client(http)
        .send_webhook_settings(
            "https://x.example/rc",
            Some(&secret),
            Some(WebhookEvents::default()),
        )
        .await;
    assert_eq!(done, Ok(()));
    let body = json!({ "LivechatWebhookUrl": "https://x.example/rc", "LivechatSecretToken": "s1",
        "LivechatWebhookOnClose": true, "LivechatWebhookOnAgentMessage": true,
        "LivechatWebhookOnVisitorMessage": false });
    assert_eq!(calls.only(), post("omnichannel/integrations", &body));

    let (http, calls) = neighbour(answer(200, json!({ "success": true })));
    let done = client(http).send_webhook_settings("", None, None).await;
    assert_eq!(done, Ok(()));
    let body = json!({ "LivechatWebhookUrl": "" });
    assert_eq!(calls.only(), post("omnichannel/integrations", &body));
}

#[tokio::test]
async fn the_visitor_routes_limit_is_read_from_a_refusal() {
    let refusal = json!({ "success": false, "error": "invalid-token" });
    let mut limited = answer_with(400, ("x-ratelimit-limit", "5"), refusal.clone());
    limited
        .headers_mut()
        .insert("x-ratelimit-remaining", "4".parse().unwrap());
    let (http, calls) = neighbour(limited);
    let expected = RouteLimit {
        calls: 5,
        remaining: 4,
    };
    assert_eq!(client(http).fetch_visitor_limit().await, Ok(Some(expected)));
    assert_eq!(
        calls.only(),
        get("/api/v1/livechat/room?token=b360-limit-probe")
    );
    let free = always(answer(400, refusal));
    assert_eq!(client(free).fetch_visitor_limit().await, Ok(None));
}
