use serde_json::json;

use super::super::Version;
use super::{Desk, staffed};

#[tokio::test]
async fn visitor_without_token_or_with_a_stray_key_is_refused() {
    let desk = Desk::v8();
    let got = desk
        .post("livechat/visitor", json!({ "visitor": { "name": "Ana" } }))
        .await;
    assert_eq!(
        got.error(),
        "Match error: Missing key 'token' in field visitor"
    );
    let got = desk
        .post(
            "livechat/visitor",
            json!({ "visitor": { "token": "t" }, "x": 1 }),
        )
        .await;
    assert!(got.error().starts_with("Match error: Unknown key"));
    let got = desk
        .post("livechat/visitor", json!({ "visitor": { "token": " " } }))
        .await;
    assert_eq!(got.error(), "Token cannot be empty [error-invalid-token]");
    let inner = json!({ "visitor": { "token": "t", "surprise": 1 } });
    assert_eq!(desk.post("livechat/visitor", inner).await.status, 200);
}

#[tokio::test]
async fn visitor_found_by_phone_answers_with_the_old_token() {
    let desk = Desk::v8();
    let first = json!({ "visitor": { "token": "old", "phone": "+551199", "name": "Ana" } });
    let got = desk.post("livechat/visitor", first).await;
    assert_eq!(
        got.body["visitor"]["phone"],
        json!([{ "phoneNumber": "+551199" }])
    );
    let second = json!({ "visitor": { "token": "new", "phone": "+551199", "name": "Ana B" } });
    let got = desk.post("livechat/visitor", second.clone()).await;
    assert_eq!(got.body["visitor"]["token"], json!("old"));
    assert_eq!(got.body["visitor"]["name"], json!("Ana B"));
    assert_eq!(desk.rc.visitors().len(), 1);
    // Registered without the phone first, the token wins.
    desk.post("livechat/visitor", json!({ "visitor": { "token": "new" } }))
        .await;
    let got = desk.post("livechat/visitor", second).await;
    assert_eq!(got.body["visitor"]["token"], json!("new"));
    assert_eq!(desk.rc.visitors().len(), 2);
}

#[tokio::test]
async fn visitor_found_by_email_gets_the_new_token() {
    let desk = Desk::v8();
    for token in ["old", "new"] {
        let visitor = json!({ "token": token, "email": "ana@example.org" });
        let got = desk
            .post("livechat/visitor", json!({ "visitor": visitor }))
            .await;
        assert_eq!(got.body["visitor"]["token"], json!(token));
    }
    assert_eq!(
        desk.get("livechat/visitor/old").await.error(),
        "invalid-token"
    );
}

#[tokio::test]
async fn visitor_department_by_name_or_id_but_not_unknown() {
    let desk = Desk::new(staffed(Version::V8).with_department("Sales", &["agent.two"]));
    let with = |department: &str| json!({ "visitor": { "token": "t", "department": department } });
    let got = desk.post("livechat/visitor", with("Nowhere")).await;
    assert_eq!(got.kind(), "error-invalid-department");
    let got = desk.post("livechat/visitor", with("Sales")).await;
    assert_eq!(got.body["visitor"]["department"], json!("dep-Sales"));
    let room = desk.get("livechat/room?token=t").await;
    assert_eq!(room.body["room"]["departmentId"], json!("dep-Sales"));
    assert_eq!(
        room.body["room"]["servedBy"]["username"],
        json!("agent.two")
    );
}

#[tokio::test]
async fn undefined_custom_fields_vanish_and_defined_ones_stay() {
    let desk = Desk::v8();
    let define = json!({ "customFieldId": null, "customFieldData": { "field": "whatsapp_id",
        "label": "WhatsApp", "scope": "visitor", "visibility": "visible" } });
    assert_eq!(
        desk.bot("livechat/custom-fields.save", define).await.status,
        200
    );
    let field = |key: &str| json!({ "key": key, "value": "1", "overwrite": true });
    let visitor = json!({ "token": "t", "customFields": [field("whatsapp_id"), field("other")] });
    let got = desk
        .post("livechat/visitor", json!({ "visitor": visitor }))
        .await;
    assert_eq!(
        got.body["visitor"]["livechatData"],
        json!({ "whatsapp_id": "1" })
    );
    let bad = json!({ "token": "t", "customFields": [{ "key": "whatsapp_id", "value": "1" }] });
    let got = desk
        .post("livechat/visitor", json!({ "visitor": bad }))
        .await;
    assert!(got.error().contains("Missing key 'overwrite'"));
    let one = json!({ "token": "t", "key": "nope", "value": "1", "overwrite": true });
    assert_eq!(
        desk.post("livechat/custom.field", one).await.error(),
        "invalid-custom-field"
    );
}

#[tokio::test]
async fn room_is_found_again_until_closed_and_query_is_strict() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let again = desk.get("livechat/room?token=t-ana").await;
    assert_eq!(again.body["newRoom"], json!(false));
    assert_eq!(again.body["room"]["_id"], json!(rid));
    assert_eq!(again.body["room"]["source"], json!({ "type": "api" }));
    let strict = desk.get("livechat/room?token=t-ana&department=x").await;
    assert!(strict.error().starts_with("Match error: Unknown key"));
    assert_eq!(
        desk.get("livechat/room?token=nobody").await.error(),
        "invalid-token"
    );
    let got = desk.get("livechat/room?token=t-ana&rid=other").await;
    assert_eq!(got.error(), "invalid-room");
    desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
    let next = desk.get("livechat/room?token=t-ana").await;
    assert_eq!(next.body["newRoom"], json!(true));
    assert_ne!(next.body["room"]["_id"], json!(rid));
    assert_eq!(desk.rc.rooms_of_token("t-ana").len(), 2);
}

#[tokio::test]
async fn agents_take_turns() {
    let desk = Desk::v8();
    let mut served = Vec::new();
    for token in ["a", "b", "c"] {
        desk.post("livechat/visitor", json!({ "visitor": { "token": token } }))
            .await;
        let got = desk.get(&format!("livechat/room?token={token}")).await;
        served.push(
            got.body["room"]["servedBy"]["username"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(served, ["agent.one", "agent.two", "agent.one"]);
}

#[tokio::test]
async fn nobody_online_is_an_error_or_a_queue() {
    let desk = Desk::v8();
    for agent in ["agent.one", "agent.two"] {
        desk.rc.set_agent_online(agent, false).unwrap();
    }
    desk.post("livechat/visitor", json!({ "visitor": { "token": "t" } }))
        .await;
    let got = desk.get("livechat/room?token=t").await;
    assert_eq!(got.kind(), "no-agent-online");
    assert_eq!(got.error(), "Sorry, no online agents [no-agent-online]");
    assert_eq!(
        desk.get("livechat/config").await.body["config"]["online"],
        json!(false)
    );
    desk.rc.set_accept_without_agents(true);
    let got = desk.get("livechat/room?token=t").await;
    assert_eq!(got.status, 200);
    assert!(got.body["room"].get("servedBy").is_none());
    let rid = got.body["room"]["_id"].as_str().unwrap();
    desk.rc.take(rid, "agent.two").unwrap();
    assert_eq!(
        desk.rc.room(rid).unwrap().served_by.as_deref(),
        Some("agent.two")
    );
}

#[tokio::test]
async fn omnichannel_switched_off() {
    let desk = Desk::new(staffed(Version::V8).with_setting("Livechat_enabled", false));
    desk.post("livechat/visitor", json!({ "visitor": { "token": "t" } }))
        .await;
    let got = desk.get("livechat/room?token=t").await;
    assert_eq!(got.kind(), "error-omnichannel-is-disabled");
    let config = desk.get("livechat/config").await;
    assert_eq!(config.body["config"], json!({ "enabled": false }));
}

#[tokio::test]
async fn blocked_contact_is_refused() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    desk.rc.block_contact("t-ana", true).unwrap();
    assert_eq!(
        desk.says(&rid, "m1", "hi").await.error(),
        "error-contact-channel-blocked"
    );
}

#[tokio::test]
async fn visitor_with_an_open_room_cannot_be_deleted() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    desk.says(&rid, "m1", "hello").await;
    let path = "livechat/visitor/t-ana";
    let got = desk.call("DELETE", path, None, json!(null)).await;
    assert_eq!(got.kind(), "visitor-has-open-rooms");
    desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
    assert_eq!(
        desk.call("DELETE", path, None, json!(null)).await.status,
        200
    );
    assert_eq!(
        (
            desk.rc.visitors().len(),
            desk.rc.rooms().len(),
            desk.rc.message_count()
        ),
        (0, 0, 0)
    );
    assert_eq!(desk.get(path).await.error(), "invalid-token");
}

#[tokio::test]
async fn queued_room_has_no_agent_yet() {
    let desk = Desk::new(staffed(Version::V8).with_manual_routing());
    let rid = desk.ana().await;
    let path = format!("livechat/agent.info/{rid}/t-ana");
    assert_eq!(desk.get(&path).await.error(), "invalid-agent");
    desk.rc.take(&rid, "agent.two").unwrap();
    assert_eq!(
        desk.get(&path).await.body["agent"]["username"],
        json!("agent.two")
    );
    let room = desk.get("livechat/room?token=t-ana").await;
    assert_eq!(room.body["room"]["servedBy"]["_id"], json!("id-agent.two"));
}
