//! Sends and API keys in the description.

use serde_json::{Value, json};

use super::{operation, reference};

/// The paths of this file.
pub fn paths() -> Vec<(&'static str, Value)> {
    let id = json!([{ "name": "id", "in": "path", "required": true,
        "schema": { "type": "string" } }]);
    let send = reference("Send");
    let wish = |what: &str| json!({ "parameters": id, "post": operation(what, None, &[("200", send.clone())]) });
    let keys = json!({ "type": "object", "properties": {
        "keys": { "type": "array", "items": reference("Key") } } });
    let mut removed = operation("Take a key back", None, &[]);
    removed["responses"]["204"] = json!({ "description": "It opens nothing any more" });
    vec![
        (
            "/v1/sends/{id}",
            json!({ "parameters": id,
            "get": operation("Read what became of a send, for each recipient", None, &[("200", send.clone())]) }),
        ),
        (
            "/v1/sends/{id}/pause",
            wish("Begin nothing new of a send for now"),
        ),
        ("/v1/sends/{id}/resume", wish("Go on with a paused send")),
        (
            "/v1/sends/{id}/cancel",
            wish("Begin nothing new of a send any more"),
        ),
        (
            "/v1/keys",
            json!({
            "get": operation("List the API keys, without their texts", None, &[("200", keys)]),
            "post": operation("Make an API key; its text is told once", Some("NewKey"),
                &[("201", reference("Key"))]) }),
        ),
        (
            "/v1/keys/{id}",
            json!({ "parameters": id, "delete": removed }),
        ),
    ]
}

/// The schemas of this file.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let text = || json!({ "type": "string" });
    let moment = || json!({ "type": "string", "format": "date-time" });
    let recipient = json!({ "type": "object", "properties": {
        "id": text(),
        "phoneNumber": { "type": "string", "description": "As it was given" },
        "status": { "type": "string", "description": "`queued`, `skipped`, `unknown`; then WhatsApp's: `sent`, `delivered`, `read`, `failed`" },
        "code": { "type": ["string", "null"], "description": "Why it failed or was skipped" },
        "at": moment() } });
    let scopes = json!({ "type": "array", "minItems": 1, "items": {
        "type": "string", "enum": ["send", "bulk", "admin"] } });
    vec![
        (
            "Send",
            json!({ "type": "object", "properties": {
            "id": text(), "connection": text(),
            "template": { "type": "object", "properties": {
                "name": text(), "language": text(), "category": text() } },
            "text": { "type": "string", "description": "What people read" },
            "sentBy": { "type": "string", "description": "The name of the API key" },
            "state": { "type": "string", "enum": ["active", "paused", "cancelled"] },
            "createdAt": moment(),
            "invalidContacts": { "type": "array", "items": text() },
            "counts": { "type": "object", "additionalProperties": { "type": "integer" } },
            "recipients": { "type": "array", "items": recipient } } }),
        ),
        (
            "Key",
            json!({ "type": "object", "properties": {
            "id": text(), "name": text(), "scopes": scopes, "createdAt": moment(),
            "key": { "type": "string", "description": "Its text; only in the answer that makes it" } } }),
        ),
        (
            "NewKey",
            json!({ "type": "object", "additionalProperties": false,
            "required": ["name", "scopes"], "properties": {
                "name": { "type": "string", "maxLength": 100 }, "scopes": scopes } }),
        ),
    ]
}
