//! Webhook bodies → events. Nothing is dropped: what is not understood is named, what is not JSON
//! is an error that the caller quarantines. (reference: 360dialog, §2)

mod content;
mod id_update;
pub mod preference;
pub mod program;
pub mod submission;
pub mod template;

use serde_json::Value;

use self::content::{parse_content, parse_forwarded, parse_product, parse_referral};
use self::id_update::parse_id_updates;
use self::preference::{Preference, parse_preferences};
use self::template::parse_template_event;
use super::wire::{self, element};
use crate::domain::contact::Sender;
use crate::domain::hash::sha256_hex;
use crate::domain::ids::{Bsuid, WaId, Wamid};
use crate::domain::message::InboundMessage;
use crate::domain::status::{StatusError, StatusEvent};
use crate::domain::template::TemplateEvent;
use crate::domain::time::Timestamp;
use crate::text::markup::{is_blank, is_hidden};

/// Ids are far shorter (bytes); a longer one would not fit where ids are kept, nor, many times over,
/// into a queue.
const LONGEST_ID: usize = 1_000;

/// A whole error object is handed on up to this length (bytes).
const LONGEST_ERROR: usize = 2_048;

/// What a webhook body says, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// The business number that the body names (the first, if it names several).
    pub number: Option<WaId>,
    /// Messages of customers.
    pub messages: Vec<InboundMessage>,
    /// What became of our messages.
    pub statuses: Vec<StatusEvent>,
    /// What became of our templates.
    pub templates: Vec<TemplateEvent>,
    /// Who wants marketing messages, and who does not.
    pub preferences: Vec<Preference>,
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
            if let Some(event) = template_event(change) {
                delivery.templates.push(event);
                continue;
            }
            if change["field"] == "user_id_update" {
                let told = parse_id_updates(&change["value"], received_at);
                if told.is_empty() {
                    delivery.other_fields.push("user_id_update".to_owned());
                }
                delivery.messages.extend(told);
                continue;
            }
            if change["field"] == "user_preferences" {
                let told = parse_preferences(&change["value"], received_at);
                delivery.preferences.extend(told);
                continue;
            }
            let change: wire::Change = element(change);
            let field = change.field.as_deref().unwrap_or("messages");
            match change.value {
                Some(value) if is_about_messages(field, &value) => {
                    add(&mut delivery, &value, received_at)
                }
                _ => delivery.other_fields.push(change.field.unwrap_or_default()),
            }
        }
    }
    add(&mut delivery, &webhook.top, received_at);
    let number = delivery.number.take();
    if delivery == Delivery::default() {
        delivery.other_fields.push("nothing known".to_owned());
    }
    delivery.number = number;
    Ok(delivery)
}

/// Messages count in fields that do not exist yet too; what is known to hold others' does not.
fn is_about_messages(field: &str, value: &wire::ChangeValue) -> bool {
    let others = ["history", "smb_message_echoes", "smb_app_state_sync"];
    let new = !others.contains(&field) && !field.starts_with("group_");
    field == "messages" || (new && !value.messages.is_empty())
}

fn template_event(change: &Value) -> Option<TemplateEvent> {
    parse_template_event(change["field"].as_str()?, &change["value"])
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
        if !raw.is_object() {
            delivery
                .other_fields
                .push("message that is no object".to_owned());
            continue;
        }
        let message: wire::message::Message = element(raw);
        if message.group_id.as_ref().is_some_and(|id| !id.is_empty()) {
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
                .push("status without id or word".to_owned()),
        }
    }
    for raw in &value.errors {
        let (code, _) = super::error::code_and_reason(&element(raw));
        delivery.other_fields.push(format!("error {code}"));
    }
}

fn parse_message(
    raw: &Value,
    message: &wire::message::Message,
    contacts: &[wire::Contact],
    received_at: Timestamp,
) -> InboundMessage {
    // a message without an id still counts: its own content stands in, so that a repeat is seen
    let id = message.id.clone().filter(|id| !id.is_empty());
    let id = match id {
        Some(id) if id.len() > LONGEST_ID => format!("long-id.{}", sha256_hex(id.as_bytes())),
        Some(id) => id,
        None => format!("no-id.{}", sha256_hex(raw.to_string().as_bytes())),
    };
    let quoted = message
        .context
        .as_ref()
        .and_then(|context| context.id.clone());
    InboundMessage {
        id: Wamid::new(id),
        sender: parse_sender(message, contacts),
        sent_at: moment(message.timestamp.as_deref(), received_at),
        content: parse_content(message, raw),
        quoted: quoted
            .filter(|id| (1..=LONGEST_ID).contains(&id.len()))
            .map(Wamid::new),
        forwarded: parse_forwarded(message),
        referral: parse_referral(message),
        product: parse_product(message),
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

/// `contacts[i]` belongs to a message by its ids only. The only contact stands in where it names
/// nobody else: else two people would become one.
fn parse_sender(message: &wire::message::Message, contacts: &[wire::Contact]) -> Sender {
    // the ids that a change gives up are the sender's; it may stand without any others
    let system = message.system.as_ref();
    let previous = system.and_then(|system| system.previous_user_id.as_deref());
    let user = message.from_user_id.as_deref().or(previous);
    let own = identity(message.from.as_deref(), user);
    let known: Vec<_> = contacts
        .iter()
        .map(|c| (c, identity(c.wa_id.as_deref(), c.user_id.as_deref())))
        .collect();
    let same_user = known
        .iter()
        .find(|(_, id)| own.1.is_some() && id.1 == own.1);
    let same_phone = || known.iter().find(|(_, id)| same_number(&own.0, &id.0));
    let only = || match known.as_slice() {
        [only] if !differ(&only.1.0, &own.0) && !differ(&only.1.1, &own.1) => Some(only),
        _ => None,
    };
    let (contact, theirs) = match same_user.or_else(same_phone).or_else(only) {
        Some((contact, theirs)) => (Some(*contact), theirs.clone()),
        None => (None, (None, None)),
    };
    let profile = contact.and_then(|c| c.profile.as_ref());
    let name = profile.and_then(|profile| profile.name.as_deref());
    let username = profile.and_then(|profile| profile.username.as_deref());
    let parents = [
        message.from_parent_user_id.as_deref(),
        system.and_then(|system| system.previous_parent_user_id.as_deref()),
        contact.and_then(|contact| contact.parent_user_id.as_deref()),
    ];
    Sender {
        other_phone: theirs
            .0
            .clone()
            .filter(|other| differ(&own.0, &Some(other.clone()))),
        phone: own.0.or(theirs.0),
        user_id: own.1.or(theirs.1),
        parent_user_id: parents.into_iter().flatten().find_map(user_id),
        name: name.map(clean_name).filter(|name| !name.is_empty()),
        username: username
            .map(|name| clean_name(name.trim_start_matches('@')))
            .filter(|name| !name.is_empty()),
    }
}

/// Number and user id; a user id may stand in the number's place (§2.7).
fn identity(number: Option<&str>, user: Option<&str>) -> (Option<WaId>, Option<Bsuid>) {
    let user = [user, number].into_iter().flatten().find_map(user_id);
    (number.and_then(phone), user)
}

/// The same number, perhaps in its other spelling (§6).
fn same_number(one: &Option<WaId>, other: &Option<WaId>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    one == other || one.variants().contains(other)
}

fn differ<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
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

/// A name on one line, at most 100 characters, of which nothing is hidden and nothing turns what stands
/// beside it; empty where nothing of it can be seen.
fn clean_name(name: &str) -> String {
    if is_blank(name) {
        return String::new();
    }
    // emoji are made of several by the one, and Persian is written with the other
    let joins = |c: char| matches!(c, '\u{200C}' | '\u{200D}');
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    name.chars()
        .map(visible)
        .filter(|c| joins(*c) || !is_hidden(*c))
        .take(100)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn parse_status(status: &wire::Status, received_at: Timestamp) -> Option<StatusEvent> {
    let error = status.errors.first().map(|raw| {
        let error: wire::ErrorObject = element(raw);
        let (code, reason) = super::error::code_and_reason(&error);
        let reason = reason.chars().take(500).collect();
        let short = raw.is_object() && raw.to_string().len() <= LONGEST_ERROR;
        StatusError {
            code,
            reason,
            object: short.then(|| raw.clone()),
        }
    });
    Some(StatusEvent {
        message: Wamid::new(status.id.clone().filter(|id| !id.is_empty())?),
        status: status.status.clone()?.to_ascii_lowercase(),
        at: moment(status.timestamp.as_deref(), received_at),
        callback_data: status
            .biz_opaque_callback_data
            .clone()
            .filter(|data| data.len() <= LONGEST_ID),
        error,
    })
}

#[cfg(test)]
mod tests;
