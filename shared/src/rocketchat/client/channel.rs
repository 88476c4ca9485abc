//! Rooms beside the conversations: the bot's own channel, and whether a conversation is closed.

use serde_json::{Value, json};

use super::{Client, encode, read};
use crate::domain::ids::{RoomId, VisitorToken};
use crate::rocketchat::RocketChatError;

impl Client {
    /// Makes a private channel with the bot and these members (user names): `POST groups.create`
    /// (§5). A name that is taken is refused: ask [`Client::find_group`].
    pub async fn create_group(
        &self,
        name: &str,
        members: &[String],
    ) -> Result<RoomId, RocketChatError> {
        let body = json!({ "name": name, "members": members });
        let answer = self.post("groups.create", "groups.create", &body).await?;
        group_of(&read(&answer)?).ok_or(RocketChatError::Unreadable)
    }

    /// The private channel of that name, where the bot is a member of one: `GET groups.info`.
    pub async fn find_group(&self, name: &str) -> Result<Option<RoomId>, RocketChatError> {
        let path = format!("groups.info?roomName={}", encode(name));
        match self.get("groups.info", &path).await {
            Ok(answer) => Ok(group_of(&read(&answer)?)),
            Err(RocketChatError::Rejected { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The user names of the Omnichannel managers: `GET livechat/users/manager` (at most 100).
    pub async fn list_managers(&self) -> Result<Vec<String>, RocketChatError> {
        let path = "livechat/users/manager?count=100";
        let answer = self.get("livechat/users/manager", path).await?;
        let body: Value = read(&answer)?;
        let list = body.get("users").and_then(Value::as_array);
        let name = |user: &Value| user.get("username")?.as_str().map(str::to_owned);
        Ok(list.into_iter().flatten().filter_map(name).collect())
    }

    /// Whether a conversation was closed: `GET rooms.info`. Rocket.Chat takes messages of the bot
    /// into closed ones all the same (`chat.sendMessage` looks at access only, reference §5). One
    /// that the bot may not see counts as open: writing into it tells more.
    pub async fn is_closed(&self, room: &RoomId) -> Result<bool, RocketChatError> {
        let path = format!("rooms.info?roomId={}", encode(room.as_str()));
        let answer = match self.get("rooms.info", &path).await {
            Ok(answer) => answer,
            Err(RocketChatError::Rejected { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let body: Value = read(&answer)?;
        let room = body.get("room");
        let is_open = room.and_then(|room| room.get("open")) == Some(&Value::Bool(true));
        let ended = room.and_then(|room| room.get("closedAt"));
        Ok(!is_open && ended.is_some_and(|at| !at.is_null()))
    }
}

impl Client {
    /// The token of the visitor whose conversation a room is: `GET rooms.info`, which gives the room as
    /// it is stored (§5). `None` where there is no such room, it is no conversation, or the bot may not
    /// see it.
    pub async fn fetch_room_visitor(
        &self,
        room: &RoomId,
    ) -> Result<Option<VisitorToken>, RocketChatError> {
        let path = format!("rooms.info?roomId={}", encode(room.as_str()));
        let answer = match self.get("rooms.info", &path).await {
            Ok(answer) => answer,
            Err(RocketChatError::Rejected { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let body: Value = read(&answer)?;
        let token = body.pointer("/room/v/token").and_then(Value::as_str);
        Ok(token
            .filter(|token| !token.is_empty())
            .map(VisitorToken::new))
    }
}

fn group_of(body: &Value) -> Option<RoomId> {
    let id = body.get("group")?.get("_id")?.as_str()?;
    Some(RoomId::new(id))
}
