//! Wires [`console`] to Lambda.

use std::sync::Arc;

use axum::body::Body;
use bridge::app::App;
use bridge::config::optional;
use bridge::domain::time::Timestamp;
use console::{Stage, State, router};
use lambda_http::request::RequestContext;
use lambda_http::{Error, Request, RequestExt, run, service_fn};
use tower::ServiceExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    bridge::telemetry::start();
    let bucket = optional("FILES_BUCKET");
    let state = State {
        app: Arc::new(App::from_env_with(bucket.as_deref())?),
        clock: Box::new(Timestamp::now),
        public_url: optional("PUBLIC_URL"),
    };
    let api = router(Arc::new(state));
    run(service_fn(move |request: Request| {
        api.clone().oneshot(unstaged(request))
    }))
    .await
}

/// Takes the gateway's stage out of the path and notes it.
fn unstaged(request: Request) -> axum::extract::Request {
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.clone(),
        _ => None,
    };
    let (mut parts, body) = request.into_parts();
    if let Some(stage) = stage.filter(|stage| stage != "$default") {
        let prefix = format!("/{stage}");
        let query = parts
            .uri
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let path = parts.uri.path().strip_prefix(&prefix);
        let path = path.filter(|path| path.starts_with('/')).map(str::to_owned);
        if let Some(Ok(uri)) = path.map(|path| format!("{path}{query}").parse()) {
            parts.uri = uri;
            parts.extensions.insert(Stage(stage));
        }
    }
    axum::extract::Request::from_parts(parts, Body::new(body))
}
