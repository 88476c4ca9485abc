//! The webhook that the workspace had before ours (R37): remembered when it is taken over, told of
//! events as before if that is wanted, and given back in the end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AGENT_MESSAGES, CLOSINGS, SECRET, VISITOR_MESSAGES, text};
use crate::app::App;
use crate::callback::{Hosts, Rule, check_url};
use crate::domain::connection::Warning;
use crate::domain::hash::sha256_hex;
use crate::domain::time::Timestamp;
use crate::domain::workspace::{FormerWebhook, WebhookEvents};
use crate::error::Failure;
use crate::flows::callbacks::manage::origin_of;
use crate::secrets::{Secret, SecretError, SecretName, Secrets};

/// The token as it is stored: it belongs to one address, and goes to no other.
#[derive(Serialize, Deserialize)]
struct Token {
    /// SHA-256 of that address (an address may be too long for a parameter).
    of: String,
    /// Empty where there was none.
    token: String,
}

/// Remembers what stands at Rocket.Chat before it is taken over: the token first, so that no address
/// is ever known with another's.
pub(super) async fn remember(
    app: &App,
    (url, settings): (&str, &BTreeMap<String, Value>),
    pass_on: bool,
) -> Result<FormerWebhook, Failure> {
    let former = FormerWebhook {
        url: url.to_owned(),
        pass_on,
        events: events_of(settings),
    };
    put_token(&app.secrets, url, text(settings, SECRET)).await?;
    app.store.put_former_webhook(&former).await?;
    Ok(former)
}

/// Stores the token of the former webhook at `url`.
pub async fn put_token(secrets: &Secrets, url: &str, token: &str) -> Result<(), SecretError> {
    let token = Token {
        of: sha256_hex(url.as_bytes()),
        token: token.to_owned(),
    };
    let token = serde_json::to_string(&token).unwrap_or_default();
    secrets
        .put(&SecretName::FormerWebhookToken, &Secret::new(token))
        .await
}

/// The token of the former webhook at `url` as it stands now, empty where it had none. `None` where it
/// is not known: what is stored belongs to another address, or was never stored.
pub async fn find_token(secrets: &Secrets, url: &str) -> Result<Option<Secret>, SecretError> {
    let name = SecretName::FormerWebhookToken;
    secrets.forget(&name);
    let stored = match secrets.find(&name).await {
        Ok(stored) => stored,
        Err(SecretError::Missing) => return Ok(None),
        Err(error) => return Err(error),
    };
    let token: Option<Token> = serde_json::from_str(stored.reveal()).ok();
    let token = token.filter(|token| token.of == sha256_hex(url.as_bytes()));
    Ok(token.map(|token| Secret::new(token.token)))
}

fn events_of(settings: &BTreeMap<String, Value>) -> WebhookEvents {
    let on = |id: &str| settings.get(id) == Some(&Value::Bool(true));
    WebhookEvents {
        agent_messages: on(AGENT_MESSAGES),
        visitor_messages: on(VISITOR_MESSAGES),
        closings: on(CLOSINGS),
    }
}

/// The webhook that was taken over, after the `wish` about passing events on was noted.
pub(super) async fn find(
    app: &App,
    wish: Option<bool>,
    now: Timestamp,
) -> Result<Option<FormerWebhook>, Failure> {
    let Some(mut former) = app.store.find_former_webhook(now).await? else {
        return Ok(None);
    };
    if let Some(pass_on) = wish.filter(|wish| *wish != former.pass_on) {
        former.pass_on = pass_on;
        app.store.put_former_webhook(&former).await?;
    }
    Ok(Some(former))
}

/// Whether events are passed on: it is wanted, and the address may be called.
pub(super) fn is_told(app: &App, former: &FormerWebhook) -> bool {
    former.pass_on && guard(app, former).is_ok()
}

/// Whether the guard lets calls to it through, as far as its address tells.
pub(in crate::flows) fn guard(app: &App, former: &FormerWebhook) -> Result<(), Rule> {
    check_url(&former.url, &Hosts::parse(&app.config.callback_hosts))
}

/// What is wrong with passing events on, where that is wanted.
pub(super) fn warning(app: &App, former: Option<&FormerWebhook>) -> Option<Warning> {
    let former = former.filter(|former| former.pass_on)?;
    let rule = guard(app, former).err()?;
    Some(Warning::new(
        "rocketchat_webhook_not_passed_on",
        format!(
            "Events are not passed on to Rocket.Chat's former webhook at {}, which may not be called: \
             {rule}. Allow the host by the stack's parameter CallbackHosts, or send \
             `keepRocketChatWebhook: false`.",
            origin_of(&former.url)
        ),
    ))
}
