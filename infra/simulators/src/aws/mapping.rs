//! Lambda's event source mapping for SQS: polls a queue, hands batches to a function, deletes what
//! succeeded.
//!
//! Source: AWS, "Using Lambda with Amazon SQS", "Implementing partial batch responses",
//! "Configuring scaling behavior for SQS event source mappings".

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Map, Value, json};

use super::sqs::{Record, Sqs, arn, attributes_md5, body_md5, handle, system_attributes};
use super::{REGION, sqs};

/// Most bytes of bodies in one event (AWS: an event is at most 6 MB).
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// A function: takes the event, gives its response or the text of its error.
pub type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// How an invocation ended: the function's response, or an error (crash, timeout, throttle).
pub type Outcome = Result<Value, String>;

/// A mapping's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingConfig {
    /// The queue's name.
    pub queue: String,
    /// Most records of one event: 1 to 10 (AWS allows standard queues more, with a batching window;
    /// not modelled).
    pub batch_size: usize,
    /// Most invocations at the same time (`MaximumConcurrency`, AWS: 2 to 1,000).
    pub max_concurrency: usize,
    /// `ReportBatchItemFailures`: the response says which records failed.
    pub report_partial: bool,
}

/// An event source mapping; clones share the count of running invocations.
///
/// A batch may mix groups. A FIFO group never runs twice at once, because a group with a message
/// in flight gives no more; that ends with the queue's visibility timeout, as at AWS.
#[derive(Debug, Clone)]
pub struct EventSourceMapping {
    sqs: Sqs,
    config: Arc<MappingConfig>,
    running: Arc<AtomicUsize>,
}

/// Records taken for one invocation. Give it back to [`EventSourceMapping::finish`]: until then it
/// counts as running.
#[derive(Debug)]
pub struct Batch {
    queue: String,
    fifo: bool,
    records: Vec<Record>,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// Ids of the messages that were deleted.
    pub deleted: Vec<String>,
    /// Ids of the messages left to their visibility timeout.
    pub left: Vec<String>,
    /// Why the whole batch counts as failed, if it does.
    pub error: Option<String>,
}

impl Batch {
    /// The event as Lambda sends it: `{"Records": [...]}`.
    pub fn event_json(&self) -> Value {
        let records: Vec<Value> = self
            .records
            .iter()
            .map(|record| self.record(record))
            .collect();
        json!({ "Records": records })
    }

    /// The ids of the records, in order.
    pub fn message_ids(&self) -> Vec<String> {
        self.records
            .iter()
            .map(|record| record.id.clone())
            .collect()
    }

    /// How many records there are: at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    fn record(&self, record: &Record) -> Value {
        let attributes: Map<String, Value> = record
            .attributes
            .iter()
            .map(|(name, value)| (name.clone(), event_attribute(value)))
            .collect();
        let mut shown = json!({
            "messageId": record.id,
            "receiptHandle": handle(&self.queue, record),
            "body": record.body,
            "attributes": system_attributes(record, self.fifo),
            "messageAttributes": attributes,
            "md5OfBody": body_md5(&record.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": arn(&self.queue),
            "awsRegion": REGION,
        });
        if let Some(md5) = attributes_md5(record) {
            shown["md5OfMessageAttributes"] = md5.into();
        }
        shown
    }
}

/// A message attribute in Lambda's spelling.
fn event_attribute(value: &Value) -> Value {
    let mut shown = json!({
        "dataType": value["DataType"],
        "stringListValues": [],
        "binaryListValues": [],
    });
    for (from, to) in [
        ("StringValue", "stringValue"),
        ("BinaryValue", "binaryValue"),
    ] {
        if !value[from].is_null() {
            shown[to] = value[from].clone();
        }
    }
    shown
}

impl EventSourceMapping {
    /// A mapping from a queue of `sqs`, which may be created later.
    pub fn new(sqs: &Sqs, config: MappingConfig) -> Self {
        sqs.map(&config.queue);
        Self {
            sqs: sqs.clone(),
            config: Arc::new(config),
            running: Arc::default(),
        }
    }

    /// The settings.
    pub fn config(&self) -> &MappingConfig {
        &self.config
    }

    /// How many batches are out.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// The next batch, if there is something to receive and concurrency allows. Its messages are in
    /// flight from now on, for the queue's visibility timeout.
    pub fn poll(&self) -> Option<Batch> {
        if self.running() >= self.config.max_concurrency {
            return None;
        }
        let max = self.config.batch_size.clamp(1, sqs::MAX_BATCH_ENTRIES);
        let queue = self.config.queue.clone();
        let records = self.sqs.take(&queue, max, MAX_EVENT_BYTES);
        if records.is_empty() {
            return None;
        }
        self.running.fetch_add(1, Ordering::SeqCst);
        let fifo = self.sqs.is_fifo(&queue);
        Some(Batch {
            queue,
            fifo,
            records,
        })
    }

    /// Ends an invocation: deletes the records that succeeded and leaves the others in flight until
    /// their visibility timeout runs out, since Lambda does not show failed records by itself.
    ///
    /// `Ok` with [`MappingConfig::report_partial`]: no response (`null`) or an absent, `null` or
    /// empty `batchItemFailures` means that all succeeded; listed records failed; an unknown, empty
    /// or missing `itemIdentifier` fails the whole batch. Without it every `Ok` is success. `Err`
    /// fails the whole batch. A record whose visibility timeout ran out meanwhile is not deleted on
    /// a FIFO queue.
    pub fn finish(&self, batch: Batch, outcome: Outcome) -> Finished {
        let failed = outcome.and_then(|response| {
            if self.config.report_partial {
                failures(&response, &batch)
            } else {
                Ok(BTreeSet::new())
            }
        });
        let mut finished = Finished::default();
        for record in &batch.records {
            let succeeded = failed
                .as_ref()
                .is_ok_and(|failed| !failed.contains(&record.id));
            let receipt = handle(&batch.queue, record);
            if succeeded && self.sqs.delete(&batch.queue, &receipt).is_ok() {
                finished.deleted.push(record.id.clone());
            } else {
                finished.left.push(record.id.clone());
            }
        }
        finished.error = failed.err();
        self.running.fetch_sub(1, Ordering::SeqCst);
        finished
    }
}

/// The ids of the failed records, or why the response fails the whole batch.
fn failures(response: &Value, batch: &Batch) -> Result<BTreeSet<String>, String> {
    let listed = match response {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Object(members) => members.get("batchItemFailures").unwrap_or(&Value::Null),
        _ => return Err("the response is not an object".to_owned()),
    };
    let listed = match listed {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Array(listed) => listed,
        _ => return Err("batchItemFailures is not a list".to_owned()),
    };
    let mut failed = BTreeSet::new();
    for item in listed {
        let id = item["itemIdentifier"].as_str().unwrap_or_default();
        if !batch.records.iter().any(|record| record.id == id) {
            return Err(format!("itemIdentifier {id:?} is not in the batch"));
        }
        failed.insert(id.to_owned());
    }
    Ok(failed)
}

/// Runs a mapping in real time until `shutdown` is done: polls, spawns the handler for up to
/// `max_concurrency` batches, and sleeps until the queue changes or a hidden message is due. A
/// panic of the handler counts as its error. Batches that run at the end are awaited.
pub async fn pump(
    mapping: EventSourceMapping,
    handler: Handler,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut changed = mapping.sqs.changed();
    let mut running = FuturesUnordered::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        changed.mark_unchanged();
        while let Some(batch) = mapping.poll() {
            running.push(invoke(&handler, batch));
        }
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some((batch, outcome)) = running.next() => drop(mapping.finish(batch, outcome)),
            _ = changed.changed() => {}
            () = tokio::time::sleep(mapping.until_due()) => {}
        }
    }
    while let Some((batch, outcome)) = running.next().await {
        mapping.finish(batch, outcome);
    }
}

impl EventSourceMapping {
    /// How long to sleep at most: until something hidden is due, at least 1 ms, at most 20 s.
    fn until_due(&self) -> Duration {
        let now_ms = self.sqs.now_ms();
        let wait = self
            .sqs
            .next_due_ms()
            .map_or(20_000, |at| (at - now_ms).clamp(1, 20_000));
        Duration::from_millis(wait.unsigned_abs())
    }
}

fn invoke(handler: &Handler, batch: Batch) -> impl Future<Output = (Batch, Outcome)> + use<> {
    let task = tokio::spawn(handler(batch.event_json()));
    async move {
        let outcome = task.await.unwrap_or_else(|error| Err(error.to_string()));
        (batch, outcome)
    }
}
