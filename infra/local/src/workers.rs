//! The functions that work off queues, and the 5-minute tick, in real time.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use bridge::domain::time::Timestamp;
use bridge::flows::{circuit, connections, outbound, sweep, templates};
use bridge::queue::fifo::Worker;
use bridge_simulators::aws::{EventSourceMapping, Handler, Held, MappingConfig, Standing, pump};
use futures::FutureExt as _;
use serde_json::Value;
use template_refresh::DeadLetters;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::bundle::Bundle;
use crate::embedded::{Embedded, QUEUES};

/// How long an invocation may take: Lambda's 150 s less the workers' spare time.
const TIME: Duration = Duration::from_secs(140);
/// Invocations of one worker at the same time.
const CONCURRENCY: usize = 10;
/// Batch and invocations of what goes to many people: they never stand in the way of what agents
/// write.
const BULK: (usize, usize) = (5, 2);
/// The same of callbacks: a slow endpoint occupies no more.
const CALLBACKS: (usize, usize) = (10, 2);
/// Between two ticks.
const TICK: Duration = Duration::from_secs(300);

/// Which function works off a queue.
#[derive(Clone, Copy)]
enum Function {
    ToRocketchat,
    ToWhatsapp,
    StatusFanout,
    CallbackSender,
}

/// The running workers.
pub struct Workers {
    embedded: Embedded,
    mappings: Vec<EventSourceMapping>,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Workers {
    /// Starts one worker per queue, and the tick.
    pub fn start(bundle: &Arc<Bundle>) -> Self {
        let embedded = &bundle.embedded;
        let stop = watch::Sender::new(false);
        let functions = [
            Function::ToRocketchat,
            Function::ToWhatsapp,
            Function::StatusFanout,
            Function::ToWhatsapp,
            Function::CallbackSender,
        ];
        let mut workers = Self {
            embedded: embedded.clone(),
            mappings: Vec::new(),
            tasks: vec![tokio::spawn(tick(bundle.clone(), stop.subscribe()))],
            stop,
        };
        for (function, (queue, _)) in functions.into_iter().zip(QUEUES) {
            let sqs = &embedded.models.sqs;
            let (batch_size, max_concurrency) = match queue {
                "bulk" => BULK,
                "callbacks" => CALLBACKS,
                _ => (10, CONCURRENCY),
            };
            let config = MappingConfig {
                queue: queue.to_owned(),
                batch_size,
                max_concurrency,
                report_partial: true,
            };
            let mapping = EventSourceMapping::new(sqs, config);
            let handler = handler(function, bundle.clone(), sqs.url(queue));
            workers.mappings.push(mapping.clone());
            let stopped = stopped(workers.stop.subscribe());
            workers
                .tasks
                .push(tokio::spawn(pump(mapping, handler, stopped)));
        }
        workers
    }

    /// Waits until nothing is left that can be done before `deadline`, then stops. Gives how many
    /// messages stay in the queues.
    pub async fn drain(self, deadline: Instant) -> usize {
        let mut changed = self.embedded.models.sqs.changed();
        while Instant::now() < deadline && self.is_busy(deadline) {
            let step = deadline.min(Instant::now() + Duration::from_millis(200));
            let _ = tokio::time::timeout_at(step, changed.changed()).await;
        }
        self.stop.send_replace(true);
        let ended = futures::future::join_all(self.tasks);
        let grace = Instant::now() + Duration::from_millis(500);
        // what runs longer is cut off: its messages are in the journal and come again
        let _ = tokio::time::timeout_at(grace, ended).await;
        let sqs = &self.embedded.models.sqs;
        QUEUES.iter().map(|(queue, _)| sqs.depth(queue)).sum()
    }

    /// Whether something runs or is due before `deadline`.
    fn is_busy(&self, deadline: Instant) -> bool {
        if self.mappings.iter().any(|mapping| mapping.running() > 0) {
            return true;
        }
        let sqs = &self.embedded.models.sqs;
        let left = deadline.saturating_duration_since(Instant::now());
        let until = sqs.now_ms() + i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
        QUEUES.iter().any(|(queue, _)| {
            let messages = sqs.messages(queue);
            let late = |message: &&Held| due(message).is_some_and(|due| due >= until);
            // behind a message that waits for its back-off, the others of its group wait too
            let blocked: Vec<_> = messages
                .iter()
                .filter(late)
                .map(|held| &held.group)
                .collect();
            let mut rest = messages.iter().filter(|held| !late(held));
            rest.any(|held| held.group.is_none() || !blocked.contains(&&held.group))
        })
    }
}

/// When a hidden message may be received again.
fn due(message: &Held) -> Option<i64> {
    match message.standing {
        Standing::InFlight { until_ms } | Standing::Delayed { until_ms } => Some(until_ms),
        Standing::Waiting => None,
    }
}

/// Completes when the workers are told to stop.
async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn handler(function: Function, bundle: Arc<Bundle>, queue_url: String) -> Handler {
    Arc::new(move |event| work(function, bundle.clone(), queue_url.clone(), event).boxed())
}

async fn work(
    function: Function,
    bundle: Arc<Bundle>,
    queue_url: String,
    event: Value,
) -> Result<Value, String> {
    let Bundle { app, sender, .. } = &*bundle;
    let event: SqsEvent = serde_json::from_value(event).map_err(|error| error.to_string())?;
    let worker = Worker {
        client: app.queues.client().clone(),
        queue_url,
        stop_at: Instant::now() + TIME,
    };
    let now = Timestamp::now;
    let response = match function {
        Function::ToRocketchat => to_rocketchat::handle(app, &worker, event, now).await,
        Function::ToWhatsapp => to_whatsapp::handle(app, &worker, event, now).await,
        Function::StatusFanout => status_fanout::handle(app, &worker, event, now).await,
        Function::CallbackSender => callback_sender::handle(sender, &worker, event, now).await,
    };
    serde_json::to_value(response).map_err(|error| error.to_string())
}

/// The 5-minute tick: dead letters, the connections' drift, their templates, agents' messages whose
/// events were lost, and the deletion of what has expired.
async fn tick(bundle: Arc<Bundle>, stop: watch::Receiver<bool>) {
    let Bundle {
        app,
        embedded,
        public_url,
        ..
    } = &*bundle;
    let sqs = &embedded.models.sqs;
    let letters = QUEUES.map(|(_, dead)| sqs.url(dead)).join(",");
    let letters = DeadLetters::parse(&letters);
    let mut stopped = std::pin::pin!(stopped(stop));
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return,
            () = tokio::time::sleep(TICK) => {}
        }
        if let Err(failure) = template_refresh::tick(app, &letters, Timestamp::now()).await {
            tracing::warn!(failure.code = %failure.code, "tick failed");
        }
        let checked = connections::verify_due(app, public_url, Timestamp::now()).await;
        if let Err(refused) = checked {
            tracing::warn!(error.code = refused.code, "connections not checked");
        }
        if let Err(failure) = templates::refresh_due(app, Timestamp::now()).await {
            tracing::warn!(failure.code = %failure.code, "templates not refreshed");
        }
        if let Err(failure) = outbound::expire_due(app, Timestamp::now()).await {
            tracing::warn!(failure.code = %failure.code, "held messages not expired");
        }
        sweep::recover_lost(app, Timestamp::now()).await;
        if let Err(failure) = circuit::close_proven(app, Timestamp::now()).await {
            tracing::warn!(failure.code = %failure.code, "circuits not closed");
        }
        if embedded.models.dynamodb.sweep_ttl(sqs.now_ms()).is_err() {
            tracing::warn!("expired items could not be deleted");
        }
    }
}
