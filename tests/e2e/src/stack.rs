//! A stack: set up by its own custom resource, connected by its own API.

mod asking;
mod running;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use bridge::http::Http;
use bridge_simulators::aws::{EventSourceMapping, Handler, MappingConfig, pump};
use bridge_simulators::clock::Clock;
use bridge_simulators::endpoint::StatusEndpoint;
use bridge_simulators::outbound::Outbound;
use bridge_simulators::rocketchat::{self, RocketChat, Version};
use bridge_simulators::whatsapp::{self, Dialog360};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{join_all, pending};
use serde_json::{Value, json};
use tokio::task::spawn_local;

use crate::binaries;
use crate::cloud::Cloud;
use crate::function::{Function, Plan};
use crate::gateway::Gateway;
use crate::logs::Logs;
use crate::runtime::Ended;
use crate::server::Server;
use crate::template::{self, QUEUES, Surroundings};

pub use running::{run, run_with};

/// The number of the first connection.
pub const NUMBER: &str = "+49 30 901820";
/// Its API key.
pub const API_KEY: &str = "canary-of-the-api-key-JcxAKq";
pub(crate) const NAMES: [&str; 9] = [
    "incoming",
    "to-rocketchat",
    "agent-events",
    "to-whatsapp",
    "status-fanout",
    "callback-sender",
    "template-message",
    "template-refresh",
    "console",
];

/// How a stack differs from the usual one.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway's stage.
    pub stage: &'static str,
    /// `LOG_LEVEL`
    pub log_level: &'static str,
    /// 360dialog's behaviour.
    pub whatsapp: whatsapp::Options,
    /// Rocket.Chat's rate limiter.
    pub rate_limiter: bool,
    /// How many environments `to-rocketchat` has.
    pub environments: usize,
}

impl Default for Options {
    fn default() -> Self {
        let whatsapp = whatsapp::Options {
            allow_any_webhook_url: true,
            sent_after_ms: 20,
            delivered_after_ms: 40,
            ..whatsapp::Options::default()
        };
        Self {
            stage: "$default",
            log_level: "debug",
            whatsapp,
            rate_limiter: true,
            environments: 1,
        }
    }
}

/// The running stack. Must live in a [`tokio::task::LocalSet`].
pub struct Stack {
    /// DynamoDB, SQS, SSM.
    pub cloud: Cloud,
    /// 360dialog and the customers' phones.
    pub whatsapp: Dialog360,
    /// Rocket.Chat.
    pub rocketchat: RocketChat,
    /// The status endpoint, and where it stands.
    pub endpoint: StatusEndpoint,
    /// What the internet sees.
    pub gateway: Gateway,
    /// What the functions wrote.
    pub logs: Logs,
    /// The first connection's id.
    pub connection: String,
    http: Http,
    functions: BTreeMap<&'static str, Arc<Function>>,
    more: Vec<Arc<Function>>,
    mappings: BTreeMap<&'static str, EventSourceMapping>,
    answers: Arc<Mutex<Vec<Value>>>,
    remembered: Mutex<Vec<String>>,
    outside: Server,
    _neighbours: [Server; 3],
}

impl Stack {
    /// Deploys a stack and connects a number.
    pub async fn start(options: Options) -> Self {
        let http = Http::network().expect("an HTTP client");
        let cloud = Cloud::start().await;
        template::create_queues(&cloud.aws);
        cloud
            .call("DynamoDB_20120810.CreateTable", &template::table())
            .await;
        let chat_listener = Server::listen().await;
        let chat_address = chat_listener.local_addr().expect("an address");
        let site = format!("http://{chat_address}");
        let workspace = rocketchat::Options::new(&site, Version::V8);
        let workspace = workspace
            .with_agent("agent.one", "Agent One")
            .with_rate_limiter(options.rate_limiter);
        let rocketchat = RocketChat::new(Clock::system(), workspace);
        let whatsapp = Dialog360::new(Clock::system(), options.whatsapp.clone());
        whatsapp.add_number(API_KEY, NUMBER, "106540352242922");
        let endpoint = StatusEndpoint::new(Clock::system());
        let neighbours = [
            Server::at(chat_listener, rocketchat.router()),
            Server::start(whatsapp.router()).await,
            Server::start(endpoint.router()).await,
        ];
        let answers = Arc::default();
        let router = Router::new().fallback(cloudformation);
        let outside = Server::start(router.with_state(Arc::clone(&answers))).await;
        let gateway = Gateway::start(Server::listen().await, options.stage);
        let mut stack = Self {
            logs: Logs::default(),
            connection: String::new(),
            functions: BTreeMap::new(),
            more: Vec::new(),
            mappings: mappings(&cloud, options.environments),
            _neighbours: neighbours,
            cloud,
            whatsapp,
            rocketchat,
            endpoint,
            gateway,
            http,
            answers,
            remembered: Mutex::default(),
            outside,
        };
        stack.deploy(&options).await;
        stack.deliver();
        stack.connection = stack.connect().await;
        stack
    }

    /// The custom resource first, then the functions with what it gave.
    async fn deploy(&mut self, options: &Options) {
        let [rocketchat, whatsapp, endpoint] = &self._neighbours;
        let mut surroundings = Surroundings {
            aws: self.cloud.url(),
            rocketchat: rocketchat.url(),
            whatsapp: whatsapp.url(),
            endpoint: endpoint.url().trim_start_matches("http://").to_owned(),
            public: self.gateway.url().to_owned(),
            attributes: Value::Null,
        };
        let setup = self.function("stack-setup", &surroundings, options).await;
        self.functions.insert("stack-setup", Arc::new(setup));
        let answer = self.custom_resource("Create").await;
        assert_eq!(answer["Status"], "SUCCESS", "{}", answer["Reason"]);
        surroundings.attributes = answer["Data"].clone();
        let starts = NAMES.map(|name| self.function(name, &surroundings, options));
        for (name, function) in NAMES.into_iter().zip(join_all(starts).await) {
            let function = Arc::new(function);
            if ["incoming", "agent-events", "template-message", "console"].contains(&name) {
                self.gateway.integrate(name, &function);
            }
            self.functions.insert(name, function);
        }
        for _ in 1..options.environments {
            let one = self.function("to-rocketchat", &surroundings, options);
            self.more.push(Arc::new(one.await));
        }
    }

    async fn function(
        &self,
        name: &'static str,
        surroundings: &Surroundings,
        options: &Options,
    ) -> Function {
        let mut variables = surroundings.variables(name, &self.cloud.aws);
        variables.push(("LOG_LEVEL", options.log_level.to_owned()));
        let plan = Plan {
            name,
            binary: binaries::find(name),
            variables,
            timeout: template::timeout(name),
        };
        Function::start(plan, &self.logs).await
    }

    /// Lets the neighbours call the gateway.
    fn deliver(&self) {
        let http = self.http.clone();
        let outbound: Outbound = Arc::new(move |request| {
            let http = http.clone();
            async move {
                let answer = http.send(request, Duration::from_secs(30)).await;
                answer.map_err(|error| error.to_string())
            }
            .boxed()
        });
        self.rocketchat.set_outbound(outbound.clone());
        let (whatsapp, rocketchat) = (self.whatsapp.clone(), self.rocketchat.clone());
        let calls = outbound.clone();
        spawn_local(async move { whatsapp.pump(calls, pending()).await });
        spawn_local(async move { rocketchat.pump(outbound, pending()).await });
    }

    async fn connect(&self) -> String {
        let form = json!({ "name": "Shop", "apiKey": API_KEY, "phoneNumber": NUMBER });
        let (status, answer) = self.api("POST", "/v1/connections", Some(&form)).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// The status endpoint's address.
    pub fn endpoint_url(&self) -> String {
        format!("{}/hook", self._neighbours[2].url())
    }

    /// A function.
    pub fn of(&self, name: &str) -> &Arc<Function> {
        self.functions.get(name).expect("a function of the stack")
    }

    /// The event source mapping of a queue.
    pub fn mapping(&self, queue: &str) -> &EventSourceMapping {
        self.mappings.get(queue).expect("a queue with a worker")
    }

    /// The environments of a function.
    pub fn environments(&self, name: &str) -> Vec<Arc<Function>> {
        let first = Arc::clone(self.of(name));
        match name {
            "to-rocketchat" => std::iter::once(first).chain(self.more.clone()).collect(),
            _ => vec![first],
        }
    }

    /// From now on every queue is worked off.
    pub fn flow(&self) {
        for (queue, _, name) in QUEUES {
            let environments = Environments::new(self.environments(name));
            let handler: Handler = Arc::new(move |event| {
                let environments = environments.clone();
                async move {
                    match environments.invoke(&event).await {
                        Ended::Response(response) => Ok(response),
                        other => Err(format!("{other:?}")),
                    }
                }
                .boxed()
            });
            spawn_local(pump(self.mapping(queue).clone(), handler, pending()));
        }
    }
}

/// The environments of a function: an invocation goes to one that is free.
#[derive(Clone)]
struct Environments {
    all: Arc<Vec<(Arc<Function>, tokio::sync::Mutex<()>)>>,
}

impl Environments {
    fn new(all: Vec<Arc<Function>>) -> Self {
        let all = all
            .into_iter()
            .map(|function| (function, tokio::sync::Mutex::default()));
        Self {
            all: Arc::new(all.collect()),
        }
    }

    async fn invoke(&self, event: &Value) -> Ended {
        let free = self
            .all
            .iter()
            .map(|(function, busy)| Box::pin(async move { (function, busy.lock().await) }));
        let ((function, _busy), _, _) = futures::future::select_all(free).await;
        function.invoke(event).await
    }
}

fn mappings(cloud: &Cloud, environments: usize) -> BTreeMap<&'static str, EventSourceMapping> {
    let mapping = |queue: &str| MappingConfig {
        queue: queue.to_owned(),
        batch_size: 10,
        // each function has one environment here
        max_concurrency: match queue {
            "inbound.fifo" => environments,
            _ => 1,
        },
        report_partial: true,
    };
    let sqs = &cloud.aws.sqs;
    let mappings = QUEUES.map(|(queue, ..)| (queue, EventSourceMapping::new(sqs, mapping(queue))));
    mappings.into_iter().collect()
}

/// CloudFormation's side of a custom resource: takes answers.
async fn cloudformation(State(answers): State<Arc<Mutex<Vec<Value>>>>, body: Bytes) {
    let answer = serde_json::from_slice(&body).unwrap_or_default();
    answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(answer);
}
