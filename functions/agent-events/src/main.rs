//! Wires [`agent_events`] to Lambda.

use agent_events::{Door, handle};
use bridge::domain::time::Timestamp;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let door = &Door::from_env()?;
    door.queues.warm_up().await;
    run(service_fn(move |request: Request| async move {
        let request = request.map(|body| body.to_vec().into());
        let answer = handle(door, request, Timestamp::now()).await;
        Ok::<Response<Body>, Error>(answer.map(|body| Body::from(body.to_vec())))
    }))
    .await
}
