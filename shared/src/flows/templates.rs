//! The cache of message templates: refreshed on schedule, on demand and on a miss, changed at once
//! by WhatsApp's events. What is known stays while a refresh fails.

mod apply;
mod list;
mod preflight;
mod refresh;

pub(crate) use apply::apply;
pub use list::{Filter, Page, list, status_of};
pub use preflight::{Ready, preflight};
pub use refresh::{Busy, refresh, refresh_due};

use crate::app::App;
use crate::domain::connection::Warning;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Definition, Template};
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::store::Sync;
use crate::whatsapp::parse::template::parse_definition;

/// A template that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// The template with what it consists of, where there is one.
    pub found: Option<(Template, Definition)>,
    /// The languages that there are under this name, where not this one.
    pub languages: Vec<String>,
    /// How the refreshes went.
    pub sync: Sync,
}

/// Looks a template up. Where it is not there, or cannot be sent as it stands, the cache is
/// refreshed once (at most every minute, so that a wrong name costs 360dialog nothing).
pub async fn look_up(
    app: &App,
    connection: &ConnectionId,
    name: (&str, &str),
    now: Timestamp,
) -> Result<Looked, Failure> {
    let first = look(app, connection, name, now).await?;
    let usable = first
        .found
        .as_ref()
        .is_some_and(|(one, _)| one.is_approved());
    let tried = first.sync.synced_at.max(first.sync.failed_at);
    if usable || tried.is_some_and(|tried| now.since(tried) < minutes(1)) {
        return Ok(first);
    }
    match refresh(app, connection, now).await {
        Ok(_) => look(app, connection, name, now).await,
        // the old cache is the best that we have; the answer says how old it is
        Err(error) => {
            tracing::info!(connection.id = %connection, failure.code = %error, "no refresh on a miss");
            let sync = app.store.find_sync(connection, now).await?;
            Ok(Looked { sync, ..first })
        }
    }
}

async fn look(
    app: &App,
    connection: &ConnectionId,
    (name, language): (&str, &str),
    now: Timestamp,
) -> Result<Looked, Failure> {
    let found = app
        .store
        .find_template(connection, (name, language), now)
        .await?;
    let found = found.map(|template| {
        let definition = parse_definition(&template);
        (template, definition)
    });
    let standing = found.as_ref().is_some_and(|(one, _)| one.gone_at.is_none());
    let languages = if standing {
        Vec::new()
    } else {
        let all = app
            .store
            .list_template_languages(connection, name, now)
            .await?;
        let all = all.into_iter().filter(|one| one.gone_at.is_none());
        all.map(|one| one.language).collect()
    };
    let sync = app.store.find_sync(connection, now).await?;
    Ok(Looked {
        found,
        languages,
        sync,
    })
}

/// What people read of a connection whose templates could not be refreshed; `None` where the last
/// refresh ended well.
pub fn warning(sync: &Sync) -> Option<Warning> {
    let failure = sync.failure.as_deref()?;
    let since = match sync.synced_at {
        Some(at) => format!("they stand as of {at}"),
        None => "none are known".to_owned(),
    };
    let message = format!(
        "The message templates of this number could not be refreshed ({failure}); {since}. It is \
         tried again at every tick. Check the API key and 360dialog's status page."
    );
    Some(Warning::new("templates_not_synced", message))
}
