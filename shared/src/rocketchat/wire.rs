//! Rocket.Chat's JSON, read leniently: keys may be missing or null by version.
//! (reference: Rocket.Chat, §1 and §2)

use serde::Deserialize;
use serde_json::Value;

use crate::domain::time::Timestamp;

/// The Omnichannel webhook's body (§2.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Envelope {
    #[serde(rename = "_id")]
    pub id: Option<Value>,
    #[serde(rename = "type")]
    pub kind: Option<Value>,
    pub visitor: Option<Value>,
    pub messages: Option<Value>,
    pub closer: Option<Value>,
    #[serde(rename = "closedAt")]
    pub closed_at: Option<Value>,
}

/// One message of it (§2.3).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    #[serde(rename = "_id")]
    pub id: Option<Value>,
    pub u: Option<Value>,
    pub msg: Option<Value>,
    #[serde(rename = "agentId")]
    pub agent_id: Option<Value>,
    pub ts: Option<Value>,
    #[serde(rename = "editedAt")]
    pub edited_at: Option<Value>,
    #[serde(rename = "closingMessage")]
    pub closing_message: Option<Value>,
    pub file: Option<Value>,
    #[serde(rename = "fileUpload")]
    pub file_upload: Option<Value>,
    pub attachments: Option<Value>,
    pub blocks: Option<Value>,
}

/// `POST livechat/visitor` (§1.1)
#[derive(Debug, Deserialize)]
pub struct VisitorAnswer {
    pub visitor: Visitor,
}

#[derive(Debug, Deserialize)]
pub struct Visitor {
    #[serde(rename = "_id")]
    pub id: String,
    pub token: String,
}

/// `GET livechat/room` (§1.2)
#[derive(Debug, Deserialize)]
pub struct RoomAnswer {
    pub room: Room,
    #[serde(rename = "newRoom", default)]
    pub new_room: bool,
}

#[derive(Debug, Deserialize)]
pub struct Room {
    #[serde(rename = "_id")]
    pub id: String,
    #[serde(rename = "v", default)]
    pub visitor: Option<RoomVisitor>,
}

#[derive(Debug, Deserialize)]
pub struct RoomVisitor {
    #[serde(rename = "_id", default)]
    pub id: Option<String>,
}

/// `GET livechat/config` (§1.10)
#[derive(Debug, Deserialize)]
pub struct ConfigAnswer {
    pub config: LivechatConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LivechatConfig {
    pub enabled: bool,
    pub online: Option<bool>,
    pub settings: Option<Value>,
}

/// The string in a value; anything else is empty.
pub fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// A moment as text, or as older versions write it (`{"$date": ms}`).
pub fn moment(ts: &Value) -> Option<Timestamp> {
    let text = ts.as_str().and_then(Timestamp::parse);
    text.or_else(|| ts["$date"].as_i64().map(Timestamp::from_millis))
}
