//! The file of a message: carried into the room once, or said in words why it is not there.

use std::time::Duration;

use super::post::Stands;
use super::{Story, fetch, room, texts};
use crate::domain::contact::Contact;
use crate::domain::ids::{PostId, RoomId, VisitorToken};
use crate::domain::message::InboundMessage;
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::flows::parking;
use crate::mutant::{Mutant, on};
use crate::rocketchat::client::files::{Upload, whole};
use crate::rocketchat::render::{Enclosure, Shown, render_in_file, render_message};
use crate::rocketchat::{Client, Refusal, RocketChatError};
use crate::text::catalog::{Language, Saying};
use crate::text::markup::harmless;

/// The type of a file that holds a text.
const PLAIN: &str = "text/plain";
/// Why a message is parked of which only the beginning is shown.
pub(super) const NOT_SHOWN_WHOLE: &str = "text_not_shown_whole";
/// How far our clock and Rocket.Chat's may differ.
const CLOCKS_DIFFER: Duration = minutes(2);
/// A room that cannot be looked through for reasons that we do not know shows nothing from this
/// receive on.
const LOOKED_OFTEN: u32 = 6;

/// What is posted of a message.
pub(super) struct Post<'a> {
    /// The message.
    pub message: &'a InboundMessage,
    /// The link in front, where it quotes a message that is known.
    pub quote: Option<String>,
    /// Words and file.
    pub shown: Shown,
    /// The file is fetched beside the conversation already.
    pub later: bool,
}

impl Post<'_> {
    /// The whole text, `line` in the place of the file.
    pub fn text(&self, line: Option<&str>) -> String {
        let text = match line {
            // the words stand where the file was said to follow
            Some(line) if self.later => harmless(line),
            Some(line) => self.shown.text_instead(line),
            None => self.shown.text(),
        };
        match &self.quote {
            Some(quote) => format!("{quote} {text}"),
            None => text,
        }
    }

    /// What waits of it for a room, and whether that is all: a line has no file.
    pub fn waiting_line(&self) -> (String, bool) {
        let shown = &self.shown;
        if !matches!(&shown.file, Some(Enclosure::Written { mime_type, .. }) if *mime_type == PLAIN)
        {
            return (self.text(None), true);
        }
        let beginning = Shown {
            marks: Vec::new(),
            words: shown.words.clone(),
            file: None,
        };
        let line = Self {
            message: self.message,
            quote: self.quote.clone(),
            shown: beginning,
            later: false,
        };
        (line.text(None), false)
    }

    /// As what a text that stands in the room under the message's id stands there. The language may
    /// have been another one when it was written.
    pub fn stands(&self, text: &str) -> Stands {
        let says_so = |language: &Language| match render_message(self.message, *language).file {
            Some(Enclosure::Sent { label, .. }) => {
                text.contains(&harmless(&language.saying(Saying::FileFollows(&label))))
            }
            _ => false,
        };
        match Language::ALL.iter().any(says_so) {
            true => Stands::Follows,
            false => Stands::Text,
        }
    }

    /// The same message with its words in a file; `None` where it has one already.
    pub fn in_file(&self, language: Language) -> Option<Self> {
        let shown = &self.shown;
        shown.file.is_none().then(|| Self {
            message: self.message,
            quote: self.quote.clone(),
            shown: render_in_file(self.message, shown, language),
            later: self.later,
        })
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
    Stands(Stands),
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
    if let Some(id) = find_own(story, contact, (rocketchat, room), (post, name)).await? {
        return Ok(Put::There(id));
    }
    if story.record.receives > 1 && !post.later {
        let own = PostId::of_wamid(&post.message.id);
        let found = rocketchat.find_text(&contact.visitor_token, room, &own);
        let found = found
            .await
            .map_err(|error| room::failure_of(story.app, error))?;
        if let Some(text) = found {
            return Ok(Put::Stands(post.stands(&text)));
        }
    }
    match file {
        Enclosure::Sent { label, file, .. } => {
            let to = (rocketchat, room);
            fetch::fetched(story, contact, to, (post, name, label, file.as_ref())).await
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
/// name that is no older than the message's task and belongs to no other message. Asked for only
/// where there was an earlier try; before a file follows, its message's task has tried.
pub(super) async fn find_own(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (post, name): (&Post<'_>, &str),
) -> Result<Option<PostId>, Failure> {
    let tried = story.record.receives > 1 || post.later;
    if !tried || on(Mutant::UploadAgain) {
        return Ok(None);
    }
    // a contact that became part of this one meanwhile may have tried
    let former = contact.former.iter();
    let former = former.filter_map(|former| Some((&former.token, former.room.as_ref()?)));
    let task = story.record.sent_at.filter(|_| !post.later);
    let begun = task.unwrap_or(post.message.sent_at);
    for place in std::iter::once((&contact.visitor_token, room)).chain(former) {
        for (id, at) in uploads_in(story, rocketchat, place, name).await? {
            let older = at.is_some_and(|at| at.plus(CLOCKS_DIFFER) < begun);
            if !older
                && story
                    .app
                    .store
                    .find_message(&id, story.now)
                    .await?
                    .is_none()
            {
                return Ok(Some(id));
            }
        }
    }
    Ok(None)
}

/// The messages of a visitor's room that show a file of this name, and when each was posted.
async fn uploads_in(
    story: &Story<'_>,
    rocketchat: &Client,
    (token, room): (&VisitorToken, &RoomId),
    name: &str,
) -> Result<Vec<(PostId, Option<Timestamp>)>, Failure> {
    match rocketchat.find_uploads(token, room, name).await {
        Ok(found) => Ok(found),
        // a room that is gone shows nothing
        Err(RocketChatError::Rejected { refusal, .. })
            if story.record.receives >= LOOKED_OFTEN || refusal.shows_nothing() =>
        {
            Ok(Vec::new())
        }
        Err(RocketChatError::Rejected { code, .. }) => {
            Err(Failure::retry(format!("room_not_shown: {code}")))
        }
        Err(error) => Err(room::failure_of(story.app, error)),
    }
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
            if mime_type != PLAIN {
                return Ok(Put::Text(words));
            }
            let (app, connection) = (story.app, Some(&story.connection.id));
            parking::park(
                app,
                super::QUEUE,
                story.record,
                connection,
                NOT_SHOWN_WHOLE,
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

/// What is left of the worker's time, but for what has to be done with the outcome.
pub(super) fn time_left(story: &Story<'_>) -> Duration {
    let left = story.record.time_left();
    left.saturating_sub(Duration::from_secs(5))
        .max(Duration::from_secs(5))
}

/// The file's type or size is not accepted: the agent reads so, and the customer is told once in a
/// conversation.
pub(super) async fn not_accepted(
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
