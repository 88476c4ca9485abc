//! Bringing the cache up to date: page by page, one refresh of a connection at a time, only what
//! changed is written.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::Template;
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::secrets::{SecretError, SecretName};
use crate::store::{StoreError, Sync};
use crate::whatsapp::WhatsAppError;

/// A refresh may take so long; after it another process may begin one.
const LEASE: Duration = minutes(2);
/// More than any account may have (6,000, reference §1.8): a list that never ends is an error.
const MOST: usize = 20_000;

/// Why a connection's templates were not refreshed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Another process does it just now.
    #[error("refresh_running")]
    Running,
    /// It failed; the code says why. What was known stays.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for Busy {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<SecretError> for Busy {
    fn from(error: SecretError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<WhatsAppError> for Busy {
    fn from(error: WhatsAppError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Refreshes the connections whose last refresh is as long ago as the settings say, or failed.
/// One that fails does not keep the others from it; after a minute the rest is left to the next
/// tick. Gives how many were refreshed.
pub async fn refresh_due(app: &App, now: Timestamp) -> Result<usize, Failure> {
    let settings = app.settings(now).await?;
    let syncs: HashMap<_, _> = app.store.list_syncs().await?.into_iter().collect();
    let (mut refreshed, began) = (0, Instant::now());
    for connection in app.store.list_connections().await? {
        let sync = syncs.get(&connection.id);
        let synced = sync.and_then(|sync| sync.synced_at);
        let asked = sync.is_some_and(|sync| sync.failure.is_some() || sync.due);
        // ticks come a little early or late: what falls due before the next one is due now
        let due = synced
            .is_none_or(|at| now.plus(minutes(2)) >= at.plus(settings.template_refresh_interval()));
        if began.elapsed() >= minutes(1) {
            tracing::warn!("templates are refreshed no further at this tick");
            break;
        }
        if connection.enabled && (due || asked) {
            match refresh(app, &connection.id, now).await {
                Ok(_) => refreshed += 1,
                Err(error) => {
                    tracing::warn!(connection.id = %connection.id, failure.code = %error, "templates not refreshed");
                }
            }
        }
    }
    Ok(refreshed)
}

/// Refreshes a connection's templates: what is new or changed is written, what is not listed any
/// more is marked as gone. Can be repeated after any crash.
pub async fn refresh(app: &App, connection: &ConnectionId, now: Timestamp) -> Result<Sync, Busy> {
    let name = format!("templates#{connection}");
    let owner = app.ids.token().map_err(|error| Busy::Failed(error.code))?;
    let until = now.plus(LEASE);
    if !app.store.take_lease(&name, &owner, (now, until)).await? {
        return Err(Busy::Running);
    }
    let outcome = bring_up_to_date(app, connection, now).await;
    let sync = match &outcome {
        Ok(found) => Sync {
            synced_at: Some(now),
            found: *found,
            ..Sync::default()
        },
        Err(error) => Sync {
            failed_at: Some(now),
            failure: Some(error.to_string()),
            ..app.store.find_sync(connection, now).await?
        },
    };
    app.store.put_sync(connection, &sync).await?;
    app.store.give_lease_back(&name, &owner).await?;
    outcome.map(|_| sync)
}

async fn bring_up_to_date(
    app: &App,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<usize, Busy> {
    let listed = fetch_all(app, connection, now).await?;
    let found = listed.len();
    let mut standing: HashMap<_, _> = app
        .store
        .list_templates(connection, now)
        .await?
        .into_iter()
        .map(|one| (key_of(&one), one))
        .collect();
    let mut changed = Vec::new();
    for one in listed {
        match standing.remove(&key_of(&one)) {
            Some(known) if is_same(&known, &one) => {}
            _ => changed.push(one),
        }
    }
    for gone in standing.into_values().filter(|one| one.gone_at.is_none()) {
        changed.push(Template {
            gone_at: Some(now),
            changed_at: now,
            ..gone
        });
    }
    app.store.put_templates(connection, &changed).await?;
    tracing::info!(connection.id = %connection, found, changed = changed.len(), "templates refreshed");
    Ok(found)
}

fn key_of(one: &Template) -> (String, String) {
    let language = one.language.replace('-', "_").to_ascii_lowercase();
    (one.name.clone(), language)
}

fn is_same(known: &Template, one: &Template) -> bool {
    let known = Template {
        changed_at: one.changed_at,
        ..known.clone()
    };
    known == *one
}

/// Every template of the account. Pages may shift while they are read: one that stands on two of
/// them counts once, as it came last.
async fn fetch_all(
    app: &App,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<Vec<Template>, Busy> {
    let mut key = app.api_key(connection).await?;
    let mut fresh = false;
    let mut all: HashMap<_, Template> = HashMap::new();
    let mut order = Vec::new();
    let mut offset = 0;
    loop {
        let page = match app.whatsapp.fetch_templates(&key, offset, now).await {
            // another process may have replaced the key
            Err(WhatsAppError::Unauthorized) if !fresh => {
                app.secrets.forget(&SecretName::ApiKey(connection.clone()));
                (key, fresh) = (app.api_key(connection).await?, true);
                continue;
            }
            page => page?,
        };
        for one in page.templates {
            let place = key_of(&one);
            if all.insert(place.clone(), one).is_none() {
                order.push(place);
            }
        }
        offset += page.listed;
        let ends = page.total.map_or(page.listed == 0, |total| offset >= total);
        if ends || page.listed == 0 {
            break;
        }
        if offset > MOST {
            return Err(Busy::Failed("template_list_endless".to_owned()));
        }
    }
    Ok(order.iter().filter_map(|place| all.remove(place)).collect())
}
