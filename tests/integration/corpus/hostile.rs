//! Bodies made to break a parser: an error or a meaning, soon, and never a panic.

use std::time::{Duration, Instant};

use bridge::domain::ids::UserId;
use bridge::rocketchat::parse::parse_event;
use bridge::whatsapp::parse::parse_webhook;
use proptest::prelude::*;
use serde_json::json;

use super::batches::any_json;
use super::{BOT, RECEIVED_AT};

const TEXT: &str = include_str!("../../fixtures/whatsapp/text.json");
const MESSAGE: &str = include_str!("../../fixtures/rocketchat/quote_link.json");

/// Reads a body with both parsers; how many messages and events it gave.
fn read(body: &[u8]) -> (Result<usize, &'static str>, Result<usize, &'static str>) {
    let messages = parse_webhook(body, RECEIVED_AT).map(|delivery| delivery.messages.len());
    let events = parse_event(body, &UserId::new(BOT)).map(|events| events.len());
    (
        messages.map_err(|error| error.0),
        events.map_err(|error| error.0),
    )
}

/// Reads a body and holds the parsers to a second; the machine may be busy once or twice.
fn read_soon(body: &[u8]) -> (Result<usize, &'static str>, Result<usize, &'static str>) {
    let mut took = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let read = read(body);
        took.push(start.elapsed());
        if start.elapsed() < Duration::from_secs(1) {
            return read;
        }
    }
    panic!("took {took:?}");
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"entry\":", "}"), ("{\"a\":[", "]}")] {
        let body = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(
            read_soon(body.as_bytes()),
            (Err("not_json"), Err("not_json"))
        );
        let unclosed = open.repeat(10_000);
        assert_eq!(
            read_soon(unclosed.as_bytes()),
            (Err("not_json"), Err("not_json"))
        );
    }
}

#[test]
fn a_body_that_breaks_off_is_told_as_such() {
    let (text, message) = (TEXT.trim_end(), MESSAGE.trim_end());
    for end in 0..text.len() {
        assert_eq!(
            read(&text.as_bytes()[..end]).0,
            Err("truncated_json"),
            "at {end}"
        );
    }
    for end in 0..message.len() {
        assert_eq!(
            read(&message.as_bytes()[..end]).1,
            Err("not_json"),
            "at {end}"
        );
    }
}

#[test]
fn bad_utf_8_is_refused() {
    let body = TEXT.replace("Hello", "H\u{1}llo").into_bytes();
    let body: Vec<u8> = body
        .into_iter()
        .map(|b| if b == 1 { 0xFF } else { b })
        .collect();
    assert_eq!(read_soon(&body), (Err("not_utf8"), Err("not_json")));
}

#[test]
fn half_a_character_in_an_escape_is_refused_not_lost() {
    let body = TEXT.replace("Hello", "\\ud83d");
    assert_eq!(read_soon(body.as_bytes()).0, Err("not_json"));
}

#[test]
fn only_an_object_is_a_body() {
    for body in ["[]", "null", "7", "\"text\"", "[[\"a\"]]", "true"] {
        let refused = Err("not_an_object");
        assert_eq!(read(body.as_bytes()), (refused, refused), "{body}");
    }
    assert_eq!(read(b""), (Err("truncated_json"), Err("not_json")));
}

#[test]
fn three_megabytes_are_read_within_a_second() {
    let text = "x".repeat(3_000_000);
    assert_eq!(read_soon(TEXT.replace("Hello", &text).as_bytes()).0, Ok(1));
    assert_eq!(read_soon(MESSAGE.replace("Yes", &text).as_bytes()).1, Ok(1));
    let links = "[ ](".repeat(750_000);
    assert_eq!(
        read_soon(MESSAGE.replace("[ ](", &links).as_bytes()).1,
        Ok(1)
    );
    let quotes = "[ ](https://h.example/live/r?msg=q) ".repeat(80_000);
    assert_eq!(
        read_soon(MESSAGE.replace("[ ](", &format!("{quotes}[ ](")).as_bytes()).1,
        Ok(1)
    );
    let numbers = format!("{{\"entry\":[{}1]}}", "1,".repeat(1_500_000));
    assert_eq!(read_soon(numbers.as_bytes()), (Ok(0), Ok(0)));
}

#[test]
fn ten_thousand_messages_are_read_within_a_second() {
    let message = |n: usize| {
        json!({ "id": format!("wamid.{n}"), "from": "16505551234", "type": "text",
            "timestamp": "1780658550", "text": { "body": "Hello" }, "padding": "x".repeat(150) })
    };
    let messages: Vec<_> = (0..10_000).map(message).collect();
    let contacts: Vec<_> = (0..5)
        .map(|n| json!({ "wa_id": format!("49151{n}") }))
        .collect();
    let body = json!({ "contacts": contacts, "messages": messages }).to_string();
    assert!(body.len() > 2_500_000, "{}", body.len());
    assert_eq!(read_soon(body.as_bytes()).0, Ok(10_000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_break_a_parser(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&body);
    }

    #[test]
    fn json_never_breaks_a_parser(value in any_json()) {
        let (messages, events) = read(value.to_string().as_bytes());
        prop_assert_eq!(messages.is_ok(), value.is_object());
        prop_assert_eq!(events.is_ok(), value.is_object());
    }

    #[test]
    fn a_message_of_any_shape_never_breaks_a_parser(
        members in prop::collection::btree_map(
            prop::sample::select(vec!["_id", "u", "msg", "agentId", "editedAt", "closingMessage",
                "file", "attachments", "blocks", "rid"]),
            any_json(), 0..8),
        visitor in any_json(),
    ) {
        for token in [visitor, json!({ "token": "b360-c1-p1-r" })] {
            let body = json!({ "_id": "r", "type": "Message", "visitor": token, "messages": [members] });
            prop_assert!(read(body.to_string().as_bytes()).1.is_ok());
        }
    }

    #[test]
    fn a_damaged_body_never_breaks_a_parser(
        place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0_usize..9,
    ) {
        for body in [TEXT, MESSAGE] {
            let mut bytes = body.as_bytes().to_vec();
            let at = place.index(bytes.len());
            bytes[at] = byte;
            let _ = read(&bytes);
            bytes.drain(at..(at + cut).min(bytes.len()));
            let _ = read(&bytes);
        }
    }
}
