//! Hostile and broken input at the doors.

use bridge_harness::{Setup, World};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::json;

fn text_from(phone: &str, id: &str, body: &str) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
        "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": "1"},
            "contacts": [{"profile": {"name": "Ana"}, "wa_id": phone}],
            "messages": [{"from": phone, "id": id, "timestamp": "1780300800", "type": "text",
                "text": {"body": body}}]}}]}]})
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn a_wrong_or_missing_secret_is_refused_before_parsing_with_one_answer() {
    let w = World::new().await;
    let mut answers = Vec::new();
    for secret in [
        None,
        Some(""),
        Some("wrong"),
        Some("incoming secret of the test"),
    ] {
        for body in ["not json", &text_from("16505551234", "wamid.1", "Hi")] {
            let mut request = Request::post("https://bridge.test/incoming/c1");
            if let Some(secret) = secret {
                request = request.header("x-bridge360-secret", secret);
            }
            let answer = w
                .request(request.body(Bytes::from(body.to_owned())).unwrap())
                .await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            answers.push(format!("{:?} {:?}", answer.headers(), answer.body()));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let events = Request::post("https://bridge.test/rocketchat/events")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(w.request(events).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(w.effects.calls(None, "sqs"), 0);
}

#[tokio::test(start_paused = true)]
async fn other_methods_are_not_allowed() {
    let w = World::new().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
        let mut request = w.webhook("");
        *request.method_mut() = method;
        let answer = w.request(request).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()["allow"], "POST");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read_is_acknowledged_and_kept_where_an_operator_sees_it() {
    let w = World::new().await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let bad: Vec<Bytes> = vec![
        Bytes::from_static(b"not json"),
        Bytes::from_static(b"{\"entry\":"),
        Bytes::from_static(b"[1,2]"),
        Bytes::from_static(b"\"text\""),
        Bytes::from_static(b"{\"a\":\"\xff\xfe\"}"),
        Bytes::from(deep),
        Bytes::from(vec![b'x'; 3 * 1024 * 1024]),
        Bytes::new(),
    ];
    let count = bad.len();
    for body in bad {
        assert_eq!(w.request(w.webhook(body)).await.status(), StatusCode::OK);
    }
    w.settle().await;
    let parked = w.parked().await;
    assert_eq!(parked.len(), count, "{parked:?}");
    assert!(
        parked
            .iter()
            .all(|reason| reason.starts_with("inbound unreadable_body: ")),
        "{parked:?}"
    );
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn wrong_types_in_readable_json_harm_nothing() {
    let w = World::new().await;
    for body in [
        json!({"entry": 7}),
        json!({"entry": [null, 1, {"changes": "x"}, {"changes": [{"value": []}]}]}),
        json!({"messages": [null, 5, "x"]}),
        json!({"messages": [{"id": "wamid.1", "type": "text", "text": {"body": "from nobody"}}]}),
        json!({"statuses": [{}, {"id": 5}]}),
    ] {
        assert_eq!(
            w.request(w.webhook(body.to_string())).await.status(),
            StatusCode::OK
        );
    }
    w.settle().await;
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["inbound no_sender"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_three_megabytes_with_a_thousand_messages_is_delivered_whole() {
    let w = World::with(Setup {
        rate_limiter: false,
        ..Setup::default()
    })
    .await;
    let messages: Vec<_> = (0..1000)
        .map(|n| {
            json!({"from": format!("1650555{:04}", n % 10), "id": format!("wamid.{n}"), "type": "text",
                "timestamp": "1780300800", "text": {"body": format!("{n} {}", "x".repeat(2500))}})
        })
        .collect();
    let body =
        json!({"entry": [{"changes": [{"field": "messages", "value": {"messages": messages}}]}]});
    let body = body.to_string();
    assert!(body.len() > 2_600_000);
    assert_eq!(w.request(w.webhook(body)).await.status(), StatusCode::OK);
    w.settle().await;
    for customer in 0..10 {
        let screen = w.screen(&w.room(&format!("1650555{customer:04}")).id);
        let numbers: Vec<usize> = screen
            .iter()
            .map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap())
            .collect();
        let expected: Vec<usize> = (0..100).map(|n| n * 10 + customer).collect();
        assert_eq!(numbers, expected);
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_connection_is_acknowledged_and_parked() {
    let w = World::new().await;
    let mut request = w.webhook(text_from("16505551234", "wamid.1", "Hi"));
    *request.uri_mut() = "https://bridge.test/incoming/unknown".parse().unwrap();
    assert_eq!(w.request(request).await.status(), StatusCode::OK);
    w.settle().await;
    assert_eq!(w.parked().await, ["inbound unknown_connection"]);
    assert!(w.rocketchat.rooms().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_disabled_connection_keeps_what_comes() {
    let w = World::with(Setup {
        connection: Box::new(|connection| connection.enabled = false),
        ..Setup::default()
    })
    .await;
    let ana = w.customer("Ana", "16505551234");
    w.says(&ana, "Hello");
    w.settle().await;
    assert_eq!(w.parked().await, ["inbound disabled_connection"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_refuses_is_never_acknowledged() {
    let w = World::new().await;
    w.effects.plan(1, bridge_harness::Fault::Before);
    let answer = w
        .request(w.webhook(text_from("16505551234", "wamid.1", "Hi")))
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn agent_events_that_are_no_json_are_answered_200_with_an_empty_body() {
    let w = World::new().await;
    let request = Request::post("https://bridge.test/rocketchat/events")
        .header(
            "X-RocketChat-Livechat-Token",
            "agent events token of the tests",
        )
        .body(Bytes::from_static(b"<html>"))
        .unwrap();
    let answer = w.request(request).await;
    assert_eq!((answer.status(), answer.body().len()), (StatusCode::OK, 0));
}

#[tokio::test(start_paused = true)]
async fn one_message_of_three_megabytes_is_named_to_the_agent_and_kept() {
    let w = World::new().await;
    let body = text_from("16505551234", "wamid.1", &"x".repeat(3_000_000));
    assert_eq!(w.request(w.webhook(body)).await.status(), StatusCode::OK);
    w.settle().await;
    let screen = w.screen(&w.room("16505551234").id);
    assert_eq!(
        screen,
        ["customer: [message that cannot be shown here: too large]"]
    );
    assert_eq!(
        w.parked().await,
        ["inbound unreadable_body: message_too_large"]
    );
    assert_eq!(w.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn whatever_a_customer_types_arrives_and_steers_nothing() {
    let w = World::new().await;
    let ana = w.customer("Ana", "16505551234");
    let ben = w.customer("Ben", "4915112345678");
    w.says(&ben, "mine");
    w.settle().await;
    let bens = w.transcript(&w.room("4915112345678").id).remove(0);
    let room = w.room("4915112345678").id;
    // a quote of somebody else's message, written by hand
    let forged = format!("[ ](https://chat.test/live/{room}?msg={}) ha", bens.id);
    for text in [
        forged.as_str(),
        "!whatsapp help",
        "/close",
        "@all #general",
        "Please @Here, and @ALL!",
        "write to info@here.example",
        "<https://evil.example|bank>",
        "\u{202E}evil\u{202C} \u{FEFF}end\u{0}",
        "👩\u{200D}👩\u{200D}👧 🇧🇷 👍🏽",
        "مرحبا \u{200F}123",
        "[x](javascript:alert(1)) <img src=x onerror=alert(1)>",
        " \n\t ",
    ] {
        w.says(&ana, text);
    }
    w.settle().await;
    let lines = w.transcript(&w.room("16505551234").id);
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts[1..],
        [
            "!whatsapp help",
            "/close",
            "@\u{2060}all #general",
            "Please @\u{2060}Here, and @\u{2060}ALL!",
            "write to info@here.example",
            "<\u{2060}https://evil.example|bank>",
            "evil\u{202C} end",
            "👩\u{200D}👩\u{200D}👧 🇧🇷 👍🏽",
            "مرحبا \u{200F}123",
            "[x]\u{2060}(javascript:alert(1)) <img src=x onerror=alert(1)>",
            "[empty message]",
        ]
    );
    assert_eq!(lines[0].quotes, None, "another visitor's message");
    assert!(lines.iter().all(|line| line.who == "customer"));
    assert_eq!(w.transcript(&room).len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_caption_calls_nobody_either() {
    let w = World::new().await;
    let ana = w.customer("Ana", "16505551234");
    let file = ("image/png", b"\x89PNG".as_slice());
    let caption = json!({ "caption": "@all look [here](https://evil.example)" });
    w.sends_file(&ana, "image", file, &caption);
    w.settle().await;
    let line = w.transcript(&w.room("16505551234").id).remove(0);
    assert!(line.file.is_some());
    assert_eq!(
        line.text,
        "@\u{2060}all look [here]\u{2060}(https://evil.example)"
    );
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_files_name_leads_nowhere() {
    let w = World::new().await;
    let ana = w.customer("Ana", "16505551234");
    let long = format!("{}.pdf", "a".repeat(400));
    for name in [
        "../../etc/passwd",
        "C:\\temp\\offer.pdf",
        "of\u{202E}fdp.exe\"\r\nX-Injected: 1",
        "....",
        long.as_str(),
    ] {
        let file = ("application/pdf", b"%PDF-".as_slice());
        w.sends_file(&ana, "document", file, &json!({ "filename": name }));
        w.settle().await;
    }
    let lines = w.transcript(&w.room("16505551234").id);
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.file.clone().expect("a file").1)
        .collect();
    assert_eq!(names[0], "passwd");
    assert_eq!(names[1], "offer.pdf");
    assert_eq!(names[2], "offdp.exe_X-Injected_ 1");
    assert!(names[3].starts_with("document-"), "{}", names[3]);
    assert_eq!(names[4], format!("{}.pdf", "a".repeat(116)));
    w.assert_clean().await;
}
