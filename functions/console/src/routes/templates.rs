//! `/v1/templates`: the message templates of the connected numbers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as From};
use axum::{Extension, Json};
use bridge::domain::ids::ConnectionId;
use bridge::domain::template::Template;
use bridge::domain::time::Timestamp;
use bridge::flows::connections;
use bridge::flows::refused::Refused;
use bridge::flows::templates::{self, Busy, Filter, status_of};
use bridge::store::Sync;
use bridge::whatsapp::parse::template::parse_send;
use bridge::whatsapp::render::render_template;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::State;
use crate::auth::Caller;
use crate::body::Fields;
use crate::error::Problem;

/// Most templates of one page: an answer must stay below 6 MB.
const MOST: usize = 200;
/// After this time no further refresh begins: the gateway waits 30 s.
const ENOUGH: Duration = Duration::from_secs(15);
/// The usual page.
const USUAL: usize = 50;

/// What `GET /v1/templates` can be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    connection: Option<String>,
    search: Option<String>,
    status: Option<String>,
    language: Option<String>,
    category: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// The templates as they were last read, by connection, name and language.
pub async fn list(
    From(state): From<Arc<State>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = asked.map_err(|_| {
        let message = "The part behind `?` cannot be read. Known are `connection`, `search`, \
                       `status`, `language`, `category`, `after` and `limit`, each once.";
        Refused::invalid("invalid_field", message)
    })?;
    let most = asked
        .limit
        .as_deref()
        .map_or(Some(USUAL), |limit| limit.parse().ok());
    let most = most
        .filter(|most| (1..=MOST).contains(most))
        .ok_or_else(|| {
            let message = format!("`limit` must be a whole number from 1 to {MOST}.");
            Refused::invalid("invalid_field", message)
        })?;
    let filter = Filter {
        connection: asked.connection.map(ConnectionId::new),
        search: asked.search,
        status: asked.status,
        language: asked.language,
        category: asked.category,
        after: asked.after,
    };
    let page = templates::list(&state.app, &filter, most, state.now()).await?;
    let shown: Vec<_> = page
        .templates
        .iter()
        .map(|(id, one)| shown(id, one))
        .collect();
    let syncs: Vec<_> = page
        .syncs
        .iter()
        .map(|(id, sync)| synced(id, sync))
        .collect();
    Ok(Json(json!({
        "templates": shown, "total": page.total, "next": page.next, "syncs": syncs,
    })))
}

/// Reads the templates anew: those of `connection`, else of all numbers. What fails is told, and
/// what there is no time for is left to the next tick; the others are read all the same.
pub async fn refresh(
    From(state): From<Arc<State>>,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    fields.only(&["connection"])?;
    let (app, now) = (&state.app, state.now());
    let asked = match fields.text("connection")?.flatten() {
        Some(id) => vec![connections::find(app, &ConnectionId::new(id), now).await?],
        None => app.store.list_connections().await.map_err(Refused::from)?,
    };
    let (mut syncs, began) = (Vec::new(), Instant::now());
    for connection in asked {
        let outcome = if began.elapsed() < ENOUGH {
            let limit = templates::WHILE_WAITING;
            templates::refresh(app, &connection.id, limit, now).await
        } else {
            let marked = app.store.mark_sync_due(&connection.id).await;
            marked.map_err(Refused::from)?;
            Err(Busy::Failed("at_the_next_tick".to_owned()))
        };
        let known = app.store.find_sync(&connection.id, now).await;
        let mut shown = synced(&connection.id, &known.map_err(Refused::from)?);
        if let Err(error) = outcome {
            shown["failure"] = json!(error.to_string());
        }
        syncs.push(shown);
    }
    Ok(Json(json!({ "syncs": syncs })))
}

/// Submits a template to WhatsApp's review; with `dryRun` it is only checked.
pub async fn submit(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Problem> {
    fields.only(&["connection", "template", "dryRun"])?;
    let dry_run = fields.flag("dryRun")?.unwrap_or(false);
    let (connection, template) = asked(&state, &fields).await?;
    let (app, now) = (&state.app, state.now());
    let done = templates::submit(app, &connection, template, (dry_run, &by), now).await?;
    let mut answer = json!({ "text": done.text, "dryRun": dry_run });
    let status = if dry_run {
        StatusCode::OK
    } else {
        answer["template"] = shown(&connection, &done.template);
        StatusCode::CREATED
    };
    Ok((status, Json(answer)))
}

/// A form to upload a template's sample with: straight into the bucket, past the gateway's limit.
pub async fn upload(
    From(state): From<Arc<State>>,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Problem> {
    fields.only(&["mimeType"])?;
    let mime_type = fields.text("mimeType")?.flatten().unwrap_or_default();
    let made = templates::form(&state.app, &mime_type, state.now())?;
    let form = made.form.fields.into_iter();
    let form: serde_json::Map<_, _> = form
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let answer = json!({
        "headerHandle": made.name,
        "url": made.form.url,
        "fields": form,
        "expiresAt": made.form.until.to_string(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Deletes a template in all its languages.
pub async fn remove(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    Path(name): Path<String>,
    query: Result<Query<Of>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (app, now) = (&state.app, state.now());
    let Ok(Query(Of { connection })) = query else {
        return Err(whose().into());
    };
    let connection = connections::find(app, &ConnectionId::new(connection), now).await?;
    let languages = templates::delete(app, &connection.id, (&name, &by), now).await?;
    Ok(Json(json!({ "name": name, "languages": languages })))
}

/// Whose template `DELETE` is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    connection: String,
}

fn whose() -> Refused {
    let message = "Say whose template it is: `connection`, an id of GET /v1/connections.";
    Refused::invalid("missing_field", message)
}

/// The connection and the template that a body names.
async fn asked<'a>(
    state: &State,
    fields: &'a Fields,
) -> Result<(ConnectionId, &'a Value), Refused> {
    let id = fields.text("connection")?.flatten().ok_or_else(whose)?;
    let template = fields.0.get("template").filter(|value| value.is_object());
    let template = template.ok_or_else(|| {
        let message = "`template` must be an object with `name`, `language` and `components`, as \
                       WhatsApp takes it.";
        Refused::invalid("missing_field", message)
    })?;
    let found = connections::find(&state.app, &ConnectionId::new(id), state.now()).await?;
    Ok((found.id, template))
}

/// Fills a template without sending it: what the customer would read, and what would go out; or
/// everything that is wrong with it.
pub async fn preview(
    From(state): From<Arc<State>>,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    fields.only(&["connection", "template"])?;
    let (connection, template) = asked(&state, &fields).await?;
    let send = parse_send(template);
    let ready = templates::preflight(&state.app, &connection, &send, state.now()).await?;
    let known = &ready.template;
    Ok(Json(json!({
        "text": ready.text,
        "category": known.category,
        "template": render_template(&known.name, &known.language, &ready.filled),
    })))
}

fn shown(connection: &ConnectionId, one: &Template) -> Value {
    let components: Value = serde_json::from_str(&one.components).unwrap_or_default();
    json!({
        "connection": connection,
        "name": one.name,
        "language": one.language,
        "category": one.category,
        "status": status_of(one),
        "reason": one.reason,
        "quality": one.quality,
        "parameterFormat": if one.named { "NAMED" } else { "POSITIONAL" },
        "components": components,
        "changedAt": one.changed_at.to_string(),
    })
}

fn synced(connection: &ConnectionId, sync: &Sync) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "connection": connection,
        "syncedAt": moment(sync.synced_at),
        "found": sync.found,
        "failedAt": moment(sync.failed_at),
        "failure": sync.failure,
    })
}
