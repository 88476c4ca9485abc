//! The AWS services of this machine: DynamoDB, SQS and SSM in one file.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use bridge::app::Aws;
use bridge::files::Bucket;
use bridge_simulators::aws::sqs::QueueConfig;
use bridge_simulators::aws::{self, AwsConnector};
use bridge_simulators::clock::Clock;

use crate::start::StartError;

/// The table's name.
pub const TABLE: &str = "bridge360";
/// Where the model of S3 is mounted.
pub const S3_PATH: &str = "/s3";
/// The bucket's name.
const BUCKET: &str = "uploads";
/// The worker queues, each with its dead-letter queue.
pub const QUEUES: [(&str, &str); 5] = [
    ("inbound.fifo", "inbound-dead.fifo"),
    ("outbound.fifo", "outbound-dead.fifo"),
    ("statuses", "statuses-dead"),
    ("bulk", "bulk-dead"),
    ("callbacks", "callbacks-dead"),
];

/// The data folder, held by this process alone.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the folder if absent and locks it.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |error: std::io::Error| StartError::DataDir {
            path: path.to_owned(),
            reason: error.kind().to_string(),
        };
        if !path.is_dir() {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            // it holds secrets
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).map_err(unusable)?;
        }
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let lock = options.open(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataDirTaken(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// The embedded services and the SDK's clients for them.
#[derive(Clone)]
pub struct Embedded {
    /// The services themselves.
    pub models: aws::Aws,
    /// The clients.
    pub clients: Aws,
}

impl Embedded {
    /// Opens what stands in the folder; makes the table and the queues.
    pub async fn open(data: &DataDir) -> Result<Self, StartError> {
        let file = data.path.join("bridge.db");
        let unreadable = |reason: String| StartError::Database {
            path: file.clone(),
            reason,
        };
        let path = file
            .to_str()
            .ok_or_else(|| unreadable("its name is not UTF-8".to_owned()))?;
        let models =
            aws::Aws::at(path, Clock::system()).map_err(|error| unreadable(error.to_string()))?;
        create_queues(&models.sqs);
        let clients = clients(&models);
        create_table(&clients.dynamodb).await.map_err(unreadable)?;
        Ok(Self { models, clients })
    }
}

fn clients(models: &aws::Aws) -> Aws {
    let connector = AwsConnector::new(models.clone());
    macro_rules! client {
        ($sdk:ident) => {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version($sdk::config::BehaviorVersion::latest())
                    .region($sdk::config::Region::new(aws::REGION))
                    .credentials_provider($sdk::config::Credentials::new(
                        "local", "local", None, None, "local",
                    ))
                    .retry_config($sdk::config::retry::RetryConfig::disabled())
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
        bucket: None,
    }
}

/// The bucket for uploads: a model of S3 in memory, reached like everything here by the one
/// listener.
pub fn bucket(local_url: &str) -> (aws::S3, Bucket) {
    let (access_key, secret) = ("local", "local");
    let owner = aws::Owner {
        access_key: access_key.to_owned(),
        secret: secret.to_owned(),
    };
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        url: format!("{local_url}{S3_PATH}/{BUCKET}"),
        region: aws::REGION.to_owned(),
        credentials: Credentials::new(access_key, secret, None, None, "local"),
    };
    (aws::S3::new(Clock::system(), owner), bucket)
}

/// The queues of the stack, with its figures.
fn create_queues(sqs: &aws::Sqs) {
    for (name, dead) in QUEUES {
        let plain = |name: &str| match name.ends_with(".fifo") {
            true => QueueConfig::fifo(name),
            false => QueueConfig::standard(name),
        };
        let retention_ms = 14 * 86_400_000;
        sqs.create(QueueConfig {
            retention_ms,
            ..plain(dead)
        });
        sqs.create(QueueConfig {
            visibility_timeout_ms: 180_000,
            retention_ms,
            dead_letter: Some((dead.to_owned(), 1000)),
            ..plain(name)
        });
    }
}

async fn create_table(client: &aws_sdk_dynamodb::Client) -> Result<(), String> {
    let mut request = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build();
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build();
        request = request
            .attribute_definitions(attribute.map_err(|error| error.to_string())?)
            .key_schema(key.map_err(|error| error.to_string())?);
    }
    match request
        .send()
        .await
        .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
    {
        Ok(_) => {}
        Err(error) if error.is_resource_in_use_exception() => return Ok(()),
        Err(error) => return Err(error.to_string()),
    }
    let expiry = TimeToLiveSpecification::builder()
        .attribute_name("expires_at")
        .enabled(true);
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(expiry.build().map_err(|error| error.to_string())?)
        .send()
        .await
        .map(drop)
        .map_err(|error| error.into_service_error().to_string())
}
