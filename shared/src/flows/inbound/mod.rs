//! Customer → agent: resolve the contact, open or reuse the room, post, record.

mod alert;
mod answer;
mod contact;
mod fetch;
mod file;
mod later;
mod post;
mod room;
mod texts;

use std::time::Duration;

use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::contact::Contact;
use crate::domain::ids::{ConnectionId, PostId};
use crate::domain::message::InboundMessage;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::flows::parking::{self, Hopeless};
use crate::flows::{connections, identity, opt_out, receipts};
use crate::queue::fifo::Record;
use crate::queue::task::{
    InboundTask, InboundV1, MediaV1, NoteV1, OutboundTask, QuarantineV1, ReleaseV1,
};
use crate::rocketchat::{Refusal, RocketChatError};
use crate::store::{Created, Said, Waiting};
use crate::text::catalog::Language;

const QUEUE: &str = "inbound";

/// One task's surroundings, passed from step to step.
struct Story<'a> {
    app: &'a App,
    record: &'a Record,
    connection: &'a Connection,
    settings: &'a Settings,
    language: Language,
    now: Timestamp,
}

impl<'a> Story<'a> {
    fn new(
        (app, record): (&'a App, &'a Record),
        connection: &'a Connection,
        settings: &'a Settings,
        now: Timestamp,
    ) -> Self {
        Self {
            app,
            record,
            connection,
            settings,
            language: Language::of(&settings.preferred_language),
            now,
        }
    }
}

/// Works off one record of `inbound.fifo`.
pub async fn run(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    let Ok(task) = serde_json::from_str::<InboundTask>(&record.body) else {
        return parking::park_unreadable(app, QUEUE, record, now).await;
    };
    let work = async {
        match &task {
            InboundTask::Messages(task) => deliver(app, record, task, now).await,
            InboundTask::Note(note) => write_note(app, record, note, now).await,
            InboundTask::Alert(alert) => alert::write(app, record, alert, now).await,
            InboundTask::Media(task) => fetch_later(app, record, task, now).await,
            InboundTask::Quarantine(body) => quarantine(app, record, body, now).await,
        }
    };
    parking::guard(app, record, now, Box::pin(work), |why| {
        Box::pin(give_up_whole(app, record, &task, why, now))
    })
    .await
}

/// A body that nobody can read: kept for an operator.
async fn quarantine(
    app: &App,
    record: &Record,
    body: &QuarantineV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let reason = format!("unreadable_body: {}", body.reason);
    parking::park(app, QUEUE, record, Some(&body.connection), &reason, now).await?;
    Ok(Outcome::Kept)
}

/// A note of our bot to the agents of a room.
async fn write_note(
    app: &App,
    record: &Record,
    note: &NoteV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let rocketchat = app.rocketchat(now).await?.about(note.room.as_str());
    let id = PostId::of_note(&note.key);
    match rocketchat.send_note(&note.room, &id, &note.text).await {
        Ok(()) => Ok(Outcome::Done),
        Err(RocketChatError::Rejected { .. }) if rocketchat.fetch_note(&id).await? => {
            Ok(Outcome::Repeated)
        }
        Err(RocketChatError::Rejected { code, .. }) => {
            let reason = format!("note_rejected: {code}");
            parking::park(app, QUEUE, record, Some(&note.connection), &reason, now).await?;
            Ok(Outcome::Kept)
        }
        Err(error) => Err(room::failure_of(app, error)),
    }
}

/// Delivers the messages of one customer out of one webhook body.
async fn deliver(
    app: &App,
    record: &Record,
    task: &InboundV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let Some(connection) = app.connection(&task.connection, now).await? else {
        return keep(app, record, &task.connection, "unknown_connection", now).await;
    };
    if !connection.enabled {
        return keep(app, record, &task.connection, "disabled_connection", now).await;
    }
    connections::compare_number(app, &connection, task.number.as_ref(), now).await;
    let settings = app.settings(now).await?;
    let story = Story::new((app, record), &connection, &settings, now);
    let messages = still_open(&story, &task.messages).await?;
    if messages.is_empty() {
        return Ok(Outcome::Repeated);
    }
    let Some(mut contact) = contact::resolve(&story, &messages).await? else {
        return keep(app, record, &task.connection, "no_sender", now).await;
    };
    if contact.held {
        release(&story, &contact, &messages).await?;
    }
    let mut outcome = Outcome::Repeated;
    for (n, message) in messages.iter().enumerate() {
        // the first one is always tried: whatever the time, each run gets further
        if n > 0 && record.is_running_out() {
            return Err(Failure::retry_after("more_to_come", Duration::from_secs(1)));
        }
        // boxed: the path of a message is long, and most of it is the rare case
        match Box::pin(deliver_one(&story, &mut contact, message, n)).await {
            Ok(Outcome::Repeated) => {}
            Ok(other) => outcome = other,
            Err(failure) if failure.fate == Fate::GiveUp => {
                give_up(&story, &mut contact, message, &failure).await?;
                outcome = Outcome::Kept;
            }
            Err(failure) => {
                receipts::on_delay(app, &contact).await;
                return Err(failure);
            }
        }
        if message.content.change().is_some() {
            let id = PostId::of_wamid(&message.id);
            app.store.mark_changed(&id, now).await?;
        }
    }
    if outcome == Outcome::Done
        && let Some(newest) = contact::newest(&messages).and_then(receipts::shown_as_read)
    {
        let read = (&connection.id, newest);
        receipts::on_delivery(app, &settings, read, now).await;
    }
    Ok(outcome)
}

/// The messages but for changes of names that were carried out before: a number that somebody left may
/// be somebody else's by now.
async fn still_open(
    story: &Story<'_>,
    messages: &[InboundMessage],
) -> Result<Vec<InboundMessage>, Failure> {
    let mut open = Vec::new();
    for message in messages {
        let id = PostId::of_wamid(&message.id);
        let changes = message.content.change().is_some();
        if !changes || !story.app.store.is_changed(&id, story.now).await? {
            open.push(message.clone());
        }
    }
    Ok(open)
}

/// Fetches a file that could not be had when its message came.
async fn fetch_later(
    app: &App,
    record: &Record,
    task: &MediaV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let Some(connection) = app.connection(&task.connection, now).await? else {
        return keep(app, record, &task.connection, "unknown_connection", now).await;
    };
    let settings = app.settings(now).await?;
    let story = Story::new((app, record), &connection, &settings, now);
    match Box::pin(later::run(&story, task)).await {
        Err(failure) if failure.fate == Fate::GiveUp => {
            keep(app, record, &task.connection, &failure.code, now).await
        }
        ended => ended,
    }
}

/// What cannot be delivered now is parked whole; enabling a connection can redrive it.
async fn keep(
    app: &App,
    record: &Record,
    connection: &ConnectionId,
    reason: &str,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    parking::park(app, QUEUE, record, Some(connection), reason, now).await?;
    Ok(Outcome::Kept)
}

/// The customer wrote: messages of agents that were held may go out now.
async fn release(
    story: &Story<'_>,
    contact: &Contact,
    messages: &[InboundMessage],
) -> Result<(), Failure> {
    let task = OutboundTask::Release(ReleaseV1 {
        connection: contact.connection.clone(),
        contact: contact.id.clone(),
    });
    let last = messages
        .last()
        .map(|message| message.id.as_str())
        .unwrap_or_default();
    let dedup = format!("release#{last}");
    Ok(story
        .app
        .queues
        .send_outbound(&contact.id, &dedup, &task)
        .await?)
}

/// Delivers one message. Quiet content (reactions and the like) waits where no room is open.
async fn deliver_one(
    story: &Story<'_>,
    contact: &mut Contact,
    message: &InboundMessage,
    place: usize,
) -> Result<Outcome, Failure> {
    // heard at once: it may be long before an agent is there to read it
    opt_out::hear(story.app, contact, message).await?;
    if let Some(change) = message.content.change() {
        let (told, held) = ((message, change), (story.settings, story.now));
        let changed = identity::apply(story.app, contact.clone(), told, held);
        *contact = Box::pin(changed).await?;
        Box::pin(identity::settle(
            story.app,
            contact,
            story.language,
            story.now,
        ))
        .await?;
        if contact.held {
            // what was held for the other of two contacts may go out now
            release(story, contact, std::slice::from_ref(message)).await?;
        }
    }
    let post = post::prepare(story, contact, message).await?;
    if message.content.is_quiet() && contact.room.is_none() {
        let own = PostId::of_wamid(&message.id);
        let known = story.app.store.find_message(&own, story.now).await?;
        if known.is_some() {
            // it stood in the room that is closed
            return Ok(Outcome::Repeated);
        }
        let (line, whole) = post.waiting_line();
        if !whole {
            let reason = file::NOT_SHOWN_WHOLE;
            let connection = Some(&story.connection.id);
            parking::park(
                story.app,
                QUEUE,
                story.record,
                connection,
                reason,
                story.now,
            )
            .await?;
        }
        let waiting = Waiting {
            sequence: format!("{}#{place:04}", story.record.sequence),
            id: own,
            line,
            by_bot: false,
            said: Some(Said {
                wamid: message.id.clone(),
                at: message.sent_at,
            }),
        };
        let keep = story.settings.keep_messages();
        let store = &story.app.store;
        let kept = store.put_waiting(&contact.id, &waiting, story.now, keep);
        if kept.await? == Created::No {
            return Err(Failure::retry("contact_joined"));
        }
        return Ok(Outcome::Kept);
    }
    Box::pin(post::post(story, contact, &post)).await
}

/// Gives up on one message: the agent sees that something came, and the task is parked.
async fn give_up(
    story: &Story<'_>,
    contact: &mut Contact,
    message: &InboundMessage,
    failure: &Failure,
) -> Result<(), Failure> {
    let Story {
        app,
        record,
        connection,
        now,
        ..
    } = story;
    parking::park(
        app,
        QUEUE,
        record,
        Some(&connection.id),
        &failure.code,
        *now,
    )
    .await?;
    let stub = post::words(message, story.language.stub(&failure.code));
    match Box::pin(post::post(story, contact, &stub)).await {
        Err(failure) if failure.is_retry() => Err(failure),
        // not even the stub is accepted: the parked record is what remains
        _ => Ok(()),
    }
}

/// Gives up on a record that SQS gave up, as on any other that cannot be worked off.
pub async fn give_up_dead(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    parking::give_up_dead(app, QUEUE, record, now, |task| async move {
        give_up_whole(app, record, &task, Hopeless::DeadLetter, now).await
    })
    .await
}

/// Gives up on a task as a whole: poison, too old, or a dead letter.
async fn give_up_whole(
    app: &App,
    record: &Record,
    task: &InboundTask,
    why: Hopeless,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let connection = match task {
        InboundTask::Messages(task) => &task.connection,
        InboundTask::Note(note) => &note.connection,
        InboundTask::Alert(alert) => &alert.connection,
        InboundTask::Media(task) => &task.connection,
        InboundTask::Quarantine(body) => &body.connection,
    };
    parking::park(app, QUEUE, record, Some(connection), why.reason(), now).await?;
    let message = match task {
        InboundTask::Messages(task) => task.messages.first(),
        InboundTask::Media(task) => Some(task.message.as_ref()),
        InboundTask::Note(_) | InboundTask::Alert(_) | InboundTask::Quarantine(_) => None,
    };
    if let Some(message) = message {
        tell_stub(app, record, (connection, message), why, now).await;
    }
    Ok(Outcome::Kept)
}

/// Says in the contact's open room that a message could not be shown. Best effort: the record is
/// parked already, and what killed the worker must not get the chance again.
async fn tell_stub(
    app: &App,
    record: &Record,
    (connection, message): (&ConnectionId, &InboundMessage),
    why: Hopeless,
    now: Timestamp,
) {
    let by = (connection, &message.sender);
    let found = identity::find_sender(app, by, message.sent_at, now).await;
    let Ok(Some(contact)) = found else { return };
    let Some(room) = &contact.room else { return };
    let Ok(rocketchat) = app.rocketchat(now).await else {
        return;
    };
    let post = PostId::of_note(&format!("stub#{}", record.id));
    let Ok(settings) = app.settings(now).await else {
        return;
    };
    let line = Language::of(&settings.preferred_language).stub(why.reason());
    if rocketchat
        .send_message(&contact.visitor_token, room, &post, &line)
        .await
        .is_err()
    {
        tracing::warn!(task.id = %record.id, "stub could not be posted");
    }
}

/// Whether a refusal can never be mended by trying again.
fn is_final(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::TooLong | Refusal::ContactBlocked)
}
