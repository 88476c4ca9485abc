//! `/v1/parked`: what could not be delivered.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as From};
use bridge::flows::refused::Refused;
use bridge::store::Parked;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::State;
use crate::error::Problem;

/// Most records of one list.
const MOST: usize = 100;
/// Of a record in a list this many bytes of its body are shown: an answer must stay below 6 MB.
const SHOWN: usize = 16 * 1024;

/// What `/v1/parked` can be asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    id: Option<String>,
    limit: Option<String>,
}

/// The newest parked records; with `id` that one, its body whole.
pub async fn list(
    From(state): From<Arc<State>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let asked = readable(asked)?;
    let (store, now) = (&state.app.store, state.now());
    if let Some(id) = asked.id {
        let found = store.find_parked(&id, now).await.map_err(Refused::from)?;
        let parked = found.ok_or_else(none)?;
        return Ok(Json(shown(&parked, usize::MAX)));
    }
    let most = asked.limit.and_then(|limit| limit.parse().ok());
    let most = most.unwrap_or(MOST).clamp(1, MOST);
    let newest = store.list_parked(most, now).await.map_err(Refused::from)?;
    let newest: Vec<_> = newest.iter().map(|parked| shown(parked, SHOWN)).collect();
    Ok(Json(json!({ "parked": newest })))
}

/// Discards the record `id` for good.
pub async fn remove(
    From(state): From<Arc<State>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    let asked = readable(asked)?;
    let Some(id) = asked.id else {
        let message = "Say which record to discard: DELETE /v1/parked?id=…";
        return Err(Refused::invalid("missing_field", message).into());
    };
    let (store, now) = (&state.app.store, state.now());
    let found = store.find_parked(&id, now).await.map_err(Refused::from)?;
    found.ok_or_else(none)?;
    store.delete_parked(&id).await.map_err(Refused::from)?;
    Ok(StatusCode::NO_CONTENT)
}

fn readable(asked: Result<Query<Asked>, QueryRejection>) -> Result<Asked, Refused> {
    let Query(asked) = asked.map_err(|_| {
        let message = "The part behind `?` cannot be read. Known are `id` and `limit`, each once.";
        Refused::invalid("invalid_field", message)
    })?;
    Ok(asked)
}

fn none() -> Refused {
    Refused::not_found("There is no parked record of this id. GET /v1/parked lists the newest.")
}

fn shown(parked: &Parked, most: usize) -> Value {
    let length = parked.body.len();
    let end = (0..=most.min(length))
        .rev()
        .find(|n| parked.body.is_char_boundary(*n));
    json!({
        "id": parked.id,
        "at": parked.at.to_string(),
        "queue": parked.queue,
        "reason": parked.reason,
        "connection": parked.connection,
        "body": &parked.body[..end.unwrap_or(0)],
        "bodyLength": length,
    })
}
