//! Wires [`template_message`] to Lambda.

use bridge::app::App;
use bridge::domain::time::Timestamp;
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use template_message::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let app = &App::from_env()?;
    app.warm_up().await;
    run(service_fn(move |request: Request| async move {
        let request = request.map(|body| body.to_vec().into());
        let answer = handle(app, request, Timestamp::now()).await;
        Ok::<Response<Body>, Error>(answer.map(|body| Body::from(body.to_vec())))
    }))
    .await
}
