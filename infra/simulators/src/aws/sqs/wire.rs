//! SQS on the wire: AWS JSON 1.0 in and out.

use std::time::Duration;

use serde_json::{Value, json};

use super::check::{self, MAX_VISIBILITY_S, missing, no_queue, number, text};
use super::model::{Message, Want};
use super::record::{handle, sequence, system_attributes};
use super::{MAX_BATCH_ENTRIES, MAX_BYTES, Sqs, attributes, body_md5, queues};
use crate::aws::answer::{Refusal, request};

/// One operation.
pub(crate) async fn call(sqs: &Sqs, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
    let input = request(body)?;
    match operation {
        "SendMessage" => send_message(sqs, &input),
        "SendMessageBatch" => send_message_batch(sqs, &input),
        "ReceiveMessage" => receive_message(sqs, &input).await,
        "DeleteMessage" => delete_message(sqs, queue_name(&input)?, &input),
        "DeleteMessageBatch" => {
            let queue = existing(sqs, &input)?;
            let kind = "DeleteMessageBatchRequestEntry";
            batch(check::entries(&input, kind)?, |entry| {
                delete_message(sqs, queue, entry)
            })
        }
        "ChangeMessageVisibility" => change_visibility(sqs, queue_name(&input)?, &input),
        "ChangeMessageVisibilityBatch" => {
            let queue = existing(sqs, &input)?;
            let kind = "ChangeMessageVisibilityBatchRequestEntry";
            batch(check::entries(&input, kind)?, |entry| {
                change_visibility(sqs, queue, entry)
            })
        }
        "GetQueueUrl" => queues::get_queue_url(sqs, &input),
        "GetQueueAttributes" => queues::get_queue_attributes(sqs, &input),
        other => Err(Refusal::unknown_operation(other)),
    }
}

/// The queue's name: the last segment of `QueueUrl`.
pub(super) fn queue_name(input: &Value) -> Result<&str, Refusal> {
    let url = text(input, "QueueUrl")?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

fn existing<'a>(sqs: &Sqs, input: &'a Value) -> Result<&'a str, Refusal> {
    let name = queue_name(input)?;
    if sqs.lock().queues.contains_key(name) {
        Ok(name)
    } else {
        Err(no_queue())
    }
}

/// Each entry by itself: what fails is listed, the rest is done.
fn batch(
    entries: &[Value],
    mut each: impl FnMut(&Value) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match each(entry) {
            Ok(mut done) => {
                done["Id"] = entry["Id"].clone();
                successful.push(done);
            }
            Err(refusal) => failed.push(json!({
                "Id": entry["Id"],
                "Code": refusal.code.unwrap_or("InternalError"),
                "Message": refusal.message,
                "SenderFault": refusal.status < 500,
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

pub(crate) fn send_message(sqs: &Sqs, input: &Value) -> Result<Value, Refusal> {
    send_entry(sqs, queue_name(input)?, input)
}

fn send_message_batch(sqs: &Sqs, input: &Value) -> Result<Value, Refusal> {
    let queue = existing(sqs, input)?;
    let entries = check::entries(input, "SendMessageBatchRequestEntry")?;
    check::batch_size(entries)?;
    batch(entries, |entry| send_entry(sqs, queue, entry))
}

fn send_entry(sqs: &Sqs, queue: &str, input: &Value) -> Result<Value, Refusal> {
    let mut fifo = false;
    let (id, seq) = sqs.enqueue(queue, |config| {
        fifo = config.fifo;
        check::draft(input, config)
    })?;
    let body = input["MessageBody"].as_str().unwrap_or_default();
    let mut answer = json!({ "MessageId": id, "MD5OfMessageBody": body_md5(body) });
    if fifo {
        answer["SequenceNumber"] = sequence(seq).into();
    }
    if let Some(md5) = attributes::md5(&attributes::parse(input)?) {
        answer["MD5OfMessageAttributes"] = md5.into();
    }
    Ok(answer)
}

async fn receive_message(sqs: &Sqs, input: &Value) -> Result<Value, Refusal> {
    let queue = queue_name(input)?;
    let max = number(input, "MaxNumberOfMessages", 1..=MAX_BATCH_ENTRIES as i64)?.unwrap_or(1);
    let visibility = number(input, "VisibilityTimeout", 0..=MAX_VISIBILITY_S)?;
    let wait_s = number(input, "WaitTimeSeconds", 0..=20)?.unwrap_or(0);
    let want = Want {
        max: usize::try_from(max).unwrap_or(1),
        visibility_ms: visibility.map(|seconds| seconds * 1000),
        max_bytes: MAX_BYTES,
    };
    let mut received = sqs.receive(queue, want)?;
    if received.is_empty() && wait_s > 0 {
        let limit = Duration::from_secs(wait_s.unsigned_abs());
        received = tokio::time::timeout(limit, first(sqs, queue, want))
            .await
            .unwrap_or(Ok(vec![]))?;
    }
    let messages: Vec<Value> = received
        .iter()
        .map(|message| render(sqs, queue, message, input))
        .collect();
    Ok(if messages.is_empty() {
        json!({})
    } else {
        json!({ "Messages": messages })
    })
}

/// Waits until there is something to receive.
async fn first(sqs: &Sqs, queue: &str, want: Want) -> Result<Vec<Message>, Refusal> {
    let mut changed = sqs.changed();
    loop {
        changed.mark_unchanged();
        let received = sqs.receive(queue, want)?;
        if !received.is_empty() {
            return Ok(received);
        }
        let now_ms = sqs.now_ms();
        let due = sqs
            .lock()
            .queues
            .get(queue)
            .and_then(|queue| queue.next_due_ms(now_ms));
        let sleep = due
            .map_or(20_000, |at| (at - now_ms).clamp(1, 20_000))
            .unsigned_abs();
        let changed = changed.changed();
        let _ = tokio::time::timeout(Duration::from_millis(sleep), changed).await;
    }
}

fn render(sqs: &Sqs, queue: &str, message: &Message, input: &Value) -> Value {
    let mut shown = json!({
        "MessageId": message.id,
        "ReceiptHandle": handle(queue, message),
        "MD5OfBody": body_md5(&message.body),
        "Body": message.body,
    });
    let asked: Vec<&str> = ["AttributeNames", "MessageSystemAttributeNames"]
        .iter()
        .filter_map(|member| input[*member].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut system = system_attributes(message, sqs.is_fifo(queue));
    system.retain(|name, _| asked.contains(name) || asked.contains(&"All"));
    if !system.is_empty() {
        shown["Attributes"] = json!(system);
    }
    let chosen = attributes::chosen(&message.attributes, &input["MessageAttributeNames"]);
    if let Some(md5) = attributes::md5(&chosen) {
        shown["MessageAttributes"] = json!(chosen);
        shown["MD5OfMessageAttributes"] = md5.into();
    }
    shown
}

pub(crate) fn not_in_flight() -> Refusal {
    let code = "AWS.SimpleQueueService.MessageNotInflight";
    Refusal::sqs(
        "MessageNotInflight",
        code,
        "The message referred to isn't in flight.",
    )
}

fn delete_message(sqs: &Sqs, queue: &str, input: &Value) -> Result<Value, Refusal> {
    sqs.delete(queue, text(input, "ReceiptHandle")?)?;
    Ok(json!({}))
}

fn change_visibility(sqs: &Sqs, queue: &str, input: &Value) -> Result<Value, Refusal> {
    let seconds = number(input, "VisibilityTimeout", 0..=MAX_VISIBILITY_S)?
        .ok_or_else(|| missing("VisibilityTimeout"))?;
    sqs.change_visibility(queue, text(input, "ReceiptHandle")?, seconds)?;
    Ok(json!({}))
}
