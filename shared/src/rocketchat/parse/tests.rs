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
    assert_eq!(said[0].text, "Please choose:\n• Sales");
}

#[test]
fn files_are_named_once() {
    let file = json!({"_id": "f", "name": "a.pdf"});
    let attachments = json!([{"title": "a.pdf", "title_link": "/file-upload/f/a.pdf"},
        {"title": "b.pdf", "title_link": "/file-upload/g/b.pdf"}, {"message_link": "https://x"}]);
    let both = said(&message(&json!({"file": file, "attachments": attachments})));
    assert_eq!(both[0].files, ["a.pdf", "b.pdf"]);
    assert_eq!(said(&message(&json!({"file": file})))[0].files, ["a.pdf"]);
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

#[test]
fn words_below_a_file_are_words() {
    let attachments = json!([{"title": "a.pdf", "title_link": "/a", "description": "See page 2"},
        {"title": "quote", "title_link": null, "description": "not ours"}]);
    let read = |msg: &str| {
        let said = said(&message(&json!({"msg": msg, "attachments": attachments})));
        (said[0].text.clone(), said[0].files.clone())
    };
    let files = vec!["a.pdf".to_owned()];
    assert_eq!(read(""), ("See page 2".to_owned(), files.clone()));
    assert_eq!(read("Hi"), ("Hi\nSee page 2".to_owned(), files.clone()));
    assert_eq!(read("See page 2"), ("See page 2".to_owned(), files));
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
