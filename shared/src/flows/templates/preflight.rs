//! Whether a template can be sent as somebody wants to, before anything is written or sent.

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Definition, Filled, Template, TemplateSend, check, read};
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::store::Sync;

use super::{Looked, look_up};

/// A template that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// The template as it is known.
    pub template: Template,
    /// What it consists of.
    pub definition: Definition,
    /// What fills it.
    pub filled: Filled,
    /// What the customer reads.
    pub text: String,
}

/// Checks a send against what WhatsApp approved. Every fault is named, with where and what was
/// expected, and when the templates were last read.
pub async fn preflight(
    app: &App,
    connection: &ConnectionId,
    send: &TemplateSend,
    now: Timestamp,
) -> Result<Ready, Refused> {
    for (value, what) in [(&send.name, "name"), (&send.language, "language.code")] {
        if value.is_empty() {
            let message = format!("The template has no `{what}`.");
            return Err(Refused::invalid("invalid_template", message));
        }
    }
    let name = (send.name.as_str(), send.language.as_str());
    let looked = look_up(app, connection, name, now).await?;
    let Some((template, definition)) = looked.found.clone() else {
        return Err(unknown(&looked, send));
    };
    match check(&template, &definition, &send.components) {
        Ok(filled) => Ok(Ready {
            text: read(&definition, &filled),
            template,
            definition,
            filled,
        }),
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            let message = format!(
                "Template {} ({}): {}. {}",
                template.name,
                template.language,
                faults.join("; "),
                last_read(&looked.sync)
            );
            Err(Refused::invalid("invalid_template", message))
        }
    }
}

fn unknown(looked: &Looked, send: &TemplateSend) -> Refused {
    let (name, language) = (&send.name, &send.language);
    let languages = if looked.languages.is_empty() {
        "There is none of this name.".to_owned()
    } else {
        format!("It exists in: {}.", looked.languages.join(", "))
    };
    let message = format!(
        "There is no template {name} in the language {language}. {languages} {}",
        last_read(&looked.sync)
    );
    Refused::invalid("unknown_template", message)
}

fn last_read(sync: &Sync) -> String {
    let read = sync.synced_at.map_or_else(
        || "The templates were never read.".to_owned(),
        |at| format!("The templates were last read at {at}."),
    );
    match &sync.failure {
        Some(failure) => format!("{read} Reading them again failed ({failure})."),
        None => read,
    }
}
