//! `inbound.fifo` → Rocket.Chat; also notes to agents. See [`bridge::flows::inbound`].

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::flows::inbound;
use bridge::queue::fifo::{self, Worker};

/// Works off one batch of `inbound.fifo`.
pub async fn handle(
    app: &App,
    worker: &Worker,
    event: SqsEvent,
    now: impl Fn() -> Timestamp,
) -> SqsBatchResponse {
    fifo::run(worker, event, &now, |record| {
        let now = now();
        async move { inbound::run(app, &record, now).await }
    })
    .await
}
