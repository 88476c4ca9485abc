//! `/v1/health`

use std::sync::Arc;

use axum::Json;
use axum::extract::State as From;
use bridge::flows::health::{Report, report};

use crate::State;
use crate::public_url::PublicUrl;

/// The report; always 200, its `status` tells.
pub async fn show(From(state): From<Arc<State>>, PublicUrl(url): PublicUrl) -> Json<Report> {
    Json(report(&state.app, &url, state.now()).await)
}
