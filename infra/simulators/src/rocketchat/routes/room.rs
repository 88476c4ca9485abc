//! Rocket.Chat REST, livechat/room and what happens to rooms (Rocket.Chat reference §1.2,
//! §1.12).

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::conversation::Destination;
use super::super::document;
use super::super::options::Version;
use super::super::state::State;
use super::visitor::overlay;
use super::{Call, may};

/// The visitor's open room, whatever its department, or a new one.
pub(crate) fn open(state: &mut State, call: &Call) -> Answer {
    let other = call
        .query
        .iter()
        .find(|(key, _)| !matches!(key.as_str(), "token" | "rid" | "agentId"));
    if let Some((other, _)) = other {
        return Err(Refusal::mismatch(&format!("Unknown key in field {other}")));
    }
    let token = call
        .query("token")
        .ok_or_else(|| Refusal::mismatch("Missing key 'token'"))?;
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    if let Some(rid) = call.query("rid") {
        let chat = state.own_chat(rid, token).filter(|chat| chat.open);
        let chat = chat.ok_or_else(|| Refusal::plain("invalid-room"))?;
        return Ok(Reply::Json(
            json!({ "room": document::chat(state, chat), "newRoom": false }),
        ));
    }
    let known = state.open_chat(token);
    let new = known.is_none();
    let rid = match known {
        Some(rid) => rid,
        None => state.open_conversation(token, call.query("agentId"))?,
    };
    let chat = state
        .chats
        .get(&rid)
        .map(|chat| document::chat(state, chat));
    Ok(Reply::Json(json!({ "room": chat, "newRoom": new })))
}

/// The visitor closes the room.
pub(crate) fn close(state: &mut State, call: &Call) -> Answer {
    let (rid, token) = (call.required("rid")?, call.required("token")?);
    if !state.flag("Omnichannel_allow_visitors_to_close_conversation") {
        return Err(Refusal::plain("error-not-allowed-to-close-conversation"));
    }
    let (author, _) = state.guest_author(token)?;
    let chat = state
        .own_chat(rid, token)
        .ok_or_else(|| Refusal::plain("invalid-room"))?;
    if !chat.open {
        return Err(Refusal::plain("room-closed"));
    }
    let comment = "Closed by visitor";
    state.close(rid, author, "visitor", comment)?;
    Ok(Reply::Json(json!({ "rid": rid, "comment": comment })))
}

/// An agent or manager closes the room.
pub(crate) fn close_by_user(state: &mut State, call: &Call) -> Answer {
    let rid = call.required("rid")?;
    let chat = state.chats.get(rid).filter(|chat| chat.visitor.is_some());
    let chat = chat.ok_or_else(|| Refusal::coded("error-invalid-room", "Invalid room"))?;
    if !chat.open {
        return Err(Refusal::coded(
            "error-room-already-closed",
            "Room already closed",
        ));
    }
    let serves = chat
        .served
        .as_ref()
        .is_some_and(|serving| serving.user == call.caller());
    if !serves && !may(state, call.user.as_deref(), "close-others-livechat-room") {
        return Err(Refusal::coded("error-not-authorized", "Not authorized"));
    }
    let comment = call.text("comment").unwrap_or_default();
    if comment.is_empty() && state.flag("Livechat_request_comment_when_closing_conversation") {
        return Err(Refusal::coded(
            "error-comment-is-required",
            "Comment is required",
        ));
    }
    let tags: Vec<String> = strings(&call.body["tags"]);
    if let Some(chat) = state.chats.get_mut(rid) {
        chat.tags.extend(tags);
    }
    let author = state.author(call.caller())?;
    state.close(rid, author, "user", comment)?;
    Ok(Reply::Json(json!({})))
}

/// Topic, tags and custom fields of a room; `guestData` is required.
pub(crate) fn save_info(state: &mut State, call: &Call) -> Answer {
    for key in ["roomData", "guestData"] {
        let id = call.body.get(key).map(|data| data["_id"].is_string());
        if id != Some(true) {
            let text = format!("must have required property '{key}'");
            return Err(Refusal::invalid_params(&text));
        }
    }
    let (room, guest) = (&call.body["roomData"], &call.body["guestData"]);
    let rid = room["_id"].as_str().unwrap_or_default();
    let chat = state.chats.get(rid).filter(|chat| chat.visitor.is_some());
    let chat = chat.ok_or_else(|| Refusal::plain("error-invalid-room"))?;
    let serves = chat
        .served
        .as_ref()
        .is_some_and(|serving| serving.user == call.caller());
    if !serves
        && !may(
            state,
            call.user.as_deref(),
            "save-others-livechat-room-info",
        )
    {
        return Err(Refusal::not_allowed(state.version));
    }
    let closed = !chat.open;
    change_room(state, rid, room);
    let id = guest["_id"].as_str().unwrap_or_default();
    if let Some(known) = state.guests.iter_mut().find(|known| known.id == id) {
        overlay(known, guest);
    }
    if closed {
        state.emit_session(rid, "LivechatEdit", Value::Null);
    }
    Ok(Reply::Json(json!({})))
}

fn change_room(state: &mut State, rid: &str, room: &Value) {
    let now = state.now();
    let Some(chat) = state.chats.get_mut(rid) else {
        return;
    };
    if let Some(topic) = room["topic"].as_str() {
        chat.topic = Some(topic.to_owned());
    }
    if room["tags"].is_array() {
        chat.tags = strings(&room["tags"]);
    }
    let data = room["livechatData"].as_object().into_iter().flatten();
    chat.data
        .extend(data.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))));
    chat.updated = now;
}

/// Hands a room to an agent or a department.
pub(crate) fn forward(state: &mut State, call: &Call) -> Answer {
    let rid = call.required("roomId")?;
    let to = match (call.text("userId"), call.text("departmentId")) {
        (Some(user), _) => Destination::Agent(user.to_owned()),
        (None, Some(department)) => Destination::Department(department.to_owned()),
        (None, None) => return Err(Refusal::invalid_params("must match a schema in anyOf")),
    };
    if let Destination::Agent(id) = &to {
        let user = state
            .user(id)
            .filter(|user| user.has_role("livechat-agent"));
        let user = user.ok_or_else(|| Refusal::plain("error-invalid-user"))?;
        if !user.online {
            return Err(Refusal::coded(
                "error-user-not-available",
                "User is not available",
            ));
        }
    }
    state.forward(rid, call.caller(), &to)?;
    Ok(Reply::Json(json!({})))
}

/// The visitor's room moves to another department.
pub(crate) fn transfer(state: &mut State, call: &Call) -> Answer {
    let (rid, token) = (call.required("rid")?, call.required("token")?);
    let department = call.required("department")?;
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    let chat = state.own_chat(rid, token).filter(|chat| chat.open);
    chat.ok_or_else(|| Refusal::plain("invalid-room"))?;
    let bot = state.bot.clone();
    state.forward(rid, &bot, &Destination::Department(department.to_owned()))?;
    Ok(match state.version {
        Version::V8 => Reply::Json(json!({})),
        _ => {
            let chat = state.chats.get(rid).map(|chat| document::chat(state, chat));
            Reply::Json(json!({ "room": chat }))
        }
    })
}

/// The strings of an array.
fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
