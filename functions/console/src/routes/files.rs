//! `GET /files/{id}/{name}`: links to agents' files that WhatsApp took in no other form. Whoever knows
//! the link has the file, for a day; it leads to an address at S3 that is good for minutes, so that
//! nothing of the file passes the gateway.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use bridge::files::FileError;
use http::{HeaderValue, StatusCode, header};

use crate::State;
use crate::error::Problem;

/// Leads to the file.
pub async fn show(
    Shared(state): Shared<Arc<State>>,
    Path((id, _)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let link = match state.app.media.files() {
        Some(files) => files.link(&id, state.now()).await,
        None => Err(FileError::Missing),
    };
    let link = link.map_err(|error| problem(&error))?;
    let to = HeaderValue::from_str(&link).map_err(|_| problem(&FileError::Unavailable))?;
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

fn problem(error: &FileError) -> Problem {
    match error {
        FileError::Missing => {
            let message = "This file is not here any more: such links are good for a day. Please ask for it again.";
            Problem::new(StatusCode::GONE, "file_gone", message)
        }
        FileError::Unavailable => {
            let message = "This file cannot be had at the moment. Please try again.";
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "files_unavailable",
                message,
            )
        }
    }
}
