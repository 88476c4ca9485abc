//! The world: built by [`Setup`], driven by [`World::settle`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use bridge::app::App;
use bridge::domain::connection::{Connection, Health, key_tail};
use bridge::domain::ids::{ConnectionId, WaId};
use bridge::domain::settings::Settings;
use bridge::domain::time::Timestamp;
use bridge::secrets::{Secret, SecretName};
use bridge::whatsapp::client::SECRET_HEADER;
use bridge_simulators::aws::sqs::QueueConfig;
use bridge_simulators::aws::{self};
use bridge_simulators::clock::Clock;
use bridge_simulators::outbound::Outbound;
use bridge_simulators::rocketchat::{self, RocketChat, Version};
use bridge_simulators::whatsapp::{self, Dialog360};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use http::{Request, Response};
use template_refresh::DeadLetters;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::effects::{Effects, Function};
use crate::functions::{Doors, EVENTS_TOKEN, Ground, WEBHOOK_SECRET, WorkerFunction};
use crate::wiring::{self, Net, ROCKETCHAT, TABLE};

/// 2026-06-01T08:00:00Z: where every world's time begins.
const BEGINNING: i64 = 1_780_300_800_000;
/// The business number of the first connection.
pub(crate) const NUMBER: &str = "15550783881";

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
        }
    }
}

/// A world. Must live in a `current_thread` runtime with paused time.
pub struct World {
    /// Rocket.Chat.
    pub rocketchat: RocketChat,
    /// 360dialog and the customers' phones.
    pub whatsapp: Dialog360,
    /// DynamoDB, SQS, SSM.
    pub aws: aws::Aws,
    /// Every call that leaves a function.
    pub effects: Effects,
    /// The first connection.
    pub connection: ConnectionId,
    pub(crate) ground: Ground,
    workers: Vec<WorkerFunction>,
    doors: Arc<Doors>,
    twice: Arc<AtomicBool>,
}

impl World {
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
        let rocketchat = RocketChat::new(clock.clone(), options);
        let whatsapp = Dialog360::new(clock.clone(), setup.whatsapp.clone());
        whatsapp.add_number("api-key-of-the-tests", NUMBER, "106540352242922");
        let net = Net {
            rocketchat: rocketchat.router(),
            whatsapp: whatsapp.router(),
            strangers: Arc::default(),
        };
        let effects = Effects::default();
        let ground = Ground {
            aws: aws.clone(),
            net,
            clock,
            effects: effects.clone(),
            seed: setup.seed,
        };
        let worker = |function, queue, most| WorkerFunction::new(&ground, function, queue, most);
        let workers = vec![
            worker(Function::ToRocketchat, "inbound.fifo", setup.concurrency),
            worker(Function::ToWhatsapp, "outbound.fifo", setup.concurrency),
            worker(Function::StatusFanout, "statuses", setup.concurrency),
        ];
        let doors = Arc::new(Doors::new(&ground));
        let connection = ConnectionId::new("c1");
        let world = Self {
            rocketchat,
            whatsapp,
            aws,
            effects,
            connection,
            ground,
            workers,
            doors,
            twice: Arc::default(),
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
        put(
            SecretName::ApiKey(self.connection.clone()),
            "api-key-of-the-tests",
        )
        .await;
        app.store
            .put_settings(&setup.settings, 0)
            .await
            .expect("settings");
        let mut connection = plain_connection(&self.connection, self.now());
        (setup.connection)(&mut connection);
        app.store
            .create_connection(&connection)
            .await
            .expect("connection");
        let secret = Secret::new(WEBHOOK_SECRET);
        let key = Secret::new("api-key-of-the-tests");
        let url = &connection.webhook_url;
        app.whatsapp
            .send_webhook(&key, url, Some(&secret))
            .await
            .expect("webhook");
    }

    /// The current moment.
    pub fn now(&self) -> Timestamp {
        self.ground.now()
    }

    /// A fresh app for looking at the store, or for driving a flow by hand. Its calls count as
    /// those of `template-refresh`.
    pub fn app(&self) -> App {
        self.ground.app(Function::TemplateRefresh, 0)
    }

    /// Sends a request to a door, as the internet would.
    pub async fn request(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.doors
            .call(&self.ground, request)
            .await
            .expect("the door answers")
    }

    /// A webhook call of 360dialog with the right secret.
    pub fn webhook(&self, body: impl Into<Bytes>) -> Request<Bytes> {
        Request::post(format!("https://bridge.test/incoming/{}", self.connection))
            .header(SECRET_HEADER, WEBHOOK_SECRET)
            .body(body.into())
            .expect("request")
    }

    /// An operator removes a visitor in Rocket.Chat.
    pub async fn remove_visitor(&self, token: &str) {
        let request = Request::delete(format!("/api/v1/livechat/visitor/{token}"))
            .header("X-Auth-Token", "token-whatsapp.bot")
            .header("X-User-Id", "id-whatsapp.bot")
            .body(axum::body::Body::empty())
            .expect("request");
        let answer = self
            .rocketchat
            .router()
            .oneshot(request)
            .await
            .expect("answer");
        assert!(
            answer.status().is_success(),
            "visitor not removed: {}",
            answer.status()
        );
    }

    /// One run of the 5-minute tick.
    pub async fn tick(&self) -> usize {
        let url = |name| self.aws.sqs.url(name);
        let urls = ["inbound-dead.fifo", "outbound-dead.fifo", "statuses-dead"]
            .map(url)
            .join(",");
        let app = self.app();
        template_refresh::tick(&app, &DeadLetters::parse(&urls), self.now())
            .await
            .expect("tick")
    }

    /// Lets events flow until nothing is left to do. Panics where that takes more than thirty
    /// days of virtual time.
    pub async fn settle(&self) {
        let limit = Duration::from_secs(30 * 86_400);
        assert!(
            self.run_for(limit).await,
            "the world does not settle: {:?}",
            self.leftovers()
        );
    }

    /// Lets events flow for `span` of virtual time; `true` where nothing was left to do before.
    pub async fn run_for(&self, span: Duration) -> bool {
        let end = Instant::now() + span;
        let mut run = Run {
            world: self,
            running: FuturesUnordered::new(),
            whatsapp: false,
            rocketchat: false,
        };
        loop {
            run.start_what_is_due();
            let due = self.next_due().map(|at| at.min(end));
            if run.running.is_empty() {
                match due {
                    None => return true,
                    Some(_) if Instant::now() >= end => return false,
                    Some(at) => tokio::time::sleep_until(at).await,
                }
                continue;
            }
            let wake = due.unwrap_or(end);
            tokio::select! {
                biased;
                Some(done) = run.running.next() => run.ended(done),
                () = tokio::time::sleep_until(wake), if wake > Instant::now() => {}
            }
            if Instant::now() >= end && run.running.is_empty() {
                return false;
            }
        }
    }

    /// Lets virtual time pass without anything happening.
    pub async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// What stands where nothing should be left: queues, undelivered webhooks, unknown paths,
    /// hosts that nobody may call. Parked records are listed by [`World::parked`].
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

    fn next_due(&self) -> Option<Instant> {
        let now = self.now().millis();
        let due = [
            self.aws.sqs.next_due_ms(),
            self.whatsapp.next_due_ms(),
            self.rocketchat.next_due_ms(),
        ];
        let next = due.into_iter().flatten().min()?;
        let wait = u64::try_from(next.saturating_sub(now)).unwrap_or(0);
        Some(Instant::now() + Duration::from_millis(wait))
    }

    /// From now on every call of a neighbour reaches its door twice, as after an answer that was
    /// lost on the way.
    pub fn deliver_everything_twice(&self) {
        self.twice.store(true, Ordering::Relaxed);
    }

    fn outbound(&self) -> Outbound {
        let (doors, ground) = (Arc::clone(&self.doors), self.ground.clone());
        let twice = Arc::clone(&self.twice);
        Arc::new(move |request| {
            let (doors, ground) = (Arc::clone(&doors), ground.clone());
            let again = twice.load(Ordering::Relaxed).then(|| request.clone());
            async move {
                let first = doors.call(&ground, request).await;
                match again {
                    Some(again) => doors.call(&ground, again).await,
                    None => first,
                }
            }
            .boxed()
        })
    }
}

/// What has ended.
enum Done {
    Worker,
    Whatsapp,
    Rocketchat,
}

struct Run<'a> {
    world: &'a World,
    running: FuturesUnordered<LocalBoxFuture<'a, Done>>,
    whatsapp: bool,
    rocketchat: bool,
}

impl Run<'_> {
    fn start_what_is_due(&mut self) {
        let world = self.world;
        for worker in &world.workers {
            while let Some(batch) = worker.mapping.poll() {
                let invocation = worker.invoke(&world.ground, batch).map(|()| Done::Worker);
                self.running.push(invocation.boxed_local());
            }
        }
        let now = world.now().millis();
        let is_due = |due: Option<i64>| due.is_some_and(|at| at <= now);
        if !self.whatsapp && is_due(world.whatsapp.next_due_ms()) {
            self.whatsapp = true;
            let outbound = world.outbound();
            let delivery = async move {
                world.whatsapp.deliver_due(&outbound).await;
                Done::Whatsapp
            };
            self.running.push(delivery.boxed_local());
        }
        if !self.rocketchat && is_due(world.rocketchat.next_due_ms()) {
            self.rocketchat = true;
            let outbound = world.outbound();
            let delivery = async move {
                world.rocketchat.deliver_due(&outbound).await;
                Done::Rocketchat
            };
            self.running.push(delivery.boxed_local());
        }
    }

    fn ended(&mut self, done: Done) {
        match done {
            Done::Worker => {}
            Done::Whatsapp => self.whatsapp = false,
            Done::Rocketchat => self.rocketchat = false,
        }
    }
}

fn create_queues(aws: &aws::Aws) {
    let fifo = |name: &str, dead: &str| {
        aws.sqs.create(QueueConfig::fifo(dead));
        aws.sqs.create(QueueConfig {
            visibility_timeout_ms: 180_000,
            retention_ms: 14 * 86_400_000,
            dead_letter: Some((dead.to_owned(), 1000)),
            ..QueueConfig::fifo(name)
        });
    };
    fifo("inbound.fifo", "inbound-dead.fifo");
    fifo("outbound.fifo", "outbound-dead.fifo");
    aws.sqs.create(QueueConfig::standard("statuses-dead"));
    aws.sqs.create(QueueConfig {
        visibility_timeout_ms: 180_000,
        retention_ms: 14 * 86_400_000,
        dead_letter: Some(("statuses-dead".to_owned(), 1000)),
        ..QueueConfig::standard("statuses")
    });
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("attribute")
    };
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .expect("key")
    };
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .expect("table");
}

fn plain_connection(id: &ConnectionId, now: Timestamp) -> Connection {
    Connection {
        id: id.clone(),
        name: "Shop".to_owned(),
        phone_number: WaId::new(NUMBER),
        key_tail: key_tail("api-key-of-the-tests"),
        key_hash: Secret::new("api-key-of-the-tests").hash(),
        department: None,
        welcome_message: None,
        conversation_finished_message: None,
        offline_message: None,
        enabled: true,
        webhook_url: format!("https://bridge.test/incoming/{id}"),
        former_webhook_url: None,
        health: Health::Ok,
        warnings: Vec::new(),
        created_at: now,
        version: 1,
    }
}
