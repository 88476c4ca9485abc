//! What a modelled workspace is like when it starts: version, people, departments, settings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A generation of the server; the differences are those of Rocket.Chat reference §7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 6.0: no hard limit on visitor and room, ten webhook tries ten seconds apart, no `rid` in
    /// webhook messages.
    V6_0,
    /// 7.x before the webhook rework: five calls a minute on visitor and room that nothing
    /// bypasses, ten webhook tries on any status but 200.
    V7,
    /// 8.x: the bot's headers bypass the limiter everywhere, five webhook tries and only after
    /// 429, 5xx or no answer.
    V8,
}

impl Version {
    /// What `/api/info` tells a stranger.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::V6_0 => "6.0",
            Self::V7 => "7.5",
            Self::V8 => "8.1",
        }
    }

    /// Webhook tries in all (§2.4).
    pub(crate) fn webhook_tries(self) -> u32 {
        if self == Self::V8 { 5 } else { 10 }
    }

    /// Pause between two webhook tries, in ms, given `Livechat_http_timeout` (§2.4).
    pub(crate) fn webhook_pause_ms(self, timeout_ms: i64) -> i64 {
        if self == Self::V6_0 {
            10_000
        } else {
            timeout_ms.saturating_mul(4)
        }
    }

    /// Whether the webhook's answer counts as delivered (`None`: nobody answered).
    pub(crate) fn webhook_accepted(self, status: Option<u16>) -> bool {
        match (self, status) {
            (_, None) => false,
            (Self::V6_0, Some(status)) => status < 400,
            (_, Some(status)) => status == 200,
        }
    }

    /// Whether an answer that does not count is worth another try.
    pub(crate) fn webhook_retries(self, status: Option<u16>) -> bool {
        self != Self::V8 || status.is_none_or(|status| status == 429 || status >= 500)
    }
}

/// How a new conversation finds its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// The available agent who was assigned longest ago ("Auto Selection").
    Auto,
    /// Nobody: conversations wait in the queue until somebody takes them.
    Manual,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// User id (`X-User-Id`).
    pub id: String,
    /// Login name.
    pub username: String,
    /// Displayed name.
    pub name: String,
    /// Password for `POST login`.
    pub password: String,
    /// A valid `X-Auth-Token`, if this person has one from the start.
    pub auth_token: Option<String>,
    /// Roles such as `bot`, `user`, `livechat-agent`, `livechat-manager`, `admin`.
    pub roles: Vec<String>,
    /// Online and available for Omnichannel.
    pub online: bool,
}

impl Person {
    /// An account with the given roles, online; id, token and password derive from `username`
    /// (`id-…`, `token-…`, `password-…`).
    pub fn new(username: &str, name: &str, roles: &[&str]) -> Self {
        Self {
            id: format!("id-{username}"),
            username: username.to_owned(),
            name: name.to_owned(),
            password: format!("password-{username}"),
            auth_token: Some(format!("token-{username}")),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            online: true,
        }
    }
}

/// An Omnichannel department.
#[derive(Clone, Debug)]
pub struct Department {
    /// Department id.
    pub id: String,
    /// Department name (visitors may be registered with either).
    pub name: String,
    /// Usernames of its agents.
    pub agents: Vec<String>,
}

/// A workspace's starting point. Build with [`Options::new`] and the `with_…` methods.
#[derive(Clone, Debug)]
pub struct Options {
    /// `Site_Url`, without a trailing slash.
    pub site_url: String,
    /// Server generation.
    pub version: Version,
    /// The bridge's account: `whatsapp.bot`, id `id-whatsapp.bot`, token `token-whatsapp.bot`.
    pub bot: Person,
    /// Human (or bot) agents, in routing order.
    pub agents: Vec<Person>,
    /// Other accounts: admins, managers.
    pub people: Vec<Person>,
    /// Departments, the first one being the default.
    pub departments: Vec<Department>,
    /// Settings over the defaults of [`default_settings`].
    pub settings: BTreeMap<String, Value>,
    /// How conversations find agents.
    pub routing: Routing,
    /// Whether writing a setting wants the second factor (§5, "2FA answers").
    pub two_factor: bool,
    /// Where the counter behind all ids begins. A run that goes on with the data of an earlier one
    /// begins at its start time, so that no id comes again.
    pub first_id: u64,
}

impl Options {
    /// A workspace without agents or departments, webhook unset, limiter on.
    pub fn new(site_url: &str, version: Version) -> Self {
        Self {
            site_url: site_url.trim_end_matches('/').to_owned(),
            version,
            bot: Person::new(
                "whatsapp.bot",
                "WhatsApp",
                &["bot", "user", "livechat-manager"],
            ),
            agents: Vec::new(),
            people: Vec::new(),
            departments: Vec::new(),
            settings: BTreeMap::new(),
            routing: Routing::Auto,
            two_factor: true,
            first_id: 0,
        }
    }

    /// Adds an online agent (roles `user`, `livechat-agent`).
    #[must_use]
    pub fn with_agent(mut self, username: &str, name: &str) -> Self {
        self.agents
            .push(Person::new(username, name, &["user", "livechat-agent"]));
        self
    }

    /// Adds an administrator (roles `user`, `admin`).
    #[must_use]
    pub fn with_admin(mut self, username: &str, name: &str) -> Self {
        self.people
            .push(Person::new(username, name, &["user", "admin"]));
        self
    }

    /// Adds a department with the agents of these usernames; its id is `dep-<name>`.
    #[must_use]
    pub fn with_department(mut self, name: &str, agents: &[&str]) -> Self {
        self.departments.push(Department {
            id: format!("dep-{name}"),
            name: name.to_owned(),
            agents: agents.iter().map(|agent| (*agent).to_owned()).collect(),
        });
        self
    }

    /// Sets any setting by its id.
    #[must_use]
    pub fn with_setting(mut self, id: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(id.to_owned(), value.into());
        self
    }

    /// The Omnichannel webhook, sending agent messages and closings.
    #[must_use]
    pub fn with_webhook(self, url: &str, secret: &str) -> Self {
        self.with_setting("Livechat_webhookUrl", url)
            .with_setting("Livechat_secret_token", secret)
            .with_setting("Livechat_webhook_on_agent_message", true)
            .with_setting("Livechat_webhook_on_close", true)
    }

    /// `Livechat_accept_chats_with_no_agents`: queue instead of `no-agent-online`.
    #[must_use]
    pub fn with_accept_without_agents(self, accept: bool) -> Self {
        self.with_setting("Livechat_accept_chats_with_no_agents", accept)
    }

    /// `Livechat_message_character_limit`, switched on.
    #[must_use]
    pub fn with_character_limit(self, limit: u64) -> Self {
        self.with_setting("Livechat_enable_message_character_limit", true)
            .with_setting("Livechat_message_character_limit", limit)
    }

    /// `API_Enable_Rate_Limiter`.
    #[must_use]
    pub fn with_rate_limiter(self, on: bool) -> Self {
        self.with_setting("API_Enable_Rate_Limiter", on)
    }

    /// Begins the ids at `first`.
    #[must_use]
    pub fn with_first_id(mut self, first: u64) -> Self {
        self.first_id = first;
        self
    }

    /// Manual routing: conversations wait until [`take`](super::RocketChat::take).
    #[must_use]
    pub fn with_manual_routing(mut self) -> Self {
        self.routing = Routing::Manual;
        self
    }
}

/// The settings that the model reads, with the server's defaults (§0, §1.5, §2.1, §5).
pub fn default_settings(site_url: &str) -> BTreeMap<String, Value> {
    let defaults = json!({
        "Site_Url": site_url,
        "API_Enable_Rate_Limiter": true,
        "API_Enable_Rate_Limiter_Limit_Calls_Default": 10,
        "API_Enable_Rate_Limiter_Limit_Time_Default": 60_000,
        "FileUpload_Enabled": true,
        "FileUpload_MaxFileSize": 104_857_600,
        "FileUpload_MediaTypeWhiteList": "",
        "FileUpload_MediaTypeBlackList": "image/svg+xml",
        "FileUpload_ProtectFiles": true,
        "FileUpload_Restrict_to_room_members": true,
        "FileUpload_Restrict_to_users_who_can_access_room": false,
        "FileUpload_Enable_json_web_token_for_files": true,
        "FileUpload_json_web_token_secret_for_files": "",
        "Livechat_enabled": true,
        "Livechat_fileupload_enabled": true,
        "Livechat_accept_chats_with_no_agents": false,
        "Livechat_enable_message_character_limit": false,
        "Livechat_message_character_limit": 0,
        "Livechat_display_offline_form": true,
        "Livechat_request_comment_when_closing_conversation": false,
        "Omnichannel_allow_visitors_to_close_conversation": true,
        "Message_AllowEditing": true,
        "Message_AllowDeleting": true,
        "Message_AllowUnrecognizedSlashCommand": false,
        "Message_QuoteChainLimit": 2,
    });
    [defaults, webhook_settings()]
        .into_iter()
        .filter_map(|group| group.as_object().cloned())
        .flatten()
        .collect()
}

/// The webhook's settings (§2.1).
fn webhook_settings() -> Value {
    json!({
        "Livechat_webhookUrl": "",
        "Livechat_secret_token": "",
        "Livechat_http_timeout": 5_000,
        "Livechat_webhook_on_start": false,
        "Livechat_webhook_on_close": false,
        "Livechat_webhook_on_chat_taken": false,
        "Livechat_webhook_on_chat_queued": false,
        "Livechat_webhook_on_forward": false,
        "Livechat_webhook_on_offline_msg": false,
        "Livechat_webhook_on_visitor_message": false,
        "Livechat_webhook_on_agent_message": false,
        "Livechat_webhook_on_capture": false,
    })
}
