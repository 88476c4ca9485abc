//! Calls to 360dialog. One verb per call; the key goes to our base URL only.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

mod media;

pub use media::{FoundMedia, NotFound};

use super::error::{WhatsAppError, classify};
use super::parse::template::parse_template;
use super::wire::{self, element};
use crate::domain::ids::{Bsuid, WaId, Wamid};
use crate::domain::template::Template;
use crate::domain::time::Timestamp;
use crate::http::Http;
use crate::secrets::Secret;

/// How long a send may take before its outcome counts as unknown.
const SEND_LIMIT: Duration = Duration::from_secs(20);
/// How long showing a message as read may take: it is no more than a courtesy.
const READ_LIMIT: Duration = Duration::from_secs(3);
/// How many templates are asked for at a time.
pub const TEMPLATES_AT_ONCE: usize = 500;
/// How long other calls may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The header that 360dialog's webhook carries our secret in (hyphens only, §1.7).
pub const SECRET_HEADER: &str = "x-bridge360-secret";

/// 360dialog behind a base URL.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    base: String,
}

/// A message that WhatsApp took, with what it says about who gets it: the number may differ from
/// the one that was written to (§6), and either id may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The message's id.
    pub wamid: Wamid,
    /// The recipient's number at WhatsApp.
    pub number: Option<WaId>,
    /// The recipient's user id.
    pub user_id: Option<Bsuid>,
}

/// What `GET /health_status` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberHealth {
    /// The number that the key belongs to, where 360dialog says so.
    pub number: Option<WaId>,
    /// `AVAILABLE`, `LIMITED`, `BLOCKED`, as the vendor says it.
    pub can_send: Option<String>,
}

/// A webhook as it is registered at 360dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Where the number's messages go.
    pub url: String,
    /// The value of our secret header, where the answer shows one.
    pub secret: Option<Secret>,
}

/// One page of the account's templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplatePage {
    /// Those that could be read.
    pub templates: Vec<Template>,
    /// How many the page lists.
    pub listed: usize,
    /// How many there are in all, where that is said.
    pub total: Option<usize>,
}

impl Client {
    /// A client for `base` (no slash at the end).
    pub fn new(http: Http, base: &str) -> Self {
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
        }
    }

    /// Sends a rendered message. `POST /messages` (§1.2).
    pub async fn send_message(
        &self,
        key: &Secret,
        body: &Value,
    ) -> Result<Accepted, WhatsAppError> {
        let answer = self
            .request(key, Method::POST, "/messages", Some(body), SEND_LIMIT)
            .await?;
        let accepted: wire::Accepted = read(&answer).ok_or(WhatsAppError::Unknown)?;
        let id = accepted
            .messages
            .first()
            .and_then(|message| message.get("id")?.as_str());
        let contact = |key| accepted.contacts.first()?.get(key)?.as_str();
        // accepted without an id: sent, but its status could never be matched
        let id = id.ok_or(WhatsAppError::Unknown)?;
        Ok(Accepted {
            wamid: Wamid::new(id),
            number: contact("wa_id").and_then(WaId::from_any),
            user_id: contact("user_id").map(Bsuid::new),
        })
    }

    /// Shows a customer's message, and all before it, as read. `POST /messages` with `status` (§1.4).
    pub async fn mark_read(&self, key: &Secret, message: &Wamid) -> Result<(), WhatsAppError> {
        let body = json!({ "messaging_product": "whatsapp", "status": "read",
            "message_id": message.as_str() });
        self.request(key, Method::POST, "/messages", Some(&body), READ_LIMIT)
            .await
            .map(|_| ())
    }

    /// Reads the number's health; proves the key. `GET /health_status` (§1.9).
    pub async fn fetch_health(&self, key: &Secret) -> Result<NumberHealth, WhatsAppError> {
        let path = "/health_status?fields=health_status,display_phone_number";
        let answer = self.request(key, Method::GET, path, None, LIMIT).await?;
        let health: wire::HealthStatus = read(&answer).unwrap_or_default();
        Ok(NumberHealth {
            number: health
                .display_phone_number
                .as_deref()
                .and_then(WaId::from_any),
            can_send: health
                .health_status
                .and_then(|value| value.can_send_message),
        })
    }

    /// Reads the registered webhook URL; `None` where there is none. `GET /v1/configs/webhook` (§1.7).
    pub async fn fetch_webhook(&self, key: &Secret) -> Result<Option<String>, WhatsAppError> {
        let found = self.fetch_registration(key).await?;
        Ok(found.map(|registration| registration.url))
    }

    /// Reads the registered webhook with the value of our secret header; `None` where nothing is
    /// registered. `GET /v1/configs/webhook` (§1.7).
    pub async fn fetch_registration(
        &self,
        key: &Secret,
    ) -> Result<Option<Registration>, WhatsAppError> {
        match self
            .request(key, Method::GET, "/v1/configs/webhook", None, LIMIT)
            .await
        {
            Ok(answer) => {
                // an answer that nobody can read must not pass for "nothing is registered"
                let config: wire::WebhookConfig = read(&answer).ok_or(WhatsAppError::Unknown)?;
                Ok(registration(config))
            }
            Err(WhatsAppError::Rejected { code: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes the webhook away by registering an empty URL. 360dialog documents no removal (§1.7):
    /// where it refuses the empty URL, the number keeps the webhook that it has.
    pub async fn remove_webhook(&self, key: &Secret) -> Result<(), WhatsAppError> {
        self.send_webhook(key, "", None).await
    }

    /// Registers a webhook URL with our secret header, or restores a former one (`secret` = `None`).
    pub async fn send_webhook(
        &self,
        key: &Secret,
        url: &str,
        secret: Option<&Secret>,
    ) -> Result<(), WhatsAppError> {
        let headers = secret.map_or(
            json!({}),
            |secret| json!({ SECRET_HEADER: secret.reveal() }),
        );
        let body = json!({ "url": url, "headers": headers });
        self.request(key, Method::POST, "/v1/configs/webhook", Some(&body), LIMIT)
            .await
            .map(|_| ())
    }

    /// One page of the account's templates from `offset` on, with how many there are in all, where
    /// that is said. `GET /v1/configs/templates` (§1.8).
    pub async fn fetch_templates(
        &self,
        key: &Secret,
        offset: usize,
        now: Timestamp,
    ) -> Result<TemplatePage, WhatsAppError> {
        let path =
            format!("/v1/configs/templates?limit={TEMPLATES_AT_ONCE}&offset={offset}&sort=id");
        let answer = self.request(key, Method::GET, &path, None, LIMIT).await?;
        // what nobody can read must not pass for an account without templates
        let value: Value =
            serde_json::from_slice(answer.body()).map_err(|_| WhatsAppError::Unknown)?;
        if !value["waba_templates"].is_array() {
            return Err(WhatsAppError::Unknown);
        }
        let page: wire::template::TemplatePage = element(&value);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let total = page.total.map(|total| total.max(0.0) as usize);
        Ok(TemplatePage {
            listed: page.waba_templates.len(),
            total,
            templates: page
                .waba_templates
                .iter()
                .filter_map(|one| parse_template(one, now))
                .collect(),
        })
    }

    /// Submits a template to review; gives what 360dialog answers, usually the template.
    /// `POST /v1/configs/templates` (§1.8).
    pub async fn send_template(
        &self,
        key: &Secret,
        template: &Value,
    ) -> Result<Value, WhatsAppError> {
        let path = "/v1/configs/templates";
        let answer = self
            .request(key, Method::POST, path, Some(template), LIMIT)
            .await?;
        Ok(serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// Deletes a template in all its languages. `DELETE /v1/configs/templates/{name}` (§1.8).
    pub async fn delete_template(&self, key: &Secret, name: &str) -> Result<(), WhatsAppError> {
        let name: String = byte_serialize(name.as_bytes()).collect();
        let path = format!("/v1/configs/templates/{name}");
        self.request(key, Method::DELETE, &path, None, LIMIT)
            .await
            .map(|_| ())
    }

    async fn request(
        &self,
        key: &Secret,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Response<Bytes>, WhatsAppError> {
        let json = body.map(|body| ("application/json".to_owned(), body.to_string().into()));
        self.carry(key, (method, path), json, limit).await
    }

    /// One call with a body of any type.
    async fn carry(
        &self,
        key: &Secret,
        call: (Method, &str),
        body: Option<(String, Bytes)>,
        limit: Duration,
    ) -> Result<Response<Bytes>, WhatsAppError> {
        self.sent(self.bare(key, call, body)?, limit).await
    }

    fn bare(
        &self,
        key: &Secret,
        (method, path): (Method, &str),
        body: Option<(String, Bytes)>,
    ) -> Result<Request<Bytes>, WhatsAppError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("D360-API-KEY", key.reveal());
        let mut bytes = Bytes::new();
        if let Some((content_type, body)) = body {
            request = request.header(http::header::CONTENT_TYPE, content_type);
            bytes = body;
        }
        // a key with characters that no header may hold cannot be valid
        request.body(bytes).map_err(|_| WhatsAppError::Unauthorized)
    }

    async fn sent(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, WhatsAppError> {
        let answer = self.http.send(request, limit).await?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(classify(&answer))
        }
    }
}

fn registration(config: wire::WebhookConfig) -> Option<Registration> {
    let url = config.url.filter(|url| !url.is_empty())?;
    let headers = config.headers.as_ref().and_then(Value::as_object);
    let secret = headers
        .into_iter()
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case(SECRET_HEADER))
        .and_then(|(_, value)| value.as_str())
        .map(Secret::new);
    Some(Registration { url, secret })
}

fn read<T: serde::de::DeserializeOwned + Default>(answer: &Response<Bytes>) -> Option<T> {
    let value: Value = serde_json::from_slice(answer.body()).ok()?;
    Some(element(&value))
}
