//! The simulated neighbours: 360dialog with a number, Rocket.Chat with two agents. They live in
//! memory; what the table knows of them is told to them again at each start.

use std::sync::Arc;
use std::time::Duration;

use bridge::app::{App, Ids};
use bridge::domain::time::Timestamp;
use bridge::flows::connections::{self, Form};
use bridge::http::Http;
use bridge::secrets::Secret;
use bridge_simulators::clock::Clock;
use bridge_simulators::endpoint::StatusEndpoint;
use bridge_simulators::outbound::Outbound;
use bridge_simulators::rocketchat::{self, RocketChat, Version};
use bridge_simulators::whatsapp::{self, Dialog360};
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::task::spawn_local;

use crate::options::Neighbours;
use crate::start::StartError;

/// Where 360dialog's model is mounted.
pub const WHATSAPP_PATH: &str = "/sim/360dialog";
/// Where Rocket.Chat's model is mounted.
pub const ROCKETCHAT_PATH: &str = "/sim/rocketchat";
/// Where a status endpoint is mounted: it takes every callback, and lists them when read.
pub const ENDPOINT_PATH: &str = "/sim/status-endpoint";
/// The agents, as username and name.
pub const AGENTS: [(&str, &str); 2] =
    [("maria.lopez", "María López"), ("tom.becker", "Tom Becker")];
/// How long after its acceptance a message reaches the phone.
pub const DELIVERED_AFTER_MS: i64 = 900;

const CUSTOMERS: [(&str, &str); 3] = [
    ("Ana Souza", "+55 11 96123 4501"),
    ("Ben Carter", "+1 650 555 0142"),
    ("Chen Wei", "+65 9123 4507"),
];
const NAME: &str = "Riverside Bikes";
const NUMBER: &str = "+49 30 901820";
const BOT: &str = "whatsapp.bot";
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// Whom the phones write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// The connection's name.
    pub name: String,
    /// The number.
    pub number: String,
}

/// The models.
#[derive(Clone)]
pub struct Simulators {
    /// 360dialog and the customers' phones.
    pub whatsapp: Dialog360,
    /// Rocket.Chat and its agents.
    pub rocketchat: RocketChat,
    /// A status endpoint.
    pub endpoint: StatusEndpoint,
}

impl Simulators {
    /// Fresh models, to be reached below `url`.
    pub fn new(url: &str) -> Self {
        let clock = Clock::system();
        // ids of an earlier run must not come again: the table remembers them
        let first_id = u64::try_from(clock.now_ms()).unwrap_or_default();
        let site = format!("{url}{ROCKETCHAT_PATH}");
        let workspace = rocketchat::Options::new(&site, Version::V8).with_first_id(first_id);
        let workspace = AGENTS
            .iter()
            .fold(workspace, |workspace, (username, name)| {
                workspace.with_agent(username, name)
            });
        let platform = whatsapp::Options {
            first_id,
            sent_after_ms: 250,
            delivered_after_ms: DELIVERED_AFTER_MS,
            allow_any_webhook_url: true,
            ..whatsapp::Options::default()
        };
        let simulators = Self {
            whatsapp: Dialog360::new(clock.clone(), platform),
            endpoint: StatusEndpoint::new(clock.clone()),
            rocketchat: RocketChat::new(clock, workspace),
        };
        for (name, phone) in CUSTOMERS {
            simulators.whatsapp.customer(name, phone);
        }
        simulators
    }

    /// How the bridge reaches them.
    pub fn neighbours(url: &str) -> Neighbours {
        Neighbours {
            whatsapp_url: format!("{url}{WHATSAPP_PATH}"),
            rocketchat_url: format!("{url}{ROCKETCHAT_PATH}"),
            rocketchat_user_id: format!("id-{BOT}"),
            rocketchat_token: Secret::new(format!("token-{BOT}")),
        }
    }

    /// Starts delivering their webhooks, until `closing`. Must be called within a `LocalSet`.
    pub fn start(&self, http: &Http, closing: &watch::Sender<bool>) {
        let outbound = outbound(http);
        self.rocketchat.set_outbound(outbound.clone());
        let closed = |mut closing: watch::Receiver<bool>| async move {
            let _ = closing.wait_for(|closing| *closing).await;
        };
        let (whatsapp, closing_of_one) = (self.whatsapp.clone(), closing.subscribe());
        let (rocketchat, closing_of_other) = (self.rocketchat.clone(), closing.subscribe());
        let calls = outbound.clone();
        spawn_local(async move { whatsapp.pump(calls, closed(closing_of_one)).await });
        spawn_local(async move { rocketchat.pump(outbound, closed(closing_of_other)).await });
    }

    /// Connects a number at the first start; later the numbers that are connected get their keys
    /// and webhooks again. Gives whom the phones write to.
    pub async fn prepare(&self, app: &App, public_url: &str) -> Result<Shop, StartError> {
        let now = Timestamp::now();
        let setup = |refused: bridge::flows::refused::Refused| StartError::Setup(refused.message);
        let standing = connections::list(app, now).await.map_err(setup)?;
        let mut shops = Vec::new();
        for connection in &standing {
            let key = app.api_key(&connection.id).await?;
            let number = format!("+{}", connection.phone_number.as_str());
            self.add_number(key.reveal(), &number);
            shops.push(Shop {
                name: connection.name.clone(),
                number,
            });
        }
        if let Some(first) = shops.into_iter().next() {
            connections::verify_all(app, public_url, now)
                .await
                .map_err(setup)?;
            return Ok(first);
        }
        let key = Ids::Random.token().map_err(|_| StartError::Randomness)?;
        self.add_number(&key, NUMBER);
        connections::connect(app, public_url, form(key), now)
            .await
            .map_err(setup)?;
        Ok(Shop {
            name: NAME.to_owned(),
            number: NUMBER.to_owned(),
        })
    }

    fn add_number(&self, key: &str, number: &str) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        self.whatsapp
            .add_number(key, number, &format!("10654{digits}"));
    }
}

fn form(key: String) -> Form {
    let text = |text: &str| Some(text.to_owned());
    Form {
        name: text(NAME),
        api_key: Some(key),
        phone_number: text(NUMBER),
        welcome_message: text("Welcome to Riverside Bikes! Somebody will be with you in a moment."),
        conversation_finished_message: text("Thank you for writing to us. Have a good ride!"),
        offline_message: text("Nobody is in the shop right now. We answer as soon as we are back."),
        ..Form::default()
    }
}

/// The models' way out: over the network, as the real ones.
fn outbound(http: &Http) -> Outbound {
    let http = http.clone();
    Arc::new(move |request| {
        let http = http.clone();
        async move {
            let answer = http.send(request, LONGEST_CALL).await;
            answer.map_err(|error| error.to_string())
        }
        .boxed()
    })
}
