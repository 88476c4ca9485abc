//! What `template.yaml` says: queues, table, time-outs and each function's variables.

use std::time::Duration;

use bridge_simulators::aws::{Aws, QueueConfig};
use serde_json::{Value, json};

/// The table's name.
pub const TABLE: &str = "bridge360";
/// The path of the stack's secrets.
pub const PREFIX: &str = "/bridge360";
/// Worker queues with their dead-letter queues and functions.
pub const QUEUES: [(&str, &str, &str); 5] = [
    ("inbound.fifo", "inbound-dead.fifo", "to-rocketchat"),
    ("outbound.fifo", "outbound-dead.fifo", "to-whatsapp"),
    ("statuses", "statuses-dead", "status-fanout"),
    ("bulk", "bulk-dead", "to-whatsapp"),
    ("callbacks", "callbacks-dead", "callback-sender"),
];

/// The time-out of a function.
pub fn timeout(function: &str) -> Duration {
    Duration::from_secs(match function {
        "incoming" | "agent-events" => 10,
        "console" | "template-message" => 29,
        "callback-sender" => 60,
        "stack-setup" => 90,
        _ => 150,
    })
}

/// Creates the queues.
pub fn create_queues(aws: &Aws) {
    let day_ms = 86_400_000;
    for (name, dead, _) in QUEUES {
        let plain = |name: &str| match name.ends_with(".fifo") {
            true => QueueConfig::fifo(name),
            false => QueueConfig::standard(name),
        };
        aws.sqs.create(plain(dead));
        aws.sqs.create(QueueConfig {
            visibility_timeout_ms: 180_000,
            retention_ms: 14 * day_ms,
            dead_letter: Some((dead.to_owned(), 1000)),
            ..plain(name)
        });
    }
}

/// The input of `CreateTable`.
pub fn table() -> Value {
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
    })
}

/// Where the neighbours are, and what the stack's custom resource gave.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `AWS_ENDPOINT_URL`
    pub aws: String,
    /// The workspace.
    pub rocketchat: String,
    /// 360dialog.
    pub whatsapp: String,
    /// Host and port of the status endpoint.
    pub endpoint: String,
    /// The stack's own URL.
    pub public: String,
    /// The custom resource's attributes.
    pub attributes: Value,
}

impl Surroundings {
    /// The variables of a function, by the template.
    pub fn variables(&self, function: &str, aws: &Aws) -> Vec<(&'static str, String)> {
        let attribute = |name: &str| {
            self.attributes[name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let inbound = ("INBOUND_QUEUE_URL", aws.sqs.url("inbound.fifo"));
        let outbound = ("OUTBOUND_QUEUE_URL", aws.sqs.url("outbound.fifo"));
        let bulk = ("BULK_QUEUE_URL", aws.sqs.url("bulk"));
        let statuses = ("STATUSES_QUEUE_URL", aws.sqs.url("statuses"));
        let callbacks = ("CALLBACKS_QUEUE_URL", aws.sqs.url("callbacks"));
        let hosts = ("CALLBACK_HOSTS", self.endpoint.clone());
        let group_key = ("GROUP_KEY", attribute("GroupKey"));
        let user = ("ROCKETCHAT_USER_ID", "id-whatsapp.bot".to_owned());
        let hashes = |name| attribute(name);
        let mut variables = match function {
            "incoming" => {
                let hashes = ("INCOMING_SECRET_HASHES", hashes("IncomingSecretHashes"));
                vec![inbound, statuses, group_key, hashes]
            }
            "agent-events" => {
                let hashes = hashes("AgentEventsTokenHashes");
                let hashes = ("AGENT_EVENTS_TOKEN_HASHES", hashes);
                vec![outbound, callbacks, group_key, hashes, user]
            }
            "stack-setup" => self.neighbours(user),
            "callback-sender" => {
                let dead = aws.sqs.url("callbacks-dead");
                let mut all = self.neighbours(user);
                all.extend([callbacks, hosts, ("CALLBACKS_DEAD_QUEUE_URL", dead)]);
                all
            }
            _ => {
                let mut all = self.neighbours(user);
                all.push(("SECRET_GENERATION", "1".to_owned()));
                all.extend([
                    inbound, outbound, bulk, statuses, callbacks, hosts, group_key,
                ]);
                all
            }
        };
        match function {
            "console" => variables.push(("PUBLIC_URL", self.public.clone())),
            "template-refresh" => {
                let dead = QUEUES.map(|(_, dead, _)| aws.sqs.url(dead)).join(",");
                variables.push(("DEAD_LETTER_QUEUE_URLS", dead));
                variables.push(("PUBLIC_URL", self.public.clone()));
            }
            _ => {}
        }
        variables.push(("AWS_ENDPOINT_URL", self.aws.clone()));
        variables
    }

    fn neighbours(&self, user: (&'static str, String)) -> Vec<(&'static str, String)> {
        vec![
            ("TABLE_NAME", TABLE.to_owned()),
            ("PARAMETER_PREFIX", PREFIX.to_owned()),
            ("ROCKETCHAT_URL", self.rocketchat.clone()),
            ("WHATSAPP_URL", self.whatsapp.clone()),
            user,
        ]
    }
}
