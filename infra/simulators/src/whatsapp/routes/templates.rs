//! Listing, creating and deleting templates (360dialog reference §1.8).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::Dialog360;
use super::super::answer::{answer, meta_error};

pub(crate) async fn list(
    State(dialog): State<Dialog360>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let number = |name: &str, usual: usize| {
        query
            .get(name)
            .map_or(Some(usual), |text| text.parse::<usize>().ok())
    };
    let (Some(limit), Some(offset)) = (number("limit", 50), number("offset", 0)) else {
        return meta_error(400, "limit and offset must be numbers");
    };
    let filters = query
        .get("filters")
        .map_or(Ok(json!({})), |text| serde_json::from_str(text));
    let Ok(Value::Object(filters)) = filters else {
        return meta_error(400, "filters must be a JSON object");
    };
    let sort = query.get("sort").map_or("id", String::as_str);
    let mut found = dialog.with(|state| state.templates.clone());
    found.retain(|template| {
        filters
            .iter()
            .all(|(key, wanted)| fits(template, key, wanted))
    });
    found.sort_by(|one, other| compare(one, other, sort));
    let total = found.len();
    let page: Vec<Value> = found
        .into_iter()
        .skip(offset)
        .take(limit.min(1_000))
        .collect();
    answer(
        200,
        &json!({
            "count": page.len(), "filters": filters, "limit": limit, "offset": offset,
            "sort": [sort], "total": total, "waba_templates": page,
        }),
    )
}

/// The template's member for a filter or sort key.
fn member<'a>(template: &'a Value, key: &str) -> &'a str {
    let key = key.strip_prefix("business_templates.").unwrap_or(key);
    template[key].as_str().unwrap_or_default()
}

/// A name fits when it contains the filter, everything else when it equals it in any case.
fn fits(template: &Value, key: &str, wanted: &Value) -> bool {
    let (found, wanted) = (member(template, key), wanted.as_str().unwrap_or_default());
    if key == "business_templates.name" {
        found.contains(wanted)
    } else {
        found.eq_ignore_ascii_case(wanted)
    }
}

fn compare(one: &Value, other: &Value, sort: &str) -> Ordering {
    let key = sort.trim_start_matches('-');
    let order = member(one, key).cmp(member(other, key));
    let order = if sort.starts_with('-') {
        order.reverse()
    } else {
        order
    };
    order.then_with(|| member(one, "id").cmp(member(other, "id")))
}

pub(crate) async fn create(State(dialog): State<Dialog360>, body: Bytes) -> Response {
    let Ok(given) = serde_json::from_slice::<Value>(&body) else {
        return meta_error(400, "The body is not valid JSON");
    };
    match dialog.change(|state| state.create_template(&given)) {
        Ok(template) => answer(201, &template),
        Err(reason) => meta_error(400, &reason),
    }
}

pub(crate) async fn remove(State(dialog): State<Dialog360>, Path(name): Path<String>) -> Response {
    let removed = dialog.change(|state| {
        let before = state.templates.len();
        state
            .templates
            .retain(|template| template["name"] != name.as_str());
        before - state.templates.len()
    });
    if removed == 0 {
        return meta_error(404, "Template does not exist");
    }
    answer(
        200,
        &json!({ "meta": { "success": true, "http_code": 200 } }),
    )
}
