//! Parking: whatever cannot be delivered is kept with its reason, for an operator. And poison:
//! tasks that kill the worker are found by markers and parked.

use std::future::Future;

use futures::future::BoxFuture;

use crate::app::App;
use crate::domain::ids::ConnectionId;
use crate::domain::time::{Timestamp, days};
use crate::error::{Failure, Outcome};
use crate::queue::fifo::Record;
use crate::store::{Parked, Store};

/// A task older than this is parked: the queue forgets it silently after 14 days.
const TOO_OLD: std::time::Duration = days(12);
/// From this receive on a marker is written before work.
const MARKED_FROM: u32 = 3;
/// Starts without an end that make a task poison.
const POISON: u64 = 3;

/// Parks a task. Repeating it replaces the record: its id derives from the task.
pub async fn park(
    app: &App,
    queue: &str,
    record: &Record,
    connection: Option<&ConnectionId>,
    reason: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let at = record.sent_at.unwrap_or(now);
    let parked = Parked {
        id: Store::parked_id(at, &record.id),
        at,
        queue: queue.to_owned(),
        reason: reason.to_owned(),
        connection: connection.cloned(),
        body: cut(&record.body),
    };
    let keep = app.settings(now).await?.keep_parked();
    // counted from now, not from the task's own time: the operator has the whole retention
    let keep = keep + now.since(at);
    app.store.put_parked(&parked, keep).await?;
    tracing::error!(event = "parked", queue, task.id = %record.id, reason, "task parked");
    Ok(())
}

/// What fits into an item of DynamoDB (400 KB with all attributes). A body that is cut cannot be
/// sent again; its beginning still tells what it was.
fn cut(body: &str) -> String {
    const MOST: usize = 350 * 1024;
    body[..body.floor_char_boundary(MOST.min(body.len()))].to_owned()
}

/// What is done about a task. Boxed: the paths are long, and each step would carry all of them.
pub type Work<'a> = BoxFuture<'a, Result<Outcome, Failure>>;

/// Why a task is not worked off any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hopeless {
    /// It killed its worker three times.
    Poison,
    /// It waited for twelve days.
    TooOld,
    /// SQS gave it up after 1,000 receives.
    DeadLetter,
}

impl Hopeless {
    /// For the parked record.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::TooOld => "too_old",
            Self::DeadLetter => "dead_letter",
        }
    }
}

/// Runs `work` on a record under the poison guard: from the third receive on a marker stands
/// before the work and falls after it, whatever the result. Where three starts never ended, or
/// the task is too old, `hopeless` runs instead.
pub async fn guard<'a>(
    app: &App,
    record: &Record,
    now: Timestamp,
    work: Work<'a>,
    hopeless: impl FnOnce(Hopeless) -> Work<'a>,
) -> Result<Outcome, Failure> {
    if record.sent_at.is_some_and(|sent| now.since(sent) > TOO_OLD) {
        return hopeless(Hopeless::TooOld).await;
    }
    if record.receives < MARKED_FROM {
        return work.await;
    }
    let starts = match app.store.mark_started(&record.id, now).await {
        Ok(starts) => starts,
        Err(error) => {
            // it may stand all the same, and nothing was begun
            let _ = app.store.clear_started(&record.id).await;
            return Err(error.into());
        }
    };
    if starts > POISON {
        // the marker stays: should this end be lost, the task must not come back behind those
        // that have overtaken it
        return hopeless(Hopeless::Poison).await;
    }
    let result = work.await;
    // a marker that cannot be taken away counts as a death: a second try is worth its price
    if app.store.clear_started(&record.id).await.is_err() {
        app.store.clear_started(&record.id).await?;
    }
    result
}

/// Gives up on a record that SQS gave up, as on any other that cannot be worked off.
pub async fn give_up_dead<T, G>(
    app: &App,
    queue: &str,
    record: &Record,
    now: Timestamp,
    give_up: impl FnOnce(T) -> G,
) -> Result<Outcome, Failure>
where
    T: serde::de::DeserializeOwned,
    G: Future<Output = Result<Outcome, Failure>>,
{
    if let Ok(task) = serde_json::from_str(&record.body) {
        return give_up(task).await;
    }
    let reason = Hopeless::DeadLetter.reason();
    park(app, queue, record, None, reason, now).await?;
    Ok(Outcome::Kept)
}

/// A task whose JSON this version cannot read: parked as it is.
pub async fn park_unreadable(
    app: &App,
    queue: &str,
    record: &Record,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    // while two versions run side by side the other one may be able to
    if record.receives < 6 {
        return Err(Failure::retry("unreadable_task"));
    }
    park(app, queue, record, None, "unreadable_task", now).await?;
    Ok(Outcome::Kept)
}
