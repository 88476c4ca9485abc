//! Meta's and 360dialog's JSON, as tolerant as the vendors are loose: every member may be missing,
//! null, a string for a number or a number for a string; unknown members are passed over.
//! (reference: 360dialog, §1.5 and §2)

pub mod message;
pub mod template;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a string, or a number or boolean as its text; anything else is absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    })
}

/// Reads a number, also out of a string. What JSON cannot say (`NaN`, `inf`) is absent: a task that
/// held it could not be read again.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    })
}

/// Reads an object; anything else is absent.
fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(if value.is_object() {
        serde_json::from_value(value).ok()
    } else {
        None
    })
}

/// Reads text as [`text`] does, and anything else but null as its JSON.
fn text_or_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    })
}

/// Reads a list; an object in its place is its only element, anything else is empty.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items,
        object @ Value::Object(_) => vec![object],
        _ => Vec::new(),
    })
}

/// The webhook's body, in Cloud form (`entry`) or on-premise form (the arrays at top level).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Webhook {
    #[serde(deserialize_with = "list")]
    pub entry: Vec<Value>,
    #[serde(flatten)]
    pub top: ChangeValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entry {
    #[serde(deserialize_with = "list")]
    pub changes: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Change {
    #[serde(deserialize_with = "text")]
    pub field: Option<String>,
    #[serde(deserialize_with = "object")]
    pub value: Option<ChangeValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangeValue {
    #[serde(deserialize_with = "object")]
    pub metadata: Option<Metadata>,
    #[serde(deserialize_with = "list")]
    pub contacts: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub messages: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub statuses: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub errors: Vec<Value>,
}

/// One element of `user_preferences` (§2.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Preference {
    #[serde(deserialize_with = "text")]
    pub wa_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
}

/// `user_id_update` (§2.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IdUpdate {
    #[serde(deserialize_with = "text")]
    pub wa_id: Option<String>,
    pub user_id: Value,
    pub parent_user_id: Value,
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangedId {
    #[serde(deserialize_with = "text")]
    pub previous: Option<String>,
    #[serde(deserialize_with = "text")]
    pub current: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    #[serde(deserialize_with = "text")]
    pub display_phone_number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Contact {
    #[serde(deserialize_with = "text")]
    pub wa_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub parent_user_id: Option<String>,
    #[serde(deserialize_with = "object")]
    pub profile: Option<Profile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub username: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
    #[serde(deserialize_with = "text")]
    pub biz_opaque_callback_data: Option<String>,
    #[serde(deserialize_with = "list")]
    pub errors: Vec<Value>,
}

/// One error, in any of the three shapes (§1.5): Graph's, 360dialog's, on-premise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErrorObject {
    #[serde(deserialize_with = "number")]
    pub code: Option<f64>,
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub details: Option<String>,
    pub error_data: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub is_transient: Option<String>,
}

/// The body of a refused call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refusal {
    pub error: Option<Value>,
    #[serde(deserialize_with = "list")]
    pub errors: Vec<Value>,
    #[serde(deserialize_with = "object")]
    pub meta: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(deserialize_with = "text")]
    pub developer_message: Option<String>,
}

/// The body of an accepted send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Accepted {
    #[serde(deserialize_with = "list")]
    pub contacts: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub messages: Vec<Value>,
}

/// `GET /v1/configs/webhook`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebhookConfig {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    pub headers: Option<Value>,
}

/// `GET /{media-id}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FoundMedia {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub mime_type: Option<String>,
    #[serde(deserialize_with = "number")]
    pub file_size: Option<f64>,
}

/// `GET /health_status`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HealthStatus {
    #[serde(deserialize_with = "text")]
    pub display_phone_number: Option<String>,
    #[serde(deserialize_with = "object")]
    pub health_status: Option<HealthValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HealthValue {
    #[serde(deserialize_with = "text")]
    pub can_send_message: Option<String>,
}

/// Reads one element of a list; anything that is no object reads as an empty one.
pub fn element<T: serde::de::DeserializeOwned + Default>(value: &Value) -> T {
    if !value.is_object() {
        return T::default();
    }
    T::deserialize(value).unwrap_or_default()
}
