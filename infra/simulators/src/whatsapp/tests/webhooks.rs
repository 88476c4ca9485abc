use super::*;

#[tokio::test]
async fn an_inbound_message_has_the_documented_envelope() {
    let bench = bench();
    let headers = json!({ "X-Secret": "s3cret" });
    bench
        .post(
            "/v1/configs/webhook",
            json!({ "url": HOOK, "headers": headers }),
        )
        .await;
    bench.dialog.customer("Ana", ANA);
    let wamid = bench.dialog.says(OWN, ANA, "hi");
    assert_eq!(bench.dialog.next_due_ms(), Some(START_MS));
    assert_eq!(bench.dialog.deliver_due(&bench.outbound).await, 1);
    let (headers, url, body) = bench.calls.lock().unwrap()[0].clone();
    assert_eq!(
        (headers["x-secret"].to_str().unwrap(), url.as_str()),
        ("s3cret", HOOK)
    );
    assert_eq!(body["object"], "whatsapp_business_account");
    assert_eq!(body["entry"][0]["id"], "102290129340398");
    let value = &body["entry"][0]["changes"][0]["value"];
    let metadata = json!({ "display_phone_number": "4930901820", "phone_number_id": NUMBER });
    assert_eq!(value["metadata"], metadata);
    assert_eq!(value["contacts"][0]["profile"]["name"], "Ana");
    let message = &value["messages"][0];
    assert_eq!(
        (&message["id"], &message["from"]),
        (&json!(wamid), &json!("16505551234"))
    );
    assert_eq!(message["from_user_id"], value["contacts"][0]["user_id"]);
    assert_eq!(
        (&message["timestamp"], &message["text"]["body"]),
        (&json!("1700000000"), &json!("hi"))
    );
    assert!(bench.dialog.undelivered().is_empty());
}

#[tokio::test]
async fn any_member_can_be_sent_and_a_null_removes_a_common_one() {
    let bench = chatting().await;
    let pressed = json!({ "type": "interactive", "from": null,
        "interactive": { "type": "button_reply", "button_reply": { "id": "1", "title": "Yes" } } });
    bench.dialog.sends(NUMBER, ANA, &pressed);
    let moved =
        json!({ "type": "system", "system": { "body": "moved", "type": "user_changed_number" } });
    bench.dialog.sends(NUMBER, ANA, &moved);
    bench.settle().await;
    assert!(bench.arrived("messages")[0]["from"].is_null());
    assert!(bench.bodies()[1]["entry"][0]["changes"][0]["value"]["contacts"].is_null());
    assert_eq!(bench.dialog.said(ANA)[1].text.as_deref(), Some("Yes"));
}

#[tokio::test]
async fn a_hidden_phone_number_leaves_the_user_id_only() {
    let bench = chatting().await;
    bench.dialog.hide_phone(ANA, true);
    bench.dialog.says(NUMBER, ANA, "again");
    bench.settle().await;
    let message = &bench.arrived("messages")[0];
    assert!(message["from"].is_null() && message["from_user_id"].is_string());
    assert_eq!(bench.text("still reachable").await.0, 200);
}

#[tokio::test]
async fn a_stranger_who_writes_becomes_a_customer() {
    let bench = chatting().await;
    bench.dialog.says(NUMBER, "+49 151 2345678", "guten Tag");
    let keys: Vec<_> = bench
        .dialog
        .customers()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys, ["16505551234", "491512345678"]);
}

#[tokio::test]
async fn anything_but_200_is_repeated_with_doubling_pauses() {
    let bench = chatting().await;
    for script in [Script::Status(500), Script::Status(204), Script::Broken] {
        bench.plan(script);
    }
    let start = bench.now.load(Ordering::SeqCst);
    bench.dialog.says(NUMBER, ANA, "hello");
    let mut pauses = Vec::new();
    for expected in ["HTTP 500", "HTTP 204", "connection refused"] {
        bench.dialog.deliver_due(&bench.outbound).await;
        let waiting = &bench.dialog.undelivered()[0];
        assert_eq!(waiting.last, expected);
        pauses.push(waiting.due_ms - bench.now.load(Ordering::SeqCst));
        bench.now.store(waiting.due_ms, Ordering::SeqCst);
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000]);
    bench.settle().await;
    assert_eq!(bench.arrived("messages").len(), 4);
    assert_eq!(bench.now.load(Ordering::SeqCst) - start, 7_000);
    assert!(bench.dialog.undelivered().is_empty());
}

#[tokio::test]
async fn after_seven_days_a_webhook_is_given_up() {
    let bench = chatting().await;
    (0..400).for_each(|_| bench.plan(Script::Status(500)));
    let start = bench.now.load(Ordering::SeqCst);
    bench.dialog.says(NUMBER, ANA, "hello");
    bench.settle().await;
    let given_up = bench.dialog.given_up();
    assert_eq!(given_up.len(), 1);
    assert!(given_up[0].attempts > 150);
    let days = (bench.now.load(Ordering::SeqCst) - start) as f64 / 86_400_000.0;
    assert!((6.9..=7.0).contains(&days), "{days}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_five_seconds_counts_as_none() {
    let bench = chatting().await;
    bench.plan(Script::Hang);
    bench.dialog.says(NUMBER, ANA, "hello");
    let started = tokio::time::Instant::now();
    bench.dialog.deliver_due(&bench.outbound).await;
    assert_eq!(started.elapsed().as_millis(), 5_000);
    assert_eq!(bench.dialog.undelivered()[0].last, "no answer in time");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_delivery_is_due_again() {
    let bench = chatting().await;
    bench.plan(Script::Hang);
    bench.dialog.says(NUMBER, ANA, "one");
    bench.dialog.says(NUMBER, ANA, "two");
    let limit = std::time::Duration::from_millis(10);
    let delivery = bench.dialog.deliver_due(&bench.outbound);
    assert!(tokio::time::timeout(limit, delivery).await.is_err());
    assert_eq!(bench.dialog.deliver_due(&bench.outbound).await, 2);
}

#[tokio::test]
async fn duplicates_carry_the_same_body() {
    let bench = chatting().await;
    bench.dialog.duplicate_next();
    bench.dialog.says(NUMBER, ANA, "one");
    bench.settle().await;
    let bodies = bench.bodies();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
    bench.dialog.duplicate_every(1);
    bench.dialog.says(NUMBER, ANA, "two");
    bench.settle().await;
    assert_eq!(bench.bodies().len(), 4);
}

#[tokio::test]
async fn shuffling_is_bounded_and_repeatable() {
    let order = async |seed: Option<u64>| {
        let bench = chatting().await;
        bench.dialog.shuffle(seed);
        (0..8).for_each(|n| drop(bench.dialog.says(NUMBER, ANA, &n.to_string())));
        let start = bench.now.load(Ordering::SeqCst);
        bench.settle().await;
        assert!(bench.now.load(Ordering::SeqCst) - start < 3_000);
        let text = |message: &Value| message["text"]["body"].as_str().unwrap().to_owned();
        bench
            .arrived("messages")
            .iter()
            .map(text)
            .collect::<String>()
    };
    assert_eq!(order(None).await, "01234567");
    let first = order(Some(1)).await;
    assert_eq!(order(Some(1)).await, first);
    assert!(first != "01234567" && first != order(Some(2)).await);
}

#[tokio::test]
async fn held_webhooks_pile_up_and_merge_into_one_body() {
    let bench = chatting().await;
    bench.dialog.hold_webhooks(true);
    bench.dialog.merge(true);
    bench.dialog.says(NUMBER, ANA, "one");
    bench.dialog.says(NUMBER, ANA, "two");
    bench.text("three").await;
    bench.pass(1_000);
    assert_eq!(bench.dialog.next_due_ms(), None);
    assert_eq!(bench.dialog.deliver_due(&bench.outbound).await, 0);
    assert_eq!(bench.dialog.undelivered().len(), 4);
    bench.dialog.hold_webhooks(false);
    assert_eq!(bench.dialog.deliver_due(&bench.outbound).await, 1);
    let value = bench.bodies()[0]["entry"][0]["changes"][0]["value"].clone();
    let count = |name: &str| value[name].as_array().unwrap().len();
    assert_eq!(
        (count("messages"), count("statuses"), count("contacts")),
        (2, 2, 1)
    );
}

#[tokio::test]
async fn a_batch_spans_changes_and_entries() {
    let bench = chatting().await;
    let message = |text: &str| Item::Message {
        customer: ANA.into(),
        member: json!({ "type": "text", "text": { "body": text } }),
    };
    let status = Item::Status(json!({ "id": "wamid.x", "status": "played" }));
    let items = vec![
        message("a"),
        message("b"),
        Item::NewChange,
        status,
        Item::NewEntry,
        message("c"),
    ];
    assert_eq!(bench.dialog.batch(NUMBER, items).len(), 3);
    bench.settle().await;
    let body = &bench.bodies()[0];
    assert_eq!(body["entry"].as_array().unwrap().len(), 2);
    assert_eq!(body["entry"][0]["changes"].as_array().unwrap().len(), 2);
    assert_eq!(
        body["entry"][1]["changes"][0]["value"]["messages"][0]["text"]["body"],
        "c"
    );
}

#[tokio::test]
async fn a_raw_webhook_is_delivered_as_it_is() {
    let bench = chatting().await;
    bench.dialog.webhook(NUMBER, json!([1, "odd"]));
    bench.settle().await;
    assert_eq!(bench.bodies(), [json!([1, "odd"])]);
}

#[tokio::test]
async fn without_a_webhook_messages_wait_for_one() {
    let bench = bench();
    bench.dialog.says(NUMBER, ANA, "anybody?");
    bench.dialog.deliver_due(&bench.outbound).await;
    assert_eq!(bench.dialog.undelivered()[0].last, "no webhook is set");
    bench
        .post("/v1/configs/webhook", json!({ "url": HOOK }))
        .await;
    bench.settle().await;
    assert_eq!(bench.arrived("messages").len(), 1);
}

#[tokio::test]
async fn the_pump_delivers_in_real_time_until_told_to_stop() {
    let bench = chatting().await;
    let dialog = Dialog360::new(
        Clock::system(),
        Options {
            sent_after_ms: 5,
            ..Options::default()
        },
    );
    dialog.add_number("other", "+49 40 1", "77");
    let other = Bench { dialog, ..bench };
    let set = json!({ "url": HOOK });
    let request = Request::post("/v1/configs/webhook").header("D360-API-KEY", "other");
    other
        .raw(request.body(Body::from(set.to_string())).unwrap())
        .await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let pump = other.dialog.clone();
    let pumping = pump.pump(other.outbound.clone(), async { drop(stopped.await) });
    let acting = async {
        other.dialog.says("77", ANA, "one");
        while other.calls.lock().unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        stop.send(()).unwrap();
    };
    tokio::join!(pumping, acting);
    assert_eq!(other.arrived("messages").len(), 1);
}

#[tokio::test]
async fn subscribers_see_every_change() {
    let bench = chatting().await;
    let mut changes = bench.dialog.subscribe();
    assert!(!changes.has_changed().unwrap());
    bench.text("x").await;
    assert!(changes.has_changed().unwrap());
    changes.borrow_and_update();
    bench.get("/health_status").await;
    assert!(!changes.has_changed().unwrap());
}
