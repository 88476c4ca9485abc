//! What a message contains. A type that we do not know, or whose member is missing, is named and
//! shown with whatever can be read of it; only ids are required, for what is about a message.

use serde_json::Value;

use super::clean_name;
use crate::domain::ids::Wamid;
use crate::domain::message::Content;
use crate::whatsapp::wire::{self, element};

/// The content of a message; never without words for an agent.
pub(super) fn parse_content(message: &wire::Message) -> Content {
    let kind = match message.kind.as_deref().map(str::trim).unwrap_or_default() {
        "" if message.text.is_some() => "text",
        "" => "message",
        kind => kind,
    };
    known_content(kind, message).unwrap_or_else(|| other(kind, None))
}

/// The content of a type whose member is there; `None` for everything else.
fn known_content(kind: &str, message: &wire::Message) -> Option<Content> {
    match kind {
        "text" => Some(Content::Text {
            body: message.text.as_ref()?.body.clone()?,
        }),
        "button" => {
            let button = message.button.as_ref()?;
            choice(button.payload.as_ref(), button.text.as_ref())
        }
        "interactive" => Some(parse_interactive(message.interactive.as_ref()?)),
        "image" => media(kind, message.image.as_ref()),
        "video" => media(kind, message.video.as_ref()),
        "audio" => media(audio_kind(message.audio.as_ref()), message.audio.as_ref()),
        "voice" => media(kind, message.voice.as_ref()),
        "document" => media(kind, message.document.as_ref()),
        "sticker" => media(kind, message.sticker.as_ref()),
        "location" => Some(parse_location(message.location.as_ref()?)),
        "contacts" => Some(parse_contacts(&message.contacts)),
        "order" => Some(parse_order(message.order.as_ref()?)),
        "reaction" => Some(parse_reaction(message.reaction.as_ref()?)),
        "edit" => Some(parse_edit(message.edit.as_ref()?)),
        "revoke" => Some(Content::Deleted {
            target: target(message.revoke.as_ref()?.original_message_id.as_ref())?,
        }),
        "system" => Some(parse_system(message.system.as_ref())),
        "unsupported" | "unknown" => Some(Content::Unsupported {
            what: unsupported(message),
        }),
        _ => None,
    }
}

fn other(what: &str, text: Option<String>) -> Content {
    Content::Other {
        what: clean_name(what),
        text: text.filter(|text| !text.trim().is_empty()),
    }
}

/// A text that says something.
fn present(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).cloned()
}

fn target(id: Option<&String>) -> Option<Wamid> {
    present(id).map(Wamid::new)
}

/// What was tapped: its title, else its id.
fn choice(id: Option<&String>, title: Option<&String>) -> Option<Content> {
    Some(Content::Choice {
        id: id.cloned().unwrap_or_default(),
        title: present(title).or_else(|| present(id))?,
    })
}

fn media(kind: &str, media: Option<&wire::Media>) -> Option<Content> {
    let media = media?;
    Some(Content::Media {
        media: kind.to_owned(),
        caption: present(media.caption.as_ref()),
        filename: present(media.filename.as_ref()),
    })
}

fn audio_kind(audio: Option<&wire::Media>) -> &'static str {
    let voice = audio.is_some_and(|audio| audio.voice.as_deref() == Some("true"));
    if voice { "voice" } else { "audio" }
}

fn parse_interactive(interactive: &wire::Interactive) -> Content {
    let replies = [&interactive.button_reply, &interactive.list_reply];
    let chosen = replies
        .into_iter()
        .flatten()
        .find_map(|reply| choice(reply.id.as_ref(), reply.title.as_ref()));
    let what = present(interactive.kind.as_ref());
    let flow = interactive.nfm_reply.as_ref();
    chosen.unwrap_or_else(|| {
        other(
            what.as_deref().unwrap_or("interactive"),
            flow.and_then(|flow| flow.response_json.clone()),
        )
    })
}

/// A place; without coordinates only its name can be shown.
fn parse_location(location: &wire::Location) -> Content {
    let parts = [&location.name, &location.address].map(|part| present(part.as_ref()));
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let label = Some(label).filter(|label| !label.is_empty());
    match (location.latitude, location.longitude) {
        (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
            Content::Location {
                latitude,
                longitude,
                label,
            }
        }
        _ => other("location", label),
    }
}

/// One line per card: name, company, numbers, addresses.
fn parse_contacts(contacts: &[Value]) -> Content {
    let line = |raw: &Value| {
        let contact: wire::SharedContact = element(raw);
        let name = contact.name.unwrap_or_default();
        let parts = [name.first_name.as_ref(), name.last_name.as_ref()].map(present);
        let full = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name = present(name.formatted_name.as_ref()).unwrap_or(full);
        let company = contact.org.and_then(|org| org.company);
        let phones = contact.phones.iter().filter_map(|raw| {
            let phone: wire::ContactPhone = element(raw);
            present(phone.phone.as_ref())
                .or_else(|| present(phone.wa_id.as_ref()).map(|id| format!("+{id}")))
        });
        let emails = contact
            .emails
            .iter()
            .filter_map(|raw| element::<wire::ContactEmail>(raw).email);
        let all = std::iter::once(name).chain(company);
        let all = all.chain(phones).chain(emails);
        let all: Vec<String> = all.filter(|part| !part.trim().is_empty()).collect();
        all.join(", ")
    };
    let lines: Vec<String> = contacts.iter().map(line).collect();
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    other("contacts", Some(lines.join("\n")))
}

/// The customer's words, then one line per item.
fn parse_order(order: &wire::Order) -> Content {
    let item = |raw: &Value| {
        let item: wire::OrderItem = element(raw);
        let quantity = item.quantity.as_deref().unwrap_or("?");
        let product = item.product_retailer_id.as_deref().unwrap_or("?");
        let price = item.item_price.map(|price| {
            let currency = item.currency.clone().unwrap_or_default();
            format!(" ({})", format!("{price} {currency}").trim_end())
        });
        format!("{quantity} × {product}{}", price.unwrap_or_default())
    };
    let words = present(order.text.as_ref()).into_iter();
    let lines: Vec<String> = words.chain(order.product_items.iter().map(item)).collect();
    other("order", Some(lines.join("\n")))
}

fn parse_reaction(reaction: &wire::Reaction) -> Content {
    let emoji = present(reaction.emoji.as_ref());
    match target(reaction.message_id.as_ref()) {
        Some(target) => Content::Reaction { target, emoji },
        None => other("reaction", emoji),
    }
}

fn parse_edit(edit: &wire::Edit) -> Content {
    let body = edit.message.as_ref().and_then(edited_text);
    match target(edit.original_message_id.as_ref()) {
        Some(target) => Content::Edited { target, body },
        None => other("edit", body),
    }
}

fn edited_text(edited: &wire::Edited) -> Option<String> {
    let text = edited.text.as_ref().and_then(|text| text.body.clone());
    let media = [&edited.image, &edited.video, &edited.document];
    text.or_else(|| {
        let mut media = media.into_iter().flatten();
        media.find_map(|media| media.caption.clone())
    })
}

/// WhatsApp's words, else its word for what happened. Always quiet, however little it says.
fn parse_system(system: Option<&wire::System>) -> Content {
    let body = system
        .and_then(|system| present(system.body.as_ref()).or_else(|| present(system.kind.as_ref())));
    Content::System {
        body: body.unwrap_or_default(),
    }
}

fn unsupported(message: &wire::Message) -> Option<String> {
    let named = message
        .unsupported
        .as_ref()
        .and_then(|unsupported| present(unsupported.kind.as_ref()));
    let error = message.errors.first().map(element::<wire::ErrorObject>);
    let title =
        error.and_then(|error| present(error.title.as_ref()).or(present(error.message.as_ref())));
    named.or(title).map(|what| clean_name(&what))
}
