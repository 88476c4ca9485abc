//! DynamoDB, SQS and SSM behind one socket: what `AWS_ENDPOINT_URL` names.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use bridge_simulators::aws::{Aws, AwsConnector, Call, Verdict};
use bridge_simulators::clock::Clock;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;

use crate::server::Server;

type Rule = Arc<dyn Fn(&Call) -> Verdict + Send + Sync>;
type Rules = Arc<Mutex<Option<Rule>>>;

/// The models behind a socket.
pub struct Cloud {
    /// The models.
    pub aws: Aws,
    connector: AwsConnector,
    ahead: Arc<AtomicI64>,
    rule: Rules,
    server: Server,
}

impl Cloud {
    /// Empty models.
    pub async fn start() -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let (system, shift) = (Clock::system(), Arc::clone(&ahead));
        let clock = Clock::from_fn(move || system.now_ms() + shift.load(Ordering::SeqCst));
        let aws = Aws::memory(clock).expect("models of AWS");
        let rule = Rules::default();
        let asked = Arc::clone(&rule);
        let connector = AwsConnector::new(aws.clone()).with_hook(Arc::new(move |call: Call| {
            let rule = asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let verdict = rule.map_or(Verdict::Pass, |rule| rule(&call));
            async move { verdict }.boxed()
        }));
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(connector.clone());
        Self {
            aws,
            connector,
            ahead,
            rule,
            server: Server::start(router).await,
        }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// From now on each call meets what `rule` says.
    pub fn rule(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rule));
    }

    /// From now on each call passes.
    pub fn calm(&self) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Puts the clock of SQS forward: hidden messages come into sight.
    pub fn advance(&self, ms: i64) {
        self.ahead.fetch_add(ms, Ordering::SeqCst);
    }

    /// A call of our own, for example `DynamoDB_20120810.CreateTable`. Panics where it is refused.
    pub async fn call(&self, target: &str, input: &Value) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", target.parse().expect("a target"));
        let body = Bytes::from(input.to_string());
        let answer = pass(&self.connector, headers, body)
            .await
            .expect("an answer");
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{target}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

async fn answer(
    State(connector): State<AwsConnector>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let answer = pass(&connector, headers, body).await;
    let answer = answer.unwrap_or_else(|| {
        let mut broken = Response::new(Bytes::new());
        *broken.status_mut() = StatusCode::BAD_GATEWAY;
        broken
    });
    answer.map(Body::from)
}

/// The call as the connector answers it; `None` where the connection would have broken.
async fn pass(
    connector: &AwsConnector,
    headers: HeaderMap,
    body: Bytes,
) -> Option<Response<Bytes>> {
    let mut request = Request::post("http://aws.test/")
        .body(SdkBody::from(body))
        .ok()?;
    *request.headers_mut() = headers;
    let request = HttpRequest::try_from(request).ok()?;
    let answer = connector.call(request).await.ok()?.try_into_http1x().ok()?;
    Some(answer.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default())))
}
