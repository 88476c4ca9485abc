//! Wires [`callback_sender`] to Lambda.

use aws_lambda_events::sqs::SqsEvent;
use bridge::app::Aws;
use bridge::callback::{Client, Hosts};
use bridge::config::{optional, required};
use bridge::domain::time::Timestamp;
use bridge::flows::callbacks::deliver::Sender;
use bridge::http::Http;
use bridge::queue::fifo::Worker;
use bridge::queue::send::DeadLetterQueue;
use bridge::secrets::Secrets;
use bridge::store::Store;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let aws = Aws::from_env()?;
    let hosts = Hosts::parse(&optional("CALLBACK_HOSTS").unwrap_or_default());
    let sender = &Sender::new(
        Store::new(aws.dynamodb, &required("TABLE_NAME")?),
        Secrets::new(aws.ssm, &required("PARAMETER_PREFIX")?),
        Client::new(Http::network_allowing(hosts)?),
        DeadLetterQueue::new(aws.sqs.clone(), required("CALLBACKS_DEAD_QUEUE_URL")?),
    );
    let (sqs, queue_url) = (&aws.sqs, &required("CALLBACKS_QUEUE_URL")?);
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let worker = Worker::before(sqs.clone(), queue_url, event.context.deadline());
        let answer = callback_sender::handle(sender, &worker, event.payload, Timestamp::now);
        Ok::<_, Error>(answer.await)
    }))
    .await
}
