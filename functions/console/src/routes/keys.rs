//! `/v1/keys`: who may use the API.

use std::sync::Arc;

use axum::extract::{Path, State as From};
use axum::{Extension, Json};
use bridge::flows::api_keys::{self, ADMIN, BULK, SEND};
use bridge::flows::refused::Refused;
use bridge::store::ApiKey;
use http::StatusCode;
use serde_json::{Value, json};

use crate::State;
use crate::auth::Caller;
use crate::body::Fields;
use crate::error::Problem;

/// All keys, without their texts.
pub async fn list(From(state): From<Arc<State>>) -> Result<Json<Value>, Problem> {
    let keys = api_keys::list(&state.app).await?;
    let keys: Vec<_> = keys.iter().map(|(id, key)| shown(id, key)).collect();
    Ok(Json(json!({ "keys": keys })))
}

/// Makes a key; its text is told here and never again.
pub async fn create(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Problem> {
    fields.only(&["name", "scopes"])?;
    let name = fields.text("name")?.flatten().unwrap_or_default();
    let scopes = scopes(&fields)?;
    let made = api_keys::create(&state.app, (&name, scopes), &by, state.now()).await?;
    let mut answer = shown(&made.id, &made.key);
    answer["key"] = json!(made.text.reveal());
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Takes a key back: it opens nothing any more.
pub async fn remove(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    api_keys::remove(&state.app, &id, &by, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn scopes(fields: &Fields) -> Result<Vec<String>, Refused> {
    let wrong = || {
        let message = "`scopes` must be a list of what the key may do.";
        let help = format!(
            "Known: `{SEND}` (messages, templates to one person at a time), `{BULK}` (to many), `{ADMIN}` \
             (everything)."
        );
        Refused::invalid("invalid_field", message).with_help(help)
    };
    let given = fields.0.get("scopes").and_then(Value::as_array);
    let known = |scope: &Value| {
        let scope = scope.as_str().filter(|s| [SEND, BULK, ADMIN].contains(s))?;
        Some(scope.to_owned())
    };
    let scopes: Option<Vec<_>> = given.ok_or_else(wrong)?.iter().map(known).collect();
    scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(wrong)
}

fn shown(id: &str, key: &ApiKey) -> Value {
    json!({
        "id": id,
        "name": key.name,
        "scopes": key.scopes,
        "createdAt": key.created_at.to_string(),
    })
}
