//! Connecting a number.

use super::form::{Draft, refuse_clash};
use super::verify::{self, INVALID_KEY, NOT_REGISTERED, Webhook, has};
use super::{Form, Site, department, reopen, save, taken};
use crate::app::App;
use crate::domain::connection::{Connection, Health, Warning, key_tail};
use crate::domain::ids::ConnectionId;
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::flows::templates;
use crate::secrets::SecretName;
use crate::store::{NotSaved, StoreError};

/// What a person reads when a number is connected.
pub const SUCCESS: &str = "WhatsApp number is now connected! Until Meta has verified your \
    business, the number can write first to a small number of people a day only: start the \
    verification in Meta's Business Manager → Security Centre.";

/// A connection, and whether this call made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Connected {
    /// The connection with what is wrong with it.
    pub connection: Connection,
    /// `false`: an earlier sending of the same form had made it.
    pub created: bool,
}

/// Connects a number. Sent again with the same number, key and name, it finishes what is open and
/// gives the connection that stands.
pub async fn connect(
    app: &App,
    public_url: &str,
    form: Form,
    now: Timestamp,
) -> Result<Connected, Refused> {
    let site = Site {
        app,
        public_url,
        now,
    };
    let take_over = form.take_over;
    let draft = Draft::of(form)?;
    let others = app.store.list_connections().await?;
    let standing = others.iter().find(|other| draft.made(other)).cloned();
    if standing.is_none() {
        let blank = blank(&site, &draft, ConnectionId::new(""));
        refuse_clash(&blank, &others)?;
    }
    let found = verify::check_number(app, &draft.key, &draft.number).await;
    refuse_invalid_key(&found)?;
    let (connection, created) = match standing {
        Some(connection) => (connection, false),
        None => {
            let mut wanted = draft.clone();
            wanted.department = resolve(&site, draft.department.as_deref()).await?;
            // only its own number's platform can say what is registered, if it answers at all
            let reachable = !has(&found, verify::UNREACHABLE);
            let former = if reachable {
                former_webhook(&site, &draft, take_over.number).await?
            } else {
                None
            };
            create(&site, &wanted, former).await?
        }
    };
    let reads = !has(&found, verify::UNREACHABLE);
    let mut connection = verify::settle(&site, &connection, &draft.key, (found, take_over)).await?;
    app.forget();
    if reads {
        // what fails stands in the warning, and the next tick tries again
        let _ = templates::refresh(app, &connection.id, templates::WHILE_WAITING, now).await;
    }
    if let Some(json) = draft
        .reopen
        .filter(|json| connection.reopen_template.as_ref() != Some(json))
    {
        connection = with_template(&site, connection, json).await?;
    }
    let sync = app.store.find_sync(&connection.id, now).await?;
    templates::warn(&mut connection, &sync);
    Ok(Connected {
        connection,
        created,
    })
}

/// Sets the template that re-opens conversations. One that cannot be sent is a warning: the number is
/// connected all the same.
async fn with_template(
    site: &Site<'_>,
    mut connection: Connection,
    json: String,
) -> Result<Connection, Refused> {
    match reopen::check(site.app, &connection.id, &json, site.now).await {
        Ok(()) => {
            save(site, &connection, |c| {
                c.reopen_template = Some(json.clone())
            })
            .await
        }
        Err(refused) => {
            connection.warn(reopen::not_set(&refused));
            Ok(connection)
        }
    }
}

pub(super) fn refuse_invalid_key(found: &[Warning]) -> Result<(), Refused> {
    let invalid = found.iter().find(|warning| warning.code == INVALID_KEY);
    match invalid {
        Some(warning) => Err(Refused::invalid(INVALID_KEY, warning.message.clone())),
        None => Ok(()),
    }
}

/// The department's id. One that does not exist is refused; one that cannot be looked up is taken
/// as it was written, and checked later.
pub(super) async fn resolve(
    site: &Site<'_>,
    wanted: Option<&str>,
) -> Result<Option<String>, Refused> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let checked = department::check(site.app, wanted, site.now).await;
    match checked.warning {
        Some(warning) if warning.code == department::UNKNOWN => {
            Err(Refused::invalid(department::UNKNOWN, warning.message))
        }
        _ => Ok(Some(checked.id.unwrap_or_else(|| wanted.to_owned()))),
    }
}

/// The foreign URL that is taken over; without leave to do so it is a refusal.
async fn former_webhook(
    site: &Site<'_>,
    draft: &Draft,
    take_over: bool,
) -> Result<Option<String>, Refused> {
    let Ok(secret) = verify::incoming_secret(site.app).await else {
        return Ok(None);
    };
    let nobody = ConnectionId::new("");
    match verify::look(site, &nobody, &draft.key, &secret).await {
        Webhook::Foreign(url) if take_over => Ok(Some(url)),
        Webhook::Foreign(url) => {
            let message = format!(
                "This number's messages go to {url} now. Nothing was changed. Send `takeOver: \
                 true` to point them here: that URL is remembered and restored on disconnecting."
            );
            Err(Refused::conflict("webhook_taken", message).with_help(url))
        }
        _ => Ok(None),
    }
}

/// Stores the key, then the connection. Gives the connection and whether this call made it.
async fn create(
    site: &Site<'_>,
    draft: &Draft,
    former: Option<String>,
) -> Result<(Connection, bool), Refused> {
    let Site { app, now, .. } = *site;
    let fresh: String = app.ids.token()?.to_lowercase().chars().take(16).collect();
    let id = app
        .store
        .reserve_connection_id(
            &draft.number,
            &draft.key.hash(),
            ConnectionId::new(fresh),
            now,
        )
        .await?;
    let name = SecretName::ApiKey(id.clone());
    app.secrets.put(&name, &draft.key).await?;
    let mut connection = blank(site, draft, id);
    connection.former_webhook_url = former;
    match app.store.create_connection(&connection).await {
        Ok(()) => Ok((connection, true)),
        Err(NotSaved::Taken(what)) => {
            let standing = app.store.find_connection(&connection.id, now).await?;
            if standing.is_none() {
                app.secrets.delete(&name).await?;
            }
            Err(taken(what))
        }
        Err(NotSaved::Store(StoreError::Conflict)) => {
            // the same form was sent twice at once, or the answer of an earlier write was lost
            let standing = app.store.find_connection(&connection.id, now).await?;
            match standing {
                Some(standing) if draft.made(&standing) => Ok((standing, false)),
                Some(_) => Err(taken(crate::store::Taken::Number)),
                None => Err(StoreError::Conflict.into()),
            }
        }
        Err(NotSaved::Store(error)) => Err(error.into()),
    }
}

/// The connection as it is first saved: nothing of it is registered yet.
fn blank(site: &Site<'_>, draft: &Draft, id: ConnectionId) -> Connection {
    let message = "Couldn't register agent webhook: 360dialog has not confirmed it yet. It is tried \
                   again by itself, and at once when the same form is sent again.";
    Connection {
        webhook_url: site.webhook_url(&id),
        id,
        name: draft.name.clone(),
        phone_number: draft.number.clone(),
        key_tail: key_tail(draft.key.reveal()),
        key_hash: draft.key.hash(),
        department: draft.department.clone(),
        welcome_message: draft.welcome.clone(),
        conversation_finished_message: draft.finished.clone(),
        offline_message: draft.offline.clone(),
        // checked when the templates are known
        reopen_template: None,
        enabled: true,
        former_webhook_url: None,
        health: Health::Degraded,
        warnings: vec![Warning::new(NOT_REGISTERED, message)],
        created_at: site.now,
        version: 1,
    }
}
