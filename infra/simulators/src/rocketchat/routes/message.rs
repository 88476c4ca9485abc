//! Rocket.Chat REST, livechat/message (Rocket.Chat reference §1.3, §1.4).

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::options::Version;
use super::super::state::State;
use super::super::writing::Draft;
use super::Call;
use super::call::only;

/// Stores a text of the visitor. An `_id` that exists anywhere comes out as a refusal, and the
/// first message is kept.
pub(crate) fn post(state: &mut State, call: &Call) -> Answer {
    call.only(&["token", "rid", "msg", "_id", "agent"])?;
    let (token, rid) = (call.required("token")?, call.required("rid")?);
    let msg = call.required("msg")?;
    if let Some(agent) = call.body.get("agent") {
        only(agent, &["agentId", "username"])?;
        for key in ["agentId", "username"] {
            if !agent[key].is_string() {
                let text = format!("/agent must have required property '{key}'");
                return Err(Refusal::invalid_params(&text));
            }
        }
    }
    let (author, alias) = state.guest_author(token)?;
    let chat = state
        .own_chat(rid, token)
        .ok_or_else(|| Refusal::plain("invalid-room"))?;
    if !chat.open {
        return Err(Refusal::plain("room-closed"));
    }
    check_length(state, msg)?;
    if state.guest(token).is_some_and(|guest| guest.blocked) {
        return Err(Refusal::plain("error-contact-channel-blocked"));
    }
    let id = state.post(Draft {
        id: call.text("_id").map(str::to_owned),
        token: Some(token.to_owned()),
        alias: Some(alias),
        ..Draft::text(rid, author, msg)
    })?;
    shown(state, &id)
}

fn check_length(state: &State, msg: &str) -> Result<(), Refusal> {
    let limit = state.number("Livechat_message_character_limit");
    let length = i64::try_from(msg.encode_utf16().count()).unwrap_or(i64::MAX);
    if state.flag("Livechat_enable_message_character_limit") && length > limit {
        return Err(Refusal::plain("message-length-exceeds-character-limit"));
    }
    Ok(())
}

fn shown(state: &State, id: &str) -> Answer {
    let note = state
        .notes
        .get(id)
        .ok_or_else(|| Refusal::plain("invalid-message"))?;
    Ok(Reply::Json(
        json!({ "message": document::note_with_files(state, note) }),
    ))
}

/// The visitor's token and room, both of which must be right.
fn credentials(state: &State, token: Option<&str>, rid: Option<&str>) -> Result<(), Refusal> {
    let token =
        token.ok_or_else(|| Refusal::invalid_params("must have required property 'token'"))?;
    let rid = rid.ok_or_else(|| Refusal::invalid_params("must have required property 'rid'"))?;
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    state
        .own_chat(rid, token)
        .ok_or_else(|| Refusal::plain("invalid-room"))?;
    Ok(())
}

/// One message, for a caller who knows the visitor's token and room.
pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let rid = call.query("rid");
    credentials(state, call.query("token"), rid)?;
    let id = call.param("_id");
    // 8.x looks for it in that room, older ones anywhere
    let note = state.notes.get(id);
    let elsewhere = note.is_some_and(|note| rid != Some(note.rid.as_str()));
    if state.version == Version::V8 && elsewhere {
        return Err(Refusal::plain("invalid-message"));
    }
    shown(state, id)
}

/// The visitor rewrites an own message.
pub(crate) fn edit(state: &mut State, call: &Call) -> Answer {
    credentials(state, call.text("token"), call.text("rid"))?;
    let msg = call.required("msg")?;
    let id = call.param("_id");
    let note = state
        .notes
        .get(id)
        .ok_or_else(|| Refusal::plain("invalid-message"))?;
    let own = note.token.as_deref() == call.text("token");
    if !own || !state.flag("Message_AllowEditing") {
        return Err(Refusal::coded(
            "error-action-not-allowed",
            "Message editing not allowed",
        ));
    }
    check_length(state, msg)?;
    state.edit(id, msg)?;
    shown(state, id)
}

/// The visitor deletes an own message; token and room stand in the body.
pub(crate) fn remove(state: &mut State, call: &Call) -> Answer {
    credentials(state, call.text("token"), call.text("rid"))?;
    let id = call.param("_id");
    let note = state
        .notes
        .get(id)
        .ok_or_else(|| Refusal::plain("invalid-message"))?;
    let own = note.token.as_deref() == call.text("token");
    if !own || !state.flag("Message_AllowDeleting") {
        return Err(Refusal::coded(
            "error-action-not-allowed",
            "Message deleting not allowed",
        ));
    }
    state.remove_note(id);
    let ts = document::iso(state.now());
    Ok(Reply::Json(json!({ "message": { "_id": id, "ts": ts } })))
}

/// A room's messages, newest first.
pub(crate) fn history(state: &mut State, call: &Call) -> Answer {
    let rid = call.param("rid");
    credentials(state, call.query("token"), Some(rid))?;
    let number = |key: &str| call.query(key).and_then(|text| text.parse::<usize>().ok());
    let (limit, offset) = (number("limit").unwrap_or(20), number("offset").unwrap_or(0));
    let ids = state
        .chats
        .get(rid)
        .map(|chat| chat.notes.clone())
        .unwrap_or_default();
    let newest = ids
        .iter()
        .rev()
        .filter_map(|id| state.notes.get(id))
        .skip(offset)
        .take(limit);
    let messages: Vec<Value> = newest
        .map(|note| {
            let mut shown = document::note_with_files(state, note);
            if let Some(file) = note.files.first().and_then(|id| state.files.get(id)) {
                shown["fileUpload"] = state.public_file(file);
            }
            shown
        })
        .collect();
    Ok(Reply::Json(json!({ "messages": messages })))
}
