//! The file of a message: carried into the room once, or said in words why it is not there.

use std::time::Duration;

use super::{Story, room, texts};
use crate::domain::contact::Contact;
use crate::domain::content::MediaFile;
use crate::domain::ids::{PostId, RoomId};
use crate::domain::message::InboundMessage;
use crate::domain::time::{Timestamp, days, minutes};
use crate::error::Failure;
use crate::flows::parking;
use crate::media::{Inward, NotCarried};
use crate::mutant::{Mutant, on};
use crate::rocketchat::client::files::{Upload, whole};
use crate::rocketchat::render::Enclosure;
use crate::rocketchat::{Client, Refusal, RocketChatError};
use crate::secrets::SecretName;
use crate::text::catalog::Saying;
use crate::whatsapp::WhatsAppError;

/// From this receive on a file that cannot be had now is fetched beside the conversation: what the
/// customer writes next does not wait for it.
const PATIENCE: u32 = 3;
/// A file that breaks off, or is not found, is asked for this often in all.
const TRIES: u32 = 4;
/// How long the address in a webhook is good for, with time to spare (reference: 360dialog, §1.6).
const URL_GOOD_FOR: Duration = minutes(4);
/// How long 360dialog keeps a customer's file (§1.6).
const KEPT: Duration = days(7);
/// Too many failing look-ups block a number's files for half an hour (§1.5).
const BLOCKED: Duration = minutes(30);
/// The route of the gates in front of a number's files.
const ROUTE: &str = "media";

/// What is posted of a message.
pub(super) struct Post<'a> {
    /// The message.
    pub message: &'a InboundMessage,
    /// The link in front, where it quotes a message that is known.
    pub quote: Option<String>,
    /// Words and file.
    pub shown: crate::rocketchat::render::Shown,
    /// The file is fetched beside the conversation already.
    pub later: bool,
}

impl Post<'_> {
    /// The whole text, `line` in the place of the file.
    pub fn text(&self, line: Option<&str>) -> String {
        let text = match line {
            // the words stand where the file was said to follow
            Some(line) if self.later => line.to_owned(),
            Some(line) => self.shown.text_instead(line),
            None => self.shown.text(),
        };
        match &self.quote {
            Some(quote) => format!("{quote} {text}"),
            None => text,
        }
    }
}

/// How a message is put into the room.
pub(super) enum Put {
    /// It stands there, as this message of a file.
    There(PostId),
    /// As this text.
    Text(String),
    /// As this text, and its file follows.
    Follows(String),
    /// A text of an earlier try stands there in the place of the file.
    Stands,
    /// Rocket.Chat refuses it.
    Refused(Refusal, String),
}

/// Puts the message's file into the room, where it has one.
pub(super) async fn put(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    post: &Post<'_>,
) -> Result<Put, Failure> {
    let Some(file) = &post.shown.file else {
        return Ok(Put::Text(post.text(None)));
    };
    let name = match file {
        Enclosure::Sent { name, .. } | Enclosure::Written { name, .. } => name,
    };
    if let Some(id) = find_own(story, contact, (rocketchat, room), name).await? {
        return Ok(Put::There(id));
    }
    if story.record.receives > 1 && !post.later {
        let own = PostId::of_wamid(&post.message.id);
        let stands = rocketchat.fetch_message(&contact.visitor_token, room, &own);
        if stands
            .await
            .map_err(|error| room::failure_of(story.app, error))?
        {
            return Ok(Put::Stands);
        }
    }
    match file {
        Enclosure::Sent { label, file, .. } => {
            let to = (rocketchat, room);
            fetched(story, contact, to, (post, name, label, file.as_ref())).await
        }
        Enclosure::Written {
            mime_type, text, ..
        } => {
            written(
                story,
                contact,
                (rocketchat, room),
                (post, name, mime_type, text),
            )
            .await
        }
    }
}

/// An upload of an earlier try of this message, which may have stood before its record: one of this
/// name that belongs to no other message. Asked for only where there was an earlier try.
pub(super) async fn find_own(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    name: &str,
) -> Result<Option<PostId>, Failure> {
    if story.record.receives < 2 || on(Mutant::UploadAgain) {
        return Ok(None);
    }
    let found = rocketchat
        .find_uploads(&contact.visitor_token, room, name)
        .await;
    let found = match found {
        Ok(found) => found,
        // a room that is gone shows nothing
        Err(RocketChatError::Rejected { .. }) => Vec::new(),
        Err(error) => return Err(room::failure_of(story.app, error)),
    };
    for id in found {
        if story
            .app
            .store
            .find_message(&id, story.now)
            .await?
            .is_none()
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// A file that we wrote. Where the workspace takes none, its words are shown without it; of a text
/// that is only in the file the whole is parked.
async fn written(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (post, name, mime_type, text): (&Post<'_>, &str, &str, &str),
) -> Result<Put, Failure> {
    let words = post.text(None);
    let upload = Upload {
        name,
        mime_type,
        text: &words,
        length: Some(text.len() as u64),
    };
    let body = whole(bytes::Bytes::from(text.to_owned()));
    let to = (&contact.visitor_token, room);
    let sent = rocketchat.send_file(to, &upload, (body, time_left(story)));
    match sent.await {
        Ok(id) => Ok(Put::There(id)),
        Err(RocketChatError::Rejected {
            refusal: Refusal::FileNotAllowed,
            ..
        }) => {
            if mime_type != "text/plain" {
                return Ok(Put::Text(words));
            }
            let (app, connection) = (story.app, Some(&story.connection.id));
            let reason = "text_not_shown_whole";
            parking::park(
                app,
                super::QUEUE,
                story.record,
                connection,
                reason,
                story.now,
            )
            .await?;
            let size = Some(text.len() as u64);
            let line = story.language.file_not_accepted(name, size, mime_type);
            Ok(Put::Text(post.text(Some(&line))))
        }
        Err(RocketChatError::Rejected { refusal, code }) => Ok(Put::Refused(refusal, code)),
        Err(error) => Err(room::failure_of(story.app, error)),
    }
}

/// A file that the customer sent.
async fn fetched(
    story: &Story<'_>,
    contact: &Contact,
    to: (&Client, &RoomId),
    (post, name, label, file): (&Post<'_>, &str, &str, Option<&MediaFile>),
) -> Result<Put, Failure> {
    let instead = |line: &str| Put::Text(post.text(Some(line)));
    let lost = || instead(&story.language.saying(Saying::FileLost(label)));
    let Some(file) = file else { return Ok(lost()) };
    if story.now.since(post.message.sent_at) > KEPT {
        return Ok(lost());
    }
    if !story.settings.file_uploads_enabled {
        let kind = (file.mime_type.as_str(), None);
        return not_accepted(story, contact, to.1, (post, label, kind)).await;
    }
    let not_there = match carry(story, contact, to, (post, name, file)).await {
        Ok(id) => return Ok(Put::There(id)),
        Err(not_there) => not_there,
    };
    let often = story.record.receives >= TRIES;
    let failure = match not_there {
        NotCarried::NotAccepted { mime_type, size } => {
            let kind = (mime_type.as_str(), size);
            return not_accepted(story, contact, to.1, (post, label, kind)).await;
        }
        NotCarried::RocketChat {
            error: RocketChatError::Rejected { refusal, code },
            mime_type,
            size,
        } => {
            if refusal == Refusal::FileNotAllowed {
                let kind = (mime_type.as_str(), size);
                return not_accepted(story, contact, to.1, (post, label, kind)).await;
            }
            return Ok(Put::Refused(refusal, code));
        }
        NotCarried::RocketChat { error, .. } => return Err(room::failure_of(story.app, error)),
        NotCarried::BrokenOff if often => return Ok(lost()),
        NotCarried::BrokenOff => Failure::retry("file_broken_off"),
        NotCarried::WhatsApp(WhatsAppError::Rejected { code, .. }) if code != 403 => {
            // looked up twice and no more: failing look-ups block the number's files
            if story.record.receives > 1 {
                return Ok(lost());
            }
            let code = format!("file_refused_{code}");
            return Err(Failure::retry_after(code, Duration::from_secs(5)));
        }
        NotCarried::WhatsApp(error) => unavailable(story, error),
    };
    if post.later {
        return Err(failure);
    }
    let blocked = failure.code == "file_key_refused" || failure.code == "files_blocked";
    if story.record.receives < PATIENCE && !blocked {
        return Err(failure);
    }
    let line = story.language.saying(Saying::FileFollows(label));
    Ok(Put::Follows(post.text(Some(&line))))
}

/// 360dialog does not give a file now.
fn unavailable(story: &Story<'_>, error: WhatsAppError) -> Failure {
    match error {
        WhatsAppError::Unauthorized => {
            let name = SecretName::ApiKey(story.connection.id.clone());
            story.app.secrets.forget(&name);
            Failure::retry_after("file_key_refused", minutes(5))
        }
        WhatsAppError::Rejected { .. } => Failure::retry_after("files_blocked", BLOCKED),
        WhatsAppError::Throttled {
            retry_after: Some(after),
        } => Failure::retry_after("files_throttled", after),
        error => Failure::retry(format!("file_unavailable: {error}")),
    }
}

async fn carry(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (post, name, file): (&Post<'_>, &str, &MediaFile),
) -> Result<PostId, NotCarried> {
    let (app, now) = (story.app, story.now);
    let gates = app.files_of(&story.connection.id);
    let closed = |after| {
        NotCarried::WhatsApp(WhatsAppError::Throttled {
            retry_after: Some(after),
        })
    };
    gates
        .check(ROUTE, now)
        .map_err(|gate| closed(gate.wait()))?;
    let key = app.api_key(&story.connection.id).await;
    let key = key.map_err(|_| NotCarried::WhatsApp(WhatsAppError::Unavailable))?;
    let accepts = |mime_type: &str| story.settings.accepts(mime_type);
    let inward = Inward {
        from: (&app.whatsapp, &key),
        file,
        fresh: is_fresh(post.message.sent_at, now),
        accepts: &accepts,
        most: story.settings.largest_file(),
        to: rocketchat,
        room: (&contact.visitor_token, room),
        name,
        text: &post.text(None),
        limit: time_left(story),
    };
    let carried = inward.carry().await;
    match &carried {
        Err(NotCarried::WhatsApp(WhatsAppError::Rejected { code: 403, .. })) => {
            gates.throttle(ROUTE, now, BLOCKED);
        }
        Err(NotCarried::WhatsApp(_) | NotCarried::BrokenOff) => {
            gates.failed_for(now, post.message.id.as_str());
        }
        _ => gates.answered(ROUTE),
    }
    carried
}

fn is_fresh(sent_at: Timestamp, now: Timestamp) -> bool {
    now.since(sent_at) < URL_GOOD_FOR
}

/// What is left of the worker's time, but for what has to be done with the outcome.
fn time_left(story: &Story<'_>) -> Duration {
    let left = story.record.time_left();
    left.saturating_sub(Duration::from_secs(5))
        .max(Duration::from_secs(5))
}

/// The file's type or size is not accepted: the agent reads so, and the customer is told once in a
/// conversation.
async fn not_accepted(
    story: &Story<'_>,
    contact: &Contact,
    room: &RoomId,
    (post, label, (mime_type, size)): (&Post<'_>, &str, (&str, Option<u64>)),
) -> Result<Put, Failure> {
    if story.settings.refused_file_notice {
        texts::refused_file(story, contact, room).await?;
    }
    let line = story.language.file_not_accepted(label, size, mime_type);
    Ok(Put::Text(post.text(Some(&line))))
}
