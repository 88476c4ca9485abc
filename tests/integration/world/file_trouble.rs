//! Files that do not come, or not into the room: what is their own fault is said, what is not is
//! waited for, and the conversation goes on.

use std::time::Duration;

use axum::body::Body;
use bridge_harness::{Fault, Function, Setup, World};
use bridge_simulators::rocketchat::Outage as Workspace;
use bridge_simulators::whatsapp::Outage;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::media::{begun, screen};

const ANA: &str = "16505551234";
const BEN: &str = "4915112345678";
const PNG: (&str, &[u8]) = ("image/png", b"\x89PNG picture");
const UPLOAD: &str = "POST /api/v1/livechat/upload";
const DOWNLOAD: &str = "GET /whatsapp_business";
const FOLLOWS: &str = "customer: [image: the file is being fetched and follows]";
const LOST: &str = "customer: [image: the file could not be fetched from WhatsApp. Please ask the \
                    customer to send it again.]";

/// Ana's file follows; what she wrote behind it is there.
async fn following(w: &World, ana: &str) {
    w.whatsapp.outage(Some(Outage::Status(401)));
    w.sends_file(ana, "image", PNG, &json!({}));
    w.says(ana, "Did you get it?");
    w.run_for(Duration::from_secs(10)).await;
    assert_eq!(screen(w)[1..], [FOLLOWS, "customer: Did you get it?"]);
}

fn lost_file() -> Value {
    json!({ "type": "image", "image": { "id": "404", "mime_type": "image/png" } })
}

#[tokio::test(start_paused = true)]
async fn failing_look_ups_are_rationed_and_nobody_waits_for_them() {
    let (w, ana) = begun(Setup::default()).await;
    w.whatsapp
        .tune(|options| options.media_url_in_webhook = false);
    let ben = w.customer("Ben", BEN);
    for _ in 0..2 {
        w.sends(&ben, &lost_file());
        w.settle().await;
    }
    assert_eq!(w.effects.calls(None, "GET /404"), 4);
    let fourth = w.now();
    w.sends(&ben, &lost_file());
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.says(&ana, "Did you get it?");
    w.run_for(Duration::from_secs(10)).await;
    assert_eq!(screen(&w)[1..], [FOLLOWS, "customer: Did you get it?"]);
    // what the webhook says the address of needs no look-up
    w.whatsapp
        .tune(|options| options.media_url_in_webhook = true);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.run_for(Duration::from_secs(10)).await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.run_for(Duration::from_secs(58 * 60)).await;
    assert_eq!(w.effects.calls(None, "GET /404"), 4);
    assert_eq!(w.rocketchat.file_count(), 1);
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 2);
    assert_eq!(w.effects.calls(None, "GET /404"), 6, "it is lost as well");
    assert!(w.now().since(fourth) < Duration::from_secs(90 * 60));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_number_is_not_said_of_its_files() {
    for status in [400, 402, 403] {
        let (w, ana) = begun(Setup::default()).await;
        w.whatsapp.outage(Some(Outage::Status(status)));
        w.sends_file(&ana, "image", PNG, &json!({}));
        w.says(&ana, "Did you get it?");
        w.run_for(Duration::from_secs(10)).await;
        assert_eq!(
            screen(&w)[1..],
            [FOLLOWS, "customer: Did you get it?"],
            "{status}"
        );
        w.run_for(Duration::from_secs(6 * 3600)).await;
        assert_eq!(screen(&w).len(), 3, "{status}");
        w.whatsapp.outage(None);
        w.settle().await;
        assert_eq!(w.rocketchat.file_count(), 1, "{status}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_breaks_off_is_asked_for_four_times_beside_the_conversation() {
    let (w, ana) = begun(Setup::default()).await;
    w.sends_file(&ana, "image", ("image/png", b""), &json!({}));
    w.settle().await;
    assert_eq!(screen(&w)[1..], [FOLLOWS, LOST]);
    assert_eq!(w.effects.calls(None, DOWNLOAD), 3 + 4);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_kept_a_file_waiting_does_not_count_against_it() {
    let (w, ana) = begun(Setup::default()).await;
    following(&w, &ana).await;
    w.run_for(Duration::from_secs(3600)).await;
    w.whatsapp.outage(None);
    // the first address that a look-up gives is not good, the second one is
    let (whatsapp, mut look_ups) = (w.whatsapp.clone(), 0);
    w.effects.choose(move |call| {
        let name = call.what.strip_prefix("GET /").unwrap_or_default();
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
            look_ups += 1;
            let good_for = if look_ups == 1 { -1 } else { 300_000 };
            whatsapp.tune(|options| options.media_url_ms = good_for);
        }
        None
    });
    w.settle().await;
    let lines = screen(&w);
    assert_eq!(lines.len(), 4);
    assert!(lines[3].starts_with("customer: <image-"), "{lines:?}");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_only_the_workspace_does_not_take_is_lost_and_the_conversation_goes_on() {
    let (w, ana) = begun(Setup::default()).await;
    let route = "POST livechat/upload/:rid";
    w.rocketchat.fail_next(route, 1_000, Workspace::Status(502));
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.says(&ana, "Did you get it?");
    w.run_for(Duration::from_secs(120)).await;
    assert_eq!(screen(&w)[1..3], [FOLLOWS, "customer: Did you get it?"]);
    w.settle().await;
    assert_eq!(screen(&w)[3..], [LOST]);
    assert_eq!(w.effects.calls(None, UPLOAD), 3 + 6);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_is_silent_for_hours_loses_no_file() {
    let (w, ana) = begun(Setup::default()).await;
    following(&w, &ana).await;
    w.whatsapp.outage(None);
    w.rocketchat.outage(Some(Workspace::Status(502)));
    w.run_for(Duration::from_secs(5 * 3600)).await;
    w.rocketchat.outage(None);
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    assert_eq!(screen(&w).len(), 4);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_too_large_for_the_proxy_is_not_accepted() {
    let (w, ana) = begun(Setup::default()).await;
    let route = "POST livechat/upload/:rid";
    w.rocketchat.fail_next(route, 1, Workspace::Status(413));
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        ["customer: [file not accepted: image, 12 bytes, type image/png]"]
    );
    w.assert_clean().await;
}

/// Fails the worker's next record of a message, and lets `then` happen in that moment.
fn lose_the_record(w: &World, then: impl Fn() + Send + 'static) {
    let mut left = 1;
    w.effects.choose(move |call| {
        let record = ["dynamodb PutItem", "dynamodb BatchWriteItem"];
        let ours = call.function == Function::ToRocketchat && record.contains(&call.what);
        let lost = ours && std::mem::take(&mut left) > 0;
        lost.then(|| {
            then();
            Fault::Before
        })
    });
}

/// An agent closes Ana's room at some later moment.
fn closing(w: &World) -> impl Fn() + Send + 'static {
    let (rocketchat, room) = (w.rocketchat.clone(), w.room(ANA).id);
    move || {
        rocketchat.agent_closes(&room, "agent.one", "done").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_follows_though_its_room_was_closed_before_the_record() {
    let (w, ana) = begun(Setup::default()).await;
    let room = w.room(ANA).id;
    w.whatsapp.outage(Some(Outage::Status(401)));
    lose_the_record(&w, closing(&w));
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.run_for(Duration::from_secs(60)).await;
    assert_eq!(w.screen(&room)[1..], [FOLLOWS]);
    w.whatsapp.outage(None);
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_said_of_a_file_is_not_said_twice() {
    let (w, ana) = begun(Setup::default()).await;
    lose_the_record(&w, || {});
    w.sends_file(&ana, "document", ("application/zip", b"PK"), &json!({}));
    w.settle().await;
    let refused = "customer: [file not accepted: document, type application/zip]";
    assert_eq!(screen(&w)[1..], [refused]);
    // nor does anything follow a card whose words stand without it
    w.rocketchat
        .set_setting("FileUpload_MediaTypeWhiteList", "image/*");
    lose_the_record(&w, || {});
    let card = json!([{ "name": { "formatted_name": "Ben" }, "phones": [{ "phone": "+49 151" }] }]);
    let wamid = w.sends(&ana, &json!({ "type": "contacts", "contacts": card }));
    w.settle().await;
    assert_eq!(screen(&w)[2..], ["customer: Contact\nBen, +49 151"]);
    let id = bridge::domain::ids::PostId::of_wamid(&bridge::domain::ids::Wamid::new(wamid));
    let record = w.app().store.find_message(&id, w.now()).await.unwrap();
    match record.unwrap() {
        bridge::store::MessageRecord::Inbound(record) => assert!(!record.follows),
        other => panic!("{other:?}"),
    }
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_followed_into_a_room_that_closed_is_not_carried_again() {
    let (w, ana) = begun(Setup::default()).await;
    following(&w, &ana).await;
    lose_the_record(&w, closing(&w));
    w.whatsapp.outage(None);
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    assert_eq!(w.rooms(ANA).len(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_whose_answer_was_lost_is_found_before_it_follows() {
    let (w, ana) = begun(Setup::default()).await;
    let route = "POST livechat/upload/:rid";
    w.rocketchat.fail_next(route, 2, Workspace::Status(502));
    w.rocketchat
        .fail_next(route, 1, Workspace::StatusAfter(502));
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_webhook_of_a_lost_file_comes_again_and_nothing_happens() {
    let (w, ana) = begun(Setup::default()).await;
    w.whatsapp
        .tune(|options| options.duplicate_after_ms = 6 * 86_400_000);
    w.whatsapp.duplicate_next();
    w.sends_file(&ana, "image", ("image/png", b""), &json!({}));
    w.run_for(Duration::from_secs(3600)).await;
    assert_eq!(screen(&w)[1..], [FOLLOWS, LOST]);
    w.effects.clear();
    w.settle().await;
    assert_eq!(w.effects.calls(Some(Function::Incoming), "sqs"), 1);
    assert_eq!(
        w.effects
            .calls(Some(Function::ToRocketchat), "sqs SendMessage"),
        0
    );
    assert_eq!(w.effects.calls(None, "GET /"), 0);
    assert_eq!(screen(&w).len(), 3);
    w.assert_clean().await;
}

/// The visitor of Ana's room has uploaded a file of this name, and nobody recorded it.
async fn upload_unrecorded(w: &World, name: &str) {
    let room = w.room(ANA);
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/pdf\r\n\r\n%PDF-\r\n--b--\r\n"
    );
    let request = Request::post(format!("/api/v1/livechat/upload/{}", room.id))
        .header("X-Visitor-Token", &room.visitor_token)
        .header("Content-Type", "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap();
    let answer = w.rocketchat.router().oneshot(request).await.unwrap();
    assert!(answer.status().is_success());
}

#[tokio::test(start_paused = true)]
async fn an_older_upload_of_the_same_name_is_not_taken_for_the_file() {
    let (w, ana) = begun(Setup::default()).await;
    upload_unrecorded(&w, "a.pdf").await;
    w.sleep(Duration::from_secs(600)).await;
    let mut left = 1;
    w.effects.choose(move |call| {
        let upload = call.what.starts_with(UPLOAD);
        (upload && std::mem::take(&mut left) > 0).then_some(Fault::Before)
    });
    let pdf = ("application/pdf", b"%PDF-".as_slice());
    w.sends_file(&ana, "document", pdf, &json!({ "filename": "a.pdf" }));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 2);
    w.assert_clean().await;
}

/// The workspace takes texts of a hundred characters.
fn limited(w: &World) {
    let setting = "Livechat_enable_message_character_limit";
    w.rocketchat.set_setting(setting, true);
    w.rocketchat
        .set_setting("Livechat_message_character_limit", 100);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_the_workspace_finds_too_long_comes_as_a_file_once() {
    let (w, ana) = begun(Setup::default()).await;
    limited(&w);
    w.whatsapp
        .tune(|options| options.duplicate_after_ms = 301_000);
    w.whatsapp.duplicate_next();
    let text = "word ".repeat(30);
    w.says(&ana, &text);
    w.says(&ana, "Did you get it?");
    w.settle().await;
    let lines = w.transcript(&w.room(ANA).id);
    assert_eq!(lines.len(), 3);
    let (id, name) = lines[1].file.clone().expect("a file");
    assert_eq!(
        lines[1].text,
        format!("[long message: the whole text is in {name}]")
    );
    assert_eq!(
        w.rocketchat.file_bytes(&id).unwrap(),
        text.trim().as_bytes()
    );
    assert_eq!(lines[2].text, "Did you get it?");
    w.assert_clean().await;
}

fn edited_to(text: &str) -> Value {
    let message = json!({ "type": "text", "text": { "body": text } });
    json!({ "type": "edit", "edit": { "original_message_id": "wamid.o", "message": message } })
}

#[tokio::test(start_paused = true)]
async fn a_long_line_that_waits_for_a_room_is_shown_in_part_and_kept_whole() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.sends(&ana, &edited_to(&"word ".repeat(2_000)));
    w.settle().await;
    w.says(&ana, "Hello");
    w.settle().await;
    let lines = screen(&w);
    assert!(
        lines[0].starts_with("customer: Message changed to: word word") && lines[0].ends_with('…'),
        "{lines:?}"
    );
    assert_eq!(lines[1], "customer: Hello");
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["inbound text_not_shown_whole"]);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_line_that_is_refused_is_kept_and_blocks_nobody() {
    let w = World::new().await;
    limited(&w);
    let ana = w.customer("Ana", ANA);
    w.sends(&ana, &edited_to(&"word ".repeat(40)));
    w.settle().await;
    w.says(&ana, "Hello");
    w.settle().await;
    assert_eq!(screen(&w), ["customer: Hello"]);
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["inbound line_rejected: 400"]);
}
