//! API Gateway (HTTP API, payload format 2.0) with the template's routes.
//! Source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::function::Function;
use crate::runtime::Ended;
use crate::server::Server;

/// The gateway's limit of a body.
const LARGEST: usize = 10 * 1024 * 1024;
/// Lambda's limit of an event, as JSON with everything that the gateway puts around the body.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

struct Desk {
    stage: &'static str,
    functions: Mutex<BTreeMap<&'static str, Arc<Function>>>,
    taken: Mutex<Vec<(&'static str, Value)>>,
}

/// The gateway. Its routes answer 503 until their functions are there.
pub struct Gateway {
    desk: Arc<Desk>,
    url: String,
    _server: Server,
}

impl Gateway {
    /// Starts it with a stage: `$default`, or a name that becomes part of each path.
    pub fn start(listener: TcpListener, stage: &'static str) -> Self {
        let desk = Arc::new(Desk {
            stage,
            functions: Mutex::default(),
            taken: Mutex::default(),
        });
        let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
        let server = Server::at(listener, router);
        let url = match stage {
            "$default" => server.url(),
            stage => format!("{}/{stage}", server.url()),
        };
        Self {
            desk,
            url,
            _server: server,
        }
    }

    /// The stack's public URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts a function behind its routes.
    pub fn integrate(&self, name: &'static str, function: &Arc<Function>) {
        lock(&self.desk.functions).insert(name, Arc::clone(function));
    }

    /// The events that a function got, oldest first.
    pub fn events(&self, function: &str) -> Vec<Value> {
        let taken = lock(&self.desk.taken);
        let events = taken.iter().filter(|(name, _)| *name == function);
        events.map(|(_, event)| event.clone()).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The template's routes: function and route key.
fn route(path: &str, method: &str) -> Option<(&'static str, &'static str)> {
    let one_segment = |rest: &str| !rest.is_empty() && !rest.contains('/');
    if path.strip_prefix("/incoming/").is_some_and(one_segment) {
        let key = match method {
            "POST" => "POST /incoming/{connection}",
            _ => "ANY /incoming/{connection}",
        };
        return Some(("incoming", key));
    }
    if path == "/rocketchat/events" {
        return Some(("agent-events", "ANY /rocketchat/events"));
    }
    if path == "/templateMessage" {
        return Some(("template-message", "ANY /templateMessage"));
    }
    if let Some(rest) = path.strip_prefix("/api/apps/") {
        let parts: Vec<_> = rest.split('/').collect();
        let key = match parts.as_slice() {
            [_, _, "templateMessage"] => "ANY /api/apps/{visibility}/{app}/templateMessage",
            [_, _, _, "templateMessage"] => {
                "ANY /api/apps/{visibility}/{app}/{key}/templateMessage"
            }
            _ => return None,
        };
        return Some(("template-message", key));
    }
    if let Some(rest) = path.strip_prefix("/files/") {
        let parts: Vec<_> = rest.split('/').collect();
        return (parts.len() == 2).then_some(("console", "ANY /files/{id}/{name}"));
    }
    path.starts_with("/v1/")
        .then_some(("console", "ANY /v1/{proxy+}"))
}

async fn take(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return said(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let path = match desk.stage {
        "$default" => Some(parts.uri.path()),
        stage => parts.uri.path().strip_prefix(&format!("/{stage}")),
    };
    let found = path.and_then(|path| route(path, parts.method.as_str()));
    let Some((name, key)) = found else {
        return said(StatusCode::NOT_FOUND, "Not Found");
    };
    let function = lock(&desk.functions).get(name).cloned();
    let Some(function) = function else {
        return said(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
    };
    let event = event_of(desk.stage, key, &parts, &body);
    if event.to_string().len() > LARGEST_EVENT {
        return said(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    lock(&desk.taken).push((name, event.clone()));
    match function.invoke(&event).await {
        Ended::Response(answer) => answer_of(&answer),
        _ => said(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

fn said(status: StatusCode, message: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(json!({ "message": message }).to_string()));
    *answer.status_mut() = status;
    answer
}

/// The event of a request. Bodies that are not text by their content type are in base 64.
fn event_of(stage: &str, key: &str, parts: &Parts, body: &Bytes) -> Value {
    let headers = joined(&parts.headers);
    let host = headers.get("host").cloned().unwrap_or_default();
    let path = parts.uri.path();
    let mut event = json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": host,
            "domainPrefix": "api",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": key,
            "stage": stage,
            "time": "01/Jun/2026:08:00:00 +0000",
            "timeEpoch": 1_780_300_800_000_i64,
        },
        "isBase64Encoded": false,
    });
    let text = headers.get("content-type").and_then(Value::as_str);
    let is_text = text.is_some_and(|kind| kind.starts_with("text/") || kind.contains("json"));
    match std::str::from_utf8(body) {
        _ if body.is_empty() => {}
        Ok(text) if is_text => event["body"] = text.into(),
        _ => {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
    event["headers"] = headers.into();
    event
}

/// Headers with lower-case names; several of one name are joined by commas.
fn joined(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        joined
            .entry(name.as_str().to_owned())
            .or_default()
            .push(value);
    }
    let mut joined: Map<_, _> = joined
        .into_iter()
        .map(|(name, values)| (name, values.join(",").into()))
        .collect();
    joined.insert("x-forwarded-proto".to_owned(), "http".into());
    joined.insert("x-forwarded-for".to_owned(), "127.0.0.1".into());
    joined
}

/// The function's answer on the wire. Panics where it is not as documented.
fn answer_of(answer: &Value) -> Response<Body> {
    let status = answer["statusCode"].as_u64().expect("a statusCode");
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).expect("a body in base 64"),
        _ => body.as_bytes().to_vec(),
    };
    let mut response = Response::builder().status(u16::try_from(status).expect("a status"));
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    response.body(Body::from(body)).expect("an answer")
}
