//! Rocket.Chat's side: the workspace's one Omnichannel webhook, which carries agents' messages to
//! us. It is shared by every channel of the workspace, so a foreign one is never overwritten
//! unless somebody says so; what was taken over goes on getting events, unless somebody says no.

pub mod former;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use crate::app::App;
use crate::domain::connection::Warning;
use crate::domain::time::Timestamp;
use crate::domain::workspace::{FormerWebhook, WebhookEvents};
use crate::error::Failure;
use crate::rocketchat::client::TOKEN_HEADER;
use crate::rocketchat::{Client, RocketChatError};
use crate::secrets::{Secret, SecretName};

/// How long the console waits for one step at Rocket.Chat: a gateway gives it 30 s in all.
const PATIENCE: Duration = Duration::from_secs(8);

/// The webhook's settings by id (reference: Rocket.Chat, §2.1).
const URL: &str = "Livechat_webhookUrl";
const SECRET: &str = "Livechat_secret_token";
const AGENT_MESSAGES: &str = "Livechat_webhook_on_agent_message";
const VISITOR_MESSAGES: &str = "Livechat_webhook_on_visitor_message";
const CLOSINGS: &str = "Livechat_webhook_on_close";

/// Those that have to be on for us.
const EVENTS: [&str; 2] = [AGENT_MESSAGES, CLOSINGS];

/// The query that our door knows by that an event is to be passed on: it has no table to look into.
pub const PASS_ON: &str = "pass-on=1";

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

/// Our address for Rocket.Chat's webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without a mark.
    plain: String,
    /// With [`PASS_ON`].
    marked: String,
    /// Whether the mark has to be there.
    is_marked: bool,
}

impl Address {
    /// The one that has to stand, by what was taken over.
    fn of(app: &App, public_url: &str, former: Option<&FormerWebhook>) -> Self {
        let plain = format!("{}/rocketchat/events", public_url.trim_end_matches('/'));
        Self {
            marked: format!("{plain}?{PASS_ON}"),
            plain,
            is_marked: former.is_some_and(|former| former::is_told(app, former)),
        }
    }

    /// What Rocket.Chat has to call.
    pub fn url(&self) -> &str {
        if self.is_marked {
            &self.marked
        } else {
            &self.plain
        }
    }

    fn is(&self, url: &str) -> bool {
        url == self.plain || url == self.marked
    }
}

/// Our address as it has to stand at Rocket.Chat now.
pub async fn address(app: &App, public_url: &str, now: Timestamp) -> Result<Address, Failure> {
    let former = app.store.find_former_webhook(now).await?;
    Ok(Address::of(app, public_url, former.as_ref()))
}

/// What somebody wants of the webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// A foreign one may be taken over.
    pub take_over: bool,
    /// Events are passed on to the one that was taken over, or not. Where nothing is said: yes for one
    /// that is taken over now, else as it was.
    pub pass_on: Option<bool>,
}

/// Makes sure that the webhook comes to us. Sets an empty one, repairs ours, leaves a foreign one
/// unless it may be taken over: then it is remembered first. Gives what is wrong afterwards; fails
/// only where our own storage does.
pub async fn ensure_webhook(
    app: &App,
    public_url: &str,
    wish: Wish,
    now: Timestamp,
) -> Result<Option<Warning>, Failure> {
    let mut former = former::find(app, wish.pass_on, now).await?;
    let (rocketchat, token) = match reach(app, now).await {
        Ok(both) => both,
        Err(warning) => return Ok(Some(warning)),
    };
    let settings = match patiently(rocketchat.fetch_webhook_settings()).await {
        Ok(settings) => settings,
        Err(error) => return Ok(Some(warning_of(app, &error))),
    };
    let address = Address::of(app, public_url, former.as_ref());
    match judge(&settings, &address, &token) {
        Standing::Right => return Ok(former::warning(app, former.as_ref())),
        Standing::Foreign(url) if !wish.take_over => return Ok(Some(foreign(&url))),
        // without the mark: what is asked here is no event
        _ if !app.door_opens(&address.plain, TOKEN_HEADER, &token).await => {
            return Ok(Some(door_closed(&address.plain)));
        }
        Standing::Foreign(url) => {
            let pass_on = wish.pass_on.unwrap_or(true);
            former = Some(former::remember(app, (&url, &settings), pass_on).await?);
        }
        Standing::Empty | Standing::Stale(_) => {}
    }
    let address = Address::of(app, public_url, former.as_ref());
    let former = former.as_ref();
    let events = WebhookEvents {
        // ours are of no use to us, and are left to the one who had them
        visitor_messages: former.is_some_and(|f| address.is_marked && f.events.visitor_messages),
        ..WebhookEvents::default()
    };
    let set = rocketchat.send_webhook_settings(address.url(), Some(&token), Some(events));
    let set = patiently(set).await;
    let refused = set.err().map(|error| not_set(app, &error));
    Ok(refused.or_else(|| former::warning(app, former)))
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
    address: &Address,
    token: &Secret,
) -> Result<Standing, RocketChatError> {
    let settings = patiently(rocketchat.fetch_webhook_settings()).await?;
    Ok(judge(&settings, address, token))
}

/// A setting's text; empty where there is none.
fn text<'a>(settings: &'a BTreeMap<String, Value>, id: &str) -> &'a str {
    let text = settings.get(id).and_then(Value::as_str);
    text.unwrap_or_default().trim()
}

fn judge(settings: &BTreeMap<String, Value>, address: &Address, token: &Secret) -> Standing {
    let (url, secret) = (text(settings, URL), text(settings, SECRET));
    if url.is_empty() {
        return Standing::Empty;
    }
    // after a move of the stack the token still tells that it is ours
    if !address.is(url) && secret != token.reveal() {
        return Standing::Foreign(url.to_owned());
    }
    let mut stale = Vec::new();
    if url != address.url() {
        stale.push(URL.to_owned());
    }
    if secret != token.reveal() {
        stale.push(SECRET.to_owned());
    }
    let off = |id: &&&str| settings.get(**id) != Some(&Value::Bool(true));
    stale.extend(EVENTS.iter().filter(off).map(|id| (*id).to_owned()));
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
             here. Send `takeOverRocketChat: true` to point it here (that URL is remembered and \
             goes on getting events, unless you send `keepRocketChatWebhook: false` too)."
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
