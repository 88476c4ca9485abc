//! The limits of interactive messages (360dialog reference §1.3, §4).

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::Refusal;
use super::check::{Checked, at_most, filled};

/// The member `interactive`.
pub(crate) fn check(member: &Value) -> Checked {
    let kind = member["type"]
        .as_str()
        .ok_or_else(|| Refusal::missing("interactive['type']"))?;
    filled(
        &member["body"]["text"],
        "interactive['body']['text']",
        1_024,
    )?;
    at_most(
        &member["footer"]["text"],
        "interactive['footer']['text']",
        60,
    )?;
    header(kind, &member["header"])?;
    let action = &member["action"];
    match kind {
        "button" => buttons(&action["buttons"]),
        "list" => list(action),
        "cta_url" => {
            let parameters = &action["parameters"];
            filled(&parameters["display_text"], "display_text", 20)?;
            filled(&parameters["url"], "url", 2_000)
        }
        "flow" => flow(&action["parameters"]),
        "location_request_message" => named(action, "send_location"),
        "request_contact_info" => named(action, "request_contact_info"),
        "product"
        | "product_list"
        | "catalog_message"
        | "call_permission_request"
        | "order_details"
        | "order_status"
        | "carousel" => Ok(()),
        _ => Err(Refusal::parameter(format!(
            "Param interactive['type'] {kind} is unknown."
        ))),
    }
}

fn header(kind: &str, header: &Value) -> Checked {
    match (header["type"].as_str(), kind) {
        (None, _) => Ok(()),
        (Some("text"), _) => filled(&header["text"], "interactive['header']['text']", 60),
        (Some(other), "list" | "flow") => Err(Refusal::parameter(format!(
            "A header of type {other} does not go with {kind}."
        ))),
        (Some(media @ ("image" | "video" | "document")), _) => {
            let given = ["id", "link"]
                .iter()
                .filter(|name| header[media][**name].is_string());
            if given.count() == 1 {
                Ok(())
            } else {
                Err(Refusal::missing("header media"))
            }
        }
        (Some(other), _) => Err(Refusal::parameter(format!("Unknown header type {other}."))),
    }
}

fn named(action: &Value, name: &str) -> Checked {
    if action["name"] == name {
        Ok(())
    } else {
        Err(Refusal::missing("interactive['action']['name']"))
    }
}

fn buttons(buttons: &Value) -> Checked {
    let buttons = buttons.as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=3).contains(&buttons.len()) {
        return Err(Refusal::new(
            131_009,
            "Between 1 and 3 buttons are allowed.",
        ));
    }
    let (mut titles, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for reply in buttons.iter().map(|button| &button["reply"]) {
        filled(&reply["title"], "button title", 20)?;
        filled(&reply["id"], "button id", 256)?;
        let id = reply["id"].as_str().unwrap_or_default();
        if id.trim() != id {
            return Err(Refusal::new(
                131_009,
                "A button id has leading or trailing spaces.",
            ));
        }
        if !titles.insert(reply["title"].as_str().unwrap_or_default()) || !ids.insert(id) {
            return Err(Refusal::new(
                131_009,
                "Button titles and ids must be unique.",
            ));
        }
    }
    Ok(())
}

fn list(action: &Value) -> Checked {
    filled(&action["button"], "interactive['action']['button']", 20)?;
    let sections = action["sections"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if !(1..=10).contains(&sections.len()) {
        return Err(Refusal::new(
            131_009,
            "Between 1 and 10 sections are allowed.",
        ));
    }
    let (mut rows, mut ids) = (0, BTreeSet::new());
    for section in sections {
        if sections.len() > 1 {
            filled(&section["title"], "section title", 24)?;
        }
        at_most(&section["title"], "section title", 24)?;
        for row in section["rows"].as_array().into_iter().flatten() {
            rows += 1;
            filled(&row["id"], "row id", 200)?;
            filled(&row["title"], "row title", 24)?;
            at_most(&row["description"], "row description", 72)?;
            if !ids.insert(row["id"].as_str().unwrap_or_default()) {
                return Err(Refusal::new(131_009, "Row ids must be unique."));
            }
        }
    }
    if (1..=10).contains(&rows) {
        Ok(())
    } else {
        Err(Refusal::new(
            131_009,
            "Between 1 and 10 rows are allowed over all sections.",
        ))
    }
}

fn flow(parameters: &Value) -> Checked {
    filled(&parameters["flow_cta"], "flow_cta", 30)?;
    match (
        parameters["flow_id"].is_null(),
        parameters["flow_name"].is_null(),
    ) {
        (true, true) => Err(Refusal::missing("flow_id")),
        (false, false) => Err(Refusal::parameter(
            "flow_id and flow_name exclude each other.",
        )),
        _ => Ok(()),
    }
}
