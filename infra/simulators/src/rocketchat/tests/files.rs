use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::super::{Speaker, Version};
use super::{Desk, Got, staffed};

async fn upload(desk: &Desk, rid: &str, token: &str, mime: &str, texts: &[(&str, &str)]) -> Got {
    let mut body = String::new();
    for (name, text) in texts {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        ));
    }
    if !mime.is_empty() {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.png\"\r\n\
             Content-Type: {mime}\r\n\r\nBYTES\r\n"
        ));
    }
    body.push_str("--b--\r\n");
    let request = Request::post(format!("/api/v1/livechat/upload/{rid}"))
        .header("content-type", "multipart/form-data; boundary=b")
        .header("x-visitor-token", token)
        .body(Body::from(body))
        .unwrap();
    desk.send(request).await
}

async fn fetch(desk: &Desk, path: &str, user: Option<&str>) -> Got {
    let mut request = Request::get(path);
    if let Some(user) = user {
        request = request
            .header("X-User-Id", format!("id-{user}"))
            .header("X-Auth-Token", format!("token-{user}"));
    }
    desk.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn upload_answers_with_the_message_at_top_level() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let got = upload(
        &desk,
        &rid,
        "t-ana",
        "image/png",
        &[("description", "My cat")],
    )
    .await;
    assert_eq!(got.status, 200, "{}", got.body);
    assert_eq!(got.body["success"], json!(true));
    assert_eq!(got.body["msg"], json!(""));
    let attachment = &got.body["attachments"][0];
    assert_eq!(attachment["description"], json!("My cat"));
    assert_eq!(attachment["image_size"], json!(5));
    let id = got.body["file"]["_id"].as_str().unwrap();
    assert_eq!(
        attachment["title_link"],
        json!(format!("/file-upload/{id}/a%20b.png"))
    );
    let lines = desk.rc.transcript(&rid);
    let line = lines.last().unwrap();
    assert_eq!(line.author, Speaker::Visitor);
    assert_eq!(
        line.file.as_ref().unwrap().description.as_deref(),
        Some("My cat")
    );
    assert_eq!(desk.rc.file_bytes(id).unwrap().as_ref(), b"BYTES");
}

#[tokio::test]
async fn upload_of_several_megabytes_comes_through() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let mut body =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec();
    body.extend(vec![b'x'; 5_000_000]);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::post(format!("/api/v1/livechat/upload/{rid}"))
        .header("content-type", "multipart/form-data; boundary=b")
        .header("x-visitor-token", "t-ana")
        .body(Body::from(body))
        .unwrap();
    assert_eq!(desk.send(request).await.status, 200);
    let file = desk.rc.transcript(&rid).pop().unwrap().file.unwrap();
    assert_eq!(
        (file.size, file.mime.as_str()),
        (5_000_000, "application/octet-stream")
    );
}

#[tokio::test]
async fn upload_into_a_closed_room_is_403_with_the_versions_word() {
    for (version, word) in [(Version::V8, "forbidden"), (Version::V7, "unauthorized")] {
        let desk = Desk::new(staffed(version));
        let rid = desk.ana().await;
        let body = json!({ "success": false, "error": word });
        let got = upload(&desk, &rid, "stranger", "image/png", &[]).await;
        assert_eq!((got.status, &got.body), (StatusCode::FORBIDDEN, &body));
        desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
        let got = upload(&desk, &rid, "t-ana", "image/png", &[]).await;
        assert_eq!((got.status, &got.body), (StatusCode::FORBIDDEN, &body));
    }
}

#[tokio::test]
async fn upload_refusals_have_a_reason_and_no_error() {
    let desk = Desk::new(staffed(Version::V7));
    let rid = desk.ana().await;
    let got = upload(&desk, &rid, "t-ana", "image/svg+xml", &[]).await;
    assert_eq!(
        got.body,
        json!({ "reason": "error-type-not-allowed", "success": false })
    );
    desk.rc
        .set_setting("FileUpload_MediaTypeWhiteList", "audio/*");
    let got = upload(&desk, &rid, "t-ana", "image/png", &[]).await;
    assert_eq!(got.body["reason"], json!("error-type-not-allowed"));
    assert_eq!(
        upload(&desk, &rid, "t-ana", "audio/ogg", &[]).await.status,
        200
    );
    desk.rc.set_setting("FileUpload_MaxFileSize", 4);
    let got = upload(&desk, &rid, "t-ana", "audio/ogg", &[]).await;
    let body =
        json!({ "reason": "error-size-not-allowed", "sizeAllowed": "4 Bytes", "success": false });
    assert_eq!(got.body, body);
    desk.rc.set_setting("FileUpload_Enabled", false);
    let got = upload(&desk, &rid, "t-ana", "audio/ogg", &[]).await;
    assert_eq!(
        got.body,
        json!({ "reason": "error-file-upload-disabled", "success": false })
    );
}

#[tokio::test]
async fn upload_on_8_refuses_size_in_other_words_and_wants_a_file() {
    let desk = Desk::new(staffed(Version::V8).with_setting("FileUpload_MaxFileSize", 4));
    let rid = desk.ana().await;
    let got = upload(&desk, &rid, "t-ana", "audio/ogg", &[]).await;
    assert_eq!(
        got.error(),
        "File size exceeds the allowed limit [error-file-too-large]"
    );
    let got = upload(&desk, &rid, "t-ana", "", &[("msg", "x")]).await;
    assert_eq!(got.error(), "No file uploaded [error-no-file]");
}

#[tokio::test]
async fn unknown_text_part_is_refused_after_the_file_was_stored() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    let got = upload(&desk, &rid, "t-ana", "image/png", &[("_id", "m1")]).await;
    assert!(got.error().starts_with("Match error: Unknown key"));
    assert_eq!((desk.rc.file_count(), desk.rc.message_count()), (1, 0));
}

#[tokio::test]
async fn file_opens_with_the_visitors_credentials_but_not_to_the_bot() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    desk.rc
        .agent_uploads(&rid, "agent.one", "a.pdf", "application/pdf", "PDF", "Bill")
        .unwrap();
    let line = desk.rc.transcript(&rid).pop().unwrap();
    let path = format!("/file-upload/{}/a.pdf", line.file.unwrap().id);
    let query = format!("?rc_room_type=l&rc_rid={rid}&rc_token=t-ana");
    let got = fetch(&desk, &format!("{path}{query}"), None).await;
    assert_eq!(
        (got.status.as_u16(), got.bytes.as_ref()),
        (200, &b"PDF"[..])
    );
    assert_eq!(got.headers["content-type"], "application/pdf");
    let got = fetch(&desk, &path, Some("whatsapp.bot")).await;
    assert_eq!((got.status.as_u16(), got.bytes.len()), (403, 0));
    assert_eq!(fetch(&desk, &path, Some("agent.one")).await.status, 200);
    assert_eq!(fetch(&desk, "/file-upload/none/x", None).await.status, 404);
    desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
    assert_eq!(
        fetch(&desk, &format!("{path}{query}"), None).await.status,
        200
    );
}

#[tokio::test]
async fn files_of_closed_rooms_stay_shut_on_6_and_signed_links_last_an_hour() {
    let desk = Desk::new(
        staffed(Version::V6_0)
            .with_webhook("https://b.example.org/e", "s")
            .with_setting("FileUpload_json_web_token_secret_for_files", "k"),
    );
    let rid = desk.ana().await;
    desk.rc
        .agent_uploads(&rid, "agent.one", "a.pdf", "application/pdf", "PDF", "Bill")
        .unwrap();
    let event: Value = desk.rc.lock().pending.back().unwrap().body.clone();
    let link = event["messages"][0]["fileUpload"]["publicFilePath"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = link.strip_prefix(super::SITE).unwrap();
    assert_eq!(
        event["messages"][0]["attachments"][0]["description"],
        json!("Bill")
    );
    desk.rc.agent_closes(&rid, "agent.one", "").unwrap();
    let plain = path.split('?').next().unwrap();
    let query = format!("{plain}?rc_room_type=l&rc_rid={rid}&rc_token=t-ana");
    assert_eq!(fetch(&desk, &query, None).await.status, 403);
    assert_eq!(fetch(&desk, path, None).await.status, 200);
    desk.sleep(3_600_001);
    assert_eq!(fetch(&desk, path, None).await.status, 403);
}

#[tokio::test]
async fn a_visitor_may_not_call_everybody_and_an_upload_is_refused_after_the_file_was_stored() {
    let desk = Desk::v8();
    let rid = desk.ana().await;
    for text in ["@all", "Hi @Here!", "see\n@all."] {
        let got = desk.says(&rid, "m1", text).await;
        assert_eq!(
            (got.status, got.kind()),
            (StatusCode::BAD_REQUEST, "error-action-not-allowed")
        );
        assert!(
            got.error().contains("in this room not allowed"),
            "{}",
            got.error()
        );
    }
    for text in ["@allison", "info@here.example", "@\u{2060}all", "all"] {
        let got = desk.says(&rid, text, text).await;
        assert_eq!(got.status, StatusCode::OK, "{text}");
    }
    let got = upload(&desk, &rid, "t-ana", "image/png", &[("msg", "@all look")]).await;
    assert_eq!(got.kind(), "error-action-not-allowed");
    assert_eq!(desk.rc.file_count(), 1);
}
