//! What is asked of a running stack, and what must not be found in its logs.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http::{Request, Response};
use serde_json::{Value, json};

use super::{API_KEY, NAMES, Stack};
use crate::runtime::Ended;
use crate::template::PREFIX;

const ROCKETCHAT_TOKEN: &str = "token-whatsapp.bot";
const SIGNATURE: &str = "canary-of-the-presigned-url";

impl Stack {
    /// Asks the custom resource and gives its answer to CloudFormation.
    pub async fn custom_resource(&self, ask: &str) -> Value {
        let event = json!({
            "RequestType": ask,
            "ResponseURL": format!("{}/answer?Signature={SIGNATURE}", self.outside.url()),
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/bridge360/1",
            "RequestId": "request-1",
            "ResourceType": "Custom::StackSetup",
            "LogicalResourceId": "StackSecrets",
            "ResourceProperties": {
                "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:stack-setup",
                "ServiceTimeout": "120",
                "SecretRotation": "1",
                "RocketChatToken": ROCKETCHAT_TOKEN,
                "RetainData": "false",
                "ApiUrl": self.gateway.url(),
            },
        });
        // a Delete takes the secrets away
        self.remembered().extend(self.canaries());
        let ended = self.of("stack-setup").invoke(&event).await;
        assert!(matches!(ended, Ended::Response(_)), "{ended:?}");
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .last()
            .cloned()
            .expect("an answer to CloudFormation")
    }

    /// Any request to the gateway; gives status and body. `path` without the stage.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.gateway.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let answer = self.http.send(request, Duration::from_secs(60)).await;
        answer.expect("the gateway answers")
    }

    /// A call of the API with the first admin key.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.secret("admin-key"));
        let mut headers = vec![("authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.request(method, path, &headers, body).await;
        let json = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), json)
    }

    /// A secret of the stack.
    pub fn secret(&self, name: &str) -> String {
        let value = self.cloud.aws.ssm.value(&format!("{PREFIX}/{name}"));
        value.expect("the stack has this secret")
    }

    /// What must never be in a log: secrets, and what is known of customers.
    pub fn canaries(&self) -> Vec<String> {
        let ssm = &self.cloud.aws.ssm;
        let names = ssm.names().into_iter();
        let mut canaries: Vec<_> = names
            .filter(|name| !name.contains("/before/"))
            .filter_map(|name| ssm.value(&name))
            .collect();
        canaries.extend([API_KEY, ROCKETCHAT_TOKEN, SIGNATURE].map(str::to_owned));
        canaries.push("canary-of-the-aws".to_owned());
        canaries.extend(
            self.rocketchat
                .rooms()
                .into_iter()
                .map(|room| room.visitor_token),
        );
        for (key, customer) in self.whatsapp.customers() {
            canaries.extend([key.clone(), customer.name.clone()]);
            canaries.extend([customer.phone, customer.user_id].into_iter().flatten());
            let said = [self.whatsapp.said(&key), self.whatsapp.inbox(&key)].concat();
            canaries.extend(said.into_iter().filter_map(|received| received.text));
        }
        canaries
    }

    /// One more text that must never be in a log.
    pub fn remember(&self, canary: &str) {
        self.remembered().push(canary.to_owned());
    }

    fn remembered(&self) -> MutexGuard<'_, Vec<String>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the processes and looks at what they wrote.
    pub async fn close(&self) {
        let mut canaries = self.canaries();
        canaries.append(&mut self.remembered());
        let all = self.functions.values().chain(&self.more);
        join_all(all.map(|function| function.kill())).await;
        self.logs.assert_json();
        self.logs.assert_none(&canaries);
        let lines: usize = NAMES.iter().map(|name| self.logs.of(name).len()).sum();
        assert!(lines > 0, "the functions wrote nothing");
    }
}
