//! What became of our messages: the stored state only grows, a failure is told, an unknown outcome is
//! resolved, and each status is called back.

mod files;
mod notes;
mod window;

use std::time::Duration;

use crate::app::App;
use crate::domain::callback::{About, Callback, Route, word_of};
use crate::domain::ids::{PostId, SendId};
use crate::domain::outgoing::{CALL_ENDED, Intent, PartState};
use crate::domain::send::SendResult;
use crate::domain::status::StatusEvent;
use crate::domain::time::{Timestamp, minutes};
use crate::error::{Failure, Outcome};
use crate::flows::outbound::sent_of;
use crate::flows::parking::{self, Hopeless};
use crate::flows::{callbacks, circuit, opt_out, templates};
use crate::mutant::{Mutant, on};
use crate::queue::fifo::Record;
use crate::queue::task::{
    OutboundTask, OutcomeV1, PreferenceV1, StatusTask, StatusV1, TemplateEventV1, TemplateV1,
};
use crate::store::{Marked, MessageRecord, Sent};

const QUEUE: &str = "statuses";
/// How long a status waits for the record of its message. Statuses of messages that were sent
/// from elsewhere (another program with the same key) are dropped after it.
const WAIT_FOR_RECORD: Duration = minutes(10);

/// Works off one record of `statuses`.
pub async fn run(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    let Ok(task) = serde_json::from_str::<StatusTask>(&record.body) else {
        return parking::park_unreadable(app, QUEUE, record, now).await;
    };
    let work = async {
        match &task {
            StatusTask::Status(task) => apply(app, (task, &mark_of(record)), now).await,
            StatusTask::Template(task) => templates::apply(app, task, now).await,
            StatusTask::Preference(task) => opt_out::apply(app, task, now).await,
            StatusTask::Outcome(task) => own_outcome(app, task, now).await,
            StatusTask::Bus(task) => {
                callbacks::put_event(app, &task.callback, now).await?;
                Ok(Outcome::Done)
            }
            StatusTask::Replay(task) => callbacks::replay(app, task, now).await,
        }
    };
    parking::guard(app, record, now, Box::pin(work), |why| {
        Box::pin(hopeless(app, record, &task, why, now))
    })
    .await
}

/// Gives up on a record that SQS gave up, as on any other that cannot be worked off.
pub async fn give_up_dead(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    parking::give_up_dead(app, QUEUE, record, now, |task| async move {
        hopeless(app, record, &task, Hopeless::DeadLetter, now).await
    })
    .await
}

async fn hopeless(
    app: &App,
    record: &Record,
    task: &StatusTask,
    why: Hopeless,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    match task {
        StatusTask::Status(task) => give_up(app, record, task, why, now).await,
        StatusTask::Template(TemplateEventV1 { connection, .. })
        | StatusTask::Preference(PreferenceV1 { connection, .. }) => {
            parking::park(app, QUEUE, record, Some(connection), why.reason(), now).await?;
            Ok(Outcome::Kept)
        }
        StatusTask::Outcome(task) => callbacks::park(app, record, &task.callback, why, now).await,
        StatusTask::Bus(_) | StatusTask::Replay(_) => {
            parking::park(app, QUEUE, record, None, why.reason(), now).await?;
            Ok(Outcome::Kept)
        }
    }
}

/// Poison, too old or a dead letter: parked; that a message failed is told all the same.
async fn give_up(
    app: &App,
    record: &Record,
    task: &StatusV1,
    why: Hopeless,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    parking::park(app, QUEUE, record, None, why.reason(), now).await?;
    let data = task.event.callback_data.as_deref();
    let sent = match data.and_then(Intent::parse_callback_data) {
        Some((id, part)) => match app.store.find_message(&id, now).await? {
            Some(MessageRecord::Outbound(intent)) => Some(sent_of(&intent, part, false)),
            _ => None,
        },
        None => app.store.find_sent(&task.event.message, now).await?,
    };
    if let Some(sent) = sent {
        notes::tell_failure(app, &task.event, &sent, now).await?;
        if let Some(word) = word_of(&task.event.status) {
            call_back(app, &task.event, (&sent, word), now).await?;
        }
    }
    Ok(Outcome::Kept)
}

/// By what a task knows its own mark again: SQS's id, which is the same on every receive.
fn mark_of(record: &Record) -> String {
    if on(Mutant::ToldBeforeEnqueue) {
        return format!("{}#{}", record.id, record.receives);
    }
    record.id.clone()
}

async fn apply(
    app: &App,
    (task, own): (&StatusV1, &str),
    now: Timestamp,
) -> Result<Outcome, Failure> {
    if task.event.status == DELETED
        && app
            .store
            .find_sent(&task.event.message, now)
            .await?
            .is_none()
    {
        // the customer's own message, perhaps not posted yet
        return match notes::tell_deletion(app, task, now).await? {
            true => Ok(Outcome::Done),
            false => find_message(app, (task, own), now).await,
        };
    }
    match mark(app, (task, own), now).await? {
        Some(outcome) => Ok(outcome),
        None => find_message(app, (task, own), now).await,
    }
}

/// The on-premise API's word for a message that a customer sent and then deleted (reference:
/// 360dialog, §2.4).
const DELETED: &str = "deleted";

/// Stores a status and does what follows from it; `None` where no such message is known.
async fn mark(
    app: &App,
    (task, own): (&StatusV1, &str),
    now: Timestamp,
) -> Result<Option<Outcome>, Failure> {
    let event = &task.event;
    let settings = app.settings(now).await?;
    let word = word_of(&event.status).filter(|_| callbacks::are_wanted(app, &settings));
    // words without a rank (`deleted`, `warning`, new ones) change no stored state
    if event.rank().is_none() && word.is_none() {
        return Ok(Some(Outcome::Ignored));
    }
    let told = word.map(|word| (word, own));
    let Some(marked) = app.store.mark_status(event, told).await? else {
        return Ok(None);
    };
    let Marked { sent, higher, .. } = &marked;
    // repeated after a crash: the note has the same id and is written once
    let repeated = sent.status.as_deref() == Some("failed") && !on(Mutant::IgnoreByRank);
    if (*higher || repeated) && !files::send_again(app, event, sent, now).await? {
        notes::tell_failure(app, event, sent, now).await?;
    }
    if *higher || repeated {
        window::close(app, event, sent, now).await?;
    }
    // not of a repeat: the circuit may have closed since
    if *higher {
        circuit::report(app, &sent.connection, event, now).await?;
    }
    if sent.error.is_some() && event.rank() > FAILED_RANK {
        notes::tell_arrival(app, sent, now).await?;
    }
    if let Some(word) = word.filter(|_| marked.told_by.as_deref() == Some(own)) {
        call_back(app, event, (sent, word), now).await?;
    }
    Ok(Some(if *higher {
        Outcome::Done
    } else {
        Outcome::Repeated
    }))
}

/// What ranks higher has arrived, whatever was said before.
const FAILED_RANK: Option<u8> = Some(2);

/// Calls a status back. What the endpoint reads stands beside the status; where the endpoint was set
/// up after the message was sent, it is read from the message.
async fn call_back(
    app: &App,
    event: &StatusEvent,
    (sent, word): (&Sent, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    let about = match &sent.about {
        Some(about) => about.clone(),
        None => match about_of(app, sent, now).await? {
            Some(about) => about,
            None => return Ok(()),
        },
    };
    let callback = Callback {
        message: sent.message.clone(),
        part: sent.part,
        status: word.to_owned(),
        at: event.at,
        wamid: Some(event.message.clone()),
        error: event.error.clone(),
        about,
        test: false,
    };
    let settings = app.settings(now).await?;
    callbacks::emit(app, &settings, callback, now).await
}

/// What a message's endpoint reads, where it does not stand beside the status. Messages of an older
/// version do not say between whom they went.
async fn about_of(app: &App, sent: &Sent, now: Timestamp) -> Result<Option<About>, Failure> {
    let Some(MessageRecord::Outbound(intent)) = app.store.find_message(&sent.message, now).await?
    else {
        return Ok(None);
    };
    let mut about = About::of(&intent, sent.part);
    if about.route == Route::default() {
        let (connection, contact) = (&sent.connection, &intent.contact);
        about.route = callbacks::find_route(app, connection, contact, now).await?;
    }
    Ok(Some(about))
}

/// What we did ourselves is called back. Whoever told it knew that somebody wants to know: where the
/// settings say otherwise, they are read anew.
async fn own_outcome(app: &App, task: &OutcomeV1, now: Timestamp) -> Result<Outcome, Failure> {
    let mut settings = app.settings(now).await?;
    if !callbacks::are_wanted(app, &settings) {
        app.forget();
        settings = app.settings(now).await?;
    }
    callbacks::emit(app, &settings, task.callback.clone(), now).await?;
    Ok(Outcome::Done)
}

/// No record of this wamid: our own may still be on its way, or was lost with the answer.
async fn find_message(
    app: &App,
    (task, own): (&StatusV1, &str),
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let age = now.since(task.received_at);
    let waited = age >= WAIT_FOR_RECORD;
    // 2 s, 4 s … 2 min, and no longer than the wait as a whole
    let next = age.clamp(Duration::from_secs(2), minutes(2));
    let left = WAIT_FOR_RECORD.saturating_sub(age);
    let wait = Failure::retry_after("status_before_record", next.min(left));
    let not_yet = if waited {
        Ok(Outcome::Ignored)
    } else {
        Err(wait.clone())
    };
    let ours = task
        .event
        .callback_data
        .as_deref()
        .and_then(Intent::parse_callback_data);
    let Some((id, part)) = ours else {
        return not_yet;
    };
    let Some(MessageRecord::Outbound(intent)) = app.store.find_message(&id, now).await? else {
        return not_yet;
    };
    let state = intent.parts.get(part).map(|part| part.state.clone());
    match state {
        Some(PartState::Calling { since }) if now.since(since) < CALL_ENDED => {
            // the worker may be about to write its own record
            Err(Failure::retry_after(
                "call_running",
                CALL_ENDED - now.since(since),
            ))
        }
        // pending again, and now a copy turns out to have been sent: no other is
        Some(PartState::Calling { .. } | PartState::Pending) => {
            recover(app, (task, own), &intent, (id, part), now).await
        }
        // the pointer is about to be written, or its writer died: then it is written here
        Some(PartState::Accepted { wamid })
            if wamid == task.event.message && now.since(task.received_at) < CALL_ENDED =>
        {
            Err(wait)
        }
        // also a second copy (sent again by choice), and what was given up and yet was sent
        Some(PartState::Accepted { .. } | PartState::GivenUp { .. }) => {
            record(app, (task, own), &intent, part, now).await
        }
        None => not_yet,
    }
}

/// The outcome of a lost answer is known now: nothing is sent again.
async fn recover(
    app: &App,
    (task, own): (&StatusV1, &str),
    intent: &Intent,
    (id, part): (PostId, usize),
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let state = PartState::Accepted {
        wamid: task.event.message.clone(),
    };
    if !app.store.recover_part(&id, part, &state).await? {
        return Err(Failure::retry("status_before_record"));
    }
    tracing::info!(event = "recovered", message.id = %task.event.message.hashed(), "lost answer resolved");
    record(app, (task, own), intent, part, now).await
}

/// Writes the pointer that the lost answer would have given, then the status.
async fn record(
    app: &App,
    (task, own): (&StatusV1, &str),
    intent: &Intent,
    part: usize,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let settings = app.settings(now).await?;
    let keep = settings.keep_messages();
    let sent = sent_of(intent, part, callbacks::are_wanted(app, &settings));
    if let Some((send, n)) = SendId::of_message(&sent.message) {
        // a recipient whose outcome nobody knew; first, since the pointer ends the search for it
        let (store, wamid) = (&app.store, &task.event.message);
        store.recover_recipient(&send, n, wamid, now).await?;
        let found = store.find_recipient(&send, n, now).await?;
        let is_sent = |result: &SendResult| matches!(result, SendResult::Sent { .. });
        if found.is_some_and(|found| is_sent(&found.result) && !found.shown) {
            // agents have not seen it yet; a run that died may have found the same
            let connection = task.connection.clone();
            let show = OutboundTask::Template(TemplateV1 {
                connection,
                send,
                n,
                contact: None,
                again: false,
            });
            app.queues.send_bulk(&[show]).await?;
        }
    }
    if callbacks::are_wanted(app, &settings) {
        // the run that would have told it is gone, or does not know; told before the pointer ends the
        // search for it
        let queued = callbacks::queued(intent, part, &task.event.message);
        callbacks::emit(app, &settings, queued, now).await?;
    }
    app.store
        .put_sent(&task.event.message, &sent, now, keep)
        .await?;
    mark(app, (task, own), now).await?;
    Ok(Outcome::Done)
}
