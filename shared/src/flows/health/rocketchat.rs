//! Rocket.Chat's part of the report.

use std::collections::BTreeMap;

use futures::join;
use serde_json::Value;

use super::departments::departments;
use super::{Check, State};
use crate::app::App;
use crate::domain::connection::{Connection, Warning};
use crate::domain::time::Timestamp;
use crate::flows::workspace::{self, Standing, no_secret, patiently, warning_of};
use crate::rocketchat::client::{Livechat, RouteLimit};
use crate::rocketchat::{Client, RocketChatError};
use crate::secrets::SecretName;

/// The oldest Rocket.Chat whose routes are those that we call.
pub const MINIMUM_ROCKETCHAT: &str = "6.0";

/// The public settings that matter.
const SETTINGS: [&str; 4] = [
    "Site_Url",
    "FileUpload_Enabled",
    "FileUpload_MaxFileSize",
    "Message_QuoteChainLimit",
];

/// The checks of the workspace besides its version, in order.
const REST: [&str; 8] = [
    "omnichannel",
    "agents",
    "character_limit",
    "uploads",
    "site_url",
    "quotes",
    "rate_limiter",
    "webhook",
];

/// All checks of the workspace. Where it does not answer, one error and the rest `unknown`.
pub(super) async fn checks(
    app: &App,
    public_url: &str,
    connections: &[Connection],
    now: Timestamp,
) -> Vec<Check> {
    let Ok(rocketchat) = app.rocketchat(now).await else {
        return silent(&no_secret());
    };
    let version = match patiently(rocketchat.fetch_version()).await {
        Ok(version) => version,
        Err(error) => return silent(&warning_of(app, &error)),
    };
    let (livechat, settings, limit, webhook, departments) = join!(
        patiently(rocketchat.fetch_livechat(None)),
        patiently(rocketchat.fetch_public_settings(&SETTINGS)),
        patiently(rocketchat.fetch_visitor_limit()),
        webhook(app, &rocketchat, (public_url, now)),
        departments(app, &rocketchat, connections),
    );
    let mut checks = vec![version_check(&version)];
    match livechat {
        Ok(livechat) => checks.extend(livechat_checks(&livechat)),
        Err(error) => checks.extend(REST[..3].iter().map(|id| unread(app, id, &error))),
    }
    match settings {
        Ok(settings) => checks.extend(setting_checks(app, &settings)),
        Err(error) => checks.extend(REST[3..6].iter().map(|id| unread(app, id, &error))),
    }
    checks.push(match limit {
        Ok(limit) => limit_check(limit, &version),
        Err(error) => unread(app, "rate_limiter", &error),
    });
    checks.push(webhook);
    checks.extend(departments);
    checks
}

fn silent(warning: &Warning) -> Vec<Check> {
    let first = Check::new(
        "rocketchat",
        State::Error,
        warning.message.clone(),
        Some("Bring Rocket.Chat and the bot's sign-in in order first, then ask again."),
    );
    let rest = REST.iter().map(|id| {
        let message = "Not looked at: Rocket.Chat was not reached.";
        Check::new(id, State::Unknown, message, Some("See `rocketchat`."))
    });
    std::iter::once(first).chain(rest).collect()
}

pub(super) fn unread(app: &App, id: &str, error: &RocketChatError) -> Check {
    let message = warning_of(app, error).message;
    let fix = Some("Do what the message says, then ask again.");
    Check::new(id, State::Unknown, message, fix)
}

fn version_check(version: &str) -> Check {
    let message = format!("Rocket.Chat {version}.");
    match (parts(version), parts(MINIMUM_ROCKETCHAT)) {
        (Some(own), Some(least)) if own < least => {
            let fix =
                format!("Upgrade Rocket.Chat to {MINIMUM_ROCKETCHAT} or later; 8.x is the best.");
            Check::new("rocketchat", State::Error, message, Some(&fix))
        }
        (None, _) => {
            let fix = format!("Make sure that it is {MINIMUM_ROCKETCHAT} or later.");
            Check::new("rocketchat", State::Unknown, message, Some(&fix))
        }
        _ => Check::ok("rocketchat", message),
    }
}

/// Major and minor number of a version.
fn parts(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']).map(str::parse);
    let major = parts.next()?.ok()?;
    Some((major, parts.next().and_then(Result::ok).unwrap_or(0)))
}

fn livechat_checks(livechat: &Livechat) -> [Check; 3] {
    if !livechat.enabled {
        let fix = "Switch on Administration → Settings → Omnichannel → Omnichannel enabled \
                   (`Livechat_enabled`).";
        let off = "Omnichannel is switched off: no conversation can be opened.";
        let unknown = |id| Check::new(id, State::Unknown, off, Some("See `omnichannel`."));
        return [
            Check::new("omnichannel", State::Error, off, Some(fix)),
            unknown("agents"),
            unknown("character_limit"),
        ];
    }
    [
        Check::ok("omnichannel", "Omnichannel is on."),
        agents_check(livechat.online),
        limit_of_text(livechat.text_limit),
    ]
}

fn agents_check(online: bool) -> Check {
    if online {
        let message = "An agent is available, or Rocket.Chat queues conversations without one.";
        return Check::ok("agents", message);
    }
    let message = "No agent is available. Customers get the offline message; what they write \
                   waits and is posted when an agent is there.";
    let fix = "Let an agent sign in and set the status to available, or switch on \
               `Livechat_accept_chats_with_no_agents` so that conversations wait in the queue.";
    Check::new("agents", State::Warning, message, Some(fix))
}

fn limit_of_text(limit: Option<u64>) -> Check {
    // WhatsApp's own limit
    match limit.filter(|limit| *limit < 4096) {
        None => Check::ok("character_limit", "Customers' texts fit."),
        Some(limit) => {
            let message = format!("Rocket.Chat takes at most {limit} characters of a customer.");
            let fix = "Switch off `Livechat_enable_message_character_limit`, or set \
                       `Livechat_message_character_limit` to 4096 or more.";
            Check::new("character_limit", State::Warning, message, Some(fix))
        }
    }
}

fn setting_checks(app: &App, settings: &BTreeMap<String, Value>) -> [Check; 3] {
    [
        uploads_check(settings),
        site_check(&app.config.rocketchat_url, settings),
        quotes_check(settings),
    ]
}

fn uploads_check(settings: &BTreeMap<String, Value>) -> Check {
    if settings.get("FileUpload_Enabled") == Some(&Value::Bool(false)) {
        let fix = "Switch on Administration → Settings → File Upload (`FileUpload_Enabled`).";
        let message = "File uploads are switched off: customers' files are not shown.";
        return Check::new("uploads", State::Warning, message, Some(fix));
    }
    let most = settings
        .get("FileUpload_MaxFileSize")
        .and_then(Value::as_i64);
    match most.filter(|most| *most >= 0) {
        Some(most) => Check::ok("uploads", format!("Files up to {most} bytes are taken.")),
        None => Check::ok("uploads", "Files of any size are taken."),
    }
}

fn site_check(configured: &str, settings: &BTreeMap<String, Value>) -> Check {
    let site = settings
        .get("Site_Url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let site = site.trim_end_matches('/');
    if site == configured {
        return Check::ok("site_url", format!("`Site_Url` is {site}."));
    }
    let message = format!(
        "Rocket.Chat calls itself \"{site}\", the stack calls it {configured}: quotes are not \
         recognised."
    );
    let fix =
        format!("Set `Site_Url` to {configured}, or update the stack with Rocket.Chat's URL.");
    Check::new("site_url", State::Warning, message, Some(&fix))
}

fn quotes_check(settings: &BTreeMap<String, Value>) -> Check {
    let limit = settings
        .get("Message_QuoteChainLimit")
        .and_then(Value::as_i64);
    match limit {
        Some(limit) if limit < 2 => {
            let message =
                format!("`Message_QuoteChainLimit` is {limit}: agents do not see what is quoted.");
            let fix = "Set Administration → Settings → Message → `Message_QuoteChainLimit` to 2 \
                       or more.";
            Check::new("quotes", State::Warning, message, Some(fix))
        }
        _ => Check::ok("quotes", "Quotes are shown."),
    }
}

fn limit_check(limit: Option<RouteLimit>, version: &str) -> Check {
    let Some(limit) = limit else {
        let message = "The rate limiter does not limit the bridge.";
        return Check::ok("rate_limiter", message);
    };
    let message = format!("New customers are limited to {} a minute.", limit.calls);
    let fix = if parts(version).is_some_and(|version| version >= (8, 0)) {
        "Give the bot the role `bot`: its permission `api-bypass-rate-limit` lifts the limit."
    } else {
        "Set `API_Enable_Rate_Limiter` to false (before 8.0 nothing else lifts the limit of these \
         routes), or upgrade to 8.x, where the bot's role `bot` with its permission \
         `api-bypass-rate-limit` does."
    };
    Check::new("rate_limiter", State::Warning, message, Some(fix))
}

async fn webhook(app: &App, rocketchat: &Client, (public_url, now): (&str, Timestamp)) -> Check {
    let name = SecretName::AgentEvents(app.config.secret_generation.clone());
    let Ok(token) = app.secrets.find(&name).await else {
        let fix = "Update the stack: it creates what is missing.";
        let message = "The webhook's token is not in the secret store.";
        return Check::new("webhook", State::Error, message, Some(fix));
    };
    let Ok(address) = workspace::address(app, public_url, now).await else {
        let message = "What was taken over of the webhook could not be looked up.";
        let fix = Some("Ask again in a moment.");
        return Check::new("webhook", State::Unknown, message, fix);
    };
    match workspace::inspect(rocketchat, &address, &token).await {
        Ok(standing) => standing_check(&standing),
        Err(error) => unread(app, "webhook", &error),
    }
}

fn standing_check(standing: &Standing) -> Check {
    let repair = "Connect a number, or change one (PATCH /v1/connections/{id} with `{}`): the \
                  webhook is set with it.";
    match standing {
        Standing::Right => Check::ok(
            "webhook",
            "Agents' messages and closings come here (events: agent message, close).",
        ),
        Standing::Empty => {
            let message = "No webhook is set: agents' messages do not come here.";
            Check::new("webhook", State::Error, message, Some(repair))
        }
        Standing::Stale(settings) => {
            let names = settings.join(", ");
            let message = format!("The webhook is ours, but not in order: {names}.");
            Check::new("webhook", State::Error, message, Some(repair))
        }
        Standing::Foreign(url) => {
            let message = workspace::foreign(url).message;
            let fix = "PATCH /v1/connections/{id} with `{\"takeOverRocketChat\": true}`.";
            Check::new("webhook", State::Error, message, Some(fix))
        }
    }
}
