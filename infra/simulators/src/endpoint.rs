//! A message status endpoint, or any other webhook: takes calls and keeps them, or does what endpoints
//! do when they are not well.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use serde::Serialize;
use serde_json::Value;

use crate::clock::Clock;

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything (204).
    #[default]
    Takes,
    /// Answers with this status.
    Answers(u16),
    /// Answers with this status and `Retry-After` in seconds.
    Later(u16, u64),
    /// Sends the caller elsewhere (302).
    Redirects,
    /// Never answers.
    Silent,
    /// Takes everything (200), after so many seconds.
    Slow(u64),
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    /// When, in ms since 1970.
    pub at_ms: i64,
    /// `webhook-id`
    pub id: String,
    /// `webhook-timestamp`
    pub timestamp: String,
    /// `webhook-signature`
    pub signature: String,
    /// `authorization`
    pub authorization: Option<String>,
    /// Every header whose name begins with `x-`.
    pub extra: BTreeMap<String, String>,
    /// The body as it came.
    pub raw: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// It was answered 2xx.
    pub taken: bool,
}

/// The endpoint; clones share their state.
#[derive(Clone, Debug)]
pub struct StatusEndpoint {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    manner: Manner,
    calls: Vec<Received>,
}

/// How many calls are remembered.
const MOST: usize = 200_000;

impl StatusEndpoint {
    /// An endpoint that takes everything.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }

    /// How it answers from now on.
    pub fn set_manner(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Received> {
        self.lock().calls.clone()
    }

    /// The calls that it took.
    pub fn taken(&self) -> Vec<Received> {
        let mut calls = self.calls();
        calls.retain(|call| call.taken);
        calls
    }

    /// `POST` takes a callback, `GET` lists what came, whatever the path.
    pub fn router(&self) -> Router {
        let (taker, lister) = (self.clone(), self.clone());
        let take = move |headers: HeaderMap, body: Bytes| {
            let endpoint = taker.clone();
            async move { endpoint.take(&headers, &body).await }
        };
        let list = move || async move { Json(lister.calls()) };
        Router::new().fallback_service(post(take).get(list))
    }

    async fn take(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let manner = self.lock().manner;
        let status = match manner {
            Manner::Takes => StatusCode::NO_CONTENT,
            Manner::Answers(status) | Manner::Later(status, _) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Manner::Redirects => StatusCode::FOUND,
            Manner::Silent => StatusCode::REQUEST_TIMEOUT,
            Manner::Slow(_) => StatusCode::OK,
        };
        self.note(headers, body, status.is_success());
        let mut answer = status.into_response();
        match manner {
            Manner::Silent => std::future::pending().await,
            Manner::Slow(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            Manner::Later(_, seconds) => {
                let value = HeaderValue::from(seconds);
                answer.headers_mut().insert(header::RETRY_AFTER, value);
            }
            Manner::Redirects => {
                let value = HeaderValue::from_static("https://elsewhere.test/");
                answer.headers_mut().insert(header::LOCATION, value);
            }
            Manner::Takes | Manner::Answers(_) => {}
        }
        answer
    }

    fn note(&self, headers: &HeaderMap, body: &Bytes, taken: bool) {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let call = Received {
            at_ms: self.clock.now_ms(),
            id: header("webhook-id").unwrap_or_default(),
            timestamp: header("webhook-timestamp").unwrap_or_default(),
            signature: header("webhook-signature").unwrap_or_default(),
            authorization: header("authorization"),
            extra: extra(headers),
            raw: String::from_utf8_lossy(body).into_owned(),
            body: serde_json::from_slice(body).unwrap_or_default(),
            taken,
        };
        let mut state = self.lock();
        if state.calls.len() < MOST {
            state.calls.push(call);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn extra(headers: &HeaderMap) -> BTreeMap<String, String> {
    let named = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-"));
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    named.filter_map(text).collect()
}
