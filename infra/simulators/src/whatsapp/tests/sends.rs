use super::*;
use crate::whatsapp::options::Refusing;

#[tokio::test]
async fn a_text_reaches_the_phone_and_its_statuses_come_back() {
    let bench = chatting().await;
    let (status, answer) = bench
        .send(json!({ "type": "text", "text": { "body": "hello" }, "biz_opaque_callback_data": "m1#0" }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(answer["contacts"][0]["input"], ANA);
    assert_eq!(answer["contacts"][0]["wa_id"], "16505551234");
    assert!(
        answer["contacts"][0]["user_id"]
            .as_str()
            .unwrap()
            .starts_with("US.")
    );
    let wamid = wamid_of(&answer);
    assert!(wamid.starts_with("wamid.") && wamid.len() <= 128);
    assert!(wamid.contains('+') && wamid.contains('/') && wamid.ends_with('='));
    let inbox = bench.dialog.inbox(ANA);
    assert_eq!(inbox.len(), 1);
    assert_eq!(
        (inbox[0].text.as_deref(), inbox[0].from_number.as_str()),
        (Some("hello"), "4930901820")
    );
    bench.settle().await;
    assert_eq!(bench.statuses(), ["sent", "delivered"]);
    bench.dialog.customer_reads(NUMBER, ANA);
    bench.dialog.customer_reads(NUMBER, ANA);
    bench.settle().await;
    assert_eq!(bench.statuses(), ["sent", "delivered", "read"]);
    for told in bench.arrived("statuses") {
        assert_eq!(told["id"], wamid.as_str());
        assert_eq!(told["recipient_id"], "16505551234");
        assert_eq!(told["biz_opaque_callback_data"], "m1#0");
        assert_eq!(told["pricing"]["category"], "service");
        assert!(told["timestamp"].is_string() && told["recipient_user_id"].is_null());
    }
    assert_eq!(
        bench.bodies()[0]["entry"][0]["changes"][0]["value"]["contacts"][0]["wa_id"],
        "16505551234"
    );
    assert_eq!(bench.dialog.sent_count(NUMBER), 1);
}

#[tokio::test]
async fn a_number_without_plus_or_with_blanks_is_tolerated() {
    let bench = chatting().await;
    for to in ["16505551234", "+1 (650) 555-1234"] {
        let (status, answer) = bench
            .send(json!({ "to": to, "type": "text", "text": { "body": "x" } }))
            .await;
        assert_eq!((status, &answer["contacts"][0]["input"]), (200, &json!(to)));
    }
}

#[tokio::test]
async fn a_brazilian_number_is_answered_with_its_canonical_wa_id() {
    let bench = chatting().await;
    let key = bench.dialog.customer("Bia", "+55 11 8765 4321");
    bench.dialog.says(NUMBER, &key, "oi");
    let (_, answer) = bench
        .send(json!({ "to": "+5511987654321", "type": "text", "text": { "body": "x" } }))
        .await;
    assert_eq!(answer["contacts"][0]["wa_id"], "551187654321");
}

#[tokio::test]
async fn a_user_id_as_recipient_is_answered_and_told_without_a_phone_number() {
    let bench = chatting().await;
    let id = "DE.13491208655302741918";
    bench.dialog.customer_with(Customer {
        name: "Cem".into(),
        user_id: Some(id.into()),
        username: Some("@cem".into()),
        phone: None,
    });
    bench.dialog.says(NUMBER, id, "hallo");
    bench.settle().await;
    let message = &bench.arrived("messages")[0];
    assert_eq!(
        (&message["from_user_id"], &message["from"]),
        (&json!(id), &Value::Null)
    );
    let contact = &bench.bodies()[0]["entry"][0]["changes"][0]["value"]["contacts"][0];
    assert_eq!(
        (&contact["profile"]["username"], &contact["wa_id"]),
        (&json!("@cem"), &Value::Null)
    );
    let body = json!({ "messaging_product": "whatsapp", "recipient": id, "text": { "body": "x" } });
    let (status, answer) = bench.post("/messages", body).await;
    assert_eq!(status, 200);
    assert_eq!(answer["contacts"][0], json!({ "input": id, "user_id": id }));
    bench.settle().await;
    let told = &bench.arrived("statuses")[0];
    assert_eq!(
        (&told["recipient_user_id"], &told["recipient_id"]),
        (&json!(id), &Value::Null)
    );
    let login = json!({ "name": "login_code", "language": { "code": "en_US" }, "components": [
        { "type": "body", "parameters": [{ "type": "text", "text": "123" }] },
        { "type": "button", "sub_type": "url", "index": 0, "parameters": [{ "type": "text", "text": "123" }] }] });
    let body = json!({ "messaging_product": "whatsapp", "recipient": id, "type": "template", "template": login });
    let (_, answer) = bench.post("/messages", body).await;
    assert_eq!(answer["error"]["code"], 131_062);
}

#[tokio::test]
async fn invalid_messages_are_refused_with_metas_codes() {
    let bench = chatting().await;
    let long = "x".repeat(4_097);
    let button = |title: &str, id: &str| {
        json!({ "type": "interactive", "interactive": { "type": "button", "body": { "text": "?" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": id, "title": title } }] } } })
    };
    let cases = [
        (json!({ "type": "text", "text": { "body": " " } }), 100),
        (json!({ "type": "text", "text": {} }), 131_008),
        (json!({ "type": "text" }), 131_008),
        (json!({ "type": "text", "text": { "body": long } }), 100),
        (json!({ "type": "poll", "poll": {} }), 100),
        (
            json!({ "messaging_product": "x", "text": { "body": "x" } }),
            100,
        ),
        (json!({ "to": OWN, "text": { "body": "x" } }), 131_021),
        (
            json!({ "to": "+4915799999999", "text": { "body": "x" } }),
            131_026,
        ),
        (json!({ "to": null, "text": { "body": "x" } }), 100),
        (json!({ "type": "image", "image": { "id": "1" } }), 131_009),
        (
            json!({ "type": "image", "image": { "id": "1", "link": "https://a.b/c" } }),
            100,
        ),
        (
            json!({ "type": "audio", "audio": { "link": "https://a.b/c", "caption": "x" } }),
            100,
        ),
        (
            json!({ "type": "location", "location": { "latitude": 1 } }),
            131_008,
        ),
        (
            json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "J" } }] }),
            131_009,
        ),
        (
            json!({ "type": "reaction", "reaction": { "message_id": "wamid.x" } }),
            131_008,
        ),
        (button("This title is far too long", "a"), 100),
        (button("Ok", " a"), 131_009),
        (
            json!({ "biz_opaque_callback_data": "x".repeat(513), "text": { "body": "x" } }),
            100,
        ),
    ];
    for (member, code) in cases {
        assert_eq!(bench.refusal(member.clone()).await, (400, code), "{member}");
    }
    assert_eq!(bench.refusal(button("Ok", "a")).await, (200, 0));
    assert_eq!(bench.dialog.sent_count(NUMBER), 1);
}

#[tokio::test]
async fn a_refusal_has_the_graph_shape_and_error_data_may_be_a_string() {
    let bench = chatting().await;
    let (_, answer) = bench
        .send(json!({ "type": "text", "text": { "body": "" } }))
        .await;
    assert_eq!(answer["error"]["type"], "OAuthException");
    assert_eq!(answer["error"]["message"], "(#100) Invalid parameter");
    assert!(answer["error"]["error_data"]["details"].is_string());
    assert!(answer["error"]["fbtrace_id"].is_string());
    bench
        .dialog
        .tune(|options| options.error_data_as_text = true);
    let (_, answer) = bench
        .send(json!({ "type": "text", "text": { "body": "" } }))
        .await;
    assert!(answer["error"]["error_data"].is_string());
}

#[tokio::test]
async fn lists_count_their_rows_over_all_sections() {
    let bench = chatting().await;
    let list = |rows: usize| {
        let rows: Vec<_> = (0..rows)
            .map(|n| json!({ "id": format!("r{n}"), "title": "t" }))
            .collect();
        json!({ "type": "interactive", "interactive": { "type": "list", "body": { "text": "?" },
            "action": { "button": "Choose", "sections": [{ "rows": rows }] } } })
    };
    assert_eq!(bench.refusal(list(10)).await, (200, 0));
    assert_eq!(bench.refusal(list(11)).await, (400, 131_009));
}

#[tokio::test]
async fn outside_the_window_only_templates_pass() {
    let bench = chatting().await;
    bench.pass(86_400_000);
    assert_eq!(
        bench.refusal(json!({ "text": { "body": "x" } })).await,
        (400, 131_047)
    );
    let template = json!({ "type": "template", "template": { "name": "hello_world", "language": { "code": "en_US" } } });
    let (status, answer) = bench.send(template).await;
    assert_eq!(
        (status, &answer["messages"][0]["message_status"]),
        (200, &json!("accepted"))
    );
    assert_eq!(
        bench.refusal(json!({ "text": { "body": "x" } })).await.1,
        131_047
    );
    bench.dialog.says(NUMBER, ANA, "I am back");
    assert_eq!(bench.text("x").await.0, 200);
}

#[tokio::test]
async fn a_closed_window_may_be_told_by_status() {
    let bench = chatting().await;
    bench.pass(86_400_000);
    bench
        .dialog
        .tune(|options| options.window_refusal = Refusing::ByStatus);
    assert_eq!(bench.text("x").await.0, 200);
    bench.settle().await;
    assert_eq!(bench.statuses(), ["failed"]);
    let told = &bench.arrived("statuses")[0];
    assert_eq!(told["errors"][0]["code"], 131_047);
    assert_eq!(told["errors"][0]["title"], told["errors"][0]["message"]);
    assert!(bench.bodies()[0]["entry"][0]["changes"][0]["value"]["contacts"].is_null());
    assert!(bench.dialog.inbox(ANA).is_empty());
}

#[tokio::test]
async fn forty_five_messages_are_borrowed_then_one_every_six_seconds() {
    let bench = chatting().await;
    for _ in 0..45 {
        assert_eq!(bench.text("x").await.0, 200);
    }
    assert_eq!(
        bench.refusal(json!({ "text": { "body": "x" } })).await,
        (400, 131_056)
    );
    bench.pass(6_000);
    assert_eq!(bench.text("x").await.0, 200);
    assert_eq!(
        bench.refusal(json!({ "text": { "body": "x" } })).await.1,
        131_056
    );
}

#[tokio::test]
async fn the_throughput_counts_both_directions() {
    let bench = chatting().await;
    bench.dialog.tune(|options| options.throughput = 3);
    bench.pass(1_000);
    bench.dialog.says(NUMBER, ANA, "one");
    assert_eq!(bench.text("two").await.0, 200);
    assert_eq!(bench.text("three").await.0, 200);
    assert_eq!(
        bench.refusal(json!({ "text": { "body": "x" } })).await,
        (400, 130_429)
    );
    bench.pass(1_000);
    assert_eq!(bench.text("four").await.0, 200);
}

#[tokio::test]
async fn templates_are_checked_and_filled_in() {
    let bench = chatting().await;
    let send = |name: &str, language: &str, components: Value| {
        bench.refusal(json!({ "type": "template", "template": {
            "name": name, "language": { "code": language }, "components": components } }))
    };
    let two = json!([{ "type": "body", "parameters": [
        { "type": "text", "text": "Ana" }, { "type": "text", "text": "42" }] }]);
    assert_eq!(send("nothing", "en_US", json!([])).await, (404, 132_001));
    assert_eq!(send("hello_world", "fr", json!([])).await, (404, 132_001));
    assert_eq!(send("new_offer", "en_US", json!([])).await, (404, 132_001));
    assert_eq!(
        send("summer_sale", "en_US", json!([])).await,
        (400, 132_015)
    );
    assert_eq!(
        send("order_confirmation", "de", json!([])).await,
        (400, 132_000)
    );
    assert_eq!(
        send("order_confirmation", "en_US", two.clone()).await,
        (400, 131_008)
    );
    assert_eq!(
        send("appointment_reminder", "en", two.clone()).await,
        (400, 132_012)
    );
    assert_eq!(
        send("invoice_ready", "en_US", json!([])).await,
        (400, 132_012)
    );
    assert_eq!(send("order_confirmation", "de", two).await, (200, 0));
    let named = json!([{ "type": "body", "parameters": [
        { "type": "text", "parameter_name": "day", "text": "Monday" },
        { "type": "text", "parameter_name": "first_name", "text": "Ana" }] }]);
    assert_eq!(send("appointment_reminder", "en", named).await, (200, 0));
    let texts: Vec<_> = bench
        .dialog
        .inbox(ANA)
        .into_iter()
        .filter_map(|got| got.text)
        .collect();
    assert_eq!(
        texts,
        [
            "Hallo Ana, Ihre Bestellung 42 ist bestätigt.",
            "Hi Ana, see you on Monday at our office."
        ]
    );
}

#[tokio::test]
async fn a_quote_shows_only_when_the_phone_knows_the_message() {
    let bench = chatting().await;
    let asked = bench.dialog.says(NUMBER, ANA, "when?");
    let reply = |quoted: &str| {
        bench.send(json!({ "context": { "message_id": quoted }, "text": { "body": "now" } }))
    };
    assert_eq!(reply(&asked).await.0, 200);
    assert_eq!(reply("wamid.other").await.0, 200);
    let inbox = bench.dialog.inbox(ANA);
    assert_eq!(
        (inbox[0].context.as_deref(), inbox[1].context.as_deref()),
        (Some(asked.as_str()), None)
    );
    bench.dialog.replies(NUMBER, ANA, &inbox[0].wamid, "thanks");
    bench.settle().await;
    let context = &bench.arrived("messages")[1]["context"];
    assert_eq!(
        context,
        &json!({ "from": "4930901820", "id": inbox[0].wamid })
    );
}

#[tokio::test]
async fn a_reaction_is_only_ever_sent_and_fails_without_its_target() {
    let bench = chatting().await;
    let target = bench.dialog.says(NUMBER, ANA, "nice");
    let react = |id: &str| {
        bench.send(json!({ "type": "reaction", "reaction": { "message_id": id, "emoji": "😀" } }))
    };
    assert_eq!(react(&target).await.0, 200);
    assert_eq!(react("wamid.x").await.0, 200);
    bench.settle().await;
    assert_eq!(bench.statuses(), ["sent", "failed"]);
    assert_eq!(bench.arrived("statuses")[1]["errors"][0]["code"], 131_009);
    let inbox = bench.dialog.inbox(ANA);
    assert_eq!(
        (inbox.len(), inbox[0].context.as_deref()),
        (1, Some(target.as_str()))
    );
}

#[tokio::test]
async fn reading_and_typing_are_marked_on_inbound_messages_only() {
    let bench = chatting().await;
    let said = bench.dialog.says(NUMBER, ANA, "hello?");
    let mark = |id: String| {
        bench.post(
            "/messages",
            json!({ "messaging_product": "whatsapp", "status": "read",
            "message_id": id, "typing_indicator": { "type": "text" } }),
        )
    };
    assert_eq!(mark(said.clone()).await, (200, json!({ "success": true })));
    let marks = bench.dialog.read_marks(OWN);
    assert_eq!(
        (marks[0].wamid.as_str(), marks[0].typing),
        (said.as_str(), true)
    );
    let (_, answer) = bench.text("x").await;
    assert_eq!(mark(wamid_of(&answer)).await.0, 400);
}

#[tokio::test]
async fn scripted_refusals_and_breakdowns_send_nothing() {
    let bench = chatting().await;
    let faults = [
        SendFault::Refuse {
            http: 400,
            code: 131_048,
            details: "spam".into(),
        },
        SendFault::RefuseInWords {
            http: 400,
            words: "lack of payment".to_owned(),
        },
        SendFault::ErrorBefore { http: 503 },
        SendFault::Throttle429 { retry_after: 7 },
        SendFault::Html,
    ];
    for (fault, expected) in faults.into_iter().zip([400, 400, 503, 429, 502]) {
        bench.dialog.fail_next_send(fault);
        assert_eq!(bench.text("x").await.0, expected);
    }
    assert_eq!(bench.dialog.sent_count(NUMBER), 0);
    bench
        .dialog
        .fail_next_send(SendFault::ErrorAfterAccept { http: 500 });
    assert_eq!(bench.text("x").await, (500, Value::Null));
    assert_eq!(bench.dialog.inbox(ANA).len(), 1);
    assert_eq!(bench.text("y").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_an_accepted_message() {
    let bench = chatting().await;
    bench.dialog.fail_next_send(SendFault::LoseAnswer);
    let limit = std::time::Duration::from_secs(60);
    assert!(tokio::time::timeout(limit, bench.text("x")).await.is_err());
    assert_eq!(bench.dialog.inbox(ANA).len(), 1);
    bench.settle().await;
    assert_eq!(bench.statuses(), ["sent", "delivered"]);
}

#[tokio::test]
async fn an_outage_reaches_every_route() {
    let bench = chatting().await;
    bench.dialog.outage(Some(Outage::Status(502)));
    assert_eq!(bench.text("x").await.0, 502);
    assert_eq!(bench.get("/health_status").await.0, 502);
    bench
        .dialog
        .outage(Some(Outage::Throttled { retry_after: 3 }));
    let request = Request::get("/health_status").body(Body::empty()).unwrap();
    let (status, headers, _) = bench.raw(request).await;
    assert_eq!(
        (status.as_u16(), &headers["retry-after"]),
        (429, &http::HeaderValue::from(3))
    );
    bench.dialog.outage(None);
    assert_eq!(bench.text("x").await.0, 200);
}

#[tokio::test]
async fn statuses_can_be_disordered_thinned_silenced_and_failed() {
    let bench = chatting().await;
    bench
        .dialog
        .tune(|options| options.statuses_out_of_order = true);
    bench.text("x").await;
    bench.settle().await;
    assert_eq!(bench.statuses(), ["delivered", "sent"]);
    bench.dialog.tune(|options| options.skip_delivered = true);
    bench
        .dialog
        .tune(|options| options.without_callback_data = true);
    bench
        .send(json!({ "text": { "body": "x" }, "biz_opaque_callback_data": "d" }))
        .await;
    bench.settle().await;
    assert_eq!(bench.statuses()[2..], ["sent"]);
    assert!(bench.arrived("statuses")[2]["biz_opaque_callback_data"].is_null());
    bench.dialog.fail_next_status(131_049, "ecosystem");
    bench.text("x").await;
    bench.settle().await;
    assert_eq!(bench.arrived("statuses")[3]["errors"][0]["code"], 131_049);
    bench.dialog.tune(|options| options.statuses = false);
    bench.text("x").await;
    assert_eq!(bench.dialog.next_due_ms(), None);
}
