//! `/v1/messages`: a program sends one message to one person, and asks what became of it (R46).

use std::sync::Arc;

use axum::extract::{Path, State as From};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bridge::domain::ids::{ConnectionId, PostId, RoomId, Wamid};
use bridge::domain::program::{Fault, ProgramRecord};
use bridge::flows::messages::{self, Address, Line, Order, Taken};
use bridge::flows::refused::Refused;
use bridge::flows::requests::{fingerprint, key_of};
use bridge::whatsapp::parse::program::{KINDS, parse_context, parse_program};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::State;
use crate::auth::Key;
use crate::body::Fields;
use crate::error::Problem;

/// The members that say whom a message is for.
const ADDRESSES: [&str; 3] = ["to", "roomId", "chatId"];

/// Takes a message; it is on its way when this answers.
pub async fn create(
    From(state): From<Arc<State>>,
    Extension(Key(caller)): Extension<Key>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let given = headers.get("idempotency-key");
    let key = key_of(given.map(|value| value.to_str().unwrap_or_default()))?;
    let order = order(fields, key)?;
    let taken = messages::send(&state.app, &caller, &order, state.now()).await?;
    let Taken { record, replayed } = taken;
    tracing::info!(message.id = %record.id, message.kind = record.message.kind, replayed, "message taken");
    let mut shown = shown(&record);
    shown["state"] = json!("queued");
    let mut answer = (StatusCode::ACCEPTED, Json(shown)).into_response();
    if replayed {
        let replayed = HeaderValue::from_static("true");
        answer
            .headers_mut()
            .insert("idempotency-replayed", replayed);
    }
    Ok(answer)
}

/// A message with what became of it.
pub async fn show(
    From(state): From<Arc<State>>,
    Extension(Key(caller)): Extension<Key>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let report = messages::report(&state.app, &caller, &PostId::new(id), state.now()).await?;
    let mut answer = shown(&report.record);
    answer["text"] = json!(report.record.message.text);
    answer["sentBy"] = json!(report.record.by);
    answer["state"] = json!(report.parts.first().map(|part| &part.state));
    answer["parts"] = report.parts.iter().map(part).collect();
    Ok(Json(answer))
}

fn shown(record: &ProgramRecord) -> Value {
    json!({
        "id": record.id,
        "connection": record.connection,
        "contact": record.contact,
        "type": record.message.kind,
        "createdAt": record.created_at.to_string(),
    })
}

fn part(line: &Line) -> Value {
    json!({
        "state": line.state,
        "wamid": line.wamid.as_ref().map(Wamid::as_str),
        "code": line.code,
        "advice": line.advice,
        "at": line.at.to_string(),
    })
}

/// Reads a body, member by member.
fn order(fields: Fields, key: Option<String>) -> Result<Order, Refused> {
    let kind = named(&fields, "type")?;
    if !KINDS.contains(&kind.as_str()) {
        let message = format!("There is no `type` `{kind}`.");
        let help = format!(
            "Known: {}. Templates: POST /templateMessage.",
            KINDS.join(", ")
        );
        return Err(Refused::invalid("unknown_type", message).with_help(help));
    }
    let [to, room, chat] = ADDRESSES;
    fields.only(&["connection", to, room, chat, "type", &kind, "context"])?;
    let connection = ConnectionId::new(named(&fields, "connection")?);
    let member = fields.0.get(&kind).unwrap_or(&Value::Null);
    let context = fields.0.get("context").filter(|given| !given.is_null());
    if kind == "reaction" && context.is_some() {
        let message = "A `reaction` quotes nothing: leave `context` out.";
        return Err(Refused::invalid("invalid_field", message));
    }
    Ok(Order {
        connection,
        address: address(&fields)?,
        message: parse_program(&kind, member).map_err(refused)?,
        quotes: context.map(parse_context).transpose().map_err(refused)?,
        key,
        fingerprint: fingerprint(&Value::Object(fields.0)),
    })
}

fn address(fields: &Fields) -> Result<Address, Refused> {
    let mut given = Vec::new();
    for name in ADDRESSES {
        given.extend(fields.text(name)?.flatten().map(|text| (name, text)));
    }
    let one = match given.as_slice() {
        [(name, text)] => (*name, text.trim()),
        _ => ("", ""),
    };
    match one {
        (_, "") => {
            let message =
                "Say whom the message is for: exactly one of `to`, `roomId` and `chatId`.";
            let code = if given.len() > 1 {
                "invalid_field"
            } else {
                "missing_field"
            };
            Err(Refused::invalid(code, message))
        }
        ("to", text) => Ok(Address::Person(text.to_owned())),
        ("roomId", text) => Ok(Address::Room(RoomId::new(text))),
        (_, text) => Ok(Address::Chat(text.to_owned())),
    }
}

fn named(fields: &Fields, name: &str) -> Result<String, Refused> {
    let text = fields.text(name)?.flatten();
    text.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        let what = match name {
            "connection" => "an id of GET /v1/connections".to_owned(),
            _ => format!("one of {}", KINDS.join(", ")),
        };
        refused(Fault::missing(name, &what))
    })
}

fn refused(fault: Fault) -> Refused {
    Refused::invalid(fault.code, fault.message)
}
