//! Rocket.Chat REST, chat.*, groups.*, integrations.* (Rocket.Chat reference §4.1, §5).

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::state::{Chat, State};
use super::super::writing::Draft;
use super::call::only;
use super::{Call, may};

/// Stores a message of an account; `blocks` are allowed here.
pub(crate) fn send(state: &mut State, call: &Call) -> Answer {
    call.only(&["message", "previewUrls"])?;
    let message = &call.body["message"];
    only(
        message,
        &[
            "_id",
            "rid",
            "msg",
            "alias",
            "emoji",
            "avatar",
            "attachments",
            "blocks",
            "tmid",
            "tshow",
            "customFields",
        ],
    )?;
    let Some(rid) = message["rid"].as_str() else {
        let text = "/message must have required property 'rid'";
        return Err(Refusal::invalid_params(text));
    };
    let id = write(
        state,
        call,
        rid,
        message["msg"].as_str().unwrap_or_default(),
        message,
    )?;
    shown(state, &id, |message| json!({ "message": message }))
}

/// Stores a message of an account in a room given by id or by channel name; the text's key is
/// `text` and the schema is closed.
pub(crate) fn post(state: &mut State, call: &Call) -> Answer {
    call.only(&[
        "roomId",
        "channel",
        "text",
        "alias",
        "emoji",
        "avatar",
        "attachments",
        "tmid",
        "customFields",
        "parseUrls",
    ])?;
    let wanted = call
        .text("roomId")
        .or_else(|| call.text("channel"))
        .unwrap_or_default();
    let name = wanted.strip_prefix('#').unwrap_or(wanted);
    let named = |chat: &&Chat| chat.id == name || chat.visitor.is_none() && chat.label == name;
    let Some(rid) = state.chats.values().find(named).map(|chat| chat.id.clone()) else {
        let text =
            "The required \"roomId\" or \"channel\" param provided does not match any channel";
        return Err(Refusal::coded("invalid-channel", text));
    };
    let id = write(
        state,
        call,
        &rid,
        call.text("text").unwrap_or_default(),
        &call.body,
    )?;
    let now = state.now();
    shown(
        state,
        &id,
        |message| json!({ "ts": now, "channel": rid, "message": message }),
    )
}

/// One message of a room that the account may see (developer.rocket.chat, "Get Message"); one
/// that does not exist is a bare failure.
pub(crate) fn one(state: &mut State, call: &Call) -> Answer {
    let id = call.query("msgId").unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::plain(
            "The \"msgId\" query parameter must be provided.",
        ));
    }
    let note = state.notes.get(id).ok_or_else(Refusal::silent)?;
    let chat = state.chats.get(&note.rid).ok_or_else(Refusal::silent)?;
    if !may_access(state, call, chat) {
        return Err(Refusal::silent());
    }
    shown(state, id, |message| json!({ "message": message }))
}

fn shown(state: &State, id: &str, wrap: impl FnOnce(Value) -> Value) -> Answer {
    let note = state.notes.get(id).ok_or_else(Refusal::silent)?;
    Ok(Reply::Json(wrap(document::note(note))))
}

/// Whether an account may write in a room.
fn may_access(state: &State, call: &Call, chat: &Chat) -> bool {
    let served = chat
        .served
        .as_ref()
        .is_some_and(|serving| serving.user == call.caller());
    let viewer = chat.visitor.is_some() && may(state, call.user.as_deref(), "view-livechat-rooms");
    served || viewer || chat.members.iter().any(|id| id == call.caller())
}

/// A conversation that is closed takes it too: the server looks at access, archive, block and mute
/// only (RC app/authorization/server/functions/canSendMessage.ts@03b3ef89).
fn write(
    state: &mut State,
    call: &Call,
    rid: &str,
    msg: &str,
    more: &Value,
) -> Result<String, Refusal> {
    let chat = state
        .chats
        .get(rid)
        .ok_or_else(|| Refusal::plain("error-invalid-room"))?;
    if !may_access(state, call, chat) {
        return Err(Refusal::plain("error-not-allowed"));
    }
    let alias = more["alias"].as_str().filter(|alias| !alias.is_empty());
    if alias.is_some() && !may(state, call.user.as_deref(), "message-impersonate") {
        return Err(Refusal::coded(
            "error-action-not-allowed",
            "Not enough permission",
        ));
    }
    let author = state.author(call.caller())?;
    state.post(Draft {
        id: more["_id"].as_str().map(str::to_owned),
        alias: alias.map(str::to_owned),
        attachments: more["attachments"].as_array().cloned().unwrap_or_default(),
        blocks: more.get("blocks").cloned(),
        ..Draft::text(rid, author, msg)
    })
}

/// A new private group.
pub(crate) fn new_group(state: &mut State, call: &Call) -> Answer {
    let name = call.required("name")?;
    if state
        .chats
        .values()
        .any(|chat| chat.visitor.is_none() && chat.label == name)
    {
        let text = format!("A channel with name '{name}' exists");
        return Err(Refusal::coded("error-duplicate-channel-name", &text));
    }
    let named = call.body["members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let mut members: Vec<String> = named
        .filter_map(|name| state.user_named(name))
        .map(|user| user.id.clone())
        .collect();
    if call.body["excludeSelf"] != json!(true) && !members.iter().any(|id| id == call.caller()) {
        members.push(call.caller().to_owned());
    }
    let id = state.fresh_id("group");
    let now = state.now();
    let chat = Chat {
        members,
        ..Chat::new(&id, name, None, now)
    };
    state.order.push(id.clone());
    state.chats.insert(id.clone(), chat);
    group_shown(state, &id)
}

fn group_shown(state: &State, rid: &str) -> Answer {
    let chat = state.chats.get(rid).ok_or_else(Refusal::silent)?;
    let mut group = document::chat(state, chat);
    group["name"] = json!(chat.label);
    Ok(Reply::Json(json!({ "group": group })))
}

/// A private group that the caller is a member of.
pub(crate) fn group(state: &mut State, call: &Call) -> Answer {
    let (id, name) = (call.query("roomId"), call.query("roomName"));
    let found = state.chats.values().find(|chat| {
        let wanted = id == Some(chat.id.as_str()) || name == Some(chat.label.as_str());
        let member = chat.members.iter().any(|member| member == call.caller());
        chat.visitor.is_none() && wanted && member
    });
    let rid = found.map(|chat| chat.id.clone());
    let text = "The required \"roomId\" or \"roomName\" param provided does not match any group";
    let rid = rid.ok_or_else(|| Refusal::coded("error-room-not-found", text))?;
    group_shown(state, &rid)
}

/// A room that the caller may see, a closed conversation too.
pub(crate) fn room(state: &mut State, call: &Call) -> Answer {
    let id = call.query("roomId").unwrap_or_default();
    let Some(chat) = state.chats.get(id) else {
        let text =
            "The required \"roomId\" or \"roomName\" param provided does not match any channel";
        return Err(Refusal::coded("error-room-not-found", text));
    };
    if !may_access(state, call, chat) {
        return Err(Refusal::plain("not-allowed"));
    }
    Ok(Reply::Json(json!({ "room": document::chat(state, chat) })))
}

/// A new outgoing integration.
pub(crate) fn new_integration(state: &mut State, call: &Call) -> Answer {
    if call.required("type")? != "webhook-outgoing" {
        return Err(Refusal::plain("Invalid integration type."));
    }
    let username = call.required("username")?;
    if state.user_named(username).is_none() {
        return Err(Refusal::coded("error-invalid-user", "Invalid user"));
    }
    for key in ["urls", "triggerWords"] {
        if !call.body[key].is_array() {
            return Err(Refusal::invalid_params(&format!("/{key} must be array")));
        }
    }
    let id = state.fresh_id("hook");
    let mut integration = call.body.clone();
    integration["_id"] = json!(id);
    state.integrations.push((id, integration.clone()));
    Ok(Reply::Json(json!({ "integration": integration })))
}

/// All integrations.
pub(crate) fn integrations(state: &mut State, _: &Call) -> Answer {
    let all: Vec<&Value> = state
        .integrations
        .iter()
        .map(|(_, config)| config)
        .collect();
    let count = all.len();
    Ok(Reply::Json(
        json!({ "integrations": all, "offset": 0, "items": count, "count": count, "total": count }),
    ))
}

/// Takes an integration away.
pub(crate) fn remove_integration(state: &mut State, call: &Call) -> Answer {
    let id = call.required("integrationId")?;
    let at = state.integrations.iter().position(|(mine, _)| mine == id);
    let at = at.ok_or_else(|| Refusal::plain("No integration found."))?;
    let (_, integration) = state.integrations.remove(at);
    Ok(Reply::Json(json!({ "integration": integration })))
}
