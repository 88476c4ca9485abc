//! How events leave the workspace: due times, tries, and what becomes of the answers
//! (Rocket.Chat reference §2.4, §4.1).

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use http::{Request, Response};
use serde_json::Value;

use super::RocketChat;
use super::state::State;
use super::views::LostEvent;
use crate::outbound::{Answer, Outbound};

/// Where an event goes.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The workspace's one Omnichannel webhook.
    Omnichannel,
    /// An outgoing integration, by id.
    Integration(String),
}

/// An event that waits for its (next) try.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub due: i64,
    pub tries: u32,
    pub event: String,
    pub rid: String,
    pub target: Target,
    pub body: Value,
}

/// A try that is ready to go.
struct Attempt {
    delivery: Delivery,
    request: Request<Bytes>,
    timeout: Duration,
}

impl State {
    /// Takes every event that is due out of the queue, in order of due time, then of age.
    fn take_due(&mut self) -> Vec<Delivery> {
        let now = self.now();
        let (mut due, later): (Vec<_>, Vec<_>) = self
            .pending
            .drain(..)
            .partition(|delivery| delivery.due <= now);
        self.pending.extend(later);
        due.sort_by_key(|delivery| delivery.due);
        due
    }

    /// The request of one try, or `None` if its webhook is gone.
    fn attempt(&self, delivery: Delivery) -> Option<Attempt> {
        let (url, secret) = match &delivery.target {
            Target::Omnichannel => (
                self.text("Livechat_webhookUrl").to_owned(),
                self.text("Livechat_secret_token"),
            ),
            Target::Integration(id) => {
                let (_, integration) = self.integrations.iter().find(|(mine, _)| mine == id)?;
                (integration["urls"][0].as_str()?.to_owned(), "")
            }
        };
        let request = post(&url, secret, &delivery.body)?;
        let timeout = u64::try_from(self.number("Livechat_http_timeout")).unwrap_or(5_000);
        Some(Attempt {
            delivery,
            request,
            timeout: Duration::from_millis(timeout),
        })
    }

    /// Files the answer of one try: done, again later, or lost.
    fn settle(&mut self, mut delivery: Delivery, answer: &Answer) {
        if let Target::Integration(id) = &delivery.target {
            let id = id.clone();
            self.settle_command(&id, &delivery, answer);
            return;
        }
        delivery.tries += 1;
        let status = answer
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        if self.version.webhook_accepted(status) {
            let body = answer
                .as_ref()
                .map(|response| response.body().as_ref())
                .unwrap_or_default();
            let text = String::from_utf8_lossy(body).into_owned();
            if let Some(chat) = self
                .chats
                .get_mut(&delivery.rid)
                .filter(|_| !text.is_empty())
            {
                chat.crm = Some(text);
            }
        } else if self.version.webhook_retries(status)
            && delivery.tries < self.version.webhook_tries()
        {
            let pause = self
                .version
                .webhook_pause_ms(self.number("Livechat_http_timeout"));
            delivery.due = self.now().saturating_add(pause);
            self.pending.push_back(delivery);
        } else {
            let reason = status.map_or_else(|| "no answer".to_owned(), |s| format!("status {s}"));
            self.lose(delivery, reason);
        }
    }

    /// Records an event that will not be tried again.
    pub fn lose(&mut self, delivery: Delivery, reason: String) {
        let Delivery {
            event,
            rid,
            tries,
            body,
            ..
        } = delivery;
        self.lost.push(LostEvent {
            event,
            rid,
            tries,
            reason,
            body,
        });
    }
}

/// A webhook's POST; the secret's header only if there is a secret.
pub(crate) fn post(url: &str, secret: &str, body: &Value) -> Option<Request<Bytes>> {
    let mut request = Request::post(url).header("content-type", "application/json");
    if !secret.is_empty() {
        request = request.header("X-RocketChat-Livechat-Token", secret);
    }
    request.body(Bytes::from(body.to_string())).ok()
}

/// Calls out, for no longer than `limit`.
pub(crate) async fn call(outbound: &Outbound, request: Request<Bytes>, limit: Duration) -> Answer {
    let answered: Result<Answer, _> = tokio::time::timeout(limit, outbound(request)).await;
    answered.unwrap_or_else(|_| Err("timed out".to_owned()))
}

impl RocketChat {
    /// When the next webhook try is due, in ms since 1970; `None` if nothing waits. A time that
    /// is past means: now.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.lock()
            .pending
            .iter()
            .map(|delivery| delivery.due)
            .min()
    }

    /// Performs the webhook tries that are due, all at once, and returns when each has its answer
    /// or its timeout (`Livechat_http_timeout`). Failed ones are queued again as the version does
    /// (§2.4). Events that happen meanwhile wait for the next call.
    pub async fn deliver_due(&self, outbound: &Outbound) {
        let due = self.lock().take_due();
        join_all(
            due.into_iter()
                .map(|delivery| self.deliver(delivery, outbound)),
        )
        .await;
    }

    async fn deliver(&self, delivery: Delivery, outbound: &Outbound) {
        let attempt = self.lock().attempt(delivery.clone());
        let answer = match attempt {
            Some(Attempt {
                delivery,
                request,
                timeout,
            }) => Some((delivery, call(outbound, request, timeout).await)),
            None => None,
        };
        let mut state = self.lock();
        match answer {
            Some((delivery, answer)) => state.settle(delivery, &answer),
            None => state.lose(delivery, "no webhook".to_owned()),
        }
        drop(state);
        self.changed();
    }

    /// Delivers webhooks in real time until `shutdown` completes: each event is its own request
    /// and waits for no other.
    pub async fn pump(&self, outbound: Outbound, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut flying = FuturesUnordered::new();
        loop {
            let due = self.lock().take_due();
            flying.extend(
                due.into_iter()
                    .map(|delivery| self.deliver(delivery, &outbound)),
            );
            let wait = self
                .next_due_ms()
                .map(|due| due.saturating_sub(self.lock().now()).max(1));
            let wait =
                Duration::from_millis(wait.and_then(|ms| ms.try_into().ok()).unwrap_or(3_600_000));
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                Some(()) = flying.next() => {}
                () = self.news() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// The server stops and starts again: webhook tries that wait for a repetition are forgotten
    /// (§2.4) and stand among the lost events.
    pub fn restart(&self) {
        self.forget("restart", |delivery| delivery.tries > 0);
    }

    /// The server dies before it has called anybody: every event that waits is forgotten, also for its
    /// first try, and stands among the lost events.
    pub fn die(&self) {
        self.forget("died", |_| true);
    }

    fn forget(&self, reason: &str, lost: impl Fn(&Delivery) -> bool) {
        let mut state = self.lock();
        let (lost, kept): (Vec<_>, Vec<_>) = state.pending.drain(..).partition(lost);
        state.pending.extend(kept);
        for delivery in lost {
            state.lose(delivery, reason.to_owned());
        }
    }

    /// Omnichannel events that were lost are sent after all, as by somebody who kept them.
    pub fn send_lost(&self) {
        let mut state = self.lock();
        let due = state.now();
        let is_command = |lost: &LostEvent| lost.event == "Command";
        let (commands, lost): (Vec<_>, Vec<_>) = state.lost.drain(..).partition(is_command);
        state.lost = commands;
        state.pending.extend(lost.into_iter().map(|lost| Delivery {
            due,
            tries: 0,
            event: lost.event,
            rid: lost.rid,
            target: Target::Omnichannel,
            body: lost.body,
        }));
        drop(state);
        self.changed();
    }
}

/// The body of an answer as text.
pub(crate) fn body_text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}
