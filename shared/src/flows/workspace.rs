//! Rocket.Chat's side: the workspace's one Omnichannel webhook, which carries agents' messages to
//! us. It is shared by every channel of the workspace, so a foreign one is never overwritten
//! unless somebody says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use crate::app::App;
use crate::domain::connection::Warning;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::rocketchat::client::TOKEN_HEADER;
use crate::rocketchat::{Client, RocketChatError};
use crate::secrets::{Secret, SecretName};

/// How long the console waits for one step at Rocket.Chat: a gateway gives it 30 s in all.
const PATIENCE: Duration = Duration::from_secs(8);

/// The webhook's settings that have to stand so, beside URL and token.
const EVENTS: [(&str, bool); 2] = [
    ("Livechat_webhook_on_agent_message", true),
    ("Livechat_webhook_on_close", true),
];

/// The custom fields of visitors that we fill, with their labels: WhatsApp's number, the
/// business-scoped user id, the username.
pub const FIELDS: [(&str, &str); 3] = [
    ("whatsapp_id", "WhatsApp number"),
    ("whatsapp_user_id", "WhatsApp user ID"),
    ("whatsapp_username", "WhatsApp username"),
];

/// Defines our custom fields where they are missing. Best effort: without them agents see name and
/// number all the same.
pub async fn define_fields(app: &App, now: Timestamp) {
    let Ok(rocketchat) = app.rocketchat(now).await else {
        return;
    };
    let defined = async {
        let standing = rocketchat.list_custom_fields().await?;
        for field in FIELDS {
            if !standing.iter().any(|known| known == field.0) {
                rocketchat.save_custom_field(field).await?;
            }
        }
        Ok::<_, RocketChatError>(())
    };
    if let Err(error) = patiently(defined).await {
        tracing::info!(failure.code = %error, "custom fields not defined");
    }
}

/// How the workspace's webhook stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It comes to us with our token and the events that we need.
    Right,
    /// None is set.
    Empty,
    /// It is ours; these settings of it are not as they should be.
    Stale(Vec<String>),
    /// It goes to this URL.
    Foreign(String),
}

/// The URL that Rocket.Chat's webhook has to call.
pub fn events_url(public_url: &str) -> String {
    format!("{}/rocketchat/events", public_url.trim_end_matches('/'))
}

/// Makes sure that the webhook comes to `events_url`. Sets an empty one, repairs ours, leaves a
/// foreign one unless `take_over`: then its URL is remembered first. Gives what is wrong
/// afterwards; fails only where our own storage does.
pub async fn ensure_webhook(
    app: &App,
    events_url: &str,
    take_over: bool,
    now: Timestamp,
) -> Result<Option<Warning>, Failure> {
    let (rocketchat, token) = match reach(app, now).await {
        Ok(both) => both,
        Err(warning) => return Ok(Some(warning)),
    };
    let standing = match inspect(&rocketchat, events_url, &token).await {
        Ok(standing) => standing,
        Err(error) => return Ok(Some(warning_of(app, &error))),
    };
    match standing {
        Standing::Right => return Ok(None),
        Standing::Foreign(url) if !take_over => return Ok(Some(foreign(&url))),
        _ if !app.door_opens(events_url, TOKEN_HEADER, &token).await => {
            return Ok(Some(door_closed(events_url)));
        }
        Standing::Foreign(url) => app.store.put_former_agent_webhook(&url).await?,
        Standing::Empty | Standing::Stale(_) => {}
    }
    let set = patiently(rocketchat.send_webhook_settings(events_url, Some(&token))).await;
    Ok(set.err().map(|error| not_set(app, &error)))
}

/// The workspace and the token of its webhook, or what is missing.
async fn reach(app: &App, now: Timestamp) -> Result<(Client, Secret), Warning> {
    let name = SecretName::AgentEvents(app.config.secret_generation.clone());
    let token = app.secrets.find(&name).await;
    match (app.rocketchat(now).await, token) {
        (Ok(rocketchat), Ok(token)) => Ok((rocketchat, token)),
        _ => Err(no_secret()),
    }
}

/// How the webhook stands at Rocket.Chat now.
pub async fn inspect(
    rocketchat: &Client,
    events_url: &str,
    token: &Secret,
) -> Result<Standing, RocketChatError> {
    let settings = patiently(rocketchat.fetch_webhook_settings()).await?;
    Ok(judge(&settings, events_url, token))
}

fn judge(settings: &BTreeMap<String, Value>, events_url: &str, token: &Secret) -> Standing {
    let text = |id: &str| {
        settings
            .get(id)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
    };
    let (url, secret) = (text("Livechat_webhookUrl"), text("Livechat_secret_token"));
    if url.is_empty() {
        return Standing::Empty;
    }
    // after a move of the stack the token still tells that it is ours
    if url != events_url && secret != token.reveal() {
        return Standing::Foreign(url.to_owned());
    }
    let mut stale = Vec::new();
    if url != events_url {
        stale.push("Livechat_webhookUrl".to_owned());
    }
    if secret != token.reveal() {
        stale.push("Livechat_secret_token".to_owned());
    }
    let wrong = |(id, on): &&(&str, bool)| settings.get(*id) != Some(&Value::Bool(*on));
    stale.extend(EVENTS.iter().filter(wrong).map(|(id, _)| (*id).to_owned()));
    if stale.is_empty() {
        Standing::Right
    } else {
        Standing::Stale(stale)
    }
}

/// Waits for a step at Rocket.Chat as long as the console can.
pub(super) async fn patiently<T>(
    step: impl Future<Output = Result<T, RocketChatError>>,
) -> Result<T, RocketChatError> {
    let late = RocketChatError::Unavailable { retry_after: None };
    tokio::time::timeout(PATIENCE, step)
        .await
        .unwrap_or(Err(late))
}

/// What to tell where Rocket.Chat did not do what it was asked.
pub(super) fn warning_of(app: &App, error: &RocketChatError) -> Warning {
    let site = &app.config.rocketchat_url;
    match error {
        RocketChatError::Unauthorized => Warning::new(
            "rocketchat_sign_in",
            "Rocket.Chat refuses the bot's token. Create a personal access token for the bot \
             and update the stack with it.",
        ),
        RocketChatError::Rejected { code, .. } => Warning::new(
            "rocketchat_refused",
            format!(
                "Rocket.Chat refuses what the bot has to read ({code}). Give the bot the roles \
                 `bot`, `user` and `livechat-manager`."
            ),
        ),
        _ => Warning::new(
            "rocketchat_unreachable",
            format!(
                "Rocket.Chat does not answer at {site}. Check the URL and that the workspace \
                 runs; it is tried again by itself."
            ),
        ),
    }
}

pub(super) fn no_secret() -> Warning {
    Warning::new(
        "rocketchat_sign_in",
        "The bot's token or the webhook's token is not in the secret store. Update the stack: \
         it creates what is missing.",
    )
}

pub(super) fn foreign(url: &str) -> Warning {
    Warning::new(
        "rocketchat_webhook_foreign",
        format!(
            "Rocket.Chat's Omnichannel webhook goes to {url}, so agents' messages do not come \
             here. Send `takeOverRocketChat: true` to point it here (that URL is remembered)."
        ),
    )
}

fn door_closed(url: &str) -> Warning {
    Warning::new(
        "rocketchat_webhook_not_set",
        format!(
            "Couldn't register agent webhook: our own address {url} does not answer a call with \
             the token yet. Right after a deployment or a rotation this passes by itself; \
             otherwise check that the address is reachable. It is tried again by itself."
        ),
    )
}

fn not_set(app: &App, error: &RocketChatError) -> Warning {
    match error {
        RocketChatError::Rejected { code, .. } => Warning::new(
            "rocketchat_webhook_not_set",
            format!(
                "Couldn't register agent webhook: Rocket.Chat refused it ({code}). Give the bot \
                 the role `livechat-manager`; it is tried again by itself."
            ),
        ),
        other => warning_of(app, other),
    }
}
