//! The message status endpoint in the description.

use serde_json::{Value, json};

use super::{operation, reference};

/// The paths of this file.
pub fn paths() -> Vec<(&'static str, Value)> {
    let secret = json!({ "type": "object", "properties": {
        "secret": { "type": "string", "description": "`whsec_…`, told this once" },
        "previousSecretUntil": { "type": ["string", "null"], "format": "date-time" } } });
    let started = json!({ "type": "object", "properties": {
        "message": { "type": "string" },
        "deliveries": { "type": "string", "description": "Where to look for how it went" } } });
    vec![
        (
            "/v1/callbacks",
            json!({ "get": operation("Read how the status endpoint stands", None,
                &[("200", reference("Callbacks"))]) }),
        ),
        (
            "/v1/callbacks/secret",
            post(operation(
                "Make a new secret; the one before is signed with for a while",
                Some("NewSecret"),
                &[("201", secret)],
            )),
        ),
        (
            "/v1/callbacks/header",
            json!({
                "put": done("Set a fixed header of every call", Some("FixedHeader"), ("204", "Set")),
                "delete": done("Take the fixed header away", None, ("204", "Gone")) }),
        ),
        (
            "/v1/callbacks/enable",
            post(done(
                "Switch the endpoint on again after a 410",
                None,
                ("204", "On"),
            )),
        ),
        (
            "/v1/callbacks/test",
            post(operation(
                "Have the endpoint called once",
                None,
                &[("202", started)],
            )),
        ),
    ]
    .into_iter()
    .chain(delivery_paths())
    .collect()
}

/// What was delivered, and what is to be delivered again.
fn delivery_paths() -> Vec<(&'static str, Value)> {
    let redriven = json!({ "type": "object", "properties": {
        "redriven": { "type": "integer" },
        "more": { "type": "boolean", "description": "There are more: call again" } } });
    vec![
        ("/v1/callbacks/deliveries", json!({ "get": deliveries() })),
        (
            "/v1/callbacks/undelivered",
            json!({ "get": operation("List callbacks that were given up", None,
                &[("200", list("undelivered", "Undelivered"))]) }),
        ),
        (
            "/v1/callbacks/redrive",
            post(operation(
                "Deliver what was given up again",
                None,
                &[("200", redriven)],
            )),
        ),
        (
            "/v1/callbacks/replay",
            post(done(
                "Make the callbacks of a span of time anew, with their ids",
                Some("Replay"),
                ("202", "Begun"),
            )),
        ),
    ]
}

fn post(operation: Value) -> Value {
    json!({ "post": operation })
}

/// An operation without an answer's body.
fn done(summary: &str, body: Option<&str>, (status, meaning): (&str, &str)) -> Value {
    let mut operation = operation(summary, body, &[]);
    operation["responses"][status] = json!({ "description": meaning });
    operation
}

fn list(name: &str, schema: &str) -> Value {
    json!({ "type": "object", "properties": {
        name: { "type": "array", "items": reference(schema) } } })
}

fn deliveries() -> Value {
    let summary = "List how callbacks were delivered: those of a message, else the newest hundred of a span (a day, where none is given)";
    let found = list("deliveries", "Delivery");
    let mut deliveries = operation(summary, None, &[("200", found)]);
    let query = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    deliveries["parameters"] = json!([query("message"), query("from"), query("to")]);
    deliveries
}

/// The schemas of this file.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let text = || json!({ "type": "string" });
    let moment = || json!({ "type": "string", "format": "date-time" });
    let maybe = || json!({ "type": ["string", "null"] });
    let tries = json!({ "type": "array", "items": { "type": "object", "properties": {
        "at": moment(),
        "code": { "type": "string", "description": "`http_200`, `not_connected`, `no_answer`, `guarded`" },
        "millis": { "type": "integer" },
        "rule": { "type": ["string", "null"], "description": "Why the address may not be called" } } } });
    vec![
        (
            "Callbacks",
            json!({ "type": "object", "properties": {
                "url": { "type": "string", "description": "The setting `messageStatusEndpointUrl`" },
                "status": { "enum": ["none", "on", "off"], "description": "`off`: it answered 410" },
                "offSince": maybe(),
                "filter": { "type": "string", "description": "The setting `filterMessageStatus`" },
                "secretSince": maybe(), "previousSecretUntil": maybe(),
                "header": { "type": ["string", "null"], "description": "The name of the fixed header" } } }),
        ),
        (
            "Delivery",
            json!({ "type": "object", "properties": {
                "id": { "type": "string", "description": "`webhook-id`" },
                "message": { "type": "string", "description": "Our id, `id` of the callback" },
                "part": { "type": "integer" }, "status": text(), "msId": maybe(), "at": moment(),
                "delivered": { "type": "boolean" }, "tries": tries } }),
        ),
        (
            "Undelivered",
            json!({ "type": "object", "properties": {
                "id": { "type": "string", "description": "The parked record's" },
                "at": moment(), "message": text(), "msId": maybe(), "status": text() } }),
        ),
        (
            "NewSecret",
            json!({ "type": "object", "additionalProperties": false, "properties": {
                "overlapHours": { "type": "integer", "minimum": 0, "maximum": 168, "default": 24 } } }),
        ),
        (
            "FixedHeader",
            json!({ "type": "object", "additionalProperties": false, "required": ["name", "value"],
                "properties": { "name": text(), "value": { "type": "string", "writeOnly": true } } }),
        ),
        (
            "Replay",
            json!({ "type": "object", "additionalProperties": false, "required": ["from", "to"],
                "properties": { "from": moment(), "to": moment(),
                    "onlyFailed": { "type": "boolean", "default": false } } }),
        ),
    ]
}
