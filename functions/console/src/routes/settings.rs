//! `/v1/settings`

use std::sync::Arc;

use axum::extract::State as From;
use axum::{Extension, Json};
use bridge::domain::settings::Settings;
use bridge::flows::settings::{Mode, change, read};

use crate::State;
use crate::auth::Caller;
use crate::body::Fields;
use crate::error::Problem;

/// The settings.
pub async fn show(From(state): From<Arc<State>>) -> Result<Json<Settings>, Problem> {
    Ok(Json(read(&state.app, state.now()).await?))
}

/// Sets the given keys, all others to their defaults.
pub async fn replace(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    Fields(given): Fields,
) -> Result<Json<Settings>, Problem> {
    let settings = change(&state.app, &given, Mode::Replace, &by, state.now());
    Ok(Json(settings.await?))
}

/// Sets the given keys only.
pub async fn merge(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    Fields(given): Fields,
) -> Result<Json<Settings>, Problem> {
    let settings = change(&state.app, &given, Mode::Merge, &by, state.now());
    Ok(Json(settings.await?))
}
