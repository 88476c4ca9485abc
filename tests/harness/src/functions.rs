//! The workers of a world. Each invocation runs in an execution environment of its own, as in
//! Lambda; it can be killed at any of its calls, and a fresh environment takes its place.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use bridge::app::App;
use bridge::flows::callbacks::deliver::Sender;
use bridge::queue::fifo::Worker;
use bridge_simulators::aws::{Batch, EventSourceMapping, MappingConfig};
use futures::FutureExt as _;
use serde_json::Value;
use tokio::time::Instant;

use crate::effects::{Environment, Function};
use crate::ground::Ground;

/// A worker function behind a queue.
pub(crate) struct WorkerFunction {
    pub function: Function,
    pub mapping: EventSourceMapping,
    queue_url: String,
    pool: Mutex<Pool>,
}

/// The environments that wait for work.
#[derive(Default)]
struct Pool {
    idle: Vec<Idle>,
    births: u64,
    deployment: u64,
    paused_until_ms: i64,
}

#[derive(Clone)]
struct Idle {
    environment: Environment,
    works: Works,
    deployment: u64,
}

/// What an environment works with.
#[derive(Clone)]
enum Works {
    App(Arc<App>),
    Sender(Arc<Sender>),
}

impl WorkerFunction {
    pub fn new(ground: &Ground, function: Function, queue: &str, concurrency: usize) -> Self {
        let bulk = queue == "bulk";
        let config = MappingConfig {
            queue: queue.to_owned(),
            batch_size: if bulk { 5 } else { 10 },
            max_concurrency: concurrency,
            report_partial: true,
        };
        Self {
            function,
            mapping: EventSourceMapping::new(&ground.aws.sqs, config),
            queue_url: ground.aws.sqs.url(queue),
            // both queues of a function share its environments; here each has its own
            pool: Mutex::new(Pool {
                births: if bulk { 100_000 } else { 0 },
                ..Pool::default()
            }),
        }
    }

    /// The next batch, unless the function is paused.
    pub fn poll(&self, now_ms: i64) -> Option<Batch> {
        if self.paused_until_ms(now_ms).is_some() {
            return None;
        }
        self.mapping.poll()
    }

    /// Until when nothing is polled, if that lies ahead.
    pub fn paused_until_ms(&self, now_ms: i64) -> Option<i64> {
        Some(self.lock().paused_until_ms).filter(|until| *until > now_ms)
    }

    /// Polls nothing until then, so that batches fill up.
    pub fn pause(&self, until_ms: i64) {
        self.lock().paused_until_ms = until_ms;
    }

    /// A new version: invocations begin in fresh environments from now on.
    pub fn deploy(&self) {
        let mut pool = self.lock();
        pool.deployment += 1;
        pool.idle.clear();
    }

    /// Runs one batch to its end, or to its death.
    pub async fn invoke(&self, ground: &Ground, batch: Batch) {
        let idle = self.environment(ground);
        let outcome = tokio::select! {
            biased;
            () = ground.effects.killed(idle.environment) => Err("killed".to_owned()),
            outcome = AssertUnwindSafe(self.work(ground, &idle, &batch)).catch_unwind() => {
                outcome.unwrap_or_else(|_| Err("panicked".to_owned()))
            }
        };
        if outcome.is_ok() {
            let mut pool = self.lock();
            if pool.deployment == idle.deployment {
                pool.idle.push(idle);
            }
        }
        self.mapping.finish(batch, outcome);
    }

    fn environment(&self, ground: &Ground) -> Idle {
        let mut pool = self.lock();
        if let Some(idle) = pool.idle.pop() {
            return idle;
        }
        let environment = Environment {
            function: self.function,
            number: pool.births,
        };
        pool.births += 1;
        Idle {
            environment,
            works: match self.function {
                Function::CallbackSender => Works::Sender(Arc::new(ground.sender(environment))),
                _ => Works::App(Arc::new(ground.app(environment))),
            },
            deployment: pool.deployment,
        }
    }

    async fn work(&self, ground: &Ground, idle: &Idle, batch: &Batch) -> Result<Value, String> {
        let event: SqsEvent =
            serde_json::from_value(batch.event_json()).map_err(|e| e.to_string())?;
        let (client, seconds) = match &idle.works {
            Works::App(app) => (app.queues.client(), 140),
            Works::Sender(sender) => (sender.dead_letters.client(), 50),
        };
        let worker = Worker {
            client: client.clone(),
            queue_url: self.queue_url.clone(),
            stop_at: Instant::now() + Duration::from_secs(seconds),
        };
        let now = || ground.now_of(self.function);
        let response = match (&idle.works, self.function) {
            (Works::Sender(sender), _) => {
                callback_sender::handle(sender, &worker, event, now).await
            }
            (Works::App(app), Function::ToRocketchat) => {
                to_rocketchat::handle(app, &worker, event, now).await
            }
            (Works::App(app), Function::ToWhatsapp) => {
                to_whatsapp::handle(app, &worker, event, now).await
            }
            (Works::App(app), _) => status_fanout::handle(app, &worker, event, now).await,
        };
        if ground.effects.dies_at_the_end(idle.environment) {
            return Err("killed".to_owned());
        }
        serde_json::to_value(response).map_err(|error| error.to_string())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
