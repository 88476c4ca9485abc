//! Lists of rooms and messages, in whatever form a version gives them.

use bridge::domain::time::Timestamp;
use serde_json::{Value, json};

use super::super::{always, answer, neighbour};
use super::{client, get, room, token};

fn agents(id: &str, at: &str) -> Value {
    json!({ "_id": id, "msg": "hi", "ts": at, "u": { "_id": "agent1", "username": "agent.one" } })
}

#[tokio::test]
async fn open_rooms_are_asked_for_by_their_last_message() {
    let listed = json!({ "rooms": [{
        "_id": "room1", "t": "l", "open": true, "v": { "_id": "v1", "token": "b360-c1-p1-r&m" },
        "ts": "2026-06-01T08:00:00.000Z", "lm": "2026-06-01T08:10:00.000Z",
        "lastMessage": agents("m1", "2026-06-01T08:10:00.000Z"),
    }], "count": 1, "offset": 0, "total": 1, "success": true });
    let (http, calls) = neighbour(answer(200, listed));
    let rooms = client(http).fetch_open_rooms(50).await.unwrap();
    let path = "/api/v1/livechat/rooms?open=true&count=50&sort=%7B%22lm%22%3A-1%7D";
    assert_eq!(calls.only(), get(path));
    let [found] = rooms.as_slice() else {
        panic!("{rooms:?}");
    };
    assert_eq!((&found.id, &found.token), (&room(), &token()));
    assert_eq!(found.opened_at, Timestamp::parse("2026-06-01T08:00:00Z"));
    assert_eq!(
        Some(found.last_at),
        Timestamp::parse("2026-06-01T08:10:00Z")
    );
    assert_eq!(found.last.as_ref().unwrap().message.id.as_str(), "m1");
}

#[tokio::test]
async fn rooms_are_read_leniently() {
    let at = "2026-06-01T08:00:00.000Z";
    let whole = json!({ "_id": "r", "v": { "token": "t" }, "lm": at });
    let with = |more: Value| {
        let mut room = whole.clone();
        let more = more.as_object().cloned().unwrap_or_default();
        room.as_object_mut().unwrap().extend(more);
        room
    };
    for (room, found) in [
        (whole.clone(), Some(false)),
        (
            with(json!({ "lastMessage": null, "open": true })),
            Some(false),
        ),
        (with(json!({ "lastMessage": "m1" })), Some(false)),
        (
            with(json!({ "lm": null, "lastMessage": agents("m1", at) })),
            Some(true),
        ),
        (
            with(json!({ "lm": { "$date": 1_780_300_800_000_i64 } })),
            Some(false),
        ),
        (with(json!({ "open": false })), None),
        (with(json!({ "lm": null })), None),
        (with(json!({ "_id": 7 })), None),
        (with(json!({ "v": null })), None),
        (json!("r"), None),
    ] {
        let http = always(answer(200, json!({ "rooms": [&room], "success": true })));
        let rooms = client(http).fetch_open_rooms(50).await.unwrap();
        let has_last = rooms.first().map(|room| room.last.is_some());
        assert_eq!(has_last, found, "{room}");
    }
    for body in [
        json!({ "success": true }),
        json!({ "rooms": {} }),
        json!([]),
    ] {
        let http = always(answer(200, body));
        assert_eq!(client(http).fetch_open_rooms(50).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_history_gives_what_agents_wrote_oldest_first() {
    let later = "2026-06-01T08:02:00.000Z";
    let messages = json!([
        { "_id": "m4", "msg": "?", "ts": "2026-06-01T08:03:00.000Z", "token": "b360-c1-p1-r&m",
            "u": { "_id": "v1", "username": "guest-1" } },
        agents("m3", later),
        agents("m2", later),
        { "_id": "s1", "t": "uj", "msg": "agent.one", "ts": later, "u": { "_id": "agent1" } },
        agents("m1", "2026-06-01T08:00:00.000Z"),
    ]);
    let listed = json!({ "messages": messages, "success": true });
    let (http, calls) = neighbour(answer(200, listed));
    let history = client(http)
        .fetch_history(&token(), &room(), 100)
        .await
        .unwrap();
    let path = "/api/v1/livechat/messages.history/room1?token=b360-c1-p1-r%26m&limit=100";
    assert_eq!(calls.only(), get(path));
    assert_eq!(history.newest, Timestamp::parse("2026-06-01T08:03:00Z"));
    let ids = history
        .standing
        .iter()
        .map(|standing| standing.message.id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["m1", "m2", "m3"]);
    let empty = always(answer(200, json!({ "messages": [], "success": true })));
    let history = client(empty).fetch_history(&token(), &room(), 100).await;
    assert_eq!(
        history,
        Ok(bridge::rocketchat::client::rooms::History::default())
    );
}
