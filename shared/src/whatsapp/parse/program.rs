//! A message as a program gives it to the API: WhatsApp's own type and member, checked field by field
//! before anything is written, so that each refusal names what is wrong. What is not known is refused:
//! WhatsApp would refuse it later, when nobody reads it. (reference: 360dialog, §1.3 and §4)

mod cards;
mod interactive;
mod member;

use serde_json::{Value, json};

use self::member::Member;
use crate::domain::ids::Wamid;
use crate::domain::program::{Fault, FileKind, ProgramFile, ProgramMessage};
use crate::whatsapp::render::{LONGEST_CAPTION, LONGEST_TEXT};

/// The types that a program may send.
pub const KINDS: [&str; 10] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "interactive",
    "location",
    "contacts",
    "reaction",
];

/// What a text holds: its words, and whether an address in them is shown with a preview.
pub const TEXT_FIELDS: [&str; 2] = ["body", "preview_url"];

/// The longest id of a message at WhatsApp (§1.2).
const LONGEST_WAMID: usize = 128;
/// The longest id of an uploaded file that is believed to be one.
const LONGEST_MEDIA_ID: usize = 128;
/// The longest address, name or filename.
const LONGEST_NAME: usize = 1_024;
/// The longest address of a file or button.
pub(super) const LONGEST_LINK: usize = 2_000;
/// The longest emoji: families are long.
const LONGEST_EMOJI: usize = 32;

/// What a member says.
struct Said {
    text: String,
    file: Option<ProgramFile>,
    reacts_to: Option<Wamid>,
}

impl Said {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            file: None,
            reacts_to: None,
        }
    }
}

/// Reads a message of type `kind` from its member.
pub fn parse_program(kind: &str, member: &Value) -> Result<ProgramMessage, Fault> {
    let said = match kind {
        "contacts" => Said::text(cards::check(member)?),
        _ => content(kind, &Member::of(kind, member)?)?,
    };
    Ok(ProgramMessage {
        kind: kind.to_owned(),
        body: json!({ "type": kind, kind: member }).to_string(),
        text: said.text,
        file: said.file,
        reacts_to: said.reacts_to,
    })
}

/// Reads the id of a message at WhatsApp that stands in a member's field.
pub fn parse_context(context: &Value) -> Result<Wamid, Fault> {
    let context = Member::of("context", context)?;
    context.only(&["message_id"])?;
    wamid(&context)
}

fn content(kind: &str, member: &Member<'_>) -> Result<Said, Fault> {
    match kind {
        "text" => {
            member.only(&TEXT_FIELDS)?;
            member.flag(TEXT_FIELDS[1])?;
            member.text(TEXT_FIELDS[0], LONGEST_TEXT).map(Said::text)
        }
        "location" => location(member),
        "interactive" => {
            let (text, file) = interactive::check(member)?;
            Ok(Said {
                file,
                ..Said::text(text)
            })
        }
        "reaction" => {
            member.only(&["message_id", "emoji"])?;
            let emoji = member.any_text("emoji", LONGEST_EMOJI)?;
            Ok(Said {
                reacts_to: Some(wamid(member)?),
                ..Said::text(emoji)
            })
        }
        _ => match FileKind::of(kind) {
            Some(kind) => media(kind, member),
            None => Err(Fault {
                code: "unknown_type",
                message: format!("There is no `type` `{kind}`. Known: {}.", KINDS.join(", ")),
            }),
        },
    }
}

fn wamid(member: &Member<'_>) -> Result<Wamid, Fault> {
    member.text("message_id", LONGEST_WAMID).map(Wamid::new)
}

fn location(member: &Member<'_>) -> Result<Said, Fault> {
    member.only(&["latitude", "longitude", "name", "address"])?;
    let latitude = member.number("latitude", 90.0)?;
    let longitude = member.number("longitude", 180.0)?;
    let words = ["name", "address"].map(|key| member.maybe(key, LONGEST_NAME));
    let mut said = Vec::new();
    for word in words {
        said.extend(word?);
    }
    let place = format!("{latitude}, {longitude}");
    said.push(&place);
    Ok(Said::text(said.join("\n")))
}

/// A file with what may stand beside it.
fn media(kind: FileKind, member: &Member<'_>) -> Result<Said, Fault> {
    match kind {
        FileKind::Image | FileKind::Video => member.only(&["id", "link", "caption"])?,
        FileKind::Document => member.only(&["id", "link", "caption", "filename"])?,
        FileKind::Audio => member.only(&["id", "link", "voice"])?,
        FileKind::Sticker => member.only(&["id", "link"])?,
    }
    member.flag("voice")?;
    let caption = member.maybe("caption", LONGEST_CAPTION)?;
    let (file, name) = file_of(kind, member)?;
    let text = caption.map_or(name, str::to_owned);
    Ok(Said {
        file,
        ..Said::text(text)
    })
}

/// The file of a member: its `id`, or its `link`, which becomes one later. With its name.
fn file_of(kind: FileKind, member: &Member<'_>) -> Result<(Option<ProgramFile>, String), Fault> {
    let given = member.maybe("filename", LONGEST_NAME)?;
    let id = member.maybe("id", LONGEST_MEDIA_ID)?;
    let link = member.maybe("link", LONGEST_LINK)?;
    let word = member.path().rsplit('.').next().unwrap_or_default();
    match (id, link) {
        (Some(_), None) => Ok((None, given.unwrap_or(word).to_owned())),
        (None, Some(link)) => {
            let name = given.or_else(|| name_in(link)).unwrap_or(word).to_owned();
            let file = ProgramFile {
                at: format!("/{}", member.path().replace('.', "/")),
                kind,
                link: link.trim().to_owned(),
                name: name.clone(),
                uploaded: None,
            };
            Ok((Some(file), name))
        }
        _ => {
            let expected = "an object with exactly one of `id` and `link`";
            Err(Fault::wrong(member.path(), expected))
        }
    }
}

/// The last part of an address's path, where it looks like a file's name.
fn name_in(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    let (_, last) = path.rsplit_once('/')?;
    (last.contains('.') && !last.contains('%')).then_some(last)
}

#[cfg(test)]
mod tests;
