//! Webhooks on their way: due times, repetition, duplicates, disorder (360dialog reference
//! §1.7). Nothing is sent by itself: the owner calls `deliver_due` when `next_due_ms` has come.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;

use super::Dialog360;
use crate::outbound::Outbound;

/// Where webhooks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The URL.
    pub url: String,
    /// Request headers that every call carries.
    pub headers: BTreeMap<String, String>,
}

/// A webhook that has not been answered with 200.
#[derive(Clone, Debug, PartialEq)]
pub struct Undelivered {
    /// The number that it belongs to (its phone-number id).
    pub number: String,
    /// When the next attempt is due.
    pub due_ms: i64,
    /// Attempts so far.
    pub attempts: u32,
    /// How the last attempt ended; empty before the first one.
    pub last: String,
    /// The body.
    pub body: Value,
}

/// One webhook on its way; due again if it is dropped before its attempt has ended.
struct Flight<'a> {
    dialog: &'a Dialog360,
    seq: Option<u64>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let Some(seq) = self.seq else { return };
        self.dialog.with(|state| {
            if let Some(item) = state.queue.waiting.get_mut(&seq) {
                item.in_flight = false;
            }
        });
    }
}

impl Dialog360 {
    /// When the next webhook is due, in ms since 1970; `None` when there is none or they are held.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.with(|state| state.next_due())
    }

    /// Performs the webhook calls that are due, in order of due time (see
    /// `Options::concurrent_webhooks`), and returns how many. Only an answer of exactly 200 within
    /// `Options::webhook_answer_ms` counts; everything else, no webhook URL included, is repeated
    /// with doubling pauses for 7 days (360dialog reference §1.7). A dropped call leaves
    /// its webhooks due.
    pub async fn deliver_due(&self, outbound: &Outbound) -> usize {
        let (seqs, at_once) =
            self.with(|state| (state.take_due(), state.options.concurrent_webhooks.max(1)));
        let count = seqs.len();
        let flights: Vec<_> = seqs
            .into_iter()
            .map(|seq| Flight {
                dialog: self,
                seq: Some(seq),
            })
            .collect();
        let calls = flights
            .into_iter()
            .map(|flight| self.deliver(flight, outbound));
        futures::stream::iter(calls)
            .buffer_unordered(at_once)
            .for_each(|()| async {})
            .await;
        count
    }

    async fn deliver(&self, mut flight: Flight<'_>, outbound: &Outbound) {
        let Some(seq) = flight.seq else { return };
        let (request, limit) =
            self.with(|state| (state.request(seq), state.options.webhook_answer_ms));
        let outcome = match request {
            Err(reason) => Err(reason),
            Ok(request) => {
                match tokio::time::timeout(Duration::from_millis(limit), outbound(request)).await {
                    Err(_) => Err("no answer in time".to_owned()),
                    Ok(Err(reason)) => Err(reason),
                    Ok(Ok(answer)) if answer.status() == 200 => Ok(()),
                    Ok(Ok(answer)) => Err(format!("HTTP {}", answer.status().as_u16())),
                }
            }
        };
        self.change(|state| state.settle(seq, outcome));
        flight.seq = None;
    }

    /// Delivers webhooks as they become due, in real time, until `shutdown` is ready.
    pub async fn pump(&self, outbound: Outbound, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut changes = self.subscribe();
        loop {
            changes.borrow_and_update();
            let wait = self.with(|state| state.next_due().map(|due| due - state.now()));
            let wait =
                Duration::from_millis(wait.map_or(60_000, |wait| wait.max(0).unsigned_abs()));
            let round = async {
                tokio::select! {
                    biased;
                    () = tokio::time::sleep(wait) => { self.deliver_due(&outbound).await; }
                    _ = changes.changed() => {}
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = round => {}
            }
        }
    }

    /// The webhooks still to be delivered (held, due later, or being repeated), oldest first.
    pub fn undelivered(&self) -> Vec<Undelivered> {
        self.with(|state| {
            state
                .queue
                .waiting
                .values()
                .map(|item| state.undelivered(item))
                .collect()
        })
    }

    /// The webhooks that were repeated for 7 days in vain.
    pub fn given_up(&self) -> Vec<Undelivered> {
        self.with(|state| state.queue.given_up.clone())
    }

    /// The webhook in force for a number (phone-number id or display number), its own or the
    /// WABA's.
    pub fn webhook_config(&self, number: &str) -> Option<WebhookConfig> {
        self.with(|state| {
            let id = state.number_id(number)?;
            state.webhook_of(&id)
        })
    }

    /// Every `n`-th delivered webhook comes twice; 0 switches this off.
    pub fn duplicate_every(&self, n: u64) {
        self.with(|state| state.queue.duplicate_every = n);
    }

    /// The next delivered webhook comes twice; may be called several times.
    pub fn duplicate_next(&self) {
        self.with(|state| state.queue.duplicate_next += 1);
    }

    /// Delays each webhook queued from now on by less than `Options::shuffle_within_ms`, as the
    /// seed decides, so that they arrive out of order; `None` switches this off.
    pub fn shuffle(&self, seed: impl Into<Option<u64>>) {
        let seed = seed.into();
        self.with(|state| state.queue.shuffle = seed);
    }

    /// While `true`, webhooks pile up and none is delivered.
    pub fn hold_webhooks(&self, hold: bool) {
        self.change(|state| state.queue.held = hold);
    }

    /// While `true`, the webhooks of a number that are due in the same pass share one body.
    pub fn merge(&self, merge: bool) {
        self.with(|state| state.queue.merge = merge);
    }
}
