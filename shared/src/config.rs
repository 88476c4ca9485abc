//! What a function reads from its environment. Each name is set in `template.yaml`; a test keeps
//! the two equal.

use std::env;

use crate::domain::hash::GroupKey;

/// A variable that is missing or unreadable: the function cannot start.
#[derive(Debug, thiserror::Error)]
#[error("environment variable {0} is not set")]
pub struct Missing(pub &'static str);

/// A variable that must be there.
pub fn required(name: &'static str) -> Result<String, Missing> {
    env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(Missing(name))
}

/// A variable that may be absent.
pub fn optional(name: &'static str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The base URL of 360dialog's Cloud API (`WHATSAPP_URL` overrides it).
pub const WHATSAPP_URL: &str = "https://waba-v2.360dialog.io";

/// Where the workers find their neighbours.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TABLE_NAME`: the one table.
    pub table: String,
    /// `INBOUND_QUEUE_URL`
    pub inbound_queue: String,
    /// `OUTBOUND_QUEUE_URL`
    pub outbound_queue: String,
    /// `BULK_QUEUE_URL`
    pub bulk_queue: String,
    /// `STATUSES_QUEUE_URL`
    pub statuses_queue: String,
    /// `CALLBACKS_QUEUE_URL`
    pub callbacks_queue: String,
    /// `EVENT_BUS_NAME`: where callbacks are put as events too, if anywhere.
    pub event_bus: Option<String>,
    /// `CALLBACK_HOSTS`: hosts of status endpoints that need not be public.
    pub callback_hosts: String,
    /// `PARAMETER_PREFIX`: the path below which the stack's secrets are, e.g. `/bridge360`.
    pub parameter_prefix: String,
    /// `SECRET_GENERATION`: the generation of webhook secrets that is registered.
    pub secret_generation: String,
    /// `ROCKETCHAT_URL`: the workspace, without a slash at the end.
    pub rocketchat_url: String,
    /// `ROCKETCHAT_USER_ID`: the bot.
    pub rocketchat_user_id: String,
    /// `WHATSAPP_URL`
    pub whatsapp_url: String,
    /// `GROUP_KEY`
    pub group_key: GroupKey,
}

impl Config {
    /// Reads the environment.
    pub fn from_env() -> Result<Self, Missing> {
        Ok(Self {
            table: required("TABLE_NAME")?,
            inbound_queue: required("INBOUND_QUEUE_URL")?,
            outbound_queue: required("OUTBOUND_QUEUE_URL")?,
            bulk_queue: required("BULK_QUEUE_URL")?,
            statuses_queue: required("STATUSES_QUEUE_URL")?,
            callbacks_queue: required("CALLBACKS_QUEUE_URL")?,
            event_bus: optional("EVENT_BUS_NAME"),
            callback_hosts: optional("CALLBACK_HOSTS").unwrap_or_default(),
            parameter_prefix: required("PARAMETER_PREFIX")?,
            secret_generation: required("SECRET_GENERATION")?,
            rocketchat_url: required("ROCKETCHAT_URL")?.trim_end_matches('/').to_owned(),
            rocketchat_user_id: required("ROCKETCHAT_USER_ID")?,
            whatsapp_url: optional("WHATSAPP_URL").map_or_else(
                || WHATSAPP_URL.to_owned(),
                |url| url.trim_end_matches('/').to_owned(),
            ),
            group_key: GroupKey::new(&required("GROUP_KEY")?),
        })
    }
}
