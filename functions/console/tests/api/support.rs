//! The API over simulators, in process and in virtual time. Each call is made by a fresh process:
//! nothing is known but what is stored.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use axum::Router;
use axum::body::Body;
use bridge::app::{App, Aws as Clients, Ids};
use bridge::config::Config;
use bridge::domain::hash::GroupKey;
use bridge::domain::time::Timestamp;
use bridge::files::Bucket;
use bridge::flows::api_keys::ensure_admin_key;
use bridge::http::{Http, TransportError};
use bridge::secrets::{Secret, SecretName};
use bridge::whatsapp::client::Registration;
use bridge_simulators::aws::{Aws, AwsConnector, Call, Owner, QueueConfig, S3, Verdict};
use bridge_simulators::clock::Clock;
use bridge_simulators::rocketchat::{self, RocketChat, Version};
use bridge_simulators::whatsapp::{self, Dialog360};
use bytes::Bytes;
use console::{State, router};
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub const PUBLIC: &str = "https://bridge.test";
pub const CHAT: &str = "https://chat.test";
pub const DIALOG: &str = "https://waba.test";
pub const ADMIN: &str = "b360_the-first-admin-key-of-the-tests";
/// The key of the number [`NUMBER`].
pub const KEY: &str = "a-key-of-360dialog-JcxAK";
pub const NUMBER: &str = "+49 30 901820";
/// A second number's.
pub const OTHER_KEY: &str = "another-key-of-360dialog-Qwert";
pub const OTHER_NUMBER: &str = "+49 30 115";

/// A call that never comes back: the process dies there.
type Deadly = Arc<Mutex<Option<(String, u32)>>>;

pub struct World {
    pub aws: Aws,
    pub chat: RocketChat,
    pub dialog: Dialog360,
    pub files: S3,
    pub public_url: Option<String>,
    deadly: Deadly,
    aws_faults: Arc<Mutex<Vec<(String, Verdict)>>>,
    processes: AtomicU64,
    clock: Clock,
}

impl World {
    /// A workspace of 8.x with Ana in the department `sales`, and the empty department `night`.
    pub async fn new() -> Self {
        Self::of(Version::V8).await
    }

    pub async fn of(version: Version) -> Self {
        let options = rocketchat::Options::new(CHAT, version)
            .with_agent("ana", "Ana")
            .with_department("sales", &["ana"])
            .with_department("night", &[]);
        Self::with(options).await
    }

    pub async fn with(options: rocketchat::Options) -> Self {
        let start = tokio::time::Instant::now();
        let clock = Clock::from_fn(move || {
            1_700_000_000_000 + i64::try_from(start.elapsed().as_millis()).unwrap()
        });
        let dialog = Dialog360::new(clock.clone(), whatsapp::Options::default());
        dialog.add_number(KEY, NUMBER, "1001");
        dialog.add_number(OTHER_KEY, OTHER_NUMBER, "1002");
        let world = Self {
            aws: Aws::memory(clock.clone()).unwrap(),
            chat: RocketChat::new(clock.clone(), options),
            dialog,
            files: S3::new(
                clock.clone(),
                Owner {
                    access_key: "test".to_owned(),
                    secret: "secret".to_owned(),
                },
            ),
            public_url: Some(PUBLIC.to_owned()),
            deadly: Deadly::default(),
            aws_faults: Arc::default(),
            processes: AtomicU64::new(0),
            clock,
        };
        for queue in ["inbound.fifo", "outbound.fifo"] {
            world.aws.sqs.create(QueueConfig::fifo(queue));
        }
        world.aws.sqs.create(QueueConfig::standard("bulk"));
        world.create_table().await;
        world.put_secrets().await;
        world
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    /// A fresh process.
    pub fn app(&self) -> App {
        let seed = self.processes.fetch_add(1, Ordering::Relaxed);
        App::new(config(), &self.clients(), self.http(), Ids::seeded(seed))
    }

    /// One call with the admin key: status and JSON (`null` where there is no body).
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "gateway.test")
            .header("authorization", format!("Bearer {ADMIN}"))
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// What somebody without a key gets, with the head of the answer.
    pub async fn visit(&self, path: &str) -> Response<Body> {
        let request = Request::get(path).header("host", "gateway.test");
        let request = request.body(Body::empty()).unwrap();
        self.api().oneshot(request).await.unwrap()
    }

    fn api(&self) -> Router {
        let state = State {
            app: Arc::new(self.app()),
            clock: Box::new({
                let clock = self.clock.clone();
                move || Timestamp::from_millis(clock.now_ms())
            }),
            public_url: self.public_url.clone(),
        };
        router(Arc::new(state))
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let answer = self.api().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for key in [KEY, OTHER_KEY] {
            assert!(!text.contains(key), "an answer holds an API key");
        }
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| panic!("not JSON ({status}): {text}")),
        };
        (status, body)
    }

    /// A request to a neighbour, as a browser sends it.
    pub async fn outside(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.http().send(request, Duration::from_secs(5)).await;
        answer.unwrap()
    }

    pub async fn connect(&self, form: Value) -> (u16, Value) {
        self.call("POST", "/v1/connections", Some(form)).await
    }

    pub async fn patch(&self, id: &str, change: Value) -> (u16, Value) {
        let path = format!("/v1/connections/{id}");
        self.call("PATCH", &path, Some(change)).await
    }

    /// Connects [`NUMBER`]; gives the connection.
    pub async fn connected(&self) -> Value {
        let (status, body) = self.connect(form()).await;
        assert_eq!(status, 201, "{body}");
        body
    }

    pub async fn connections(&self) -> Vec<Value> {
        let body = self.get("/v1/connections").await;
        body["connections"].as_array().unwrap().clone()
    }

    /// Makes the `n`-th call of `what` (an AWS operation, or `METHOD path`) deadly.
    pub fn dies_at(&self, what: &str, n: u32) {
        *self.deadly.lock().unwrap() = Some((what.to_owned(), n));
    }

    /// The next call of an AWS operation fails so.
    pub fn aws_fails(&self, operation: &str, verdict: Verdict) {
        let mut faults = self.aws_faults.lock().unwrap();
        faults.push((operation.to_owned(), verdict));
    }

    /// The connect form, sent by a process that dies on the way.
    pub async fn connect_and_die(&self, form: Value) {
        let call = self.connect(form);
        let ended = tokio::time::timeout(Duration::from_millis(500), call).await;
        assert!(ended.is_err(), "the process did not die: {ended:?}");
        assert!(self.deadly.lock().unwrap().is_none(), "never got there");
    }

    /// What is registered at 360dialog for a key.
    pub async fn registered(&self, key: &str) -> Option<Registration> {
        let (app, key) = (self.app(), Secret::new(key));
        app.whatsapp.fetch_registration(&key).await.unwrap()
    }

    /// Registers somebody else's webhook.
    pub async fn register_foreign(&self, key: &str, url: &str) {
        let (app, key) = (self.app(), Secret::new(key));
        app.whatsapp.send_webhook(&key, url, None).await.unwrap();
    }

    /// Every API key in the secret store.
    pub fn stored_keys(&self) -> Vec<String> {
        let names = self.aws.ssm.names();
        let names = names.iter().filter(|name| name.ends_with("/api-key"));
        names.filter_map(|name| self.aws.ssm.value(name)).collect()
    }

    async fn put_secrets(&self) {
        let app = self.app();
        for (name, value) in [
            (SecretName::RocketChatToken, "token-whatsapp.bot"),
            (SecretName::Incoming("g1".to_owned()), "incoming-secret"),
            (SecretName::AgentEvents("g1".to_owned()), "events-secret"),
        ] {
            app.secrets.put(&name, &Secret::new(value)).await.unwrap();
        }
        let key = Secret::new(ADMIN);
        ensure_admin_key(&app, Some(&key), self.now())
            .await
            .unwrap();
    }

    async fn create_table(&self) {
        let keys = [("pk", KeyType::Hash), ("sk", KeyType::Range)];
        let mut create = self
            .clients()
            .dynamodb
            .create_table()
            .table_name("bridge")
            .billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in keys {
            let key = KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind);
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S);
            create = create
                .key_schema(key.build().unwrap())
                .attribute_definitions(attribute.build().unwrap());
        }
        create.send().await.unwrap();
    }

    fn clients(&self) -> Clients {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .region(Region::new("us-east-1"))
                        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                        .retry_config(RetryConfig::disabled())
                        .http_client(self.connector())
                        .build(),
                )
            };
        }
        Clients {
            dynamodb: client!(aws_sdk_dynamodb),
            sqs: client!(aws_sdk_sqs),
            ssm: client!(aws_sdk_ssm),
            events: client!(aws_sdk_eventbridge),
            bucket: Some(Bucket {
                name: "uploads".to_owned(),
                url: "https://s3.test/uploads".to_owned(),
                region: "us-east-1".to_owned(),
                credentials: Credentials::new(
                    "test",
                    "secret",
                    Some("session".to_owned()),
                    None,
                    "test",
                ),
            }),
        }
    }

    fn connector(&self) -> AwsConnector {
        let (deadly, faults) = (Arc::clone(&self.deadly), Arc::clone(&self.aws_faults));
        AwsConnector::new(self.aws.clone()).with_hook(Arc::new(move |call: Call| {
            let verdict = if is_deadly(&deadly, &call.operation) {
                Verdict::Hang
            } else {
                let mut faults = faults.lock().unwrap();
                let planned = faults.iter().position(|(name, _)| *name == call.operation);
                planned.map_or(Verdict::Pass, |n| faults.remove(n).1)
            };
            Box::pin(async move { verdict })
        }))
    }

    fn http(&self) -> Http {
        let (chat, dialog, files) = (
            self.chat.router(),
            self.dialog.router(),
            self.files.router(),
        );
        let deadly = Arc::clone(&self.deadly);
        Http::InProcess(Arc::new(move |request: Request<Bytes>| {
            let host = request.uri().host().unwrap_or_default();
            let router = match host {
                "chat.test" => chat.clone(),
                "waba.test" => dialog.clone(),
                "s3.test" => files.clone(),
                // the world outside refuses our calls here: a door that does not know the secret
                "closed.test" => Router::new().fallback(async || http::StatusCode::UNAUTHORIZED),
                _ => Router::new().fallback(async || http::StatusCode::OK),
            };
            let what = format!("{} {}", request.method(), request.uri().path());
            let dies = is_deadly(&deadly, &what);
            Box::pin(async move {
                if dies {
                    std::future::pending::<()>().await;
                }
                answered(router, request).await
            })
        }))
    }
}

async fn answered(
    router: Router,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let answer = router.oneshot(request.map(Body::from)).await;
    let (parts, body) = answer.map_err(|_| TransportError::Lost)?.into_parts();
    let bytes = body.collect().await.map_err(|_| TransportError::Lost)?;
    Ok(Response::from_parts(parts, bytes.to_bytes()))
}

fn is_deadly(deadly: &Deadly, what: &str) -> bool {
    let mut deadly = deadly.lock().unwrap();
    let Some((wanted, n)) = deadly.as_mut() else {
        return false;
    };
    if wanted != what {
        return false;
    }
    *n -= 1;
    let now = *n == 0;
    if now {
        *deadly = None;
    }
    now
}

fn config() -> Config {
    Config {
        statuses_queue: "http://sqs.local/000000000000/statuses".to_owned(),
        callbacks_queue: "http://sqs.local/000000000000/callbacks".to_owned(),
        event_bus: None,
        callback_hosts: String::new(),
        table: "bridge".to_owned(),
        inbound_queue: "http://sqs.local/000000000000/inbound.fifo".to_owned(),
        outbound_queue: "http://sqs.local/000000000000/outbound.fifo".to_owned(),
        bulk_queue: "http://sqs.local/000000000000/bulk".to_owned(),
        parameter_prefix: "/bridge360".to_owned(),
        secret_generation: "g1".to_owned(),
        rocketchat_url: CHAT.to_owned(),
        rocketchat_user_id: "id-whatsapp.bot".to_owned(),
        whatsapp_url: DIALOG.to_owned(),
        group_key: GroupKey::new("a group key"),
    }
}

/// The least that connects [`NUMBER`].
pub fn form() -> Value {
    json!({ "apiKey": KEY, "phoneNumber": NUMBER, "name": "Shop" })
}

/// The codes of a connection's warnings.
pub fn codes(connection: &Value) -> Vec<&str> {
    let warnings = connection["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

/// Asserts a refusal of this status and code, with a sentence; gives it.
pub fn refused((status, body): (u16, Value), expected: u16, code: &str) -> Value {
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (expected, Some(code)),
        "{body}"
    );
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.len() > 20, "says too little: {message}");
    body["error"].clone()
}
