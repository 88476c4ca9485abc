//! Text that customers and agents wrote, on its way to the other side: it arrives as it was
//! written, and never as something else.

use bridge::domain::contact::Sender;
use bridge::domain::content::Content;
use bridge::domain::ids::{Bsuid, PostId, RoomId, WaId, Wamid};
use bridge::domain::message::InboundMessage;
use bridge::rocketchat::render::{Enclosure, Shown, render_message, render_quote};
use bridge::text::catalog::Language;
use bridge::text::markup::{fits_a_message, is_blank};
use bridge::text::outward::to_whatsapp;
use bridge::text::split::split;
use bridge::whatsapp::parse::parse_webhook;
use bridge::whatsapp::render::{LONGEST_TEXT, Recipient, render_text};
use serde_json::{Value, json};

use super::RECEIVED_AT;
use super::agent_events::agent_message;
use crate::{Target, hostile};

/// See the module.
pub const TARGET: Target = Target {
    name: "markup",
    seeds: || {
        hostile::texts()
            .into_iter()
            .map(String::into_bytes)
            .collect()
    },
    check,
};

fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    assert_contents(&text);
    assert_customers_text(&text);
    assert_quote(&text);
    assert_agents_text(&text);
}

/// Whatever a content is, the agent sees something that Rocket.Chat can show, and the customer's words
/// are in it, or in the file beside it.
fn assert_contents(text: &str) {
    let blank = seen(text).is_empty();
    for content in contents(text) {
        // a choice without words is none: the parser gives another content
        if blank && matches!(content, Content::Choice { .. }) {
            continue;
        }
        let shown = shown(content);
        let words = shown.text();
        assert!(fits_a_message(&words), "{words:?}");
        match &shown.file {
            Some(Enclosure::Sent { name, .. }) => assert_name(name),
            Some(Enclosure::Written {
                name, text: all, ..
            }) => {
                assert_name(name);
                assert!(seen(all).contains(&seen(text)), "{all:?} lost {text:?}");
            }
            None => {
                assert!(!words.trim().is_empty(), "no words for {text:?}");
                assert!(
                    seen(&words).contains(&seen(text)),
                    "{words:?} lost {text:?}"
                );
            }
        }
    }
}

/// A file's name is one name, and no path.
fn assert_name(name: &str) {
    let steers = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"' | '\u{202E}');
    assert!(
        !name.trim().is_empty() && !name.contains(steers),
        "{name:?}"
    );
}

fn shown(content: Content) -> Shown {
    let id = Wamid::new("wamid.1");
    let message = InboundMessage::plain(id, Sender::default(), RECEIVED_AT, content);
    render_message(&message, Language::English)
}

/// What can be seen of a text: code may be put between other marks, and into lines of its own.
fn seen(text: &str) -> String {
    let marks = |c: &char| *c == '`' || is_blank(c.encode_utf8(&mut [0; 4]));
    text.chars()
        .filter(|c| !c.is_control() && !marks(c))
        .collect()
}

/// Every content that carries words, with these.
fn contents(text: &str) -> Vec<Content> {
    let words = || text.to_owned();
    let some = || Some(words());
    let target = Wamid::new("wamid.1");
    let media = |caption, filename| Content::Media {
        media: "document".to_owned(),
        caption,
        filename,
        file: None,
    };
    vec![
        Content::Text { body: words() },
        Content::Choice {
            id: words(),
            title: words(),
        },
        media(some(), None),
        media(None, some()),
        Content::Location {
            latitude: 52.5,
            longitude: 13.4,
            label: some(),
            url: None,
        },
        Content::Reaction {
            target: target.clone(),
            emoji: some(),
        },
        Content::Edited {
            target,
            body: some(),
        },
        Content::System {
            body: words(),
            change: None,
        },
        Content::Form {
            fields: vec![(words(), words())],
        },
        Content::Unsupported { what: some() },
        Content::Other {
            what: "order".to_owned(),
            text: some(),
        },
    ]
}

/// From the webhook to the agent nothing that can be seen changes.
fn assert_customers_text(text: &str) {
    let message = json!({ "id": "w1", "from": "16505551234", "type": "text",
        "text": { "body": text } });
    let body = json!({ "messages": [message] }).to_string();
    let delivery = parse_webhook(body.as_bytes(), RECEIVED_AT).expect("a body");
    let shown = render_message(&delivery.messages[0], Language::English);
    let words = match &shown.file {
        Some(Enclosure::Written { text, .. }) => text.clone(),
        _ => shown.text(),
    };
    if seen(text).is_empty() {
        assert!(
            words == "[empty message]" || seen(&words).is_empty(),
            "{words:?}"
        );
    } else {
        assert_eq!(seen(&words), seen(text));
    }
}

/// A quote that we put in front is read back as that quote, and the text behind it means what it
/// means alone. Where the text begins with a link of its own, the last one counts.
fn assert_quote(text: &str) {
    let alone = agent_message(text);
    let quoted = PostId::of_wamid(&Wamid::new("wamid.1"));
    let room = RoomId::new("Tc5SyBZHovD4k8BXv");
    let quoting = render_quote("https://chat.example", &room, &quoted, text);
    assert!(quoting.ends_with(text), "{quoting:?}");
    let read = agent_message(&quoting);
    assert_eq!(read.choices, alone.choices);
    match alone.quotes {
        Some(own) => {
            assert_eq!(read.quotes, Some(own));
            assert_eq!(read.text, alone.text);
        }
        None => {
            assert_eq!(read.quotes, Some(quoted));
            assert_eq!(read.text, alone.text.trim_start());
        }
    }
}

/// An agent's text keeps its words on the way to WhatsApp, and nothing that steers is added.
fn assert_agents_text(text: &str) {
    let sent = to_whatsapp(text);
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202E}';
    assert!(!sent.contains(steers), "{sent:?}");
    assert!(
        !sent.contains("\n\n\n\n") || sent.contains("```"),
        "{sent:?}"
    );
    assert!(
        sent.len() <= 8 * text.len(),
        "{} of {}",
        sent.len(),
        text.len()
    );
    let words = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    // emoji, moments, a language's name, what `mailto:` says, a label that is its link
    let rewritten = [":", "`", "<", "](", "[x]", "[X]"];
    if !rewritten.iter().any(|mark| text.contains(mark)) {
        assert_eq!(words(&sent), words(text));
    }
    assert_parts(&sent);
}

/// Each part of an agent's text stands in WhatsApp's JSON as it is, within the limit.
fn assert_parts(text: &str) {
    let (phone, user) = (WaId::new("16505551234"), Bsuid::new("US.1"));
    let quoted = Wamid::new("wamid.1");
    for part in split(text, LONGEST_TEXT) {
        assert!(part.encode_utf16().count() <= LONGEST_TEXT);
        let to_phone = render_text(&Recipient::Phone(phone.clone()), &part, None, "m#0");
        let to_user = render_text(&Recipient::User(user.clone()), &part, Some(&quoted), "m#1");
        assert_eq!(to_phone["to"], "+16505551234");
        assert_eq!(to_user["recipient"], "US.1");
        assert!(to_phone.get("recipient").is_none() && to_user.get("to").is_none());
        assert!(to_phone.get("context").is_none(), "a quote out of nothing");
        assert_eq!(to_user["context"]["message_id"], "wamid.1");
        for body in [to_phone, to_user] {
            assert_eq!(body["type"], "text");
            let sent: Value = serde_json::from_str(&body.to_string()).expect("our JSON");
            assert_eq!(sent["text"]["body"], part.as_str());
            assert_eq!(sent["text"]["preview_url"], part.contains("http"));
        }
    }
}
