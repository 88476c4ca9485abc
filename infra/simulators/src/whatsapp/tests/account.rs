use super::*;

/// A multipart upload of `bytes`.
async fn upload(bench: &Bench, mime_type: &str, bytes: &str) -> (u16, Value) {
    let body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
         --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\
         Content-Type: {mime_type}\r\n\r\n{bytes}\r\n--B--\r\n"
    );
    let request = Request::post("/media")
        .header("D360-API-KEY", KEY)
        .header("content-type", "multipart/form-data; boundary=B")
        .body(Body::from(body))
        .unwrap();
    let (status, _, bytes) = bench.raw(request).await;
    (status.as_u16(), serde_json::from_slice(&bytes).unwrap())
}

/// The path of a download URL on the API's own host.
fn path_of(url: &Value) -> String {
    url.as_str()
        .unwrap()
        .strip_prefix(DOWNLOAD_ORIGIN)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_refused_in_both_shapes() {
    let bench = bench();
    for (path, pointer) in [
        ("/v1/configs/webhook", "/meta/developer_message"),
        ("/waba_webhook", "/error"),
    ] {
        for request in [
            Request::get(path),
            Request::get(path).header("D360-API-KEY", "wrong"),
        ] {
            let (status, _, body) = bench.raw(request.body(Body::empty()).unwrap()).await;
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(status, 401);
            assert_eq!(body.pointer(pointer), Some(&json!("Invalid api_key")));
        }
    }
}

#[tokio::test]
async fn a_number_without_webhook_answers_404() {
    let bench = bench();
    let (status, body) = bench.get("/v1/configs/webhook").await;
    assert_eq!((status, &body["meta"]["success"]), (404, &json!(false)));
    assert_eq!(bench.get("/waba_webhook").await.0, 404);
}

#[tokio::test]
async fn webhook_urls_need_https_and_neither_port_nor_underscore() {
    let bench = bench();
    let set = |url: &'static str| bench.post("/v1/configs/webhook", json!({ "url": url }));
    let bad = [
        "http://a.example/x",
        "https://a.example:443/x",
        "https://a_b.example/",
        "nonsense",
        "",
    ];
    for url in bad {
        assert_eq!(set(url).await.0, 400, "{url}");
    }
    assert_eq!(set("https://a.example/with_underscore:1").await.0, 200);
    bench
        .dialog
        .tune(|options| options.allow_any_webhook_url = true);
    assert_eq!(set("http://127.0.0.1:9000/x").await.0, 200);
    let underscore = json!({ "url": HOOK, "headers": { "X_Secret": "s" } });
    assert_eq!(bench.post("/v1/configs/webhook", underscore).await.0, 400);
    let good = json!({ "url": HOOK, "headers": { "X-Secret": "s" } });
    assert_eq!(
        bench.post("/v1/configs/webhook", good.clone()).await,
        (200, good.clone())
    );
    assert_eq!(bench.get("/v1/configs/webhook").await, (200, good));
}

#[tokio::test]
async fn the_accounts_webhook_takes_time_and_gives_way_to_the_numbers() {
    let bench = bench();
    let set = json!({ "url": "https://account.example/", "headers": {}, "override_all": false });
    assert_eq!(bench.post("/waba_webhook", set.clone()).await.0, 200);
    assert_eq!(bench.dialog.webhook_config(NUMBER), None);
    bench.pass(15_000);
    let url = || bench.dialog.webhook_config(NUMBER).map(|config| config.url);
    assert_eq!(url().as_deref(), Some("https://account.example/"));
    assert_eq!(bench.get("/v1/configs/webhook").await.0, 404);
    bench
        .post("/v1/configs/webhook", json!({ "url": HOOK }))
        .await;
    assert_eq!(url().as_deref(), Some(HOOK));
    let mut all = set;
    all["override_all"] = json!(true);
    bench.post("/waba_webhook", all).await;
    bench.pass(15_000);
    assert_eq!(
        bench.get("/v1/configs/webhook").await.1["url"],
        "https://account.example/"
    );
}

#[tokio::test]
async fn a_new_key_invalidates_the_webhook_and_the_old_key() {
    let bench = chatting().await;
    let key = bench.dialog.rotate_key(NUMBER).unwrap();
    assert_eq!(bench.get("/v1/configs/webhook").await.0, 401);
    let request = Request::get("/v1/configs/webhook").header("D360-API-KEY", key);
    let (status, _, _) = bench.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn an_uploaded_file_is_sent_looked_up_downloaded_and_deleted() {
    let bench = chatting().await;
    let (status, answer) = upload(&bench, "image/png", "PNG").await;
    assert_eq!(status, 200);
    let id = answer["id"].as_str().unwrap().to_owned();
    let image = json!({ "type": "image", "image": { "id": id, "caption": "look" } });
    assert_eq!(bench.send(image).await.0, 200);
    assert_eq!(bench.dialog.inbox(ANA)[0].text.as_deref(), Some("look"));
    assert_eq!(
        bench.dialog.file(&id),
        Some(("image/png".into(), b"PNG".to_vec()))
    );
    let (_, found) = bench.get(&format!("/{id}")).await;
    assert_eq!(
        (&found["mime_type"], &found["id"]),
        (&json!("image/png"), &json!(id))
    );
    let request = Request::get(path_of(&found["url"])).header("D360-API-KEY", KEY);
    let (status, headers, bytes) = bench.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status.as_u16(), &headers["content-type"], &bytes[..]),
        (
            200,
            &http::HeaderValue::from_static("image/png"),
            &b"PNG"[..]
        )
    );
    assert_eq!(
        bench.call("DELETE", &format!("/{id}"), None).await,
        (200, json!({ "success": true }))
    );
    assert_eq!(bench.get(&format!("/{id}")).await.0, 400);
    assert!(bench.dialog.unknown_paths().is_empty());
}

#[tokio::test]
async fn slashes_are_escaped_and_file_size_is_a_string_or_a_number() {
    let bench = chatting().await;
    let (mut strings, mut numbers) = (0, 0);
    for n in 0..4 {
        let id = bench.dialog.media(NUMBER, "image/png", &[n])["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let request = Request::get(format!("/{id}")).header("D360-API-KEY", KEY);
        let (_, _, bytes) = bench.raw(request.body(Body::empty()).unwrap()).await;
        assert!(String::from_utf8_lossy(&bytes).contains("https:\\/\\/lookaside"));
        let found: Value = serde_json::from_slice(&bytes).unwrap();
        strings += u32::from(found["file_size"].is_string());
        numbers += u32::from(found["file_size"].is_number());
    }
    assert!(strings > 0 && numbers > 0);
}

#[tokio::test]
async fn a_customers_file_has_a_url_for_five_minutes_and_an_id_for_seven_days() {
    let bench = chatting().await;
    let file = ("audio/ogg; codecs=opus", &b"OPUS"[..]);
    bench
        .dialog
        .sends_media(NUMBER, ANA, "audio", file, &json!({ "voice": true }));
    bench.settle().await;
    let audio = bench.arrived("messages")[0]["audio"].clone();
    assert_eq!(
        (&audio["voice"], &audio["mime_type"]),
        (&json!(true), &json!(file.0))
    );
    let path = path_of(&audio["url"]);
    assert!(path.contains("source=webhook"));
    assert_eq!(bench.call("GET", &path, None).await.0, 200);
    bench.pass(301_000);
    assert_eq!(bench.call("GET", &path, None).await.0, 404);
    let look_up = format!("/{}", audio["id"].as_str().unwrap());
    let fresh = path_of(&bench.get(&look_up).await.1["url"]);
    assert_eq!(bench.call("GET", &fresh, None).await.0, 200);
    bench.pass(7 * 86_400_000);
    assert_eq!(bench.get(&look_up).await.0, 400);
}

#[tokio::test]
async fn uploads_of_unsupported_types_are_refused_and_mismatches_fail_later() {
    let bench = chatting().await;
    assert_eq!(
        upload(&bench, "application/zip", "PK").await.1["error"]["code"],
        100
    );
    assert_eq!(
        upload(&bench, "image/jpeg", &"x".repeat((5 << 20) + 1))
            .await
            .1["error"]["code"],
        131_053
    );
    let (_, answer) = upload(&bench, "application/pdf", "%PDF").await;
    assert_eq!(
        bench
            .send(json!({ "type": "video", "video": { "id": answer["id"] } }))
            .await
            .0,
        200
    );
    bench.settle().await;
    assert_eq!(bench.arrived("statuses")[0]["errors"][0]["code"], 131_053);
    bench
        .dialog
        .tune(|options| options.accept_any_document = true);
    assert_eq!(upload(&bench, "application/zip", "PK").await.0, 200);
}

#[tokio::test]
async fn too_many_failed_look_ups_block_the_endpoint_for_half_an_hour() {
    let bench = chatting().await;
    for _ in 0..20 {
        assert_eq!(bench.get("/123").await.0, 400);
    }
    assert_eq!(bench.get("/123").await.0, 403);
    bench.pass(1_800_000);
    assert_eq!(bench.get("/123").await.0, 400);
}

#[tokio::test]
async fn templates_are_paged_filtered_and_sorted() {
    let bench = bench();
    let (_, page) = bench
        .get("/v1/configs/templates?limit=3&offset=6&sort=business_templates.name")
        .await;
    assert_eq!((&page["count"], &page["total"]), (&json!(2), &json!(8)));
    assert_eq!(page["waba_templates"][1]["name"], "summer_sale");
    let filters =
        "%7B%22business_templates.name%22%3A%22order%22%2C%22status%22%3A%22APPROVED%22%7D";
    let (_, page) = bench
        .get(&format!(
            "/v1/configs/templates?filters={filters}&sort=-language"
        ))
        .await;
    assert_eq!(
        (&page["total"], &page["waba_templates"][0]["status"]),
        (&json!(2), &json!("approved"))
    );
    assert_eq!(page["waba_templates"][0]["language"], "en_US");
}

#[tokio::test]
async fn a_template_is_created_refused_when_in_use_and_deleted_in_all_languages() {
    let bench = bench();
    let new = json!({ "name": "thanks", "category": "UTILITY", "language": "de",
        "components": [{ "type": "BODY", "text": "Danke!" }] });
    let (status, created) = bench.post("/v1/configs/templates", new.clone()).await;
    assert_eq!((status, &created["status"]), (201, &json!("submitted")));
    let (status, refused) = bench.post("/v1/configs/templates", new).await;
    assert_eq!(status, 400);
    assert!(
        refused["meta"]["developer_message"]
            .as_str()
            .unwrap()
            .contains("is already in use.")
    );
    assert_eq!(
        bench
            .call("DELETE", "/v1/configs/templates/order_confirmation", None)
            .await
            .0,
        200
    );
    assert_eq!(bench.get("/v1/configs/templates").await.1["total"], 7);
    assert_eq!(
        bench
            .call("DELETE", "/v1/configs/templates/order_confirmation", None)
            .await
            .0,
        404
    );
    bench.dialog.set_template_status("thanks", "de", "approved");
    bench
        .dialog
        .add_template(json!({ "name": "bye", "language": "de", "category": "UTILITY" }));
    let (_, page) = bench
        .get("/v1/configs/templates?sort=business_templates.name&limit=1000")
        .await;
    assert_eq!(
        (&page["total"], &page["waba_templates"][1]["name"]),
        (&json!(8), &json!("bye"))
    );
}

#[tokio::test]
async fn health_tells_the_display_number_only_when_asked() {
    let bench = bench();
    let (_, told) = bench.get("/health_status").await;
    assert_eq!(told["health_status"]["can_send_message"], "AVAILABLE");
    assert!(told["display_phone_number"].is_null());
    bench.dialog.set_health(NUMBER, "BLOCKED");
    let (_, told) = bench
        .get("/health_status?fields=health_status,display_phone_number")
        .await;
    assert_eq!(told["display_phone_number"], OWN);
    assert_eq!(
        told["health_status"]["entities"][0]["errors"][0]["error_code"],
        141_006
    );
}

#[tokio::test]
async fn the_profile_is_checked_kept_and_shown_by_field() {
    let bench = bench();
    let change = |body: Value| bench.post("/whatsapp_business_profile", body);
    let good = json!({ "messaging_product": "whatsapp", "about": "We help", "websites": ["https://a.example"] });
    assert_eq!(change(good).await, (200, json!({ "success": true })));
    let bad = json!({ "messaging_product": "whatsapp", "websites": ["a.example"] });
    assert_eq!(change(bad).await.0, 400);
    let (_, told) = bench.get("/whatsapp_business_profile?fields=about").await;
    assert_eq!(
        told["data"][0],
        json!({ "about": "We help", "messaging_product": "whatsapp" })
    );
}

#[tokio::test]
async fn blocked_customers_are_not_heard() {
    let bench = chatting().await;
    let users =
        |user: &str| json!({ "messaging_product": "whatsapp", "block_users": [{ "user": user }] });
    let (status, told) = bench.post("/block_users", users(ANA)).await;
    assert_eq!(
        (status, &told["block_users"]["added_users"][0]["wa_id"]),
        (200, &json!("16505551234"))
    );
    bench.dialog.says(NUMBER, ANA, "hello?");
    assert_eq!(bench.dialog.next_due_ms(), None);
    assert_eq!(
        bench.get("/block_users").await.1["data"][0]["wa_id"],
        "16505551234"
    );
    let (status, told) = bench.post("/block_users", users("+4915799999999")).await;
    assert_eq!(
        (
            status,
            &told["block_users"]["failed_users"][0]["errors"][0]["code"]
        ),
        (400, &json!(139_100))
    );
    assert_eq!(
        bench
            .call("DELETE", "/block_users", Some(users(ANA)))
            .await
            .0,
        200
    );
    bench.dialog.says(NUMBER, ANA, "hello!");
    assert!(bench.dialog.next_due_ms().is_some());
}

#[tokio::test]
async fn unknown_paths_and_calls_are_counted() {
    let bench = bench();
    assert_eq!(bench.get("/v2/messages").await.0, 404);
    assert_eq!(bench.get("/messages").await.0, 404);
    assert_eq!(bench.get("/nonsense").await.0, 404);
    bench.get("/health_status").await;
    assert_eq!(
        bench.dialog.unknown_paths(),
        ["GET /v2/messages", "GET /messages", "GET /nonsense"]
    );
    assert_eq!(bench.dialog.calls().get("GET /health_status"), Some(&1));
}

#[tokio::test]
async fn numbers_are_kept_apart() {
    let bench = chatting().await;
    bench.dialog.add_number("key-2", "+49 40 555", "200");
    bench.dialog.says("+49 40 555", ANA, "other shop");
    assert_eq!(bench.dialog.undelivered()[0].number, "200");
    assert_eq!(bench.dialog.webhook_config("200"), None);
    bench.text("x").await;
    assert_eq!(
        (
            bench.dialog.sent_count("200"),
            bench.dialog.sent_count(NUMBER)
        ),
        (0, 1)
    );
}
