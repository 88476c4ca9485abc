//! The models through the real SDK clients, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connector;
mod dynamodb;
mod fifo;
mod kept;
mod mapping;
mod ssm;
mod standard;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{
    BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig as Stalled,
};

use super::*;

/// A clock of tokio's (paused) time.
fn clock() -> Clock {
    let start = tokio::time::Instant::now();
    Clock::from_fn(move || 1_700_000_000_000 + i64::try_from(start.elapsed().as_millis()).unwrap())
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
}

macro_rules! client {
    ($sdk:ident, $connector:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(Stalled::disabled())
                .http_client($connector)
                .build(),
        )
    };
}
use client;

/// A queue's client.
struct Q {
    aws: Aws,
    sdk: aws_sdk_sqs::Client,
    url: String,
    name: String,
}

impl Q {
    fn of(aws: &Aws, config: QueueConfig) -> Self {
        let sdk = client!(aws_sdk_sqs, AwsConnector::new(aws.clone()));
        let name = config.name.clone();
        Self {
            url: aws.sqs.create(config),
            aws: aws.clone(),
            sdk,
            name,
        }
    }

    /// A FIFO queue with 30 s of visibility.
    fn fifo() -> Self {
        Self::of(&Aws::memory(clock()).unwrap(), QueueConfig::fifo("q.fifo"))
    }

    fn standard() -> Self {
        Self::of(&Aws::memory(clock()).unwrap(), QueueConfig::standard("q"))
    }

    /// Sends to a group; the body is the deduplication id. Gives message id and sequence number.
    async fn send(&self, group: &str, body: &str) -> (String, String) {
        let send = self
            .sdk
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        let sent = send
            .message_group_id(group)
            .message_deduplication_id(body)
            .send()
            .await
            .unwrap();
        (sent.message_id.unwrap(), sent.sequence_number.unwrap())
    }

    async fn put(&self, body: &str) {
        self.sdk
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }

    /// Receives up to ten messages with all attributes.
    async fn receive(&self) -> Vec<aws_sdk_sqs::types::Message> {
        use aws_sdk_sqs::types::MessageSystemAttributeName::All;
        let receive = self
            .sdk
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(10);
        let got = receive
            .message_system_attribute_names(All)
            .message_attribute_names("All")
            .send()
            .await
            .unwrap();
        got.messages.unwrap_or_default()
    }

    async fn bodies(&self) -> Vec<String> {
        self.receive()
            .await
            .into_iter()
            .map(|m| m.body.unwrap())
            .collect()
    }

    async fn delete(&self, message: &aws_sdk_sqs::types::Message) -> Result<(), String> {
        let delete = self.sdk.delete_message().queue_url(&self.url);
        delete
            .receipt_handle(message.receipt_handle.as_ref().unwrap())
            .send()
            .await
            .map(drop)
            .map_err(|error| format!("{:?}", error.into_service_error()))
    }

    async fn hide(
        &self,
        message: &aws_sdk_sqs::types::Message,
        seconds: i32,
    ) -> Result<(), String> {
        let change = self.sdk.change_message_visibility().queue_url(&self.url);
        change
            .receipt_handle(message.receipt_handle.as_ref().unwrap())
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| format!("{:?}", error.into_service_error()))
    }
}

/// A system attribute of a received message.
fn attribute(message: &aws_sdk_sqs::types::Message, name: &str) -> String {
    let attributes = message.attributes.as_ref().unwrap();
    attributes
        .iter()
        .find(|(key, _)| key.as_str() == name)
        .unwrap()
        .1
        .clone()
}
