//! What programs send through `POST /v1/messages`: as they gave it, once, in order, never held.

use std::time::Duration;

use bridge::domain::ids::{PostId, VisitorToken};
use bridge::domain::settings::{Settings, UnknownOutcome};
use bridge::flows::outbound;
use bridge::queue::fifo::Record;
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::whatsapp::{Customer, Outage, SendFault};
use serde_json::{Value, json};

use super::desk::{ANA, Room};
use super::hold::silent_for_a_day;

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];
const BEN: &str = "491715550100";

/// A text to Ana.
fn text(body: &str) -> Value {
    json!({ "connection": "c1", "to": "+1 (650) 555-1234", "type": "text", "text": { "body": body } })
}

/// A message of another type to Ana.
fn of(kind: &str, member: Value) -> Value {
    json!({ "connection": "c1", "to": ANA, "type": kind, kind: member })
}

/// Sends and gives the id.
async fn sent(w: &World, body: &Value) -> String {
    let (status, answer) = w.program_sends(body).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(answer["state"], "queued");
    answer["id"].as_str().expect("an id").to_owned()
}

/// Code and status of a refusal.
async fn refused(w: &World, body: &Value) -> (u16, String) {
    let (status, answer) = w.program_sends(body).await;
    let code = answer["error"]["code"].as_str().unwrap_or_default();
    (status, code.to_owned())
}

/// State and code of a message's part.
async fn state(w: &World, id: &str) -> (String, Value) {
    let (status, answer) = w.message(id).await;
    assert_eq!(status, 200, "{answer}");
    let part = &answer["parts"][0];
    let state = part["state"].as_str().unwrap_or_default().to_owned();
    assert_eq!(answer["state"], state.as_str());
    (state, part["code"].clone())
}

/// The member of the newest message on Ana's phone, and the whole of it.
fn newest(room: &Room) -> Value {
    let inbox = room.w.whatsapp.inbox(&room.ana);
    inbox.last().expect("a message").body.clone()
}

fn notes(room: &Room) -> Vec<String> {
    super::hold::notes(&room.w, &room.id)
}

#[tokio::test(start_paused = true)]
async fn a_text_arrives_and_agents_see_it() {
    let room = Room::new().await;
    let id = sent(&room.w, &text("Your parcel\nis here")).await;
    assert_eq!(
        state(&room.w, &id).await,
        ("queued".to_owned(), Value::Null)
    );
    room.w.settle().await;
    assert_eq!(
        newest(&room),
        json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234",
            "type": "text", "text": { "body": "Your parcel\nis here" },
            "biz_opaque_callback_data": format!("{id}#0") })
    );
    let line = "bot: Sent through the API by key for send:\n> Your parcel\n> is here";
    assert_eq!(notes(&room), [line]);
    let (_, answer) = room.w.message(&id).await;
    assert_eq!(answer["state"], "delivered");
    let wamid = &room.w.whatsapp.inbox(&room.ana)[0].wamid;
    assert_eq!(answer["parts"][0]["wamid"], wamid.as_str());
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn each_type_goes_out_as_it_was_given() {
    let room = Room::new().await;
    let asked = &room.w.whatsapp.said(&room.ana)[0].wamid;
    let button = |id: &str| json!({ "type": "reply", "reply": { "id": id, "title": id } });
    for (kind, member) in [
        (
            "text",
            json!({ "body": "https://x.example", "preview_url": true }),
        ),
        (
            "interactive",
            json!({ "type": "button", "body": { "text": "Well?" }, "footer": { "text": "f" },
            "action": { "buttons": [button("yes"), button("no")] } }),
        ),
        (
            "interactive",
            json!({ "type": "list", "body": { "text": "Well?" }, "action": { "button": "Open",
            "sections": [{ "rows": [{ "id": "1", "title": "One", "description": "first" }] }] } }),
        ),
        (
            "interactive",
            json!({ "type": "cta_url", "body": { "text": "Well?" }, "action": {
            "name": "cta_url", "parameters": { "display_text": "Go", "url": "https://x.example" } } }),
        ),
        (
            "location",
            json!({ "latitude": 37.75, "longitude": -122.4, "name": "HQ" }),
        ),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "Jane Doe", "first_name": "Jane" },
            "phones": [{ "phone": "+1650", "type": "WORK" }] }]),
        ),
        ("reaction", json!({ "message_id": asked, "emoji": "👍" })),
    ] {
        let id = sent(&room.w, &of(kind, member.clone())).await;
        room.w.settle().await;
        let body = newest(&room);
        assert_eq!((&body["type"], &body[kind]), (&json!(kind), &member));
        assert_eq!(body["biz_opaque_callback_data"], format!("{id}#0"));
    }
    assert_eq!(notes(&room).len(), 7);
    assert!(
        notes(&room)[1].ends_with("> Well?\n> f\n> [yes]\n> [no]"),
        "{:?}",
        notes(&room)
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn files_behind_links_are_uploaded_once_and_sent_by_their_id() {
    let room = Room::new().await;
    for (kind, name, bytes) in [
        ("image", "/a.jpg", JPEG),
        ("video", "/a.mp4", b"\0\0\0\x18ftypmp42"),
        ("audio", "/a.mp3", b"ID3 and sound"),
        ("document", "/offer.pdf", b"%PDF-1.7 an offer"),
        ("sticker", "/a.webp", b"RIFF\0\0\0\0WEBPVP8 "),
    ] {
        let link = room.w.serves(name, bytes);
        sent(&room.w, &of(kind, json!({ "link": link }))).await;
        room.w.settle().await;
        let body = newest(&room);
        let id = body[kind]["id"].as_str().expect("an id").to_owned();
        assert!(body[kind].get("link").is_none(), "{body}");
        assert_eq!(room.w.whatsapp.file(&id).expect("a file").1, bytes);
        if kind == "document" {
            assert_eq!(body[kind]["filename"], "offer.pdf");
            // the same by the id that it has now
            sent(&room.w, &of(kind, json!({ "id": id, "caption": "Again" }))).await;
            room.w.settle().await;
            assert_eq!(newest(&room)[kind], json!({ "id": id, "caption": "Again" }));
        }
    }
    let link = room.w.serves("/head.jpg", JPEG);
    let member = json!({ "type": "button", "body": { "text": "Well?" },
        "header": { "type": "image", "image": { "link": link } },
        "action": { "buttons": [{ "type": "reply", "reply": { "id": "y", "title": "Yes" } }] } });
    sent(&room.w, &of("interactive", member)).await;
    room.w.settle().await;
    assert!(newest(&room)["interactive"]["header"]["image"]["id"].is_string());
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_not_there_ends_as_failed() {
    let room = Room::new().await;
    let gone = of("image", json!({ "link": "https://files.test/none.jpg" }));
    let page = room.w.serves("/page.jpg", &b"<html>"[..]);
    let first = sent(&room.w, &gone).await;
    let second = sent(&room.w, &of("image", json!({ "link": page }))).await;
    room.w.settle().await;
    let (failed, code) = state(&room.w, &first).await;
    assert_eq!(failed, "failed", "{code}");
    let wrong = (String::from("failed"), json!("file_of_wrong_type"));
    assert_eq!(state(&room.w, &second).await, wrong);
    assert!(room.w.texts(&room.ana).is_empty());
    assert_eq!(notes(&room).len(), 2, "{:?}", notes(&room));
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_quote_is_a_message_of_this_conversation() {
    let room = Room::new().await;
    let ben = room.w.customer("Ben", BEN);
    let bens = room.w.says(&ben, "Hello");
    room.w.settle().await;
    let asked = room.w.whatsapp.said(&room.ana)[0].wamid.clone();
    let quoting = |wamid: &str| {
        let mut body = text("This one?");
        body["context"] = json!({ "message_id": wamid });
        body
    };
    sent(&room.w, &quoting(&asked)).await;
    room.w.settle().await;
    assert_eq!(newest(&room)["context"], json!({ "message_id": asked }));
    let unknown = (404, "unknown_message".to_owned());
    assert_eq!(refused(&room.w, &quoting(&bens)).await, unknown);
    let reaction = of("reaction", json!({ "message_id": bens, "emoji": "👍" }));
    assert_eq!(refused(&room.w, &reaction).await, unknown);
    // our own message too
    let own = room.w.whatsapp.inbox(&room.ana)[0].wamid.clone();
    sent(&room.w, &quoting(&own)).await;
    room.w.settle().await;
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_customer_answers_a_programs_message() {
    let room = Room::new().await;
    let id = sent(&room.w, &text("Which size?")).await;
    room.w.settle().await;
    let asked = room.w.whatsapp.inbox(&room.ana)[0].wamid.clone();
    let number = "15550783881";
    room.w.whatsapp.replies(number, &room.ana, &asked, "Large");
    room.w.settle().await;
    let last = room.w.transcript(&room.id).pop().expect("a line");
    let line = PostId::of_note(&id).to_string();
    assert_eq!((last.text.as_str(), last.quotes), ("Large", Some(line)));
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_room_and_a_chat_lead_to_their_contact() {
    let room = Room::new().await;
    let to = |key: &str, id: &str| {
        let mut body = text("Hi");
        body.as_object_mut().expect("an object").remove("to");
        body[key] = json!(id);
        body
    };
    let token = room.w.room(ANA).visitor_token;
    let (_, contact) = VisitorToken::new(token.as_str()).parts().expect("ours");
    sent(&room.w, &to("roomId", &room.id)).await;
    sent(&room.w, &to("chatId", contact.as_str())).await;
    sent(&room.w, &to("chatId", &token)).await;
    room.w.agent_closes(&room.id);
    room.w.settle().await;
    sent(&room.w, &to("roomId", &room.id)).await;
    room.w.settle().await;
    assert_eq!(room.w.texts(&room.ana), ["Hi"; 4]);
    let forged = format!("{token}x");
    for (key, id, code) in [
        ("roomId", "none", "unknown_room"),
        ("chatId", "none", "unknown_chat"),
        ("chatId", forged.as_str(), "unknown_chat"),
    ] {
        let expected = (404, code.to_owned());
        assert_eq!(refused(&room.w, &to(key, id)).await, expected, "{key} {id}");
    }
    assert_eq!(room.w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn another_connections_room_is_not_there() {
    let w = World::with(Setup {
        connections: 2,
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let mut body = text("Hi");
    body["connection"] = json!("c2");
    let closed = (409, "window_closed".to_owned());
    assert_eq!(refused(&w, &body).await, closed, "she wrote to the first");
    body.as_object_mut().expect("an object").remove("to");
    body["roomId"] = json!(w.room(ANA).id);
    assert_eq!(refused(&w, &body).await, (404, "unknown_room".to_owned()));
    body["connection"] = json!("c3");
    assert_eq!(refused(&w, &body).await, (404, "not_found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_person_without_a_number_is_named_by_the_user_id() {
    const ID: &str = "US.13491208655302741918";
    let w = World::new().await;
    let bea = w.customer_with(Customer {
        name: "Bea".to_owned(),
        user_id: Some(ID.to_owned()),
        ..Customer::default()
    });
    let mut body = text("Hi");
    body["to"] = json!(ID);
    let closed = (409, "window_closed".to_owned());
    assert_eq!(refused(&w, &body).await, closed, "she has not written");
    w.says(&bea, "Hello");
    w.settle().await;
    sent(&w, &body).await;
    w.settle().await;
    assert_eq!(w.texts(&bea), ["Hi"]);
    assert_eq!(w.whatsapp.inbox(&bea)[0].body["recipient"], ID);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_key_is_one_message() {
    let room = Room::new().await;
    let key = room.w.api_key(&["send"]).await;
    let ask = async |key: &str, name: &str, body: &Value| {
        let mut request = room.w.message_request(key, body);
        let name = name.parse().expect("a header");
        request.headers_mut().insert("Idempotency-Key", name);
        let answer = room.w.request(request).await;
        let replayed = answer.headers().get("Idempotency-Replayed").cloned();
        let (status, body) = bridge_harness::read(&answer);
        (status, body, replayed.is_some())
    };
    let (status, first, replayed) = ask(&key, "a", &text("Hi")).await;
    assert_eq!((status, replayed), (202, false));
    room.w.settle().await;
    assert_eq!(
        ask(&key, "a", &text("Hi")).await,
        (202, first.clone(), true)
    );
    let (status, answer, _) = ask(&key, "a", &text("Ho")).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("idempotency_key_reused"))
    );
    let other = room.w.api_key(&["send", "bulk"]).await;
    let (status, second, replayed) = ask(&other, "a", &text("Hi")).await;
    assert_eq!(
        (status, replayed),
        (202, false),
        "another caller's key is another key"
    );
    assert_ne!(second["id"], first["id"]);
    let (status, _, _) = ask(&key, "b", &text("Hi")).await;
    assert_eq!(status, 202);
    // without a key the same words twice are two messages
    sent(&room.w, &text("Hi")).await;
    sent(&room.w, &text("Hi")).await;
    room.w.settle().await;
    assert_eq!(room.w.texts(&room.ana), ["Hi"; 5]);
    let (status, _) = room.w.message(second["id"].as_str().expect("an id")).await;
    assert_eq!(
        status, 404,
        "who sends to one at a time sees own messages only"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_window_refuses_at_the_door_and_writes_nothing() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    let closed = (409, "window_closed".to_owned());
    assert_eq!(refused(&w, &text("Hi")).await, closed);
    let mut unknown = text("Hi");
    unknown["to"] = json!(BEN);
    assert_eq!(refused(&w, &unknown).await, closed);
    w.settle().await;
    assert!(w.texts(&ana).is_empty());
    assert_eq!(super::hold::notes(&w, &room), Vec::<String>::new());
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_closes_later_ends_the_message() {
    let room = Room::new().await;
    room.w.sleep(Duration::from_secs(24 * 3600 - 60)).await;
    room.w.pause(Function::ToWhatsapp, Duration::from_secs(120));
    let late = sent(&room.w, &text("Late")).await;
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("window_closed"));
    assert_eq!(state(&room.w, &late).await, expected);
    assert!(room.w.texts(&room.ana).is_empty());
    assert_eq!(notes(&room).len(), 1, "{:?}", notes(&room));
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn whatsapps_word_on_the_window_ends_the_message() {
    let room = Room::new().await;
    room.w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_047,
        details: "Re-engagement message".to_owned(),
    });
    let id = sent(&room.w, &text("Hi")).await;
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("window_closed"));
    assert_eq!(state(&room.w, &id).await, expected);
    let closed = (409, "window_closed".to_owned());
    assert_eq!(
        refused(&room.w, &text("Hi")).await,
        closed,
        "the clock is right now"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_agents_wrote_before_goes_first() {
    let (w, ana, room) = silent_for_a_day(Setup::default()).await;
    w.agent_says(&room, "one");
    w.settle().await;
    w.pause(Function::ToWhatsapp, Duration::from_secs(30));
    w.says(&ana, "I am back");
    w.run_for(Duration::from_secs(10)).await;
    sent(&w, &text("two")).await;
    w.settle().await;
    assert_eq!(w.texts(&ana), ["*Agent One:*\none", "two"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_switched_off_takes_nothing() {
    let room = Room::new().await;
    room.w.pause(Function::ToWhatsapp, Duration::from_secs(120));
    let id = sent(&room.w, &text("Hi")).await;
    let app = room.w.app();
    let found = app.store.find_connection(&room.w.connection, room.w.now());
    let before = found.await.expect("store").expect("a connection");
    let mut after = before.clone();
    after.enabled = false;
    after.version += 1;
    let saved = app.store.save_connection(&before, &after).await;
    saved.expect("saved");
    let off = (409, "disabled_number".to_owned());
    assert_eq!(refused(&room.w, &text("Hi")).await, off);
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("not_connected"));
    assert_eq!(state(&room.w, &id).await, expected);
    assert!(room.w.texts(&room.ana).is_empty());
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_the_room_and_at_the_status_endpoint() {
    let room = Room::with(Settings {
        message_status_endpoint_url: World::ENDPOINT.to_owned(),
        ..Settings::default()
    })
    .await;
    room.w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_026,
        details: "no".to_owned(),
    });
    let id = sent(&room.w, &text("Hi")).await;
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("whatsapp_131026"));
    assert_eq!(state(&room.w, &id).await, expected);
    assert!(notes(&room)[0].contains("“Hi”"), "{:?}", notes(&room));
    let told = room.w.endpoint.calls();
    let told: Vec<_> = told.iter().map(|one| format!("{one:?}")).collect();
    assert!(
        told.iter()
            .any(|one| one.contains(&id) && one.contains("failed")),
        "{told:?}"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_too_long_is_given_up() {
    let room = Room::new().await;
    room.w.whatsapp.outage(Some(Outage::Status(503)));
    let id = sent(&room.w, &text("Hi")).await;
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("too_old"));
    assert_eq!(state(&room.w, &id).await, expected);
    assert_eq!(notes(&room).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_of_a_message_ends_it() {
    let room = Room::new().await;
    room.w.pause(Function::ToWhatsapp, Duration::from_secs(60));
    let id = sent(&room.w, &text("Hi")).await;
    let app = room.w.app();
    let known = PostId::new(id.as_str());
    let found = app.store.find_program(&known, room.w.now());
    let record = found.await.expect("store").expect("a record");
    let task = json!({ "task": "ProgramV1", "connection": record.connection,
        "contact": record.contact, "message": id });
    let dead = Record {
        body: task.to_string(),
        id: "dead".to_owned(),
        group: String::new(),
        receives: 1,
        sent_at: None,
        sequence: String::new(),
        until: tokio::time::Instant::now(),
    };
    let ended = outbound::give_up_dead(&app, &dead, room.w.now()).await;
    ended.expect("it is given up");
    room.w.settle().await;
    let expected = ("failed".to_owned(), json!("dead_letter"));
    assert_eq!(state(&room.w, &id).await, expected);
    assert!(
        room.w.texts(&room.ana).is_empty(),
        "its own task sends nothing more"
    );
    assert_eq!(room.w.parked().await, ["outbound dead_letter"]);
    assert_eq!(notes(&room).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_neither_loses_nor_doubles_a_message() {
    for n in 1..30 {
        let room = Room::with(Settings {
            unknown_outcome: UnknownOutcome::Resend,
            ..Settings::default()
        })
        .await;
        let link = room.w.serves("/a.jpg", JPEG);
        let key = room.w.api_key(&["send"]).await;
        room.w.effects.clear();
        room.w.effects.plan(n, Fault::Kill);
        let body = of("image", json!({ "link": link, "caption": "Look" }));
        let ask = || {
            let mut request = room.w.message_request(&key, &body);
            let name = "a".parse().expect("a header");
            request.headers_mut().insert("Idempotency-Key", name);
            room.w.call(request)
        };
        // the program asks again where its door died, as it is told to
        if ask().await.is_none() {
            room.w.sleep(Duration::from_secs(31)).await;
            let again = ask().await.expect("the door answers");
            assert_eq!(again.status(), 202, "killed at call {n}");
        }
        room.w.settle().await;
        let kinds: Vec<_> = room
            .w
            .whatsapp
            .inbox(&room.ana)
            .into_iter()
            .map(|one| one.kind)
            .collect();
        assert_eq!(kinds, ["image"], "killed at call {n}");
        assert_eq!(
            notes(&room).len(),
            1,
            "killed at call {n}: {:?}",
            notes(&room)
        );
        room.w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused_at_the_door_in_words_that_name_the_field() {
    let room = Room::new().await;
    let without = |key: &str| {
        let mut body = text("Hi");
        body.as_object_mut().expect("an object").remove(key);
        body
    };
    let with = |key: &str, value: Value| {
        let mut body = text("Hi");
        body[key] = value;
        body
    };
    let button = |id: &str| json!({ "type": "reply", "reply": { "id": id, "title": "T" } });
    let buttons = |all: Vec<Value>| {
        of(
            "interactive",
            json!({ "type": "button", "body": { "text": "Well?" },
            "action": { "buttons": all } }),
        )
    };
    for (body, code, named) in [
        (without("connection"), "missing_field", "`connection`"),
        (without("to"), "missing_field", "`roomId`"),
        (without("type"), "missing_field", "`type`"),
        (without("text"), "missing_field", "`text`"),
        (
            with("roomId", json!("r")),
            "invalid_field",
            "exactly one of",
        ),
        (with("to", json!("Ana")), "invalid_field", "`to`"),
        (
            with("to", json!(16_505_551_234_u64)),
            "invalid_field",
            "`to`",
        ),
        (with("type", json!("fax")), "unknown_type", "`fax`"),
        (
            with("image", json!({ "id": "1" })),
            "unknown_field",
            "`image`",
        ),
        (
            with("context", json!({})),
            "missing_field",
            "`context.message_id`",
        ),
        (text(&"x".repeat(4097)), "invalid_field", "`text.body`"),
        (
            buttons(["a", "b", "c", "d"].map(button).into()),
            "invalid_field",
            "buttons`",
        ),
        (
            buttons(vec![button("a"), button("a")]),
            "invalid_field",
            "reply.id`",
        ),
        (
            of("image", json!({ "link": "https://127.0.0.1/a.jpg" })),
            "invalid_field",
            "`image.link`",
        ),
        (
            of("image", json!({ "link": "http://files.test/a.jpg" })),
            "invalid_field",
            "`image.link`",
        ),
    ] {
        let (status, answer) = room.w.program_sends(&body).await;
        let error = &answer["error"];
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{body}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(named), "{message}");
    }
    room.w.settle().await;
    assert!(room.w.texts(&room.ana).is_empty());
    room.w.assert_clean().await;
}
