//! Wires [`template_refresh`] to Lambda.

use bridge::app::App;
use bridge::config::required;
use bridge::domain::time::Timestamp;
use bridge::flows::circuit::close_proven;
use bridge::flows::connections::verify_due;
use bridge::flows::outbound::expire_due;
use bridge::flows::sweep::recover_lost;
use bridge::flows::templates::refresh_due;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use template_refresh::{DeadLetters, tick};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let app = &App::from_env()?;
    let queues = &DeadLetters::parse(&required("DEAD_LETTER_QUEUE_URLS")?);
    let public_url = &required("PUBLIC_URL")?;
    run(service_fn(
        move |_: LambdaEvent<serde_json::Value>| async move {
            let now = Timestamp::now();
            // at the same time: where a neighbour is down, none waits for the others
            let (parked, checked, refreshed, closed, expired, recovered) = tokio::join!(
                tick(app, queues, now),
                verify_due(app, public_url, now),
                refresh_due(app, now),
                close_proven(app, now),
                expire_due(app, now),
                recover_lost(app, now)
            );
            closed?;
            let (parked, checked) = (parked?, checked?.len());
            let (refreshed, expired) = (refreshed?, expired?);
            tracing::info!(parked, checked, refreshed, expired, recovered, "tick");
            Ok::<(), Error>(())
        },
    ))
    .await
}
