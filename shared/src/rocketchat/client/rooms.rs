//! What stands in rooms: the open ones, and the messages of one.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::{Client, RocketChatError, encode, wire};
use crate::domain::ids::{RoomId, VisitorToken};
use crate::domain::time::Timestamp;
use crate::rocketchat::parse::history::{Standing, parse_standing};

/// An open room, as a list of rooms shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The room.
    pub id: RoomId,
    /// The visitor's token.
    pub token: VisitorToken,
    /// When it was opened, where that is said.
    pub opened_at: Option<Timestamp>,
    /// When something was last written, by Rocket.Chat's clock.
    pub last_at: Timestamp,
    /// The last message, where it is an agent's.
    pub last: Option<Standing>,
}

/// The newest messages of a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// What agents wrote, oldest first.
    pub standing: Vec<Standing>,
    /// When the newest message of anybody was written.
    pub newest: Option<Timestamp>,
}

impl Client {
    /// The open rooms of all channels, at most `most` (Rocket.Chat gives no more than 100), those in
    /// which something was written last first: `GET livechat/rooms`, which asks for
    /// `view-livechat-rooms`. Rooms on hold and, in newer versions, rooms that nobody serves are not
    /// among them. (the server's `omnichannel/rooms.ts` and `LivechatRooms.findRoomsWithCriteria`)
    pub async fn fetch_open_rooms(
        &self,
        most: usize,
    ) -> Result<Vec<Conversation>, RocketChatError> {
        let sort = encode(r#"{"lm":-1}"#);
        let path = format!("livechat/rooms?open=true&count={most}&sort={sort}");
        let answer = self.get("livechat/rooms", &path).await?;
        let rooms = list(&answer, "rooms");
        Ok(rooms
            .iter()
            .filter_map(|room| self.conversation(room))
            .collect())
    }

    /// The newest messages of a visitor's room, at most `most`: `GET livechat/messages.history/{rid}`
    /// (§1.4).
    pub async fn fetch_history(
        &self,
        token: &VisitorToken,
        room: &RoomId,
        most: usize,
    ) -> Result<History, RocketChatError> {
        let (room, token) = (encode(room.as_str()), encode(token.as_str()));
        let path = format!("livechat/messages.history/{room}?token={token}&limit={most}");
        let answer = self.get("livechat/messages.history/:rid", &path).await?;
        let messages = list(&answer, "messages");
        let moments = messages.iter();
        let newest = moments.filter_map(|raw| wire::moment(raw.get("ts")?)).max();
        // the newest stands first; within one millisecond that order is all there is
        let standing = messages.iter().rev();
        let standing = standing.filter_map(|raw| parse_standing(raw, &self.bot));
        let mut standing: Vec<_> = standing.collect();
        standing.sort_by_key(|standing| standing.at);
        Ok(History { standing, newest })
    }

    /// A room of a visitor; `None` where it is closed, or not said whose it is or when it was used.
    fn conversation(&self, room: &Value) -> Option<Conversation> {
        let moment = |at: &str| room.pointer(at).and_then(wire::moment);
        if room
            .get("open")
            .is_some_and(|open| *open != Value::Bool(true))
        {
            return None;
        }
        let last = room.get("lastMessage");
        Some(Conversation {
            id: RoomId::new(named(room.get("_id"))?),
            token: VisitorToken::new(named(room.pointer("/v/token"))?),
            opened_at: moment("/ts"),
            last_at: moment("/lm").max(moment("/lastMessage/ts"))?,
            last: last.and_then(|last| parse_standing(last, &self.bot)),
        })
    }
}

/// The string in a value, unless it is empty.
fn named(value: Option<&Value>) -> Option<&str> {
    Some(wire::text(value)).filter(|text| !text.is_empty())
}

fn list(answer: &Response<Bytes>, key: &str) -> Vec<Value> {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    body[key].as_array().cloned().unwrap_or_default()
}
