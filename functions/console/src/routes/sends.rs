//! `/v1/sends/{id}`: what became of a send, and how to stop it.

use std::sync::Arc;

use axum::extract::{Path, State as From};
use axum::{Extension, Json};
use bridge::domain::ids::SendId;
use bridge::domain::send::{SendRecord, SendState};
use bridge::flows::sends::{self, Control, Line};
use serde_json::{Value, json};

use crate::State;
use crate::auth::Key;
use crate::error::Problem;

/// A send with what became of it for each recipient.
pub async fn show(
    From(state): From<Arc<State>>,
    Extension(Key(caller)): Extension<Key>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let report = sends::report(&state.app, Some(&caller), &SendId::new(id), state.now()).await?;
    let mut answer = shown(&report.send);
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for line in &report.lines {
        *counts.entry(line.status.as_str()).or_default() += 1;
    }
    answer["counts"] = json!(counts);
    answer["recipients"] = report.lines.iter().map(recipient).collect();
    Ok(Json(answer))
}

/// Pauses, resumes or cancels a send.
pub async fn control(
    From(state): From<Arc<State>>,
    Extension(Key(caller)): Extension<Key>,
    Path((id, wish)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let wish = match wish.as_str() {
        "pause" => Control::Pause,
        "resume" => Control::Resume,
        "cancel" => Control::Cancel,
        _ => return Err(Problem::no_such_path()),
    };
    let (app, now) = (&state.app, state.now());
    let send = sends::control(app, &caller, (&SendId::new(id), wish), now).await?;
    Ok(Json(shown(&send)))
}

fn shown(send: &SendRecord) -> Value {
    let state = match send.state {
        SendState::Active => "active",
        SendState::Paused => "paused",
        SendState::Cancelled => "cancelled",
    };
    json!({
        "id": send.id,
        "connection": send.connection,
        "template": { "name": send.template, "language": send.language, "category": send.category },
        "text": send.text,
        "sentBy": send.by,
        "state": state,
        "createdAt": send.created_at.to_string(),
        "invalidContacts": send.invalid,
    })
}

fn recipient(line: &Line) -> Value {
    json!({
        "id": line.id,
        "phoneNumber": line.recipient.given,
        "status": line.status,
        "code": line.code,
        "at": line.at.to_string(),
    })
}
