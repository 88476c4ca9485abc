//! `outbound.fifo` and `bulk` → 360dialog. See [`bridge::flows::outbound`].

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::flows::outbound;
use bridge::queue::fifo::{self, Worker};

/// Works off one batch of `outbound.fifo` or `bulk`.
pub async fn handle(
    app: &App,
    worker: &Worker,
    event: SqsEvent,
    now: impl Fn() -> Timestamp,
) -> SqsBatchResponse {
    fifo::run(worker, event, &now, |record| {
        let now = now();
        async move { outbound::run(app, &record, now).await }
    })
    .await
}

/// The queue that a batch came from, by the name at the end of its ARN; the first where none fits.
pub fn queue_of<'a>(event: &SqsEvent, queues: &'a [String; 2]) -> &'a str {
    let arn = event
        .records
        .first()
        .and_then(|one| one.event_source_arn.as_deref());
    let name = arn
        .and_then(|arn| arn.rsplit(':').next())
        .unwrap_or_default();
    let same = |url: &&String| url.rsplit('/').next() == Some(name);
    queues.iter().find(same).unwrap_or(&queues[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_names_its_queue() {
        let queues = ["https://sqs.x/1/s-outbound.fifo", "https://sqs.x/1/s-bulk"];
        let queues = queues.map(str::to_owned);
        let mut event = SqsEvent::default();
        assert_eq!(queue_of(&event, &queues), queues[0]);
        let mut record = aws_lambda_events::sqs::SqsMessage::default();
        record.event_source_arn = Some("arn:aws:sqs:eu-central-1:1:s-bulk".to_owned());
        event.records.push(record);
        assert_eq!(queue_of(&event, &queues), queues[1]);
    }
}
