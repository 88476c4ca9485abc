//! `outbound.fifo` → 360dialog. See [`bridge::flows::outbound`].

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::flows::outbound;
use bridge::queue::fifo::{self, Worker};

/// Works off one batch of `outbound.fifo`.
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
