//! The limits of SQS, and its words when one is passed.
//!
//! Source: AWS, "Amazon SQS message quotas", "SendMessage", "SendMessageBatch", "ReceiveMessage".

use std::collections::BTreeSet;

use serde_json::Value;

use super::attributes;
use super::model::Draft;
use super::{MAX_BATCH_ENTRIES, MAX_BYTES, QueueConfig};
use crate::aws::answer::Refusal;

/// Punctuation of group and deduplication ids, beside letters and digits.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
/// Longest visibility timeout, in seconds.
pub(crate) const MAX_VISIBILITY_S: i64 = 43_200;

pub(crate) fn no_queue() -> Refusal {
    let text = "The specified queue does not exist.";
    Refusal::sqs(
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        text,
    )
}

pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::sqs(
        "InvalidParameterValueException",
        "InvalidParameterValue",
        message,
    )
}

pub(crate) fn missing(member: &str) -> Refusal {
    let text = format!("The request must contain the parameter {member}.");
    Refusal::sqs(
        "MissingRequiredParameterException",
        "MissingParameter",
        text,
    )
}

/// A member that must be there, as text.
pub(crate) fn text<'a>(input: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    input[member].as_str().ok_or_else(|| missing(member))
}

/// A whole number within bounds, if it is there.
pub(crate) fn number(
    input: &Value,
    member: &str,
    bounds: std::ops::RangeInclusive<i64>,
) -> Result<Option<i64>, Refusal> {
    match &input[member] {
        Value::Null => Ok(None),
        value => match value.as_i64() {
            Some(number) if bounds.contains(&number) => Ok(Some(number)),
            _ => Err(invalid(format!(
                "Value {value} for parameter {member} is invalid. Reason: Must be between {} and \
                 {}, if provided.",
                bounds.start(),
                bounds.end()
            ))),
        },
    }
}

/// A message of `SendMessage`, or of one entry of a batch.
pub(crate) fn draft(input: &Value, config: &QueueConfig) -> Result<Draft, Refusal> {
    let body = text(input, "MessageBody")?;
    if body.is_empty() {
        return Err(missing("MessageBody"));
    }
    if let Some(bad) = body.chars().find(|c| !allowed(*c)) {
        let text = format!(
            "Invalid binary character '#x{:x}' was found in the message body, the set of allowed \
             characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to \
             #x10FFFF",
            u32::from(bad)
        );
        return Err(Refusal::sqs(
            "InvalidMessageContents",
            "InvalidMessageContents",
            text,
        ));
    }
    let attributes = attributes::parse(input)?;
    if size(input) > MAX_BYTES {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {MAX_BYTES} \
             bytes."
        )));
    }
    let group = id(input, "MessageGroupId")?;
    let dedup = id(input, "MessageDeduplicationId")?;
    let delay_ms = number(input, "DelaySeconds", 0..=900)?.map(|seconds| seconds * 1000);
    let draft = Draft {
        body: body.to_owned(),
        group,
        dedup,
        attributes,
        delay_ms,
    };
    for_queue(draft, config)
}

/// What FIFO and standard queues ask of a message.
fn for_queue(mut draft: Draft, config: &QueueConfig) -> Result<Draft, Refusal> {
    const WRONG_TYPE: &str = "Reason: The request includes a parameter that is not valid for this \
                              queue type.";
    if !config.fifo {
        return match &draft.dedup {
            None => Ok(draft),
            Some(id) => Err(invalid(format!(
                "Value {id} for parameter MessageDeduplicationId is invalid. {WRONG_TYPE}"
            ))),
        };
    }
    if let Some(delay_ms) = draft.delay_ms.filter(|delay_ms| *delay_ms > 0) {
        let seconds = delay_ms / 1000;
        return Err(invalid(format!(
            "Value {seconds} for parameter DelaySeconds is invalid. {WRONG_TYPE}"
        )));
    }
    draft.delay_ms = None;
    if draft.group.is_none() {
        return Err(missing("MessageGroupId"));
    }
    if draft.dedup.is_none() && config.content_dedup {
        draft.dedup = Some(super::sha256(&draft.body));
    }
    if draft.dedup.is_none() {
        return Err(invalid(
            "The queue should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly",
        ));
    }
    Ok(draft)
}

/// Bytes of a message against the limit: body and attributes.
pub(crate) fn size(input: &Value) -> usize {
    input["MessageBody"].as_str().map_or(0, str::len) + attributes::size(input)
}

fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A group or deduplication id: 1 to 128 letters, digits and punctuation.
fn id(input: &Value, member: &str) -> Result<Option<String>, Refusal> {
    let Some(id) = input[member].as_str() else {
        return Ok(None);
    };
    let known = |c: char| c.is_ascii_alphanumeric() || PUNCTUATION.contains(c);
    if id.is_empty() || id.len() > 128 || !id.chars().all(known) {
        return Err(invalid(format!(
            "Value {id} for parameter {member} is invalid. Reason: {member} can only include \
             alphanumeric and punctuation characters. 1 to 128 in length."
        )));
    }
    Ok(Some(id.to_owned()))
}

/// The entries of a batch: 1 to 10, each with an id of its own.
pub(crate) fn entries<'a>(input: &'a Value, kind: &str) -> Result<&'a [Value], Refusal> {
    let entries = input["Entries"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if entries.is_empty() {
        let text = format!("There should be at least one {kind} in the request.");
        return Err(simple(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            text,
        ));
    }
    if entries.len() > MAX_BATCH_ENTRIES {
        let text = format!(
            "Maximum number of entries per request are {MAX_BATCH_ENTRIES}. You have sent {}.",
            entries.len()
        );
        let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
        return Err(simple("TooManyEntriesInBatchRequest", code, text));
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = entry["Id"].as_str().unwrap_or_default();
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 80 || !id.chars().all(known) {
            let text = "A batch entry id can only contain alphanumeric characters, hyphens and \
                        underscores. It can be at most 80 letters long.";
            let code = "AWS.SimpleQueueService.InvalidBatchEntryId";
            return Err(simple("InvalidBatchEntryId", code, text.to_owned()));
        }
        if !ids.insert(id) {
            let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
            return Err(simple(
                "BatchEntryIdsNotDistinct",
                code,
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(entries)
}

/// A whole batch stays under the limit of one message.
pub(crate) fn batch_size(entries: &[Value]) -> Result<(), Refusal> {
    let sent: usize = entries.iter().map(size).sum();
    if sent <= MAX_BYTES {
        return Ok(());
    }
    let text = format!(
        "Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {sent} bytes."
    );
    Err(simple(
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        text,
    ))
}

fn simple(shape: &str, code: &'static str, text: String) -> Refusal {
    Refusal::sqs(shape, code, text)
}
