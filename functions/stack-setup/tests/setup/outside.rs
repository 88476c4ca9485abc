//! What stands around the function: AWS, 360dialog, Rocket.Chat, CloudFormation, the log.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use bridge::http::{Http, TransportError};
use bridge_simulators::aws::{Aws, AwsConnector, Call, Verdict};
use bridge_simulators::clock::Clock;
use bridge_simulators::rocketchat::RocketChat;
use bridge_simulators::whatsapp::Dialog360;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tokio::time::Instant;
use tower::ServiceExt as _;

/// When the models' time begins, in milliseconds since 1970.
pub const START: i64 = 1_780_000_000_000;

/// What the address that takes CloudFormation's answers does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    Status(u16),
    Lost,
}

/// What an AWS call meets, by service and operation.
pub type Rule = Arc<Mutex<Option<(&'static str, Verdict)>>>;

/// Everything that was logged.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

macro_rules! client {
    ($sdk:ident, $connector:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .http_client($connector.clone())
                .build(),
        )
    };
}

pub fn dynamodb(connector: &AwsConnector) -> aws_sdk_dynamodb::Client {
    client!(aws_sdk_dynamodb, connector)
}

pub fn ssm(connector: &AwsConnector) -> aws_sdk_ssm::Client {
    client!(aws_sdk_ssm, connector)
}

pub fn clock() -> Clock {
    let start = Instant::now();
    Clock::from_fn(move || START + i64::try_from(start.elapsed().as_millis()).unwrap())
}

pub fn connector(aws: &Aws, rule: &Rule, calls: &Arc<Mutex<Vec<String>>>) -> AwsConnector {
    let (rule, calls) = (rule.clone(), calls.clone());
    AwsConnector::new(aws.clone()).with_hook(Arc::new(move |call: Call| {
        let name = format!("{}.{}", call.service, call.operation);
        calls.lock().unwrap().push(name.clone());
        let rule = rule.lock().unwrap().clone();
        let verdict = match rule {
            Some(("panic", _)) => panic!("a defect of this test"),
            Some((operation, verdict)) if name.starts_with(operation) => verdict,
            _ => Verdict::Pass,
        };
        async move { verdict }.boxed()
    }))
}

pub async fn create_table(dynamodb: &aws_sdk_dynamodb::Client) {
    use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType};
    let mut request = dynamodb
        .create_table()
        .table_name("table")
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type("S".into());
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        request = request
            .attribute_definitions(attribute.build().unwrap())
            .key_schema(key.build().unwrap());
    }
    request.send().await.unwrap();
}

pub fn neighbours(
    dialog: &Dialog360,
    desk: &RocketChat,
    answers: &Arc<Mutex<Vec<Request<Bytes>>>>,
    taking: &Arc<Mutex<VecDeque<Taking>>>,
) -> Http {
    let (dialog, desk) = (dialog.router(), desk.router());
    let (answers, taking) = (answers.clone(), taking.clone());
    Http::InProcess(Arc::new(move |request| {
        match request.uri().host().unwrap() {
            "waba.example.com" => ask(dialog.clone(), request).boxed(),
            "chat.example.com" => ask(desk.clone(), request).boxed(),
            "cfn.example.com" => {
                let taken = take(&answers, &taking, request);
                async move { taken }.boxed()
            }
            host => panic!("nobody may call {host}"),
        }
    }))
}

fn take(
    answers: &Mutex<Vec<Request<Bytes>>>,
    taking: &Mutex<VecDeque<Taking>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let taking = taking
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or(Taking::Status(200));
    match taking {
        Taking::Lost => Err(TransportError::Lost),
        Taking::Status(status) => {
            if status == 200 {
                answers.lock().unwrap().push(request);
            }
            Ok(Response::builder()
                .status(status)
                .body(Bytes::new())
                .unwrap())
        }
    }
}

pub async fn ask(
    router: axum::Router,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let answer = router
        .oneshot(request.map(axum::body::Body::from))
        .await
        .unwrap();
    let (head, body) = answer.into_parts();
    Ok(Response::from_parts(
        head,
        body.collect().await.unwrap().to_bytes(),
    ))
}

pub fn listen() -> (Logs, tracing::subscriber::DefaultGuard) {
    let logs = Logs::default();
    let writer = logs.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter("warn,bridge=debug,stack_setup=debug")
        .with_writer(move || writer.clone())
        .finish();
    (logs, tracing::subscriber::set_default(subscriber))
}
