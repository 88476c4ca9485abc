//! A customer's file: from 360dialog to Rocket.Chat as it comes, within a few hundred kilobytes of
//! memory (reference: 360dialog, §1.6; Rocket.Chat, §1.5).

use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use tokio::time::Instant;

use crate::domain::content::MediaFile;
use crate::domain::ids::{PostId, RoomId, VisitorToken};
use crate::http::{Chunks, Meter, ending};
use crate::rocketchat::client::files::Upload;
use crate::rocketchat::{self, RocketChatError};
use crate::secrets::Secret;
use crate::whatsapp::client::NotFound;
use crate::whatsapp::{self, WhatsAppError};

use super::is_answer;

/// A file on its way to a room.
pub struct Inward<'a> {
    /// 360dialog, with the number's key.
    pub from: (&'a whatsapp::Client, &'a Secret),
    /// Where the file is.
    pub file: &'a MediaFile,
    /// The webhook's address may still be good: it is, for five minutes.
    pub fresh: bool,
    /// So long no file may be looked up (§1.5).
    pub held: Option<Duration>,
    /// What may be carried, by MIME type and by size in bytes.
    pub accepts: &'a (dyn Fn(&str) -> bool + Sync),
    /// The largest file, in bytes.
    pub most: Option<u64>,
    /// Rocket.Chat.
    pub to: &'a rocketchat::Client,
    /// Whose message it is, and in which room.
    pub room: (&'a VisitorToken, &'a RoomId),
    /// Its name.
    pub name: &'a str,
    /// The text beside it.
    pub text: &'a str,
    /// How long all of it may take.
    pub limit: Duration,
}

/// Why a file is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// Its type or size is not accepted, by us.
    #[error("file_not_accepted")]
    NotAccepted {
        /// What it is.
        mime_type: String,
        /// Its size, as far as it is known.
        size: Option<u64>,
    },
    /// 360dialog does not give it, or not now.
    #[error("{0}")]
    WhatsApp(WhatsAppError),
    /// The same, of a look-up that 360dialog refused: those are counted (§1.5).
    #[error("{0}")]
    NotFound(WhatsAppError),
    /// It broke off on the way, or holds nothing.
    #[error("file_broken_off")]
    BrokenOff,
    /// Rocket.Chat does not take it, or not now.
    #[error("{error}")]
    RocketChat {
        /// Why.
        error: RocketChatError,
        /// What it is.
        mime_type: String,
        /// Its size, as far as it is known.
        size: Option<u64>,
    },
}

/// How much earlier than everything else the download ends: a file that is too slow is not blamed on
/// Rocket.Chat, which waits for its end.
const SPARE: Duration = Duration::from_secs(2);
/// What an upload has at least, however long it took to open the file.
const LEAST: Duration = Duration::from_secs(3);

/// The type of bytes of which nothing is known.
const ANY_BYTES: &str = "application/octet-stream";

/// A file that is open for reading.
struct Open {
    body: Chunks,
    mime_type: String,
    /// Its size, where the answer says so.
    size: Option<u64>,
    /// The same, else as the look-up told it: it ends the download, not the upload.
    announced: Option<u64>,
}

impl Inward<'_> {
    /// Carries the file; gives the id of the message that shows it.
    pub async fn carry(&self) -> Result<PostId, NotCarried> {
        let begun = Instant::now();
        let Open {
            body,
            mime_type,
            size,
            announced,
        } = self.open().await?;
        let limit = self.limit.saturating_sub(begun.elapsed()).max(LEAST);
        let body = ending(body, Instant::now() + (limit - SPARE));
        let meter = Meter::default();
        let body = meter.watch(body, self.most, announced);
        let upload = Upload {
            name: self.name,
            mime_type: &mime_type,
            text: self.text,
            length: size,
        };
        let sent = self.to.send_file(self.room, &upload, (body, limit));
        sent.await.map_err(|error| {
            let read = meter.read();
            let too_large = self.most.is_some_and(|most| read > most);
            match error {
                RocketChatError::BrokenOff if too_large => NotCarried::NotAccepted {
                    mime_type,
                    size: None,
                },
                RocketChatError::BrokenOff => NotCarried::BrokenOff,
                error => NotCarried::RocketChat {
                    error,
                    mime_type,
                    size: size.or(Some(read)),
                },
            }
        })
    }

    /// Whether the file is accepted, as far as its message tells: asked for without a call.
    pub fn check(&self) -> Result<(), NotCarried> {
        match self.file.mime_type.as_str() {
            "" => Ok(()),
            told => self.accept(told, None),
        }
    }

    /// Opens the file at the address that the webhook gave, else at one that a look-up gives.
    async fn open(&self) -> Result<Open, NotCarried> {
        self.check()?;
        let told = self.file.mime_type.as_str();
        if let Some(url) = self.file.url.as_deref().filter(|_| self.fresh) {
            match self.download(url, told, None).await {
                // too old after all: asked for anew
                Err(NotCarried::WhatsApp(WhatsAppError::Rejected { .. }))
                    if !self.file.id.is_empty() => {}
                opened => return opened,
            }
        }
        if self.file.id.is_empty() {
            return Err(NotCarried::WhatsApp(WhatsAppError::Rejected {
                code: 404,
                reason: "a file without an id".to_owned(),
            }));
        }
        if self.held.is_some() {
            let retry_after = self.held;
            return Err(NotCarried::WhatsApp(WhatsAppError::Throttled {
                retry_after,
            }));
        }
        let (whatsapp, key) = self.from;
        let found = whatsapp.find_media(key, &self.file.id).await;
        let found = found.map_err(|NotFound { error, refused }| match refused {
            true => NotCarried::NotFound(error),
            false => NotCarried::WhatsApp(error),
        })?;
        let is = found.mime_type.as_str();
        let either = |one, other| if str::is_empty(one) { other } else { one };
        self.accept(either(is, told), found.size)?;
        let mime_type = either(told, is);
        self.download(&found.url, mime_type, found.size).await
    }

    async fn download(
        &self,
        url: &str,
        mime_type: &str,
        found: Option<u64>,
    ) -> Result<Open, NotCarried> {
        let (whatsapp, key) = self.from;
        let answer = whatsapp.open_media(key, url).await;
        let answer = answer.map_err(NotCarried::WhatsApp)?;
        let header = |name| answer.headers().get(name)?.to_str().ok();
        let size = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let came = header(CONTENT_TYPE).unwrap_or(ANY_BYTES);
        let mime_type = if mime_type.is_empty() {
            came
        } else {
            mime_type
        };
        if is_answer(came) && !is_answer(mime_type) {
            // an error page in the place of the file
            return Err(NotCarried::BrokenOff);
        }
        if !came.ends_with("/octet-stream") {
            self.accept(came, size)?;
        }
        self.accept(mime_type, size)?;
        Ok(Open {
            mime_type: mime_type.to_owned(),
            size,
            announced: size.or(found),
            body: answer.into_body(),
        })
    }

    fn accept(&self, mime_type: &str, size: Option<u64>) -> Result<(), NotCarried> {
        let too_large = size.zip(self.most).is_some_and(|(size, most)| size > most);
        if too_large || !(self.accepts)(mime_type) {
            return Err(NotCarried::NotAccepted {
                mime_type: mime_type.to_owned(),
                size,
            });
        }
        Ok(())
    }
}
