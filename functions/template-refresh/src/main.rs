//! Wires [`template_refresh`] to Lambda.

use bridge::app::App;
use bridge::config::required;
use bridge::domain::time::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use template_refresh::{DeadLetters, tick};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let app = &App::from_env()?;
    let queues = &DeadLetters::parse(&required("DEAD_LETTER_QUEUE_URLS")?);
    run(service_fn(
        move |_: LambdaEvent<serde_json::Value>| async move {
            let parked = tick(app, queues, Timestamp::now()).await?;
            tracing::info!(parked, "tick");
            Ok::<(), Error>(())
        },
    ))
    .await
}
