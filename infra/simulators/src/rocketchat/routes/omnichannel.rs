//! Rocket.Chat REST, livechat/config, departments, agents and custom fields
//! (Rocket.Chat reference §1.9, §1.10, §5).

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply, compact};
use super::super::document;
use super::super::state::{Field, State, Team};
use super::Call;
use super::settings::config_settings;

/// What the widget asks first: is anybody there, for this department or at all.
pub(crate) fn config(state: &mut State, call: &Call) -> Answer {
    if !state.flag("Livechat_enabled") {
        return Ok(Reply::Json(json!({ "config": { "enabled": false } })));
    }
    let department = call.query("department");
    let online = state.flag("Livechat_accept_chats_with_no_agents")
        || !state.available(department).is_empty();
    let departments: Vec<Value> = state.teams.iter().map(document::team).collect();
    let token = call.query("token");
    let guest = token.and_then(|token| state.guest(token));
    let room = token.and_then(|token| state.open_chat(token));
    let room = room.and_then(|rid| state.chats.get(&rid));
    let agent = room
        .and_then(|room| room.served.as_ref())
        .and_then(|s| state.user(&s.user));
    Ok(Reply::Json(json!({ "config": compact(json!({
        "enabled": true,
        "online": online,
        "settings": config_settings(state),
        "departments": departments,
        "guest": guest.map(document::guest),
        "room": room.map(|room| document::chat(state, room)),
        "agent": agent.map(document::agent),
    })) })))
}

/// Departments, all or those whose name contains `text`.
pub(crate) fn departments(state: &mut State, call: &Call) -> Answer {
    let text = call.query("text").unwrap_or_default().to_lowercase();
    let wanted = state
        .teams
        .iter()
        .filter(|team| team.name.to_lowercase().contains(&text));
    let shown: Vec<Value> = wanted.map(document::team).collect();
    let count = shown.len();
    Ok(Reply::Json(
        json!({ "departments": shown, "count": count, "offset": 0, "total": count }),
    ))
}

fn department_shown(state: &State, id: &str) -> Answer {
    let team = state.teams.iter().find(|team| team.id == id);
    let shown = team.map(document::team);
    let agents = team.map(|team| document::team_agents(state, team));
    Ok(Reply::Json(
        json!({ "department": shown, "agents": agents.unwrap_or_else(|| json!([])) }),
    ))
}

/// One department with its agents; an unknown id gives `null`, not an error.
pub(crate) fn department(state: &mut State, call: &Call) -> Answer {
    department_shown(state, call.param("id"))
}

/// A new department.
pub(crate) fn new_department(state: &mut State, call: &Call) -> Answer {
    let wanted = &call.body["department"];
    for (key, right) in [
        ("enabled", wanted["enabled"].is_boolean()),
        ("name", wanted["name"].is_string()),
        ("email", wanted["email"].is_string()),
        (
            "showOnRegistration",
            wanted["showOnRegistration"].is_boolean(),
        ),
        (
            "showOnOfflineForm",
            wanted["showOnOfflineForm"].is_boolean(),
        ),
    ] {
        if !right {
            return Err(Refusal::mismatch(&format!(
                "Missing key '{key}' in field department"
            )));
        }
    }
    let agents = call.body["agents"].as_array().into_iter().flatten();
    let team = Team {
        id: state.fresh_id("dep"),
        name: wanted["name"].as_str().unwrap_or_default().to_owned(),
        enabled: wanted["enabled"] == json!(true),
        email: wanted["email"].as_str().unwrap_or_default().to_owned(),
        agents: agents
            .filter_map(|agent| agent["agentId"].as_str())
            .map(str::to_owned)
            .collect(),
    };
    let id = team.id.clone();
    state.teams.push(team);
    department_shown(state, &id)
}

/// Adds agents to a department and takes others out.
pub(crate) fn staff(state: &mut State, call: &Call) -> Answer {
    let ids = |key: &str| -> Vec<String> {
        let rows = call.body[key].as_array().into_iter().flatten();
        rows.filter_map(|row| row["agentId"].as_str())
            .map(str::to_owned)
            .collect()
    };
    let (add, remove) = (ids("upsert"), ids("remove"));
    let team = state
        .teams
        .iter_mut()
        .find(|team| team.id == call.param("id"));
    let team =
        team.ok_or_else(|| Refusal::coded("error-department-not-found", "Department not found"))?;
    team.agents
        .retain(|id| !remove.contains(id) && !add.contains(id));
    team.agents.extend(add);
    Ok(Reply::Json(json!({})))
}

/// Agents, all or the available ones.
pub(crate) fn agents(state: &mut State, call: &Call) -> Answer {
    let available = call.query("onlyAvailable") == Some("true");
    let text = call.query("text").unwrap_or_default();
    let agents = state.users.iter().filter(|user| {
        user.has_role("livechat-agent")
            && (user.online || !available)
            && user.username.contains(text)
    });
    let users: Vec<Value> = agents.map(document::agent).collect();
    let count = users.len();
    Ok(Reply::Json(
        json!({ "users": users, "count": count, "offset": 0, "total": count }),
    ))
}

/// Managers (RC app/livechat/imports/server/rest/users.ts, `livechat/users/:type`).
pub(crate) fn managers(state: &mut State, call: &Call) -> Answer {
    let text = call.query("text").unwrap_or_default();
    let managers = state
        .users
        .iter()
        .filter(|user| user.has_role("livechat-manager") && user.username.contains(text));
    let users: Vec<Value> = managers.map(document::agent).collect();
    let count = users.len();
    Ok(Reply::Json(
        json!({ "users": users, "count": count, "offset": 0, "total": count }),
    ))
}

/// Makes an account an agent.
pub(crate) fn new_agent(state: &mut State, call: &Call) -> Answer {
    let username = call.required("username")?;
    let user = state
        .users
        .iter_mut()
        .find(|user| user.username == username);
    let user = user.ok_or_else(|| Refusal::coded("error-invalid-user", "Invalid user"))?;
    if !user.has_role("livechat-agent") {
        user.roles.push("livechat-agent".to_owned());
    }
    Ok(Reply::Json(
        json!({ "user": { "_id": user.id, "username": user.username } }),
    ))
}

/// The agent who serves a visitor's room.
pub(crate) fn agent_of_room(state: &mut State, call: &Call) -> Answer {
    let (rid, token) = (call.param("rid"), call.param("token"));
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    let chat = state
        .own_chat(rid, token)
        .ok_or_else(|| Refusal::plain("invalid-room"))?;
    let agent = chat
        .served
        .as_ref()
        .and_then(|serving| state.user(&serving.user));
    let agent = agent.ok_or_else(|| Refusal::plain("invalid-agent"))?;
    Ok(Reply::Json(json!({ "agent": document::agent(agent) })))
}

fn field_shown(field: &Field) -> Value {
    json!({
        "_id": field.id,
        "label": field.label,
        "scope": field.scope,
        "visibility": field.visibility,
        "required": field.required,
    })
}

/// The defined custom fields.
pub(crate) fn fields(state: &mut State, _: &Call) -> Answer {
    let fields: Vec<Value> = state.fields.iter().map(field_shown).collect();
    let count = fields.len();
    Ok(Reply::Json(
        json!({ "customFields": fields, "count": count, "offset": 0, "total": count }),
    ))
}

/// Defines a custom field, or defines it anew.
pub(crate) fn save_field(state: &mut State, call: &Call) -> Answer {
    let data = &call.body["customFieldData"];
    for key in ["field", "label", "scope", "visibility"] {
        if !data[key].is_string() {
            let text = format!("/customFieldData must have required property '{key}'");
            return Err(Refusal::invalid_params(&text));
        }
    }
    let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
    let id = text("field");
    if id.is_empty()
        || !id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    {
        let reason =
            "Invalid custom field name. Use only letters, numbers, hyphens and underscores.";
        return Err(Refusal::coded("error-invalid-custom-field-name", reason));
    }
    let field = Field {
        id,
        label: text("label"),
        scope: text("scope"),
        visibility: text("visibility"),
        required: data["required"] == json!(true),
    };
    let shown = field_shown(&field);
    state.fields.retain(|other| other.id != field.id);
    state.fields.push(field);
    Ok(Reply::Json(json!({ "customField": shown })))
}

/// Sets one custom field.
pub(crate) fn set_field(state: &mut State, call: &Call) -> Answer {
    let token = call.required("token")?;
    let row = json!({ "key": call.required("key")?, "value": call.required("value")?,
        "overwrite": call.body["overwrite"] });
    let field = set_one(state, token, &row)?;
    Ok(Reply::Json(json!({ "field": field })))
}

/// Sets several custom fields.
pub(crate) fn set_fields(state: &mut State, call: &Call) -> Answer {
    let token = call.required("token")?;
    let rows = call.body["customFields"].as_array();
    let rows =
        rows.ok_or_else(|| Refusal::invalid_params("must have required property 'customFields'"))?;
    let fields: Result<Vec<Value>, Refusal> =
        rows.iter().map(|row| set_one(state, token, row)).collect();
    Ok(Reply::Json(json!({ "fields": fields? })))
}

fn set_one(state: &mut State, token: &str, row: &Value) -> Result<Value, Refusal> {
    let (Some(key), Some(value), Some(overwrite)) = (
        row["key"].as_str(),
        row["value"].as_str(),
        row["overwrite"].as_bool(),
    ) else {
        return Err(Refusal::invalid_params(
            "must have required property 'overwrite'",
        ));
    };
    state
        .guest(token)
        .ok_or_else(|| Refusal::plain("invalid-token"))?;
    let field = state.fields.iter().find(|field| field.id == key);
    let field = field.ok_or_else(|| Refusal::plain("invalid-custom-field"))?;
    if field.scope == "room" {
        let rid = state.open_chat(token);
        if let Some(chat) = rid.and_then(|rid| state.chats.get_mut(&rid))
            && (overwrite || !chat.data.contains_key(key))
        {
            chat.data.insert(key.to_owned(), value.to_owned());
        }
    } else {
        state.set_guest_field(token, key, value, overwrite);
    }
    Ok(json!({ "key": key, "value": value, "overwrite": overwrite }))
}

impl State {
    /// Sets a visitor's custom field; a key that is not defined for visitors is dropped silently.
    pub fn set_guest_field(&mut self, token: &str, key: &str, value: &str, overwrite: bool) {
        let defined = self
            .fields
            .iter()
            .any(|f| f.id == key && f.scope == "visitor");
        let guest = self.guests.iter_mut().find(|guest| guest.token == token);
        if let Some(guest) =
            guest.filter(|guest| defined && (overwrite || !guest.data.contains_key(key)))
        {
            guest.data.insert(key.to_owned(), value.to_owned());
        }
    }
}
