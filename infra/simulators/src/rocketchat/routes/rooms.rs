//! Rocket.Chat REST, livechat/rooms (the server's `omnichannel/rooms.ts`).

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::options::Version;
use super::super::state::{Chat, State};
use super::Call;

/// The query is closed. What stands here and is not modelled narrows nothing.
const KEYS: [&str; 16] = [
    "count",
    "offset",
    "sort",
    "query",
    "fields",
    "createdAt",
    "closedAt",
    "customFields",
    "agents[]",
    "roomName",
    "departmentId",
    "open",
    "onhold",
    "queued",
    "tags[]",
    "units[]",
];

/// What `sort` may name, and a room's value of it.
type SortBy = fn(&Chat) -> i64;

/// Conversations, the newest first unless `sort` says otherwise; 50 unless `count` says otherwise,
/// never more than 100 (`API_Default_Count`, `API_Upper_Count_Limit`).
pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    if call
        .query
        .iter()
        .any(|(key, _)| !KEYS.contains(&key.as_str()))
    {
        let text = "must NOT have additional properties";
        return Err(Refusal::invalid_params(text));
    }
    let count = number(call, "count")?.unwrap_or(50).min(100);
    let offset = number(call, "offset")?.unwrap_or(0);
    let (sort_by, descending) = sort(call)?;
    let wanted = |chat: &&Chat| chat.visitor.is_some() && is_wanted(state, call, chat);
    let mut chats: Vec<&Chat> = state
        .order
        .iter()
        .filter_map(|rid| state.chats.get(rid))
        .filter(wanted)
        .collect();
    chats.sort_by_key(|chat| sort_by(chat) * if descending { -1 } else { 1 });
    let total = chats.len();
    let rooms: Vec<Value> = chats
        .into_iter()
        .skip(offset)
        .take(count)
        .map(|chat| document::chat(state, chat))
        .collect();
    Ok(Reply::Json(
        json!({ "rooms": rooms, "count": rooms.len(), "offset": offset, "total": total }),
    ))
}

/// `open`: from 8.x on, rooms that wait in the queue are not among the open ones.
fn is_wanted(state: &State, call: &Call, chat: &Chat) -> bool {
    match call.query("open") {
        Some("true") => chat.open && (state.version != Version::V8 || chat.served.is_some()),
        Some("false") => !chat.open,
        _ => true,
    }
}

fn number(call: &Call, key: &str) -> Result<Option<usize>, Refusal> {
    let Some(text) = call.query(key) else {
        return Ok(None);
    };
    let number = text.parse().map(Some);
    number.map_err(|_| Refusal::invalid_params(&format!("/{key} must be number")))
}

fn sort(call: &Call) -> Result<(SortBy, bool), Refusal> {
    let Some(text) = call.query("sort") else {
        return Ok((|chat| chat.ts, true));
    };
    let refused = || Refusal::coded("error-invalid-sort", "Invalid sort parameter provided");
    let sort: Value = serde_json::from_str(text).map_err(|_| refused())?;
    let (key, order) = sort
        .as_object()
        .and_then(|sort| sort.iter().next())
        .ok_or_else(refused)?;
    let by: SortBy = match key.as_str() {
        "lm" => |chat| chat.last,
        "_updatedAt" => |chat| chat.updated,
        _ => |chat| chat.ts,
    };
    Ok((by, order.as_i64() == Some(-1)))
}
