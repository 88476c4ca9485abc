//! The page of the local run: customers' phones on the left, the agents' inbox on the right.

mod api;
mod inbox;
mod phone;
mod snapshot;
mod state;

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::Stream;
use futures::stream::unfold;
use serde::Deserialize;
use tokio::sync::watch;

pub use state::Page;

/// The picture that customers send.
const PHOTO: &[u8] = include_bytes!("photo.png");
/// Changes that come close together are shown together.
const TOGETHER: Duration = Duration::from_millis(40);
/// Ticks turn by time alone.
const AT_LEAST: Duration = Duration::from_millis(500);

/// Everything below `/`.
pub fn router(page: Page) -> Router {
    Router::new()
        .route("/", get(index))
        .route(
            "/page/page.css",
            get(|| text("text/css", include_str!("page.css"))),
        )
        .route(
            "/page/page.js",
            get(|| text("text/javascript", include_str!("page.js"))),
        )
        .route("/page/photo.png", get(photo))
        .route("/page/events", get(events))
        .nest("/page/api", api::router())
        .with_state(page)
}

/// What a browser looks at.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct View {
    /// The customer whose phone is shown.
    #[serde(default)]
    pub customer: String,
    /// The room that is open in the inbox.
    #[serde(default)]
    pub room: String,
}

async fn index() -> Response {
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                  img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let policy = [(header::CONTENT_SECURITY_POLICY, policy)];
    (policy, text("text/html", include_str!("index.html")).await).into_response()
}

async fn text(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, body).into_response()
}

async fn photo() -> Response {
    ([(header::CONTENT_TYPE, "image/png")], PHOTO).into_response()
}

/// The whole picture, again after each change.
async fn events(
    State(page): State<Page>,
    Query(view): Query<View>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let feed = Feed {
        whatsapp: page.simulators().whatsapp.subscribe(),
        rocketchat: page.simulators().rocketchat.subscribe(),
        queues: page.queues_changed(),
        own: page.subscribe(),
        closing: page.closing(),
        shown: String::new(),
        page,
        view,
    };
    Sse::new(unfold(feed, Feed::next)).keep_alive(KeepAlive::default())
}

/// One browser's stream.
struct Feed {
    page: Page,
    view: View,
    whatsapp: watch::Receiver<u64>,
    rocketchat: watch::Receiver<u64>,
    queues: watch::Receiver<u64>,
    own: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    shown: String,
}

impl Feed {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while !*self.closing.borrow() {
            let picture = snapshot::take(&self.page, &self.view).await;
            let picture = serde_json::to_string(&picture).unwrap_or_default();
            if picture != self.shown {
                self.shown.clone_from(&picture);
                return Some((Ok(Event::default().data(picture)), self));
            }
            tokio::select! {
                _ = self.closing.changed() => {}
                _ = self.whatsapp.changed() => {}
                _ = self.rocketchat.changed() => {}
                _ = self.queues.changed() => {}
                _ = self.own.changed() => {}
                () = tokio::time::sleep(AT_LEAST) => {}
            }
            tokio::time::sleep(TOGETHER).await;
        }
        None
    }
}
