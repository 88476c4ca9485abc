//! A Rocket.Chat workspace in memory: the livechat REST routes with their quirks, the Omnichannel
//! webhook with its retries, outgoing integrations, and agents who act through Rust calls.
//!
//! [`RocketChat`] is a handle; clones share one workspace. It answers as an axum [`Router`], over
//! a socket or in-process. Time comes only from its [`Clock`], ids from a counter, so the same
//! calls give the same answers, byte for byte. Webhooks are queued with a due time; somebody has
//! to deliver them: [`RocketChat::deliver_due`] in virtual time, [`RocketChat::pump`] in real
//! time.

mod answer;
mod commands;
mod conversation;
mod delivery;
mod dispatch;
mod document;
mod faults;
mod files;
mod limiter;
mod options;
mod people;
mod quotes;
mod reading;
mod records;
mod routes;
mod state;
#[cfg(test)]
mod tests;
mod views;
mod webhook;
mod writing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use tokio::sync::{Notify, watch};

pub use faults::Outage;
pub use options::{Department, Options, Person, Routing, Version, default_settings};
pub use people::Done;
pub use views::{FileLine, Line, LostEvent, RoomView, Speaker, VisitorView};

use crate::clock::Clock;
use crate::outbound::Outbound;
use state::State;

/// A modelled workspace. Clones share it.
#[derive(Clone)]
pub struct RocketChat {
    state: Arc<Mutex<State>>,
    version: Arc<watch::Sender<u64>>,
    news: Arc<Notify>,
    outbound: Arc<Mutex<Option<Outbound>>>,
}

impl RocketChat {
    /// A workspace as `options` describe it, living by `clock`.
    pub fn new(clock: Clock, options: Options) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(clock, options))),
            version: Arc::new(watch::Sender::new(0)),
            news: Arc::new(Notify::new()),
            outbound: Arc::new(Mutex::new(None)),
        }
    }

    /// The workspace's HTTP side: `/api/v1/…`, `/api/info`, `/file-upload/…`. Serve it or call it
    /// in-process; a path that it does not know is answered 404 and remembered
    /// ([`RocketChat::unknown_paths`]). The limiter tells callers apart by `X-Forwarded-For`;
    /// without that header everybody has one address.
    pub fn router(&self) -> Router {
        let desk = self.clone();
        Router::new()
            .fallback(move |request: Request| {
                let desk = desk.clone();
                async move { dispatch::answer(desk, request).await }
            })
            .layer(DefaultBodyLimit::disable())
    }

    /// How `livechat/webhook.test` calls out, which happens inside a request. Without it that
    /// route answers `error-invalid-webhook-response`.
    pub fn set_outbound(&self, outbound: Outbound) {
        *self.outbound.lock().unwrap_or_else(PoisonError::into_inner) = Some(outbound);
    }

    /// A number that grows with every change, for a page that shows the workspace live.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Puts every route out of order, or back in order with `None`.
    pub fn outage(&self, outage: Option<Outage>) {
        self.lock().faults.everywhere = outage;
    }

    /// The next `n` calls of `route` (such as `"POST livechat/message"`, as in
    /// [`RocketChat::calls`]) meet this outage. Several plans for one route follow one another.
    pub fn fail_next(&self, route: &str, n: u32, outage: Outage) {
        if n > 0 {
            self.lock()
                .faults
                .next
                .entry(route.to_owned())
                .or_default()
                .push((n, outage));
        }
    }

    /// Forgets the outages that wait for the next calls of single routes.
    pub fn clear_faults(&self) {
        self.lock().faults.next.clear();
    }

    /// The workspace, locked. Never held over an await.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells watchers and the pump that something changed.
    fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
        self.news.notify_one();
    }

    /// Completes at the next change.
    async fn news(&self) {
        self.news.notified().await;
    }

    fn outbound(&self) -> Option<Outbound> {
        self.outbound
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl std::fmt::Debug for RocketChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RocketChat").finish_non_exhaustive()
    }
}
