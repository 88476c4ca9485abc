//! The 5-minute tick. What stands in a dead-letter queue becomes a parked record, which an
//! operator can list, redrive and discard; agents are told as for anything else that is given up.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::error::Failure;
use bridge::flows::{callbacks, inbound, outbound, statuses};
use bridge::queue::fifo::Record;

/// A dead-letter queue and the queue whose tasks end there.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// `inbound`, `outbound`, `bulk`, `statuses`, `callbacks`: whose tasks they are.
    pub queue: &'static str,
    /// The dead-letter queue.
    pub url: String,
}

impl DeadLetters {
    /// The stack's dead-letter queues out of `DEAD_LETTER_QUEUE_URLS`, each known by its name. One
    /// that nobody knows is not touched, and told.
    pub fn parse(urls: &str) -> Vec<Self> {
        let urls = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        urls.filter_map(Self::of).collect()
    }

    fn of(url: &str) -> Option<Self> {
        let name = url.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".fifo").unwrap_or(name);
        let ends = |queue: &&str| {
            let head = name
                .strip_suffix("-dead")
                .and_then(|name| name.strip_suffix(*queue));
            head.is_some_and(|head| head.is_empty() || head.ends_with('-'))
        };
        let queue = ["inbound", "outbound", "bulk", "statuses", "callbacks"]
            .into_iter()
            .find(ends);
        if queue.is_none() {
            tracing::error!(
                event = "unknown_dead_letter_queue",
                queue.name = name,
                "not drained"
            );
        }
        let url = url.to_owned();
        queue.map(|queue| Self { queue, url })
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
        "outbound" | "bulk" => outbound::give_up_dead(app, &record, now).await?,
        "callbacks" => callbacks::give_up_dead(app, &record, now).await?,
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
    fn queues_are_known_by_their_names() {
        let base = "https://sqs.eu-central-1.amazonaws.com/1";
        let names = [
            "shop-statuses-dead",
            "shop-inbound-dead.fifo",
            "shop-bulk-dead",
            "bulk-outbound-dead.fifo",
            "inbound-dead.fifo",
            "shop-callbacks-dead",
            "shop-nothing-dead",
            "shop-inbound.fifo",
        ];
        let urls: Vec<_> = names.iter().map(|name| format!("{base}/{name}")).collect();
        let parsed = DeadLetters::parse(&format!(" {},", urls.join(", ")));
        let names: Vec<_> = parsed.iter().map(|letters| letters.queue).collect();
        assert_eq!(
            names,
            [
                "statuses",
                "inbound",
                "bulk",
                "outbound",
                "inbound",
                "callbacks"
            ]
        );
        assert_eq!(parsed[0].url, urls[0]);
        assert!(DeadLetters::parse("").is_empty());
    }
}
