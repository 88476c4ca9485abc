//! Bringing the cache up to date: page by page, one refresh of a connection at a time, only what
//! changed is written.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Template, language_key};
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::secrets::{SecretError, SecretName};
use crate::store::{StoreError, Sync};
use crate::whatsapp::WhatsAppError;
use crate::whatsapp::client::TEMPLATES_AT_ONCE;

/// How long others wait for a process that died while it refreshed.
const LEASE: Duration = minutes(2);
/// How long a refresh at a tick may take.
const AT_TICK: Duration = Duration::from_secs(60);
/// How long one may take that somebody waits for.
pub const WHILE_WAITING: Duration = Duration::from_secs(8);
/// After this time no further refresh begins at a tick.
const TICK: Duration = Duration::from_secs(70);
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

/// Refreshes the connections whose last refresh is as long ago as the settings say, that failed, or
/// of which WhatsApp said that something changed: those first that have waited longest. What a tick
/// has no time for is left to the next one. Gives how many were refreshed.
pub async fn refresh_due(app: &App, now: Timestamp) -> Result<usize, Failure> {
    let settings = app.settings(now).await?;
    let syncs: HashMap<_, _> = app.store.list_syncs().await?.into_iter().collect();
    let mut due = Vec::new();
    for connection in app.store.list_connections().await? {
        let sync = syncs.get(&connection.id).cloned().unwrap_or_default();
        // ticks come a little early or late: what falls due before the next one is due now
        let old = sync
            .synced_at
            .is_none_or(|at| now.plus(minutes(2)) >= at.plus(settings.template_refresh_interval()));
        if connection.enabled && (old || sync.failure.is_some() || sync.is_due()) {
            due.push((sync.synced_at.max(sync.failed_at), connection.id));
        }
    }
    due.sort();
    let (mut refreshed, began) = (0, Instant::now());
    for (_, connection) in due {
        if began.elapsed() >= TICK {
            tracing::warn!("templates are refreshed no further at this tick");
            break;
        }
        match refresh(app, &connection, AT_TICK, now.plus(began.elapsed())).await {
            Ok(_) => refreshed += 1,
            Err(error) => {
                tracing::warn!(connection.id = %connection, failure.code = %error, "templates not refreshed");
            }
        }
    }
    Ok(refreshed)
}

/// Refreshes a connection's templates within `limit`: what is new or changed is written, what is
/// not listed any more is marked as gone. Can be repeated after any crash.
pub async fn refresh(
    app: &App,
    connection: &ConnectionId,
    limit: Duration,
    now: Timestamp,
) -> Result<Sync, Busy> {
    let name = format!("templates#{connection}");
    let owner = app.ids.token().map_err(|error| Busy::Failed(error.code))?;
    let until = now.plus(LEASE);
    if !app.store.take_lease(&name, &owner, (now, until)).await? {
        return Err(Busy::Running);
    }
    let outcome = recorded(app, connection, limit, now).await;
    // one that cannot be given back is over after two minutes
    if app.store.give_lease_back(&name, &owner).await.is_err() {
        tracing::info!(connection.id = %connection, "lease could not be given back");
    }
    outcome
}

async fn recorded(
    app: &App,
    connection: &ConnectionId,
    limit: Duration,
    now: Timestamp,
) -> Result<Sync, Busy> {
    let before = app.store.find_sync(connection, now).await?;
    let work = bring_up_to_date(app, connection, now);
    let outcome = tokio::time::timeout(limit, work).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Busy::Failed("refresh_too_slow".to_owned())));
    let sync = match &outcome {
        Ok(Done { found, complete }) => Sync {
            synced_at: Some(now),
            found: *found,
            // what is said to have changed since is read next time
            done: if *complete { before.asked } else { before.done },
            failed_at: None,
            failure: None,
            ..before
        },
        Err(error) => Sync {
            failed_at: Some(now),
            failure: Some(error.to_string()),
            ..before
        },
    };
    app.store.put_sync(connection, &sync).await?;
    if matches!(&outcome, Ok(done) if !done.complete) {
        app.store.mark_sync_due(connection).await?;
    }
    // disconnected meanwhile: nothing of it may be left
    if app.store.find_connection(connection, now).await?.is_none() {
        app.store.delete_templates(connection).await?;
    }
    outcome.map(|_| sync)
}

/// How a list was read.
struct Done {
    found: usize,
    /// Nothing can have been skipped while it was read.
    complete: bool,
}

async fn bring_up_to_date(
    app: &App,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<Done, Busy> {
    let (listed, complete) = fetch_all(app, connection, now).await?;
    let found = listed.len();
    let mut standing: BTreeMap<_, _> = app
        .store
        .list_templates(connection, now)
        .await?
        .into_iter()
        .map(|one| (key_of(&one), one))
        .collect();
    let mut changed = Vec::new();
    for (key, one) in listed {
        match standing.remove(&key) {
            // an event was faster than the list
            Some(known) if known.changed_at > now => {}
            Some(known) => changed.extend(difference(&known, one)),
            None => changed.push(one),
        }
    }
    let missing = standing
        .into_values()
        .filter(|one| one.gone_at.is_none() && one.changed_at <= now);
    if complete {
        changed.extend(missing.map(|gone| Template {
            gone_at: Some(now),
            changed_at: now,
            ..gone
        }));
    }
    app.store.put_templates(connection, &changed).await?;
    tracing::info!(connection.id = %connection, found, changed = changed.len(), complete, "templates refreshed");
    Ok(Done { found, complete })
}

fn key_of(one: &Template) -> (String, String) {
    (one.name.clone(), language_key(&one.language))
}

/// What has to be written because the list says `one` now. What an event told and the list does not
/// mention stays; samples of files have another address each time and count for nothing.
fn difference(known: &Template, mut one: Template) -> Option<Template> {
    if one.status == known.status && known.gone_at.is_none() {
        one.reason = one.reason.or_else(|| known.reason.clone());
    }
    one.quality = one.quality.or_else(|| known.quality.clone());
    let same = Template {
        changed_at: one.changed_at,
        components: one.components.clone(),
        ..known.clone()
    };
    let text = without_samples(&known.components) == without_samples(&one.components);
    (same != one || !text).then_some(one)
}

fn without_samples(components: &str) -> Value {
    let mut components: Value = serde_json::from_str(components).unwrap_or_default();
    for component in components.as_array_mut().into_iter().flatten() {
        if let Some(component) = component.as_object_mut() {
            component.remove("example");
        }
    }
    components
}

/// Every template of the account, in the order of their keys, and whether none can have been
/// skipped: while a list is read page by page it may become shorter.
async fn fetch_all(
    app: &App,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<(BTreeMap<(String, String), Template>, bool), Busy> {
    let mut key = app.api_key(connection).await?;
    let (mut fresh, mut offset, mut complete) = (false, 0, true);
    let mut total = None;
    let mut all: BTreeMap<_, Template> = BTreeMap::new();
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
        complete &= offset == 0 || page.total == total;
        total = page.total;
        for one in page.templates {
            // a rejected predecessor does not stand before the approved one
            let other = all.get(&key_of(&one));
            if other.is_none_or(|other| !other.is_approved() || one.is_approved()) {
                all.insert(key_of(&one), one);
            }
        }
        offset += page.listed;
        let told = total.is_some_and(|total| offset >= total);
        if page.listed == 0 || (told && page.listed < TEMPLATES_AT_ONCE) {
            complete &= total.is_none_or(|total| offset >= total);
            return Ok((all, complete));
        }
        if offset > MOST {
            return Err(Busy::Failed("template_list_endless".to_owned()));
        }
    }
}
