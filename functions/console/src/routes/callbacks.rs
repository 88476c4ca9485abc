//! `/v1/callbacks`: the message status endpoint. Its address and filter are settings.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as From};
use axum::{Extension, Json};
use bridge::callback::Header;
use bridge::domain::callback::{Delivery, Try};
use bridge::domain::ids::PostId;
use bridge::domain::time::{Timestamp, hours};
use bridge::flows::callbacks::manage::{self, Asked, LONGEST_OVERLAP};
use bridge::flows::refused::Refused;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::State;
use crate::auth::Caller;
use crate::body::Fields;
use crate::error::Problem;

/// The endpoint as it stands; no secret.
pub async fn show(From(state): From<Arc<State>>) -> Result<Json<Value>, Problem> {
    let now = state.now();
    let overview = manage::overview(&state.app, now).await?;
    let settings = bridge::flows::settings::read(&state.app, now).await?;
    let off = overview.endpoint.off_since;
    let status = match off {
        _ if overview.endpoint.url.is_empty() => "none",
        Some(_) => "off",
        None => "on",
    };
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    Ok(Json(json!({
        "url": overview.endpoint.url,
        "status": status,
        "offSince": moment(off),
        "filter": settings.filter_message_status,
        "secretSince": moment(overview.secret_since),
        "previousSecretUntil": moment(overview.previous_until),
        "header": overview.header,
    })))
}

/// Makes a new secret; it is told here and never again.
pub async fn rotate(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Problem> {
    fields.only(&["overlapHours"])?;
    let overlap = match fields.0.get("overlapHours") {
        None | Some(Value::Null) => 24,
        Some(given) => given
            .as_u64()
            .filter(|n| *n <= LONGEST_OVERLAP)
            .ok_or_else(|| {
                let message =
                    format!("`overlapHours` must be a whole number from 0 to {LONGEST_OVERLAP}.");
                Refused::invalid("invalid_field", message)
            })?,
    };
    let made = manage::rotate(&state.app, hours(overlap), &by, state.now()).await?;
    let until = made.previous.first().map(|one| one.until.to_string());
    let answer = json!({ "secret": made.active, "previousSecretUntil": until });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Sets the fixed header of every call.
pub async fn set_header(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    fields: Fields,
) -> Result<StatusCode, Problem> {
    fields.only(&["name", "value"])?;
    let header = Header {
        name: fields.text("name")?.flatten().unwrap_or_default(),
        value: fields.text("value")?.flatten().unwrap_or_default(),
    };
    manage::set_header(&state.app, Some(&header), &by, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the fixed header away.
pub async fn remove_header(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
) -> Result<StatusCode, Problem> {
    manage::set_header(&state.app, None, &by, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches the endpoint on again after a 410.
pub async fn enable(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
) -> Result<StatusCode, Problem> {
    manage::enable(&state.app, &by, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has the endpoint called once, soon.
pub async fn test(From(state): From<Arc<State>>) -> Result<(StatusCode, Json<Value>), Problem> {
    let message = manage::test(&state.app, state.now()).await?;
    let found_at = message.as_str().replace('#', "%23");
    let answer = json!({
        "message": message,
        "deliveries": format!("/v1/callbacks/deliveries?message={found_at}"),
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// What `/v1/callbacks/deliveries` can be asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    message: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// How callbacks were delivered.
pub async fn deliveries(
    From(state): From<Arc<State>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(filter) = filter.map_err(|_| {
        let message = "The part behind `?` cannot be read. Known are `message`, `from` and `to`, \
                       each once.";
        Refused::invalid("invalid_field", message)
    })?;
    let asked = Asked {
        message: filter.message.map(PostId::new),
        from: moment("from", filter.from.as_deref())?,
        to: moment("to", filter.to.as_deref())?,
    };
    let found = manage::deliveries(&state.app, &asked, state.now()).await?;
    let found: Vec<_> = found.iter().map(shown).collect();
    Ok(Json(json!({ "deliveries": found })))
}

/// Callbacks that were given up; each is a parked record.
pub async fn undelivered(From(state): From<Arc<State>>) -> Result<Json<Value>, Problem> {
    let found = manage::undelivered(&state.app, state.now()).await?;
    let line = |one: &manage::Undelivered| {
        json!({
            "id": one.id,
            "at": one.at.to_string(),
            "message": one.callback.message,
            "msId": one.callback.wamid,
            "status": one.callback.status,
        })
    };
    let found: Vec<_> = found.iter().map(line).collect();
    Ok(Json(json!({ "undelivered": found })))
}

/// Delivers what was given up again.
pub async fn redrive(From(state): From<Arc<State>>) -> Result<Json<Value>, Problem> {
    let redriven = manage::redrive(&state.app, state.now()).await?;
    Ok(Json(
        json!({ "redriven": redriven.sent, "more": redriven.more }),
    ))
}

/// Makes the callbacks of a span of time anew.
pub async fn replay(
    From(state): From<Arc<State>>,
    Extension(Caller(by)): Extension<Caller>,
    fields: Fields,
) -> Result<StatusCode, Problem> {
    fields.only(&["from", "to", "onlyFailed"])?;
    let needed = |key: &'static str| -> Result<Timestamp, Refused> {
        let given = fields.text(key)?.flatten();
        moment(key, given.as_deref())?.ok_or_else(|| no_moment(key))
    };
    let span = (needed("from")?, needed("to")?);
    let only_failed = fields.flag("onlyFailed")?.unwrap_or(false);
    let by = (by.as_str(), state.now());
    manage::replay(&state.app, span, only_failed, by).await?;
    Ok(StatusCode::ACCEPTED)
}

fn moment(key: &'static str, given: Option<&str>) -> Result<Option<Timestamp>, Refused> {
    let Some(given) = given else { return Ok(None) };
    let read = Timestamp::parse(given).ok_or_else(|| no_moment(key))?;
    Ok(Some(read))
}

fn no_moment(key: &str) -> Refused {
    let message = format!("`{key}` must be a moment like 2026-06-05T11:22:30Z.");
    Refused::invalid("invalid_field", message)
}

fn shown(delivery: &Delivery) -> Value {
    let one = |one: &Try| json!({ "at": one.at.to_string(), "code": one.code, "millis": one.millis, "rule": one.rule });
    json!({
        "id": delivery.id,
        "message": delivery.message,
        "part": delivery.part,
        "status": delivery.status,
        "msId": delivery.wamid,
        "at": delivery.at.to_string(),
        "delivered": delivery.delivered,
        "tries": delivery.tries.iter().map(one).collect::<Vec<_>>(),
    })
}
