//! An agent's file: from Rocket.Chat to 360dialog, or into the stack's bucket, as it comes
//! (reference: Rocket.Chat, §2.5; 360dialog, §1.6).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, stream};
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use tokio::time::Instant;

use crate::domain::ids::{RoomId, VisitorToken};
use crate::domain::outgoing::{FileForm, FilePart};
use crate::domain::time::Timestamp;
use crate::files::{FileError, Files};
use crate::http::{Chunks, Meter, TransportError, between, ending};
use crate::rocketchat::{self, RocketChatError};
use crate::secrets::Secret;
use crate::whatsapp::{self, WhatsAppError};

use super::is_answer;

/// The type of bytes of which nothing is known.
const ANY_BYTES: &str = "application/octet-stream";
/// As what Opus is uploaded: the bare type is refused (§1.6).
const OPUS: &str = "audio/ogg; codecs=opus";
/// How much of a file tells what it is.
const HEAD: usize = 64;

/// Why a file is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Its type or size is not accepted, by us.
    #[error("file_not_accepted")]
    NotAccepted {
        /// What it is.
        mime_type: String,
        /// Its size, as far as it is known.
        size: Option<u64>,
    },
    /// Rocket.Chat does not have it (any more), or not for us.
    #[error("file_gone")]
    Gone,
    /// Rocket.Chat does not give it now, or it broke off on the way.
    #[error("file_broken_off")]
    BrokenOff,
    /// There is nothing in it.
    #[error("file_empty")]
    Empty,
    /// It does not fit the form that it was to have: the next one may do.
    #[error("file_does_not_fit")]
    DoesNotFit,
    /// 360dialog does not take it, or not now.
    #[error("{0}")]
    WhatsApp(WhatsAppError),
    /// The bucket does not take it.
    #[error("{0}")]
    Bucket(#[from] FileError),
}

/// What may be carried.
pub struct Limits<'a> {
    /// By MIME type.
    pub accepts: &'a (dyn Fn(&str) -> bool + Sync),
    /// By size in bytes.
    pub most: Option<u64>,
    /// How long all of it may take.
    pub time: Duration,
}

/// A file that is open for reading.
pub struct Opened {
    /// Its MIME type.
    pub mime_type: String,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// As what it can be sent at best.
    pub form: FileForm,
    body: Chunks,
    meter: Meter,
    most: Option<u64>,
    until: Instant,
}

impl Opened {
    /// Opens a file of a room at Rocket.Chat.
    pub async fn open(
        from: &rocketchat::Client,
        (file, room): (&FilePart, (&VisitorToken, &RoomId)),
        limits: &Limits<'_>,
    ) -> Result<Self, NotSent> {
        let until = Instant::now() + limits.time;
        let answer = from.open_file(&file.path, room).await;
        let answer = answer.map_err(|error| match error {
            RocketChatError::Rejected { .. } => NotSent::Gone,
            _ => NotSent::BrokenOff,
        })?;
        let (length, came) = head_of(&answer);
        let mime_type = match file.mime_type.as_str() {
            "" => came.clone(),
            told => told.to_owned(),
        };
        if is_answer(&came) && !is_answer(&mime_type) {
            // a page of a proxy or a sign-in in the place of the file
            return Err(NotSent::BrokenOff);
        }
        let size = length.or(file.size);
        let too_large = size
            .zip(limits.most)
            .is_some_and(|(size, most)| size > most);
        if too_large || !(limits.accepts)(&mime_type) {
            return Err(NotSent::NotAccepted { mime_type, size });
        }
        let (head, body) = peek(answer).await?;
        // one that was announced to be more breaks off where it is sent on
        if head.is_empty() && length.is_none_or(|length| length == 0) {
            return Err(NotSent::Empty);
        }
        let meter = Meter::default();
        Ok(Self {
            form: form_of(file, (&mime_type, size), &head),
            body: meter.watch(body, limits.most, length),
            mime_type,
            size,
            meter,
            most: limits.most,
            until,
        })
    }

    /// Uploads it to 360dialog; gives its media id.
    pub async fn send(
        self,
        (to, key): (&whatsapp::Client, &Secret),
        name: &str,
    ) -> Result<String, NotSent> {
        let largest = self.form.largest();
        if self
            .size
            .zip(largest)
            .is_some_and(|(size, most)| size > most)
        {
            return Err(NotSent::DoesNotFit);
        }
        let limit = self.until.saturating_duration_since(Instant::now());
        let own = Meter::default();
        let body = own.watch(ending(self.body, self.until), largest, None);
        let mime_type = match self.form {
            FileForm::Voice => OPUS,
            _ => &self.mime_type,
        };
        let file = (name, mime_type, self.size);
        let (sent, broken) = to.pour_media(key, file, (body, limit)).await;
        let read = self.meter.read();
        sent.map_err(|error| match broken.is_so() {
            true if self.most.is_some_and(|most| read > most) => NotSent::NotAccepted {
                mime_type: self.mime_type.clone(),
                size: None,
            },
            true if largest.is_some_and(|most| read > most) => NotSent::DoesNotFit,
            true => NotSent::BrokenOff,
            false => NotSent::WhatsApp(error),
        })
    }

    /// Keeps it in the bucket under `id`, for a link. S3 wants to know its size before.
    pub async fn keep(
        self,
        to: &Files,
        (id, name): (&str, &str),
        now: Timestamp,
    ) -> Result<(), NotSent> {
        let length = self.size.ok_or(NotSent::DoesNotFit)?;
        let limit = self.until.saturating_duration_since(Instant::now());
        let body = ending(self.body, self.until);
        let (body, broken) = between(Bytes::new(), body, Bytes::new());
        let file = (name, self.mime_type.as_str(), length);
        let kept = to.pour(id, file, (body, limit), now).await;
        kept.map_err(|error| match broken.is_so() {
            true => NotSent::BrokenOff,
            false => NotSent::Bucket(error),
        })
    }
}

/// Length and type of an answer.
fn head_of(answer: &Response<Chunks>) -> (Option<u64>, String) {
    let header = |name| answer.headers().get(name)?.to_str().ok();
    let length = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    (length, header(CONTENT_TYPE).unwrap_or(ANY_BYTES).to_owned())
}

/// The first bytes of a body, and all of it.
async fn peek(answer: Response<Chunks>) -> Result<(Bytes, Chunks), NotSent> {
    // a short file ends here, and is asked again for more
    let mut body = answer.into_body().fuse();
    let (mut chunks, mut head) = (Vec::new(), BytesMut::new());
    while head.len() < HEAD {
        match body.next().await {
            Some(Ok(chunk)) => {
                let more = HEAD.min(chunk.len());
                head.extend_from_slice(&chunk[..more]);
                chunks.push(Ok::<_, TransportError>(chunk));
            }
            Some(Err(_)) => return Err(NotSent::BrokenOff),
            None => break,
        }
    }
    Ok((head.freeze(), stream::iter(chunks).chain(body).boxed()))
}

/// As what a file is sent: what it was told to be, unless its size or its first bytes say otherwise.
/// One that fell back stays what it is.
fn form_of(file: &FilePart, (mime_type, size): (&str, Option<u64>), head: &Bytes) -> FileForm {
    let fell_back = matches!(file.form, FileForm::Document | FileForm::Link);
    if fell_back && !file.mime_type.is_empty() || file.form == FileForm::Link {
        return match file.form {
            FileForm::Document => FileForm::of(ANY_BYTES, size),
            form => form,
        };
    }
    let form = FileForm::of(mime_type, size);
    let is_so = match form {
        FileForm::Image => is_image(head),
        FileForm::Voice => is_opus_mono(head),
        _ => true,
    };
    match is_so {
        true => form,
        false => FileForm::of(ANY_BYTES, size),
    }
}

fn is_image(head: &[u8]) -> bool {
    head.starts_with(&[0xFF, 0xD8, 0xFF]) || head.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// An Ogg stream begins with a page whose one segment is the codec's header; Opus' tells its number
/// of channels (RFC 7845, §5.1).
fn is_opus_mono(head: &[u8]) -> bool {
    head.starts_with(b"OggS") && head.get(28..36) == Some(b"OpusHead") && head.get(37) == Some(&1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mime_type: &str, form: FileForm) -> FilePart {
        FilePart {
            name: "a".to_owned(),
            path: "/file-upload/1/a".to_owned(),
            mime_type: mime_type.to_owned(),
            size: None,
            form,
            worded: false,
            at: None,
        }
    }

    fn opus(channels: u8) -> Bytes {
        let mut head = b"OggS".to_vec();
        head.resize(28, 0);
        head.extend_from_slice(b"OpusHead\x01");
        head.push(channels);
        head.into()
    }

    #[test]
    fn first_bytes_tell_a_voice_message_and_a_picture() {
        let form = |mime_type: &str, head: &Bytes| {
            let told = file(mime_type, FileForm::of(mime_type, None));
            form_of(&told, (mime_type, Some(9)), head)
        };
        assert_eq!(form("audio/ogg", &opus(1)), FileForm::Voice);
        assert_eq!(form("audio/ogg", &opus(2)), FileForm::Document);
        assert_eq!(form("audio/ogg", &Bytes::new()), FileForm::Document);
        let jpeg = Bytes::from_static(&[0xFF, 0xD8, 0xFF, 0xE0]);
        assert_eq!(form("image/jpeg", &jpeg), FileForm::Image);
        assert_eq!(
            form("image/png", &Bytes::from_static(b"GIF8")),
            FileForm::Document
        );
        assert_eq!(form("video/mp4", &Bytes::new()), FileForm::Video);
    }

    #[test]
    fn a_type_that_was_not_told_is_taken_from_the_answer() {
        let unknown = file("", FileForm::Document);
        let mp3 = form_of(&unknown, ("audio/mpeg", Some(9)), &Bytes::new());
        assert_eq!(mp3, FileForm::Audio);
        let fallen = file("video/mp4", FileForm::Document);
        let again = form_of(&fallen, ("video/mp4", Some(9)), &Bytes::new());
        assert_eq!(again, FileForm::Document);
        let large = form_of(&fallen, ("video/mp4", Some(101 << 20)), &Bytes::new());
        assert_eq!(large, FileForm::Link);
        let link = file("", FileForm::Link);
        let again = form_of(&link, ("image/png", Some(9)), &Bytes::new());
        assert_eq!(again, FileForm::Link);
    }
}
