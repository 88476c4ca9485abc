//! `GET /health_status` (360dialog reference §1.9).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::Dialog360;
use super::super::answer::{answer, plain_error};
use super::Caller;

pub(crate) async fn status(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let fields = query.get("fields").map_or("health_status", String::as_str);
    let told = dialog.with(|state| {
        let waba_id = &state.options.waba_id;
        let number = state.numbers.get(&number)?;
        let mut told = json!({ "id": number.id });
        for field in fields.split(',').map(str::trim) {
            match field {
                "health_status" => told[field] = health(&number.id, waba_id, &number.health),
                "display_phone_number" => told[field] = json!(number.display),
                _ => {}
            }
        }
        Some(told)
    });
    match told {
        Some(told) => answer(200, &told),
        None => plain_error(500, "The number is gone"),
    }
}

fn health(number: &str, waba_id: &str, can: &str) -> Value {
    let mut own = json!({
        "entity_type": "PHONE_NUMBER", "id": number, "can_send_message": can,
        "can_receive_call_sip": "BLOCKED",
    });
    if can != "AVAILABLE" {
        own["errors"] = json!([{
            "error_code": 141_006, "error_description": "There is an issue with the payment method.",
            "possible_solution": "Add a valid payment method.",
        }]);
    }
    json!({
        "can_send_message": can,
        "entities": [
            own,
            { "entity_type": "WABA", "id": waba_id, "can_send_message": "AVAILABLE" },
            { "entity_type": "BUSINESS", "id": "506914307656634", "can_send_message": "AVAILABLE" },
            { "entity_type": "APP", "id": "634974688087057", "can_send_message": "AVAILABLE" },
        ],
    })
}
