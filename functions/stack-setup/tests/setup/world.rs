//! One stack with its neighbours.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::Credentials;
use bridge::app::Ids;
use bridge::config::Missing;
use bridge::domain::connection::{Connection, Health};
use bridge::domain::ids::{ConnectionId, WaId};
use bridge::domain::time::Timestamp;
use bridge::domain::workspace::{FormerWebhook, WebhookEvents};
use bridge::files::{Bucket, Files};
use bridge::flows::workspace::former::put_token;
use bridge::http::Http;
use bridge::secrets::{Secret, SecretName, Secrets};
use bridge::store::Store;
use bridge_simulators::aws::{Aws, Owner, S3, Verdict};
use bridge_simulators::rocketchat::{Options, RocketChat, Version};
use bridge_simulators::whatsapp::Dialog360;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stack_setup::{Setup, handle};
use tokio::time::Instant;

use crate::outside::{self, Logs, Rule, START, Taking};

pub const API: &str = "https://api.example.com";
pub const TOKEN: &str = "token-whatsapp.bot";

pub struct World {
    pub aws: Aws,
    pub dialog: Dialog360,
    pub desk: RocketChat,
    pub store: Store,
    pub answers: Arc<Mutex<Vec<Request<Bytes>>>>,
    pub taking: Arc<Mutex<VecDeque<Taking>>>,
    pub logs: Logs,
    pub calls: Arc<Mutex<Vec<String>>>,
    rule: Rule,
    setup: Result<Setup, Missing>,
    http: Http,
    _log: tracing::subscriber::DefaultGuard,
}

impl World {
    /// The stack has a bucket with three files.
    pub async fn with_bucket(&mut self) -> S3 {
        let owner = Owner {
            access_key: "key".to_owned(),
            secret: "secret".to_owned(),
        };
        let s3 = S3::new(outside::clock(), owner);
        for n in 0..3 {
            s3.put(&format!("uploads/uploads/{n}"), b"file");
        }
        let router = s3.router();
        let http = Http::InProcess(Arc::new(move |request| {
            let router = router.clone();
            Box::pin(async move { outside::ask(router, request).await })
        }));
        let bucket = Bucket {
            name: "uploads".to_owned(),
            url: "https://s3.example.com/uploads".to_owned(),
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("key", "secret", None, None, "test"),
        };
        if let Ok(setup) = &mut self.setup {
            setup.files = Some(Files::new(http, bucket));
        }
        s3
    }

    pub async fn new() -> Self {
        let clock = outside::clock();
        let aws = Aws::memory(clock.clone()).unwrap();
        let dialog = Dialog360::new(clock.clone(), Default::default());
        let options = Options::new("https://chat.example.com", Version::V8);
        let desk = RocketChat::new(clock, options);
        let (rule, calls) = (Rule::default(), Arc::default());
        let connector = outside::connector(&aws, &rule, &calls);
        let dynamodb = outside::dynamodb(&connector);
        outside::create_table(&dynamodb).await;
        let (answers, taking) = (Arc::default(), Arc::default());
        let http = outside::neighbours(&dialog, &desk, &answers, &taking);
        let setup = Setup {
            store: Store::new(dynamodb.clone(), "table"),
            secrets: Secrets::new(outside::ssm(&connector), "/stack"),
            prefix: "/stack".to_owned(),
            whatsapp: bridge::whatsapp::Client::new(http.clone(), "https://waba.example.com"),
            http: http.clone(),
            rocketchat_url: "https://chat.example.com".to_owned(),
            rocketchat_user_id: "id-whatsapp.bot".to_owned(),
            files: None,
            ids: Ids::seeded(1),
        };
        let (logs, log) = outside::listen();
        let store = Store::new(dynamodb, "table");
        let setup = Ok(setup);
        Self {
            aws,
            dialog,
            desk,
            store,
            answers,
            taking,
            logs,
            calls,
            rule,
            setup,
            http,
            _log: log,
        }
    }

    /// The next calls of `operation` meet `verdict`; `None` ends it.
    pub fn aws_does(&self, rule: Option<(&'static str, Verdict)>) {
        *self.rule.lock().unwrap() = rule;
    }

    /// The function starts without a variable that it needs.
    pub fn without_variable(&mut self) {
        self.setup = Err(Missing("TABLE_NAME"));
    }

    /// One invocation of 60 s.
    pub async fn invoke(&self, event: Value) -> Result<(), stack_setup::NotAnswered> {
        let until = Instant::now() + Duration::from_secs(60);
        handle(
            &self.setup,
            &self.http,
            event,
            until,
            Timestamp::from_millis(START),
        )
        .await
    }

    /// One invocation that must be answered; gives the answer.
    pub async fn asks(&self, event: Value) -> Value {
        let before = self.answers.lock().unwrap().len();
        self.invoke(event).await.unwrap();
        let answers = self.answers.lock().unwrap();
        assert_eq!(answers.len(), before + 1);
        serde_json::from_slice(answers.last().unwrap().body()).unwrap()
    }

    /// A connection with its API key, registered at 360dialog.
    pub async fn connect(&self, id: &str, former: Option<&str>) -> Connection {
        let key = format!("api-key-of-{id}");
        let number = format!("4930{:06}", id.len() * 1000 + usize::from(id.as_bytes()[0]));
        self.dialog
            .add_number(&key, &number, &format!("phone-{id}"));
        let connection = connection(id, &number, former);
        self.store.create_connection(&connection).await.unwrap();
        let setup = self.setup.as_ref().unwrap();
        let key = Secret::new(key);
        setup
            .secrets
            .put(&SecretName::ApiKey(connection.id.clone()), &key)
            .await
            .unwrap();
        let secret = Secret::new("secret-of-the-webhook");
        setup
            .whatsapp
            .send_webhook(&key, &connection.webhook_url, Some(&secret))
            .await
            .unwrap();
        connection
    }

    pub fn webhook_of(&self, id: &str) -> String {
        self.dialog
            .webhook_config(&format!("phone-{id}"))
            .unwrap()
            .url
    }

    /// Rocket.Chat's webhook went to `url`, on visitors' messages and closings, and comes to us now.
    pub async fn took_over(&self, url: &str, path: &str) {
        let former = FormerWebhook {
            url: url.to_owned(),
            pass_on: true,
            events: WebhookEvents {
                agent_messages: false,
                visitor_messages: true,
                closings: true,
            },
        };
        self.store.put_former_webhook(&former).await.unwrap();
        let set = |id: &str, value: Value| self.desk.set_setting(id, value);
        set("Livechat_webhookUrl", json!(format!("{API}/{path}")));
        set("Livechat_secret_token", json!("our token"));
        set("Livechat_webhook_on_agent_message", json!(true));
        set("Livechat_webhook_on_close", json!(true));
    }

    /// The token of the former webhook at `of` is remembered.
    pub async fn keeps_token(&self, of: &str, token: &str) {
        let secrets = &self.setup.as_ref().unwrap().secrets;
        put_token(secrets, of, token).await.unwrap();
    }

    pub fn workspace_webhook(&self) -> String {
        self.desk
            .setting("Livechat_webhookUrl")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Every secret that stands in the store now.
    pub fn secrets(&self) -> Vec<String> {
        let names = self.aws.ssm.names().into_iter();
        let names = names.filter(|name| !name.contains("/before/"));
        names
            .map(|name| self.aws.ssm.value(&name).unwrap())
            .collect()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|call| *call == operation)
            .count()
    }
}

/// An event as CloudFormation sends it; properties with the defaults of the template.
pub fn event(ask: &str, generation: &str, changed: Value) -> Value {
    let mut event = json!({
        "RequestType": ask,
        "ResponseURL": "https://cfn.example.com/answer?Signature=canary-signature",
        "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/stack/1",
        "RequestId": "request-1",
        "ResourceType": "Custom::StackSetup",
        "LogicalResourceId": "StackSecrets",
        "ResourceProperties": {
            "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:stack-stack-setup",
            "ServiceTimeout": "120",
            "SecretRotation": generation,
            "RocketChatToken": TOKEN,
            "RetainData": "false",
            "ApiUrl": API,
        },
    });
    for (name, value) in changed.as_object().into_iter().flatten() {
        event["ResourceProperties"][name] = value.clone();
    }
    event
}

/// An update from generation `old` to `new`.
pub fn update(old: &str, new: &str, changed: Value) -> Value {
    let mut update = event("Update", new, changed);
    update["PhysicalResourceId"] = json!("stack-setup");
    update["OldResourceProperties"] = event("Update", old, json!({}))["ResourceProperties"].clone();
    update
}

fn connection(id: &str, number: &str, former: Option<&str>) -> Connection {
    Connection {
        id: ConnectionId::new(id),
        name: id.to_owned(),
        phone_number: WaId::new(number),
        key_tail: String::new(),
        key_hash: Secret::new(format!("api-key-of-{id}")).hash(),
        department: None,
        welcome_message: None,
        conversation_finished_message: None,
        offline_message: None,
        reopen_template: None,
        enabled: true,
        webhook_url: format!("{API}/incoming/{id}"),
        former_webhook_url: former.map(str::to_owned),
        health: Health::Ok,
        warnings: Vec::new(),
        created_at: Timestamp::from_millis(START),
        version: 1,
    }
}
