use serde_json::json;

use super::*;
use crate::domain::content::Content;

const NOW: Timestamp = Timestamp::from_seconds(1_780_658_610);

fn parse(value: &Value) -> Delivery {
    let body = json!({ "entry": [{ "changes": [{ "field": "messages", "value": value }] }] });
    parse_webhook(body.to_string().as_bytes(), NOW).unwrap()
}

fn sender(message: &Value, contacts: &Value) -> Sender {
    let mut delivery = parse(&json!({ "messages": [message], "contacts": contacts }));
    delivery.messages.remove(0).sender
}

fn content(message: &Value) -> Content {
    let mut delivery = parse(&json!({ "messages": [message] }));
    delivery.messages.remove(0).content
}

#[test]
fn the_card_of_somebody_else_gives_no_identity() {
    let card =
        json!([{ "wa_id": "4915112345678", "user_id": "DE.2", "profile": { "name": "Ben" } }]);
    let ana = sender(&json!({ "id": "w", "from": "16505551234" }), &card);
    assert_eq!(ana.aliases().len(), 1);
    assert_eq!((ana.phone, ana.name), (WaId::from_any("16505551234"), None));
    let ana = sender(&json!({ "id": "w", "from_user_id": "US.1" }), &card);
    assert_eq!((ana.phone, ana.user_id), (None, Some(Bsuid::new("US.1"))));
}

#[test]
fn cards_match_in_any_notation() {
    let cards = json!([{ "wa_id": "+49 151 12345678", "profile": { "name": "Ben" } },
        { "wa_id": "US.1", "profile": { "name": "Ana" } }]);
    let name = |message: &Value| sender(message, &cards).name;
    assert_eq!(
        name(&json!({ "from": "4915112345678" })).as_deref(),
        Some("Ben")
    );
    assert_eq!(
        name(&json!({ "from_user_id": "US.1" })).as_deref(),
        Some("Ana")
    );
    assert_eq!(name(&json!({ "from": "US.1" })).as_deref(), Some("Ana"));
    assert_eq!(name(&json!({})), None);
}

#[test]
fn lists_are_not_read_by_position() {
    let delivery = parse(&json!({ "messages": [["wamid.1", "16505551234"], null],
        "statuses": [["wamid.2", "read"]] }));
    assert!(delivery.messages.is_empty() && delivery.statuses.is_empty());
    assert_eq!(delivery.other_fields.len(), 3);
}

#[test]
fn system_messages_are_quiet_however_little_they_say() {
    for message in [
        json!({ "type": "system", "system": { "type": "customer_identity_changed" } }),
        json!({ "type": "system" }),
    ] {
        assert!(content(&message).is_quiet(), "{message}");
    }
}

#[test]
fn a_choice_is_never_without_words() {
    let reply = |title: &str| {
        json!({ "type": "interactive",
        "interactive": { "type": "button_reply", "button_reply": { "id": "o1", "title": title } } })
    };
    for (title, words) in [("Sales", "Sales"), ("", "o1"), (" ", "o1")] {
        let expected = Content::Choice {
            id: "o1".to_owned(),
            title: words.to_owned(),
        };
        assert_eq!(content(&reply(title)), expected);
    }
}

#[test]
fn an_empty_group_id_is_no_group() {
    let message = json!({ "id": "w", "group_id": "", "type": "text", "text": { "body": "x" } });
    assert_eq!(parse(&json!({ "messages": [message] })).messages.len(), 1);
}

#[test]
fn errors_of_the_number_are_named() {
    let delivery = parse(&json!({ "errors": [{ "code": 131_000 }, "odd"] }));
    assert_eq!(delivery.other_fields, ["error 131000", "error 0"]);
}
