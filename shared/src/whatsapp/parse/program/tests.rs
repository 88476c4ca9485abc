use super::*;

fn read(kind: &str, member: Value) -> Result<ProgramMessage, Fault> {
    parse_program(kind, &member)
}

/// Code and sentence of what is refused.
fn fault(kind: &str, member: Value) -> String {
    read(kind, member).map_or_else(|fault| fault.to_string(), |message| message.text)
}

fn buttons(buttons: Value) -> Value {
    json!({ "type": "button", "body": { "text": "Which?" }, "action": { "buttons": buttons } })
}

fn button(id: &str, title: &str) -> Value {
    json!({ "type": "reply", "reply": { "id": id, "title": title } })
}

fn list(rows: usize) -> Value {
    let row = |n| json!({ "id": format!("r{n}"), "title": format!("Row {n}") });
    let rows: Vec<_> = (0..rows).map(row).collect();
    json!({ "type": "list", "body": { "text": "Which?" },
        "action": { "button": "Open", "sections": [{ "rows": rows }] } })
}

#[test]
fn each_type_is_read_with_what_there_is_to_read_of_it() {
    for (kind, member, text) in [
        ("text", json!({ "body": "Hi", "preview_url": true }), "Hi"),
        ("image", json!({ "id": "7", "caption": "Look" }), "Look"),
        (
            "video",
            json!({ "link": "https://x.example/a.mp4?b=c" }),
            "a.mp4",
        ),
        ("audio", json!({ "id": "7", "voice": true }), "audio"),
        (
            "document",
            json!({ "id": "7", "filename": "a.pdf" }),
            "a.pdf",
        ),
        (
            "sticker",
            json!({ "link": "https://x.example/" }),
            "sticker",
        ),
        (
            "location",
            json!({ "latitude": 1.5, "longitude": -2, "name": "HQ" }),
            "HQ\n1.5, -2",
        ),
        (
            "reaction",
            json!({ "message_id": "wamid.1", "emoji": "" }),
            "",
        ),
        (
            "interactive",
            buttons(json!([button("y", "Yes"), button("n", "No")])),
            "Which?\n[Yes]\n[No]",
        ),
    ] {
        let message = read(kind, member.clone()).unwrap_or_else(|fault| panic!("{kind}: {fault}"));
        assert_eq!(message.text, text, "{kind}");
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(body, json!({ "type": kind, kind: member }));
    }
}

#[test]
fn a_file_is_known_by_its_place_in_the_body() {
    let link = "https://x.example/offer.pdf";
    let message = read("document", json!({ "link": link })).unwrap();
    let file = message.file.unwrap();
    assert_eq!((&*file.at, &*file.name), ("/document", "offer.pdf"));
    let mut member = buttons(json!([button("y", "Yes")]));
    member["header"] = json!({ "type": "image", "image": { "link": link } });
    let file = read("interactive", member).unwrap().file.unwrap();
    assert_eq!(file.at, "/interactive/header/image");
    assert_eq!(file.kind, FileKind::Image);
}

#[test]
fn lists_pages_and_questions_for_the_place_are_read() {
    assert_eq!(fault("interactive", list(2)), "Which?\n[Row 0]\n[Row 1]");
    let page = json!({ "type": "cta_url", "header": { "type": "text", "text": "News" },
        "body": { "text": "Read" }, "footer": { "text": "Bye" }, "action": { "name": "cta_url",
            "parameters": { "display_text": "Open", "url": "https://x.example" } } });
    assert_eq!(
        fault("interactive", page),
        "News\nRead\nBye\n[Open] https://x.example"
    );
    let place = json!({ "type": "location_request_message", "body": { "text": "Where?" },
        "action": { "name": "send_location" } });
    assert_eq!(fault("interactive", place), "Where?");
}

#[test]
fn cards_are_read() {
    let card = json!([{ "name": { "formatted_name": "Jane Doe", "first_name": "Jane" },
        "phones": [{ "phone": "+1650", "type": "WORK" }], "org": { "company": "X" },
        "emails": [{ "email": "a@b.c" }], "birthday": "2012-08-18" }]);
    assert_eq!(fault("contacts", card), "Jane Doe, +1650");
}

#[test]
fn each_fault_names_its_field() {
    let x = |n: usize| "x".repeat(n);
    let four: Vec<_> = ["a", "b", "c", "d"].map(|id| button(id, id)).into();
    let mut list_with_picture = list(1);
    list_with_picture["header"] = json!({ "type": "image", "image": { "id": "1" } });
    let cases = [
        (
            "text",
            json!({ "body": x(4097) }),
            "`text.body` must be a text of 0 to 4096",
        ),
        (
            "text",
            json!({ "body": "  " }),
            "`text.body` must be a text of 1 to",
        ),
        ("text", json!({}), "missing_field: `text.body`"),
        ("text", json!("Hi"), "`text` must be an object"),
        ("text", Value::Null, "missing_field: `text`"),
        (
            "text",
            json!({ "body": "a", "bold": 1 }),
            "unknown_field: There is no field `text.bold`",
        ),
        (
            "text",
            json!({ "body": "a", "preview_url": 1 }),
            "`text.preview_url` must be `true`",
        ),
        (
            "image",
            json!({ "id": "1", "caption": x(1025) }),
            "`image.caption`",
        ),
        (
            "image",
            json!({ "id": "1", "link": "https://x.example/a" }),
            "exactly one of",
        ),
        ("image", json!({}), "exactly one of"),
        (
            "audio",
            json!({ "id": "1", "caption": "a" }),
            "`audio.caption`",
        ),
        (
            "location",
            json!({ "latitude": 91, "longitude": 0 }),
            "`location.latitude`",
        ),
        (
            "location",
            json!({ "latitude": "1", "longitude": 0 }),
            "`location.latitude`",
        ),
        (
            "reaction",
            json!({ "emoji": "👍" }),
            "`reaction.message_id`",
        ),
        ("reaction", json!({ "message_id": "w" }), "`reaction.emoji`"),
        ("contacts", json!([]), "`contacts` must be a list"),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "A" } }]),
            "`contacts[0].name.first_name`",
        ),
        (
            "contacts",
            json!([{ "phones": [] }]),
            "`contacts[0].name` is missing",
        ),
        (
            "interactive",
            buttons(json!(four)),
            "`interactive.action.buttons` must be a list of 1 to 3",
        ),
        (
            "interactive",
            buttons(json!([button("a", "A"), button("a", "B")])),
            "buttons[1].reply.id`",
        ),
        (
            "interactive",
            buttons(json!([button("a", "A"), button("b", "A")])),
            "buttons[1].reply.title`",
        ),
        (
            "interactive",
            buttons(json!([button(" a", "A")])),
            "spaces at its ends",
        ),
        (
            "interactive",
            buttons(json!([button("a", &x(21))])),
            "reply.title`",
        ),
        (
            "interactive",
            buttons(json!([button(&x(257), "A")])),
            "reply.id`",
        ),
        ("interactive", list(11), "rows` must be a list of 1 to 10"),
        (
            "interactive",
            list_with_picture,
            "`interactive.header.type` must be `text`",
        ),
        (
            "interactive",
            json!({ "type": "flow" }),
            "`interactive.type` must be one of",
        ),
        (
            "interactive",
            json!({ "type": "list", "body": { "text": "a" } }),
            "`interactive.action` is missing",
        ),
        (
            "interactive",
            json!({ "type": "list", "body": { "text": x(1025) } }),
            "`interactive.body.text`",
        ),
        (
            "template",
            json!({}),
            "unknown_type: There is no `type` `template`",
        ),
    ];
    for (kind, member, expected) in cases {
        let fault = fault(kind, member);
        assert!(fault.contains(expected), "{kind}: {fault} lacks {expected}");
    }
}

#[test]
fn rows_count_over_all_sections() {
    let mut member = list(6);
    let mut second = member["action"]["sections"][0].clone();
    for (n, row) in second["rows"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        row["id"] = json!(format!("s{n}"));
    }
    let titled = |section: &Value, title: &str| {
        let mut section = section.clone();
        section["title"] = json!(title);
        section
    };
    let first = member["action"]["sections"][0].clone();
    member["action"]["sections"] = json!([titled(&first, "One"), titled(&second, "Two")]);
    let fault = fault("interactive", member);
    assert!(fault.contains("10 rows at most"), "{fault}");
}

#[test]
fn a_quote_names_one_message() {
    let id = json!({ "message_id": "wamid.1" });
    assert_eq!(parse_context(&id), Ok(Wamid::new("wamid.1")));
    for wrong in [
        json!({}),
        json!({ "message_id": "" }),
        json!({ "id": "w" }),
        json!("w"),
    ] {
        assert!(parse_context(&wrong).is_err(), "{wrong}");
    }
}
