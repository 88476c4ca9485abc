//! Everything a worker needs, wired once per environment.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};

use crate::config::{Config, Missing, required};
use crate::domain::connection::{Circuit, Connection};
use crate::domain::hash::{base62, base62_of};
use crate::domain::ids::{AliasId, ConnectionId, ContactId, UserId, Wamid};
use crate::domain::settings::Settings;
use crate::domain::time::{Timestamp, hours, minutes};
use crate::error::Failure;
use crate::files::{Bucket, Files};
use crate::gate::Gates;
use crate::http::Http;
use crate::media::Media;
use crate::queue::bus::Bus;
use crate::queue::send::{NotEnqueued, QueueUrls, Queues};
use crate::secrets::{Secret, SecretError, SecretName, Secrets};
use crate::store::Store;
use crate::{rocketchat, whatsapp};

/// Where new ids and tokens come from.
pub enum Ids {
    /// The operating system's randomness.
    Random,
    /// A reproducible sequence, for tests and simulation.
    Seeded(u64, AtomicU64),
}

impl Ids {
    /// A reproducible sequence.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(seed, AtomicU64::new(0))
    }

    /// A new token of 131 bits, letters and digits only. Fails where the system has no randomness.
    pub fn token(&self) -> Result<String, Failure> {
        match self {
            Self::Random => {
                let mut bytes = [0_u8; 32];
                getrandom::fill(&mut bytes).map_err(|_| Failure::retry("no_randomness"))?;
                Ok(base62(&bytes, 22))
            }
            Self::Seeded(seed, count) => {
                let n = count.fetch_add(1, Ordering::Relaxed);
                Ok(base62_of(
                    &["seeded", &seed.to_string(), &n.to_string()],
                    22,
                ))
            }
        }
    }
}

/// The AWS clients of an environment.
#[derive(Clone)]
pub struct Aws {
    /// DynamoDB
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS
    pub sqs: aws_sdk_sqs::Client,
    /// SSM Parameter Store
    pub ssm: aws_sdk_ssm::Client,
    /// EventBridge
    pub events: aws_sdk_eventbridge::Client,
    /// S3, where the function may use it
    pub bucket: Option<Bucket>,
}

impl Aws {
    /// Clients from Lambda's environment (region, credentials, `AWS_ENDPOINT_URL`), without the
    /// default provider chain, which Lambda does not need.
    pub fn from_env() -> Result<Self, Missing> {
        Self::from_env_with(None)
    }

    /// The same with a bucket of this name.
    pub fn from_env_with(bucket: Option<&str>) -> Result<Self, Missing> {
        let region = Region::new(required("AWS_REGION")?);
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            crate::config::optional("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoint = crate::config::optional("AWS_ENDPOINT_URL");
        macro_rules! client {
            ($sdk:ident) => {{
                let limits = $sdk::config::timeout::TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(2))
                    .operation_attempt_timeout(Duration::from_secs(5))
                    .operation_timeout(Duration::from_secs(12));
                let mut config = $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .timeout_config(limits.build())
                    .region(region.clone())
                    .credentials_provider(credentials.clone());
                config.set_endpoint_url(endpoint.clone());
                $sdk::Client::from_conf(config.build())
            }};
        }
        Ok(Self {
            dynamodb: client!(aws_sdk_dynamodb),
            sqs: client!(aws_sdk_sqs),
            ssm: client!(aws_sdk_ssm),
            events: client!(aws_sdk_eventbridge),
            bucket: bucket.map(|name| bucket_of(name, region.as_ref(), endpoint, credentials)),
        })
    }
}

fn bucket_of(
    name: &str,
    region: &str,
    endpoint: Option<String>,
    credentials: Credentials,
) -> Bucket {
    let url = match endpoint {
        Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
        None => format!("https://{name}.s3.{region}.amazonaws.com"),
    };
    Bucket {
        name: name.to_owned(),
        url,
        region: region.to_owned(),
        credentials,
    }
}

/// So many people are remembered: whom a name leads to, and which message was shown as read.
const MOST_PEOPLE: usize = 1_000;

/// A worker's world. The flows take it with `now`.
pub struct App {
    /// The table.
    pub store: Store,
    /// The senders' side of the queues.
    pub queues: Queues,
    /// The secret store.
    pub secrets: Secrets,
    /// 360dialog.
    pub whatsapp: whatsapp::Client,
    /// New ids.
    pub ids: Ids,
    /// What the environment says.
    pub config: Config,
    /// Files.
    pub media: Media,
    /// The event bus, where there is one.
    pub bus: Option<Bus>,
    bus_gates: Gates,
    http: Http,
    gates: Arc<Gates>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    connections: BTreeMap<ConnectionId, (Timestamp, Option<Connection>)>,
    settings: Option<(Timestamp, Settings)>,
    circuits: BTreeMap<ConnectionId, (Timestamp, Option<Circuit>)>,
    sends: BTreeMap<(ConnectionId, bool), Arc<Gates>>,
    files: BTreeMap<ConnectionId, Arc<Gates>>,
    read: BTreeMap<ContactId, Wamid>,
    people: BTreeMap<AliasId, Acquaintance>,
}

/// Whom a name led to when it was looked up.
#[derive(Clone, Debug)]
pub struct Acquaintance {
    /// The contact.
    pub contact: ContactId,
    /// What was written before then may be somebody else's.
    pub since: Timestamp,
    /// When it was looked up.
    pub looked_up: Timestamp,
}

impl App {
    /// Wires an app.
    pub fn new(config: Config, aws: &Aws, http: Http, ids: Ids) -> Self {
        let urls = QueueUrls {
            inbound: config.inbound_queue.clone(),
            outbound: config.outbound_queue.clone(),
            bulk: config.bulk_queue.clone(),
            statuses: config.statuses_queue.clone(),
            callbacks: config.callbacks_queue.clone(),
        };
        let bucket = aws.bucket.clone();
        let files = bucket.map(|bucket| Files::new(http.clone(), bucket));
        Self {
            store: Store::new(aws.dynamodb.clone(), &config.table),
            queues: Queues::new(aws.sqs.clone(), config.group_key.clone(), urls),
            secrets: Secrets::new(aws.ssm.clone(), &config.parameter_prefix),
            whatsapp: whatsapp::Client::new(http.clone(), &config.whatsapp_url),
            ids,
            bus: config
                .event_bus
                .as_ref()
                .map(|name| Bus::new(aws.events.clone(), name)),
            bus_gates: Gates::default(),
            media: Media::new(http.clone(), files),
            http,
            gates: Arc::default(),
            known: Mutex::default(),
            config,
        }
    }

    /// The app of this environment.
    pub fn from_env() -> Result<Self, StartError> {
        Self::from_env_with(None)
    }

    /// The same with a bucket of this name.
    pub fn from_env_with(bucket: Option<&str>) -> Result<Self, StartError> {
        let http = Http::network().map_err(|_| StartError::Http)?;
        let aws = Aws::from_env_with(bucket)?;
        Ok(Self::new(Config::from_env()?, &aws, http, Ids::Random))
    }

    /// Reads secrets and settings while the environment starts, which also opens the connections
    /// to DynamoDB and SSM. Best effort: what fails is read again when it is needed.
    pub async fn warm_up(&self) {
        let now = Timestamp::now();
        let token = self.secrets.find(&SecretName::RocketChatToken);
        let all = async { futures::join!(token, self.settings(now), self.queues.warm_up()) };
        // Lambda starts an init over that takes 10 s; what hangs is asked for again when needed
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }

    /// Rocket.Chat as our bot sees it.
    pub async fn rocketchat(&self, now: Timestamp) -> Result<rocketchat::Client, Failure> {
        let token = self.secrets.find(&SecretName::RocketChatToken).await;
        let token = token.map_err(|error| Failure::retry(error.to_string()))?;
        let bot = UserId::new(self.config.rocketchat_user_id.as_str());
        let gates = Arc::clone(&self.gates);
        let base = &self.config.rocketchat_url;
        Ok(rocketchat::Client::new(
            self.http.clone(),
            base,
            (bot, token),
            gates,
            now,
        ))
    }

    /// The API key of a connection.
    pub async fn api_key(&self, connection: &ConnectionId) -> Result<Secret, SecretError> {
        self.secrets
            .find(&SecretName::ApiKey(connection.clone()))
            .await
    }

    /// A connection, as it was at most 30 seconds ago. `None` where there is none.
    pub async fn connection(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Connection>, Failure> {
        if let Some(connection) = fresh(self.known().connections.get(id), now) {
            return Ok(connection);
        }
        let found = self.store.find_connection(id, now).await;
        let found = found.map_err(|error| Failure::retry(error.to_string()))?;
        // an unknown or disabled one is looked up each time: it may just have been connected or
        // enabled, and what waited for that must not be turned away by an old copy
        if found.as_ref().is_some_and(|connection| connection.enabled) {
            self.known()
                .connections
                .insert(id.clone(), (now, found.clone()));
        }
        Ok(found)
    }

    /// The settings, as they were at most 30 seconds ago.
    pub async fn settings(&self, now: Timestamp) -> Result<Settings, Failure> {
        if let Some(settings) = fresh(self.known().settings.as_ref(), now) {
            return Ok(settings);
        }
        let (settings, _) = self
            .store
            .find_settings(now)
            .await
            .map_err(|error| Failure::retry(error.to_string()))?;
        self.known().settings = Some((now, settings.clone()));
        Ok(settings)
    }

    /// The circuit of a number, as it was at most 30 seconds ago.
    pub async fn circuit(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Circuit>, Failure> {
        if let Some(circuit) = fresh(self.known().circuits.get(id), now) {
            return Ok(circuit);
        }
        let found = self.store.find_circuit(id, now).await?;
        self.note_circuit(id, found.clone(), now);
        Ok(found)
    }

    /// The circuit of a number was read or changed just now.
    pub fn note_circuit(&self, id: &ConnectionId, circuit: Option<Circuit>, now: Timestamp) {
        self.known().circuits.insert(id.clone(), (now, circuit));
    }

    /// Puts an event on the bus, where there is one. A bus that does not answer is tried by single
    /// calls, and no call waits long: statuses are worked off beside it.
    pub async fn put_event(
        &self,
        (id, detail): (&str, &str),
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotEnqueued> {
        const ROUTE: &str = "events";
        let Some(bus) = &self.bus else { return Ok(()) };
        self.bus_gates.check(ROUTE, now).map_err(|_| NotEnqueued)?;
        let put = tokio::time::timeout(Duration::from_secs(3), bus.put((id, detail), at)).await;
        match put.unwrap_or(Err(NotEnqueued)) {
            Ok(()) => {
                self.bus_gates.answered(ROUTE);
                Ok(())
            }
            Err(error) => {
                self.bus_gates.failed_for(now, id);
                Err(error)
            }
        }
    }

    /// Holds a number's sends back while none goes through: tried at least every five minutes.
    /// Templates have gates of their own: what is too fast for them holds back no answer.
    pub fn sends(&self, id: &ConnectionId, templates: bool) -> Arc<Gates> {
        let mut known = self.known();
        let gates = known.sends.entry((id.clone(), templates));
        let new = || Arc::new(Gates::probing_every(minutes(5)));
        Arc::clone(gates.or_insert_with(new))
    }

    /// A contact's message is shown as read now; `false` where this environment did that before.
    pub fn note_read(&self, contact: &ContactId, message: &Wamid) -> bool {
        let mut known = self.known();
        if known.read.len() >= MOST_PEOPLE {
            known.read.clear();
        }
        known.read.insert(contact.clone(), message.clone()).as_ref() != Some(message)
    }

    /// Whom a name led to when it was last looked up here, at most half a day ago. Only a guess: the
    /// contact itself says whether the name is still its own.
    pub fn recall(&self, name: &AliasId, now: Timestamp) -> Option<Acquaintance> {
        let known = self.known();
        let found = known.people.get(name)?;
        (now.since(found.looked_up) < hours(12)).then(|| found.clone())
    }

    /// A name was looked up.
    pub fn note_person(&self, name: &AliasId, acquaintance: Acquaintance) {
        let mut known = self.known();
        if known.people.len() >= MOST_PEOPLE {
            known.people.clear();
        }
        known.people.insert(name.clone(), acquaintance);
    }

    /// Holds the look-ups of a number's files back while they fail: too many of them would block it.
    pub fn files_of(&self, id: &ConnectionId) -> Arc<Gates> {
        let mut known = self.known();
        let gates = known.files.entry(id.clone());
        Arc::clone(gates.or_insert_with(|| Arc::new(Gates::probing_every(minutes(5)))))
    }

    /// Whether one of our own doors takes calls with `secret`: asked from outside, before a
    /// neighbour is told to use it. Right after a rotation the doors may not know it yet, and
    /// Rocket.Chat never repeats an event that was refused.
    pub async fn door_opens(&self, url: &str, header: &str, secret: &Secret) -> bool {
        let request = ::http::Request::post(url)
            .header(::http::header::CONTENT_TYPE, "application/json")
            .header(header, secret.reveal())
            .body(bytes::Bytes::from_static(b"{}"));
        let Ok(request) = request else { return false };
        let answer = self.http.send(request, Duration::from_secs(5)).await;
        answer.is_ok_and(|answer| answer.status() == ::http::StatusCode::OK)
    }

    /// Forgets what was read of connections and settings: this process changed them.
    pub fn forget(&self) {
        *self.known() = Known::default();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read, unless that is too long ago.
fn fresh<T: Clone>(known: Option<&(Timestamp, T)>, now: Timestamp) -> Option<T> {
    let known = known.filter(|(read, _)| now < Connection::stale_at(*read));
    known.map(|(_, value)| value.clone())
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment is incomplete.
    #[error(transparent)]
    Config(#[from] Missing),
    /// The root certificates cannot be read.
    #[error("no HTTP client")]
    Http,
}
