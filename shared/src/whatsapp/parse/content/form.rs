//! Forms: what a customer filled in, as names and values.

use serde_json::Value;

use super::present;
use crate::domain::content::Content;
use crate::whatsapp::wire::message as wire;

/// More fields than a form has are an attack on the room.
const MOST_FIELDS: usize = 200;

/// A form's answer. `response_json` should hold an object as text; whatever else it holds is one
/// nameless value, and without it the words that WhatsApp shows stand in. `None` where there is
/// nothing at all.
pub(super) fn parse_form(reply: &wire::FlowReply) -> Option<Content> {
    let mut fields = Vec::new();
    if let Some(json) = present(reply.response_json.as_ref()) {
        match serde_json::from_str::<Value>(&json) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => add("", &value, &mut fields),
            Ok(Value::Null) => {}
            _ => fields.push((String::new(), json)),
        }
    }
    if fields.is_empty() {
        fields.extend(present(reply.body.as_ref()).map(|body| (String::new(), body)));
    }
    (!fields.is_empty()).then_some(Content::Form { fields })
}

/// Adds the values below `value`, named by where they stand (`address.city`). The flow's token is
/// WhatsApp's business, not the agent's. JSON is read to a depth of 128: this ends.
fn add(place: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    if fields.len() >= MOST_FIELDS {
        // that there was more is said
        fields.truncate(MOST_FIELDS);
        fields.push((String::new(), "…".to_owned()));
        return;
    }
    let below = |name: &str| match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "flow_token") {
                add(&below(name), value, fields);
            }
        }
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_object() && !item.is_array()) =>
        {
            let items: Vec<_> = items.iter().filter_map(words).collect();
            if !items.is_empty() {
                fields.push((place.to_owned(), items.join(", ")));
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                add(&below(&(n + 1).to_string()), item, fields);
            }
        }
        value => fields.extend(words(value).map(|words| (place.to_owned(), words))),
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => present(Some(text)),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}
