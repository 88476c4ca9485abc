//! How a function of the world reaches AWS and its neighbours: in process, through the effects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_smithy_async::time::TimeSource;
use axum::body::Body;
use bridge::app::{App, Aws, Ids};
use bridge::config::Config;
use bridge::domain::hash::GroupKey;
use bridge::files::Bucket;
use bridge::http::{Http, InProcess, TransportError};
use bridge_simulators::aws::{self, AwsConnector, Call, Owner, S3, Verdict};
use bridge_simulators::clock::Clock;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::effects::{Effects, Environment, Fault};
use crate::rights;

pub(crate) const ROCKETCHAT: &str = "rocketchat.test";
pub(crate) const WHATSAPP: &str = "whatsapp.test";
/// The stack's bucket is there.
pub(crate) const BUCKETS: &str = "s3.test";
/// A public server with files.
pub(crate) const FILES: &str = "files.test";
pub(crate) const GROUP_KEY: &str = "group key of the tests";
pub(crate) const TABLE: &str = "bridge";
pub(crate) const PREFIX: &str = "/bridge";
/// The message status endpoint.
pub(crate) const ENDPOINT: &str = "status.test";
/// The webhook that the workspace had before.
pub(crate) const FORMER: &str = "crm.test";
/// Our own doors, as they are asked from outside before a neighbour is told of them: open.
const OWN: &str = "bridge.test";
/// The event bus of the worlds that have one.
pub(crate) const BUS: &str = "events-of-the-tests";

/// The neighbours by host.
#[derive(Clone)]
pub(crate) struct Net {
    pub rocketchat: axum::Router,
    pub whatsapp: axum::Router,
    pub endpoint: axum::Router,
    /// The stack's bucket.
    pub s3: S3,
    pub former: axum::Router,
    /// Callbacks are put on a bus too.
    pub bus: bool,
    /// What stands on the public server, by path.
    pub files: Arc<Mutex<BTreeMap<String, Bytes>>>,
    pub strangers: Arc<Mutex<Vec<String>>>,
}

impl Net {
    pub fn strangers(&self) -> Vec<String> {
        self.strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The way out for one function.
    pub fn http(&self, environment: Environment, effects: &Effects) -> Http {
        let (net, effects) = (self.clone(), effects.clone());
        let handler: InProcess = Arc::new(move |request| {
            let (net, effects) = (net.clone(), effects.clone());
            Box::pin(async move { net.call(environment, &effects, request).await })
        });
        Http::InProcess(handler)
    }

    /// The public server as it stands.
    fn server(&self) -> axum::Router {
        let files = Arc::clone(&self.files);
        let serve = move |uri: http::Uri| async move {
            let files = files.lock().unwrap_or_else(PoisonError::into_inner);
            let found = files.get(uri.path()).cloned();
            found.ok_or(StatusCode::NOT_FOUND)
        };
        axum::Router::new().fallback(serve)
    }

    async fn call(
        &self,
        environment: Environment,
        effects: &Effects,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let router = match host.as_str() {
            ROCKETCHAT => self.rocketchat.clone(),
            WHATSAPP => self.whatsapp.clone(),
            ENDPOINT => self.endpoint.clone(),
            FORMER => self.former.clone(),
            OWN => axum::Router::new().fallback(async || StatusCode::OK),
            FILES => self.server(),
            BUCKETS => self.s3.router(),
            _ => {
                self.strangers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(host);
                return Err(TransportError::NotConnected);
            }
        };
        let what = format!("{} {}", request.method(), request.uri().path());
        let uri = request.uri().to_string();
        match effects.next(environment, what, (&uri, request.body())) {
            Some(Fault::Kill) => std::future::pending().await,
            Some(Fault::Before) => Err(TransportError::NotConnected),
            Some(Fault::After) => {
                route(router, request).await?;
                Err(TransportError::Lost)
            }
            Some(Fault::Slow) => {
                route(router, request).await?;
                std::future::pending().await
            }
            Some(Fault::Refuse | Fault::Partial) => Ok(out_of_order()),
            Some(Fault::Panic) => panic!("a fault of the tests"),
            None => route(router, request).await,
        }
    }
}

/// A neighbour that is out of order for a moment.
fn out_of_order() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(b"Service Unavailable"));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}

async fn route(
    router: axum::Router,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let answer = router
        .oneshot(request.map(Body::from))
        .await
        .map_err(|_| TransportError::Lost)?;
    let (head, body) = answer.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|_| TransportError::Lost)?
        .to_bytes();
    Ok(Response::from_parts(head, body))
}

/// The SDK's clock: the world's.
#[derive(Debug)]
struct WorldTime(Clock);

impl TimeSource for WorldTime {
    fn now(&self) -> SystemTime {
        let millis = u64::try_from(self.0.now_ms()).unwrap_or_default();
        UNIX_EPOCH + Duration::from_millis(millis)
    }
}

/// The SDK clients of one function.
pub(crate) fn sdk(aws: &aws::Aws, clock: &Clock, hook: Option<(Environment, Effects)>) -> Aws {
    let mut connector = AwsConnector::new(aws.clone());
    if let Some((environment, effects)) = hook {
        connector = connector.with_hook(Arc::new(move |call: Call| {
            let effects = effects.clone();
            Box::pin(async move { verdict(&effects, environment, &call).await })
        }));
    }
    macro_rules! client {
        ($sdk:ident) => {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version($sdk::config::BehaviorVersion::latest())
                    .region($sdk::config::Region::new(aws::REGION))
                    .credentials_provider($sdk::config::Credentials::new("k", "s", None, None, "t"))
                    .retry_config($sdk::config::retry::RetryConfig::disabled())
                    .stalled_stream_protection(
                        $sdk::config::StalledStreamProtectionConfig::disabled(),
                    )
                    .time_source(WorldTime(clock.clone()))
                    .http_client(connector.clone())
                    .build(),
            )
        };
    }
    Aws {
        dynamodb: client!(aws_sdk_dynamodb),
        sqs: client!(aws_sdk_sqs),
        ssm: client!(aws_sdk_ssm),
        events: client!(aws_sdk_eventbridge),
        bucket: Some(Bucket {
            name: BUCKET.to_owned(),
            url: format!("https://{BUCKETS}/{BUCKET}"),
            region: aws::REGION.to_owned(),
            credentials: Credentials::new("k", "s", None, None, "t"),
        }),
    }
}

/// The stack's bucket.
pub(crate) const BUCKET: &str = "files";

/// Who may use it.
pub(crate) fn owner() -> Owner {
    Owner {
        access_key: "k".to_owned(),
        secret: "s".to_owned(),
    }
}

async fn verdict(effects: &Effects, environment: Environment, call: &Call) -> Verdict {
    let what = format!("{} {}", call.service, call.operation);
    match effects.next(environment, what, ("", &call.body)) {
        Some(Fault::Kill) => std::future::pending().await,
        Some(Fault::Before) => Verdict::FailBefore,
        Some(Fault::After) => Verdict::FailAfter,
        Some(Fault::Slow) => Verdict::LoseAnswer(SDK_LIMIT),
        Some(Fault::Refuse) => throttled(call),
        Some(Fault::Partial) => Verdict::Partial,
        Some(Fault::Panic) => panic!("a fault of the tests"),
        None if call.service == "sqs"
            && rights::is_forbidden(effects, environment, (&call.operation, &call.body)) =>
        {
            Verdict::Refuse {
                status: 403,
                type_name: "AccessDeniedException".to_owned(),
                message: "not authorized to perform: sqs:SendMessage".to_owned(),
            }
        }
        None => Verdict::Pass,
    }
}

/// When the SDK gives an attempt up (`App::from_env`); the clients here have no limit of their own.
const SDK_LIMIT: Duration = Duration::from_secs(5);

fn throttled(call: &Call) -> Verdict {
    let name = match call.service {
        // also where it meets another one at the same items
        "dynamodb" if call.operation == "TransactWriteItems" => "TransactionCanceledException",
        "dynamodb" => "ProvisionedThroughputExceededException",
        "sqs" => "RequestThrottled",
        _ => "ThrottlingException",
    };
    Verdict::Refuse {
        status: 400,
        type_name: name.to_owned(),
        message: "slow down".to_owned(),
    }
}

/// What the functions' environment says.
pub(crate) fn config(aws: &aws::Aws, bus: bool) -> Config {
    Config {
        table: TABLE.to_owned(),
        inbound_queue: aws.sqs.url("inbound.fifo"),
        outbound_queue: aws.sqs.url("outbound.fifo"),
        bulk_queue: aws.sqs.url("bulk"),
        statuses_queue: aws.sqs.url("statuses"),
        callbacks_queue: aws.sqs.url("callbacks"),
        event_bus: bus.then(|| BUS.to_owned()),
        callback_hosts: String::new(),
        parameter_prefix: PREFIX.to_owned(),
        secret_generation: "1".to_owned(),
        rocketchat_url: format!("https://{ROCKETCHAT}"),
        rocketchat_user_id: "id-whatsapp.bot".to_owned(),
        whatsapp_url: format!("https://{WHATSAPP}"),
        group_key: GroupKey::new(GROUP_KEY),
    }
}

/// A fresh environment of a worker.
pub(crate) fn app(
    (aws, net, clock): (&aws::Aws, &Net, &Clock),
    environment: Environment,
    effects: &Effects,
    seed: u64,
) -> App {
    let clients = sdk(aws, clock, Some((environment, effects.clone())));
    App::new(
        config(aws, net.bus),
        &clients,
        net.http(environment, effects),
        Ids::seeded(seed),
    )
}
