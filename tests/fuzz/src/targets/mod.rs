//! One file per target.

pub mod agent_events;
pub mod markup;
pub mod queue;
pub mod split;
pub mod template;
pub mod webhook;

use bridge::domain::time::Timestamp;
use serde_json::Value;

/// When the bodies of the fixtures arrive: a minute after most of their messages.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_780_658_610);

/// The elements of a list as the vendor means it; an object in a list's place is its only one.
fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key) {
        Some(Value::Array(items)) => items,
        Some(object) if object.is_object() => std::slice::from_ref(object),
        _ => &[],
    }
}

/// The string under a key, else nothing.
fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    let word = value.get(key).and_then(Value::as_str);
    word.unwrap_or_default()
}
