//! Telling the status endpoint, and the event bus, what became of messages (R54–R56).

pub mod deliver;
pub mod manage;
pub mod pass_on;
mod replay;
pub mod schedule;

pub(super) use replay::replay;

use crate::app::App;
use crate::callback::render::render_callback;
use crate::domain::callback::{About, Callback, FAILED, QUEUED, Route};
use crate::domain::ids::{ConnectionId, ContactId, Wamid};
use crate::domain::outgoing::{Intent, PartState};
use crate::domain::settings::Settings;
use crate::domain::status::StatusError;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::flows::outbound::advice_of;
use crate::flows::parking::{self, Hopeless};
use crate::queue::batch::body_of;
use crate::queue::fifo::Record;
use crate::queue::pass_on::PassOnV1;
use crate::queue::task::{BusV1, CallbackTask, CallbackV1, OutcomeV1, StatusTask};
use crate::text::catalog::Language;

/// A callback that its endpoint did not take for three days, or that SQS gave up: parked.
pub async fn give_up_dead(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    // an event for the workspace's former webhook is not kept, whatever became of it
    if PassOnV1::parse(&record.body).is_some() {
        pass_on::log_given_up(&record.id, parking::Hopeless::DeadLetter.reason());
        return Ok(Outcome::Ignored);
    }
    parking::park(app, manage::QUEUE, record, None, "not_delivered", now).await?;
    Ok(Outcome::Kept)
}

/// A callback that could not be handed on: parked among those that were not delivered.
pub(super) async fn park(
    app: &App,
    record: &Record,
    callback: &Callback,
    why: Hopeless,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let settings = app.settings(now).await?;
    let task = task_of(&settings, callback.clone(), false);
    let record = Record {
        body: body_of(&task),
        ..record.clone()
    };
    parking::park(app, manage::QUEUE, &record, None, why.reason(), now).await?;
    Ok(Outcome::Kept)
}

/// Whether anybody is told at all.
pub(crate) fn are_wanted(app: &App, settings: &Settings) -> bool {
    !settings.message_status_endpoint_url.is_empty() || app.bus.is_some()
}

/// Has told what became of a message by our own doing: each part that WhatsApp took is `queued`,
/// each that was given up has `failed`. May be repeated: the callbacks keep their ids.
pub(crate) async fn tell(app: &App, settings: &Settings, intent: &Intent) -> Result<(), Failure> {
    if !are_wanted(app, settings) {
        return Ok(());
    }
    let parts = 0..intent.parts.len();
    let outcomes = parts.filter_map(|n| outcome(intent, n));
    let tasks: Vec<_> = outcomes.map(StatusTask::Outcome).collect();
    Ok(app.queues.send_statuses(&tasks).await?)
}

fn outcome(intent: &Intent, n: usize) -> Option<OutcomeV1> {
    let callback = match &intent.parts.get(n)?.state {
        PartState::Accepted { wamid } => queued(intent, n, wamid),
        PartState::GivenUp { reason } => own(intent, n, (FAILED, None, Some(error_of(reason)))),
        PartState::Pending | PartState::Calling { .. } => return None,
    };
    let connection = intent.connection.clone();
    Some(OutcomeV1 {
        connection,
        callback,
    })
}

/// WhatsApp took a part.
pub(super) fn queued(intent: &Intent, n: usize, wamid: &Wamid) -> Callback {
    own(intent, n, (QUEUED, Some(wamid.clone()), None))
}

/// A callback of our own. Its time is the same in every repeat, and before whatever WhatsApp says of
/// the message later.
fn own(
    intent: &Intent,
    n: usize,
    (status, wamid, error): (&str, Option<Wamid>, Option<StatusError>),
) -> Callback {
    Callback {
        message: intent.id.clone(),
        part: n,
        status: status.to_owned(),
        at: intent.created_at,
        wamid,
        error,
        about: About::of(intent, n),
        test: false,
    }
}

/// Between whom the messages of a contact go, as far as that is still known.
pub(super) async fn find_route(
    app: &App,
    connection: &ConnectionId,
    contact: &ContactId,
    now: Timestamp,
) -> Result<Route, Failure> {
    let connection = app.connection(connection, now).await?;
    let contact = app.store.find_contact(contact, now).await?;
    let (number, user_id) = match contact {
        Some(contact) => (contact.wa_id, contact.user_id),
        None => (None, None),
    };
    Ok(Route {
        from: connection.map(|connection| connection.phone_number),
        number,
        user_id,
    })
}

/// Why we gave a message up: WhatsApp's code with our sentence, or our own code in front of it.
fn error_of(reason: &str) -> StatusError {
    // for programs: it stays the same whatever the workspace speaks
    let sentence = advice_of(reason).sentence(Language::English);
    let code = reason
        .strip_prefix("whatsapp_")
        .and_then(|code| code.parse().ok());
    StatusError {
        code: code.unwrap_or(0),
        reason: match code {
            Some(_) => sentence,
            None => format!("{reason}: {sentence}"),
        },
        object: None,
    }
}

/// Hands a callback on: to the endpoint's queue where the filter lets it through, and to the event
/// bus. A bus that does not take it is tried again on its own, so that it costs the endpoint nothing.
pub(super) async fn emit(
    app: &App,
    settings: &Settings,
    callback: Callback,
    now: Timestamp,
) -> Result<(), Failure> {
    let through = settings.filter_message_status;
    let endpoint = !settings.message_status_endpoint_url.is_empty();
    if endpoint && through.lets_through(callback.about.kind) {
        let task = task_of(settings, callback.clone(), false);
        app.queues.send_callbacks(&[task]).await?;
    }
    if put_event(app, &callback, now).await.is_err() {
        let task = StatusTask::Bus(BusV1 { callback });
        app.queues.send_statuses(&[task]).await?;
    }
    Ok(())
}

/// The task of a callback; `again` where it was tried before.
fn task_of(settings: &Settings, callback: Callback, again: bool) -> CallbackTask {
    CallbackTask::Callback(CallbackV1 {
        callback,
        keep_days: settings.retention_days.messages,
        again,
    })
}

/// Puts a callback on the event bus, where there is one.
pub(super) async fn put_event(
    app: &App,
    callback: &Callback,
    now: Timestamp,
) -> Result<(), Failure> {
    let (id, body) = (callback.id(), render_callback(callback).to_string());
    Ok(app.put_event((&id, &body), callback.at, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_whatsapps_code_or_a_sentence() {
        let refused = error_of("whatsapp_131047");
        assert_eq!(refused.code, 131_047);
        assert!(refused.reason.contains("24 hours"), "{}", refused.reason);
        let ours = error_of("too_old");
        assert_eq!(ours.code, 0);
        assert!(ours.reason.starts_with("too_old: "), "{}", ours.reason);
    }
}
