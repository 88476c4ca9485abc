//! Rocket.Chat REST, livechat/visitor (Rocket.Chat reference §1.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::state::{Guest, State};
use super::Call;

/// Creates or updates a visitor: by token, else by phone (the OLD token stays), else by e-mail
/// (the new token replaces the old).
pub(crate) fn register(state: &mut State, call: &Call) -> Answer {
    let wanted = checked(call)?;
    let text = |key: &str| wanted[key].as_str().filter(|text| !text.is_empty());
    let token = text("token")
        .map(str::trim)
        .filter(|token| !token.is_empty());
    let token =
        token.ok_or_else(|| Refusal::coded("error-invalid-token", "Token cannot be empty"))?;
    let department = department(state, text("department"))?;
    let fields = wanted["customFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    check_required_fields(state, &fields)?;
    let now = state.now();
    let at = lookup(state, token, text("phone"), text("email"));
    let at = at.unwrap_or_else(|| create(state, token, text("id"), text("username")));
    let Some(guest) = state.guests.get_mut(at) else {
        return Err(Refusal::silent());
    };
    guest.department = department.or(guest.department.take());
    guest.status = text("status").unwrap_or("online").to_owned();
    guest.updated = now;
    overlay(guest, wanted);
    let token = guest.token.clone();
    rename_rooms(state, &token);
    for field in &fields {
        let (key, value) = (field["key"].as_str(), field["value"].as_str());
        let overwrite = field["overwrite"].as_bool().unwrap_or(true);
        if let (Some(key), Some(value)) = (key, value) {
            state.set_guest_field(&token, key, value, overwrite);
        }
    }
    shown(state, &token)
}

/// Writes the name, phone and e-mail address that `wanted` has over a visitor's own.
pub(crate) fn overlay(guest: &mut Guest, wanted: &Value) {
    for (slot, key) in [
        (&mut guest.name, "name"),
        (&mut guest.phone, "phone"),
        (&mut guest.email, "email"),
    ] {
        if let Some(value) = wanted[key].as_str().filter(|value| !value.is_empty()) {
            *slot = Some(value.to_owned());
        }
    }
}

/// The `visitor` object, as Meteor's `check` lets it through.
fn checked(call: &Call) -> Result<&Value, Refusal> {
    let Value::Object(body) = &call.body else {
        return Err(Refusal::mismatch("Expected object, got undefined"));
    };
    let visitor = body.get("visitor").filter(|visitor| visitor.is_object());
    let visitor = visitor.ok_or_else(|| Refusal::mismatch("Missing key 'visitor'"))?;
    if let Some(other) = body.keys().find(|key| *key != "visitor") {
        return Err(Refusal::mismatch(&format!("Unknown key in field {other}")));
    }
    if visitor.get("token").is_none() {
        return Err(Refusal::mismatch("Missing key 'token' in field visitor"));
    }
    for key in [
        "token",
        "name",
        "email",
        "department",
        "phone",
        "username",
        "id",
    ] {
        let value = &visitor[key];
        if !(value.is_string() || value.is_null() && key != "token") {
            return Err(Refusal::mismatch(&format!(
                "Expected string in field visitor.{key}"
            )));
        }
    }
    check_fields(&visitor["customFields"])?;
    Ok(visitor)
}

/// Each custom field needs key, value and overwrite.
fn check_fields(fields: &Value) -> Result<(), Refusal> {
    let fields = fields.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, field) in fields.iter().enumerate() {
        for (key, right) in [
            ("key", field["key"].is_string()),
            ("value", field["value"].is_string()),
            ("overwrite", field["overwrite"].is_boolean()),
        ] {
            if !right {
                let place = format!("in field visitor.customFields[{at}]");
                return Err(Refusal::mismatch(&format!("Missing key '{key}' {place}")));
            }
        }
    }
    Ok(())
}

/// The id of the department that a registration names, if any.
fn department(state: &State, name: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    let team = state.team(name).map(|team| team.id.clone());
    let text = "The provided department is invalid";
    team.map(Some)
        .ok_or_else(|| Refusal::coded("error-invalid-department", text))
}

fn check_required_fields(state: &State, given: &[Value]) -> Result<(), Refusal> {
    let missing = state.fields.iter().find(|field| {
        let there = given
            .iter()
            .any(|one| one["key"].as_str() == Some(field.id.as_str()));
        field.required && field.scope == "visitor" && !there
    });
    match missing.filter(|_| !given.is_empty()) {
        Some(field) => Err(Refusal::plain(&format!(
            "Missing required custom fields: {}",
            field.id
        ))),
        None => Ok(()),
    }
}

/// The place of the visitor that a registration means.
fn lookup(
    state: &mut State,
    token: &str,
    phone: Option<&str>,
    email: Option<&str>,
) -> Option<usize> {
    let place = |test: &dyn Fn(&Guest) -> bool| state.guests.iter().position(test);
    let found = place(&|guest| guest.token == token);
    let found =
        found.or_else(|| phone.and_then(|p| place(&|guest| guest.phone.as_deref() == Some(p))));
    if found.is_some() {
        return found;
    }
    let at = email.and_then(|e| place(&|guest| guest.email.as_deref() == Some(e)))?;
    if let Some(guest) = state.guests.get_mut(at) {
        token.clone_into(&mut guest.token);
    }
    Some(at)
}

fn create(state: &mut State, token: &str, id: Option<&str>, username: Option<&str>) -> usize {
    let id = id.map_or_else(|| state.fresh_guest_id(), str::to_owned);
    let ts = state.now();
    let username = username.map_or_else(
        || format!("guest-{}", state.guests.len() + 1),
        str::to_owned,
    );
    state.guests.push(Guest {
        id,
        token: token.to_owned(),
        name: None,
        username,
        phone: None,
        email: None,
        department: None,
        status: "online".to_owned(),
        data: BTreeMap::new(),
        blocked: false,
        ts,
        updated: ts,
    });
    state.guests.len() - 1
}

/// Open rooms show the visitor's present name.
fn rename_rooms(state: &mut State, token: &str) {
    let Some(guest) = state.guests.iter().find(|guest| guest.token == token) else {
        return;
    };
    let label = guest.name.as_ref().unwrap_or(&guest.username);
    for chat in state.chats.values_mut() {
        let theirs = chat.visitor.as_ref().is_some_and(|(id, _)| *id == guest.id);
        if theirs && chat.open && chat.label != *label {
            label.clone_into(&mut chat.label);
        }
    }
}

fn shown(state: &State, token: &str) -> Answer {
    let guest = state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    Ok(Reply::Json(json!({ "visitor": document::guest(guest) })))
}

/// A visitor by token.
pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    shown(state, call.param("token"))
}

/// Deletes a visitor with their rooms, unless one is open.
pub(crate) fn remove(state: &mut State, call: &Call) -> Answer {
    let token = call.param("token");
    let guest = state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    let id = guest.id.clone();
    let theirs = |state: &State, rid: &String| {
        let visitor = state.chats.get(rid).and_then(|chat| chat.visitor.as_ref());
        visitor.is_some_and(|(owner, _)| *owner == id)
    };
    let rids: Vec<String> = state
        .order
        .iter()
        .filter(|rid| theirs(state, rid))
        .cloned()
        .collect();
    if rids
        .iter()
        .any(|rid| state.chats.get(rid).is_some_and(|chat| chat.open))
    {
        let text = "Cannot remove visitors with opened rooms";
        return Err(Refusal::coded("visitor-has-open-rooms", text));
    }
    for rid in &rids {
        state.chats.remove(rid);
        state.notes.retain(|_, note| note.rid != *rid);
        state.files.retain(|_, file| file.rid != *rid);
    }
    state.order.retain(|rid| !rids.contains(rid));
    state.guests.retain(|guest| guest.id != id);
    let ts = document::iso(state.now());
    Ok(Reply::Json(json!({ "visitor": { "_id": id, "ts": ts } })))
}

/// A visitor's rooms.
pub(crate) fn rooms(state: &mut State, call: &Call) -> Answer {
    let token = call.param("token");
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    let own = state
        .order
        .iter()
        .filter_map(|rid| state.own_chat(rid, token));
    let rooms: Vec<Value> = own.map(|chat| document::chat(state, chat)).collect();
    Ok(Reply::Json(json!({ "rooms": rooms })))
}

/// Sets a visitor's online state.
pub(crate) fn status(state: &mut State, call: &Call) -> Answer {
    let (token, status) = (call.required("token")?, call.required("status")?);
    let guest = state.guests.iter_mut().find(|guest| guest.token == token);
    guest.ok_or_else(|| Refusal::plain("invalid-token"))?.status = status.to_owned();
    Ok(Reply::Json(json!({ "token": token, "status": status })))
}
