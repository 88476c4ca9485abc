//! `POST /messages`: sending, mark as read, typing (360dialog reference §1.2–§1.4).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::super::Dialog360;
use super::super::answer::{Refusal, answer, html, plain_error, raw, throttled};
use super::super::options::SendFault;
use super::{Caller, refused};

pub(crate) async fn send(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    body: Bytes,
) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refused(&dialog, &Refusal::parameter("The body is not valid JSON."));
    };
    if !body["status"].is_null() {
        return told(
            &dialog,
            dialog.change(|state| state.mark_read(&number, &body)),
        );
    }
    let fault = dialog.with(|state| state.faults.pop_front());
    let accept = || dialog.change(|state| state.accept(&number, &body));
    match fault {
        None => told(&dialog, accept()),
        Some(SendFault::Refuse {
            http,
            code,
            details,
        }) => refused(
            &dialog,
            &Refusal {
                http,
                code,
                details,
            },
        ),
        Some(SendFault::RefuseInWords { http, words }) => plain_error(http, &words),
        Some(SendFault::ErrorBefore { http }) => broken(http),
        Some(SendFault::Throttle429 { retry_after }) => throttled(retry_after),
        Some(SendFault::Html) => html(),
        Some(SendFault::LoseAnswer) => match accept() {
            Ok(_) => std::future::pending().await,
            refusal => told(&dialog, refusal),
        },
        Some(SendFault::ErrorAfterAccept { http }) => match accept() {
            Ok(_) => broken(http),
            refusal => told(&dialog, refusal),
        },
    }
}

fn told(dialog: &Dialog360, outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(body) => answer(200, &body),
        Err(refusal) => refused(dialog, &refusal),
    }
}

/// A status with a line of text that is not the platform's own.
fn broken(status: u16) -> Response {
    raw(
        status,
        "text/plain",
        b"upstream connect error or disconnect/reset before headers".to_vec(),
    )
}
