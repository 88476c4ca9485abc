use serde_json::{Value, json};

use super::super::{Speaker, Version};
use super::{Desk, Got, staffed};

async fn rooms(desk: &Desk, user: Option<&str>, query: &str) -> Got {
    let path = format!("livechat/rooms{query}");
    desk.call("GET", &path, user, Value::Null).await
}

fn ids(got: &Got) -> Vec<&str> {
    assert_eq!(got.status, 200, "{}", got.body);
    let rooms = got.body["rooms"].as_array().unwrap();
    rooms
        .iter()
        .map(|room| room["_id"].as_str().unwrap())
        .collect()
}

/// The rooms of three visitors; something was written last in the first one. The third is closed.
async fn three(desk: &Desk) -> [String; 3] {
    let mut all = Vec::new();
    for token in ["t-one", "t-two", "t-three"] {
        let visitor = json!({ "visitor": { "token": token } });
        desk.post("livechat/visitor", visitor).await;
        let got = desk.get(&format!("livechat/room?token={token}")).await;
        all.push(got.body["room"]["_id"].as_str().unwrap().to_owned());
        desk.sleep(1_000);
    }
    let [one, two, three]: [String; 3] = all.try_into().unwrap();
    desk.rc.agent_closes(&three, "agent.one", "").unwrap();
    desk.sleep(1_000);
    desk.rc.agent_says(&one, "agent.one", "hello").unwrap();
    [one, two, three]
}

#[tokio::test]
async fn open_rooms_are_listed_by_their_last_message() {
    let desk = Desk::v8();
    let [one, two, three] = three(&desk).await;
    let bot = Some("whatsapp.bot");
    let got = rooms(&desk, bot, "?open=true&count=50&sort=%7B%22lm%22%3A-1%7D").await;
    assert_eq!(ids(&got), [one.as_str(), two.as_str()]);
    let first = &got.body["rooms"][0];
    assert_eq!(first["v"]["token"], json!("t-one"));
    assert_eq!(first["lastMessage"]["msg"], json!("hello"));
    assert_eq!(first["lm"], first["lastMessage"]["ts"]);
    assert_eq!(
        (&got.body["total"], &got.body["count"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        ids(&rooms(&desk, bot, "?open=false").await),
        [three.as_str()]
    );
    let got = rooms(&desk, bot, "?count=1&offset=1").await;
    assert_eq!(ids(&got), [two.as_str()], "the newest first");
    assert_eq!(got.body["total"], json!(3));
}

#[tokio::test]
async fn rooms_are_for_managers_and_the_query_is_closed() {
    let desk = Desk::v8();
    assert_eq!(rooms(&desk, None, "").await.status, 401);
    assert_eq!(rooms(&desk, Some("agent.one"), "").await.status, 403);
    let bot = Some("whatsapp.bot");
    for (query, kind) in [
        ("?token=t", "invalid-params"),
        ("?count=many", "invalid-params"),
        ("?sort=lm", "error-invalid-sort"),
    ] {
        assert_eq!(rooms(&desk, bot, query).await.kind(), kind, "{query}");
    }
}

#[tokio::test]
async fn who_waits_in_the_queue_is_not_open_in_newer_versions() {
    for (version, open) in [(Version::V8, 0), (Version::V7, 1), (Version::V6_0, 1)] {
        let desk = Desk::new(staffed(version).with_manual_routing());
        desk.ana().await;
        let got = rooms(&desk, Some("whatsapp.bot"), "?open=true").await;
        assert_eq!(ids(&got).len(), open, "{version:?}");
    }
}

#[tokio::test]
async fn events_of_a_server_that_died_are_lost_until_somebody_sends_them() {
    let url = "https://bridge.example.org/events";
    let desk = Desk::new(staffed(Version::V8).with_webhook(url, "secret"));
    let rid = desk.ana().await;
    desk.rc.agent_says(&rid, "agent.one", "hello").unwrap();
    desk.rc.die();
    assert_eq!(desk.rc.next_due_ms(), None);
    assert_eq!(desk.rc.lost_events()[0].reason, "died");
    let line = desk.rc.transcript(&rid).pop().unwrap();
    assert_eq!(line.author, Speaker::Agent("agent.one".to_owned()));
    desk.rc.send_lost();
    assert!(desk.rc.lost_events().is_empty());
    assert!(desk.rc.next_due_ms().is_some());
}
