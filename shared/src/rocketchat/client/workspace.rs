//! What the workspace says about itself, and its one webhook.

use http::Method;
use serde_json::{Value, json};

use super::{Client, Department, RouteLimit, encode, read, settings_of};
use crate::domain::ids::UserId;
use crate::domain::workspace::WebhookEvents;
use crate::rocketchat::RocketChatError;
use crate::secrets::Secret;

impl Client {
    /// The workspace's version: `GET /api/info`.
    pub async fn fetch_version(&self) -> Result<String, RocketChatError> {
        let answer = self.request(Method::GET, "info", "/api/info", None).await?;
        let body: Value = read(&answer)?;
        let version = body
            .get("version")
            .or_else(|| body.pointer("/info/version"));
        version
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or(RocketChatError::Unreadable)
    }

    /// The custom fields that the workspace defines: `GET livechat/custom-fields`.
    pub async fn list_custom_fields(&self) -> Result<Vec<String>, RocketChatError> {
        let path = "livechat/custom-fields?count=100";
        let answer = self.get("livechat/custom-fields", path).await?;
        let body: Value = read(&answer)?;
        let list = body.get("customFields").and_then(Value::as_array);
        let id = |field: &Value| field.get("_id")?.as_str().map(str::to_owned);
        Ok(list.into_iter().flatten().filter_map(id).collect())
    }

    /// Defines a custom field of visitors: `POST livechat/custom-fields.save` (§1.9).
    pub async fn save_custom_field(
        &self,
        (field, label): (&str, &str),
    ) -> Result<(), RocketChatError> {
        let route = "livechat/custom-fields.save";
        let body = json!({ "customFieldId": null, "customFieldData": { "field": field,
            "label": label, "scope": "visitor", "visibility": "visible" } });
        self.post(route, route, &body).await.map(|_| ())
    }

    /// All departments: `GET livechat/department` (§5).
    pub async fn list_departments(&self) -> Result<Vec<Department>, RocketChatError> {
        let answer = self
            .get("livechat/department", "livechat/department?count=100")
            .await?;
        let body: Value = read(&answer)?;
        let list = body.get("departments").and_then(Value::as_array);
        Ok(list.into_iter().flatten().filter_map(department).collect())
    }

    /// One department with its agents: `GET livechat/department/{id}`; `None` where there is none.
    pub async fn find_department(&self, id: &str) -> Result<Option<Department>, RocketChatError> {
        let path = format!("livechat/department/{}", encode(id));
        let answer = match self.get("livechat/department/:_id", &path).await {
            Ok(answer) => answer,
            Err(RocketChatError::Rejected { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let body: Value = read(&answer)?;
        let agents = body.get("agents").and_then(Value::as_array).map(Vec::len);
        let found = body.get("department").and_then(department);
        Ok(found.map(|department| Department {
            agents,
            ..department
        }))
    }

    /// The agent of exactly that user name, with id and display name:
    /// `GET livechat/users/agent` (§1.10); `None` where there is none.
    pub async fn find_agent(
        &self,
        username: &str,
    ) -> Result<Option<(UserId, String)>, RocketChatError> {
        let path = format!("livechat/users/agent?count=100&text={}", encode(username));
        let answer = self.get("livechat/users/agent", &path).await?;
        let body: Value = read(&answer)?;
        let list = body.get("users").and_then(Value::as_array);
        let field = |raw: &Value, name: &str| raw.get(name)?.as_str().map(str::to_owned);
        let same = |raw: &&Value| field(raw, "username").as_deref() == Some(username);
        let found = list.into_iter().flatten().find(same);
        Ok(found.and_then(|raw| {
            let name = field(raw, "name").unwrap_or_else(|| username.to_owned());
            Some((UserId::new(field(raw, "_id")?), name))
        }))
    }

    /// A public setting: `GET settings.public` (§1.6); `None` where the workspace has none.
    pub async fn fetch_public_setting(&self, id: &str) -> Result<Option<Value>, RocketChatError> {
        let path = format!("settings.public?_id={}", encode(id));
        let answer = self.get("settings.public", &path).await?;
        let body: Value = read(&answer)?;
        let list = body.get("settings").and_then(Value::as_array);
        let found = list
            .into_iter()
            .flatten()
            .find(|s| s.get("_id").and_then(Value::as_str) == Some(id));
        Ok(found.and_then(|setting| setting.get("value")).cloned())
    }

    /// Several public settings by id in one call: `GET settings.public` (§1.6). Those that the
    /// workspace does not have are absent.
    pub async fn fetch_public_settings(
        &self,
        ids: &[&str],
    ) -> Result<std::collections::BTreeMap<String, Value>, RocketChatError> {
        let path = format!("settings.public?_id={}", encode(&ids.join(",")));
        let answer = self.get("settings.public", &path).await?;
        let body: Value = read(&answer)?;
        Ok(settings_of(&body))
    }

    /// The Omnichannel webhook's settings by id: `GET livechat/integrations.settings` (§5).
    pub async fn fetch_webhook_settings(
        &self,
    ) -> Result<std::collections::BTreeMap<String, Value>, RocketChatError> {
        let answer = self
            .get(
                "livechat/integrations.settings",
                "livechat/integrations.settings",
            )
            .await?;
        let body: Value = read(&answer)?;
        Ok(settings_of(&body))
    }

    /// Points the Omnichannel webhook to `url`: `POST omnichannel/integrations` (§2.1, §5). An empty
    /// one switches it off. Token and events stay as they are where none are given.
    pub async fn send_webhook_settings(
        &self,
        url: &str,
        token: Option<&Secret>,
        events: Option<WebhookEvents>,
    ) -> Result<(), RocketChatError> {
        let mut body = json!({ "LivechatWebhookUrl": url });
        if let Some(token) = token {
            body["LivechatSecretToken"] = json!(token.reveal());
        }
        if let Some(events) = events {
            body["LivechatWebhookOnClose"] = json!(events.closings);
            body["LivechatWebhookOnAgentMessage"] = json!(events.agent_messages);
            body["LivechatWebhookOnVisitorMessage"] = json!(events.visitor_messages);
        }
        self.post(
            "omnichannel/integrations",
            "omnichannel/integrations",
            &body,
        )
        .await
        .map(|_| ())
    }

    /// What the limiter of the visitor routes says with the bot's headers; `None` where it does
    /// not limit us. Asks for a visitor that does not exist: nothing is created.
    pub async fn fetch_visitor_limit(&self) -> Result<Option<RouteLimit>, RocketChatError> {
        let path = "/api/v1/livechat/room?token=b360-limit-probe";
        let answer = self.call(Method::GET, path, None).await?;
        let header = |name| {
            answer
                .headers()
                .get(name)?
                .to_str()
                .ok()?
                .parse::<u32>()
                .ok()
        };
        Ok(header("x-ratelimit-limit").map(|calls| RouteLimit {
            calls,
            remaining: header("x-ratelimit-remaining").unwrap_or(0),
        }))
    }
}

fn department(raw: &Value) -> Option<Department> {
    let field = |name: &str| raw.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Department {
        id: field("_id")?,
        name: field("name").unwrap_or_default(),
        enabled: raw.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        agents: None,
    })
}
