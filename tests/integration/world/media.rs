//! Files of customers: carried once, or said in words why not; nothing else waits for them.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge_harness::{Fault, Setup, World};
use bridge_simulators::rocketchat::Outage as Workspace;
use bridge_simulators::whatsapp::Outage;
use serde_json::{Value, json};

const ANA: &str = "16505551234";
const BUSINESS: &str = "15550783881";
const PNG: (&str, &[u8]) = ("image/png", b"\x89PNG picture");
const UPLOAD: &str = "POST /api/v1/livechat/upload";

fn with(settings: Settings) -> Setup {
    Setup {
        settings,
        ..Setup::default()
    }
}

fn named(name: &str) -> Value {
    json!({ "filename": name })
}

/// Ana has a room.
pub(super) async fn begun(setup: Setup) -> (World, String) {
    let w = World::with(setup).await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    w.effects.clear();
    (w, ana)
}

pub(super) fn screen(w: &World) -> Vec<String> {
    w.screen(&w.room(ANA).id)
}

#[tokio::test(start_paused = true)]
async fn files_of_every_kind_arrive_as_they_are() {
    let (w, ana) = begun(Setup::default()).await;
    for (kind, mime_type, more, name) in [
        (
            "image",
            "image/jpeg",
            json!({ "caption": "*Look*" }),
            "image-",
        ),
        ("video", "video/mp4", json!({}), "video-"),
        (
            "audio",
            "audio/ogg; codecs=opus",
            json!({ "voice": true }),
            "voice-",
        ),
        ("audio", "audio/mpeg", json!({}), "audio-"),
        (
            "document",
            "application/pdf",
            named("offer.pdf"),
            "offer.pdf",
        ),
        (
            "sticker",
            "image/webp",
            json!({ "animated": false }),
            "sticker-",
        ),
    ] {
        let bytes = format!("bytes of {kind}");
        w.sends_file(&ana, kind, (mime_type, bytes.as_bytes()), &more);
        w.settle().await;
        let line = w.transcript(&w.room(ANA).id).pop().unwrap();
        let (id, shown) = line.file.expect("a file");
        assert!(shown.starts_with(name), "{shown}");
        assert_eq!(w.rocketchat.file_bytes(&id).unwrap(), bytes.as_bytes());
        let caption = if kind == "image" { "*Look*" } else { "" };
        assert_eq!(line.text, caption);
    }
    assert_eq!(w.effects.calls(None, UPLOAD), 6);
    assert_eq!(w.effects.calls(None, "GET /whatsapp_business"), 6);
    assert_eq!(
        w.effects
            .calls(None, "GET /api/v1/livechat/messages.history"),
        0
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn the_first_message_may_be_a_file() {
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.sends_file(
        &ana,
        "document",
        ("application/pdf", b"%PDF-"),
        &named("a.pdf"),
    );
    w.says(&ana, "Please read");
    w.settle().await;
    assert_eq!(screen(&w), ["customer: <a.pdf> ", "customer: Please read"]);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_delivery_of_a_file_uploads_nothing() {
    let w = World::new().await;
    w.deliver_everything_twice();
    let ana = w.customer("Ana", ANA);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 2);
    assert_eq!(screen(&w).len(), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_whose_webhook_comes_again_after_days_is_not_uploaded_again() {
    for after_ms in [301_000, 6 * 86_400_000] {
        let (w, ana) = begun(Setup::default()).await;
        w.whatsapp
            .tune(|options| options.duplicate_after_ms = after_ms);
        w.whatsapp.duplicate_next();
        w.sends_file(&ana, "image", PNG, &json!({}));
        w.settle().await;
        w.run_for(Duration::from_millis(after_ms as u64)).await;
        w.settle().await;
        assert_eq!(w.effects.calls(None, UPLOAD), 1);
        assert_eq!(w.rocketchat.file_count(), 1);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_whose_answer_is_lost_is_found_again() {
    for fault in [Fault::After, Fault::Kill] {
        let (w, ana) = begun(Setup::default()).await;
        let mut left = 1;
        w.effects.choose(move |call| {
            // the record is what comes behind the upload
            let point = match fault {
                Fault::After => call.what.starts_with(UPLOAD),
                _ => call.what.starts_with("dynamodb BatchWriteItem"),
            };
            (point && std::mem::take(&mut left) > 0).then_some(fault)
        });
        // the same name twice: the first one's upload is not taken for the second one's
        for _ in 0..2 {
            w.sends_file(
                &ana,
                "document",
                ("application/pdf", b"%PDF-"),
                &named("a.pdf"),
            );
        }
        w.settle().await;
        assert_eq!(
            screen(&w),
            [
                "customer: Hello",
                "customer: <a.pdf> ",
                "customer: <a.pdf> "
            ],
            "{fault:?}"
        );
        assert_eq!(w.rocketchat.file_count(), 2, "{fault:?}");
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_whose_room_was_closed_before_its_record_is_not_repeated() {
    let (w, ana) = begun(Setup::default()).await;
    let room = w.room(ANA).id;
    let rocketchat = w.rocketchat.clone();
    let mut left = 1;
    let closing = room.clone();
    w.effects.choose(move |call| {
        let record = call.what.starts_with("dynamodb BatchWriteItem");
        (record && std::mem::take(&mut left) > 0).then(|| {
            rocketchat
                .agent_closes(&closing, "agent.one", "done")
                .unwrap();
            Fault::Before
        })
    });
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    assert_eq!(
        w.rooms(ANA).len(),
        1,
        "no room is opened for what was shown"
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_settings_refuse_is_said_to_both_sides_once() {
    let (w, ana) = begun(Setup::default()).await;
    let zip = ("application/zip", &[7_u8; 1_200_000][..]);
    w.sends_file(&ana, "document", zip, &named("offer.zip"));
    w.settle().await;
    w.sends_file(&ana, "document", zip, &named("again.zip"));
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        [
            "customer: [file not accepted: document offer.zip, type application/zip]",
            "customer: [file not accepted: document again.zip, type application/zip]",
        ]
    );
    assert_eq!(
        w.texts(&ana),
        ["Sorry, we could not accept your file. Please send it in another form, or write to us."]
    );
    assert_eq!(
        w.effects.calls(None, "GET /whatsapp_business"),
        0,
        "not even fetched"
    );
    assert_eq!(w.rocketchat.file_count(), 0);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_too_large_is_not_carried() {
    let settings = Settings {
        maximum_file_upload_size: 1_000,
        preferred_language: "de".to_owned(),
        refused_file_notice: false,
        ..Settings::default()
    };
    let (w, ana) = begun(with(settings)).await;
    w.sends_file(
        &ana,
        "image",
        ("image/png", &[1; 1_001]),
        &json!({ "caption": "Groß" }),
    );
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        ["customer: [Datei nicht angenommen: Bild, 1 KB, Typ image/png]\nGroß"]
    );
    assert!(w.texts(&ana).is_empty(), "the notice is switched off");
    w.sends_file(&ana, "image", ("image/png", &[1; 1_000]), &json!({}));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn uploads_that_are_off_are_said_in_words() {
    let settings = Settings {
        file_uploads_enabled: false,
        ..Settings::default()
    };
    for (settings, workspace) in [(settings, true), (Settings::default(), false)] {
        let (w, ana) = begun(with(settings)).await;
        w.rocketchat
            .set_setting("Livechat_fileupload_enabled", workspace);
        w.sends_file(&ana, "image", PNG, &json!({}));
        w.settle().await;
        assert!(
            screen(&w)[1].starts_with("customer: [file not accepted: image"),
            "{:?}",
            screen(&w)
        );
        assert_eq!(w.texts(&ana).len(), 1);
        assert_eq!(w.rocketchat.file_count(), 0);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_workspace_refuses_is_said_in_words() {
    let (w, ana) = begun(Setup::default()).await;
    w.rocketchat.set_setting("FileUpload_MaxFileSize", 5);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        ["customer: [file not accepted: image, 12 bytes, type image/png]"]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_too_old_is_asked_for_anew() {
    let setup = Setup::default();
    let (w, ana) = begun(setup).await;
    w.whatsapp.tune(|options| options.media_url_ms = 1);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.whatsapp.tune(|options| options.media_url_ms = 300_000);
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_without_an_address_is_looked_up() {
    let (w, ana) = begun(Setup::default()).await;
    w.whatsapp
        .tune(|options| options.media_url_in_webhook = false);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_of_another_host_is_never_called() {
    let (w, ana) = begun(Setup::default()).await;
    let mut image = w.whatsapp.media("15550783881", PNG.0, PNG.1);
    image["url"] = json!("https://evil.example/whatsapp_business/attachments/?mid=1");
    w.sends(&ana, &json!({ "type": "image", "image": image }));
    w.settle().await;
    assert_eq!(w.rocketchat.file_count(), 1, "found by its id");
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_gone_is_looked_up_twice_and_said_to_be_lost() {
    let (w, ana) = begun(Setup::default()).await;
    let image = json!({ "id": "404", "mime_type": "image/png", "caption": "my cat" });
    w.sends(&ana, &json!({ "type": "image", "image": image }));
    w.says(&ana, "Did you get it?");
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        [
            "customer: [image: the file could not be fetched from WhatsApp. Please ask the \
             customer to send it again.]\nmy cat",
            "customer: Did you get it?",
        ]
    );
    assert_eq!(w.effects.calls(None, "GET /404"), 2);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_is_lost() {
    let (w, ana) = begun(Setup::default()).await;
    w.sends_file(&ana, "image", ("image/png", b""), &json!({}));
    w.says(&ana, "Did you get it?");
    w.settle().await;
    let lines = screen(&w);
    assert_eq!(lines[2], "customer: Did you get it?");
    assert!(
        lines[1].starts_with("customer: [image: the file is being fetched"),
        "{lines:?}"
    );
    assert!(
        lines[3].starts_with("customer: [image: the file could not be fetched"),
        "{lines:?}"
    );
    assert_eq!(w.rocketchat.file_count(), 0);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn while_files_cannot_be_had_the_conversation_goes_on_and_they_follow() {
    for outage in [
        Outage::Status(502),
        Outage::Status(401),
        Outage::Throttled { retry_after: 7 },
        Outage::Html,
        Outage::Silence,
    ] {
        let (w, ana) = begun(Setup::default()).await;
        w.whatsapp.outage(Some(outage));
        w.sends_file(&ana, "image", PNG, &json!({ "caption": "my cat" }));
        w.says(&ana, "Did you get it?");
        w.run_for(Duration::from_secs(180)).await;
        let stub = "customer: [image: the file is being fetched and follows]\nmy cat";
        assert_eq!(
            screen(&w)[1..],
            [stub, "customer: Did you get it?"],
            "{outage:?}"
        );
        w.whatsapp.outage(None);
        w.settle().await;
        let lines = w.transcript(&w.room(ANA).id);
        let (_, name) = lines[3].file.clone().expect("the file follows");
        assert!(name.starts_with("image-"));
        assert_eq!(lines[3].text, "image");
        assert_eq!(
            lines[3].quotes.as_ref(),
            Some(&lines[1].id),
            "it quotes its line"
        );
        assert_eq!(lines.len(), 4);
        w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_that_turns_out_to_be_another_one_is_refused_on_the_way() {
    let settings = Settings {
        accepted_media_types: "image/*".to_owned(),
        ..Settings::default()
    };
    let (w, ana) = begun(with(settings)).await;
    for has_address in [true, false] {
        let mut file = w.whatsapp.media(BUSINESS, "application/pdf", b"%PDF-");
        file["mime_type"] = json!("image/png");
        if !has_address {
            file.as_object_mut().unwrap().remove("url");
        }
        w.sends(&ana, &json!({ "type": "image", "image": file }));
        w.settle().await;
        let line = screen(&w).pop().unwrap();
        assert!(
            line.starts_with("customer: [file not accepted: image, ")
                && line.ends_with("type application/pdf]"),
            "{line}"
        );
    }
    assert_eq!(w.rocketchat.file_count(), 0);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_follows_into_a_closed_room_opens_one() {
    let (w, ana) = begun(Setup::default()).await;
    w.whatsapp.outage(Some(Outage::Status(401)));
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.run_for(Duration::from_secs(60)).await;
    w.agent_closes(&w.room(ANA).id);
    w.run_for(Duration::from_secs(60)).await;
    w.whatsapp.outage(None);
    w.settle().await;
    assert_eq!(w.rooms(ANA).len(), 2);
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_does_not_answer_holds_files_back_in_order() {
    let (w, ana) = begun(Setup::default()).await;
    w.rocketchat.outage(Some(Workspace::Status(503)));
    w.sends_file(
        &ana,
        "document",
        ("application/pdf", b"%PDF-"),
        &named("a.pdf"),
    );
    w.says(&ana, "Did you get it?");
    w.run_for(Duration::from_secs(600)).await;
    w.rocketchat.outage(None);
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        ["customer: <a.pdf> ", "customer: Did you get it?"]
    );
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_room_that_was_closed_without_our_knowing_is_replaced_for_a_file() {
    let (w, ana) = begun(Setup::default()).await;
    w.rocketchat.set_setting("Livechat_webhook_on_close", false);
    w.agent_closes(&w.room(ANA).id);
    w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    assert_eq!(w.rooms(ANA).len(), 2);
    assert_eq!(w.rocketchat.file_count(), 1);
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn files_are_quoted_from_both_sides() {
    let (w, ana) = begun(Setup::default()).await;
    let wamid = w.sends_file(&ana, "image", PNG, &json!({}));
    w.settle().await;
    let room = w.room(ANA).id;
    let shown = w.transcript(&room).pop().unwrap().id;
    w.whatsapp.replies(BUSINESS, &ana, &wamid, "This one");
    w.settle().await;
    let line = w.transcript(&room).pop().unwrap();
    assert_eq!(
        (line.text.as_str(), line.quotes),
        ("This one", Some(shown.clone()))
    );
    w.rocketchat
        .agent_quotes(&room, "agent.one", &shown, "I see it")
        .unwrap();
    w.settle().await;
    let line = w.phone(&ana).pop().unwrap();
    assert_eq!(line.quotes, Some(wamid));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_text_that_would_hang_the_workspace_comes_as_a_file() {
    let (w, ana) = begun(Setup::default()).await;
    let text = "-".repeat(5_000);
    w.says(&ana, &text);
    w.says(&ana, &"word ".repeat(2_000));
    w.settle().await;
    let lines = w.transcript(&w.room(ANA).id);
    assert_eq!(lines.len(), 3);
    let (id, name) = lines[1].file.clone().expect("a file");
    assert!(name.starts_with("message-") && name.ends_with(".txt"));
    assert_eq!(w.rocketchat.file_bytes(&id).unwrap(), text.as_bytes());
    let words = format!("[long message: the whole text is in {name}]\n----------…");
    assert_eq!(lines[1].text, words);
    assert!(lines[2].text.contains("word word"));
    w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_text_is_kept_where_the_workspace_takes_no_files() {
    let (w, ana) = begun(Setup::default()).await;
    w.rocketchat.set_setting("FileUpload_Enabled", false);
    w.says(&ana, &"word ".repeat(2_000));
    w.settle().await;
    let line = screen(&w).pop().unwrap();
    assert!(line.contains("[file not accepted: message-"), "{line}");
    assert!(line.contains("word word"), "{line}");
    assert_eq!(w.leftovers(), Vec::<String>::new());
    assert_eq!(w.parked().await, ["inbound text_not_shown_whole"]);
}

#[tokio::test(start_paused = true)]
async fn a_card_is_a_line_and_a_file() {
    let (w, ana) = begun(Setup::default()).await;
    let card =
        json!([{ "name": { "formatted_name": "Ben Muster" }, "phones": [{ "phone": "+49 151" }] }]);
    w.sends(&ana, &json!({ "type": "contacts", "contacts": card }));
    w.settle().await;
    w.rocketchat
        .set_setting("FileUpload_MediaTypeWhiteList", "image/*");
    w.sends(&ana, &json!({ "type": "contacts", "contacts": card }));
    w.settle().await;
    assert_eq!(
        screen(&w)[1..],
        [
            "customer: <Ben Muster.vcf> Contact\nBen Muster, +49 151",
            "customer: Contact\nBen Muster, +49 151",
        ]
    );
    w.assert_clean().await;
}
