//! A received message's attributes and its receipt handle.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::model::Message;
use crate::aws::answer::Refusal;

/// Stands for the caller's access key in `SenderId`.
const SENDER: &str = "AIDASIMULATEDSENDERID";
/// AWS numbers FIFO messages with 20 digits.
const FIRST_SEQUENCE: u128 = 18_849_496_460_467_696_128;

/// `SequenceNumber` of a message.
pub(super) fn sequence(seq: u64) -> String {
    (FIRST_SEQUENCE + u128::from(seq) * 256).to_string()
}

/// A received message's system attributes, as SQS and Lambda show them.
pub(crate) fn system_attributes(message: &Message, fifo: bool) -> BTreeMap<&'static str, String> {
    let first = message.first_received_ms.unwrap_or(message.received_ms);
    let mut attributes = BTreeMap::from([
        ("SenderId", SENDER.to_owned()),
        ("SentTimestamp", message.sent_ms.to_string()),
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("ApproximateFirstReceiveTimestamp", first.to_string()),
    ]);
    if fifo {
        attributes.insert("SequenceNumber", sequence(message.seq));
    }
    let optional = [
        ("MessageGroupId", &message.group),
        ("MessageDeduplicationId", &message.dedup),
        ("DeadLetterQueueSourceArn", &message.source_arn),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            attributes.insert(name, value.clone());
        }
    }
    attributes
}

/// The receipt handle of a message's last receive.
pub(crate) fn handle(queue: &str, message: &Message) -> String {
    URL_SAFE_NO_PAD.encode(format!("{queue}|{}|{}", message.seq, message.receipt))
}

/// Message number and receipt number of a handle.
pub(crate) fn read_handle(queue: &str, handle: &str) -> Result<(u64, u64), Refusal> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(handle).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (seq, receipt) = text
            .strip_prefix(queue)?
            .strip_prefix('|')?
            .split_once('|')?;
        Some((seq.parse().ok()?, receipt.parse().ok()?))
    };
    read().ok_or_else(|| {
        let text = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Refusal::sqs("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", text)
    })
}
