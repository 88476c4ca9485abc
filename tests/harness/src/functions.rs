//! The functions of a world: doors that take HTTP calls, workers that take batches. Each can be
//! killed at any of its calls, and starts anew after that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use bridge::app::App;
use bridge::domain::hash::{GroupKey, sha256_hex};
use bridge::domain::ids::UserId;
use bridge::domain::time::Timestamp;
use bridge::queue::fifo::Worker;
use bridge::queue::send::{QueueUrls, Queues};
use bridge_simulators::aws;
use bridge_simulators::aws::{Batch, EventSourceMapping, MappingConfig};
use bridge_simulators::clock::Clock;
use bridge_simulators::outbound::Answer;
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use tokio::time::Instant;

use crate::effects::{Effects, Function};
use crate::wiring::{self, GROUP_KEY, Net};

pub(crate) const WEBHOOK_SECRET: &str = "incoming secret of the tests";
pub(crate) const EVENTS_TOKEN: &str = "agent events token of the tests";

/// A worker function behind a queue.
pub(crate) struct WorkerFunction {
    pub function: Function,
    pub mapping: EventSourceMapping,
    queue_url: String,
    environment: Mutex<Environment>,
}

struct Environment {
    app: Arc<App>,
    births: u64,
}

/// Everything needed to build environments.
#[derive(Clone)]
pub(crate) struct Ground {
    pub aws: aws::Aws,
    pub net: Net,
    pub clock: Clock,
    pub effects: Effects,
    pub seed: u64,
}

impl Ground {
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    pub fn app(&self, function: Function, births: u64) -> App {
        let seed = self
            .seed
            .wrapping_mul(1_000)
            .wrapping_add(births * 10 + function as u64);
        wiring::app(
            &self.aws,
            &self.net,
            &self.clock,
            function,
            &self.effects,
            seed,
        )
    }
}

impl WorkerFunction {
    pub fn new(ground: &Ground, function: Function, queue: &str, concurrency: usize) -> Self {
        let config = MappingConfig {
            queue: queue.to_owned(),
            batch_size: 10,
            max_concurrency: concurrency,
            report_partial: true,
        };
        Self {
            function,
            mapping: EventSourceMapping::new(&ground.aws.sqs, config),
            queue_url: ground.aws.sqs.url(queue),
            environment: Mutex::new(Environment {
                app: Arc::new(ground.app(function, 0)),
                births: 0,
            }),
        }
    }

    pub fn app(&self) -> Arc<App> {
        Arc::clone(
            &self
                .environment
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .app,
        )
    }

    fn rebirth(&self, ground: &Ground) {
        let mut environment = self
            .environment
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        environment.births += 1;
        environment.app = Arc::new(ground.app(self.function, environment.births));
    }

    /// Runs one batch to its end, or to its death.
    pub async fn invoke(&self, ground: &Ground, batch: Batch) {
        let outcome = tokio::select! {
            biased;
            () = ground.effects.killed(self.function) => Err("killed".to_owned()),
            outcome = self.work(ground, &batch) => outcome,
        };
        if outcome.is_err() {
            self.rebirth(ground);
        }
        self.mapping.finish(batch, outcome);
    }

    async fn work(&self, ground: &Ground, batch: &Batch) -> Result<Value, String> {
        let event: SqsEvent =
            serde_json::from_value(batch.event_json()).map_err(|e| e.to_string())?;
        let app = self.app();
        let worker = Worker {
            client: app.queues.client().clone(),
            queue_url: self.queue_url.clone(),
            stop_at: Instant::now() + Duration::from_secs(140),
        };
        let now = || ground.now();
        let response = match self.function {
            Function::ToRocketchat => to_rocketchat::handle(&app, &worker, event, now).await,
            Function::ToWhatsapp => to_whatsapp::handle(&app, &worker, event, now).await,
            _ => status_fanout::handle(&app, &worker, event, now).await,
        };
        if ground.effects.dies_at_the_end(self.function) {
            return Err("killed".to_owned());
        }
        serde_json::to_value(response).map_err(|error| error.to_string())
    }
}

/// The two doors.
pub(crate) struct Doors {
    incoming: incoming::Door,
    agent_events: agent_events::Door,
}

impl Doors {
    pub fn new(ground: &Ground) -> Self {
        let urls = QueueUrls {
            inbound: ground.aws.sqs.url("inbound.fifo"),
            outbound: ground.aws.sqs.url("outbound.fifo"),
            statuses: ground.aws.sqs.url("statuses"),
        };
        let queues = |function| {
            let hook = Some((function, ground.effects.clone()));
            let clients = wiring::sdk(&ground.aws, &ground.clock, hook);
            Queues::new(clients.sqs, GroupKey::new(GROUP_KEY), urls.clone())
        };
        Self {
            incoming: incoming::Door {
                queues: queues(Function::Incoming),
                hashes: vec![sha256_hex(WEBHOOK_SECRET.as_bytes())],
            },
            agent_events: agent_events::Door {
                queues: queues(Function::AgentEvents),
                hashes: vec![sha256_hex(EVENTS_TOKEN.as_bytes())],
                bot: UserId::new("id-whatsapp.bot"),
            },
        }
    }

    /// Takes a call as API Gateway would; `Err` where the function died.
    pub async fn call(&self, ground: &Ground, request: Request<Bytes>) -> Answer {
        let function = if request.uri().path().starts_with("/incoming/") {
            Function::Incoming
        } else {
            Function::AgentEvents
        };
        let work = async {
            let now = ground.now();
            let answer = match function {
                Function::Incoming => incoming::handle(&self.incoming, request, now).await,
                _ => agent_events::handle(&self.agent_events, request, now).await,
            };
            if ground.effects.dies_at_the_end(function) {
                return Err("killed".to_owned());
            }
            Ok(answer)
        };
        tokio::select! {
            biased;
            () = ground.effects.killed(function) => Err("killed".to_owned()),
            answer = work => answer,
        }
    }
}
