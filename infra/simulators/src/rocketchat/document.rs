//! How the server writes its documents: visitors, rooms, messages, accounts.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::answer::compact;
use super::state::{Author, Chat, Guest, Note, Serving, State, Team, User};

/// ISO 8601 with milliseconds, as JavaScript writes a date.
pub(crate) fn iso(ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.millisecond()
    )
}

/// The short form of an author (`u`).
pub(crate) fn author(author: &Author) -> Value {
    json!({ "_id": author.id, "username": author.username, "name": author.name })
}

/// Phone numbers as answers carry them; the request has a plain string.
pub(crate) fn phones(guest: &Guest) -> Value {
    guest
        .phone
        .as_ref()
        .map_or(Value::Null, |phone| json!([{ "phoneNumber": phone }]))
}

/// E-mail addresses as answers carry them.
pub(crate) fn emails(guest: &Guest) -> Value {
    guest
        .email
        .as_ref()
        .map_or(Value::Null, |email| json!([{ "address": email }]))
}

/// A visitor: Rocket.Chat REST, livechat/visitor (§1.1).
pub(crate) fn guest(guest: &Guest) -> Value {
    compact(json!({
        "_id": guest.id,
        "username": guest.username,
        "status": guest.status,
        "ts": iso(guest.ts),
        "_updatedAt": iso(guest.updated),
        "name": guest.name,
        "phone": phones(guest),
        "token": guest.token,
        "visitorEmails": emails(guest),
        "department": guest.department,
        "livechatData": if guest.data.is_empty() { Value::Null } else { json!(guest.data) },
    }))
}

/// Who serves a room (`servedBy`).
pub(crate) fn serving(serving: &Serving) -> Value {
    json!({ "_id": serving.user, "username": serving.username, "ts": iso(serving.ts) })
}

/// A conversation: Rocket.Chat REST, livechat/room (§1.2).
pub(crate) fn chat(state: &State, chat: &Chat) -> Value {
    let guest = chat
        .visitor
        .as_ref()
        .and_then(|(id, _)| state.guest_by_id(id));
    let token = chat.visitor.as_ref().map(|(_, token)| token);
    let last = chat
        .notes
        .last()
        .and_then(|id| state.notes.get(id))
        .map(note);
    let mut body = json!({
        "_id": chat.id,
        "fname": chat.label,
        "t": if chat.visitor.is_some() { "l" } else { "p" },
        "msgs": chat.notes.len(),
        "usersCount": chat.members.len() + usize::from(chat.served.is_some()),
        "ts": iso(chat.ts),
        "lm": iso(chat.last),
        "lastMessage": last,
        "_updatedAt": iso(chat.updated),
    });
    if let (Some(body), Some(guest)) = (body.as_object_mut(), guest) {
        let Value::Object(more) = json!({
            "v": { "_id": guest.id, "username": guest.username, "token": token,
                "status": guest.status, "lastMessageTs": iso(chat.last) },
            "departmentId": chat.department,
            "open": if chat.open { json!(true) } else { Value::Null },
            "cl": false,
            "waitingResponse": if chat.waiting { json!(true) } else { Value::Null },
            "servedBy": chat.served.as_ref().map(serving),
            "source": { "type": "api" },
            "livechatData": if chat.data.is_empty() { Value::Null } else { json!(chat.data) },
            "tags": if chat.tags.is_empty() { Value::Null } else { json!(chat.tags) },
            "topic": chat.topic,
            "closedAt": chat.ending.as_ref().map(|ending| iso(ending.at)),
            "closer": chat.ending.as_ref().map(|ending| ending.closer),
            "closedBy": chat.ending.as_ref().map(|e| json!({ "_id": e.by.id, "username": e.by.username })),
        }) else {
            return Value::Object(Map::new());
        };
        body.extend(more);
    }
    compact(body)
}

/// A message: Rocket.Chat REST, livechat/message (§1.3).
pub(crate) fn note(note: &Note) -> Value {
    compact(json!({
        "_id": note.id,
        "rid": note.rid,
        "msg": note.msg,
        "t": note.kind,
        "token": note.token,
        "alias": note.alias,
        "ts": iso(note.ts),
        "u": author(&note.author),
        "_updatedAt": iso(note.updated),
        "editedAt": note.edited.map(iso),
        "urls": [],
        "mentions": [],
        "channels": [],
        "md": [{ "type": "PARAGRAPH", "value": [{ "type": "PLAIN_TEXT", "value": note.msg }] }],
        "attachments": if note.attachments.is_empty() { Value::Null } else { json!(note.attachments) },
        "blocks": note.blocks,
    }))
}

/// A message with what it says of its files.
pub(crate) fn note_with_files(state: &State, shown: &Note) -> Value {
    let mut body = note(shown);
    let files: Vec<Value> = shown
        .files
        .iter()
        .filter_map(|id| state.files.get(id))
        .map(|file| json!({ "_id": file.id, "name": file.name, "type": file.mime }))
        .collect();
    if let Some(first) = files.first() {
        body["file"] = first.clone();
        body["files"] = json!(files);
    }
    body
}

/// An account, as agents' routes show it.
pub(crate) fn agent(user: &User) -> Value {
    json!({
        "_id": user.id,
        "username": user.username,
        "name": user.name,
        "status": if user.online { "online" } else { "offline" },
        "statusLivechat": if user.online { "available" } else { "not-available" },
        "emails": [{ "address": address(user), "verified": true }],
    })
}

/// An account's e-mail address.
pub(crate) fn address(user: &User) -> String {
    format!("{}@example.org", user.username)
}

/// An account with its roles, as `me` and `users.info` show it.
pub(crate) fn account(user: &User) -> Value {
    let mut body = agent(user);
    body["roles"] = json!(user.roles);
    body["active"] = json!(true);
    body["type"] = json!("user");
    body
}

/// A department.
pub(crate) fn team(team: &Team) -> Value {
    json!({
        "_id": team.id,
        "name": team.name,
        "enabled": team.enabled,
        "email": team.email,
        "showOnRegistration": false,
        "showOnOfflineForm": false,
        "numAgents": team.agents.len(),
    })
}

/// A department's agents.
pub(crate) fn team_agents(state: &State, team: &Team) -> Value {
    let rows = team
        .agents
        .iter()
        .filter_map(|id| state.user(id))
        .map(|user| {
            json!({
                "_id": format!("{}-{}", team.id, user.id),
                "agentId": user.id,
                "username": user.username,
                "departmentId": team.id,
                "departmentEnabled": team.enabled,
                "count": 0,
                "order": 0,
            })
        });
    rows.collect()
}
