//! `callbacks` → the message status endpoint. The internet, no API keys, no rights on the table but
//! to read the endpoint and to write its log. See [`bridge::flows::callbacks::deliver`].

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bridge::domain::time::Timestamp;
use bridge::flows::callbacks::deliver::{self, Sender};
use bridge::queue::fifo::{self, Worker};

/// Works off one batch of `callbacks`.
pub async fn handle(
    sender: &Sender,
    worker: &Worker,
    event: SqsEvent,
    now: impl Fn() -> Timestamp,
) -> SqsBatchResponse {
    fifo::run(worker, event, &now, |record| {
        let now = now();
        async move { deliver::run(sender, &record, now).await }
    })
    .await
}
