//! The wiring: every function over the embedded services, in one process.

use std::net::SocketAddr;
use std::sync::Arc;

use bridge::app::{App, Aws, Ids};
use bridge::callback::{Client, Hosts};
use bridge::config::Config;
use bridge::domain::ids::UserId;
use bridge::domain::time::Timestamp;
use bridge::flows::callbacks::deliver::Sender;
use bridge::http::Http;
use bridge::queue::send::{DeadLetterQueue, QueueUrls, Queues};
use bridge::secrets::{Secret, Secrets};
use bridge::store::Store;
use bridge_simulators::aws::S3;

use crate::embedded::{self, DataDir, Embedded, TABLE};
use crate::keys::{self, GENERATION, Keys, PREFIX};
use crate::options::{Neighbours, Plan};
use crate::simulators::Simulators;
use crate::start::StartError;

/// All functions with what they share.
pub struct Bundle {
    /// What the workers and the console work with.
    pub app: Arc<App>,
    /// What tells the status endpoint.
    pub sender: Arc<Sender>,
    /// `POST /incoming/{connection}`
    pub incoming: incoming::Door,
    /// `POST /rocketchat/events`
    pub agent_events: agent_events::Door,
    /// The services below.
    pub embedded: Embedded,
    /// Where the neighbours reach us.
    pub public_url: String,
    /// Where this machine reaches us.
    pub local_url: String,
    /// The first key of the API.
    pub admin_key: Secret,
    /// The model of S3.
    pub s3: S3,
    /// The way out.
    pub http: Http,
    _data: DataDir,
}

impl Bundle {
    /// Wires everything; `address` is where the listener stands.
    pub async fn new(plan: &Plan, address: SocketAddr) -> Result<Self, StartError> {
        let data = DataDir::open(&plan.data_dir)?;
        let embedded = Embedded::open(&data).await?;
        let local_url = local_url(address);
        let neighbours = plan.neighbours.clone();
        let neighbours = neighbours.unwrap_or_else(|| Simulators::neighbours(&local_url));
        let secrets = Secrets::new(embedded.clients.ssm.clone(), PREFIX);
        let keys = keys::ensure(&secrets, &plan.given, &neighbours.rocketchat_token).await?;
        let hosts = hosts(&plan.callback_hosts, &local_url);
        let http = Http::network_allowing(Hosts::parse(&hosts));
        let http = http.map_err(|_| StartError::Certificates)?;
        let config = config(&embedded, &neighbours, &keys, hosts);
        let (incoming, agent_events) = doors(&embedded, &config, &keys);
        let (s3, bucket) = embedded::bucket(&local_url);
        let clients = Aws {
            bucket: Some(bucket),
            ..embedded.clients.clone()
        };
        let app = App::new(config, &clients, http.clone(), Ids::Random);
        let app = Arc::new(app);
        let sender = Sender::new(
            Store::new(clients.dynamodb.clone(), TABLE),
            Secrets::new(clients.ssm.clone(), PREFIX),
            Client::new(http.clone()),
            DeadLetterQueue::new(
                clients.sqs.clone(),
                embedded.models.sqs.url("callbacks-dead"),
            ),
        );
        let given = plan.given.admin_key.as_ref();
        let admin_key = keys::admin_key(&app, given, Timestamp::now()).await?;
        Ok(Self {
            app,
            sender: Arc::new(sender),
            incoming,
            agent_events,
            embedded,
            public_url: plan.public_url.clone().unwrap_or_else(|| local_url.clone()),
            local_url,
            admin_key,
            s3,
            http,
            _data: data,
        })
    }
}

/// A listener on all addresses is reached on the loopback one.
fn local_url(address: SocketAddr) -> String {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

/// The hosts of status endpoints that need not be public: those that were given, and this machine's
/// own listener, where the endpoint to try things with is.
fn hosts(given: &str, local_url: &str) -> String {
    let own = local_url.trim_start_matches("http://");
    format!("{given},{own}")
}

fn config(embedded: &Embedded, neighbours: &Neighbours, keys: &Keys, hosts: String) -> Config {
    let sqs = &embedded.models.sqs;
    Config {
        table: TABLE.to_owned(),
        inbound_queue: sqs.url("inbound.fifo"),
        outbound_queue: sqs.url("outbound.fifo"),
        bulk_queue: sqs.url("bulk"),
        statuses_queue: sqs.url("statuses"),
        callbacks_queue: sqs.url("callbacks"),
        event_bus: None,
        callback_hosts: hosts,
        parameter_prefix: PREFIX.to_owned(),
        secret_generation: GENERATION.to_owned(),
        rocketchat_url: neighbours.rocketchat_url.clone(),
        rocketchat_user_id: neighbours.rocketchat_user_id.clone(),
        whatsapp_url: neighbours.whatsapp_url.clone(),
        group_key: keys.group_key.clone(),
    }
}

fn doors(
    embedded: &Embedded,
    config: &Config,
    keys: &Keys,
) -> (incoming::Door, agent_events::Door) {
    let queues = || {
        let urls = QueueUrls {
            inbound: config.inbound_queue.clone(),
            outbound: config.outbound_queue.clone(),
            statuses: embedded.models.sqs.url("statuses"),
            callbacks: config.callbacks_queue.clone(),
            ..QueueUrls::default()
        };
        Queues::new(embedded.clients.sqs.clone(), keys.group_key.clone(), urls)
    };
    let incoming = incoming::Door {
        queues: queues(),
        hashes: vec![keys.incoming.hash()],
    };
    let agent_events = agent_events::Door {
        queues: queues(),
        hashes: vec![keys.agent_events.hash()],
        bot: UserId::new(config.rocketchat_user_id.as_str()),
    };
    (incoming, agent_events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_all_addresses_is_reached_on_the_own_machine() {
        for (listener, url) in [
            ("127.0.0.1:8360", "http://127.0.0.1:8360"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:8360", "http://[::1]:8360"),
        ] {
            assert_eq!(local_url(listener.parse().unwrap()), url);
        }
    }
}
