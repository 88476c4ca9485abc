//! The resumable upload of samples (360dialog reference §1.6).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::super::Dialog360;
use super::super::answer::{Refusal, answer};
use super::refused;

/// `POST /uploads?file_name=…&file_length=…&file_type=…`
pub(crate) async fn begin(
    State(dialog): State<Dialog360>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let length = query
        .get("file_length")
        .and_then(|length| length.parse().ok());
    let kind = query.get("file_type").filter(|kind| kind.contains('/'));
    let (Some(length), Some(_)) = (length, kind) else {
        let refusal = Refusal::parameter("file_length and file_type are required.");
        return refused(&dialog, &refusal);
    };
    let id = dialog.change(|state| state.begin_sample(length));
    answer(200, &json!({ "id": id }))
}

/// `POST /upload:…` with the bytes from `file_offset` on.
pub(crate) async fn continue_with(
    State(dialog): State<Dialog360>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let offset = headers
        .get("file_offset")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let taken = dialog.change(|state| state.continue_sample(&id, offset, &bytes));
    match taken {
        Ok(handle) => answer(200, &json!({ "h": handle })),
        Err(refusal) => refused(&dialog, &refusal),
    }
}

/// `GET /upload:…`: how much is there. The same path reads files by their id.
pub(crate) fn show(dialog: &Dialog360, id: &str) -> Option<Response> {
    let have = dialog.with(|state| state.sample_offset(id))?;
    Some(answer(200, &json!({ "id": id, "file_offset": have })))
}
