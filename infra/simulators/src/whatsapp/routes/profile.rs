//! The business profile and the block list (360dialog reference §1.10, §1.11).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::Dialog360;
use super::super::answer::{Refusal, answer};
use super::super::check::at_most;
use super::super::state;
use super::{Caller, refused};

pub(crate) async fn show(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let profile = dialog.with(|state| state.numbers.get(&number).map(|n| n.profile.clone()));
    let mut profile = profile.unwrap_or_default();
    if let (Some(fields), Some(members)) = (query.get("fields"), profile.as_object_mut()) {
        members
            .retain(|name, _| name == "messaging_product" || fields.split(',').any(|f| f == name));
    }
    answer(200, &json!({ "data": [profile] }))
}

pub(crate) async fn update(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    body: Bytes,
) -> Response {
    let given = match serde_json::from_slice::<Value>(&body) {
        Ok(given) => given,
        Err(_) => return refused(&dialog, &Refusal::parameter("The body is not valid JSON.")),
    };
    if let Err(refusal) = check(&given) {
        return refused(&dialog, &refusal);
    }
    dialog.change(|state| {
        let Some(number) = state.numbers.get_mut(&number) else {
            return;
        };
        for (name, value) in given.as_object().into_iter().flatten() {
            match name.as_str() {
                "messaging_product" => {}
                "profile_picture_handle" => {
                    number.profile["profile_picture_url"] =
                        json!("https://pps.whatsapp.net/v/picture.jpg");
                }
                _ => number.profile[name] = value.clone(),
            }
        }
    });
    answer(200, &json!({ "success": true }))
}

fn check(given: &Value) -> Result<(), Refusal> {
    if given["messaging_product"] != "whatsapp" {
        return Err(Refusal::parameter(
            "The parameter messaging_product is required.",
        ));
    }
    if given["about"] == "" {
        return Err(Refusal::parameter("Param about cannot be empty."));
    }
    for (name, most) in [
        ("about", 139),
        ("address", 256),
        ("description", 512),
        ("email", 128),
    ] {
        at_most(&given[name], name, most)?;
    }
    let websites = given["websites"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let web = |site: &Value| {
        let site = site.as_str().unwrap_or_default();
        site.len() <= 256 && (site.starts_with("http://") || site.starts_with("https://"))
    };
    if websites.len() > 2 || !websites.iter().all(web) {
        return Err(Refusal::parameter("Param websites takes up to two URLs."));
    }
    Ok(())
}

pub(crate) async fn blocked(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
) -> Response {
    let list: Vec<Value> = dialog.with(|state| {
        let blocked = state
            .numbers
            .get(&number)
            .map(|number| number.blocked.clone());
        let line = |user: String| json!({ "messaging_product": "whatsapp", "wa_id": user });
        blocked.unwrap_or_default().into_iter().map(line).collect()
    });
    answer(
        200,
        &json!({ "data": list, "paging": { "cursors": { "after": "", "before": "" } } }),
    )
}

pub(crate) async fn block(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    body: Bytes,
) -> Response {
    change_list(&dialog, &body, "added_users", |state, user| {
        let now = state.now();
        let number = state.numbers.get_mut(&number)?;
        let recent = number.window_open(user, now);
        recent
            .then(|| number.blocked.insert(user.to_owned()))
            .map(|_| ())
    })
}

pub(crate) async fn unblock(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    body: Bytes,
) -> Response {
    change_list(&dialog, &body, "removed_users", |state, user| {
        state
            .numbers
            .get_mut(&number)?
            .blocked
            .remove(user)
            .then_some(())
    })
}

/// Applies `change` to every user of the request; `None` from it means that this one failed.
fn change_list(
    dialog: &Dialog360,
    body: &[u8],
    done: &str,
    mut change: impl FnMut(&mut state::State, &str) -> Option<()>,
) -> Response {
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    let users = given["block_users"].as_array().cloned().unwrap_or_default();
    if given["messaging_product"] != "whatsapp" || !(1..=1_000).contains(&users.len()) {
        return refused(
            dialog,
            &Refusal::parameter("messaging_product and 1 to 1000 block_users are required."),
        );
    }
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    dialog.change(|state| {
        for input in users.iter().filter_map(|user| user["user"].as_str()) {
            let key = state.customer_key(input);
            match key.filter(|key| change(state, key).is_some()) {
                Some(key) => changed.push(json!({ "input": input, "wa_id": key })),
                None => {
                    let details =
                        "The user has not written within the last 24 hours or is not on the list.";
                    let error = Refusal::new(139_100, details).webhook_error();
                    failed.push(json!({ "input": input, "errors": [error] }));
                }
            }
        }
    });
    let mut told = json!({ "messaging_product": "whatsapp", "block_users": {} });
    told["block_users"][done] = json!(changed);
    if !failed.is_empty() {
        told["block_users"]["failed_users"] = json!(failed);
    }
    answer(if changed.is_empty() { 400 } else { 200 }, &told)
}
