//! What `POST /messages` refuses before anything else (360dialog reference §1.2, §1.3, §4).

use serde_json::Value;

use super::answer::Refusal;
use super::files;
use super::interactive;
use super::state::State;

pub(crate) type Checked = Result<(), Refusal>;

const KINDS: [&str; 11] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "reaction",
    "template",
];

/// The message's type, after checking everything around its content.
pub(crate) fn envelope(body: &Value) -> Result<String, Refusal> {
    if body["messaging_product"] != "whatsapp" {
        return Err(Refusal::parameter(
            "The parameter messaging_product is required.",
        ));
    }
    if !matches!(body["recipient_type"].as_str(), None | Some("individual")) {
        return Err(Refusal::parameter(
            "Param recipient_type must be one of {INDIVIDUAL, GROUP}",
        ));
    }
    at_most(
        &body["biz_opaque_callback_data"],
        "biz_opaque_callback_data",
        512,
    )?;
    let kind = match &body["type"] {
        Value::Null => "text",
        other => other.as_str().unwrap_or_default(),
    };
    if KINDS.contains(&kind) {
        Ok(kind.to_owned())
    } else {
        let kinds = KINDS.map(str::to_uppercase).join(", ");
        Err(Refusal::parameter(format!(
            "Param type must be one of {{{kinds}}} - got \"{kind}\"."
        )))
    }
}

/// The content of a message of this type. `Ok(Some(_))`: accepted, to fail later.
pub(crate) fn content(
    state: &State,
    number: &str,
    kind: &str,
    body: &Value,
) -> Result<Option<Refusal>, Refusal> {
    let member = &body[kind];
    if member.is_null() {
        return Err(Refusal::missing(kind));
    }
    match kind {
        "text" => filled(&member["body"], "text['body']", 4_096)?,
        "image" | "video" | "audio" | "document" | "sticker" => {
            return media(state, number, kind, member);
        }
        "location" => location(member)?,
        "contacts" => contacts(member)?,
        "interactive" => interactive::check(member)?,
        "reaction" => {
            filled(&member["message_id"], "reaction['message_id']", 128)?;
            if !member["emoji"].is_string() {
                return Err(Refusal::missing("reaction['emoji']"));
            }
        }
        "template" => {
            filled(&member["name"], "template['name']", 512)?;
            filled(
                &member["language"]["code"],
                "template['language']['code']",
                16,
            )?;
        }
        _ => {}
    }
    Ok(None)
}

fn media(
    state: &State,
    number: &str,
    kind: &str,
    member: &Value,
) -> Result<Option<Refusal>, Refusal> {
    at_most(&member["caption"], &format!("{kind}['caption']"), 1_024)?;
    if !member["caption"].is_null() && matches!(kind, "audio" | "sticker") {
        return Err(Refusal::parameter(format!(
            "Unexpected key \"caption\" on param \"{kind}\"."
        )));
    }
    match (member["id"].as_str(), member["link"].as_str()) {
        (Some(id), None) => {
            let Some(file) = state.media_of(number, id) else {
                let refusal = format!(
                    "Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
                );
                return Err(Refusal::new(131_009, refusal));
            };
            let (found, fits) = (files::bare(&file.mime_type), files::mime_types(kind));
            let any = kind == "document" && state.options.accept_any_document;
            let wrong = !any && !fits.contains(&found.as_str());
            Ok(wrong.then(|| {
                let fits = fits.join(", ");
                let details =
                    format!("Unsupported {kind} mime type {found}. Please use one of {fits}.");
                Refusal::new(131_053, details)
            }))
        }
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => {
            Ok(None)
        }
        (None, Some(_)) => Err(Refusal::parameter(format!(
            "Param {kind}['link'] is not a valid URI."
        ))),
        _ => Err(Refusal::parameter(format!(
            "Exactly one of id and link is needed in {kind}."
        ))),
    }
}

fn location(member: &Value) -> Checked {
    for name in ["latitude", "longitude"] {
        let value = &member[name];
        let number = value
            .as_f64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if number.is_none() {
            return Err(Refusal::missing(&format!("location['{name}']")));
        }
    }
    Ok(())
}

fn contacts(member: &Value) -> Checked {
    let list = member
        .as_array()
        .filter(|list| (1..=257).contains(&list.len()));
    let Some(list) = list else {
        return Err(Refusal::missing("contacts"));
    };
    let parts = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
    for name in list.iter().map(|contact| &contact["name"]) {
        filled(
            &name["formatted_name"],
            "contacts['name']['formatted_name']",
            1_024,
        )?;
        if !parts.iter().any(|part| name[*part].is_string()) {
            let refusal = "At least one name part besides formatted_name is required.";
            return Err(Refusal::new(131_009, refusal));
        }
    }
    Ok(())
}

/// How long WhatsApp takes a text to be; UTF-16 units are the safe reading (§4).
pub(crate) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// An optional text within its limit.
pub(crate) fn at_most(value: &Value, name: &str, most: usize) -> Checked {
    match value {
        Value::Null => Ok(()),
        Value::String(text) if length(text) <= most => Ok(()),
        Value::String(_) => {
            let refusal = format!("Param {name} must be at most {most} characters long.");
            Err(Refusal::parameter(refusal))
        }
        _ => Err(Refusal::parameter(format!(
            "Param {name} must be a string."
        ))),
    }
}

/// A text that has to be there: 131008 when missing, 100 when blank or too long.
pub(crate) fn filled(value: &Value, name: &str, most: usize) -> Checked {
    match value.as_str() {
        None if value.is_null() => Err(Refusal::missing(name)),
        Some(text) if text.trim().is_empty() => {
            Err(Refusal::parameter(format!("Param {name} cannot be empty.")))
        }
        _ => at_most(value, name, most),
    }
}
