//! `/v1/templates`: the message templates of the connected numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as From};
use bridge::domain::ids::ConnectionId;
use bridge::domain::template::Template;
use bridge::domain::time::Timestamp;
use bridge::flows::connections;
use bridge::flows::refused::Refused;
use bridge::flows::templates::{self, Filter, status_of};
use bridge::store::Sync;
use bridge::whatsapp::parse::template::parse_send;
use bridge::whatsapp::render::render_template;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::State;
use crate::body::Fields;
use crate::error::Problem;

/// Most templates of one page: an answer must stay below 6 MB.
const MOST: usize = 200;
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

/// Reads the templates anew: those of `connection`, else of all numbers. What fails is told; the
/// others are read all the same.
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
    let mut syncs = Vec::new();
    for connection in asked {
        let outcome = templates::refresh(app, &connection.id, now).await;
        let known = app.store.find_sync(&connection.id, now).await;
        let mut shown = synced(&connection.id, &known.map_err(Refused::from)?);
        if let Err(error) = outcome {
            shown["failure"] = json!(error.to_string());
        }
        syncs.push(shown);
    }
    Ok(Json(json!({ "syncs": syncs })))
}

/// Fills a template without sending it: what the customer would read, and what would go out; or
/// everything that is wrong with it.
pub async fn preview(
    From(state): From<Arc<State>>,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    fields.only(&["connection", "template"])?;
    let (app, now) = (&state.app, state.now());
    let Some(id) = fields.text("connection")?.flatten() else {
        let message = "Say whose template it is: `connection`, an id of GET /v1/connections.";
        return Err(Refused::invalid("missing_field", message).into());
    };
    let Some(template) = fields.0.get("template").filter(|value| value.is_object()) else {
        let message = "`template` must be an object with `name`, `language` and `components`, as \
                       WhatsApp takes it.";
        return Err(Refused::invalid("missing_field", message).into());
    };
    let connection = connections::find(app, &ConnectionId::new(id), now).await?;
    let send = parse_send(template);
    let ready = templates::preflight(app, &connection.id, &send, now).await?;
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
