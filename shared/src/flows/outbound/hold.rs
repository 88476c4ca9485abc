//! Outside the 24-hour window: hold a message until the customer writes, then send what was held.

use super::{Story, circuit, notes, refuse, send_agent_message};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::ids::ConnectionId;
use crate::domain::settings::OutsideWindow;
use crate::domain::time::{Timestamp, days};
use crate::error::{Failure, Fate};
use crate::flows::{identity, parking};
use crate::queue::batch::body_of;
use crate::queue::fifo::Record;
use crate::queue::task::{AgentV1, ReleaseV1};
use crate::store::{Held, HoldError};
use crate::text::catalog::Advice;

/// What became of a message outside the window.
pub(super) enum Decision {
    /// It waits for the customer; the agent is told.
    Held,
    /// The customer wrote in between: decide again.
    WindowMoved,
}

/// Holds a message, or refuses it where the settings say so. Holding and the customer's message
/// cannot miss each other: the hold stands only if the window clock is still the one that was read.
pub(super) async fn hold(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
    sequence: &str,
) -> Result<Decision, Failure> {
    if story.settings.outside_window == OutsideWindow::Refuse {
        return Err(Failure::give_up("window_closed", Advice::WindowClosed));
    }
    let held = Held {
        sequence: place(story, contact, task, sequence).await?,
        since: task.received_at,
        task: body_of(task),
    };
    // longer than it may be held: giving up is told by us, never done by TTL
    let keep = story
        .settings
        .keep_messages()
        .max(story.settings.held_for() + days(2));
    match story
        .app
        .store
        .hold(&contact.id, contact.window_until, &held, keep)
        .await
    {
        Ok(()) => {
            notes::held(story.app, story.settings, task).await?;
            Ok(Decision::Held)
        }
        Err(HoldError::WindowMoved) => Ok(Decision::WindowMoved),
        Err(HoldError::Store(error)) => Err(error.into()),
    }
}

/// The place of a message among the held: its own, or that of the version which it replaces.
async fn place(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
    sequence: &str,
) -> Result<String, Failure> {
    if task.message.edited_at.is_none() || !contact.held {
        return Ok(sequence.to_owned());
    }
    let all = story.app.store.list_held(&contact.id).await?;
    let earlier = all
        .into_iter()
        .find(|held| read(held).is_some_and(|earlier| earlier.message.id == task.message.id));
    Ok(earlier.map_or_else(|| sequence.to_owned(), |held| held.sequence))
}

fn read(held: &Held) -> Option<AgentV1> {
    serde_json::from_str(&held.task).ok()
}

/// Sends the held messages of a contact in order, then clears the flag. Runs in the contact's group
/// only, so nothing is held meanwhile; but what another contact brings that becomes part of it.
pub(super) async fn drain(story: &Story<'_>, contact: &Contact) -> Result<(), Failure> {
    let store = &story.app.store;
    for held in store.list_held(&contact.id).await? {
        // a number that is stopped sends nothing of it: it stays held
        if let Some(failure) = circuit::open_barrier(story).await? {
            return Err(failure);
        }
        if let Some(task) = read(&held) {
            match send_held(story, contact, &held, &task).await {
                Err(failure) if failure.fate == Fate::GiveUp => {
                    refuse::for_good(story.app, story.settings, &task, &failure, story.now).await?;
                    park_held(story, &held, &failure.code).await?;
                }
                result => result?,
            }
        } else {
            // this version cannot read it: kept for an operator
            park_held(story, &held, "unreadable_task").await?;
        }
        store.delete_held(&contact.id, &held.sequence).await?;
    }
    Ok(store.clear_held_flag(contact).await?)
}

async fn send_held(
    story: &Story<'_>,
    contact: &Contact,
    held: &Held,
    task: &AgentV1,
) -> Result<(), Failure> {
    if story.now.since(held.since) > story.settings.held_for() {
        return Err(Failure::give_up("held_too_long", Advice::HeldTooLong));
    }
    send_agent_message(story, contact, task).await.map(|_| ())
}

/// What was held cannot be released: agents are told, and each message is kept for an operator.
pub(super) async fn give_up(
    app: &App,
    record: &Record,
    release: &ReleaseV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let settings = app.settings(now).await?;
    let Some(mut contact) = app.store.find_contact(&release.contact, now).await? else {
        return Ok(());
    };
    identity::absorb(app, &mut contact).await?;
    for held in app.store.list_held(&contact.id).await? {
        if let Some(task) = read(&held) {
            refuse::for_good(app, &settings, &task, failure, now).await?;
        }
        let from = (record, &release.connection);
        park(app, from, &held, &failure.code, now).await?;
        app.store.delete_held(&contact.id, &held.sequence).await?;
    }
    Ok(app.store.clear_held_flag(&contact).await?)
}

/// A held message that is not sent any more: kept for an operator.
async fn park_held(story: &Story<'_>, held: &Held, reason: &str) -> Result<(), Failure> {
    let from = (story.record, &story.connection.id);
    park(story.app, from, held, reason, story.now).await
}

async fn park(
    app: &App,
    (record, connection): (&Record, &ConnectionId),
    held: &Held,
    reason: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let record = Record {
        body: held.task.clone(),
        id: format!("held-{}", held.sequence),
        ..record.clone()
    };
    parking::park(app, "outbound", &record, Some(connection), reason, now).await
}
