//! What the wire tells about queues themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check::{no_queue, text};
use super::model::Queue;
use super::wire::queue_name;
use super::{MAX_BYTES, Sqs, arn, effects};
use crate::aws::answer::Refusal;

pub(super) fn get_queue_url(sqs: &Sqs, input: &Value) -> Result<Value, Refusal> {
    let name = text(input, "QueueName")?;
    let known = sqs.lock().queues.contains_key(name);
    if known {
        Ok(json!({ "QueueUrl": sqs.url(name) }))
    } else {
        Err(no_queue())
    }
}

pub(super) fn get_queue_attributes(sqs: &Sqs, input: &Value) -> Result<Value, Refusal> {
    let now_ms = sqs.now_ms();
    let mut state = sqs.lock();
    let queue = state
        .queues
        .get_mut(queue_name(input)?)
        .ok_or_else(no_queue)?;
    for seq in queue.expire(now_ms) {
        let name = queue.config.name.clone();
        sqs.forget(&name, seq).map_err(effects::internal)?;
    }
    let all = queue_attributes(queue, now_ms);
    let mut shown: BTreeMap<&str, String> = BTreeMap::new();
    for name in input["AttributeNames"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        match all.get_key_value(name) {
            _ if name == "All" => shown.extend(all.clone()),
            Some((name, value)) => drop(shown.insert(name, value.clone())),
            None => {
                let text = format!("Unknown Attribute {name}.");
                return Err(Refusal::sqs(
                    "InvalidAttributeName",
                    "InvalidAttributeName",
                    text,
                ));
            }
        }
    }
    Ok(if shown.is_empty() {
        json!({})
    } else {
        json!({ "Attributes": shown })
    })
}

fn queue_attributes(queue: &Queue, now_ms: i64) -> BTreeMap<&'static str, String> {
    let config = &queue.config;
    let messages = || queue.messages.values();
    let in_flight = messages()
        .filter(|message| message.in_flight(now_ms))
        .count();
    let delayed = messages().filter(|message| message.delayed(now_ms)).count();
    let visible = queue.messages.len() - in_flight - delayed;
    let mut attributes = BTreeMap::from([
        ("ApproximateNumberOfMessages", visible.to_string()),
        (
            "ApproximateNumberOfMessagesNotVisible",
            in_flight.to_string(),
        ),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        (
            "VisibilityTimeout",
            (config.visibility_timeout_ms / 1000).to_string(),
        ),
        (
            "MessageRetentionPeriod",
            (config.retention_ms / 1000).to_string(),
        ),
        ("DelaySeconds", (config.delay_ms / 1000).to_string()),
        ("MaximumMessageSize", MAX_BYTES.to_string()),
        ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
        ("QueueArn", arn(&config.name)),
    ]);
    if config.fifo {
        attributes.insert("FifoQueue", "true".to_owned());
        attributes.insert(
            "ContentBasedDeduplication",
            config.content_dedup.to_string(),
        );
        attributes.insert("DeduplicationScope", "messageGroup".to_owned());
        attributes.insert("FifoThroughputLimit", "perMessageGroupId".to_owned());
    }
    if let Some((dead, most)) = &config.dead_letter {
        let policy = json!({ "deadLetterTargetArn": arn(dead), "maxReceiveCount": most });
        attributes.insert("RedrivePolicy", policy.to_string());
    }
    attributes
}
