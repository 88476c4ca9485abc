//! Sends of templates: keys, requests, files on a public server.

use std::sync::PoisonError;

use axum::body::Body;
use bridge::domain::hash::sha256_hex;
use bridge::domain::ids::SendId;
use bridge::domain::send::SendRecord;
use bridge::flows::api_keys::Caller;
use bridge::flows::refused::Refused;
use bridge::flows::sends::{Control, Report, control, report};
use bridge::rocketchat::client::TOKEN_HEADER;
use bridge::store::ApiKey;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::doors::EVENTS_TOKEN;
use crate::wiring::FILES;
use crate::world::{NUMBER, World};

impl World {
    /// Makes an API key that may do what `scopes` name; gives it.
    pub async fn api_key(&self, scopes: &[&str]) -> String {
        let key = format!("b360_key_of_the_tests_{}", scopes.join("_"));
        let record = ApiKey {
            name: format!("key for {}", scopes.join(", ")),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            created_at: self.now(),
        };
        let hash = sha256_hex(key.as_bytes());
        let put = self.app().store.put_api_key(&hash, &record).await;
        put.expect("API key");
        key
    }

    /// The body of a send of `template` from the first number to `numbers`.
    pub fn send_body(&self, numbers: &[&str], template: &Value) -> Value {
        json!({ "phoneNumbers": numbers, "connectedWhatsAppNo": NUMBER, "template": template })
    }

    /// `POST /templateMessage` with `key`.
    pub fn send_request(&self, key: &str, body: &Value) -> Request<Bytes> {
        Request::post("https://bridge.test/templateMessage")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Bytes::from(body.to_string()))
            .expect("request")
    }

    /// Sends a body with a key that may do everything; gives the answer's status and body.
    pub async fn send(&self, body: &Value) -> (u16, Value) {
        let key = self.api_key(&["bulk"]).await;
        let answer = self.request(self.send_request(&key, body)).await;
        read(&answer)
    }

    /// `POST /v1/messages` with a key that may send; gives the answer's status and body.
    pub async fn program_sends(&self, body: &Value) -> (u16, Value) {
        let key = self.api_key(&["send"]).await;
        let answer = self.request(self.message_request(&key, body)).await;
        read(&answer)
    }

    /// `POST /v1/messages` with `key`.
    pub fn message_request(&self, key: &str, body: &Value) -> Request<Bytes> {
        Request::post("https://bridge.test/v1/messages")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Bytes::from(body.to_string()))
            .expect("request")
    }

    /// `GET /v1/messages/{id}` with a key that may send.
    pub async fn message(&self, id: &str) -> (u16, Value) {
        let key = self.api_key(&["send"]).await;
        let request = Request::get(format!("https://bridge.test/v1/messages/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Bytes::new())
            .expect("request");
        read(&self.request(request).await)
    }

    /// Reads the number's templates, as the schedule does.
    pub async fn read_templates(&self) {
        let app = self.app();
        for (id, _) in &self.connections {
            let limit = bridge::flows::templates::WHILE_WAITING;
            let read = bridge::flows::templates::refresh(&app, id, limit, self.now()).await;
            read.expect("templates");
        }
    }

    /// Pauses, resumes or cancels a send, as somebody who may.
    pub async fn control(&self, id: &str, wish: Control) -> Result<SendRecord, Refused> {
        let caller = Caller {
            sha256: String::new(),
            key: ApiKey {
                name: "operator".to_owned(),
                scopes: vec!["admin".to_owned()],
                created_at: self.now(),
            },
        };
        let asked = (&SendId::new(id), wish);
        control(&self.app(), &caller, asked, self.now()).await
    }

    /// What became of a send.
    pub async fn report(&self, id: &str) -> Report {
        let report = report(&self.app(), None, &SendId::new(id), self.now()).await;
        report.expect("a send")
    }

    /// `number status` (and code) of every recipient of a send.
    pub async fn results(&self, id: &str) -> Vec<String> {
        let lines = self.report(id).await.lines.into_iter();
        let line = |line: bridge::flows::sends::Line| {
            let code = line.code.map(|code| format!(" {code}")).unwrap_or_default();
            format!("{} {}{code}", line.recipient.given, line.status)
        };
        lines.map(line).collect()
    }

    /// What stands behind a link to an agent's file, as a browser that follows it gets it.
    pub async fn linked(&self, link: &str) -> Option<Bytes> {
        let id = link.split("/files/").nth(1)?.split('/').next()?;
        let app = self.app();
        let url = app.media.files()?.link(id, self.now()).await.ok()?;
        let request = Request::get(url).body(Body::empty()).expect("request");
        let answer = self.ground.net.s3.router().oneshot(request).await;
        let answer = answer.expect("the bucket answers");
        let body = answer.into_body().collect().await.ok()?;
        Some(body.to_bytes())
    }

    /// An event of Rocket.Chat with the right token.
    pub fn agent_event(&self, body: &Value) -> Request<Bytes> {
        Request::post("https://bridge.test/rocketchat/events")
            .header(TOKEN_HEADER, EVENTS_TOKEN)
            .body(body.to_string().into())
            .expect("request")
    }

    /// Puts a file on a public server; gives its address.
    pub fn serves(&self, path: &str, bytes: impl Into<Bytes>) -> String {
        let files = &self.ground.net.files;
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), bytes.into());
        format!("https://{FILES}{path}")
    }
}

/// Status and JSON body of an answer.
pub fn read(answer: &Response<Bytes>) -> (u16, Value) {
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}
