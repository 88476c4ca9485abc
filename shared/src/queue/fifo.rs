//! Works off a batch from SQS: split by group, groups at the same time, each in order. The first
//! failure of a group fails the rest of that group only; skipped records are not tried. A group
//! that has ended does not wait for slower ones in its batch.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
};
use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::watch;
use tokio::time::Instant;

use super::backoff;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::mutant::{Mutant, on};

/// One record of a batch, as a flow sees it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The task as JSON.
    pub body: String,
    /// SQS's id: the same on every receive.
    pub id: String,
    /// The message group; empty on standard queues.
    pub group: String,
    /// How often it was received, from 1.
    pub receives: u32,
    /// When it was sent to the queue.
    pub sent_at: Option<Timestamp>,
    /// FIFO's sequence number, zero-padded so that it sorts as text.
    pub sequence: String,
    /// When the work on it is cut off.
    pub until: Instant,
}

impl Record {
    /// Whether a further step might be cut off in the middle: a call may take 20 s.
    pub fn is_running_out(&self) -> bool {
        self.time_left() <= Duration::from_secs(25)
    }

    /// How long until the work on it is cut off.
    pub fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// The receiving side of one queue.
pub struct Worker {
    /// For setting the visibility of failed records.
    pub client: aws_sdk_sqs::Client,
    /// The queue that the batch came from.
    pub queue_url: String,
    /// When no further record is begun and a running one is cut off: 10 s before the deadline.
    pub stop_at: Instant,
}

/// How long before the deadline a worker stops: time to set visibilities and to answer.
const SPARE: Duration = Duration::from_secs(10);

impl Worker {
    /// A worker that stops 10 s before the deadline of its invocation.
    pub fn before(client: aws_sdk_sqs::Client, queue_url: &str, deadline: SystemTime) -> Self {
        let left = deadline
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        let stop_at = Instant::now() + left.saturating_sub(SPARE);
        Self {
            client,
            queue_url: queue_url.to_owned(),
            stop_at,
        }
    }
}

/// Works off `event` with `handle` and answers in Lambda's partial-batch form. Failed records get
/// their back-off as visibility; where setting it fails, the queue's own time-out serves.
pub async fn run<F, Fut>(
    worker: &Worker,
    event: SqsEvent,
    now: impl Fn() -> Timestamp,
    handle: F,
) -> SqsBatchResponse
where
    F: Fn(Record) -> Fut,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let groups = split(event.records);
    let (running, _) = watch::channel(groups.len());
    let runs = groups.iter().map(|group| async {
        let failed = run_group(worker, group, &now, &handle).await;
        running.send_modify(|running| *running -= 1);
        let done = group.len() - failed.len();
        release(worker, &group[..done], &running).await;
        failed
    });
    let failures = join_all(runs).await.into_iter().flatten();
    let failures = failures.filter(|_| !on(Mutant::FailureIsSuccess));
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.map(failure_of).collect();
    response
}

/// How long a group that has ended waits for the others of its batch.
const PATIENCE: Duration = Duration::from_millis(500);

/// Deletes what a group has done while others of the batch go on: until it is deleted, SQS gives
/// out nothing more of the group, and its contact would wait for a stranger's slow call. Where
/// this fails, Lambda deletes it at the end.
async fn release(worker: &Worker, done: &[SqsMessage], running: &watch::Sender<usize>) {
    let mut running = running.subscribe();
    let all = running.wait_for(|running| *running == 0);
    if done.is_empty() || tokio::time::timeout(PATIENCE, all).await.is_ok() {
        return;
    }
    let mut request = worker
        .client
        .delete_message_batch()
        .queue_url(&worker.queue_url);
    for (n, message) in done.iter().enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(n.to_string())
            .set_receipt_handle(message.receipt_handle.clone());
        let Ok(entry) = entry.build() else { return };
        request = request.entries(entry);
    }
    if request.send().await.is_err() {
        tracing::warn!("tasks that are done could not be deleted before the batch ends");
    }
}

fn failure_of(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

/// Works off one group in order; gives the ids that failed or were skipped.
async fn run_group<F, Fut>(
    worker: &Worker,
    group: &[SqsMessage],
    now: &impl Fn() -> Timestamp,
    handle: &F,
) -> Vec<String>
where
    F: Fn(Record) -> Fut,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    for (n, message) in group.iter().enumerate() {
        let record = record_of(message, worker.stop_at);
        let work = AssertUnwindSafe(Box::pin(handle(record.clone()))).catch_unwind();
        let result = match tokio::time::timeout_at(worker.stop_at, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Failure::retry("panic")),
            Err(_) => Err(Failure::retry("deadline")),
        };
        log(&record, &result);
        if let Err(failure) = result {
            let rest = &group[n..];
            set_visibility(worker, &record, rest, &failure, now()).await;
            return rest
                .iter()
                .filter_map(|message| message.message_id.clone())
                .collect();
        }
    }
    Vec::new()
}

/// The records by group, in order of appearance; on standard queues each for itself.
fn split(records: Vec<SqsMessage>) -> Vec<Vec<SqsMessage>> {
    let mut groups: Vec<(Option<String>, Vec<SqsMessage>)> = Vec::new();
    for record in records {
        let name = record.attributes.get("MessageGroupId").cloned();
        match groups.iter_mut().find(|(group, _)| {
            let same = name.is_some() && *group == name && !on(Mutant::GroupAtOnce);
            same || on(Mutant::BatchIsOneGroup)
        }) {
            Some((_, records)) => records.push(record),
            None => groups.push((name, vec![record])),
        }
    }
    groups.into_iter().map(|(_, records)| records).collect()
}

fn record_of(message: &SqsMessage, until: Instant) -> Record {
    let attribute = |name: &str| message.attributes.get(name).cloned().unwrap_or_default();
    let sent_at = attribute("SentTimestamp")
        .parse()
        .ok()
        .map(Timestamp::from_millis);
    Record {
        body: message.body.clone().unwrap_or_default(),
        id: message.message_id.clone().unwrap_or_default(),
        group: attribute("MessageGroupId"),
        receives: attribute("ApproximateReceiveCount").parse().unwrap_or(1),
        sent_at,
        sequence: format!("{:0>40}", attribute("SequenceNumber")),
        until,
    }
}

async fn set_visibility(
    worker: &Worker,
    record: &Record,
    rest: &[SqsMessage],
    failure: &Failure,
    now: Timestamp,
) {
    let after = match failure.fate {
        Fate::Retry { after } => after,
        // a flow gives up by parking; coming here means that even this failed
        Fate::GiveUp => None,
    };
    let age = record
        .sent_at
        .map(|sent| now.since(sent))
        .unwrap_or_default();
    let delay = backoff::delay(&record.id, record.receives, age, after);
    let seconds = i32::try_from(delay.as_secs_f64().ceil() as i64).unwrap_or(i32::MAX);
    let mut request = worker
        .client
        .change_message_visibility_batch()
        .queue_url(&worker.queue_url);
    for (n, message) in rest.iter().enumerate() {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(n.to_string())
            .set_receipt_handle(message.receipt_handle.clone())
            .visibility_timeout(seconds);
        let Ok(entry) = entry.build() else { return };
        request = request.entries(entry);
    }
    if request.send().await.is_err() {
        tracing::warn!(task.id = %record.id, "visibility of a failed task could not be set");
    }
}

/// The one line about a task: how it ended, never what stood in it.
fn log(record: &Record, result: &Result<Outcome, Failure>) {
    let (id, receives) = (record.id.as_str(), record.receives);
    match result {
        Ok(outcome) => {
            tracing::info!(task.id = id, task.receives = receives, task.outcome = ?outcome, "task done");
        }
        Err(failure) => {
            tracing::warn!(
                task.id = id,
                task.receives = receives,
                failure.code = %failure.code,
                failure.fate = ?failure.fate,
                "task failed"
            );
        }
    }
}
