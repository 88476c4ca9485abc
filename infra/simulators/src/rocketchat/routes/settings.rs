//! Rocket.Chat REST, settings, the Omnichannel webhook's settings, info
//! (Rocket.Chat reference §1.6, §2.1, §5).

use serde_json::{Map, Value, json};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::delivery;
use super::super::state::State;
use super::super::webhook;
use super::Call;
use super::account::second_factor;

/// REST names of the webhook's settings.
const WEBHOOK: &[(&str, &str)] = &[
    ("LivechatWebhookUrl", "Livechat_webhookUrl"),
    ("LivechatSecretToken", "Livechat_secret_token"),
    ("LivechatHttpTimeout", "Livechat_http_timeout"),
    ("LivechatWebhookOnStart", "Livechat_webhook_on_start"),
    ("LivechatWebhookOnClose", "Livechat_webhook_on_close"),
    (
        "LivechatWebhookOnChatTaken",
        "Livechat_webhook_on_chat_taken",
    ),
    (
        "LivechatWebhookOnChatQueued",
        "Livechat_webhook_on_chat_queued",
    ),
    ("LivechatWebhookOnForward", "Livechat_webhook_on_forward"),
    (
        "LivechatWebhookOnOfflineMsg",
        "Livechat_webhook_on_offline_msg",
    ),
    (
        "LivechatWebhookOnVisitorMessage",
        "Livechat_webhook_on_visitor_message",
    ),
    (
        "LivechatWebhookOnAgentMessage",
        "Livechat_webhook_on_agent_message",
    ),
];

/// Settings that a stranger may read.
const PUBLIC: &[&str] = &[
    "Site_Url",
    "FileUpload_Enabled",
    "FileUpload_MaxFileSize",
    "FileUpload_MediaTypeWhiteList",
    "FileUpload_MediaTypeBlackList",
    "Livechat_enabled",
    "Livechat_fileupload_enabled",
    "Message_AllowEditing",
    "Message_AllowDeleting",
    "Message_AllowUnrecognizedSlashCommand",
    "Message_QuoteChainLimit",
];

/// The version, as a stranger gets it.
pub(crate) fn info(state: &mut State, _: &Call) -> Answer {
    Ok(Reply::Json(json!({ "version": state.version.number() })))
}

/// Public settings, all or those of `_id` (one, or several with commas).
pub(crate) fn public(state: &mut State, call: &Call) -> Answer {
    let wanted: Option<Vec<&str>> = call.query("_id").map(|ids| ids.split(',').collect());
    let asked = |id: &&&str| wanted.as_ref().is_none_or(|ids| ids.contains(*id));
    let settings: Vec<Value> = PUBLIC
        .iter()
        .filter(asked)
        .filter_map(|id| Some(json!({ "_id": id, "value": state.settings.get(*id)? })))
        .collect();
    let count = settings.len();
    Ok(Reply::Json(
        json!({ "settings": settings, "count": count, "offset": 0, "total": count }),
    ))
}

/// One setting.
pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = call.param("id");
    let value = state.settings.get(id).ok_or_else(Refusal::silent)?;
    Ok(Reply::Json(json!({ "_id": id, "value": value })))
}

/// Writes one setting; wants the second factor.
pub(crate) fn save(state: &mut State, call: &Call) -> Answer {
    second_factor(state, call)?;
    let (id, value) = (call.param("id"), call.body.get("value"));
    let value = value.ok_or_else(|| Refusal::mismatch("Missing key 'value'"))?;
    let slot = state.settings.get_mut(id).ok_or_else(Refusal::silent)?;
    *slot = value.clone();
    Ok(Reply::Json(json!({})))
}

/// Writes several settings; wants the second factor.
pub(crate) fn save_many(state: &mut State, call: &Call) -> Answer {
    second_factor(state, call)?;
    let rows = call.body["settings"].as_array();
    let rows =
        rows.ok_or_else(|| Refusal::invalid_params("must have required property 'settings'"))?;
    for row in rows {
        let slot = row["_id"]
            .as_str()
            .and_then(|id| state.settings.get_mut(id));
        *slot.ok_or_else(Refusal::silent)? = row["value"].clone();
    }
    Ok(Reply::Json(json!({})))
}

/// Writes the webhook's settings in one call, without a second factor.
pub(crate) fn integrate(state: &mut State, call: &Call) -> Answer {
    let names: Vec<&str> = WEBHOOK.iter().map(|(name, _)| *name).collect();
    call.only(&names)?;
    for (name, id) in WEBHOOK {
        let Some(value) = call.body.get(*name) else {
            continue;
        };
        let right = match *name {
            "LivechatWebhookUrl" | "LivechatSecretToken" => value.is_string(),
            "LivechatHttpTimeout" => value.is_number(),
            _ => value.is_boolean(),
        };
        if !right {
            return Err(Refusal::invalid_params(&format!(
                "/{name} has the wrong type"
            )));
        }
        state.settings.insert((*id).to_owned(), value.clone());
    }
    Ok(Reply::Json(json!({})))
}

/// Reads the webhook's settings.
pub(crate) fn integration(state: &mut State, _: &Call) -> Answer {
    let row = |id: &str| Some(json!({ "_id": id, "value": state.settings.get(id)? }));
    let rows: Vec<Value> = WEBHOOK.iter().filter_map(|(_, id)| row(id)).collect();
    Ok(Reply::Json(json!({ "settings": rows })))
}

/// Sends the test event to the webhook; only a 200 passes.
pub(crate) fn test_webhook(state: &mut State, _: &Call) -> Answer {
    let url = state.text("Livechat_webhookUrl").to_owned();
    if url.is_empty() {
        let body = json!({ "success": false, "error": "Webhook_URL_not_set" });
        return Err(Refusal {
            status: http::StatusCode::BAD_REQUEST,
            body,
        });
    }
    let body = webhook::test_event(state.now());
    let request = delivery::post(&url, state.text("Livechat_secret_token"), &body);
    let request = request.ok_or_else(|| Refusal::plain("error-invalid-webhook-response"))?;
    // This call has the server's general timeout, not the webhook's own.
    Ok(Reply::Ask(Box::new(request), 20_000))
}

/// The settings that `livechat/config` shows.
pub(crate) fn config_settings(state: &State) -> Value {
    let mut shown = Map::new();
    let files = state.flag("Livechat_fileupload_enabled") && state.flag("FileUpload_Enabled");
    shown.insert("fileUpload".to_owned(), json!(files));
    let limited = state.flag("Livechat_enable_message_character_limit");
    shown.insert(
        "limitTextLength".to_owned(),
        if limited {
            json!(state.number("Livechat_message_character_limit"))
        } else {
            json!(false)
        },
    );
    shown.insert(
        "displayOfflineForm".to_owned(),
        json!(state.flag("Livechat_display_offline_form")),
    );
    Value::Object(shown)
}
