//! What the command line and the environment say.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use bridge::secrets::Secret;
use clap::Parser;
use url::Url;

/// Bridge360 on one machine: WhatsApp (360dialog) ⇄ Rocket.Chat Omnichannel.
///
/// Without further options it brings simulated neighbours and a page to try it on.
#[derive(Clone, Debug, Parser)]
#[command(name = "bridge360", version)]
pub struct Options {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "BRIDGE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8360",
        value_parser = address)]
    pub listen: SocketAddr,
    /// Folder for the database; created if absent
    #[arg(
        long,
        env = "BRIDGE_DATA_DIR",
        value_name = "DIR",
        default_value = "./data"
    )]
    pub data_dir: PathBuf,
    /// Real neighbours instead of the simulated ones
    #[arg(long, env = "BRIDGE_NO_SIMULATORS")]
    pub no_simulators: bool,
    /// Base URL of 360dialog's API, usually `https://waba-v2.360dialog.io`
    #[arg(long, env = "BRIDGE_WHATSAPP_URL", value_name = "URL")]
    pub whatsapp_url: Option<String>,
    /// URL of the Rocket.Chat workspace
    #[arg(long, env = "BRIDGE_ROCKETCHAT_URL", value_name = "URL")]
    pub rocketchat_url: Option<String>,
    /// User id of the bridge's bot in Rocket.Chat
    #[arg(long, env = "BRIDGE_ROCKETCHAT_USER_ID", value_name = "ID")]
    pub rocketchat_user_id: Option<String>,
    /// Personal access token of that bot
    #[arg(
        long,
        env = "BRIDGE_ROCKETCHAT_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub rocketchat_token: Option<String>,
    /// Secret that 360dialog's webhook calls carry; made at the first start
    #[arg(
        long,
        env = "BRIDGE_WEBHOOK_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub webhook_secret: Option<String>,
    /// Token that Rocket.Chat's webhook calls carry; made at the first start
    #[arg(
        long,
        env = "BRIDGE_AGENT_EVENTS_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub agent_events_token: Option<String>,
    /// Admin key of the API; made at the first start
    #[arg(
        long,
        env = "BRIDGE_ADMIN_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub admin_key: Option<String>,
    /// Where the neighbours reach this bridge, registered as webhook; `http://<listen>` if not given
    #[arg(long, env = "BRIDGE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Hosts of status endpoints that need not be public, e.g. `hooks.internal,10.0.0.5:8080`
    #[arg(
        long,
        env = "BRIDGE_CALLBACK_HOSTS",
        value_name = "HOSTS",
        default_value = ""
    )]
    pub callback_hosts: String,
}

/// Options that fit together.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the database lies.
    pub data_dir: PathBuf,
    /// Real neighbours; `None`: the simulated ones.
    pub neighbours: Option<Neighbours>,
    /// Secrets that replace the stored ones.
    pub given: Given,
    /// Where the neighbours reach us, if not at the listen address.
    pub public_url: Option<String>,
    /// Hosts of status endpoints that need not be public.
    pub callback_hosts: String,
}

/// The neighbours of a run without simulators.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// 360dialog.
    pub whatsapp_url: String,
    /// The workspace.
    pub rocketchat_url: String,
    /// The bot.
    pub rocketchat_user_id: String,
    /// The bot's token.
    pub rocketchat_token: Secret,
}

/// Secrets from the command line.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// What 360dialog's calls carry.
    pub webhook_secret: Option<Secret>,
    /// What Rocket.Chat's calls carry.
    pub agent_events_token: Option<Secret>,
    /// The first key of the API.
    pub admin_key: Option<Secret>,
}

/// Options that do not fit together, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

impl Options {
    /// Checks what only all options together tell. An empty value counts as none.
    pub fn plan(self) -> Result<Plan, Unusable> {
        let given = Given {
            webhook_secret: secret("--webhook-secret", self.webhook_secret.as_deref())?,
            agent_events_token: secret("--agent-events-token", self.agent_events_token.as_deref())?,
            admin_key: secret("--admin-key", self.admin_key.as_deref())?,
        };
        let public_url = base_url("--public-url", self.public_url.as_deref())?;
        let named = [
            ("--whatsapp-url", self.whatsapp_url.as_deref()),
            ("--rocketchat-url", self.rocketchat_url.as_deref()),
            ("--rocketchat-user-id", self.rocketchat_user_id.as_deref()),
            ("--rocketchat-token", self.rocketchat_token.as_deref()),
        ];
        let neighbours = match self.no_simulators {
            true => Some(neighbours(&named)?),
            false => {
                refuse_leftovers(&named)?;
                None
            }
        };
        Ok(Plan {
            listen: self.listen,
            data_dir: self.data_dir,
            neighbours,
            given,
            public_url,
            callback_hosts: self.callback_hosts,
        })
    }
}

fn neighbours(named: &[(&str, Option<&str>)]) -> Result<Neighbours, Unusable> {
    let missing: Vec<&str> = named
        .iter()
        .filter(|(_, value)| value.is_none_or(|value| value.trim().is_empty()))
        .map(|(flag, _)| *flag)
        .collect();
    let [whatsapp, rocketchat, user_id, token] = named else {
        return Err(Unusable("The options cannot be read.".to_owned()));
    };
    let read = (
        base_url(whatsapp.0, whatsapp.1)?,
        base_url(rocketchat.0, rocketchat.1)?,
        user_id.1.map(str::trim),
        secret(token.0, token.1)?,
    );
    match read {
        (Some(whatsapp_url), Some(rocketchat_url), Some(user_id), Some(rocketchat_token))
            if !user_id.is_empty() =>
        {
            Ok(Neighbours {
                whatsapp_url,
                rocketchat_url,
                rocketchat_user_id: user_id.to_owned(),
                rocketchat_token,
            })
        }
        _ => Err(Unusable(format!(
            "Without simulators {} must be given.",
            list(&missing)
        ))),
    }
}

/// Real neighbours beside simulators would be ignored without a word.
fn refuse_leftovers(named: &[(&str, Option<&str>)]) -> Result<(), Unusable> {
    let given = named
        .iter()
        .filter(|(_, value)| value.is_some_and(|value| !value.is_empty()));
    let given: Vec<&str> = given.map(|(flag, _)| *flag).collect();
    if given.is_empty() {
        return Ok(());
    }
    let verb = if given.len() == 1 { "has" } else { "have" };
    Err(Unusable(format!(
        "{} {verb} no effect while the simulators run: add --no-simulators, or leave it out.",
        list(&given)
    )))
}

/// `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| "write it as ADDRESS:PORT, such as 127.0.0.1:8360".to_owned())
}

/// An http(s) URL without a slash at the end.
fn base_url(flag: &str, given: Option<&str>) -> Result<Option<String>, Unusable> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()
    });
    match url {
        Some(_) => Ok(Some(text.trim_end_matches('/').to_owned())),
        None => Err(Unusable(format!(
            "{flag} must be a URL such as https://chat.example.org, not {text:?}."
        ))),
    }
}

/// A secret that fits into a header.
fn secret(flag: &str, given: Option<&str>) -> Result<Option<Secret>, Unusable> {
    match given.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(Secret::new(text)))
        }
        Some(_) => Err(Unusable(format!(
            "{flag} may hold letters, digits and ASCII punctuation only, no spaces."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let all = std::iter::once("bridge360").chain(arguments.iter().copied());
        let options = Options::try_parse_from(all).map_err(|error| error.to_string())?;
        options.plan().map_err(|unusable| unusable.to_string())
    }

    const REAL: [&str; 9] = [
        "--no-simulators",
        "--whatsapp-url",
        "https://waba-v2.360dialog.io/",
        "--rocketchat-url",
        "https://chat.example.org",
        "--rocketchat-user-id",
        "bot",
        "--rocketchat-token",
        "token",
    ];

    #[test]
    fn without_options_the_simulators_run_on_the_own_machine() {
        let plan = plan(&[]).unwrap();
        assert_eq!(plan.listen.to_string(), "127.0.0.1:8360");
        assert_eq!(plan.data_dir, PathBuf::from("./data"));
        assert!(plan.neighbours.is_none() && plan.public_url.is_none());
    }

    #[test]
    fn real_neighbours_are_taken_whole() {
        let neighbours = plan(&REAL).unwrap().neighbours.unwrap();
        assert_eq!(neighbours.whatsapp_url, "https://waba-v2.360dialog.io");
        assert_eq!(neighbours.rocketchat_user_id, "bot");
    }

    #[test]
    fn what_real_neighbours_lack_is_named() {
        let refusal = plan(&REAL[..5]).unwrap_err();
        assert_eq!(
            refusal,
            "Without simulators --rocketchat-user-id and --rocketchat-token must be given."
        );
        assert!(
            plan(&["--no-simulators"])
                .unwrap_err()
                .contains("--whatsapp-url, --rocketchat-url,")
        );
    }

    #[test]
    fn real_neighbours_beside_simulators_are_refused() {
        let refusal = plan(&["--whatsapp-url", "https://waba-v2.360dialog.io"]).unwrap_err();
        assert!(refusal.contains("add --no-simulators"), "{refusal}");
    }

    #[test]
    fn bad_values_are_refused_by_their_name() {
        for (arguments, named) in [
            (["--listen", "8360"], "--listen"),
            (["--public-url", "bridge.example.org"], "--public-url"),
            (["--public-url", "ftp://bridge.example.org"], "--public-url"),
            (["--webhook-secret", "two words"], "--webhook-secret"),
        ] {
            let refusal = plan(&arguments).unwrap_err();
            assert!(refusal.contains(named), "{refusal}");
        }
    }
}
