//! The doors of a world, and the book of who called them.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use bridge::app::App;
use bridge::domain::hash::{GroupKey, sha256_hex};
use bridge::domain::ids::UserId;
use bridge::queue::send::{QueueUrls, Queues};
use bridge_simulators::outbound::Answer;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::effects::{Environment, Function};
use crate::ground::Ground;
use crate::wiring::{self, GROUP_KEY};

pub(crate) const WEBHOOK_SECRET: &str = "incoming secret of the tests";
pub(crate) const EVENTS_TOKEN: &str = "agent events token of the tests";

/// The API counts as the other door that sends, in an environment of its own.
const CONSOLE: Environment = Environment {
    function: Function::TemplateMessage,
    number: 1,
};

/// The API as the console serves it.
fn console(ground: &Ground) -> axum::Router {
    let clock = ground.clone();
    console::router(Arc::new(console::State {
        app: Arc::new(ground.app(CONSOLE)),
        clock: Box::new(move || clock.now()),
        public_url: Some("https://bridge.test".to_owned()),
    }))
}

/// One call of a door.
#[derive(Clone, Debug)]
pub struct DoorCall {
    /// `incoming`, `agent-events` or `template-message`.
    pub function: Function,
    /// The body.
    pub body: Bytes,
    /// Its place among all beginnings and ends of calls.
    pub began: u64,
    /// The same for its end.
    pub ended: u64,
    /// When it ended, in ms since 1970.
    pub ended_ms: i64,
    /// The answer's status; `None` where the door died.
    pub status: Option<u16>,
}

#[derive(Default)]
struct Book {
    moments: u64,
    calls: Vec<DoorCall>,
}

/// The doors.
pub(crate) struct Doors {
    incoming: incoming::Door,
    agent_events: agent_events::Door,
    template_message: App,
    console: axum::Router,
    book: Mutex<Book>,
}

impl Doors {
    pub fn new(ground: &Ground) -> Self {
        let urls = QueueUrls {
            inbound: ground.aws.sqs.url("inbound.fifo"),
            outbound: ground.aws.sqs.url("outbound.fifo"),
            statuses: ground.aws.sqs.url("statuses"),
            callbacks: ground.aws.sqs.url("callbacks"),
            ..QueueUrls::default()
        };
        let queues = |function| {
            let environment = Environment {
                function,
                number: 0,
            };
            let hook = Some((environment, ground.effects.clone()));
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
            template_message: ground.app(Environment {
                function: Function::TemplateMessage,
                number: 0,
            }),
            console: console(ground),
            book: Mutex::default(),
        }
    }

    /// Every call so far, in the order of their ends.
    pub fn calls(&self) -> Vec<DoorCall> {
        self.lock().calls.clone()
    }

    /// Takes a call as API Gateway would; `Err` where the function died.
    pub async fn call(&self, ground: &Ground, request: Request<Bytes>) -> Answer {
        let path = request.uri().path();
        let function = if path.starts_with("/incoming/") {
            Function::Incoming
        } else if path.starts_with("/rocketchat/") {
            Function::AgentEvents
        } else {
            Function::TemplateMessage
        };
        let body = request.body().clone();
        let began = self.moment();
        let answer = self.answer(ground, function, request).await;
        let ended = self.moment();
        self.lock().calls.push(DoorCall {
            function,
            body,
            began,
            ended,
            ended_ms: ground.clock.now_ms(),
            status: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
        });
        answer
    }

    async fn answer(&self, ground: &Ground, function: Function, request: Request<Bytes>) -> Answer {
        // calls that run at the same time share the environment: a crash takes all of them
        let environment = match request.uri().path().starts_with("/v1/") {
            true => CONSOLE,
            false => Environment {
                function,
                number: 0,
            },
        };
        let work = async {
            let now = ground.now_of(function);
            let answer: Response<Bytes> = match function {
                _ if environment == CONSOLE => self.ask_console(request).await,
                Function::Incoming => incoming::handle(&self.incoming, request, now).await,
                Function::TemplateMessage => {
                    template_message::handle(&self.template_message, request, now).await
                }
                _ => agent_events::handle(&self.agent_events, request, now).await,
            };
            if ground.effects.dies_at_the_end(environment) {
                return Err("killed".to_owned());
            }
            Ok(answer)
        };
        // Lambda's runtime answers a panic with an error, the gateway with 500
        let work = AssertUnwindSafe(work).catch_unwind();
        tokio::select! {
            biased;
            () = ground.effects.killed(environment) => Err("killed".to_owned()),
            answer = work => answer.unwrap_or_else(|_| Err("panicked".to_owned())),
        }
    }

    async fn ask_console(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.console.clone().oneshot(request.map(Body::from)).await;
        let (head, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
        let body = body.collect().await.expect("a body in memory").to_bytes();
        Response::from_parts(head, body)
    }

    /// The next moment.
    pub fn moment(&self) -> u64 {
        let mut book = self.lock();
        book.moments += 1;
        book.moments
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
