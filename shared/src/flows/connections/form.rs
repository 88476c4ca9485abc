//! What people send to connect or change a number, and its rules.

use serde_json::Value;

use super::{reopen, taken};
use crate::domain::connection::Connection;
use crate::domain::ids::WaId;
use crate::flows::refused::Refused;
use crate::flows::workspace::Wish;
use crate::secrets::Secret;
use crate::store::Taken;

/// Most characters of a channel name.
const LONGEST_NAME: usize = 60;
/// Most characters of a text to customers (WhatsApp's own limit).
const LONGEST_TEXT: usize = 4096;
/// Most characters of a department's id or name.
const LONGEST_DEPARTMENT: usize = 200;
/// Most characters of an API key.
const LONGEST_KEY: usize = 512;

/// Which foreign webhooks are taken over; their URLs are remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakeOver {
    /// The number's, at 360dialog.
    pub number: bool,
    /// The workspace's, at Rocket.Chat, and what becomes of it.
    pub workspace: Wish,
}

/// The connect form. An empty text is the same as none.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The channel's name; the number where there is none.
    pub name: Option<String>,
    /// 360dialog's API key. Required.
    pub api_key: Option<String>,
    /// The number, in any notation. Required.
    pub phone_number: Option<String>,
    /// Rocket.Chat's department, by id or name.
    pub department: Option<String>,
    /// First text of each conversation.
    pub welcome_message: Option<String>,
    /// Text when an agent closes.
    pub conversation_finished_message: Option<String>,
    /// Text when nobody is there.
    pub offline_message: Option<String>,
    /// The template that re-opens a conversation, as JSON.
    pub reopen_template: Option<Value>,
    /// What may be taken over.
    pub take_over: TakeOver,
}

/// A change. Outer `None`: stays as it is; inner `None`: cleared.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Cleared: the number becomes the name.
    pub name: Option<Option<String>>,
    /// A new API key; cannot be cleared.
    pub api_key: Option<Option<String>>,
    /// A new number; cannot be cleared.
    pub phone_number: Option<Option<String>>,
    /// Cleared: Rocket.Chat chooses.
    pub department: Option<Option<String>>,
    /// Cleared: none is sent.
    pub welcome_message: Option<Option<String>>,
    /// Cleared: none is sent.
    pub conversation_finished_message: Option<Option<String>>,
    /// Cleared: none is sent.
    pub offline_message: Option<Option<String>>,
    /// Cleared: none goes out.
    pub reopen_template: Option<Option<Value>>,
    /// On or off.
    pub enabled: Option<bool>,
    /// What was kept while it was off is delivered now.
    pub deliver_kept: bool,
    /// What may be taken over.
    pub take_over: TakeOver,
}

/// A form that keeps the rules.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub name: String,
    pub key: Secret,
    pub number: WaId,
    pub department: Option<String>,
    pub welcome: Option<String>,
    pub finished: Option<String>,
    pub offline: Option<String>,
    pub reopen: Option<String>,
}

impl Draft {
    /// Checks a form.
    pub fn of(form: Form) -> Result<Self, Refused> {
        let key = api_key(form.api_key)?;
        let number = phone_number(form.phone_number)?;
        let name = name(form.name)?;
        Ok(Self {
            name: name.unwrap_or_else(|| number.as_str().to_owned()),
            key,
            number,
            department: line("department", form.department, LONGEST_DEPARTMENT)?,
            welcome: text("welcomeMessage", form.welcome_message)?,
            finished: text(
                "conversationFinishedMessage",
                form.conversation_finished_message,
            )?,
            offline: text("offlineMessage", form.offline_message)?,
            reopen: form
                .reopen_template
                .as_ref()
                .map(reopen::template)
                .transpose()?,
        })
    }

    /// Whether `connection` is what an earlier sending of this form made.
    pub fn made(&self, connection: &Connection) -> bool {
        connection.phone_number == self.number
            && connection.key_hash == self.key.hash()
            && same_name(&connection.name, &self.name)
    }
}

/// A change that keeps the rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Edit {
    pub name: Option<Option<String>>,
    pub key: Option<Secret>,
    pub number: Option<WaId>,
    pub department: Option<Option<String>>,
    pub welcome: Option<Option<String>>,
    pub finished: Option<Option<String>>,
    pub offline: Option<Option<String>>,
    pub reopen: Option<Option<String>>,
    pub enabled: Option<bool>,
}

impl Edit {
    /// Checks a change.
    pub fn of(change: Change) -> Result<Self, Refused> {
        let department = |given| line("department", given, LONGEST_DEPARTMENT);
        let finished = |given| text("conversationFinishedMessage", given);
        Ok(Self {
            name: change.name.map(name).transpose()?,
            key: change.api_key.map(api_key).transpose()?,
            number: change.phone_number.map(phone_number).transpose()?,
            department: change.department.map(department).transpose()?,
            welcome: change
                .welcome_message
                .map(|given| text("welcomeMessage", given))
                .transpose()?,
            finished: change
                .conversation_finished_message
                .map(finished)
                .transpose()?,
            offline: change
                .offline_message
                .map(|given| text("offlineMessage", given))
                .transpose()?,
            reopen: change
                .reopen_template
                .map(|given| given.as_ref().map(reopen::template).transpose())
                .transpose()?,
            enabled: change.enabled,
        })
    }

    /// Lays the change over a connection.
    pub fn apply(&self, connection: &mut Connection) {
        // a name that only repeats the number follows it
        let follows = connection.name == connection.phone_number.as_str();
        if let Some(number) = &self.number {
            connection.phone_number = number.clone();
        }
        match &self.name {
            Some(Some(name)) => connection.name.clone_from(name),
            Some(None) => connection.name = connection.phone_number.as_str().to_owned(),
            None if follows => connection.name = connection.phone_number.as_str().to_owned(),
            None => {}
        }
        if let Some(key) = &self.key {
            connection.key_hash = key.hash();
            connection.key_tail = crate::domain::connection::key_tail(key.reveal());
        }
        lay(&self.department, &mut connection.department);
        lay(&self.welcome, &mut connection.welcome_message);
        lay(
            &self.finished,
            &mut connection.conversation_finished_message,
        );
        lay(&self.offline, &mut connection.offline_message);
        lay(&self.reopen, &mut connection.reopen_template);
        connection.enabled = self.enabled.unwrap_or(connection.enabled);
    }
}

fn lay(given: &Option<Option<String>>, slot: &mut Option<String>) {
    if let Some(value) = given {
        slot.clone_from(value);
    }
}

/// Refuses what another connection of `others` has already.
pub(super) fn refuse_clash(wanted: &Connection, others: &[Connection]) -> Result<(), Refused> {
    for other in others.iter().filter(|other| other.id != wanted.id) {
        if other.phone_number == wanted.phone_number {
            return Err(taken(Taken::Number));
        }
        if same_name(&other.name, &wanted.name) {
            return Err(taken(Taken::Name));
        }
        if other.key_hash == wanted.key_hash {
            return Err(taken(Taken::ApiKey));
        }
    }
    Ok(())
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn api_key(given: Option<String>) -> Result<Secret, Refused> {
    let key = trimmed(given).ok_or_else(|| {
        missing(
            "apiKey",
            "Create it in 360dialog's hub, at the number, and paste it",
        )
    })?;
    if key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "`apiKey` holds characters that no API key has. Copy it again from \
                       360dialog's hub, without spaces or line breaks.";
        return Err(Refused::invalid("invalid_field", message));
    }
    Ok(Secret::new(key))
}

fn phone_number(given: Option<String>) -> Result<WaId, Refused> {
    let number = trimmed(given).ok_or_else(|| {
        missing(
            "phoneNumber",
            "Write it with its country code, e.g. +49 30 …",
        )
    })?;
    let known = |c: char| c.is_ascii_digit() || "+-()./\u{a0}\u{2011} ".contains(c);
    let plain = number.chars().all(known);
    let digits = WaId::from_any(&number).filter(|_| plain);
    digits.ok_or_else(|| {
        let message = "`phoneNumber` must be a number with its country code, 5 to 20 digits; \
                       `+`, spaces and dashes may stand in it.";
        Refused::invalid("invalid_field", message)
    })
}

fn name(given: Option<String>) -> Result<Option<String>, Refused> {
    line("name", given, LONGEST_NAME)
}

/// A text of one line.
fn line(key: &str, given: Option<String>, longest: usize) -> Result<Option<String>, Refused> {
    let value = bounded(key, given, longest)?;
    if value
        .as_deref()
        .is_some_and(|v| v.contains(char::is_control))
    {
        let message = format!("`{key}` must be one line without control characters.");
        return Err(Refused::invalid("invalid_field", message));
    }
    Ok(value)
}

fn text(key: &str, given: Option<String>) -> Result<Option<String>, Refused> {
    bounded(key, given, LONGEST_TEXT)
}

fn bounded(key: &str, given: Option<String>, longest: usize) -> Result<Option<String>, Refused> {
    let value = trimmed(given);
    let length = value.as_deref().map_or(0, |value| value.chars().count());
    if length > longest {
        let message = format!("`{key}` may have {longest} characters, not {length}. Shorten it.");
        return Err(Refused::invalid("invalid_field", message));
    }
    Ok(value)
}

fn trimmed(given: Option<String>) -> Option<String> {
    given
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn missing(key: &str, what: &str) -> Refused {
    Refused::invalid("missing_field", format!("`{key}` is required. {what}."))
}
