//! What an operator does with the status endpoint: its secret, its header, a try, what was delivered,
//! and what is to be delivered again.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::App;
use crate::callback::{Header, Hosts, Overlap, SigningSecrets, check_url};
use crate::domain::callback::{About, Callback, Delivery, Endpoint, Kind, Route};
use crate::domain::ids::PostId;
use crate::domain::settings::Settings;
use crate::domain::time::{Timestamp, days, hours};
use crate::flows::redrive::{self, Redriven};
use crate::flows::refused::Refused;
use crate::queue::task::{CallbackTask, CallbackV1, ReplayV1, StatusTask};
use crate::secrets::{Secret, SecretError, SecretName};
use crate::store::Parked;

/// The queue of callbacks, as parked records name it.
pub const QUEUE: &str = "callbacks";
/// The longest time that two secrets are good, in hours.
pub const LONGEST_OVERLAP: u64 = 168;
/// A callback is signed with so many secrets at most.
const MOST_SECRETS: usize = 5;
/// The longest span of a replay: what is older is forgotten sooner or later.
const LONGEST_REPLAY: Duration = days(31);
/// Most deliveries of one list.
const MOST: usize = 100;

/// The endpoint with what belongs to it; no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Where callbacks go, and whether that is switched off.
    pub endpoint: Endpoint,
    /// Since when the secret counts; `None` before the first.
    pub secret_since: Option<Timestamp>,
    /// Until when one before it is signed with, where that lies ahead.
    pub previous_until: Option<Timestamp>,
    /// The name of the fixed header.
    pub header: Option<String>,
}

/// Makes an endpoint ready that is about to be saved: its address may be called, and there is a
/// secret to sign with.
pub(in crate::flows) async fn prepare(
    app: &App,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), Refused> {
    let url = &settings.message_status_endpoint_url;
    if url.is_empty() {
        return Ok(());
    }
    if let Err(rule) = check_url(url, &Hosts::parse(&app.config.callback_hosts)) {
        let message = format!(
            "Nothing was changed: `messageStatusEndpointUrl` may not be called: {rule}. Give an \
             https address on the public internet, port 443 or 8443."
        );
        let help = "An operator can allow a host by the stack's parameter CallbackHosts.";
        return Err(Refused::invalid("address_refused", message).with_help(help.to_owned()));
    }
    let first = serde_json::to_string(&fresh(app, now)?).unwrap_or_default();
    let name = SecretName::CallbackSecrets;
    app.secrets
        .put_if_absent(&name, &Secret::new(first))
        .await?;
    Ok(())
}

/// The beginning of an address, without path and query.
pub(in crate::flows) fn origin_of(url: &str) -> String {
    let rest = url.find("://").map_or(0, |at| at + 3);
    let end = url[rest..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| rest + at);
    url[..end].to_owned()
}

fn fresh(app: &App, now: Timestamp) -> Result<SigningSecrets, Refused> {
    let random = format!("{}{}", app.ids.token()?, app.ids.token()?);
    Ok(SigningSecrets::new(&random, now))
}

/// The endpoint as it stands.
pub async fn overview(app: &App, now: Timestamp) -> Result<Overview, Refused> {
    let secrets = read::<SigningSecrets>(app, &SecretName::CallbackSecrets).await?;
    let header = read::<Header>(app, &SecretName::CallbackHeader).await?;
    let previous = secrets.iter().flat_map(|all| &all.previous);
    // the newest first
    let mut previous = previous.map(|one| one.until);
    let previous = previous.find(|until| *until > now);
    Ok(Overview {
        endpoint: app.store.find_endpoint(now).await?,
        secret_since: secrets.as_ref().map(|all| all.since),
        previous_until: previous,
        header: header.map(|header| header.name),
    })
}

/// A parameter as it stands now; `None` where there is none.
async fn read<T: serde::de::DeserializeOwned>(
    app: &App,
    name: &SecretName,
) -> Result<Option<T>, Refused> {
    app.secrets.forget(name);
    match app.secrets.find(name).await {
        Ok(text) => Ok(serde_json::from_str(text.reveal()).ok()),
        Err(SecretError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes a new secret, and gives it: it is shown this once. The one before is signed with for
/// `overlap` more.
pub async fn rotate(
    app: &App,
    overlap: Duration,
    by: &str,
    now: Timestamp,
) -> Result<SigningSecrets, Refused> {
    let name = SecretName::CallbackSecrets;
    let mut secrets = fresh(app, now)?;
    let standing = read::<SigningSecrets>(app, &name).await?;
    // what was promised of earlier ones is kept: also where the answer of a rotation was lost
    if let Some(standing) = standing.filter(|_| !overlap.is_zero()) {
        let earlier = standing.previous.into_iter().filter(|one| one.until > now);
        let until = now.plus(overlap);
        secrets.previous.push(Overlap {
            secret: standing.active,
            until,
        });
        secrets.previous.extend(earlier.take(MOST_SECRETS - 2));
    }
    put(app, &name, &secrets).await?;
    note(app, by, "secret rotated", now).await?;
    Ok(secrets)
}

async fn put(app: &App, name: &SecretName, value: &impl serde::Serialize) -> Result<(), Refused> {
    let text = serde_json::to_string(value).unwrap_or_default();
    Ok(app.secrets.put(name, &Secret::new(text)).await?)
}

async fn note(app: &App, by: &str, change: &str, now: Timestamp) -> Result<(), Refused> {
    let keep = app.settings(now).await?.retention_days.audit;
    Ok(app
        .store
        .put_audit("callbacks", by, change, now, keep)
        .await?)
}

/// Sets the fixed header of every call, or takes it away.
pub async fn set_header(
    app: &App,
    header: Option<&Header>,
    by: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let name = SecretName::CallbackHeader;
    match header {
        Some(header) => {
            let length = serde_json::to_string(header).map_or(0, |text| text.len());
            let too_long = "with its quotes escaped the header is longer than 4 KB";
            let too_long = (length > 4_096).then_some(too_long);
            if let Some(fault) = header.fault().or(too_long) {
                let message = format!("Nothing was changed: {fault}.");
                return Err(Refused::invalid("invalid_header", message));
            }
            put(app, &name, header).await?;
            note(app, by, &format!("header {} set", header.name), now).await
        }
        None => {
            app.secrets.delete(&name).await?;
            note(app, by, "header removed", now).await
        }
    }
}

/// Switches an endpoint on again that had answered 410.
pub async fn enable(app: &App, by: &str, now: Timestamp) -> Result<(), Refused> {
    needed(app, now).await?;
    app.store.switch_endpoint_on().await?;
    note(app, by, "endpoint switched on", now).await
}

async fn needed(app: &App, now: Timestamp) -> Result<Endpoint, Refused> {
    let endpoint = app.store.find_endpoint(now).await?;
    if endpoint.url.is_empty() {
        let message = "There is no status endpoint. Set `messageStatusEndpointUrl` in \
                       PATCH /v1/settings first.";
        return Err(Refused::conflict("no_endpoint", message));
    }
    Ok(endpoint)
}

/// Has the endpoint called once with a callback that is marked as a test; gives the message that its
/// delivery is found under.
pub async fn test(app: &App, now: Timestamp) -> Result<PostId, Refused> {
    needed(app, now).await?;
    let message = PostId::new(format!("test#{}", app.ids.token()?));
    let callback = Callback {
        message: message.clone(),
        part: 0,
        status: "sent".to_owned(),
        at: now,
        wamid: None,
        error: None,
        about: About {
            kind: Kind::Regular,
            text: "A test of the message status endpoint".to_owned(),
            route: Route::default(),
        },
        test: true,
    };
    let keep_days = app.settings(now).await?.retention_days.messages;
    let task = CallbackTask::Callback(CallbackV1 {
        callback,
        keep_days,
        again: false,
    });
    app.queues.send_callbacks(&[task]).await?;
    Ok(message)
}

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Those of one message.
    pub message: Option<PostId>,
    /// First tried at or after this moment; else within the last day.
    pub from: Option<Timestamp>,
    /// First tried before this moment; else up to now.
    pub to: Option<Timestamp>,
}

/// How callbacks were delivered: those of a message in order, else the newest hundred.
pub async fn deliveries(
    app: &App,
    asked: &Asked,
    now: Timestamp,
) -> Result<Vec<Delivery>, Refused> {
    if let Some(message) = &asked.message {
        return Ok(app.store.list_deliveries(message, now).await?);
    }
    let to = asked
        .to
        .unwrap_or_else(|| now.plus(Duration::from_secs(60)));
    let from = asked.from.unwrap_or_else(|| ago(to, hours(24)));
    span(from, to)?;
    let page = app.store.list_deliveries_at(((from, to), None), true, MOST);
    let found = page.await?;
    let found = found
        .iter()
        .map(|entry| app.store.find_delivery(entry, now));
    let found = futures::future::join_all(found).await;
    let found: Result<Vec<_>, _> = found.into_iter().collect();
    let mut deliveries: Vec<Delivery> = found?.into_iter().flatten().collect();
    // a callback that was begun twice stands there twice
    let mut seen = BTreeSet::new();
    deliveries.retain(|one| seen.insert(one.id.clone()));
    Ok(deliveries)
}

fn ago(at: Timestamp, span: Duration) -> Timestamp {
    let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.millis().saturating_sub(millis))
}

fn span(from: Timestamp, to: Timestamp) -> Result<(), Refused> {
    if from.millis() >= 0 && from < to && to.since(from) <= LONGEST_REPLAY {
        return Ok(());
    }
    let message = "`from` must lie before `to`, by at most 31 days.";
    Err(Refused::invalid("invalid_span", message))
}

/// A callback that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Undelivered {
    /// The parked record's id.
    pub id: String,
    /// When it was enqueued.
    pub at: Timestamp,
    /// What was to be told.
    pub callback: Callback,
}

/// The newest hundred callbacks that were given up, among the newest thousand parked records.
pub async fn undelivered(app: &App, now: Timestamp) -> Result<Vec<Undelivered>, Refused> {
    let parked = app.store.list_parked(MOST * 10, now).await?;
    let ours = parked.into_iter().filter(|parked| parked.queue == QUEUE);
    let read = |parked: Parked| match serde_json::from_str(&parked.body) {
        Ok(CallbackTask::Callback(task)) => Some(Undelivered {
            id: parked.id,
            at: parked.at,
            callback: task.callback,
        }),
        Err(_) => None,
    };
    Ok(ours.filter_map(read).take(MOST).collect())
}

/// Delivers callbacks again that were given up.
pub async fn redrive(app: &App, now: Timestamp) -> Result<Redriven, Refused> {
    needed(app, now).await?;
    redrive::redrive(app, |parked: &Parked| parked.queue == QUEUE, now).await
}

/// Makes the callbacks of a span of time anew.
pub async fn replay(
    app: &App,
    (from, to): (Timestamp, Timestamp),
    only_failed: bool,
    (by, now): (&str, Timestamp),
) -> Result<(), Refused> {
    needed(app, now).await?;
    span(from, to)?;
    // what is tried meanwhile is not tried again
    let to = to.min(now);
    let task = StatusTask::Replay(ReplayV1 {
        from,
        after: None,
        to,
        only_failed,
    });
    app.queues.send_statuses(&[task]).await?;
    note(app, by, &format!("replay of {from} to {to}"), now).await
}
