use serde_json::json;

use super::*;

fn parse(body: &Value) -> Vec<AgentEvent> {
    parse_event(body.to_string().as_bytes(), &UserId::new("bot")).unwrap()
}

fn said(message: &Value) -> Vec<AgentMessage> {
    let body = json!({"_id": "rid1", "type": "Message", "messages": [message],
        "visitor": {"token": "b360-c1-p1-rnd"}, "agent": null, "crmData": "x"});
    let said = parse(&body).into_iter().map(|event| match event.kind {
        AgentEventKind::Said(message) => message,
        AgentEventKind::Asked { .. } => panic!("a command"),
        AgentEventKind::Closed { .. } => panic!("closed"),
    });
    said.collect()
}

fn message(more: &Value) -> Value {
    let mut message = json!({"_id": "m1", "msg": "How can I help?", "agentId": "a1",
        "u": {"_id": "a1", "username": "user1", "name": "User One"}});
    message
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    message
}

#[test]
fn an_agents_message_names_room_contact_and_author() {
    let body = json!({"_id": "rid1", "type": "Message", "messages": [message(&json!({}))],
        "visitor": {"token": "b360-c1-p1-rnd"}});
    let events = parse(&body);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].room.as_str(), "rid1");
    assert_eq!(
        (events[0].connection.as_str(), events[0].contact.as_str()),
        ("c1", "p1")
    );
    let AgentEventKind::Said(message) = &events[0].kind else {
        panic!()
    };
    assert_eq!(message.text, "How can I help?");
    assert_eq!(message.author.name.as_deref(), Some("User One"));
}

#[test]
fn echoes_closing_comments_and_other_channels_are_nothing() {
    assert!(
        said(&json!({"_id": "m1", "msg": "x", "u": {"_id": "v"}})).is_empty(),
        "visitor"
    );
    assert!(
        said(&message(&json!({"agentId": "bot"}))).is_empty(),
        "our bot"
    );
    assert!(
        said(&message(&json!({"closingMessage": true}))).is_empty(),
        "closing comment"
    );
    for token in [json!("widget-1"), json!(null), json!(7)] {
        let body = json!({"_id": "r", "type": "Message", "messages": [message(&json!({}))],
            "visitor": {"token": token}});
        assert!(parse(&body).is_empty());
    }
    for kind in [
        "LivechatSessionStart",
        "LivechatSessionTaken",
        "LivechatEdit",
        "LeadCapture",
    ] {
        let body = json!({"_id": "r", "type": kind, "messages": [message(&json!({}))],
            "visitor": {"token": "b360-c1-p1-rnd"}});
        assert!(parse(&body).is_empty(), "{kind}");
    }
}

#[test]
fn the_test_event_of_the_workspace_is_nothing() {
    let body = json!({"_id": "fasd6f5a4sd6f8a4sdf", "type": "LivechatSession",
        "visitor": {"_id": "", "name": "name", "phone": "555", "email": "e"}, "messages": [{}]});
    assert!(parse(&body).is_empty());
}

#[test]
fn a_quote_link_becomes_the_quoted_id() {
    let said = said(&message(
        &json!({"msg": "[ ](https://host/live/rid1?msg=q1) sure"}),
    ));
    assert_eq!(said[0].quotes, Some(PostId::new("q1")));
    assert_eq!(said[0].text, "sure");
}

#[test]
fn ordinary_links_stay() {
    for text in [
        "[docs](https://x.example?msg=1) hi",
        "[ ](https://x.example/a) hi",
        "[ ]( hi",
    ] {
        let said = said(&message(&json!({ "msg": text })));
        assert_eq!(
            (said[0].quotes.clone(), said[0].text.as_str()),
            (None, text)
        );
    }
}

#[test]
fn blocks_are_read_as_text() {
    let blocks = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "Please choose:"}},
        {"type": "actions", "elements": [{"type": "button", "text": {"text": "Sales"}}]}]);
    let said = said(&message(
        &json!({"msg": blocks.to_string(), "blocks": blocks}),
    ));
    assert_eq!(said[0].text, "Please choose:");
    assert_eq!(titles(&said[0]), ["Sales"]);
    assert!(said[0].by_program);
}

fn titles(message: &AgentMessage) -> Vec<&str> {
    let choices = message.choices.iter();
    choices.map(|choice| choice.title.as_str()).collect()
}

#[test]
fn elements_that_nobody_knows_give_their_words() {
    let blocks = json!([7, null, {"type": "hologram", "text": "Look"},
        {"type": "actions", "elements": [
            {"type": "button", "text": {"text": ""}, "value": ""},
            {"type": "button", "text": {"text": " "}, "value": "v"},
            {"type": "button", "text": {"text": "Site"}, "url": "https://x.example"},
            {"type": "button", "text": {"text": "Bad"}, "url": "javascript:alert(1)"},
            {"type": "button", "text": {"text": "Bad"}, "url": "javascript:alert(1)"},
            {"type": "static_select", "placeholder": {"text": "p"},
                "options": [{"text": {"text": "One"}, "value": "1"}, {"text": {"text": "Two"}}]},
            {"type": "slider", "text": {"text": "How much?"}}]}]);
    let said = said(&message(&json!({"msg": "", "blocks": blocks})));
    assert_eq!(said[0].text, "Look\nHow much?");
    assert_eq!(titles(&said[0]), ["v", "Site", "Bad", "One", "Two"]);
    let values: Vec<_> = said[0].choices.iter().map(|c| c.value.as_str()).collect();
    assert_eq!(values, ["v", "Site", "Bad", "1", "Two"]);
    assert_eq!(said[0].choices[1].url.as_deref(), Some("https://x.example"));
    assert_eq!(said[0].choices[2].url, None);
}

#[test]
fn files_are_named_once() {
    let file = json!({"_id": "f", "name": "a.pdf"});
    let attachments = json!([{"title": "a.pdf", "title_link": "/file-upload/f/a.pdf"},
        {"title": "b.pdf", "title_link": "/file-upload/g/b.pdf"}, {"message_link": "https://x"}]);
    let both = said(&message(&json!({"file": file, "attachments": attachments})));
    assert_eq!(names(&both[0]), ["a.pdf", "b.pdf"]);
    assert_eq!(
        both[0].files[1].path.as_deref(),
        Some("/file-upload/g/b.pdf")
    );
    let upload = json!({"publicFilePath": "https://c.example/file-upload/f/a.pdf?token=x",
        "type": "application/pdf", "size": "12"});
    let first = said(&message(&json!({"file": file, "fileUpload": upload})));
    assert_eq!(names(&first[0]), ["a.pdf"]);
    let file = &first[0].files[0];
    assert_eq!(file.path.as_deref(), Some("/file-upload/f/a.pdf"));
    assert_eq!(
        (file.mime_type.as_str(), file.size),
        ("application/pdf", Some(12))
    );
}

#[test]
fn closing_says_who_and_when() {
    let body = json!({"_id": "rid1", "type": "LivechatSession", "closer": "visitor",
        "closedAt": "2026-06-05T11:22:30.664Z", "messages": [], "visitor": {"token": "b360-c1-p1-r"}});
    let expected = AgentEventKind::Closed {
        by_visitor: true,
        at: Timestamp::parse("2026-06-05T11:22:30.664Z"),
    };
    assert_eq!(parse(&body)[0].kind, expected);
}

#[test]
fn what_is_no_json_object_is_told() {
    let bot = UserId::new("bot");
    assert_eq!(parse_event(b"nope", &bot), Err(Unreadable("not_json")));
    assert_eq!(parse_event(b"7", &bot), Err(Unreadable("not_an_object")));
    assert_eq!(parse_event(b"[]", &bot), Err(Unreadable("not_an_object")));
}

fn names(message: &AgentMessage) -> Vec<&str> {
    let files = message.files.iter();
    files.map(|file| file.name.as_str()).collect()
}

#[test]
fn words_below_a_file_are_words() {
    let attachments = json!([{"title": "a.pdf", "title_link": "/a", "description": "See page 2"},
        {"title": "quote", "title_link": null, "description": "not ours"}]);
    let read = |msg: &str| {
        let said = said(&message(&json!({"msg": msg, "attachments": attachments})));
        assert_eq!(names(&said[0]), ["a.pdf"]);
        (said[0].text.clone(), said[0].files[0].caption.clone())
    };
    let caption = Some("See page 2".to_owned());
    assert_eq!(read(""), (String::new(), caption.clone()));
    assert_eq!(read("Hi"), ("Hi".to_owned(), caption));
    assert_eq!(read("See page 2"), ("See page 2".to_owned(), None));
}

#[test]
fn an_edit_counts_in_any_form_of_its_moment() {
    let edited = |at: &Value| {
        said(&message(&json!({ "editedAt": at })))[0]
            .edited_at
            .is_some()
    };
    assert!(edited(&json!("2026-06-05T11:22:30.664Z")));
    assert!(edited(&json!({"$date": 1})) && edited(&json!(1)));
    assert!(!edited(&json!(null)) && !edited(&json!("")));
}

#[test]
fn a_command_is_for_us_and_counts_once() {
    let body = |msg: &str, edited: Value| {
        let mut body = json!({ "_id": "r1", "type": "Message", "visitor": { "token": "b360-c1-p1-r" },
            "messages": [{ "_id": "m1", "agentId": "agent", "msg": msg }] });
        body["messages"][0]["editedAt"] = edited;
        body.to_string()
    };
    let kinds = |msg: &str, edited| {
        let events = parse_event(body(msg, edited).as_bytes(), &UserId::new("bot")).unwrap();
        let kinds = events.into_iter().map(|event| event.kind);
        kinds.collect::<Vec<_>>()
    };
    let asked = AgentEventKind::Asked {
        message: PostId::new("m1"),
        words: "held now".to_owned(),
    };
    assert_eq!(
        kinds("!whatsapp  held now", Value::Null),
        std::slice::from_ref(&asked)
    );
    let quoting = "[ ](https://chat.example/live/r1?msg=q1) /WHATSAPP held now";
    assert_eq!(kinds(quoting, Value::Null), [asked]);
    assert_eq!(
        kinds("!whatsapp held", json!("2026-06-05T11:22:30.664Z")),
        []
    );
}
