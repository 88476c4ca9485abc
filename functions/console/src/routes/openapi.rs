//! `/v1/openapi.json`: exactly the routes that there are. A test compares them.

mod callbacks;
mod messages;
mod sends;

use axum::Json;
use bridge::domain::settings::Settings;
use serde_json::{Map, Value, json};

use super::connections::{CHANGE, FORM};

/// The description; public.
pub async fn show() -> Json<Value> {
    Json(description())
}

/// The OpenAPI 3.1 document.
pub fn description() -> Value {
    let mut description = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bridge360",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "WhatsApp Business (360dialog) and Rocket.Chat Omnichannel."
        },
        "security": [{ "key": [] }],
        "paths": paths(),
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Error": error(),
                "Form": object(&FORM, form_field, &["apiKey", "phoneNumber"]),
                "Change": object(&[&FORM[..], &CHANGE[..]].concat(), form_field, &[]),
                "Connection": connection(),
                "Health": health(),
                "Settings": settings(),
                "Template": template(),
                "Sync": sync(),
                "Submission": { "type": "object", "additionalProperties": false,
                    "required": ["connection", "template"], "properties": {
                        "connection": { "type": "string" },
                        "dryRun": { "type": "boolean", "default": false },
                        "template": { "type": "object",
                            "description": "`name`, `category`, `language`, `components` with a sample for each variable: as Meta takes it" } } },
                "Preview": { "type": "object", "additionalProperties": false,
                    "required": ["connection", "template"], "properties": {
                        "connection": { "type": "string" },
                        "template": { "type": "object",
                            "description": "`name`, `language.code`, `components`: as WhatsApp takes it" } } },
                "Refresh": { "type": "object", "additionalProperties": false, "properties": {
                    "connection": { "type": "string", "description": "Absent: all numbers" } } },
                "Upload": { "type": "object", "additionalProperties": false,
                    "required": ["mimeType"], "properties": { "mimeType": { "type": "string",
                        "enum": ["image/jpeg", "image/png", "video/mp4", "video/3gpp", "application/pdf"] } } },
                "Parked": object(
                    &["id", "at", "queue", "reason", "connection", "body", "bodyLength"],
                    parked_field, &[]
                ),
            }
        }
    });
    for (name, schema) in sends::schemas()
        .into_iter()
        .chain(callbacks::schemas())
        .chain(messages::schemas())
    {
        description["components"]["schemas"][name] = schema;
    }
    for (path, item) in sends::paths()
        .into_iter()
        .chain(callbacks::paths())
        .chain(messages::paths())
    {
        description["paths"][path] = item;
    }
    description
}

fn paths() -> Value {
    let id = json!([{ "name": "id", "in": "path", "required": true,
        "schema": { "type": "string" } }]);
    let connections = json!({ "type": "object", "properties": {
        "connections": { "type": "array", "items": reference("Connection") } } });
    json!({
        "/v1/connections": {
            "get": operation("List all connections", None, &[("200", connections)]),
            "post": operation("Connect a number", Some("Form"), &[
                ("201", reference("Connection")), ("200", reference("Connection"))]),
        },
        "/v1/connections/{id}": {
            "parameters": id,
            "get": operation("Read a connection", None, &[("200", reference("Connection"))]),
            "patch": operation("Change a connection, check and repair it", Some("Change"),
                &[("200", reference("Connection"))]),
            "delete": operation("Disconnect a number", None, &[("200", disconnected())]),
        },
        "/v1/health": {
            "get": operation("Check the workspace and its numbers", None,
                &[("200", reference("Health"))]),
        },
        "/v1/settings": {
            "get": operation("Read the settings", None, &[("200", reference("Settings"))]),
            "put": operation("Set all settings; absent ones get their defaults",
                Some("Settings"), &[("200", reference("Settings"))]),
            "patch": operation("Set some settings", Some("Settings"),
                &[("200", reference("Settings"))]),
        },
        "/v1/templates": templates_path(),
        "/v1/templates/refresh": {
            "post": operation("Read the templates of one number or of all anew",
                Some("Refresh"), &[("200", json!({ "type": "object", "properties": {
                    "syncs": { "type": "array", "items": reference("Sync") } } }))]),
        },
        "/v1/templates/{name}": template_path(),
        "/v1/templates/preview": {
            "post": operation("Fill a template without sending it", Some("Preview"),
                &[("200", json!({ "type": "object", "properties": {
                    "text": { "type": "string", "description": "What the customer would read" },
                    "category": { "type": "string" },
                    "template": { "type": "object", "description": "What would go out" } } }))]),
        },
        "/v1/templates/uploads": {
            "post": operation("Make a form to upload a sample of a header with", Some("Upload"),
                &[("201", json!({ "type": "object", "properties": {
                    "headerHandle": { "type": "string", "description": "What the template's `header_handle` says then" },
                    "url": { "type": "string", "description": "POST the fields, then the part `file`, as multipart/form-data" },
                    "fields": { "type": "object", "additionalProperties": { "type": "string" } },
                    "expiresAt": { "type": "string", "format": "date-time" } } }))]),
        },
        "/v1/parked": parked_path(),
        "/v1/openapi.json": { "get": {
            "summary": "This description", "security": [],
            "responses": { "200": answer(&json!({ "type": "object" })) } } },
    })
}

fn templates_path() -> Value {
    let page = json!({ "type": "object", "properties": {
        "templates": { "type": "array", "items": reference("Template") },
        "total": { "type": "integer", "description": "How many fit, on all pages" },
        "next": { "type": ["string", "null"], "description": "`after` of the next page" },
        "syncs": { "type": "array", "items": reference("Sync") } } });
    let summary = "List message templates as they were last read";
    let mut get = operation(summary, None, &[("200", page)]);
    let query = [
        "connection",
        "search",
        "status",
        "language",
        "category",
        "after",
        "limit",
    ];
    let query =
        query.map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
    get["parameters"] = json!(query);
    let submitted = json!({ "type": "object", "properties": {
        "text": { "type": "string", "description": "What a customer would read, with the samples" },
        "dryRun": { "type": "boolean" },
        "template": reference("Template") } });
    let post = operation(
        "Submit a template to review, or only check it",
        Some("Submission"),
        &[("201", submitted.clone()), ("200", submitted)],
    );
    json!({ "get": get, "post": post })
}

fn template_path() -> Value {
    let deleted = json!({ "type": "object", "properties": {
        "name": { "type": "string" },
        "languages": { "type": "array", "items": { "type": "string" } } } });
    let mut delete = operation(
        "Delete a template in all its languages",
        None,
        &[("200", deleted)],
    );
    delete["parameters"] = json!([{ "name": "connection", "in": "query", "required": true,
        "schema": { "type": "string" } }]);
    let name = json!([{ "name": "name", "in": "path", "required": true,
        "schema": { "type": "string" } }]);
    json!({ "parameters": name, "delete": delete })
}

fn template() -> Value {
    let text = json!({ "type": ["string", "null"] });
    json!({ "type": "object", "properties": {
        "connection": { "type": "string" },
        "name": { "type": "string" },
        "language": { "type": "string" },
        "category": { "type": "string" },
        "status": { "type": "string", "description": "As 360dialog says it, e.g. approved; gone" },
        "reason": text,
        "quality": text,
        "parameterFormat": { "enum": ["NAMED", "POSITIONAL"] },
        "components": { "type": "array", "items": { "type": "object" } },
        "changedAt": { "type": "string", "format": "date-time" },
    } })
}

fn sync() -> Value {
    let moment = json!({ "type": ["string", "null"], "format": "date-time" });
    json!({ "type": "object", "properties": {
        "connection": { "type": "string" },
        "syncedAt": moment,
        "found": { "type": "integer" },
        "failedAt": moment,
        "failure": { "type": ["string", "null"] },
    } })
}

fn parked_path() -> Value {
    let list = json!({ "type": "object", "properties": {
        "parked": { "type": "array", "items": reference("Parked") } } });
    let either = json!({ "anyOf": [list, reference("Parked")] });
    let summary = "List what could not be delivered, newest first; with `id` that record whole";
    let mut get = operation(summary, None, &[("200", either)]);
    let query = |name: &str, required: bool| {
        json!({ "name": name, "in": "query", "required": required,
            "schema": { "type": "string" } })
    };
    get["parameters"] = json!([query("id", false), query("limit", false)]);
    let mut delete = operation("Discard a record", None, &[]);
    delete["parameters"] = json!([query("id", true)]);
    delete["responses"]["204"] = json!({ "description": "Discarded" });
    json!({ "get": get, "delete": delete })
}

fn operation(summary: &str, body: Option<&str>, answers: &[(&str, Value)]) -> Value {
    let mut responses = Map::new();
    for (status, schema) in answers {
        responses.insert((*status).to_owned(), answer(schema));
    }
    responses.insert("default".to_owned(), answer(&reference("Error")));
    let mut operation = json!({ "summary": summary, "responses": responses });
    if let Some(schema) = body {
        operation["requestBody"] = json!({ "required": true,
            "content": { "application/json": { "schema": reference(schema) } } });
    }
    operation
}

fn answer(schema: &Value) -> Value {
    json!({ "description": "The answer",
        "content": { "application/json": { "schema": schema } } })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn object(keys: &[&str], field: fn(&str) -> Value, required: &[&str]) -> Value {
    let properties: Map<_, _> = keys
        .iter()
        .map(|key| ((*key).to_owned(), field(key)))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties,
        "required": required })
}

fn form_field(key: &str) -> Value {
    match key {
        "takeOver" | "takeOverRocketChat" | "deliverKept" => {
            json!({ "type": "boolean", "default": false })
        }
        "enabled" => json!({ "type": "boolean" }),
        "keepRocketChatWebhook" => json!({ "type": "boolean",
            "description": "Pass events on to Rocket.Chat's former webhook. Absent: yes when it is taken over, else as it was" }),
        "name" => json!({ "type": ["string", "null"], "maxLength": 60 }),
        "apiKey" => json!({ "type": "string", "writeOnly": true }),
        "phoneNumber" => json!({ "type": "string", "examples": ["+49 30 901820"] }),
        "department" => json!({ "type": ["string", "null"], "description": "Id or name" }),
        "reopenTemplate" => reopen_template(),
        _ => json!({ "type": ["string", "null"], "maxLength": 4096,
            "description": "Sent to the customer; Meta bills it. Empty: none is sent." }),
    }
}

fn reopen_template() -> Value {
    json!({ "type": ["object", "null"],
        "description": "Sent once when the first message outside a 24-hour window is held: `name`, `language.code`, `components` as in POST /templateMessage, `{{contact.name|…}}` and `{{agent.name}}` included. null: none",
        "properties": {
            "name": { "type": "string" },
            "language": { "type": "object", "properties": { "code": { "type": "string" } } },
            "components": { "type": "array", "items": { "type": "object" } } } })
}

fn parked_field(key: &str) -> Value {
    match key {
        "bodyLength" => json!({ "type": "integer" }),
        "connection" => json!({ "type": ["string", "null"] }),
        "at" => json!({ "type": "string", "format": "date-time" }),
        _ => json!({ "type": "string" }),
    }
}

fn error() -> Value {
    json!({ "type": "object", "required": ["error"], "properties": {
        "error": { "type": "object", "required": ["code", "message"], "properties": {
            "code": { "type": "string" },
            "message": { "type": "string", "description": "What is wrong and what to do" },
            "help": { "type": "string" } } } } })
}

fn warnings() -> Value {
    json!({ "type": "array", "items": { "type": "object", "properties": {
        "code": { "type": "string" }, "message": { "type": "string" } } } })
}

fn connection() -> Value {
    let text = json!({ "type": ["string", "null"] });
    json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "name": { "type": "string" },
        "phoneNumber": { "type": "string" },
        "apiKey": { "type": "string", "description": "Masked", "examples": ["…JcxAK"] },
        "department": text,
        "welcomeMessage": text,
        "conversationFinishedMessage": text,
        "offlineMessage": text,
        "reopenTemplate": reopen_template(),
        "enabled": { "type": "boolean" },
        "webhookUrl": { "type": "string", "format": "uri" },
        "formerWebhookUrl": text,
        "health": { "enum": ["ok", "degraded"] },
        "warnings": warnings(),
        "createdAt": { "type": "string", "format": "date-time" },
        "message": { "type": "string", "description": "After connecting" },
        "kept": { "type": "object", "description": "After `deliverKept`", "properties": {
            "delivered": { "type": "integer" }, "more": { "type": "boolean" } } },
    } })
}

fn disconnected() -> Value {
    json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "message": { "type": "string" },
        "notUndone": { "type": "array", "items": { "type": "string" } },
    } })
}

fn health() -> Value {
    let check = json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "status": { "enum": ["ok", "warning", "error", "unknown"] },
        "message": { "type": "string" },
        "fix": { "type": ["string", "null"] },
    } });
    json!({ "type": "object", "properties": {
        "status": { "enum": ["ok", "degraded"] },
        "checks": { "type": "array", "items": check },
        "connections": { "type": "array", "items": { "type": "object", "properties": {
            "id": { "type": "string" }, "name": { "type": "string" },
            "enabled": { "type": "boolean" }, "health": { "enum": ["ok", "degraded"] },
            "warnings": warnings() } } },
        "parked": { "type": "object", "properties": {
            "counted": { "type": "integer" },
            "byReason": { "type": "object", "additionalProperties": { "type": "integer" } } } },
    } })
}

/// The settings with their defaults, out of the type itself.
fn settings() -> Value {
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    described(&defaults)
}

fn described(default: &Value) -> Value {
    match default {
        Value::Object(members) => {
            let properties: Map<_, _> = members
                .iter()
                .map(|(key, value)| (key.clone(), described(value)))
                .collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
        Value::Bool(_) => json!({ "type": "boolean", "default": default }),
        Value::Number(_) => json!({ "type": "integer", "default": default }),
        _ => json!({ "type": "string", "default": default }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_its_schema() {
        let text = description().to_string();
        let schemas = &description()["components"]["schemas"];
        for name in text.split("#/components/schemas/").skip(1) {
            let name = name.split('"').next().unwrap_or_default();
            assert!(schemas.get(name).is_some(), "{name}");
        }
    }
}
