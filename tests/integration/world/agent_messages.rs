//! The table of what agents write (`tests/fixtures/agent_messages.json`): each case with the requests
//! that 360dialog gets, as a snapshot. Our 360dialog checks each request by the reference.

use std::time::Duration;

use bridge::domain::settings::Settings;
use bridge_harness::World;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const ANA: &str = "16505551234";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    quotes: bool,
    blocks: Option<Value>,
    #[serde(default)]
    files: Vec<File>,
    #[serde(default)]
    settings: Map<String, Value>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    #[serde(rename = "type")]
    mime_type: String,
    bytes: String,
}

impl File {
    /// What stands at the beginning of a real one.
    fn content(&self) -> Bytes {
        match self.bytes.as_str() {
            "PNG" => Bytes::from_static(b"\x89PNG\r\n\x1a\n and so on"),
            "OPUS" => {
                let mut opus = b"OggS".to_vec();
                opus.resize(28, 0);
                opus.extend_from_slice(b"OpusHead\x01\x01 and so on");
                opus.into()
            }
            other => other.as_bytes().to_vec().into(),
        }
    }
}

fn cases() -> Vec<Case> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../fixtures/agent_messages.json"
    );
    let json = std::fs::read(path).expect("the table");
    serde_json::from_slice(&json).expect("cases")
}

async fn say(w: &World, room: &str, case: &Case) {
    let chat = &w.rocketchat;
    let (one, text) = ("agent.one", case.text.as_str());
    let first = w.transcript(room)[0].id.clone();
    let files = case.files.iter();
    let files = files.map(|f| (f.name.as_str(), f.mime_type.as_str(), f.content()));
    let files: Vec<_> = files.collect();
    let said = match &case.blocks {
        Some(blocks) => chat.bot_blocks(room, one, blocks.clone(), text),
        None if !files.is_empty() => chat.agent_uploads_many(room, one, files, text),
        None if case.quotes => chat.agent_quotes(room, one, &first, text),
        None => chat.agent_says(room, one, text),
    };
    said.expect("the agent may write");
    w.settle().await;
}

/// A request without what differs from run to run.
fn plain(w: &World, mut body: Value) -> Value {
    for key in [
        "messaging_product",
        "recipient_type",
        "to",
        "biz_opaque_callback_data",
    ] {
        body.as_object_mut().expect("an object").remove(key);
    }
    if !body["context"].is_null() {
        body["context"] = json!("the quoted message");
    }
    for kind in ["image", "video", "audio", "document"] {
        if let Some(id) = body[kind]["id"].as_str() {
            let (mime_type, _) = w.whatsapp.file(id).expect("a file");
            body[kind]["id"] = json!(format!("the file, {mime_type}"));
        }
    }
    let text = body["text"]["body"].as_str().map(str::to_owned);
    if let Some((head, tail)) = text.as_deref().and_then(|text| text.split_once("/files/")) {
        let name = tail.split_once('/').map_or("", |(_, name)| name);
        body["text"]["body"] = json!(format!("{head}/files/…/{name}"));
    }
    if body["interactive"].is_object() {
        shorten_ids(&mut body["interactive"]["action"]);
    }
    body
}

fn shorten_ids(action: &mut Value) {
    let mut each = |pointer: &str, inside: &str| {
        let list = action.pointer_mut(pointer).and_then(Value::as_array_mut);
        for one in list.into_iter().flatten() {
            one.pointer_mut(inside).map(shorten_id);
        }
    };
    each("/buttons", "/reply");
    each("/sections/0/rows", "");
}

fn shorten_id(option: &mut Value) {
    let id = option["id"].as_str().unwrap_or_default();
    let end: Vec<_> = id.rsplitn(3, '#').collect();
    option["id"] = json!(format!("…#{}#{}", end[1], end[0]));
}

#[tokio::test(start_paused = true)]
async fn what_agents_write_reaches_360dialog_as_their_snapshots_say() {
    let cases = cases();
    assert!(cases.len() >= 80);
    let w = World::new().await;
    let ana = w.customer("Ana", ANA);
    w.says(&ana, "Hello");
    w.settle().await;
    let room = w.room(ANA).id;
    let mut all = Map::new();
    for (n, case) in cases.iter().enumerate() {
        let mut settings = serde_json::to_value(Settings::default()).expect("settings");
        settings
            .as_object_mut()
            .expect("an object")
            .extend(case.settings.clone());
        let settings: Settings = serde_json::from_value(settings).expect(&case.case);
        assert_eq!(settings.faults(), [], "{}", case.case);
        w.put_settings(&settings).await;
        // 360dialog lets a pair have a message every six seconds
        w.sleep(Duration::from_secs(60)).await;
        let (before, lines) = (w.whatsapp.accepted().len(), w.transcript(&room).len());
        say(&w, &room, case).await;
        let sent = w.whatsapp.accepted().into_iter().skip(before);
        let sent: Vec<_> = sent.map(|sent| plain(&w, sent.message.body)).collect();
        let notes = w.screen(&room).into_iter().skip(lines);
        let notes: Vec<_> = notes.filter(|line| line.starts_with("bot:")).collect();
        let mut seen = json!({ "sent": sent });
        if !notes.is_empty() {
            seen["notes"] = json!(notes);
        }
        all.insert(format!("{n:03} {}", case.case), seen);
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots" }, {
        insta::assert_json_snapshot!("agent_messages", all);
    });
    w.assert_clean().await;
}
