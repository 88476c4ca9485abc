//! Calls to Rocket.Chat, each with the bot's headers (from 8.x on they lift the rate limiter also
//! on the visitor routes, reference §0). Every call is safe to repeat.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::error::{Refusal, RocketChatError, classify};
use super::wire;
use crate::domain::ids::{PostId, RoomId, UserId, VisitorToken};
use crate::domain::time::Timestamp;
use crate::gate::{Closed, Gates};
use crate::http::Http;
use crate::secrets::Secret;

pub mod agent_files;
mod channel;
pub mod files;
pub mod rooms;
mod workspace;

/// The header in which Rocket.Chat's webhook carries its token (§2.1).
pub const TOKEN_HEADER: &str = "x-rocketchat-livechat-token";
/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(20);

/// The workspace, as our bot sees it, for the length of one task.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    base: String,
    bot: UserId,
    token: Secret,
    gates: Arc<Gates>,
    subject: String,
    now: Timestamp,
}

/// What we tell Rocket.Chat of a visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitorProfile {
    /// Display name.
    pub name: String,
    /// Number with `+`.
    pub phone: Option<String>,
    /// Department id or name.
    pub department: Option<String>,
    /// Custom fields: those that the workspace does not define are passed over (§1.1).
    pub fields: Vec<(&'static str, String)>,
}

/// A visitor as Rocket.Chat knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVisitor {
    /// Rocket.Chat's id of it.
    pub id: String,
    /// The token to go on with: it may be an older one than ours.
    pub token: VisitorToken,
}

/// A room that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRoom {
    /// The room.
    pub id: RoomId,
    /// Rocket.Chat's id of the visitor, where it says so.
    pub visitor: Option<String>,
    /// Whether this call opened it.
    pub is_new: bool,
}

/// Livechat's configuration for a department.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Livechat {
    /// Omnichannel is on.
    pub enabled: bool,
    /// An agent is there; `true` where the workspace does not say.
    pub online: bool,
    /// Uploads by visitors are allowed, where it says so.
    pub file_upload: Option<bool>,
    /// Most characters of a visitor's message; `None` where there is no limit.
    pub text_limit: Option<u64>,
}

/// A department.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Department {
    /// Rocket.Chat's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it takes conversations.
    pub enabled: bool,
    /// How many agents it has, where the answer says so.
    pub agents: Option<usize>,
}

/// What a rate-limited route says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteLimit {
    /// Calls in the limiter's window (a minute by default).
    pub calls: u32,
    /// Calls left in it.
    pub remaining: u32,
}

impl Client {
    /// The workspace at `base`, as bot `bot` with `token`.
    pub fn new(
        http: Http,
        base: &str,
        (bot, token): (UserId, Secret),
        gates: Arc<Gates>,
        now: Timestamp,
    ) -> Self {
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            bot,
            token,
            gates,
            now,
            subject: String::new(),
        }
    }

    /// The same, with calls for one contact or room: only when those for three of them fail in a
    /// row, the workspace counts as down.
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            ..self
        }
    }

    /// The workspace's base URL.
    pub fn site(&self) -> &str {
        &self.base
    }

    /// Creates or updates a visitor: `POST livechat/visitor` (§1.1).
    pub async fn send_visitor(
        &self,
        token: &VisitorToken,
        profile: &VisitorProfile,
    ) -> Result<KnownVisitor, RocketChatError> {
        let mut visitor = json!({ "token": token.as_str(), "name": profile.name });
        if let Some(phone) = &profile.phone {
            visitor["phone"] = json!(phone);
        }
        if let Some(department) = &profile.department {
            visitor["department"] = json!(department);
        }
        if !profile.fields.is_empty() {
            let field = |(key, value): &(&str, String)| json!({ "key": key, "value": value, "overwrite": true });
            visitor["customFields"] = profile.fields.iter().map(field).collect();
        }
        let body = json!({ "visitor": visitor });
        let answer = self
            .post("livechat/visitor", "livechat/visitor", &body)
            .await?;
        let wire::VisitorAnswer { visitor } = read(&answer)?;
        Ok(KnownVisitor {
            id: visitor.id,
            token: VisitorToken::new(visitor.token),
        })
    }

    /// Finds the visitor's open room or opens one, for `agent` where one is named:
    /// `GET livechat/room` (§1.2).
    pub async fn open_room(
        &self,
        token: &VisitorToken,
        agent: Option<&UserId>,
    ) -> Result<OpenRoom, RocketChatError> {
        let mut path = format!("livechat/room?token={}", encode(token.as_str()));
        if let Some(agent) = agent {
            path.push_str(&format!("&agentId={}", encode(agent.as_str())));
        }
        let answer = self.get("livechat/room", &path).await?;
        let wire::RoomAnswer { room, new_room } = read(&answer)?;
        Ok(OpenRoom {
            id: RoomId::new(room.id),
            visitor: room.visitor.and_then(|visitor| visitor.id),
            is_new: new_room,
        })
    }

    /// Posts a text as the visitor under our id: `POST livechat/message` (§1.3). A repeated id is
    /// [`Refusal::Other`]: ask [`Client::fetch_message`].
    pub async fn send_message(
        &self,
        token: &VisitorToken,
        room: &RoomId,
        id: &PostId,
        text: &str,
    ) -> Result<(), RocketChatError> {
        let body = json!({ "token": token.as_str(), "rid": room.as_str(), "_id": id.as_str(), "msg": text });
        self.post("livechat/message", "livechat/message", &body)
            .await
            .map(|_| ())
    }

    /// Whether a message of that id stands in the room.
    pub async fn fetch_message(
        &self,
        token: &VisitorToken,
        room: &RoomId,
        id: &PostId,
    ) -> Result<bool, RocketChatError> {
        let text = self.find_text(token, room, id).await?;
        Ok(text.is_some())
    }

    /// The text of the message of that id in the room, where one stands there:
    /// `GET livechat/message/{_id}` (§1.3).
    pub async fn find_text(
        &self,
        token: &VisitorToken,
        room: &RoomId,
        id: &PostId,
    ) -> Result<Option<String>, RocketChatError> {
        let (id, token, room) = (
            encode(id.as_str()),
            encode(token.as_str()),
            encode(room.as_str()),
        );
        let path = format!("livechat/message/{id}?token={token}&rid={room}");
        match self.get("livechat/message/:_id", &path).await {
            Ok(answer) => {
                let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
                let text = body["message"]["msg"].as_str().unwrap_or_default();
                Ok(Some(text.to_owned()))
            }
            Err(RocketChatError::Rejected { refusal, .. }) if refusal.shows_nothing() => Ok(None),
            // whatever fails within Rocket.Chat (its database too) is answered as a refusal: that says
            // nothing of what stands
            Err(RocketChatError::Rejected { .. }) => {
                self.gates.failed_for(self.now, &self.subject);
                Err(RocketChatError::Unavailable { retry_after: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Livechat's state for a department: `GET livechat/config` (§1.10).
    pub async fn fetch_livechat(
        &self,
        department: Option<&str>,
    ) -> Result<Livechat, RocketChatError> {
        let query = department
            .map(|id| format!("?department={}", encode(id)))
            .unwrap_or_default();
        let answer = self
            .get("livechat/config", &format!("livechat/config{query}"))
            .await?;
        let wire::ConfigAnswer { config } = read(&answer)?;
        let upload = config
            .settings
            .as_ref()
            .and_then(|settings| settings.get("fileUpload")?.as_bool());
        let text_limit = config
            .settings
            .as_ref()
            .and_then(|settings| settings.get("limitTextLength")?.as_u64());
        Ok(Livechat {
            enabled: config.enabled,
            online: config.online.unwrap_or(true),
            file_upload: upload,
            text_limit,
        })
    }

    /// Sets topic and tags of a room: `POST livechat/room.saveInfo` (§1.12).
    pub async fn save_room_info(
        &self,
        visitor: &str,
        room: &RoomId,
        topic: &str,
    ) -> Result<(), RocketChatError> {
        let body = json!({ "guestData": { "_id": visitor },
            "roomData": { "_id": room.as_str(), "topic": topic, "tags": ["whatsapp"] } });
        self.post("livechat/room.saveInfo", "livechat/room.saveInfo", &body)
            .await
            .map(|_| ())
    }

    /// Hands an open room to an agent, else to a department: `POST livechat/room.forward` (§1.12).
    pub async fn forward_room(
        &self,
        room: &RoomId,
        (agent, department): (Option<&UserId>, Option<&str>),
    ) -> Result<(), RocketChatError> {
        let mut body = json!({ "roomId": room.as_str() });
        match (agent, department) {
            (Some(agent), _) => body["userId"] = json!(agent.as_str()),
            (None, Some(department)) => body["departmentId"] = json!(department),
            (None, None) => return Ok(()),
        }
        self.post("livechat/room.forward", "livechat/room.forward", &body)
            .await
            .map(|_| ())
    }

    /// Closes a room as its visitor: `POST livechat/room.close` (§1.12). Where the workspace does not
    /// allow that, as our bot: `POST livechat/room.closeByUser`.
    pub async fn close_room(
        &self,
        token: &VisitorToken,
        room: &RoomId,
    ) -> Result<(), RocketChatError> {
        let route = "livechat/room.close";
        let body = json!({ "rid": room.as_str(), "token": token.as_str() });
        match self.post(route, route, &body).await {
            Ok(_) => Ok(()),
            Err(RocketChatError::Rejected {
                refusal: Refusal::Other,
                ..
            }) => {
                let route = "livechat/room.closeByUser";
                let body = json!({ "rid": room.as_str(), "comment": "" });
                self.post(route, route, &body).await.map(|_| ())
            }
            Err(error) => Err(error),
        }
    }

    /// Writes a message of our bot under our id: `POST chat.sendMessage` (§5). A repeated id is
    /// [`Refusal::Other`]: ask [`Client::fetch_note`].
    pub async fn send_note(
        &self,
        room: &RoomId,
        id: &PostId,
        text: &str,
    ) -> Result<(), RocketChatError> {
        let body = json!({ "message": { "_id": id.as_str(), "rid": room.as_str(), "msg": text } });
        self.post("chat.sendMessage", "chat.sendMessage", &body)
            .await
            .map(|_| ())
    }

    /// Whether a message of that id stands anywhere the bot can see: `GET chat.getMessage`.
    pub async fn fetch_note(&self, id: &PostId) -> Result<bool, RocketChatError> {
        let path = format!("chat.getMessage?msgId={}", encode(id.as_str()));
        match self.get("chat.getMessage", &path).await {
            Ok(_) => Ok(true),
            Err(RocketChatError::Rejected { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn get(
        &self,
        route: &'static str,
        path: &str,
    ) -> Result<Response<Bytes>, RocketChatError> {
        self.request(Method::GET, route, &format!("/api/v1/{path}"), None)
            .await
    }

    async fn post(
        &self,
        route: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<Response<Bytes>, RocketChatError> {
        self.request(Method::POST, route, &format!("/api/v1/{path}"), Some(body))
            .await
    }

    /// One call through the gates; success is a 2xx whose body is JSON.
    async fn request(
        &self,
        method: Method,
        route: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, RocketChatError> {
        self.through_gates(route, self.call(method, path, body))
            .await
    }

    /// A call that is made only where the gates are open, and that they learn from.
    async fn through_gates(
        &self,
        route: &'static str,
        call: impl Future<Output = Result<Response<Bytes>, RocketChatError>>,
    ) -> Result<Response<Bytes>, RocketChatError> {
        self.gates
            .check(route, self.now)
            .map_err(|closed| match closed {
                Closed::Throttled(wait) => RocketChatError::Throttled { retry_after: wait },
                // no moment is known: each task backs off by itself, up to half an hour
                Closed::Down(_) => RocketChatError::Unavailable { retry_after: None },
            })?;
        let result = call.await.and_then(|answer| self.judge(answer));
        match &result {
            Err(RocketChatError::Throttled { retry_after }) => {
                self.gates.throttle(route, self.now, *retry_after);
            }
            Err(RocketChatError::Unavailable { .. } | RocketChatError::Unreadable) => {
                self.gates.failed_for(self.now, &self.subject);
            }
            // says nothing about the workspace
            Err(RocketChatError::BrokenOff) => {}
            // a repeated id, or something within that fails: whoever asks further learns which
            Err(RocketChatError::Rejected {
                refusal: Refusal::Other,
                ..
            }) => self.gates.unclear(self.now),
            _ => self.gates.answered(route),
        }
        result
    }

    fn judge(&self, answer: Response<Bytes>) -> Result<Response<Bytes>, RocketChatError> {
        if !answer.status().is_success() {
            return Err(classify(&answer, self.now));
        }
        match serde_json::from_slice::<Value>(answer.body()) {
            // some refusals come as 200 with `success: false`
            Ok(body) if body.get("success") == Some(&Value::Bool(false)) => {
                Err(RocketChatError::Rejected {
                    refusal: Refusal::Other,
                    code: "200".to_owned(),
                })
            }
            Ok(_) => Ok(answer),
            Err(_) => Err(RocketChatError::Unreadable),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, RocketChatError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("X-Auth-Token", self.token.reveal())
            .header("X-User-Id", self.bot.as_str());
        if body.is_some() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let request = request
            .body(Bytes::from(bytes))
            .map_err(|_| RocketChatError::Unauthorized)?;
        Ok(self.http.send(request, LIMIT).await?)
    }
}

fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, RocketChatError> {
    let value: Value =
        serde_json::from_slice(answer.body()).map_err(|_| RocketChatError::Unreadable)?;
    T::deserialize(value).map_err(|_| RocketChatError::Unreadable)
}

fn settings_of(body: &Value) -> std::collections::BTreeMap<String, Value> {
    let list = body.get("settings").and_then(Value::as_array);
    let pair = |setting: &Value| {
        let id = setting.get("_id")?.as_str()?.to_owned();
        Some((id, setting.get("value").cloned().unwrap_or(Value::Null)))
    };
    list.into_iter().flatten().filter_map(pair).collect()
}

fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
