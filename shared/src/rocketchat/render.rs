//! A customer's message → what an agent reads. (reference: Rocket.Chat, §1.6 and §1.7)

use crate::domain::ids::{PostId, RoomId};
use crate::domain::message::Content;

/// The words for a content. Never empty: what has no words is named in brackets.
pub fn render_content(content: &Content) -> String {
    match content {
        Content::Text { body } if body.trim().is_empty() => "[empty message]".to_owned(),
        Content::Text { body } => body.clone(),
        Content::Choice { title, .. } => title.clone(),
        Content::Media {
            media,
            caption,
            filename,
        } => {
            let name = filename
                .as_ref()
                .map(|name| format!(": {name}"))
                .unwrap_or_default();
            with(&format!("[{media}{name}]"), caption.as_deref())
        }
        Content::Location {
            latitude,
            longitude,
            label,
        } => {
            let link = format!("https://maps.google.com/?q={latitude},{longitude}");
            format!("{} {link}", with("[location]", label.as_deref()))
        }
        Content::Reaction {
            emoji: Some(emoji), ..
        } => format!("[reaction] {emoji}"),
        Content::Reaction { emoji: None, .. } => "[reaction removed]".to_owned(),
        Content::Edited { body, .. } => with("[message edited]", body.as_deref()),
        Content::Deleted { .. } => "[message deleted by the customer]".to_owned(),
        Content::System { body } => with("[WhatsApp]", Some(body)),
        Content::Unsupported { what: Some(what) } => format!("[unsupported: {what}]"),
        Content::Unsupported { what: None } => "[unsupported message]".to_owned(),
        Content::Other { what, text } => with(&format!("[{what}]"), text.as_deref()),
    }
}

/// A text with the link in front that Rocket.Chat shows as a quote of message `quoted`.
pub fn render_quote(site: &str, room: &RoomId, quoted: &PostId, text: &str) -> String {
    format!("[ ]({site}/live/{room}?msg={quoted}) {text}")
}

fn with(mark: &str, words: Option<&str>) -> String {
    match words.filter(|words| !words.trim().is_empty()) {
        Some(words) => format!("{mark} {words}"),
        None => mark.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Wamid;

    #[test]
    fn everything_has_words() {
        let target = Wamid::new("w");
        let cases = [
            (Content::Text { body: "Hi".into() }, "Hi"),
            (Content::Text { body: " ".into() }, "[empty message]"),
            (
                Content::Media {
                    media: "document".into(),
                    caption: Some("see".into()),
                    filename: Some("a.pdf".into()),
                },
                "[document: a.pdf] see",
            ),
            (
                Content::Location {
                    latitude: 52.5,
                    longitude: 13.4,
                    label: None,
                },
                "[location] https://maps.google.com/?q=52.5,13.4",
            ),
            (
                Content::Reaction {
                    target: target.clone(),
                    emoji: Some("👍".into()),
                },
                "[reaction] 👍",
            ),
            (
                Content::Deleted { target },
                "[message deleted by the customer]",
            ),
            (
                Content::Unsupported {
                    what: Some("poll".into()),
                },
                "[unsupported: poll]",
            ),
            (
                Content::Other {
                    what: "hologram".into(),
                    text: None,
                },
                "[hologram]",
            ),
        ];
        for (content, words) in cases {
            assert_eq!(render_content(&content), words);
        }
    }
}
