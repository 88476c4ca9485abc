//! The clients of our neighbours, one test per verb: the exact request, and what each kind of
//! answer (or none) means. The network itself is tried over loopback.

mod files;
mod network;
mod rocketchat;
mod whatsapp;

use std::sync::{Arc, Mutex};

use bridge::http::{Http, InProcess, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

/// The requests that a neighbour saw.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Request<Bytes>>>>);

impl Calls {
    /// The only request, as JSON: method and URL, headers, body.
    fn only(&self) -> Value {
        let calls = self.0.lock().unwrap();
        let [call] = calls.as_slice() else {
            panic!("{} calls", calls.len());
        };
        let headers: Value = call
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        let mut request =
            json!({ "call": format!("{} {}", call.method(), call.uri()), "headers": headers });
        if !call.body().is_empty() {
            let text = || json!(String::from_utf8_lossy(call.body()));
            request["body"] = serde_json::from_slice(call.body()).unwrap_or_else(|_| text());
        }
        request
    }

    /// How many requests there were.
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// An answer with JSON (or anything else) in it.
fn answer(status: u16, body: impl ToString) -> Response<Bytes> {
    let answer = Response::builder().status(status);
    answer.body(Bytes::from(body.to_string())).unwrap()
}

/// The same with a header.
fn answer_with(status: u16, (name, value): (&'static str, &str), body: Value) -> Response<Bytes> {
    let mut answer = answer(status, body);
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

/// A proxy's page.
fn page(status: u16) -> Response<Bytes> {
    answer(status, "<html><body>Something went wrong</body></html>")
}

/// A neighbour that answers every request the same.
fn neighbour(answer: Response<Bytes>) -> (Http, Calls) {
    let calls = Calls::default();
    let seen = calls.clone();
    let handler: InProcess = Arc::new(move |request| {
        seen.0.lock().unwrap().push(request);
        let answer = answer.clone();
        Box::pin(async move { Ok(answer) })
    });
    (Http::InProcess(handler), calls)
}

/// A neighbour that answers every request the same, where the requests do not matter.
fn always(answer: Response<Bytes>) -> Http {
    neighbour(answer).0
}

/// A neighbour that takes requests and never answers.
fn silent() -> Http {
    Http::InProcess(Arc::new(|_| Box::pin(std::future::pending())))
}

/// A neighbour that cannot be reached.
fn out_of_reach() -> Http {
    Http::InProcess(Arc::new(|_| {
        Box::pin(async { Err(TransportError::NotConnected) })
    }))
}
