//! Templates as 360dialog lists them, and as people ask for them (§1.3, §1.8).

use serde::Deserialize;
use serde_json::Value;

use super::{list, number, object, text};

/// `GET /v1/configs/templates`: one page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TemplatePage {
    #[serde(deserialize_with = "list")]
    pub waba_templates: Vec<Value>,
    #[serde(deserialize_with = "number")]
    pub total: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Template {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub language: Option<String>,
    #[serde(deserialize_with = "text")]
    pub category: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub rejected_reason: Option<String>,
    #[serde(deserialize_with = "text")]
    pub parameter_format: Option<String>,
    pub quality_score: Option<Value>,
    #[serde(deserialize_with = "list")]
    pub components: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Component {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub format: Option<String>,
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "list")]
    pub buttons: Vec<Value>,
    #[serde(deserialize_with = "text")]
    pub code_expiration_minutes: Option<String>,
    pub example: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub phone_number: Option<String>,
    pub example: Option<Value>,
}

/// The `template` member of a send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Send {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    pub language: Option<Value>,
    #[serde(deserialize_with = "list")]
    pub components: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Language {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SendComponent {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub sub_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub index: Option<String>,
    #[serde(deserialize_with = "list")]
    pub parameters: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameter {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub parameter_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "object")]
    pub currency: Option<Currency>,
    #[serde(deserialize_with = "object")]
    pub date_time: Option<DateTime>,
    #[serde(deserialize_with = "object")]
    pub image: Option<File>,
    #[serde(deserialize_with = "object")]
    pub video: Option<File>,
    #[serde(deserialize_with = "object")]
    pub document: Option<File>,
    #[serde(deserialize_with = "object")]
    pub gif: Option<File>,
    #[serde(deserialize_with = "object")]
    pub location: Option<Place>,
    #[serde(deserialize_with = "text")]
    pub payload: Option<String>,
    #[serde(deserialize_with = "text")]
    pub coupon_code: Option<String>,
    pub action: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Currency {
    #[serde(deserialize_with = "text")]
    pub fallback_value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "number")]
    pub amount_1000: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DateTime {
    #[serde(deserialize_with = "text")]
    pub fallback_value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct File {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub link: Option<String>,
    #[serde(deserialize_with = "text")]
    pub filename: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    #[serde(deserialize_with = "number")]
    pub latitude: Option<f64>,
    #[serde(deserialize_with = "number")]
    pub longitude: Option<f64>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub address: Option<String>,
}

/// `value` of the fields that are about templates (§2.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub event: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message_template_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message_template_language: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reason: Option<String>,
    #[serde(deserialize_with = "object")]
    pub other_info: Option<OtherInfo>,
    #[serde(deserialize_with = "text")]
    pub new_quality_score: Option<String>,
    #[serde(deserialize_with = "text")]
    pub new_category: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OtherInfo {
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
}
