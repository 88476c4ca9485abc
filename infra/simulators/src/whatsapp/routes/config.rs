//! Where webhooks go: per number and per account (360dialog reference §1.7).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::super::Dialog360;
use super::super::answer::{answer, meta_error, plain_error};
use super::super::webhooks::WebhookConfig;
use super::Caller;

pub(crate) async fn webhook(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
) -> Response {
    let own = dialog.with(|state| {
        state.webhook_of(&number); // a pending change of the account's may have come into force
        state
            .numbers
            .get(&number)
            .and_then(|number| number.webhook.clone())
    });
    match own {
        Some(config) => answer(200, &shown(&config)),
        None => meta_error(404, "Webhook is not set"),
    }
}

pub(crate) async fn set_webhook(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
    body: Bytes,
) -> Response {
    let config = match parse(&dialog, &body) {
        Ok((config, _)) => config,
        Err(reason) => return meta_error(400, &reason),
    };
    dialog.change(|state| {
        state.webhook_of(&number);
        if let Some(number) = state.numbers.get_mut(&number) {
            number.webhook = Some(config.clone());
        }
    });
    answer(200, &shown(&config))
}

pub(crate) async fn waba_webhook(
    State(dialog): State<Dialog360>,
    Extension(Caller(number)): Extension<Caller>,
) -> Response {
    let account = dialog.with(|state| {
        state.webhook_of(&number);
        state.queue.waba.clone()
    });
    match account {
        Some(config) => answer(200, &shown(&config)),
        None => plain_error(404, "Webhook is not set"),
    }
}

pub(crate) async fn set_waba_webhook(State(dialog): State<Dialog360>, body: Bytes) -> Response {
    let (config, override_all) = match parse(&dialog, &body) {
        Ok(parsed) => parsed,
        Err(reason) => return plain_error(400, &reason),
    };
    dialog.change(|state| {
        let at = state.now() + state.options.waba_webhook_after_ms;
        state.queue.waba_next = Some((at, config, override_all));
    });
    let message = "The webhook will be set within the next 15-20 seconds";
    answer(200, &json!({ "message": message }))
}

fn shown(config: &WebhookConfig) -> Value {
    json!({ "url": config.url, "headers": config.headers })
}

fn parse(dialog: &Dialog360, body: &[u8]) -> Result<(WebhookConfig, bool), String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let url = body["url"].as_str().unwrap_or_default().to_owned();
    check_url(
        &url,
        dialog.with(|state| state.options.allow_any_webhook_url),
    )?;
    let mut headers = BTreeMap::new();
    for (name, value) in body["headers"].as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .ok_or("headers: every value must be a string")?;
        let fits = HeaderName::try_from(name).is_ok() && HeaderValue::from_str(value).is_ok();
        if !fits || name.contains('_') {
            return Err(format!("headers: {name} is not allowed"));
        }
        headers.insert(name.clone(), value.to_owned());
    }
    Ok((WebhookConfig { url, headers }, body["override_all"] == true))
}

fn check_url(url: &str, any: bool) -> Result<(), String> {
    let parsed = Url::parse(url).map_err(|_| "url: not a valid URL")?;
    if any {
        return Ok(());
    }
    let authority = url.split("://").nth(1).unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if parsed.scheme() != "https" {
        Err("url: https is required".to_owned())
    } else if authority.contains(':') {
        Err("url: a port is not allowed".to_owned())
    } else if authority.contains('_') {
        Err("url: an underscore in the domain is not allowed".to_owned())
    } else {
        Ok(())
    }
}
