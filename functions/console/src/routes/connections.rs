//! `/v1/connections`

use std::sync::Arc;

use axum::Json;
use axum::extract::State as From;
use bridge::domain::connection::Connection;
use bridge::flows::connections::{self, Change, Form, SUCCESS, TakeOver};
use bridge::flows::refused::Refused;
use bridge::flows::workspace::Wish;
use http::StatusCode;
use serde_json::{Value, json};

use crate::State;
use crate::body::Fields;
use crate::error::Problem;
use crate::public_url::PublicUrl;
use crate::routes::Id;

/// The fields of `POST`.
pub const FORM: [&str; 11] = [
    "name",
    "apiKey",
    "phoneNumber",
    "department",
    "welcomeMessage",
    "conversationFinishedMessage",
    "offlineMessage",
    "reopenTemplate",
    "takeOver",
    "takeOverRocketChat",
    "keepRocketChatWebhook",
];

/// The fields of `PATCH` beside those of `POST`.
pub const CHANGE: [&str; 2] = ["enabled", "deliverKept"];

/// Connects a number.
pub async fn create(
    From(state): From<Arc<State>>,
    PublicUrl(url): PublicUrl,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let form = form(&fields)?;
    let done = connections::connect(&state.app, &url, form, state.now()).await?;
    let mut shown = shown(&done.connection);
    shown["message"] = json!(SUCCESS);
    let status = if done.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(shown)))
}

/// All connections.
pub async fn list(From(state): From<Arc<State>>) -> Result<Json<Value>, Problem> {
    let all = connections::list(&state.app, state.now()).await?;
    let all: Vec<_> = all.iter().map(shown).collect();
    Ok(Json(json!({ "connections": all })))
}

/// One connection.
pub async fn show(From(state): From<Arc<State>>, Id(id): Id) -> Result<Json<Value>, Problem> {
    let found = connections::show(&state.app, &id, state.now()).await?;
    Ok(Json(shown(&found)))
}

/// Changes a connection.
pub async fn change(
    From(state): From<Arc<State>>,
    Id(id): Id,
    PublicUrl(url): PublicUrl,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    let change = change_of(&fields)?;
    let done = connections::update(&state.app, &url, &id, change, state.now()).await?;
    let mut shown = shown(&done.connection);
    if let Some(redriven) = done.redriven {
        shown["kept"] = json!({ "delivered": redriven.sent, "more": redriven.more });
    }
    Ok(Json(shown))
}

/// Disconnects a number.
pub async fn remove(From(state): From<Arc<State>>, Id(id): Id) -> Result<Json<Value>, Problem> {
    let done = connections::disconnect(&state.app, &id, state.now()).await?;
    Ok(Json(json!({
        "id": id, "message": done.message, "notUndone": done.not_undone
    })))
}

fn form(fields: &Fields) -> Result<Form, Refused> {
    fields.only(&FORM)?;
    let text = |key| fields.text(key).map(Option::flatten);
    Ok(Form {
        name: text("name")?,
        api_key: text("apiKey")?,
        phone_number: text("phoneNumber")?,
        department: text("department")?,
        welcome_message: text("welcomeMessage")?,
        conversation_finished_message: text("conversationFinishedMessage")?,
        offline_message: text("offlineMessage")?,
        reopen_template: fields.object("reopenTemplate")?.flatten(),
        take_over: take_over(fields)?,
    })
}

fn change_of(fields: &Fields) -> Result<Change, Refused> {
    let known: Vec<_> = FORM.into_iter().chain(CHANGE).collect();
    fields.only(&known)?;
    Ok(Change {
        name: fields.text("name")?,
        api_key: fields.text("apiKey")?,
        phone_number: fields.text("phoneNumber")?,
        department: fields.text("department")?,
        welcome_message: fields.text("welcomeMessage")?,
        conversation_finished_message: fields.text("conversationFinishedMessage")?,
        offline_message: fields.text("offlineMessage")?,
        reopen_template: fields.object("reopenTemplate")?,
        enabled: fields.flag("enabled")?,
        deliver_kept: fields.flag("deliverKept")?.unwrap_or(false),
        take_over: take_over(fields)?,
    })
}

fn take_over(fields: &Fields) -> Result<TakeOver, Refused> {
    Ok(TakeOver {
        number: fields.flag("takeOver")?.unwrap_or(false),
        workspace: Wish {
            take_over: fields.flag("takeOverRocketChat")?.unwrap_or(false),
            pass_on: fields.flag("keepRocketChatWebhook")?,
        },
    })
}

/// A connection as the API shows it: the key is masked, the hash is not shown.
fn shown(connection: &Connection) -> Value {
    let reopen = connection.reopen_template.as_deref();
    let reopen: Option<Value> = reopen.and_then(|json| serde_json::from_str(json).ok());
    json!({
        "id": connection.id,
        "name": connection.name,
        "phoneNumber": connection.phone_number,
        "apiKey": connection.masked_key(),
        "department": connection.department,
        "welcomeMessage": connection.welcome_message,
        "conversationFinishedMessage": connection.conversation_finished_message,
        "offlineMessage": connection.offline_message,
        "reopenTemplate": reopen,
        "enabled": connection.enabled,
        "webhookUrl": connection.webhook_url,
        "formerWebhookUrl": connection.former_webhook_url,
        "health": connection.health,
        "warnings": connection.warnings,
        "createdAt": connection.created_at.to_string(),
    })
}
