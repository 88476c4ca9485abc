//! What a world stands on: AWS, the neighbours, the clock. Every environment is built from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use bridge::app::App;
use bridge::callback::Client;
use bridge::domain::time::Timestamp;
use bridge::flows::callbacks::deliver::Sender;
use bridge::queue::send::DeadLetterQueue;
use bridge::secrets::Secrets;
use bridge::store::Store;
use bridge_simulators::aws;
use bridge_simulators::aws::sqs::QueueConfig;
use bridge_simulators::clock::Clock;

use crate::effects::{Effects, Environment, Function};
use crate::wiring::{self, Net, PREFIX, TABLE};

/// Everything needed to build environments.
#[derive(Clone)]
pub(crate) struct Ground {
    pub aws: aws::Aws,
    pub net: Net,
    pub clock: Clock,
    pub effects: Effects,
    pub seed: u64,
    skews: Arc<[AtomicI64; Function::ALL.len()]>,
}

impl Ground {
    pub fn new(aws: aws::Aws, net: Net, clock: Clock, (effects, seed): (Effects, u64)) -> Self {
        Self {
            aws,
            net,
            clock,
            effects,
            seed,
            skews: Arc::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    /// The moment by the clock of one function.
    pub fn now_of(&self, function: Function) -> Timestamp {
        let skew = self.skews[function as usize].load(Ordering::Relaxed);
        Timestamp::from_millis(self.clock.now_ms() + skew)
    }

    /// From now on the clock of `function` is wrong by `ms`.
    pub fn skew(&self, function: Function, ms: i64) {
        self.skews[function as usize].store(ms, Ordering::Relaxed);
    }

    pub fn app(&self, environment: Environment) -> App {
        let place = environment.number * 10 + environment.function as u64;
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(place);
        let (aws, net, effects) = (&self.aws, &self.net, &self.effects);
        wiring::app((aws, net, &self.clock), environment, effects, seed)
    }
}

impl Ground {
    /// A fresh environment of `callback-sender`.
    pub fn sender(&self, environment: Environment) -> Sender {
        let hook = Some((environment, self.effects.clone()));
        let clients = wiring::sdk(&self.aws, &self.clock, hook);
        Sender::new(
            Store::new(clients.dynamodb, TABLE),
            Secrets::new(clients.ssm, PREFIX),
            Client::new(self.net.http(environment, &self.effects)),
            DeadLetterQueue::new(clients.sqs, self.aws.sqs.url("callbacks-dead")),
        )
    }
}

/// The stack's queues, as in the template.
pub(crate) fn create_queues(aws: &aws::Aws) {
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
    let standard = |name: &str, dead: &str| {
        aws.sqs.create(QueueConfig::standard(dead));
        aws.sqs.create(QueueConfig {
            visibility_timeout_ms: 180_000,
            retention_ms: 14 * 86_400_000,
            dead_letter: Some((dead.to_owned(), 1000)),
            ..QueueConfig::standard(name)
        });
    };
    standard("statuses", "statuses-dead");
    standard("bulk", "bulk-dead");
    standard("callbacks", "callbacks-dead");
}

/// The stack's table, as in the template.
pub(crate) async fn create_table(client: &aws_sdk_dynamodb::Client) {
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
    let ttl = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("expires_at")
        .build()
        .expect("time to live");
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl)
        .send()
        .await
        .expect("time to live");
}
