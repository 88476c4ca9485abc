//! Wires [`stack_setup`] to Lambda.

use bridge::domain::time::Timestamp;
use bridge::http::Http;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use stack_setup::{SPARE, Setup, handle};
use tokio::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let http = &Http::network()?;
    // an incomplete environment is answered too
    let setup = &Setup::from_env(http);
    run(service_fn(
        move |event: LambdaEvent<serde_json::Value>| async move {
            let left = event
                .context
                .deadline()
                .duration_since(std::time::SystemTime::now());
            let until = Instant::now() + left.unwrap_or_default().saturating_sub(SPARE);
            handle(setup, http, event.payload, until, Timestamp::now()).await?;
            Ok::<(), Error>(())
        },
    ))
    .await
}
