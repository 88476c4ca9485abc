//! Files on their way through us: the verbs of both clients, over the real network where it matters
//! that nothing is held and that what breaks off has no end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::routing::{get, post};
use bridge::domain::content::MediaFile;
use bridge::domain::ids::{PostId, RoomId, UserId, VisitorToken};
use bridge::domain::time::Timestamp;
use bridge::http::Http;
use bridge::media::{Inward, NotCarried};
use bridge::rocketchat::client::files::{Upload, whole};
use bridge::rocketchat::{Client as RocketChat, Refusal, RocketChatError};
use bridge::secrets::Secret;
use bridge::whatsapp::client::FoundMedia;
use bridge::whatsapp::{Client as WhatsApp, WhatsAppError};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{always, answer, answer_with, neighbour, page};

const LIMIT: Duration = Duration::from_secs(20);

fn rocketchat(http: Http, base: &str) -> RocketChat {
    let bot = (UserId::new("bot-1"), Secret::new("token-1"));
    RocketChat::new(http, base, bot, Arc::default(), Timestamp::from_seconds(1))
}

fn place() -> (VisitorToken, RoomId) {
    (VisitorToken::new("b360-c1-p1-r"), RoomId::new("room 1"))
}

fn upload<'a>(text: &'a str, length: Option<u64>) -> Upload<'a> {
    Upload {
        name: "a\"b.pdf",
        mime_type: "application/pdf",
        text,
        length,
    }
}

async fn uploaded(answer: Response<Bytes>) -> Result<PostId, RocketChatError> {
    let (token, room) = place();
    let client = rocketchat(always(answer), "https://chat.example");
    let body = whole(Bytes::from_static(b"%PDF-"));
    client
        .send_file((&token, &room), &upload("", None), (body, LIMIT))
        .await
}

#[tokio::test]
async fn a_file_is_one_part_behind_its_text() {
    let (http, calls) = neighbour(answer(200, json!({ "_id": "m1", "success": true })));
    let (token, room) = place();
    let client = rocketchat(http, "https://chat.example");
    let body = whole(Bytes::from_static(b"%PDF-"));
    let file = upload("Hi *you*", Some(5));
    let sent = client.send_file((&token, &room), &file, (body, LIMIT));
    assert_eq!(sent.await, Ok(PostId::new("m1")));
    let call = calls.only();
    assert_eq!(
        call["call"],
        "POST https://chat.example/api/v1/livechat/upload/room+1"
    );
    assert_eq!(call["headers"]["x-visitor-token"], "b360-c1-p1-r");
    assert_eq!(call["headers"]["x-auth-token"], "token-1");
    let kind = call["headers"]["content-type"].as_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = call["body"].as_str().unwrap();
    assert_eq!(
        body,
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"msg\"\r\n\r\nHi *you*\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a_b.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n%PDF-\r\n--{boundary}--\r\n"
        )
    );
    assert_eq!(call["headers"]["content-length"], body.len().to_string());
}

#[tokio::test]
async fn an_uploads_refusals_are_told_apart() {
    let refusal = |result: Result<PostId, RocketChatError>| match result {
        Err(RocketChatError::Rejected { refusal, .. }) => refusal,
        other => panic!("{other:?}"),
    };
    for (status, body, expected) in [
        (
            403,
            json!({ "success": false, "error": "forbidden" }),
            Refusal::RoomClosed,
        ),
        (
            403,
            json!({ "success": false, "error": "unauthorized" }),
            Refusal::RoomClosed,
        ),
        (
            401,
            json!({ "success": false, "error": "unauthorized" }),
            Refusal::RoomClosed,
        ),
        (
            400,
            json!({ "reason": "error-file-upload-disabled" }),
            Refusal::FileNotAllowed,
        ),
        (
            400,
            json!({ "reason": "error-type-not-allowed" }),
            Refusal::FileNotAllowed,
        ),
        (
            400,
            json!({ "reason": "error-size-not-allowed", "sizeAllowed": "1 MB" }),
            Refusal::FileNotAllowed,
        ),
        (
            400,
            json!({ "error": "File size exceeds the allowed limit [error-file-too-large]" }),
            Refusal::FileNotAllowed,
        ),
        (
            413,
            json!("<html>Request Entity Too Large"),
            Refusal::FileNotAllowed,
        ),
        (
            400,
            json!({ "error": "No file uploaded [error-no-file]" }),
            Refusal::Other,
        ),
    ] {
        assert_eq!(
            refusal(uploaded(answer(status, &body)).await),
            expected,
            "{body}"
        );
    }
    assert_eq!(
        uploaded(page(502)).await,
        Err(RocketChatError::Unavailable { retry_after: None })
    );
    assert_eq!(
        uploaded(answer(200, "{}")).await,
        Err(RocketChatError::Unreadable)
    );
}

#[tokio::test]
async fn an_upload_is_found_by_its_name_among_the_visitors_own() {
    let messages = json!([
        { "_id": "m6", "token": "b360-c1-p1-r", "files": [{ "name": "a.pdf" }],
          "ts": "1970-01-01T00:00:07.000Z" },
        { "_id": "m5", "token": "b360-c1-p1-r", "file": { "name": "a.pdf" },
          "ts": { "$date": 6_000 } },
        { "_id": "m4", "token": "b360-c1-p1-r", "file": { "name": "a.pdf" }, "ts": "?" },
        { "_id": "m3", "token": "other", "file": { "name": "a.pdf" } },
        { "_id": "m2", "token": "b360-c1-p1-r", "file": { "name": "b.pdf" } },
        { "_id": "m1", "token": "b360-c1-p1-r", "msg": "a.pdf" }]);
    let (http, calls) = neighbour(answer(
        200,
        json!({ "messages": messages, "success": true }),
    ));
    let (token, room) = place();
    let client = rocketchat(http, "https://chat.example");
    let found = client.find_uploads(&token, &room, "a.pdf").await.unwrap();
    let at = |seconds| Some(Timestamp::from_seconds(seconds));
    let expected = [("m6", at(7)), ("m5", at(6)), ("m4", None)];
    assert_eq!(found, expected.map(|(id, at)| (PostId::new(id), at)));
    assert_eq!(
        calls.only()["call"],
        "GET https://chat.example/api/v1/livechat/messages.history/room+1?token=b360-c1-p1-r&limit=100"
    );
}

fn key() -> Secret {
    Secret::new("key-1")
}

fn waba(http: Http) -> WhatsApp {
    WhatsApp::new(http, "https://waba.example/")
}

#[tokio::test]
async fn a_file_is_looked_up_whatever_form_its_size_has() {
    for (size, read) in [
        (json!(7), Some(7)),
        (json!("7"), Some(7)),
        (Value::Null, None),
        (json!(-1), None),
    ] {
        let found = json!({ "url": "https://lookaside.fbsbx.com/a?b=c", "mime_type": "image/png",
            "file_size": size, "id": "1" });
        let (http, calls) = neighbour(answer(200, found.to_string().replace('/', "\\/")));
        let expected = FoundMedia {
            url: "https://lookaside.fbsbx.com/a?b=c".to_owned(),
            mime_type: "image/png".to_owned(),
            size: read,
        };
        assert_eq!(waba(http).find_media(&key(), "1").await, Ok(expected));
        assert_eq!(calls.only()["call"], "GET https://waba.example/1");
    }
    for (answer, refused) in [
        (answer(200, "{}"), false),
        (answer(401, "{}"), false),
        (answer(404, "{}"), true),
        (answer(429, ""), true),
        (page(502), true),
    ] {
        let status = answer.status();
        let nothing = waba(always(answer)).find_media(&key(), "1").await;
        assert_eq!(nothing.unwrap_err().refused, refused, "{status}");
    }
}

#[tokio::test]
async fn the_key_goes_to_our_base_url_and_nowhere_else() {
    for url in [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2&hash=h%2Fh",
        "https://waba.example/whatsapp_business/attachments/?mid=1&ext=2&hash=h%2Fh",
    ] {
        let (http, calls) = neighbour(answer(200, "bytes"));
        let opened = waba(http).open_media(&key(), url).await.unwrap();
        let body: Vec<_> = opened.into_body().collect().await;
        assert_eq!(body, [Ok(Bytes::from_static(b"bytes"))]);
        let call = calls.only();
        assert_eq!(
            call["call"],
            "GET https://waba.example/whatsapp_business/attachments/?mid=1&ext=2&hash=h%2Fh"
        );
        assert_eq!(call["headers"]["d360-api-key"], "key-1");
    }
    for url in [
        "https://evil.example/?mid=1",
        "http://lookaside.fbsbx.com/?mid=1",
        "https://lookaside.fbsbx.com.evil.example/?mid=1",
        "https://lookaside.fbsbx.com@evil.example/?mid=1",
        "https://waba.example:8443/?mid=1",
        "ftp://waba.example/",
        "no address",
    ] {
        let (http, calls) = neighbour(answer(200, "bytes"));
        let refused = waba(http).open_media(&key(), url).await;
        let refused = refused.map(|_| ()).unwrap_err();
        assert!(
            matches!(refused, WhatsAppError::Rejected { code: 404, .. }),
            "{url}"
        );
        assert_eq!(calls.count(), 0, "{url}");
    }
}

#[tokio::test]
async fn a_download_that_is_refused_says_why() {
    let opened = |answer| async move {
        let url = "https://lookaside.fbsbx.com/a";
        let opened = waba(always(answer)).open_media(&key(), url).await;
        opened.map(|_| ()).unwrap_err()
    };
    assert_eq!(opened(answer(401, "{}")).await, WhatsAppError::Unauthorized);
    assert_eq!(opened(page(502)).await, WhatsAppError::Unknown);
    let slow = answer_with(429, ("retry-after", "7"), json!({}));
    let wait = Some(Duration::from_secs(7));
    assert_eq!(
        opened(slow).await,
        WhatsAppError::Throttled { retry_after: wait }
    );
    let gone = opened(answer(404, "URL signature expired")).await;
    assert!(matches!(gone, WhatsAppError::Rejected { code: 404, .. }));
}

/// A server on loopback; gives its base URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A workspace that reads an upload to its end and says how long it was.
async fn workspace() -> String {
    let take = |request: AxumRequest| async move {
        let mut chunks = request.into_body().into_data_stream();
        let mut length = 0;
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => length += chunk.len(),
                Err(_) => return r#"{"_id":"broken","success":true}"#.to_owned(),
            }
        }
        format!(r#"{{"_id":"{length}","success":true}}"#)
    };
    serve(Router::new().route("/api/v1/livechat/upload/{rid}", post(take))).await
}

struct Sides {
    from: WhatsApp,
    to: RocketChat,
    file: MediaFile,
}

impl Sides {
    async fn carry(&self, most: Option<u64>) -> Result<PostId, NotCarried> {
        self.carry_within(LIMIT, most).await
    }

    async fn carry_within(&self, limit: Duration, most: Option<u64>) -> Result<PostId, NotCarried> {
        let (token, room) = place();
        let inward = Inward {
            from: (&self.from, &key()),
            file: &self.file,
            fresh: true,
            held: None,
            accepts: &|_| true,
            most,
            to: &self.to,
            room: (&token, &room),
            name: "a.bin",
            text: "",
            limit,
        };
        inward.carry().await
    }
}

async fn sides(giver: &str) -> Sides {
    let http = Http::network().unwrap();
    Sides {
        from: WhatsApp::new(http.clone(), giver),
        to: rocketchat(http, &workspace().await),
        file: MediaFile {
            id: String::new(),
            mime_type: "application/octet-stream".to_owned(),
            url: Some(format!("{giver}/file")),
        },
    }
}

/// 20 MB in pieces, with or without a length in front.
async fn giver(announced: bool) -> String {
    let give = move || async move {
        let pieces = stream::iter((0..320).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 65_536])));
        let answer = Response::builder();
        let answer = match announced {
            true => answer.header("content-length", 320 * 65_536),
            false => answer,
        };
        answer.body(Body::from_stream(pieces)).unwrap()
    };
    serve(Router::new().route("/file", get(give))).await
}

/// What stands around the file in the form: the head's and the tail's length.
const AROUND: u64 = 2 * 40 + 150;

#[tokio::test]
async fn a_file_goes_through_with_and_without_a_length() {
    for announced in [true, false] {
        let sides = sides(&giver(announced).await).await;
        let id = sides.carry(None).await.unwrap();
        let length: u64 = id.as_str().parse().unwrap();
        let file = 320 * 65_536;
        assert!((file..file + 2 * AROUND).contains(&length), "{length}");
    }
}

#[tokio::test]
async fn a_file_that_grows_too_large_on_the_way_is_not_posted() {
    let sides = sides(&giver(false).await).await;
    let refused = sides.carry(Some(1_000_000)).await.unwrap_err();
    assert!(
        matches!(refused, NotCarried::NotAccepted { size: None, .. }),
        "{refused:?}"
    );
    let announced = self::sides(&giver(true).await).await;
    let refused = announced.carry(Some(1_000_000)).await.unwrap_err();
    let size = Some(320 * 65_536);
    assert!(matches!(&refused, NotCarried::NotAccepted { size: told, .. } if *told == size));
}

#[tokio::test]
async fn a_download_that_is_too_slow_is_not_blamed_on_the_workspace() {
    let give = || async {
        let piece = stream::iter([Ok::<_, std::io::Error>(vec![7_u8; 10])]);
        Response::new(Body::from_stream(piece.chain(stream::pending())))
    };
    let giver = serve(Router::new().route("/file", get(give))).await;
    let sides = sides(&giver).await;
    let limit = Duration::from_secs(3);
    assert_eq!(
        sides.carry_within(limit, None).await,
        Err(NotCarried::BrokenOff)
    );
}

#[tokio::test]
async fn what_a_look_up_told_of_the_size_has_to_come() {
    for (told, expected) in [("20", Err(NotCarried::BrokenOff)), ("10", Ok(()))] {
        let give = || async {
            let piece = stream::iter([Ok::<_, std::io::Error>(vec![7_u8; 10])]);
            Response::new(Body::from_stream(piece))
        };
        let find = move |request: AxumRequest| async move {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            json!({ "url": format!("http://{host}/file"), "file_size": told }).to_string()
        };
        let router = Router::new()
            .route("/file", get(give))
            .route("/1", get(find));
        let mut sides = sides(&serve(router).await).await;
        (sides.file.id, sides.file.url) = ("1".to_owned(), None);
        assert_eq!(sides.carry(None).await.map(|_| ()), expected);
    }
}

#[tokio::test]
async fn a_file_is_not_looked_up_while_look_ups_are_held_back() {
    let (http, calls) = neighbour(answer(200, "bytes"));
    let (token, room) = place();
    let file = MediaFile {
        id: "1".to_owned(),
        mime_type: String::new(),
        url: None,
    };
    let held = Some(Duration::from_secs(60));
    let (from, to) = (
        waba(http),
        rocketchat(always(answer(200, "{}")), "https://chat.example"),
    );
    let inward = Inward {
        from: (&from, &key()),
        file: &file,
        fresh: true,
        held,
        accepts: &|_| true,
        most: None,
        to: &to,
        room: (&token, &room),
        name: "a.bin",
        text: "",
        limit: LIMIT,
    };
    let error = WhatsAppError::Throttled { retry_after: held };
    assert_eq!(inward.carry().await, Err(NotCarried::WhatsApp(error)));
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn a_download_that_breaks_off_posts_nothing() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0_u8; 4096];
            let _ = stream.read(&mut buffer).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            if head.contains("1000000") {
                stream.write_all(b"only the beginning").await.unwrap();
            }
        });
        let sides = sides(&format!("http://{address}")).await;
        assert_eq!(
            sides.carry(None).await,
            Err(NotCarried::BrokenOff),
            "{head}"
        );
    }
}
