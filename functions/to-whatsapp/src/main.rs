//! Wires [`to_whatsapp`] to Lambda.

use aws_lambda_events::sqs::SqsEvent;
use bridge::app::App;
use bridge::config::{optional, required};
use bridge::domain::time::Timestamp;
use bridge::queue::fifo::Worker;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let app = &App::from_env_with(optional("FILES_BUCKET").as_deref())?;
    let queues = &[required("OUTBOUND_QUEUE_URL")?, required("BULK_QUEUE_URL")?];
    app.warm_up().await;
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let client = app.queues.client().clone();
        let queue_url = to_whatsapp::queue_of(&event.payload, queues);
        let worker = Worker::before(client, queue_url, event.context.deadline());
        Ok::<_, Error>(to_whatsapp::handle(app, &worker, event.payload, Timestamp::now).await)
    }))
    .await
}
