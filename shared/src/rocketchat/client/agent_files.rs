//! Files that agents send, as they come (§2.5).

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response, StatusCode};
use url::Url;

use super::{Client, Refusal, RocketChatError, encode};
use crate::domain::ids::{RoomId, VisitorToken};
use crate::http::Chunks;

/// How long the head of a file may take.
const LIMIT: Duration = Duration::from_secs(20);
/// The workspace may keep its files elsewhere and send us there (S3, GCS), perhaps by a detour.
const MOST_HOPS: usize = 3;

impl Client {
    /// Opens a file of a room. The visitor's own credentials open it, in closed rooms of newer
    /// versions too; where the workspace lets its bot see every room, the bot's do. They go to the
    /// workspace only. [`RocketChatError::Rejected`] where it is gone or not for us.
    pub async fn open_file(
        &self,
        path: &str,
        (token, room): (&VisitorToken, &RoomId),
    ) -> Result<Response<Chunks>, RocketChatError> {
        let own = Request::get(format!(
            "{}{path}?rc_room_type=l&rc_rid={}&rc_token={}",
            self.base,
            encode(room.as_str()),
            encode(token.as_str())
        ));
        let own = own
            .header("X-Auth-Token", self.token.reveal())
            .header("X-User-Id", self.bot.as_str());
        let mut request = own.body(Bytes::new()).map_err(|_| gone("path"))?;
        for _ in 0..=MOST_HOPS {
            let asked = request.uri().to_string();
            let answer = self.http.open(request, LIMIT).await?;
            let status = answer.status();
            if status.is_success() {
                return Ok(answer);
            }
            if !status.is_redirection() {
                return Err(refused(status));
            }
            let to = answer.headers().get(LOCATION);
            let to = to.and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| self.elsewhere(&asked, to));
            let next = Request::get(to.ok_or_else(|| gone("redirect"))?);
            request = next.body(Bytes::new()).map_err(|_| gone("redirect"))?;
        }
        Err(gone("redirects"))
    }

    /// Where a redirect leads: encrypted, unless the workspace itself is not.
    fn elsewhere(&self, from: &str, to: &str) -> Option<String> {
        let url = Url::parse(from).ok()?.join(to).ok()?;
        let plain = url.scheme() == "http" && self.base.starts_with("http:");
        (url.scheme() == "https" || plain).then(|| url.to_string())
    }
}

fn gone(what: &str) -> RocketChatError {
    RocketChatError::Rejected {
        refusal: Refusal::Other,
        code: what.to_owned(),
    }
}

fn refused(status: StatusCode) -> RocketChatError {
    let busy = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
    );
    if status.is_server_error() || busy {
        RocketChatError::Unavailable { retry_after: None }
    } else {
        gone(status.as_str())
    }
}
