//! Posting one message: into the room that is open, or into the one that it opens.

use std::time::Duration;

use super::file::{self, Post, Put};
use super::{Story, answer, is_final, later, room};
use crate::domain::contact::{Contact, Expecting};
use crate::domain::ids::{PostId, RoomId, SendId, Wamid};
use crate::domain::message::InboundMessage;
use crate::error::{Failure, Outcome};
use crate::flows::outbound::{corrected, is_reopening};
use crate::mutant::{Mutant, on};
use crate::rocketchat::render::{Enclosure, Shown, render_message, render_quote};
use crate::rocketchat::{Client, Refusal, RocketChatError};
use crate::store::{InboundRecord, MessageRecord};
use crate::text::catalog::{Advice, Phrase};

/// A refusal in unknown words counts as final when it came this often.
const REFUSED_OFTEN: u64 = 6;

/// What an agent sees of a message: words and file, behind a quote where it is about a message that
/// is known (R18, R31).
pub(super) async fn prepare<'a>(
    story: &Story<'_>,
    contact: &Contact,
    message: &'a InboundMessage,
) -> Result<Post<'a>, Failure> {
    let mut shown = render_message(message, story.language);
    if let Some(answer) = answer::read(story, contact, message).await? {
        shown = answer.shown;
        if answer.bare {
            return Ok(Post {
                message,
                quote: None,
                shown,
                later: false,
            });
        }
    }
    let target = message.content.target();
    let wanted = story.settings.allow_quote_messages;
    let quoted = target.or(message.quoted.as_ref().filter(|_| wanted));
    let found = match quoted {
        Some(quoted) => find_post(story, contact, quoted).await?,
        None => None,
    };
    if quoted.is_some() && target.is_none() && found.is_none() {
        let mark = story.language.phrase(Phrase::ReplyToUnknown);
        shown.marks.insert(0, mark);
    }
    let site = &story.app.config.rocketchat_url;
    let link = |(post, room)| render_quote(site, &room, &post, "").trim_end().to_owned();
    Ok(Post {
        message,
        quote: found.map(link),
        shown,
        later: false,
    })
}

/// A message of which only words are shown: a stub, in the place of what it is.
pub(super) fn words<'a>(message: &'a InboundMessage, words: String) -> Post<'a> {
    Post {
        message,
        quote: None,
        shown: Shown {
            marks: Vec::new(),
            words,
            file: None,
        },
        later: false,
    }
}

/// Finds the Rocket.Chat message behind a wamid: the customer's own, or one that we sent.
async fn find_post(
    story: &Story<'_>,
    contact: &Contact,
    wamid: &Wamid,
) -> Result<Option<(PostId, RoomId)>, Failure> {
    let store = &story.app.store;
    if let Some(sent) = store.find_sent(wamid, story.now).await? {
        let by_bot = SendId::of_message(&sent.message).is_some()
            || is_reopening(&sent.message)
            || sent.message.is_of_program();
        if by_bot {
            // agents see it as a line of our bot, in the room that is open now
            let line = PostId::of_note(sent.message.as_str());
            let room = contact.room.clone().or(sent.room);
            return Ok(room.map(|room| (line, room)));
        }
        let seen = |room: &RoomId| contact.former.is_empty() || contact.room.as_ref() == Some(room);
        // a correction shows as the message that it corrects
        let post = corrected(&sent.message).unwrap_or(sent.message);
        return Ok(sent.room.filter(seen).map(|room| (post, room)));
    }
    let id = PostId::of_wamid(wamid);
    match store.find_message(&id, story.now).await? {
        // a visitor may quote only what its own token may see
        Some(MessageRecord::Inbound(record)) if record.contact == contact.id => {
            Ok(Some((record.file.unwrap_or(id), record.room)))
        }
        _ => Ok(None),
    }
}

/// Posts a message once for ever, and records it: words under the id that its wamid gives, a file
/// under the id that Rocket.Chat gives.
pub(super) async fn post(
    story: &Story<'_>,
    contact: &mut Contact,
    post: &Post<'_>,
) -> Result<Outcome, Failure> {
    let message = post.message;
    let id = if on(Mutant::PostIdPerReceive) {
        PostId::of_note(&format!("{}{}", message.id.as_str(), story.record.receives))
    } else {
        PostId::of_wamid(&message.id)
    };
    // an entry that was cut short goes on where it ended, without asking Rocket.Chat about the rest;
    // a webhook that comes again after days is refused by its id, but an upload has none
    if (story.record.receives > 1 || post.shown.file.is_some())
        && let Some(MessageRecord::Inbound(record)) =
            story.app.store.find_message(&id, story.now).await?
    {
        // its end may have been cut off
        if record.follows && record.file.is_none() {
            later::begin(story, contact, message).await?;
        }
        return Ok(Outcome::Repeated);
    }
    let rocketchat = story.app.rocketchat(story.now).await?;
    let rocketchat = rocketchat.about(contact.id.as_str());
    let mut in_file = None;
    // a room may be closed between any two steps: the second try opens a new one; and a text may
    // turn out to be too long
    for _ in 0..3 {
        let post = in_file.as_ref().unwrap_or(post);
        let room = match contact.room.clone() {
            Some(room) => {
                if contact.waiting {
                    // a template's line that was put there while this room was opened
                    room::drain_waiting(story, contact, &rocketchat, &room).await?;
                }
                room
            }
            None if was_posted(story, contact, &rocketchat, (post, &id)).await? => {
                return Ok(Outcome::Repeated);
            }
            // closed in this moment: what is quiet opens none, it waits for the next one
            None if post.message.content.is_quiet() => {
                return Err(Failure::retry_after("room_closed", Duration::from_secs(1)));
            }
            None => Box::pin(room::open(story, contact, &rocketchat)).await?,
        };
        match Box::pin(try_in(story, contact, (&rocketchat, room), (post, &id))).await? {
            Tried::Ended(outcome) => return Ok(outcome),
            Tried::RoomGone => {}
            Tried::InFile(other) => {
                // the id does not keep a webhook that comes again from being uploaded again
                if story
                    .app
                    .store
                    .find_message(&id, story.now)
                    .await?
                    .is_some()
                {
                    return Ok(Outcome::Repeated);
                }
                in_file = Some(*other);
            }
        }
    }
    Err(closed_again(story, &id).await)
}

/// One room after the other is closed under a message, or the open one refuses it as if it were: a few
/// tries, as for any refusal.
pub(super) async fn closed_again(story: &Story<'_>, id: &PostId) -> Failure {
    refused(story, id, "room_closed_twice").await
}

/// Rocket.Chat refuses a message for a reason that may pass: a few tries, then the stub. Refusals are
/// counted, since a message is received again for other reasons too.
async fn refused(story: &Story<'_>, id: &PostId, code: &str) -> Failure {
    let code = format!("rocketchat_refused: {code}");
    match story.app.store.count_refusal(id, story.now).await {
        Ok(times) if times >= REFUSED_OFTEN => Failure::give_up(code, Advice::Other),
        Ok(_) => Failure::retry(code),
        Err(error) => error.into(),
    }
}

/// What a try to put a message into a room came to.
enum Tried<'a> {
    /// It stands there.
    Ended(Outcome),
    /// The room is closed, or not the visitor's any more.
    RoomGone,
    /// The workspace takes no text of its length: this takes its place.
    InFile(Box<Post<'a>>),
}

/// Puts a message into an open room.
async fn try_in<'a>(
    story: &Story<'_>,
    contact: &mut Contact,
    (rocketchat, room): (&Client, RoomId),
    (post, id): (&Post<'a>, &PostId),
) -> Result<Tried<'a>, Failure> {
    let message = post.message;
    let (line, stands) = match file::put(story, contact, (rocketchat, &room), post).await? {
        Put::Text(line) => (line, Stands::Text),
        Put::Follows(line) => (line, Stands::Follows),
        Put::There(upload) => {
            hand_over(story, contact, rocketchat, &room).await?;
            record(story, contact, message, (room, Stands::File(upload))).await?;
            return Ok(Tried::Ended(Outcome::Done));
        }
        Put::Stands(stands) => {
            ended(story, contact, (rocketchat, room), (message, stands)).await?;
            return Ok(Tried::Ended(Outcome::Repeated));
        }
        Put::Refused(refusal, code) => {
            give_up_or_reopen(story, contact, (refusal, &code), (&room, id)).await?;
            return Ok(Tried::RoomGone);
        }
    };
    let token = contact.visitor_token.clone();
    let (refusal, code) = match rocketchat.send_message(&token, &room, id, &line).await {
        Ok(()) => {
            ended(story, contact, (rocketchat, room), (message, stands)).await?;
            return Ok(Tried::Ended(Outcome::Done));
        }
        Err(RocketChatError::Rejected { refusal, code }) => (refusal, code),
        Err(error) => return Err(room::failure_of(story.app, error)),
    };
    // a repeated id is refused in words that differ by version: look before believing
    if let Some(text) = rocketchat.find_text(&token, &room, id).await? {
        let stands = post.stands(&text);
        ended(story, contact, (rocketchat, room), (message, stands)).await?;
        return Ok(Tried::Ended(Outcome::Repeated));
    }
    if let Some((room, text)) = stood_before(story, contact, rocketchat, id).await? {
        let stands = post.stands(&text);
        found(story, contact, message, (room, stands)).await?;
        return Ok(Tried::Ended(Outcome::Repeated));
    }
    if refusal == Refusal::TooLong
        && let Some(in_file) = post.in_file(story.language)
    {
        return Ok(Tried::InFile(Box::new(in_file)));
    }
    give_up_or_reopen(story, contact, (refusal, &code), (&room, id)).await?;
    Ok(Tried::RoomGone)
}

/// A text stands in the room that is open: whom it is for gets the room, and it is recorded.
async fn ended(
    story: &Story<'_>,
    contact: &mut Contact,
    (rocketchat, room): (&Client, RoomId),
    (message, stands): (&InboundMessage, Stands),
) -> Result<(), Failure> {
    hand_over(story, contact, rocketchat, &room).await?;
    found(story, contact, message, (room, stands)).await
}

/// Records what stands in a room, and begins what follows it.
async fn found(
    story: &Story<'_>,
    contact: &Contact,
    message: &InboundMessage,
    (room, stands): (RoomId, Stands),
) -> Result<(), Failure> {
    let follows = matches!(stands, Stands::Follows);
    record(story, contact, message, (room, stands)).await?;
    if follows {
        later::begin(story, contact, message).await?;
    }
    Ok(())
}

/// The customer answers a template in a room that was open when it was sent: whom it names gets
/// the room now.
async fn hand_over(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
    room: &RoomId,
) -> Result<(), Failure> {
    let Some(expecting) = contact.expecting.clone() else {
        return Ok(());
    };
    if story.now.since(expecting.since) < Expecting::GOOD_FOR {
        room::forward(story, rocketchat, room, &expecting.target).await?;
    }
    let store = &story.app.store;
    store.clear_expecting(&contact.id, &expecting).await?;
    contact.expecting = None;
    Ok(())
}

/// What to do after a refusal of a message that is not there: forget a room that is gone, or fail.
pub(super) async fn give_up_or_reopen(
    story: &Story<'_>,
    contact: &mut Contact,
    (refusal, code): (Refusal, &str),
    (room, id): (&RoomId, &PostId),
) -> Result<(), Failure> {
    match refusal {
        Refusal::RoomClosed | Refusal::InvalidRoom | Refusal::InvalidToken => {
            story
                .app
                .store
                .clear_room(&contact.id, room, story.now)
                .await?;
            contact.room = None;
            contact.last_room = Some(room.clone());
            contact.closed_at = Some(story.now);
            if refusal == Refusal::InvalidToken {
                // the visitor was removed: introduce it again
                story.app.store.forget_visitor(&contact.id).await?;
                contact.visitor_saved = None;
            }
            Ok(())
        }
        refusal if is_final(refusal) => Err(Failure::give_up(
            format!("rocketchat_refused: {code}"),
            Advice::Other,
        )),
        _ => Err(refused(story, id, code).await),
    }
}

/// Whether the message was posted in an earlier life: it is recorded, or stands in the room that
/// was open before. Asked only before a room is opened, so that a late duplicate opens none.
async fn was_posted(
    story: &Story<'_>,
    contact: &Contact,
    rocketchat: &Client,
    (post, id): (&Post<'_>, &PostId),
) -> Result<bool, Failure> {
    if story.app.store.find_message(id, story.now).await?.is_some() {
        return Ok(true);
    }
    // on the first receive of a task nothing can have been posted without its record
    if story.record.receives < 2 {
        return Ok(false);
    }
    let mut standing = None;
    if let Some(room) = &contact.last_room {
        if let Some(Enclosure::Sent { name, .. } | Enclosure::Written { name, .. }) =
            &post.shown.file
            && let Some(upload) =
                file::find_own(story, contact, (rocketchat, room), (post, name)).await?
        {
            let stands = (room.clone(), Stands::File(upload));
            record(story, contact, post.message, stands).await?;
            return Ok(true);
        }
        let text = rocketchat.find_text(&contact.visitor_token, room, id).await;
        let text = text.map_err(|error| room::failure_of(story.app, error))?;
        standing = text.map(|text| (room.clone(), text));
    }
    if standing.is_none() {
        standing = stood_before(story, contact, rocketchat, id).await?;
    }
    let Some((room, text)) = standing else {
        return Ok(false);
    };
    let stands = post.stands(&text);
    found(story, contact, post.message, (room, stands)).await?;
    Ok(true)
}

/// A text that stands in the room of a contact that became part of this one.
async fn stood_before(
    story: &Story<'_>,
    contact: &Contact,
    rocketchat: &Client,
    id: &PostId,
) -> Result<Option<(RoomId, String)>, Failure> {
    for former in &contact.former {
        let Some(room) = &former.room else { continue };
        let text = rocketchat.find_text(&former.token, room, id).await;
        if let Some(text) = text.map_err(|error| room::failure_of(story.app, error))? {
            return Ok(Some((room.clone(), text)));
        }
    }
    Ok(None)
}

/// As what a message stands in its room.
pub(super) enum Stands {
    /// A text.
    Text,
    /// A text, and its file follows.
    Follows,
    /// A file, shown by this message.
    File(PostId),
}

/// Records a posted message: this is the quote association, and what makes repeats visible.
pub(super) async fn record(
    story: &Story<'_>,
    contact: &Contact,
    message: &InboundMessage,
    (room, stands): (RoomId, Stands),
) -> Result<(), Failure> {
    let follows = matches!(stands, Stands::Follows);
    let file = match stands {
        Stands::File(id) => Some(id),
        Stands::Text | Stands::Follows => None,
    };
    let record = InboundRecord {
        id: PostId::of_wamid(&message.id),
        wamid: message.id.clone(),
        room,
        contact: contact.id.clone(),
        sent_at: message.sent_at,
        posted_at: story.now,
        file,
        follows,
        tries: 0,
    };
    Ok(story
        .app
        .store
        .put_inbound(&record, story.settings.keep_messages())
        .await?)
}
