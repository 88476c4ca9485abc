//! Lambda's Runtime API for one environment: the process asks for its next invocation and posts
//! the response. Source: AWS, "Using the Lambda runtime API for custom runtimes".

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::server::Server;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// The function's response.
    Response(Value),
    /// The function reported an error.
    Error(Value),
    /// The process died.
    Died,
    /// Its time ran out.
    TimedOut,
}

impl Ended {
    /// The response. Panics where there is none.
    pub fn response(self) -> Value {
        match self {
            Self::Response(value) => value,
            other => panic!("no response: {other:?}"),
        }
    }
}

struct Invocation {
    id: String,
    deadline_ms: u128,
    payload: Bytes,
}

struct Desk {
    name: String,
    put: mpsc::UnboundedSender<Invocation>,
    take: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    open: Mutex<BTreeMap<String, oneshot::Sender<Ended>>>,
    asked: watch::Sender<u64>,
    count: AtomicU64,
}

impl Desk {
    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, oneshot::Sender<Ended>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, id: &str, ended: Ended) -> StatusCode {
        match self.open().remove(id) {
            Some(waiting) => {
                let _ = waiting.send(ended);
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}

/// The Runtime API of one environment. It runs one invocation at a time, as Lambda does.
pub struct RuntimeApi {
    desk: Arc<Desk>,
    server: Server,
}

impl RuntimeApi {
    /// Starts it for a function of this name.
    pub async fn start(name: &str) -> Self {
        let (put, take) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            name: name.to_owned(),
            put,
            take: tokio::sync::Mutex::new(take),
            open: Mutex::default(),
            asked: watch::Sender::new(0),
            count: AtomicU64::new(0),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&desk));
        let server = Server::start(router).await;
        Self { desk, server }
    }

    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub fn authority(&self) -> String {
        self.server.authority()
    }

    /// How often the process asked for work: the first time ends its init.
    pub fn asked(&self) -> watch::Receiver<u64> {
        self.desk.asked.subscribe()
    }

    /// One invocation. What is not answered at its deadline has timed out.
    pub async fn invoke(&self, payload: Bytes, time: Duration) -> Ended {
        let id = self.desk.count.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("00000000-0000-4000-8000-{id:012}");
        let (put, ended) = oneshot::channel();
        self.desk.open().insert(id.clone(), put);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let invocation = Invocation {
            deadline_ms: (now.unwrap_or_default() + time).as_millis(),
            id: id.clone(),
            payload,
        };
        let _ = self.desk.put.send(invocation);
        let ended = tokio::time::timeout(time, ended).await;
        self.desk.open().remove(&id);
        match ended {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => Ended::Died,
            Err(_) => Ended::TimedOut,
        }
    }

    /// The process is gone: what it was given will not be answered.
    pub fn lost(&self) {
        self.desk.open().clear();
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    desk.asked.send_modify(|asked| *asked += 1);
    let Some(invocation) = desk.take.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let arn = format!(
        "arn:aws:lambda:us-east-1:000000000000:function:{}",
        desk.name
    );
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", invocation.id),
        (
            "Lambda-Runtime-Deadline-Ms",
            invocation.deadline_ms.to_string(),
        ),
        ("Lambda-Runtime-Invoked-Function-Arn", arn),
    ];
    (headers, invocation.payload).into_response()
}

async fn response(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    match serde_json::from_slice(&body) {
        Ok(value) => desk.end(&id, Ended::Response(value)),
        Err(_) => desk.end(&id, Ended::Error(Value::from("the response is not JSON"))),
    }
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let value = serde_json::from_slice(&body).unwrap_or_default();
    desk.end(&id, Ended::Error(value))
}
