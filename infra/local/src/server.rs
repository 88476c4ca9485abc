//! The one listener: doors, API, page, simulators, health.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bridge::domain::time::Timestamp;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::bundle::Bundle;
use crate::embedded::S3_PATH;
use crate::page;
use crate::simulators::{ENDPOINT_PATH, ROCKETCHAT_PATH, Simulators, WHATSAPP_PATH};
use crate::start::StartError;

/// The gateway's limit for a body.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Opens the listener.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortTaken(address),
            kind => StartError::Listen {
                address,
                reason: kind.to_string(),
            },
        })
}

/// Whether traffic is taken: not yet, now, no more.
#[derive(Clone)]
pub struct Gate {
    ready: Arc<AtomicBool>,
    closing: watch::Receiver<bool>,
}

impl Gate {
    /// A gate that opens with [`Gate::open`] and closes with `closing`.
    pub fn new(closing: watch::Receiver<bool>) -> Self {
        Self {
            ready: Arc::default(),
            closing,
        }
    }

    /// Everything is in place.
    pub fn open(&self) {
        self.ready.store(true, Ordering::Release);
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    fn is_open(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.is_closing()
    }
}

/// Everything that is answered. While the bundle closes, the simulators still answer: the workers
/// bring to an end what they have begun.
pub fn router(bundle: &Arc<Bundle>, gate: &Gate, page: Option<page::Page>) -> Router {
    let console = console::router(Arc::new(console::State {
        app: bundle.app.clone(),
        clock: Box::new(Timestamp::now),
        public_url: Some(bundle.public_url.clone()),
    }));
    let doors = Router::new()
        .route("/incoming/{*rest}", any(incoming))
        .route("/rocketchat/events", any(agent_events))
        .route("/templateMessage", any(template_message))
        .route("/api/apps/{*rest}", any(template_message))
        .with_state(bundle.clone());
    let simulators = page.as_ref().map(|page| simulators(page.simulators()));
    Router::new()
        .merge(doors)
        .merge(page.map(page::router).unwrap_or_default())
        .fallback_service(console)
        .layer(from_fn_with_state(gate.clone(), refuse_while_closing))
        .route("/healthz", get(healthz).with_state(gate.clone()))
        .nest(S3_PATH, bundle.s3.router())
        .merge(simulators.unwrap_or_default())
}

/// Serves until `stop`, then closes what is idle.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    if let Err(error) = axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
    {
        tracing::error!(reason = %error.kind(), "the listener failed");
    }
}

async fn healthz(State(gate): State<Gate>) -> Response {
    match gate.is_open() {
        true => "ok".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response(),
    }
}

async fn refuse_while_closing(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if gate.is_closing() {
        let later = [(header::RETRY_AFTER, "5")];
        return (StatusCode::SERVICE_UNAVAILABLE, later, "closing").into_response();
    }
    next.run(request).await
}

async fn incoming(State(bundle): State<Arc<Bundle>>, request: Request) -> Response {
    match whole(request).await {
        Ok(request) => incoming::handle(&bundle.incoming, request, Timestamp::now())
            .await
            .map(Body::from),
        Err(refusal) => refusal,
    }
}

async fn agent_events(State(bundle): State<Arc<Bundle>>, request: Request) -> Response {
    match whole(request).await {
        Ok(request) => agent_events::handle(&bundle.agent_events, request, Timestamp::now())
            .await
            .map(Body::from),
        Err(refusal) => refusal,
    }
}

async fn template_message(State(bundle): State<Arc<Bundle>>, request: Request) -> Response {
    match whole(request).await {
        Ok(request) => template_message::handle(&bundle.app, request, Timestamp::now())
            .await
            .map(Body::from),
        Err(refusal) => refusal,
    }
}

/// The request with its whole body, as a gateway hands it over.
async fn whole(request: Request) -> Result<http::Request<Bytes>, Response> {
    let (head, body) = request.into_parts();
    match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => Ok(http::Request::from_parts(head, body)),
        Err(_) => Err(StatusCode::PAYLOAD_TOO_LARGE.into_response()),
    }
}

fn simulators(simulators: &Simulators) -> Router {
    let mounted = [
        (WHATSAPP_PATH, simulators.whatsapp.router()),
        (ROCKETCHAT_PATH, simulators.rocketchat.router()),
        (ENDPOINT_PATH, simulators.endpoint.router()),
    ];
    mounted
        .into_iter()
        .fold(Router::new(), |all, (path, router)| {
            let inner = any(move |request: Request| below(router.clone(), path, request));
            all.route(&format!("{path}/{{*rest}}"), inner)
        })
}

/// Calls a model as if it stood at the root of its own host.
async fn below(router: Router, path: &'static str, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let whole = head
        .uri
        .path_and_query()
        .map_or("/", |whole| whole.as_str());
    let rest: Result<Uri, _> = whole.strip_prefix(path).unwrap_or(whole).parse();
    let Ok(rest) = rest else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // a new request: what our own routing noted in the old one would mislead the model's
    let mut inner = Request::new(body);
    *inner.method_mut() = head.method;
    *inner.uri_mut() = rest;
    *inner.headers_mut() = head.headers;
    router.oneshot(inner).await.into_response()
}
