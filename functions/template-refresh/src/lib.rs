//! The 5-minute tick. What stands in a dead-letter queue becomes a parked record, which an
//! operator can list, redrive and discard; agents are told as for anything else that is given up.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::error::Failure;
use bridge::flows::{inbound, outbound, statuses};
use bridge::queue::fifo::Record;

/// A dead-letter queue and the queue whose tasks end there.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// `inbound`, `outbound`, `statuses`: the name in parked records.
    pub queue: &'static str,
    /// The dead-letter queue.
    pub url: String,
}

impl DeadLetters {
    /// The stack's dead-letter queues out of `DEAD_LETTER_QUEUE_URLS` (inbound, outbound, statuses).
    pub fn parse(urls: &str) -> Vec<Self> {
        let urls = urls
            .split(',')
            .map(|url| url.trim().to_owned())
            .filter(|url| !url.is_empty());
        let queues = ["inbound", "outbound", "statuses"];
        queues
            .into_iter()
            .zip(urls)
            .map(|(queue, url)| Self { queue, url })
            .collect()
    }
}

/// At most this many receives per queue and tick: what is left waits five minutes.
const RECEIVES: usize = 50;

/// One tick: every dead-letter queue is drained into parked records. Gives how many were parked.
/// A message is deleted after it was parked, so a crash parks it twice under the same id. What
/// fails is left to the next tick and holds up nothing else.
pub async fn tick(app: &App, queues: &[DeadLetters], now: Timestamp) -> Result<usize, Failure> {
    let (mut parked, mut failed) = (0, None);
    for letters in queues {
        for _ in 0..RECEIVES {
            let messages = match receive(app, letters).await {
                Ok(messages) if messages.is_empty() => break,
                Ok(messages) => messages,
                Err(failure) => {
                    failed = Some(failure);
                    break;
                }
            };
            for message in &messages {
                match park(app, letters, message, now).await {
                    Ok(()) => parked += 1,
                    Err(failure) => failed = Some(failure),
                }
            }
        }
    }
    failed.map_or(Ok(parked), Err)
}

async fn receive(app: &App, letters: &DeadLetters) -> Result<Vec<Message>, Failure> {
    let request = app
        .queues
        .client()
        .receive_message()
        .queue_url(&letters.url)
        .max_number_of_messages(10)
        .visibility_timeout(60)
        .message_system_attribute_names(Attribute::SentTimestamp)
        .message_system_attribute_names(Attribute::MessageGroupId);
    let answer = request
        .send()
        .await
        .map_err(|_| Failure::retry("queue_unavailable"))?;
    Ok(answer.messages.unwrap_or_default())
}

async fn park(
    app: &App,
    letters: &DeadLetters,
    message: &Message,
    now: Timestamp,
) -> Result<(), Failure> {
    let attribute = |name| {
        message
            .attributes
            .as_ref()
            .and_then(|all| all.get(&name).cloned())
    };
    let record = Record {
        body: message.body.clone().unwrap_or_default(),
        id: message.message_id.clone().unwrap_or_default(),
        group: attribute(Attribute::MessageGroupId).unwrap_or_default(),
        receives: 1,
        sent_at: attribute(Attribute::SentTimestamp)
            .and_then(|millis| millis.parse().ok().map(Timestamp::from_millis)),
        sequence: String::new(),
        until: tokio::time::Instant::now(),
    };
    match letters.queue {
        "inbound" => inbound::give_up_dead(app, &record, now).await?,
        "outbound" => outbound::give_up_dead(app, &record, now).await?,
        _ => statuses::give_up_dead(app, &record, now).await?,
    };
    let delete = app.queues.client().delete_message().queue_url(&letters.url);
    let handle = message.receipt_handle.clone();
    delete
        .set_receipt_handle(handle)
        .send()
        .await
        .map(|_| ())
        .map_err(|_| Failure::retry("queue_unavailable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_named_in_their_order() {
        let parsed = DeadLetters::parse("http://a, http://b,http://c");
        let names: Vec<_> = parsed.iter().map(|l| (l.queue, l.url.as_str())).collect();
        assert_eq!(
            names,
            [
                ("inbound", "http://a"),
                ("outbound", "http://b"),
                ("statuses", "http://c")
            ]
        );
        assert!(DeadLetters::parse("").is_empty());
    }
}
