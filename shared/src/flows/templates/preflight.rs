//! Whether a template can be sent as somebody wants to, before anything is written or sent.

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Definition, Filled, Template, TemplateSend, check, is_name, read};
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::flows::refused::{Refused, Why};
use crate::store::Sync;
use crate::whatsapp::parse::template::parse_definition;

use super::{WHILE_WAITING, refresh};

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
/// expected, and when the templates were last read. What does not fit is checked once more after a
/// refresh (at most every minute, so that a wrong name costs 360dialog nothing).
pub async fn preflight(
    app: &App,
    connection: &ConnectionId,
    send: &TemplateSend,
    now: Timestamp,
) -> Result<Ready, Refused> {
    if !is_name(&send.name, &send.language) {
        let message = "The template needs a `name` and a `language.code`, as WhatsApp has them.";
        return Err(Refused::invalid("invalid_template", message));
    }
    let sync = app.store.find_sync(connection, now).await?;
    let first = match attempt(app, connection, send, &sync, now).await? {
        Ok(ready) => return Ok(ready),
        Err(refused) => refused,
    };
    let tried = sync.synced_at.max(sync.failed_at);
    if tried.is_some_and(|tried| now.since(tried) < minutes(1)) {
        return Err(if sync.synced_at.is_none() || sync.failure.is_some() {
            uncertain(first, &sync)
        } else {
            first
        });
    }
    let refreshed = refresh(app, connection, WHILE_WAITING, now).await;
    let sync = app.store.find_sync(connection, now).await?;
    match attempt(app, connection, send, &sync, now).await? {
        Ok(ready) => Ok(ready),
        Err(refused) if refreshed.is_err() => Err(uncertain(refused, &sync)),
        Err(refused) => Err(refused),
    }
}

/// The same by what is known, without asking 360dialog: `None` where it cannot be sent as it is.
pub(crate) async fn known(
    app: &App,
    connection: &ConnectionId,
    send: &TemplateSend,
    now: Timestamp,
) -> Result<Option<Ready>, Failure> {
    let name = (send.name.as_str(), send.language.as_str());
    let Some(template) = app.store.find_template(connection, name, now).await? else {
        return Ok(None);
    };
    let definition = parse_definition(&template);
    let filled = check(&template, &definition, &send.components);
    Ok(filled.ok().map(|filled| Ready {
        text: read(&definition, &filled),
        template,
        definition,
        filled,
    }))
}

/// A template that we do not know may well be there while the list cannot be read: who sends may
/// try again. Faults of one that we know are faults.
fn uncertain(refused: Refused, sync: &Sync) -> Refused {
    if refused.code != UNKNOWN {
        return refused;
    }
    let message = format!(
        "It is not known (yet) whether the template exists. {} Try again in a minute.",
        last_read(sync)
    );
    Refused::new(Why::Unavailable, "templates_not_read", message)
}

const UNKNOWN: &str = "unknown_template";

async fn attempt(
    app: &App,
    connection: &ConnectionId,
    send: &TemplateSend,
    sync: &Sync,
    now: Timestamp,
) -> Result<Result<Ready, Refused>, Refused> {
    let name = (send.name.as_str(), send.language.as_str());
    let found = app.store.find_template(connection, name, now).await?;
    let Some(template) = found else {
        let all = app
            .store
            .list_template_languages(connection, &send.name, now)
            .await?;
        let standing = all.into_iter().filter(|one| one.gone_at.is_none());
        let languages: Vec<_> = standing.map(|one| one.language).collect();
        return Ok(Err(unknown(&languages, send, sync)));
    };
    let definition = parse_definition(&template);
    Ok(match check(&template, &definition, &send.components) {
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
                last_read(sync)
            );
            Err(Refused::invalid("invalid_template", message))
        }
    })
}

fn unknown(languages: &[String], send: &TemplateSend, sync: &Sync) -> Refused {
    let (name, language) = (&send.name, &send.language);
    let languages = if languages.is_empty() {
        "There is none of this name.".to_owned()
    } else {
        format!("It exists in: {}.", languages.join(", "))
    };
    let message = format!(
        "There is no template {name} in the language {language}. {languages} {}",
        last_read(sync)
    );
    Refused::invalid(UNKNOWN, message)
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
