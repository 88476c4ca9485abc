//! What agents send as files: each in the form that WhatsApp takes it in, at last behind a link.

use bridge::domain::ids::VisitorToken;
use bridge::domain::settings::{Settings, UnknownOutcome};
use bridge::flows::outbound;
use bridge::queue::fifo::Record;
use bridge_harness::{Fault, Function};
use bridge_simulators::whatsapp::SendFault;
use serde_json::{Value, json};

use super::desk::{ANA, Room};

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];
const PDF: &[u8] = b"%PDF-1.7 an offer";

impl Room {
    /// Every type of file is accepted.
    pub(super) async fn of_all_files() -> Self {
        Self::with(Settings {
            accepted_media_types: String::new(),
            ..Settings::default()
        })
        .await
    }

    pub(super) fn sends(&self, file: (&str, &str, &[u8]), caption: &str) -> String {
        let (name, mime_type, bytes) = file;
        let sent = self.w.rocketchat.agent_uploads(
            &self.id,
            "agent.one",
            name,
            mime_type,
            bytes.to_vec(),
            caption,
        );
        sent.expect("the agent may send files")
    }

    /// What reached the customer's phone: kind, text, and bytes of the file.
    pub(super) fn phone(&self) -> Vec<(String, Option<String>, Option<Vec<u8>>)> {
        let inbox = self.w.whatsapp.inbox(&self.ana).into_iter();
        let one = |received: bridge_simulators::whatsapp::Received| {
            let id = received.body[&received.kind]["id"].as_str();
            let file = id.and_then(|id| self.w.whatsapp.file(id));
            (received.kind, received.text, file.map(|(_, bytes)| bytes))
        };
        inbox.map(one).collect()
    }

    /// The kinds of messages that WhatsApp took, also of those that failed afterwards.
    pub(super) fn taken(&self) -> Vec<String> {
        let taken = self.w.whatsapp.accepted().into_iter();
        taken.map(|accepted| accepted.message.kind).collect()
    }

    fn bodies(&self) -> Vec<Value> {
        let inbox = self.w.whatsapp.inbox(&self.ana).into_iter();
        inbox.map(|received| received.body).collect()
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let lines = self.w.screen(&self.id).into_iter();
        lines.filter(|line| line.starts_with("bot: ")).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_goes_as_a_picture_with_its_words() {
    let room = Room::of_all_files().await;
    room.sends(("a.jpg", "image/jpeg", JPEG), "Look **here**");
    room.w.settle().await;
    let caption = Some("*Agent One:*\nLook *here*".to_owned());
    let expected = ("image".to_owned(), caption, Some(JPEG.to_vec()));
    assert_eq!(room.phone(), [expected]);
    assert_eq!(room.notes(), Vec::<String>::new());
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn several_files_go_in_order_with_the_words_at_the_first() {
    let room = Room::of_all_files().await;
    let files = vec![
        ("offer.pdf", "application/pdf", PDF.to_vec().into()),
        ("a.jpg", "image/jpeg", JPEG.to_vec().into()),
        ("song.mp3", "audio/mpeg", b"ID3".to_vec().into()),
    ];
    let sent = room
        .w
        .rocketchat
        .agent_uploads_many(&room.id, "agent.one", files, "Three files");
    sent.expect("the agent may send files");
    room.w.settle().await;
    let kinds: Vec<_> = room
        .phone()
        .into_iter()
        .map(|(kind, text, _)| (kind, text))
        .collect();
    let text = Some("*Agent One:*\nThree files".to_owned());
    assert_eq!(
        kinds,
        [
            ("document".to_owned(), text),
            ("image".to_owned(), None),
            ("audio".to_owned(), None)
        ]
    );
    assert_eq!(room.bodies()[0]["document"]["filename"], "offer.pdf");
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_voice_recording_in_opus_is_a_voice_message_and_its_words_go_before_it() {
    let room = Room::of_all_files().await;
    let mut opus = b"OggS".to_vec();
    opus.resize(28, 0);
    opus.extend_from_slice(b"OpusHead\x01\x01 and so on");
    room.sends(("voice.ogg", "audio/ogg", &opus), "Listen");
    room.w.settle().await;
    let bodies = room.bodies();
    assert_eq!(bodies[0]["text"]["body"], "*Agent One:*\nListen");
    assert_eq!(bodies[1]["audio"]["voice"], true);
    assert!(bodies[1]["audio"].get("caption").is_none());
    let id = bodies[1]["audio"]["id"].as_str().expect("an id");
    let (mime_type, bytes) = room.w.whatsapp.file(id).expect("a file");
    assert_eq!(
        (mime_type.as_str(), bytes),
        ("audio/ogg; codecs=opus", opus)
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_whatsapp_takes_in_no_form_goes_as_a_link() {
    let room = Room::of_all_files().await;
    let id = room.sends(("all.zip", "application/zip", b"PK\x03\x04"), "All of it");
    room.w.settle().await;
    let bodies = room.bodies();
    assert_eq!(bodies.len(), 1);
    let text = bodies[0]["text"]["body"].as_str().expect("a text");
    let (words, link) = text.rsplit_once(": ").expect("a link");
    assert_eq!(words, "*Agent One:*\nAll of it\nall.zip");
    assert!(link.starts_with("https://bridge.test/files/") && link.ends_with("/all.zip"));
    assert_eq!(bodies[0]["text"]["preview_url"], false);
    assert_eq!(
        room.w.linked(link).await.as_deref(),
        Some(&b"PK\x03\x04"[..])
    );
    assert!(
        bodies[0]["biz_opaque_callback_data"]
            .as_str()
            .is_some_and(|data| data.starts_with(&id))
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_video_that_whatsapp_fails_for_its_type_goes_as_a_document() {
    let room = Room::of_all_files().await;
    room.w
        .whatsapp
        .tune(|options| options.accept_any_document = true);
    room.w
        .whatsapp
        .fail_next_status(131_053, "Media upload error");
    room.sends(("a.mp4", "video/mp4", b"....ftypmp42"), "Watch");
    room.w.settle().await;
    let kinds: Vec<_> = room
        .phone()
        .into_iter()
        .map(|(kind, text, _)| (kind, text))
        .collect();
    let text = Some("*Agent One:*\nWatch".to_owned());
    assert_eq!(kinds, [("document".to_owned(), text)]);
    assert_eq!(room.taken(), ["video", "document"]);
    assert_eq!(room.notes(), Vec::<String>::new());
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn when_all_forms_fail_the_agent_reads_so_once() {
    let room = Room::of_all_files().await;
    room.w
        .whatsapp
        .tune(|options| options.accept_any_document = true);
    for _ in 0..3 {
        room.w
            .whatsapp
            .fail_next_status(131_053, "Media upload error");
    }
    room.sends(("a.mp4", "video/mp4", b"....ftypmp42"), "");
    room.w.settle().await;
    assert_eq!(room.taken(), ["video", "document", "text"]);
    assert!(room.phone().is_empty());
    let notes = room.notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].ends_with("(131053)"), "{notes:?}");
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_refused_for_its_file_falls_back_at_once() {
    let room = Room::of_all_files().await;
    room.w
        .whatsapp
        .tune(|options| options.accept_any_document = true);
    room.w.whatsapp.fail_next_send(SendFault::Refuse {
        http: 400,
        code: 131_051,
        details: "unsupported".into(),
    });
    room.sends(("a.mp4", "video/mp4", b"....ftypmp42"), "");
    room.w.settle().await;
    let kinds: Vec<_> = room.phone().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["document"]);
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_goes_as_a_link() {
    let room = Room::of_all_files().await;
    let mut large = JPEG.to_vec();
    large.resize((5 << 20) + 1, 7);
    // our 360dialog takes no picture of this size, as a document neither
    room.sends(("large.jpg", "image/jpeg", &large), "");
    room.w.settle().await;
    let text = room.bodies()[0]["text"]["body"].as_str().map(str::to_owned);
    let text = text.expect("a text");
    let (_, link) = text.rsplit_once(": ").expect("a link");
    assert_eq!(
        room.w.linked(link).await.map(|bytes| bytes.len()),
        Some(large.len())
    );
    assert_eq!(room.taken(), ["text"]);
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_settings_refuse_is_told_and_the_words_go() {
    let room = Room::with(Settings::default()).await;
    room.sends(
        ("offer.docx", "application/msword", &[7; 1_200_000]),
        "My offer",
    );
    room.w.settle().await;
    let texts: Vec<_> = room.phone().into_iter().map(|(_, text, _)| text).collect();
    assert_eq!(texts, [Some("*Agent One:*\nMy offer".to_owned())]);
    assert_eq!(
        room.notes(),
        ["bot: [file not accepted: offer.docx, 1.2 MB, type application/msword]"]
    );
    room.w.assert_clean().await;

    // nothing of it goes out: nobody looks for it as for a lost event
    room.sends(("offer.docx", "application/msword", &[7; 100]), "");
    room.w.settle().await;
    let told = room.notes().len();
    for _ in 0..4 {
        room.w.sleep(std::time::Duration::from_secs(300)).await;
        room.w.tick().await.expect("a tick");
        room.w.settle().await;
    }
    assert_eq!((room.phone().len(), room.notes().len()), (1, told));
    let function = Some(Function::TemplateRefresh);
    assert_eq!(room.w.effects.calls(function, "sqs SendMessageBatch"), 0);

    let off = Settings {
        file_uploads_enabled: false,
        ..Settings::default()
    };
    let room = Room::with(off).await;
    room.sends(("a.jpg", "image/jpeg", JPEG), "");
    room.w.settle().await;
    assert!(room.phone().is_empty());
    assert_eq!(
        room.notes(),
        ["bot: [file not accepted: a.jpg, 7 bytes, type image/jpeg]"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_removed_is_told_and_the_rest_goes_on() {
    let room = Room::of_all_files().await;
    let files = vec![
        ("gone.pdf", "application/pdf", PDF.to_vec().into()),
        ("a.jpg", "image/jpeg", JPEG.to_vec().into()),
    ];
    room.w
        .pause(Function::ToWhatsapp, std::time::Duration::from_secs(30));
    let sent = room
        .w
        .rocketchat
        .agent_uploads_many(&room.id, "agent.one", files, "");
    sent.expect("the agent may send files");
    room.w.rocketchat.remove_file("gone.pdf");
    room.w.settle().await;
    let kinds: Vec<_> = room.phone().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["image"]);
    let notes = room.notes();
    assert!(
        notes[0].contains("“gone.pdf” The file could not be fetched"),
        "{notes:?}"
    );
    room.w.assert_clean().await;
}

#[tokio::test(start_paused = true)]
async fn words_below_a_file_that_was_removed_are_sent_without_it() {
    let room = Room::of_all_files().await;
    room.sends(("a.jpg", "image/jpeg", JPEG), "Look **here**");
    room.w.rocketchat.remove_file("a.jpg");
    room.w.settle().await;
    assert_eq!(room.w.texts(&room.ana), ["*Agent One:*\nLook *here*"]);
    assert!(room.notes()[0].contains("“a.jpg”"), "{:?}", room.notes());
    room.w.assert_clean().await;
}

/// A file that was told once makes the message no less sent.
#[tokio::test(start_paused = true)]
async fn a_dead_letter_of_a_message_whose_file_was_told_says_nothing_more() {
    let room = Room::with(Settings::default()).await;
    let files = vec![
        ("gone.pdf", "application/pdf", PDF.to_vec().into()),
        ("a.mp3", "audio/mpeg", b"ID3".to_vec().into()),
    ];
    let chat = &room.w.rocketchat;
    let id = chat.agent_uploads_many(&room.id, "agent.one", files, "");
    let id = id.expect("the agent may send files");
    chat.remove_file("gone.pdf");
    room.w.settle().await;
    let told = room.notes();
    assert_eq!((told.len(), room.taken()), (1, vec!["audio".to_owned()]));
    let token = VisitorToken::new(room.w.room(ANA).visitor_token);
    let (connection, contact) = token.parts().expect("a token of ours");
    let task = json!({ "task": "AgentV1", "connection": connection, "contact": contact,
        "token": token, "room": room.id, "received_at": room.w.now(),
        "message": { "id": id, "text": "", "author": { "id": "id-agent.one" },
            "files": ["gone.pdf", "a.mp3"] } });
    let record = Record {
        body: task.to_string(),
        id: "dead".to_owned(),
        group: String::new(),
        receives: 1,
        sent_at: None,
        sequence: String::new(),
        until: tokio::time::Instant::now(),
    };
    let app = room.w.app();
    let ended = outbound::give_up_dead(&app, &record, room.w.now()).await;
    ended.expect("it is given up");
    room.w.settle().await;
    assert_eq!(room.notes(), told);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_neither_loses_nor_doubles_a_file() {
    for n in 1..45 {
        let room = Room::with(Settings {
            accepted_media_types: String::new(),
            unknown_outcome: UnknownOutcome::Resend,
            ..Settings::default()
        })
        .await;
        room.w.effects.clear();
        room.w.effects.plan(n, Fault::Kill);
        let files = vec![
            ("all.zip", "application/zip", b"PK\x03\x04".to_vec().into()),
            ("a.jpg", "image/jpeg", JPEG.to_vec().into()),
        ];
        let sent = room
            .w
            .rocketchat
            .agent_uploads_many(&room.id, "agent.one", files, "Two");
        sent.expect("the agent may send files");
        room.w.settle().await;
        let kinds: Vec<_> = room.phone().into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(kinds, ["text", "image"], "killed at call {n}");
        assert_eq!(room.notes(), Vec::<String>::new(), "killed at call {n}");
        room.w.assert_clean().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_without_a_place_is_told() {
    let room = Room::of_all_files().await;
    let body = json!({
        "_id": room.id, "type": "Message",
        "visitor": { "token": room.w.rocketchat.rooms_of_phone(ANA)[0].visitor_token },
        "messages": [{ "_id": "m1", "msg": "", "agentId": "id-agent.one", "u": { "name": "A" },
            "file": { "_id": "f", "name": "lost.pdf", "type": "application/pdf" } }],
    });
    let answer = room.w.request(room.w.agent_event(&body)).await;
    assert_eq!(answer.status(), 200);
    room.w.settle().await;
    assert!(room.phone().is_empty());
    assert!(room.notes()[0].contains("“lost.pdf”"));
    room.w.assert_clean().await;
}
