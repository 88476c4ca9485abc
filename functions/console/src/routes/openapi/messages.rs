//! Messages of programs in the description.

use bridge::whatsapp::parse::program::TEXT_FIELDS;
use serde_json::{Value, json};

use super::{operation, reference};

/// The paths of this file.
pub fn paths() -> Vec<(&'static str, Value)> {
    let id = json!([{ "name": "id", "in": "path", "required": true,
        "schema": { "type": "string" } }]);
    let mut send = operation(
        "Send a message to one person who wrote within 24 hours",
        Some("NewMessage"),
        &[("202", reference("Message"))],
    );
    send["description"] = json!(
        "Scope `send`. Refused with 409 `window_closed` where the person did not \
        write within 24 hours (send a template then), `idempotency_key_reused` where the key was used for \
        another body; with 404 where connection, room, chat or message is not there, or not this connection's."
    );
    send["parameters"] = json!([{ "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "The same key and body within 24 hours is one message, and has the same answer",
        "schema": { "type": "string", "maxLength": 255 } }]);
    send["responses"]["202"]["headers"] = json!({ "Idempotency-Replayed": {
        "description": "`true` where the message was taken before",
        "schema": { "type": "string" } } });
    let show = operation(
        "Read what became of a message",
        None,
        &[("200", reference("Message"))],
    );
    vec![
        ("/v1/messages", json!({ "post": send })),
        (
            "/v1/messages/{id}",
            json!({ "parameters": id, "get": show }),
        ),
    ]
}

/// The schemas of this file.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("NewMessage", new_message()),
        ("Message", message()),
        ("File", file()),
        ("Interactive", interactive()),
        ("Card", card()),
    ]
}

fn text(most: usize) -> Value {
    json!({ "type": "string", "maxLength": most })
}

fn object(required: &[&str], properties: Value) -> Value {
    let mut object = json!({ "type": "object", "additionalProperties": false });
    object["required"] = json!(required);
    object["properties"] = properties;
    object
}

fn new_message() -> Value {
    let said = |what: &str| json!({ "type": "string", "description": what });
    let file = reference("File");
    let place = object(
        &["latitude", "longitude"],
        json!({ "latitude": { "type": "number", "minimum": -90, "maximum": 90 },
            "longitude": { "type": "number", "minimum": -180, "maximum": 180 },
            "name": text(1_024), "address": text(1_024) }),
    );
    let reaction = object(
        &["message_id", "emoji"],
        json!({ "message_id": said("WhatsApp's id of a message of this conversation"),
            "emoji": said("Empty: takes the reaction back") }),
    );
    let [body, preview] = TEXT_FIELDS;
    let words = object(
        &[body],
        json!({ body: text(4_096), preview: { "type": "boolean" } }),
    );
    let mut schema = object(
        &["connection", "type"],
        json!({
            "connection": said("An id of GET /v1/connections"),
            "to": said("A phone number with its country code, or a user id of WhatsApp"),
            "roomId": said("A conversation in Rocket.Chat, open or closed"),
            "chatId": said("The contact: `contact` of an answer here, or the token of its visitor"),
            "type": { "enum": ["text", "image", "video", "audio", "document", "sticker",
                "interactive", "location", "contacts", "reaction"] },
            "text": words, "image": file, "video": file, "audio": file, "document": file,
            "sticker": file, "interactive": reference("Interactive"), "location": place,
            "contacts": { "type": "array", "minItems": 1, "maxItems": 257, "items": reference("Card") },
            "reaction": reaction,
            "context": object(&["message_id"], json!({ "message_id": said("The quoted message") })),
        }),
    );
    schema["description"] =
        json!("Exactly one of `to`, `roomId`, `chatId`, and the member that `type` names");
    schema
}

fn message() -> Value {
    let text = || json!({ "type": "string" });
    let some = || json!({ "type": ["string", "null"] });
    let moment = || json!({ "type": "string", "format": "date-time" });
    let state = json!({ "type": "string", "description": "`queued`, then WhatsApp's `sent`, `delivered`, \
        `read`, `failed`; `unknown` where nobody knows whether it arrived" });
    json!({ "type": "object", "properties": {
        "id": text(), "connection": text(), "contact": text(), "type": text(),
        "createdAt": moment(), "state": state,
        "text": { "type": "string", "description": "What agents read of it; only in GET" },
        "sentBy": { "type": "string", "description": "The name of the API key; only in GET" },
        "parts": { "type": "array", "description": "Only in GET", "items": {
            "type": "object", "properties": { "state": state, "wamid": some(),
                "code": { "type": ["string", "null"], "description": "Why it failed, e.g. `window_closed`, `whatsapp_131026`, `too_old`" },
                "advice": some(), "at": moment() } } } } })
}

fn file() -> Value {
    let mut schema = object(
        &[],
        json!({ "id": { "type": "string", "description": "Of a file that was uploaded to 360dialog" },
            "link": { "type": "string", "format": "uri", "maxLength": 2_000,
                "description": "`https` on a public host; fetched once, without redirects" },
            "caption": { "type": "string", "maxLength": 1_024, "description": "Images, videos, documents" },
            "filename": { "type": "string", "description": "Documents" },
            "voice": { "type": "boolean", "description": "Sounds: a voice message (OGG with Opus)" } }),
    );
    schema["description"] = json!("Exactly one of `id` and `link`");
    schema
}

fn interactive() -> Value {
    let words = |most| object(&["text"], json!({ "text": text(most) }));
    let mut schema = object(
        &["type", "body", "action"],
        json!({
            "type": { "enum": ["button", "list", "cta_url", "location_request_message"] },
            "header": { "type": "object", "description": "`text` (60 characters), or `image`, `video`, `document` as a file; of a list text only" },
            "body": words(1_024), "footer": words(60),
            "action": { "type": "object", "description": "As WhatsApp takes it: 1 to 3 `buttons` with ids and titles of their own, `sections` with 10 rows at most, one `cta_url`, or `send_location`" } }),
    );
    schema["description"] = json!("As WhatsApp's Cloud API takes it");
    schema
}

fn card() -> Value {
    let list = || json!({ "type": "array", "items": { "type": "object" } });
    object(
        &["name"],
        json!({ "name": { "type": "object", "description": "`formatted_name` and at least one part" },
            "phones": list(), "emails": list(), "addresses": list(), "urls": list(),
            "org": { "type": "object" }, "birthday": { "type": "string" } }),
    )
}
