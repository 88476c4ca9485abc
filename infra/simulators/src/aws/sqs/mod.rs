//! SQS: standard and FIFO queues with visibility, deduplication, redrive and retention.

mod attributes;
mod check;
mod config;
pub mod dedup;
mod effects;
mod journal;
mod model;
mod queues;
mod record;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use md5::Md5;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use self::journal::Journal;
use self::model::{Message, Queue};
use super::answer::Refusal;
use super::{ACCOUNT, OpenError, REGION};
use crate::clock::Clock;

pub use self::config::{Held, QueueConfig, Standing};
pub(crate) use self::model::Message as Record;
pub(crate) use self::record::{handle, system_attributes};

/// Most bytes of one message with its attributes, and of one batch together (AWS, "Amazon SQS
/// message quotas": 1 MiB).
pub const MAX_BYTES: usize = 1024 * 1024;
/// Most entries of one batch, and most messages of one receive.
pub const MAX_BATCH_ENTRIES: usize = 10;

/// SQS in process; clones share their state.
///
/// Not modelled: IAM, throttling, the in-flight limits (120,000), a standard queue's occasional
/// second delivery and disorder.
#[derive(Clone)]
pub struct Sqs(Arc<Inner>);

struct Inner {
    clock: Clock,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    journal: Option<Journal>,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    mapped: BTreeSet<String>,
    /// Messages from the journal whose queue is not created yet.
    reloaded: BTreeMap<String, Vec<Message>>,
    /// Last number given to a message or a receipt.
    counter: u64,
}

impl std::fmt::Debug for Sqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqs")
            .field("queues", &self.names())
            .finish()
    }
}

impl Sqs {
    /// No queues, in memory, with the time of `clock`.
    pub fn new(clock: Clock) -> Self {
        Self::build(clock, State::default(), None)
    }

    /// Messages are also kept in the table `queues` of `database` and come back, all visible, when
    /// their queue is created again after a restart. Numbers go on from the clock.
    pub fn with_journal(clock: Clock, database: dynoxide::Database) -> Result<Self, OpenError> {
        let journal = Journal::open(database)?;
        let reloaded = journal.load()?;
        let last = reloaded
            .values()
            .flatten()
            .map(|message| message.seq)
            .max()
            .unwrap_or(0);
        let started = u64::try_from(clock.now_ms())
            .unwrap_or(0)
            .saturating_mul(1000);
        let state = State {
            reloaded,
            counter: last.max(started),
            ..State::default()
        };
        Ok(Self::build(clock, state, Some(journal)))
    }

    fn build(clock: Clock, state: State, journal: Option<Journal>) -> Self {
        let changed = watch::Sender::new(0);
        Self(Arc::new(Inner {
            clock,
            state: Mutex::new(state),
            changed,
            journal,
        }))
    }

    /// Creates a queue, or changes an existing one's settings and keeps its messages; gives its URL.
    pub fn create(&self, config: QueueConfig) -> String {
        let url = self.url(&config.name);
        let mut state = self.lock();
        let reloaded = state.reloaded.remove(&config.name).unwrap_or_default();
        match state.queues.get_mut(&config.name) {
            Some(queue) => queue.config = config,
            None => {
                let mut queue = Queue::new(config);
                reloaded.into_iter().for_each(|message| queue.add(message));
                state.queues.insert(queue.config.name.clone(), queue);
            }
        }
        drop(state);
        self.wake();
        url
    }

    /// The names of all queues, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock().queues.keys().cloned().collect()
    }

    /// The URL of a queue of this name.
    pub fn url(&self, name: &str) -> String {
        format!("http://sqs.local/{ACCOUNT}/{name}")
    }

    /// The ARN of a queue of this name.
    pub fn arn(&self, name: &str) -> String {
        arn(name)
    }

    /// How many messages a queue holds, hidden ones included; 0 for an unknown queue.
    pub fn depth(&self, name: &str) -> usize {
        self.messages(name).len()
    }

    /// The messages that a queue holds, in the order of sending; none for an unknown queue.
    pub fn messages(&self, name: &str) -> Vec<Held> {
        let now_ms = self.now_ms();
        let state = self.lock();
        let Some(queue) = state.queues.get(name) else {
            return Vec::new();
        };
        let oldest = now_ms - queue.config.retention_ms;
        let kept = queue
            .messages
            .values()
            .filter(|message| message.sent_ms > oldest);
        kept.map(|message| held(message, now_ms)).collect()
    }

    /// The earliest time after now (milliseconds since 1970) at which something hidden becomes
    /// receivable in a queue that has an event source mapping; nothing if nothing waits for time.
    pub fn next_due_ms(&self) -> Option<i64> {
        let now_ms = self.now_ms();
        let state = self.lock();
        let mapped = state
            .mapped
            .iter()
            .filter_map(|name| state.queues.get(name));
        mapped.filter_map(|queue| queue.next_due_ms(now_ms)).min()
    }

    /// Deletes every message of a queue. Deduplication ids stay remembered.
    pub fn purge(&self, name: &str) -> Result<(), OpenError> {
        let mut state = self.lock();
        let Some(queue) = state.queues.get_mut(name) else {
            return Ok(());
        };
        for seq in std::mem::take(&mut queue.messages).into_keys() {
            self.forget(name, seq)?;
        }
        Ok(())
    }

    /// The visibility timeout of everything in flight in a queue runs out now, as when a worker is
    /// slower than it, or when SQS delivers a second time (at-least-once).
    pub fn lapse(&self, name: &str) {
        let now_ms = self.now_ms();
        self.each(name, |message| {
            if message.in_flight(now_ms) {
                message.visible_at_ms = now_ms;
            }
        });
    }

    /// Counts `more` receives for every message of a queue, as skipped batches do.
    pub fn count_receives(&self, name: &str, more: u32) {
        self.each(name, |message| {
            message.receives += more;
            message.receives_here += more;
        });
    }

    fn each(&self, name: &str, change: impl FnMut(&mut Message)) {
        if let Some(queue) = self.lock().queues.get_mut(name) {
            queue.messages.values_mut().for_each(change);
        }
        self.wake();
    }

    /// Sends a message as `SendMessage` does; `input` holds that operation's members except
    /// `QueueUrl`. For tests and for the local run's own pages.
    pub fn send(&self, name: &str, mut input: serde_json::Value) -> Result<(), String> {
        input["QueueUrl"] = self.url(name).into();
        wire::send_message(self, &input)
            .map(drop)
            .map_err(|refusal| refusal.message)
    }

    /// Changes whenever something may have become receivable: sent, made visible, unblocked.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// The model's time, milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// One operation of the wire; `ReceiveMessage` may wait (long polling).
    pub(crate) async fn call(
        &self,
        operation: &str,
        body: &[u8],
    ) -> Result<serde_json::Value, Refusal> {
        wire::call(self, operation, body).await
    }

    /// Counts the queue among those whose hidden messages [`next_due_ms`](Self::next_due_ms) sees.
    pub(crate) fn map(&self, name: &str) {
        self.lock().mapped.insert(name.to_owned());
    }

    pub(crate) fn is_fifo(&self, name: &str) -> bool {
        self.lock()
            .queues
            .get(name)
            .is_some_and(|queue| queue.config.fifo)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.0.changed.send_modify(|version| *version += 1);
    }

    fn forget(&self, name: &str, seq: u64) -> Result<(), OpenError> {
        self.0
            .journal
            .as_ref()
            .map_or(Ok(()), |journal| journal.delete(name, seq))
    }

    fn keep(&self, name: &str, message: &Message) -> Result<(), OpenError> {
        self.0
            .journal
            .as_ref()
            .map_or(Ok(()), |journal| journal.put(name, message))
    }
}

/// `md5OfMessageAttributes` of a record, if it has any.
pub(crate) fn attributes_md5(record: &Record) -> Option<String> {
    attributes::md5(&record.attributes)
}

fn held(message: &Message, now_ms: i64) -> Held {
    let until_ms = message.visible_at_ms;
    Held {
        message_id: message.id.clone(),
        body: message.body.clone(),
        group: message.group.clone(),
        dedup_id: message.dedup.clone(),
        receive_count: message.receives,
        sent_ms: message.sent_ms,
        standing: match (message.in_flight(now_ms), message.delayed(now_ms)) {
            (true, _) => Standing::InFlight { until_ms },
            (_, true) => Standing::Delayed { until_ms },
            _ => Standing::Waiting,
        },
    }
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// MD5 of a body, in hex (`MD5OfMessageBody`).
pub(crate) fn body_md5(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

fn sha256(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
