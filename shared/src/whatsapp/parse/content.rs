//! What a message contains. A type that we do not know, or whose member is missing, is named and
//! shown with whatever can be read of it; only ids are required, for what is about a message.

mod card;
mod form;

use serde_json::Value;

use super::{clean_name, phone, user_id};
use crate::domain::content::{Change, Content, Forwarded, MediaFile, OrderItem, Referral};
use crate::domain::ids::Wamid;
use crate::whatsapp::error::code_and_reason;
use crate::whatsapp::wire::message as wire;
use crate::whatsapp::wire::{ErrorObject, element};

/// More of what we do not know is not shown (characters).
const LONGEST_UNKNOWN: usize = 1_000;
/// A name, a price or a headline that is longer is none (characters).
const LONGEST_LINE: usize = 300;
/// The same of an address.
const LONGEST_ADDRESS: usize = 2_000;

/// The content of a message (`raw` as it came); never without words for an agent.
pub(super) fn parse_content(message: &wire::Message, raw: &Value) -> Content {
    let kind = match message.kind.as_deref().map(str::trim).unwrap_or_default() {
        "" if message.text.is_some() => "text",
        "" => only_member(message).unwrap_or("message"),
        kind => kind,
    };
    let why = error_words(message);
    match known_content(kind, message) {
        // an answer of a new kind stands one level below
        Some(Content::Other { what, text: None }) => {
            let text = readable(&raw[kind][&what]).or(why);
            Content::Other { what, text }
        }
        // WhatsApp has no file to give, and says why
        Some(Content::Media {
            caption,
            file: None,
            ..
        }) if why.is_some() => {
            let said = [why, caption].into_iter().flatten().collect::<Vec<_>>();
            other(kind, Some(said.join("\n")))
        }
        Some(content) => content,
        None => other(kind, readable(&raw[kind]).or(why)),
    }
}

/// What a message without a type is, by the one member that it has.
fn only_member(message: &wire::Message) -> Option<&'static str> {
    let members = [
        ("image", message.image.is_some()),
        ("video", message.video.is_some()),
        ("audio", message.audio.is_some()),
        ("voice", message.voice.is_some()),
        ("document", message.document.is_some()),
        ("sticker", message.sticker.is_some()),
        ("location", message.location.is_some()),
        ("contacts", !message.contacts.is_empty()),
        ("interactive", message.interactive.is_some()),
        ("button", message.button.is_some()),
        ("reaction", message.reaction.is_some()),
        ("order", message.order.is_some()),
    ];
    let mut there = members.into_iter().filter(|(_, there)| *there);
    let (kind, _) = there.next()?;
    there.next().is_none().then_some(kind)
}

/// Why WhatsApp does not hand over what belongs here, in its words.
fn error_words(message: &wire::Message) -> Option<String> {
    let error = message.errors.first().map(element::<ErrorObject>)?;
    let (_, reason) = code_and_reason(&error);
    let reason: String = reason.chars().take(LONGEST_UNKNOWN).collect();
    present(Some(&reason))
}

/// Whatever a person could read of something that we do not know.
fn readable(member: &Value) -> Option<String> {
    let words = ["title", "name", "body", "text", "caption", "description"];
    let said: Vec<_> = match member {
        Value::String(text) => vec![text.trim()],
        _ => words
            .iter()
            .filter_map(|word| member[word].as_str())
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .collect(),
    };
    let said: String = said.join("\n").chars().take(LONGEST_UNKNOWN).collect();
    Some(said).filter(|said| !said.is_empty())
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
        "contacts" => card::parse_cards(&message.contacts),
        "order" => Some(parse_order(message.order.as_ref()?)),
        "reaction" => Some(parse_reaction(message.reaction.as_ref()?)),
        "edit" => Some(parse_edit(message.edit.as_ref()?)),
        "revoke" => Some(Content::Deleted {
            target: target(message.revoke.as_ref()?.original_message_id.as_ref())?,
        }),
        "system" => Some(parse_system(message.system.as_ref())),
        "request_welcome" => Some(Content::Opened),
        "ephemeral" => Some(Content::Disappearing),
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

/// A text that belongs on one line, as that; nothing in it turns the direction of what follows.
fn line(text: Option<&String>, most: usize) -> Option<String> {
    let turns = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let flat = |c: char| match c {
        '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    let text = text?.chars().filter(|c| !turns(c)).map(flat);
    let text: String = text.take(most).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn short(text: Option<&String>) -> Option<String> {
    line(text, LONGEST_LINE)
}

fn address(text: Option<&String>) -> Option<String> {
    line(text, LONGEST_ADDRESS)
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
    let (id, url) = (present(media.id.as_ref()), present(media.url.as_ref()));
    let file = (id.is_some() || url.is_some()).then(|| MediaFile {
        id: id.unwrap_or_default(),
        mime_type: media.mime_type.clone().unwrap_or_default(),
        url,
    });
    Some(Content::Media {
        media: kind.to_owned(),
        caption: present(media.caption.as_ref()),
        filename: present(media.filename.as_ref()),
        file,
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
    let form = || form::parse_form(interactive.nfm_reply.as_ref()?);
    let permission = || {
        let reply = interactive.call_permission_reply.as_ref()?;
        let answer = short(reply.response.as_ref())?;
        Some(Content::CallPermission { answer })
    };
    let what = present(interactive.kind.as_ref());
    let unknown = || other(what.as_deref().unwrap_or("interactive"), None);
    chosen
        .or_else(form)
        .or_else(permission)
        .unwrap_or_else(unknown)
}

/// A place; without coordinates only its name can be shown.
fn parse_location(location: &wire::Location) -> Content {
    let parts = [&location.name, &location.address].map(|part| short(part.as_ref()));
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let label = Some(label).filter(|label| !label.is_empty());
    match (location.latitude, location.longitude) {
        (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
            Content::Location {
                latitude,
                longitude,
                label,
                url: address(location.url.as_ref()),
            }
        }
        _ => other("location", label),
    }
}

fn parse_order(order: &wire::Order) -> Content {
    let item = |raw: &Value| {
        let item: wire::OrderItem = element(raw);
        OrderItem {
            product: short(item.product_retailer_id.as_ref()).unwrap_or_else(unnamed),
            quantity: short(item.quantity.as_ref()).unwrap_or_else(unnamed),
            price: short(item.item_price.as_ref()),
            currency: short(item.currency.as_ref()),
        }
    };
    Content::Order {
        text: present(order.text.as_ref()),
        items: order.product_items.iter().map(item).collect(),
    }
}

fn unnamed() -> String {
    "?".to_owned()
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
    let Some(system) = system else {
        return Content::System {
            body: String::new(),
            change: None,
        };
    };
    let kind = system.kind.as_deref().unwrap_or_default();
    let number = || {
        let named = system.wa_id.as_deref().or(system.new_wa_id.as_deref());
        named.and_then(phone)
    };
    let previous = system.previous_user_id.as_deref();
    let new_id = || {
        let named = system.user_id.as_deref().filter(|id| Some(*id) != previous);
        named.and_then(user_id)
    };
    let change = match kind {
        "user_changed_number" | "customer_changed_number" => Some(Change::Number {
            to: number(),
            user_id: new_id(),
        }),
        "user_changed_user_id" => Some(Change::UserId {
            to: new_id(),
            parent: system.parent_user_id.as_deref().and_then(user_id),
        }),
        "customer_identity_changed" => Some(Change::Identity),
        // words that we do not know, but a number that can only be the new one
        _ => system
            .new_wa_id
            .as_deref()
            .and_then(phone)
            .map(|to| Change::Number {
                to: Some(to),
                user_id: None,
            }),
    };
    let body = present(system.body.as_ref()).or_else(|| present(system.kind.as_ref()));
    Content::System {
        body: body.unwrap_or_default(),
        change,
    }
}

fn unsupported(message: &wire::Message) -> Option<String> {
    let named = message
        .unsupported
        .as_ref()
        .and_then(|unsupported| present(unsupported.kind.as_ref()));
    let error = message.errors.first().map(element::<ErrorObject>);
    let title =
        error.and_then(|error| present(error.title.as_ref()).or(present(error.message.as_ref())));
    named.or(title).map(|what| clean_name(&what))
}

/// Whether and how often the message was passed on.
pub(super) fn parse_forwarded(message: &wire::Message) -> Option<Forwarded> {
    let context = message.context.as_ref()?;
    let set = |flag: &Option<String>| flag.as_deref() == Some("true");
    match (set(&context.frequently_forwarded), set(&context.forwarded)) {
        (true, _) => Some(Forwarded::Often),
        (false, true) => Some(Forwarded::Once),
        (false, false) => None,
    }
}

/// What led the customer here; `None` where nothing of it can be read.
pub(super) fn parse_referral(message: &wire::Message) -> Option<Referral> {
    let raw = message.referral.as_ref()?;
    let media = [&raw.image_url, &raw.video_url, &raw.thumbnail_url];
    // the on-premise form
    let objects = [("image", &raw.image), ("video", &raw.video)];
    let inner = objects.into_iter().filter_map(|(kind, object)| {
        let url = address(object.as_ref()?.url.as_ref());
        Some((kind, url))
    });
    let inner: Vec<_> = inner.collect();
    let media_url = media.into_iter().find_map(|url| address(url.as_ref()));
    let media_url = media_url.or_else(|| inner.iter().find_map(|(_, url)| url.clone()));
    let media = inner.first().filter(|_| media_url.is_none());
    let referral = Referral {
        is_post: raw.source_type.as_deref() == Some("post"),
        headline: short(raw.headline.as_ref()),
        body: present(raw.body.as_ref()),
        url: address(raw.source_url.as_ref()),
        media: media.map(|(kind, _)| (*kind).to_owned()),
        media_url,
    };
    let silent = Referral {
        is_post: referral.is_post,
        ..Referral::default()
    };
    (referral != silent).then_some(referral)
}

/// The product that the message asks about.
pub(super) fn parse_product(message: &wire::Message) -> Option<String> {
    let product = message.context.as_ref()?.referred_product.as_ref()?;
    present(product.product_retailer_id.as_ref()).map(|product| clean_name(&product))
}
