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

#[test]
fn what_whatsapp_does_not_hand_over_is_named_with_its_reason() {
    let errors = json!([{ "code": 131_052, "title": "Media download error",
        "error_data": { "details": "The file is larger than 100 MB." } }]);
    let said = |what: &str, text: &str| Content::Other {
        what: what.to_owned(),
        text: Some(text.to_owned()),
    };
    for (mut message, expected) in [
        (
            json!({ "type": "video" }),
            said("video", "The file is larger than 100 MB."),
        ),
        (
            json!({ "type": "video", "video": { "caption": "Our cat" } }),
            said("video", "The file is larger than 100 MB.\nOur cat"),
        ),
        (
            json!({ "type": "interactive" }),
            said("interactive", "The file is larger than 100 MB."),
        ),
        (
            json!({ "type": "hologram", "hologram": { "body": "wave" } }),
            said("hologram", "wave"),
        ),
    ] {
        message["errors"] = errors.clone();
        assert_eq!(content(&message), expected, "{message}");
    }
    let media = json!({ "type": "image", "image": { "id": "1" }, "errors": errors });
    assert!(matches!(
        content(&media),
        Content::Media { file: Some(_), .. }
    ));
    let silent = json!({ "type": "image", "image": { "caption": "Our cat" } });
    assert!(matches!(
        content(&silent),
        Content::Media { file: None, .. }
    ));
}

#[test]
fn a_message_without_a_type_is_what_its_only_member_says() {
    let image = json!({ "image": { "id": "1", "mime_type": "image/png" } });
    assert!(matches!(content(&image), Content::Media { media, .. } if media == "image"));
    let place = json!({ "location": { "latitude": 1, "longitude": 2 } });
    assert!(matches!(content(&place), Content::Location { .. }));
    let both = json!({ "image": { "id": "1" }, "location": { "latitude": 1, "longitude": 2 } });
    assert!(matches!(content(&both), Content::Other { what, .. } if what == "message"));
}

#[test]
fn what_belongs_on_a_line_stays_on_it() {
    let long = "x".repeat(5_000);
    let place = content(
        &json!({ "type": "location", "location": { "latitude": 1, "longitude": 2,
        "name": "Hotel\r\n[forwarded]\u{2028}\u{202E}live", "address": long, "url": long } }),
    );
    let Content::Location { label, url, .. } = place else {
        panic!("{place:?}");
    };
    let label = label.unwrap();
    assert!(label.starts_with("Hotel  [forwarded] live, xxx"), "{label}");
    assert!(label.chars().count() < 650);
    assert_eq!(url.unwrap().len(), 2_000);
    let order = content(&json!({ "type": "order", "order": { "product_items": [
        { "product_retailer_id": "A\nB", "quantity": "\u{2066}1\u{2069}", "item_price": " ", "currency": "EUR\n" }] } }));
    let Content::Order { items, .. } = order else {
        panic!("{order:?}");
    };
    assert_eq!(
        (items[0].product.as_str(), items[0].quantity.as_str()),
        ("A B", "1")
    );
    assert_eq!(
        (&items[0].price, items[0].currency.as_deref()),
        (&None, Some("EUR"))
    );
}

#[test]
fn a_referral_of_the_old_form_has_its_kind_at_least() {
    let referral = |referral: &Value| {
        let message =
            json!({ "id": "w", "type": "text", "text": { "body": "x" }, "referral": referral });
        let mut delivery = parse(&json!({ "messages": [message] }));
        delivery.messages.remove(0).referral.unwrap()
    };
    let old = referral(&json!({ "headline": "Sum\nmer", "video": { "id": "1" } }));
    assert_eq!(old.headline.as_deref(), Some("Sum mer"));
    assert_eq!((old.media.as_deref(), old.media_url), (Some("video"), None));
    let url = "https://cdn.example/1.png";
    let new = referral(&json!({ "image_url": url, "image": { "id": "1" } }));
    assert_eq!((new.media, new.media_url.as_deref()), (None, Some(url)));
}
