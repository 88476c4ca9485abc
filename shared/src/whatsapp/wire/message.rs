//! A customer's message (§2.2, §2.3).

use serde::Deserialize;
use serde_json::Value;

use super::{list, number, object, text, text_or_json};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub from: Option<String>,
    #[serde(deserialize_with = "text")]
    pub from_user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub from_parent_user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub group_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "object")]
    pub context: Option<Reference>,
    #[serde(deserialize_with = "object")]
    pub referral: Option<Referral>,
    #[serde(deserialize_with = "object")]
    pub text: Option<TextBody>,
    #[serde(deserialize_with = "object")]
    pub button: Option<Button>,
    #[serde(deserialize_with = "object")]
    pub interactive: Option<Interactive>,
    #[serde(deserialize_with = "object")]
    pub location: Option<Location>,
    #[serde(deserialize_with = "object")]
    pub reaction: Option<Reaction>,
    #[serde(deserialize_with = "object")]
    pub edit: Option<Edit>,
    #[serde(deserialize_with = "object")]
    pub revoke: Option<Edit>,
    #[serde(deserialize_with = "object")]
    pub system: Option<System>,
    #[serde(deserialize_with = "object")]
    pub unsupported: Option<Unsupported>,
    #[serde(deserialize_with = "object")]
    pub order: Option<Order>,
    #[serde(deserialize_with = "list")]
    pub contacts: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub errors: Vec<Value>,
    #[serde(deserialize_with = "object")]
    pub image: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub video: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub audio: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub voice: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub document: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub sticker: Option<Media>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub forwarded: Option<String>,
    #[serde(deserialize_with = "text")]
    pub frequently_forwarded: Option<String>,
    #[serde(deserialize_with = "object")]
    pub referred_product: Option<Product>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Product {
    #[serde(deserialize_with = "text")]
    pub product_retailer_id: Option<String>,
}

/// What led the customer here; the on-premise form has objects for the media (§2.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Referral {
    #[serde(deserialize_with = "text")]
    pub source_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub source_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub headline: Option<String>,
    #[serde(deserialize_with = "text")]
    pub body: Option<String>,
    #[serde(deserialize_with = "text")]
    pub image_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub video_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub thumbnail_url: Option<String>,
    #[serde(deserialize_with = "object")]
    pub image: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub video: Option<Media>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TextBody {
    #[serde(deserialize_with = "text")]
    pub body: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct System {
    #[serde(deserialize_with = "text")]
    pub body: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub wa_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub new_wa_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub parent_user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub previous_user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub previous_parent_user_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button {
    #[serde(deserialize_with = "text")]
    pub payload: Option<String>,
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Interactive {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "object")]
    pub button_reply: Option<Reply>,
    #[serde(deserialize_with = "object")]
    pub list_reply: Option<Reply>,
    #[serde(deserialize_with = "object")]
    pub nfm_reply: Option<FlowReply>,
    #[serde(deserialize_with = "object")]
    pub call_permission_reply: Option<CallPermission>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reply {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FlowReply {
    #[serde(deserialize_with = "text")]
    pub body: Option<String>,
    #[serde(deserialize_with = "text_or_json")]
    pub response_json: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallPermission {
    #[serde(deserialize_with = "text")]
    pub response: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Location {
    #[serde(deserialize_with = "number")]
    pub latitude: Option<f64>,
    #[serde(deserialize_with = "number")]
    pub longitude: Option<f64>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub address: Option<String>,
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reaction {
    #[serde(deserialize_with = "text")]
    pub message_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub emoji: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Edit {
    #[serde(deserialize_with = "text")]
    pub original_message_id: Option<String>,
    #[serde(deserialize_with = "object")]
    pub message: Option<Edited>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Edited {
    #[serde(deserialize_with = "object")]
    pub text: Option<TextBody>,
    #[serde(deserialize_with = "object")]
    pub image: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub video: Option<Media>,
    #[serde(deserialize_with = "object")]
    pub document: Option<Media>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Unsupported {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Order {
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "list")]
    pub product_items: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OrderItem {
    #[serde(deserialize_with = "text")]
    pub product_retailer_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub quantity: Option<String>,
    #[serde(deserialize_with = "text")]
    pub item_price: Option<String>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SharedContact {
    #[serde(deserialize_with = "object")]
    pub name: Option<ContactName>,
    #[serde(deserialize_with = "object")]
    pub org: Option<ContactOrg>,
    #[serde(deserialize_with = "list")]
    pub phones: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub emails: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub addresses: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub urls: Vec<Value>,
    #[serde(deserialize_with = "text")]
    pub birthday: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactOrg {
    #[serde(deserialize_with = "text")]
    pub company: Option<String>,
    #[serde(deserialize_with = "text")]
    pub department: Option<String>,
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactAddress {
    #[serde(deserialize_with = "text")]
    pub street: Option<String>,
    #[serde(deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub zip: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactUrl {
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactEmail {
    #[serde(deserialize_with = "text")]
    pub email: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactName {
    #[serde(deserialize_with = "text")]
    pub formatted_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub first_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactPhone {
    #[serde(deserialize_with = "text")]
    pub phone: Option<String>,
    #[serde(deserialize_with = "text")]
    pub wa_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub mime_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub caption: Option<String>,
    #[serde(deserialize_with = "text")]
    pub filename: Option<String>,
    #[serde(deserialize_with = "text")]
    pub voice: Option<String>,
}
