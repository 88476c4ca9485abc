//! Files of customers (§1.5). An upload has no id of ours: a caller keeps a record of its own, and
//! looks at the room before it repeats one.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Method, Request};
use serde_json::Value;

use super::{Client, Refusal, RocketChatError, encode, wire};
use crate::domain::hash::base62_of;
use crate::domain::ids::{PostId, RoomId, VisitorToken};
use crate::domain::time::Timestamp;
use crate::http::multipart::Form;
use crate::http::{Chunks, between};

/// The route as the rate limiter counts it.
const ROUTE: &str = "livechat/upload/:rid";
/// How many messages of a room are looked through for an upload.
const LOOKED_THROUGH: usize = 100;

/// A file as it is shown in a room.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its MIME type.
    pub mime_type: &'a str,
    /// The text of the message that shows it; may be empty.
    pub text: &'a str,
    /// Its size in bytes, where it is known before the end.
    pub length: Option<u64>,
}

impl Client {
    /// Posts a file as the visitor, as it comes; gives the id of the message that shows it. A body
    /// that breaks off posts nothing. `POST livechat/upload/{rid}` (§1.5). A room that is closed or
    /// not the visitor's is [`Refusal::RoomClosed`].
    pub async fn send_file(
        &self,
        (token, room): (&VisitorToken, &RoomId),
        upload: &Upload<'_>,
        (body, limit): (Chunks, Duration),
    ) -> Result<PostId, RocketChatError> {
        let boundary = format!(
            "bridge360-{}",
            base62_of(&["upload", token.as_str(), upload.name], 30)
        );
        let fields: &[_] = match upload.text {
            "" => &[],
            text => &[("msg", text)],
        };
        let form = Form::new(&boundary, fields, (upload.name, upload.mime_type));
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!(
                "{}/api/v1/livechat/upload/{}",
                self.base,
                encode(room.as_str())
            ))
            .header("X-Auth-Token", self.token.reveal())
            .header("X-User-Id", self.bot.as_str())
            .header("X-Visitor-Token", token.as_str())
            .header(http::header::CONTENT_TYPE, &form.content_type);
        if let Some(length) = upload.length {
            request = request.header(http::header::CONTENT_LENGTH, form.length(length));
        }
        let (whole, broken) = between(form.head, body, form.tail);
        let request = request
            .body(whole)
            .map_err(|_| RocketChatError::Unauthorized)?;
        let answer = self.through_gates(ROUTE, async {
            let answer = self.http.pour(request, limit).await;
            answer.map_err(|error| match broken.is_so() {
                true => RocketChatError::BrokenOff,
                false => error.into(),
            })
        });
        let answer = answer.await.map_err(|error| match error {
            // this route says nothing else of a room that is closed (§1.5); it needs no bot
            RocketChatError::Unauthorized => closed("401"),
            RocketChatError::Rejected { refusal, code }
                if refusal == Refusal::Other && code.starts_with("403") =>
            {
                closed(&code)
            }
            other => other,
        })?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        // newer versions may put the message below a member of its own
        let id = body["_id"].as_str().or(body["message"]["_id"].as_str());
        id.map(PostId::new).ok_or(RocketChatError::Unreadable)
    }

    /// The messages of a room that show a file of this name, newest first, each with its moment where
    /// that is said; the room may be closed. `GET livechat/messages.history/{rid}` (§1.4)
    pub async fn find_uploads(
        &self,
        token: &VisitorToken,
        room: &RoomId,
        name: &str,
    ) -> Result<Vec<(PostId, Option<Timestamp>)>, RocketChatError> {
        let path = format!(
            "livechat/messages.history/{}?token={}&limit={LOOKED_THROUGH}",
            encode(room.as_str()),
            encode(token.as_str())
        );
        let answer = self.get("livechat/messages.history/:rid", &path).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let shows = |message: &&Value| {
            let files = message["files"].as_array().into_iter().flatten();
            let mut files = files.chain([&message["file"]]);
            let own = message["token"].as_str() == Some(token.as_str());
            own && files.any(|file| file["name"].as_str() == Some(name))
        };
        let found = messages.iter().filter(shows);
        let found = found.filter_map(|message| {
            let id = PostId::new(message["_id"].as_str()?);
            Some((id, wire::moment(&message["ts"])))
        });
        Ok(found.collect())
    }
}

fn closed(code: &str) -> RocketChatError {
    RocketChatError::Rejected {
        refusal: Refusal::RoomClosed,
        code: code.to_owned(),
    }
}

/// Bytes that are there already, as a body.
pub fn whole(bytes: Bytes) -> Chunks {
    stream::iter([Ok(bytes)]).boxed()
}
