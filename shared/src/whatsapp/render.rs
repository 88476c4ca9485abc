//! Our messages → 360dialog's JSON. (reference: 360dialog, §1.2 and §1.3)

mod choices;
mod template;

use serde_json::{Value, json};

pub use choices::{LONGEST_BODY, MOST_BUTTONS, MOST_ROWS, render_choices, render_page};
pub use template::render_template;

use crate::domain::contact::Contact;
use crate::domain::ids::{Bsuid, WaId, Wamid};
use crate::domain::outgoing::{FileForm, FilePart};

/// The longest text of one message, in UTF-16 units (§4).
pub const LONGEST_TEXT: usize = 4096;
/// The longest text below a picture, video or document, in UTF-16 units (§4).
pub const LONGEST_CAPTION: usize = 1024;

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A number; written with `+`, else Meta may prepend the sender's country code.
    Phone(WaId),
    /// A user id, for people without a visible number.
    User(Bsuid),
}

impl Recipient {
    /// Where to answer a contact: by number where there is one. `None` where nothing is known.
    pub fn of(contact: &Contact) -> Option<Self> {
        let phone = contact.wa_id.clone().map(Self::Phone);
        phone.or_else(|| contact.user_id.clone().map(Self::User))
    }
}

/// `POST /messages` with a text of at most [`LONGEST_TEXT`] units.
pub fn render_text(
    to: &Recipient,
    text: &str,
    quotes: Option<&Wamid>,
    callback_data: &str,
) -> Value {
    let text = json!({ "body": text, "preview_url": text.contains("http") });
    quoting(envelope(to, ("text", text), callback_data), quotes)
}

/// `POST /messages` with a file that is there: by its id, else, in the form of a link, as a text of
/// its own. Nobody but the customer is to open that link, so it has no preview.
pub fn render_file(
    to: &Recipient,
    (file, words): (&FilePart, &str),
    quotes: Option<&Wamid>,
    callback_data: &str,
) -> Value {
    let at = file.at.as_deref().unwrap_or_default();
    let mut member = json!({ "id": at });
    if file.form.has_caption() && !words.is_empty() {
        member["caption"] = json!(words);
    }
    let kind = match file.form {
        FileForm::Image => "image",
        FileForm::Video => "video",
        FileForm::Audio => "audio",
        FileForm::Voice => {
            member["voice"] = json!(true);
            "audio"
        }
        FileForm::Document => {
            member["filename"] = json!(file.name);
            "document"
        }
        FileForm::Link => {
            let link = format!("{}: {at}", file.name);
            let lines = [words, &link].into_iter().filter(|line| !line.is_empty());
            let text = lines.collect::<Vec<_>>().join("\n");
            member = json!({ "body": text, "preview_url": false });
            "text"
        }
    };
    quoting(envelope(to, (kind, member), callback_data), quotes)
}

/// `POST /messages` with a message's type and member as they were rendered before.
pub fn render_rendered(
    to: &Recipient,
    rendered: &Value,
    quotes: Option<&Wamid>,
    callback_data: &str,
) -> Value {
    let kind = rendered["type"].as_str().unwrap_or_default();
    let member = rendered[kind].clone();
    quoting(envelope(to, (kind, member), callback_data), quotes)
}

fn quoting(mut body: Value, quotes: Option<&Wamid>) -> Value {
    if let Some(quoted) = quotes {
        body["context"] = json!({ "message_id": quoted.as_str() });
    }
    body
}

/// `POST /messages` with the `template` member that [`render_template`] gave.
pub fn render_template_message(to: &Recipient, template: Value, callback_data: &str) -> Value {
    envelope(to, ("template", template), callback_data)
}

fn envelope(to: &Recipient, (kind, member): (&str, Value), callback_data: &str) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        kind: member,
        "biz_opaque_callback_data": callback_data,
    });
    match to {
        Recipient::Phone(number) => body["to"] = json!(format!("+{}", number.as_str())),
        Recipient::User(id) => body["recipient"] = json!(id.as_str()),
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_with_its_plus() {
        let to = Recipient::Phone(WaId::new("16505551234"));
        let body = render_text(&to, "Hi", Some(&Wamid::new("wamid.q")), "m#0");
        assert_eq!(body["to"], "+16505551234");
        assert_eq!(body["context"]["message_id"], "wamid.q");
        assert_eq!(body["text"]["preview_url"], false);
        assert_eq!(body["biz_opaque_callback_data"], "m#0");
        assert!(body.get("recipient").is_none());
    }

    #[test]
    fn people_without_a_number_are_addressed_by_user_id() {
        let body = render_text(
            &Recipient::User(Bsuid::new("US.1")),
            "see http://x.example",
            None,
            "",
        );
        assert_eq!(body["recipient"], "US.1");
        assert!(body.get("to").is_none() && body.get("context").is_none());
        assert_eq!(body["text"]["preview_url"], true);
    }
}
