//! The world: built by [`Setup`], driven by [`World::settle`].

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bridge::app::App;
use bridge::callback::SigningSecrets;
use bridge::domain::connection::{Connection, Health, key_tail};
use bridge::domain::ids::{ConnectionId, WaId};
use bridge::domain::settings::Settings;
use bridge::domain::time::Timestamp;
use bridge::flows::circuit::close_proven;
use bridge::flows::outbound::expire_due;
use bridge::flows::sweep::recover_lost;
use bridge::flows::templates::refresh_due;
use bridge::rocketchat::client::TOKEN_HEADER;
use bridge::secrets::{Secret, SecretName};
use bridge::whatsapp::client::SECRET_HEADER;
use bridge_simulators::aws::{self, S3};
use bridge_simulators::clock::Clock;
use bridge_simulators::endpoint::StatusEndpoint;
use bridge_simulators::outbound::Outbound;
use bridge_simulators::rocketchat::{self, RocketChat, Version};
use bridge_simulators::whatsapp::{self, Dialog360};
use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, Response};
use template_refresh::DeadLetters;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::doors::{DoorCall, Doors, EVENTS_TOKEN, WEBHOOK_SECRET};
use crate::effects::{Effects, Environment, Function, INSPECTOR};
use crate::functions::WorkerFunction;
use crate::ground::{Ground, create_queues, create_table};
use crate::wiring::{self, Net, ROCKETCHAT};

/// 2026-06-01T08:00:00Z: where every world's time begins.
const BEGINNING: i64 = 1_780_300_800_000;
/// The business number of the first connection.
pub(crate) const NUMBER: &str = "15550783881";
/// Its API key.
const API_KEY: &str = "api-key-of-the-tests";
/// What the secret of callbacks is made of.
const CALLBACK_SECRET: &str = "callback-secret-of-the-tests";

/// What a world begins with.
pub struct Setup {
    /// Rocket.Chat's generation.
    pub version: Version,
    /// Its rate limiter.
    pub rate_limiter: bool,
    /// The settings of the workspace.
    pub settings: Settings,
    /// Changes to the connection before it is saved.
    pub connection: Box<dyn Fn(&mut Connection)>,
    /// Changes to 360dialog's behaviour.
    pub whatsapp: whatsapp::Options,
    /// Seed of everything random.
    pub seed: u64,
    /// How many invocations of each worker run at once.
    pub concurrency: usize,
    /// How many numbers are connected, 1 to 9.
    pub connections: usize,
    /// Rocket.Chat's departments with their agents.
    pub departments: &'static [(&'static str, &'static [&'static str])],
    /// Whether callbacks are put on an event bus too.
    pub bus: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            version: Version::V8,
            rate_limiter: true,
            settings: Settings::default(),
            connection: Box::new(|_| {}),
            whatsapp: whatsapp::Options::default(),
            seed: 1,
            concurrency: 10,
            connections: 1,
            departments: &[],
            bus: false,
        }
    }
}

/// A world. Must live in a `current_thread` runtime with paused time.
pub struct World {
    /// Rocket.Chat.
    pub rocketchat: RocketChat,
    /// 360dialog and the customers' phones.
    pub whatsapp: Dialog360,
    /// The message status endpoint; called where the settings name [`World::ENDPOINT`].
    pub endpoint: StatusEndpoint,
    /// The webhook of the workspace at [`World::FORMER`], before ours.
    pub former: StatusEndpoint,
    /// DynamoDB, SQS, SSM.
    pub aws: aws::Aws,
    /// Every call that leaves a function.
    pub effects: Effects,
    /// The first connection.
    pub connection: ConnectionId,
    /// All connections with their numbers.
    pub connections: Vec<(ConnectionId, String)>,
    pub(crate) ground: Ground,
    pub(crate) workers: Vec<WorkerFunction>,
    doors: Arc<Doors>,
    repeats: Repeats,
}

/// Which calls of a neighbour reach the door twice.
#[derive(Clone, Default)]
struct Repeats {
    /// All, one after the other.
    later: Arc<AtomicU32>,
    /// The next so many, both at the same time.
    at_once: Arc<AtomicU32>,
}

impl World {
    /// The address of the status endpoint.
    pub const ENDPOINT: &str = "https://status.test/";
    /// The address of the webhook that the workspace may have had before ours.
    pub const FORMER: &str = "https://crm.test/hook?key=1";

    /// A world with one connection, one department-less workspace and two agents.
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// A world as `setup` says.
    pub async fn with(setup: Setup) -> Self {
        let start = Instant::now();
        let clock = Clock::from_fn(move || {
            BEGINNING + i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)
        });
        let aws = aws::Aws::memory(clock.clone()).expect("models of AWS");
        create_queues(&aws);
        let options = rocketchat::Options::new(&format!("https://{ROCKETCHAT}"), setup.version)
            .with_agent("agent.one", "Agent One")
            .with_agent("agent.two", "Agent Two")
            .with_webhook("https://bridge.test/rocketchat/events", EVENTS_TOKEN)
            .with_rate_limiter(setup.rate_limiter);
        let departments = setup.departments.iter();
        let options = departments.fold(options, |options, (name, agents)| {
            options.with_department(name, agents)
        });
        let rocketchat = RocketChat::new(clock.clone(), options);
        let whatsapp = Dialog360::new(clock.clone(), setup.whatsapp.clone());
        let connections: Vec<_> = (1..=setup.connections).map(connection_of).collect();
        for (n, (_, number)) in connections.iter().enumerate() {
            let id = format!("10654033224292{}", n + 2);
            whatsapp.add_number(&api_key(n), number, &id);
        }
        let endpoint = StatusEndpoint::new(clock.clone());
        let former = StatusEndpoint::new(clock.clone());
        let net = Net {
            rocketchat: rocketchat.router(),
            whatsapp: whatsapp.router(),
            endpoint: endpoint.router(),
            s3: S3::new(clock.clone(), wiring::owner()),
            former: former.router(),
            bus: setup.bus,
            files: Arc::default(),
            strangers: Arc::default(),
        };
        let effects = Effects::new(clock.clone());
        let ground = Ground::new(aws.clone(), net, clock, (effects.clone(), setup.seed));
        let worker = |function, queue, most| WorkerFunction::new(&ground, function, queue, most);
        let workers = vec![
            worker(Function::ToRocketchat, "inbound.fifo", setup.concurrency),
            worker(Function::ToWhatsapp, "outbound.fifo", setup.concurrency),
            worker(Function::StatusFanout, "statuses", setup.concurrency),
            worker(Function::ToWhatsapp, "bulk", setup.concurrency.min(2)),
            worker(
                Function::CallbackSender,
                "callbacks",
                setup.concurrency.min(2),
            ),
        ];
        let doors = Arc::new(Doors::new(&ground));
        let world = Self {
            rocketchat,
            whatsapp,
            endpoint,
            former,
            aws,
            effects,
            connection: connections[0].0.clone(),
            connections,
            ground,
            workers,
            doors,
            repeats: Repeats::default(),
        };
        world.prepare(&setup).await;
        world.effects.clear();
        world
    }

    /// Table, secrets, settings and the connection.
    async fn prepare(&self, setup: &Setup) {
        let clients = wiring::sdk(&self.aws, &self.ground.clock, None);
        create_table(&clients.dynamodb).await;
        let app = self.app();
        let put = async |name, secret: &str| {
            app.secrets
                .put(&name, &Secret::new(secret))
                .await
                .expect("secret");
        };
        put(SecretName::RocketChatToken, "token-whatsapp.bot").await;
        put(SecretName::Incoming("1".to_owned()), WEBHOOK_SECRET).await;
        put(SecretName::AgentEvents("1".to_owned()), EVENTS_TOKEN).await;
        app.store
            .put_settings(&setup.settings, 0, true)
            .await
            .expect("settings");
        let secrets = SigningSecrets::new(CALLBACK_SECRET, self.now());
        let secrets = serde_json::to_string(&secrets).expect("JSON");
        put(SecretName::CallbackSecrets, &secrets).await;
        let secret = Secret::new(WEBHOOK_SECRET);
        for (n, (id, number)) in self.connections.iter().enumerate() {
            put(SecretName::ApiKey(id.clone()), &api_key(n)).await;
            let mut connection = plain_connection((id, number), n, self.now());
            (setup.connection)(&mut connection);
            app.store
                .create_connection(&connection)
                .await
                .expect("connection");
            let key = Secret::new(api_key(n));
            app.whatsapp
                .send_webhook(&key, &connection.webhook_url, Some(&secret))
                .await
                .expect("webhook");
        }
    }

    /// The current moment.
    pub fn now(&self) -> Timestamp {
        self.ground.now()
    }

    /// A fresh app for looking at the store, or for driving a flow by hand. Its calls count as
    /// those of `template-refresh`.
    pub fn app(&self) -> App {
        self.ground.app(INSPECTOR)
    }

    /// An operator changes the settings; workers read them within 30 seconds.
    pub async fn put_settings(&self, settings: &Settings) {
        let store = self.app().store;
        let (_, version) = store.find_settings(self.now()).await.expect("settings");
        let put = store.put_settings(settings, version, false).await;
        put.expect("settings");
    }

    /// Every call of the doors so far, in the order of their ends.
    pub fn door_calls(&self) -> Vec<DoorCall> {
        self.doors.calls()
    }

    /// A moment in the order of the door calls' beginnings and ends.
    pub fn moment(&self) -> u64 {
        self.doors.moment()
    }

    /// The clock of `function` is wrong by `ms` from now on.
    pub fn skew(&self, function: Function, ms: i64) {
        self.ground.skew(function, ms);
    }

    /// A worker polls nothing for `span`, so that its batches fill up.
    pub fn pause(&self, function: Function, span: Duration) {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let until = self.now().millis().saturating_add(span);
        let paused = self.workers.iter().filter(|w| w.function == function);
        paused.for_each(|worker| worker.pause(until));
    }

    /// A new version is deployed: running invocations end, new ones begin in fresh environments.
    pub fn deploy(&self) {
        self.workers.iter().for_each(WorkerFunction::deploy);
    }

    /// Sends a request to a door, as the internet would.
    pub async fn request(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.call(request).await.expect("the door answers")
    }

    /// The same; `None` where the door dies of it.
    pub async fn call(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        self.doors.call(&self.ground, request).await.ok()
    }

    /// A webhook call of 360dialog with the right secret.
    pub fn webhook(&self, body: impl Into<Bytes>) -> Request<Bytes> {
        Request::post(format!("https://bridge.test/incoming/{}", self.connection))
            .header(SECRET_HEADER, WEBHOOK_SECRET)
            .body(body.into())
            .expect("request")
    }

    /// A call of the workspace's webhook, as Rocket.Chat makes it now.
    pub fn event(&self, body: impl Into<Bytes>) -> Request<Bytes> {
        let setting = |id: &str| {
            let value = self.rocketchat.setting(id).unwrap_or_default();
            value.as_str().unwrap_or_default().to_owned()
        };
        Request::post(setting("Livechat_webhookUrl"))
            .header(TOKEN_HEADER, setting("Livechat_secret_token"))
            .body(body.into())
            .expect("request")
    }

    /// The number gets another key at 360dialog, and the operator enters it, with the webhook that
    /// a new key begins without. Gives the key.
    pub async fn change_key(&self, number: usize) -> String {
        let (id, phone) = &self.connections[number];
        let app = self.app();
        let found = app.store.find_connection(id, self.now()).await;
        let connection = found.expect("store").expect("connection");
        let key = self
            .whatsapp
            .rotate_key(phone)
            .expect("the number is known");
        let (secret, webhook) = (Secret::new(key.as_str()), Secret::new(WEBHOOK_SECRET));
        let name = SecretName::ApiKey(id.clone());
        app.secrets.put(&name, &secret).await.expect("secret");
        app.whatsapp
            .send_webhook(&secret, &connection.webhook_url, Some(&webhook))
            .await
            .expect("webhook");
        key
    }

    /// An operator removes a visitor in Rocket.Chat; `false` where that refuses.
    pub async fn remove_visitor(&self, token: &str) -> bool {
        let request = Request::delete(format!("/api/v1/livechat/visitor/{token}"))
            .header("X-Auth-Token", "token-whatsapp.bot")
            .header("X-User-Id", "id-whatsapp.bot")
            .body(axum::body::Body::empty())
            .expect("request");
        let answer = self.rocketchat.router().oneshot(request);
        // a workspace that is out of order may never answer
        let answer = tokio::time::timeout(Duration::from_millis(1), answer).await;
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status().is_success()))
    }

    /// One run of the 5-minute tick; `None` where it died or failed.
    pub async fn tick(&self) -> Option<usize> {
        let url = |name| self.aws.sqs.url(name);
        let letters = [
            "inbound-dead.fifo",
            "outbound-dead.fifo",
            "bulk-dead",
            "statuses-dead",
            "callbacks-dead",
        ];
        let urls = letters.map(url).join(",");
        let environment = Environment {
            number: 1,
            ..INSPECTOR
        };
        let app = self.ground.app(environment);
        let (letters, now) = (
            DeadLetters::parse(&urls),
            self.ground.now_of(environment.function),
        );
        let tick = async {
            let refreshed = refresh_due(&app, now).await;
            let closed = close_proven(&app, now).await;
            let expired = expire_due(&app, now).await;
            let parked = template_refresh::tick(&app, &letters, now).await;
            recover_lost(&app, now).await;
            refreshed.and(closed).and(expired).and(parked)
        };
        tokio::select! {
            biased;
            () = self.ground.effects.killed(environment) => None,
            parked = AssertUnwindSafe(tick).catch_unwind() => parked.ok()?.ok(),
        }
    }

    /// Lets virtual time pass without anything happening.
    pub async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// What stands where nothing should be left: queues, undelivered webhooks, unknown paths,
    /// hosts that nobody may call, sends that no role allows. Parked records are listed by [`World::parked`].
    pub fn leftovers(&self) -> Vec<String> {
        let mut left = Vec::new();
        for queue in self.aws.sqs.names() {
            for message in self.aws.sqs.messages(&queue) {
                left.push(format!(
                    "{queue}: {} received {}",
                    message.message_id, message.receive_count
                ));
            }
        }
        left.extend(
            self.whatsapp
                .undelivered()
                .iter()
                .map(|u| format!("webhook undelivered: {:?}", u.last)),
        );
        left.extend(
            self.whatsapp
                .unknown_paths()
                .into_iter()
                .map(|p| format!("360dialog: {p}")),
        );
        left.extend(
            self.rocketchat
                .unknown_paths()
                .into_iter()
                .map(|p| format!("Rocket.Chat: {p}")),
        );
        left.extend(
            self.rocketchat
                .lost_events()
                .iter()
                .map(|e| format!("event lost: {}", e.reason)),
        );
        left.extend(
            self.ground
                .net
                .strangers()
                .into_iter()
                .map(|host| format!("stranger: {host}")),
        );
        left.extend(self.effects.denied());
        left
    }

    /// The parked records: `queue reason`.
    pub async fn parked(&self) -> Vec<String> {
        let parked = self
            .app()
            .store
            .list_parked(1000, self.now())
            .await
            .expect("parked");
        parked
            .into_iter()
            .map(|record| format!("{} {}", record.queue, record.reason))
            .collect()
    }

    /// Panics unless everything is as clean as after a good day.
    pub async fn assert_clean(&self) {
        assert_eq!(self.leftovers(), Vec::<String>::new());
        assert_eq!(self.parked().await, Vec::<String>::new());
    }

    /// From now on every call of a neighbour reaches its door twice, as after an answer that was
    /// lost on the way.
    pub fn deliver_everything_twice(&self) {
        self.repeats.later.store(1, Ordering::Relaxed);
    }

    /// The next call of a neighbour reaches its door twice at the same time. May be called
    /// several times.
    pub fn deliver_next_twice_at_once(&self) {
        self.repeats.at_once.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn outbound(&self) -> Outbound {
        let (doors, ground) = (Arc::clone(&self.doors), self.ground.clone());
        let repeats = self.repeats.clone();
        Arc::new(move |request| {
            let (doors, ground) = (Arc::clone(&doors), ground.clone());
            let later = repeats.later.load(Ordering::Relaxed) > 0;
            let at_once = repeats
                .at_once
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok();
            async move {
                let again = request.clone();
                let first = doors.call(&ground, request);
                match (at_once, later) {
                    (true, _) => futures::join!(first, doors.call(&ground, again)).0,
                    (_, true) => {
                        let _ = first.await;
                        doors.call(&ground, again).await
                    }
                    _ => first.await,
                }
            }
            .boxed()
        })
    }
}

/// The `n`-th connection (from 1): its id and its number.
fn connection_of(n: usize) -> (ConnectionId, String) {
    let mut number = NUMBER.to_owned();
    number.truncate(NUMBER.len() - 1);
    (ConnectionId::new(format!("c{n}")), format!("{number}{n}"))
}

/// The API key of the `n`-th connection (from 0).
fn api_key(n: usize) -> String {
    match n {
        0 => API_KEY.to_owned(),
        n => format!("{API_KEY}-{}", n + 1),
    }
}

fn plain_connection((id, number): (&ConnectionId, &str), n: usize, now: Timestamp) -> Connection {
    let key = api_key(n);
    Connection {
        id: id.clone(),
        name: if n == 0 {
            "Shop".to_owned()
        } else {
            format!("Shop {}", n + 1)
        },
        phone_number: WaId::new(number),
        key_tail: key_tail(&key),
        key_hash: Secret::new(key).hash(),
        department: None,
        welcome_message: None,
        conversation_finished_message: None,
        offline_message: None,
        reopen_template: None,
        enabled: true,
        webhook_url: format!("https://bridge.test/incoming/{id}"),
        former_webhook_url: None,
        health: Health::Ok,
        warnings: Vec::new(),
        created_at: now,
        version: 1,
    }
}
