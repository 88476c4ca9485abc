//! A customer's message → what an agent sees: words, and a file beside them. (reference:
//! Rocket.Chat, §1.5 to §1.7)

mod card;
mod order;

use crate::domain::content::{Change, Content, Forwarded, MediaFile, Referral};
use crate::domain::hash::base62_of;
use crate::domain::ids::{PostId, RoomId};
use crate::domain::message::InboundMessage;
use crate::text::catalog::{Language, Phrase, Saying};
use crate::text::markup::{
    excerpt, file_name, fits_a_message, from_whatsapp, harmless, is_blank, shortened,
};

/// More of an advertisement's text than this is not repeated (characters).
const LONGEST_AD: usize = 200;

/// A message as an agent sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Lines above the message: forwarded, from an advertisement, ….
    pub marks: Vec<String>,
    /// The message's own words; may be empty beside a file.
    pub words: String,
    /// A file that belongs to it.
    pub file: Option<Enclosure>,
}

/// A file that belongs to a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Enclosure {
    /// One that the customer sent.
    Sent {
        /// Its name in Rocket.Chat.
        name: String,
        /// What an agent reads where the file cannot be shown: its kind, and its name if it has one.
        label: String,
        /// Where it is; `None` where the message does not say.
        file: Option<MediaFile>,
    },
    /// One that we wrote.
    Written {
        /// Its name.
        name: String,
        /// Its type.
        mime_type: &'static str,
        /// What is in it.
        text: String,
    },
}

impl Shown {
    /// The words with the marks above them; empty only beside a file.
    pub fn text(&self) -> String {
        self.lines(None)
    }

    /// The same with `line` in the place of the file.
    pub fn text_instead(&self, line: &str) -> String {
        self.lines(Some(line))
    }

    /// The whole text as the agent sees it: nothing in it steers Rocket.Chat.
    fn lines(&self, line: Option<&str>) -> String {
        harmless(&self.raw(line))
    }

    fn raw(&self, line: Option<&str>) -> String {
        let marks = self.marks.iter().map(String::as_str);
        let words = (!self.words.is_empty()).then_some(self.words.as_str());
        marks
            .chain(line)
            .chain(words)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What an agent sees of a message, but for what it quotes. Never nothing: what has no words is
/// named, and what Rocket.Chat could choke on is in a file.
pub fn render_message(message: &InboundMessage, language: Language) -> Shown {
    let mut marks: Vec<_> = message
        .forwarded
        .map(|often| match often {
            Forwarded::Once => language.phrase(Phrase::Forwarded),
            Forwarded::Often => language.phrase(Phrase::ForwardedOften),
        })
        .into_iter()
        .collect();
    marks.extend(
        message
            .referral
            .as_ref()
            .map(|from| render_referral(from, language)),
    );
    marks.extend(
        message
            .product
            .as_deref()
            .map(|product| language.saying(Saying::AboutProduct(product))),
    );
    let (words, file) = render_content(message, language);
    let shown = Shown { marks, words, file };
    if fits_a_message(&shown.text()) {
        return shown;
    }
    shorten(message, language, shown)
}

/// A message whose words do not fit: their beginning, and all of them in a file. Where it has a file
/// already, there cannot be another one beside it: of its words as much is shown as fits.
fn shorten(message: &InboundMessage, language: Language, shown: Shown) -> Shown {
    let all = shown.raw(None);
    if shown.file.is_some() {
        return Shown {
            marks: Vec::new(),
            words: shortened(&harmless(&all)),
            file: shown.file,
        };
    }
    let in_file = render_in_file(message, &shown, language);
    Shown {
        marks: vec![in_file.words],
        words: excerpt(&all),
        file: in_file.file,
    }
}

/// A message that has no file, where the workspace takes no text of its length: all of its words in
/// a file, and beside it only where they are.
pub fn render_in_file(message: &InboundMessage, shown: &Shown, language: Language) -> Shown {
    let name = format!("message-{}.txt", tag(message));
    Shown {
        marks: Vec::new(),
        words: language.saying(Saying::LongText(&name)),
        file: Some(Enclosure::Written {
            name,
            mime_type: "text/plain",
            text: shown.raw(None),
        }),
    }
}

/// A few characters that are a message's own: the name of its file is the same in every try.
fn tag(message: &InboundMessage) -> String {
    base62_of(&["file", message.id.as_str()], 8)
}

fn render_content(message: &InboundMessage, language: Language) -> (String, Option<Enclosure>) {
    let words = match &message.content {
        Content::Text { body } => or_empty(&from_whatsapp(body), language),
        Content::Choice { title, .. } => from_whatsapp(title),
        Content::Media { caption, .. } => {
            let words = caption.as_deref().map(from_whatsapp);
            let file = enclosure(message, language);
            return (words.unwrap_or_default().trim().to_owned(), file);
        }
        Content::Location { .. } => render_location(&message.content, language),
        Content::Contacts { cards } => {
            let name = match cards.as_slice() {
                [one] if !file_name(&one.name).is_empty() => {
                    file_name(&format!("{}.vcf", one.name))
                }
                _ => format!("contacts-{}.vcf", tag(message)),
            };
            let file = Enclosure::Written {
                name,
                mime_type: "text/vcard",
                text: card::render_cards(cards),
            };
            return (order::card_lines(cards, language), Some(file));
        }
        Content::Order { text, items } => order::order_lines(text.as_deref(), items, language),
        Content::Form { fields } => order::form_lines(fields, language),
        Content::CallPermission { answer } => language.saying(Saying::CallPermission(answer)),
        Content::Reaction { emoji, .. } => match emoji {
            Some(emoji) => language.saying(Saying::Reaction(&from_whatsapp(emoji))),
            None => language.phrase(Phrase::ReactionRemoved),
        },
        Content::Edited {
            body: Some(body), ..
        } => language.saying(Saying::EditedTo(&from_whatsapp(body))),
        Content::Edited { body: None, .. } => language.phrase(Phrase::Edited),
        Content::Deleted { .. } => language.phrase(Phrase::Deleted),
        Content::System { body, change } => render_system(body, change.as_ref(), language),
        Content::Opened => language.phrase(Phrase::ChatOpened),
        Content::Disappearing => language.phrase(Phrase::Disappearing),
        Content::Unsupported { what: Some(what) } => language.saying(Saying::Unsupported(what)),
        Content::Unsupported { what: None } => language.phrase(Phrase::Unsupported),
        Content::Other { what, text } => {
            let mark = language.saying(Saying::UnknownKind(what));
            match text.as_deref().filter(|text| !text.trim().is_empty()) {
                Some(text) => format!("{mark}\n{}", from_whatsapp(text)),
                None => mark,
            }
        }
    };
    (words, None)
}

fn or_empty(words: &str, language: Language) -> String {
    match words.trim() {
        words if is_blank(words) => language.phrase(Phrase::EmptyMessage),
        words => words.to_owned(),
    }
}

/// The file of a message: under its own name, or under one that its kind and id give.
fn enclosure(message: &InboundMessage, language: Language) -> Option<Enclosure> {
    let Content::Media {
        media,
        filename,
        file,
        ..
    } = &message.content
    else {
        return None;
    };
    let given = filename.as_deref().map(file_name).unwrap_or_default();
    let mime_type = file.as_ref().map_or("", |file| file.mime_type.as_str());
    let ending = ending_of(mime_type, media);
    let (name, label) = if given.is_empty() {
        let name = format!("{media}-{}.{ending}", tag(message));
        (name, language.kind(media))
    } else {
        let label = language.named_file(media, &given);
        (given, label)
    };
    Some(Enclosure::Sent {
        name,
        label,
        file: file.clone(),
    })
}

/// The ending of a file without a name: by its type, else by its kind (reference: 360dialog, §1.6).
fn ending_of(mime_type: &str, kind: &str) -> &'static str {
    let bare = mime_type.split(';').next().unwrap_or_default().trim();
    match bare.to_ascii_lowercase().as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "application/pdf" => "pdf",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/zip" => "zip",
        "text/csv" => "csv",
        "text/plain" => "txt",
        "text/vcard" | "text/x-vcard" => "vcf",
        _ => match kind {
            "image" => "jpg",
            "video" => "mp4",
            "audio" | "voice" => "ogg",
            "sticker" => "webp",
            _ => "bin",
        },
    }
}

fn render_location(content: &Content, language: Language) -> String {
    let Content::Location {
        latitude,
        longitude,
        label,
        url,
    } = content
    else {
        return String::new();
    };
    let head = match label {
        Some(label) => format!("{}: {label}", language.phrase(Phrase::Location)),
        None => language.phrase(Phrase::LocationBare),
    };
    let map = format!("https://maps.google.com/?q={latitude},{longitude}");
    let lines = [Some(head), Some(map), url.clone()];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn render_referral(referral: &Referral, language: Language) -> String {
    let phrase = if referral.is_post {
        Phrase::FromPost
    } else {
        Phrase::FromAd
    };
    let mark = language.phrase(phrase);
    let line = |text: &str| {
        from_whatsapp(text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let short = |text: &String| line(text).chars().take(LONGEST_AD).collect::<String>();
    let head = match &referral.headline {
        Some(headline) => format!("{mark} {}", short(headline)),
        None => mark,
    };
    let body = referral.body.as_ref().map(short);
    let media = referral.media.as_ref().map(|kind| language.kind(kind));
    let links = [referral.url.clone(), referral.media_url.clone(), media];
    let lines = std::iter::once(head)
        .chain(body)
        .chain(links.into_iter().flatten());
    lines.collect::<Vec<_>>().join("\n")
}

fn render_system(body: &str, change: Option<&Change>, language: Language) -> String {
    match change {
        Some(Change::Number { to: Some(to), .. }) => {
            language.saying(Saying::NumberChangedTo(&format!("+{}", to.as_str())))
        }
        Some(Change::Number { to: None, .. }) => language.phrase(Phrase::NumberChanged),
        Some(Change::UserId { .. }) => language.phrase(Phrase::UserIdChanged),
        Some(Change::Identity) => language.phrase(Phrase::IdentityChanged),
        None if body.trim().is_empty() => language.saying(Saying::UnknownKind("system")),
        None => language.saying(Saying::System(&from_whatsapp(body))),
    }
}

/// The address of a conversation, as people open it.
pub fn render_room_link(site: &str, room: &RoomId) -> String {
    format!("{site}/live/{room}")
}

/// A text with the link in front that Rocket.Chat shows as a quote of message `quoted`.
pub fn render_quote(site: &str, room: &RoomId, quoted: &PostId, text: &str) -> String {
    format!("[ ]({site}/live/{room}?msg={quoted}) {text}")
}

#[cfg(test)]
mod tests;
