//! A filled template → the `template` member of `POST /messages` (§1.3).

use serde_json::{Map, Value, json};

use crate::domain::template::{Filled, Parameter};

/// The `template` member: name, language, and the components that something fills.
pub fn render_template(name: &str, language: &str, filled: &Filled) -> Value {
    let mut components = Vec::new();
    for (kind, parameters) in [("header", &filled.header), ("body", &filled.body)] {
        if !parameters.is_empty() {
            let parameters: Vec<_> = parameters.iter().map(parameter).collect();
            components.push(json!({ "type": kind, "parameters": parameters }));
        }
    }
    for (index, sub_type, one) in &filled.buttons {
        let mut button = json!({
            "type": "button", "sub_type": sub_type, "index": index.to_string(),
        });
        if let Some(one) = one {
            button["parameters"] = json!([parameter(one)]);
        }
        components.push(button);
    }
    let mut template = json!({ "name": name, "language": { "code": language } });
    if !components.is_empty() {
        template["components"] = Value::Array(components);
    }
    template
}

fn parameter(one: &Parameter) -> Value {
    let word = one.word();
    match one {
        Parameter::Text { name, text } => {
            let mut value = json!({ "type": word, "text": text });
            if let Some(name) = name {
                value["parameter_name"] = json!(name);
            }
            value
        }
        Parameter::Currency {
            fallback,
            code,
            amount_1000,
            ..
        } => json!({ "type": word, word: {
            "fallback_value": fallback, "code": code, "amount_1000": amount_1000,
        }}),
        Parameter::DateTime { fallback, .. } => {
            json!({ "type": word, word: { "fallback_value": fallback } })
        }
        Parameter::Media {
            id, link, filename, ..
        } => {
            let members = [("id", id), ("link", link), ("filename", filename)];
            json!({ "type": word, word: object(&members) })
        }
        Parameter::Location {
            latitude,
            longitude,
            name,
            address,
        } => {
            let mut place = object(&[("name", name), ("address", address)]);
            place.insert("latitude".to_owned(), json!(latitude));
            place.insert("longitude".to_owned(), json!(longitude));
            json!({ "type": word, word: place })
        }
        Parameter::Payload { payload } => json!({ "type": word, word: payload }),
        Parameter::CouponCode { code } => json!({ "type": word, word: code }),
        Parameter::Action { action } => json!({ "type": word, word: action }),
        Parameter::Other { .. } => json!({ "type": word }),
    }
}

/// An object of the members that say something.
fn object(members: &[(&str, &Option<String>)]) -> Map<String, Value> {
    let said = members.iter().filter_map(|(name, value)| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        Some(((*name).to_owned(), json!(value)))
    });
    said.collect()
}
