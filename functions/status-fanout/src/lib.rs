//! `statuses` → stored state, notes about failures. AWS work only. See [`bridge::flows::statuses`].

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::flows::statuses;
use bridge::queue::fifo::{self, Worker};

/// Works off one batch of `statuses`.
pub async fn handle(
    app: &App,
    worker: &Worker,
    event: SqsEvent,
    now: impl Fn() -> Timestamp,
) -> SqsBatchResponse {
    fifo::run(worker, event, &now, |record| {
        let now = now();
        async move { statuses::run(app, &record, now).await }
    })
    .await
}
