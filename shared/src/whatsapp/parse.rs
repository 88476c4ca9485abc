//! Webhook bodies → events. Nothing is dropped: what is not understood is named, what is not JSON
//! is an error that the caller quarantines. (reference: 360dialog, §2)

use serde_json::Value;

use super::wire::{self, element};
use crate::domain::contact::Sender;
use crate::domain::hash::sha256_hex;
use crate::domain::ids::{Bsuid, WaId, Wamid};
use crate::domain::message::{Content, InboundMessage};
use crate::domain::status::{StatusError, StatusEvent};
use crate::domain::time::Timestamp;

/// What a webhook body says, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// The business number that the body names (the first, if it names several).
    pub number: Option<WaId>,
    /// Messages of customers.
    pub messages: Vec<InboundMessage>,
    /// What became of our messages.
    pub statuses: Vec<StatusEvent>,
    /// Fields of other kinds (`account_update`, …): acknowledged, named in the log.
    pub other_fields: Vec<String>,
}

/// The body is not a JSON object that we could read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// Reads a webhook body in Cloud or on-premise form. `received_at` stands in for missing times.
pub fn parse_webhook(body: &[u8], received_at: Timestamp) -> Result<Delivery, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable("not_utf8"))?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        if error.is_eof() {
            Unreadable("truncated_json")
        } else {
            Unreadable("not_json")
        }
    })?;
    if !value.is_object() {
        return Err(Unreadable("not_an_object"));
    }
    let webhook: wire::Webhook = element(&value);
    let mut delivery = Delivery::default();
    for entry in &webhook.entry {
        for change in &element::<wire::Entry>(entry).changes {
            let change: wire::Change = element(change);
            let known = change
                .field
                .as_deref()
                .is_none_or(|field| field == "messages");
            match change.value {
                Some(value) if known => add(&mut delivery, &value, received_at),
                _ => delivery.other_fields.push(change.field.unwrap_or_default()),
            }
        }
    }
    add(&mut delivery, &webhook.top, received_at);
    Ok(delivery)
}

fn add(delivery: &mut Delivery, value: &wire::ChangeValue, received_at: Timestamp) {
    let number = value
        .metadata
        .as_ref()
        .and_then(|meta| meta.display_phone_number.as_deref());
    delivery.number = delivery
        .number
        .take()
        .or_else(|| number.and_then(WaId::from_any));
    let contacts: Vec<wire::Contact> = value.contacts.iter().map(element).collect();
    for raw in &value.messages {
        let message: wire::Message = element(raw);
        if message.group_id.is_some() {
            delivery.other_fields.push("group message".to_owned());
            continue;
        }
        delivery
            .messages
            .push(parse_message(raw, &message, &contacts, received_at));
    }
    for raw in &value.statuses {
        match parse_status(&element(raw), received_at) {
            Some(status) => delivery.statuses.push(status),
            None => delivery
                .other_fields
                .push("status without an id".to_owned()),
        }
    }
}

fn parse_message(
    raw: &Value,
    message: &wire::Message,
    contacts: &[wire::Contact],
    received_at: Timestamp,
) -> InboundMessage {
    // a message without an id still counts: its own content stands in, so that a repeat is seen
    let id = message.id.clone().filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| format!("no-id.{}", sha256_hex(raw.to_string().as_bytes())));
    let quoted = message
        .context
        .as_ref()
        .and_then(|context| context.id.clone());
    InboundMessage {
        id: Wamid::new(id),
        sender: parse_sender(message, contacts),
        sent_at: moment(message.timestamp.as_deref(), received_at),
        content: parse_content(message),
        quoted: quoted.filter(|id| !id.is_empty()).map(Wamid::new),
    }
}

/// `timestamp`: seconds since 1970 as text; some senders use milliseconds. A moment in the future
/// (by more than ten minutes) or unreadable counts as now.
fn moment(seconds: Option<&str>, received_at: Timestamp) -> Timestamp {
    let Some(number) = seconds.and_then(|text| text.trim().parse::<f64>().ok()) else {
        return received_at;
    };
    #[allow(clippy::cast_possible_truncation)]
    let number = number as i64;
    let at = if number > 100_000_000_000 {
        Timestamp::from_millis(number)
    } else {
        Timestamp::from_seconds(number)
    };
    let latest = received_at.plus(crate::domain::time::minutes(10));
    if number <= 0 || at > latest {
        received_at
    } else {
        at
    }
}

/// `contacts[i]` belongs to a message by id only; the only contact stands in where none matches.
fn parse_sender(message: &wire::Message, contacts: &[wire::Contact]) -> Sender {
    let from = message.from.as_deref().unwrap_or_default();
    let user = message.from_user_id.as_deref().unwrap_or_default();
    let same = |a: &Option<String>, b: &str| !b.is_empty() && a.as_deref() == Some(b);
    let matching = contacts
        .iter()
        .find(|c| same(&c.wa_id, from) || same(&c.user_id, user));
    let contact = matching.or(if contacts.len() == 1 {
        contacts.first()
    } else {
        None
    });
    let candidates = [
        message.from_user_id.as_deref(),
        contact.and_then(|c| c.user_id.as_deref()),
        message.from.as_deref(),
        contact.and_then(|c| c.wa_id.as_deref()),
    ];
    let profile = contact.and_then(|c| c.profile.as_ref());
    let name = profile.and_then(|profile| profile.name.as_deref());
    let username = profile.and_then(|profile| profile.username.as_deref());
    Sender {
        phone: candidates[2..].iter().flatten().find_map(|id| phone(id)),
        user_id: candidates.iter().flatten().find_map(|id| user_id(id)),
        name: name.map(clean_name).filter(|name| !name.is_empty()),
        username: username
            .map(|name| clean_name(name.trim_start_matches('@')))
            .filter(|name| !name.is_empty()),
    }
}

/// A number; user ids occur in `from` and `wa_id` too and are none.
fn phone(id: &str) -> Option<WaId> {
    if id.chars().any(char::is_alphabetic) {
        None
    } else {
        WaId::from_any(id)
    }
}

/// `CC.<letters and digits>`, the form of business-scoped user ids (§2.7), at most 160 characters.
fn user_id(id: &str) -> Option<Bsuid> {
    let (country, rest) = id.split_once('.')?;
    let well_formed = country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && !rest.is_empty()
        && id.len() <= 160
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    well_formed.then(|| Bsuid::new(id))
}

/// A name on one line, without control characters, at most 100 characters.
fn clean_name(name: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    name.chars()
        .map(visible)
        .take(100)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn parse_content(message: &wire::Message) -> Content {
    let kind = message.kind.as_deref().unwrap_or_default();
    known_content(kind, message).unwrap_or_else(|| Content::Other {
        what: if kind.is_empty() {
            "message".to_owned()
        } else {
            clean_name(kind)
        },
        text: None,
    })
}

/// The content of a type whose member is there; `None` for everything else.
fn known_content(kind: &str, message: &wire::Message) -> Option<Content> {
    match kind {
        "text" => Some(Content::Text {
            body: message.text.as_ref()?.body.clone()?,
        }),
        "button" => {
            let button = message.button.as_ref()?;
            let title = button.text.clone().or_else(|| button.payload.clone())?;
            Some(Content::Choice {
                id: button.payload.clone().unwrap_or_default(),
                title,
            })
        }
        "interactive" => parse_interactive(message.interactive.as_ref()?),
        "image" => media(kind, message.image.as_ref()),
        "video" => media(kind, message.video.as_ref()),
        "audio" => media(audio_kind(message.audio.as_ref()), message.audio.as_ref()),
        "voice" => media(kind, message.voice.as_ref()),
        "document" => media(kind, message.document.as_ref()),
        "sticker" => media(kind, message.sticker.as_ref()),
        "location" => parse_location(message.location.as_ref()?),
        "contacts" => Some(parse_contacts(&message.contacts)),
        "order" => Some(parse_order(message.order.as_ref()?)),
        "reaction" => {
            let reaction = message.reaction.as_ref()?;
            let target = Wamid::new(reaction.message_id.clone()?);
            Some(Content::Reaction {
                target,
                emoji: reaction.emoji.clone().filter(|e| !e.is_empty()),
            })
        }
        "edit" => {
            let edit = message.edit.as_ref()?;
            let target = Wamid::new(edit.original_message_id.clone()?);
            Some(Content::Edited {
                target,
                body: edit.message.as_ref().and_then(edited_text),
            })
        }
        "revoke" => {
            let target = message.revoke.as_ref()?.original_message_id.clone()?;
            Some(Content::Deleted {
                target: Wamid::new(target),
            })
        }
        "system" => Some(Content::System {
            body: message.system.as_ref()?.body.clone()?,
        }),
        "unsupported" | "unknown" => Some(Content::Unsupported {
            what: unsupported(message),
        }),
        _ => None,
    }
}

fn media(kind: &str, media: Option<&wire::Media>) -> Option<Content> {
    let media = media?;
    Some(Content::Media {
        media: kind.to_owned(),
        caption: media.caption.clone().filter(|text| !text.is_empty()),
        filename: media.filename.clone().filter(|text| !text.is_empty()),
    })
}

fn audio_kind(audio: Option<&wire::Media>) -> &'static str {
    let voice = audio.is_some_and(|audio| audio.voice.as_deref() == Some("true"));
    if voice { "voice" } else { "audio" }
}

fn parse_interactive(interactive: &wire::Interactive) -> Option<Content> {
    let reply = interactive
        .button_reply
        .as_ref()
        .or(interactive.list_reply.as_ref());
    if let Some(reply) = reply {
        let title = reply.title.clone().or_else(|| reply.id.clone())?;
        return Some(Content::Choice {
            id: reply.id.clone().unwrap_or_default(),
            title,
        });
    }
    let what = interactive
        .kind
        .clone()
        .unwrap_or_else(|| "interactive".to_owned());
    let flow = interactive
        .nfm_reply
        .as_ref()
        .and_then(|flow| flow.response_json.clone());
    Some(Content::Other {
        what: clean_name(&what),
        text: flow,
    })
}

fn parse_location(location: &wire::Location) -> Option<Content> {
    let parts = [location.name.clone(), location.address.clone()];
    let label: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    Some(Content::Location {
        latitude: location.latitude?,
        longitude: location.longitude?,
        label: Some(label.join(", ")).filter(|label| !label.is_empty()),
    })
}

fn parse_contacts(contacts: &[Value]) -> Content {
    let line = |raw: &Value| {
        let contact: wire::SharedContact = element(raw);
        let name = contact
            .name
            .and_then(|name| name.formatted_name)
            .unwrap_or_default();
        let phones = contact
            .phones
            .iter()
            .filter_map(|raw| element::<wire::ContactPhone>(raw).phone);
        std::iter::once(name)
            .chain(phones)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let lines: Vec<String> = contacts
        .iter()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect();
    Content::Other {
        what: "contacts".to_owned(),
        text: Some(lines.join("\n")).filter(|text| !text.is_empty()),
    }
}

fn parse_order(order: &wire::Order) -> Content {
    let count = order.product_items.len();
    let text = order.text.clone().unwrap_or_default();
    Content::Other {
        what: "order".to_owned(),
        text: Some(format!("{count} item(s) {text}").trim().to_owned()),
    }
}

fn edited_text(edited: &wire::Edited) -> Option<String> {
    let media = [&edited.image, &edited.video, &edited.document];
    let caption = media
        .into_iter()
        .flatten()
        .find_map(|media| media.caption.clone());
    edited
        .text
        .as_ref()
        .and_then(|text| text.body.clone())
        .or(caption)
}

fn unsupported(message: &wire::Message) -> Option<String> {
    let named = message
        .unsupported
        .as_ref()
        .and_then(|unsupported| unsupported.kind.clone());
    let error = message.errors.first().map(element::<wire::ErrorObject>);
    named
        .or_else(|| error.and_then(|error| error.title.or(error.message)))
        .map(|what| clean_name(&what))
}

fn parse_status(status: &wire::Status, received_at: Timestamp) -> Option<StatusEvent> {
    let error = status.errors.first().map(|raw| {
        let error: wire::ErrorObject = element(raw);
        let (code, reason) = super::error::code_and_reason(&error);
        StatusError { code, reason }
    });
    Some(StatusEvent {
        message: Wamid::new(status.id.clone().filter(|id| !id.is_empty())?),
        status: status.status.clone()?.to_ascii_lowercase(),
        at: moment(status.timestamp.as_deref(), received_at),
        callback_data: status.biz_opaque_callback_data.clone(),
        error,
    })
}
