//! What a person reads in a message.

use serde_json::Value;

/// The readable text of a message of this type, with templates filled in from `templates`.
pub(crate) fn readable(kind: &str, message: &Value, templates: &[Value]) -> Option<String> {
    let member = &message[kind];
    let text = match kind {
        "text" => &member["body"],
        "image" | "video" | "document" => &member["caption"],
        "reaction" => &member["emoji"],
        "button" => &member["text"],
        "location" => &member["name"],
        "contacts" => &member[0]["name"]["formatted_name"],
        "interactive" => interactive(member),
        "system" => &member["body"],
        "template" => return template(member, templates),
        _ => &Value::Null,
    };
    text.as_str().map(str::to_owned)
}

fn interactive(member: &Value) -> &Value {
    let kind = member["type"].as_str().unwrap_or_default();
    match kind {
        "button_reply" | "list_reply" => &member[kind]["title"],
        "nfm_reply" => &member[kind]["body"],
        _ => &member["body"]["text"],
    }
}

/// The body of the template with its variables replaced.
fn template(member: &Value, templates: &[Value]) -> Option<String> {
    let same = |template: &&Value| {
        template["name"] == member["name"] && template["language"] == member["language"]["code"]
    };
    let found = templates.iter().find(same)?;
    let body = component(&found["components"], "BODY")?;
    let mut text = body["text"].as_str()?.to_owned();
    let given = component(&member["components"], "BODY").map(|body| &body["parameters"]);
    for (at, parameter) in given
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        let name = parameter["parameter_name"].as_str();
        let name = name.map_or_else(|| (at + 1).to_string(), str::to_owned);
        let fallback = |kind: &str| parameter[kind]["fallback_value"].as_str();
        let value = parameter["text"].as_str();
        let value = value
            .or_else(|| fallback("currency"))
            .or_else(|| fallback("date_time"));
        text = text.replace(&format!("{{{{{name}}}}}"), value.unwrap_or_default());
    }
    Some(text)
}

/// The first component of this type, in any case.
pub(crate) fn component<'a>(components: &'a Value, kind: &str) -> Option<&'a Value> {
    let same = |component: &&Value| {
        component["type"]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(kind))
    };
    components.as_array()?.iter().find(same)
}
