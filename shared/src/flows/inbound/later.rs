//! A file that could not be had at once is fetched beside the conversation, in a group of its own:
//! the room shows that it follows, and what the customer writes next does not wait for it.

use super::file::{self, Post, Put};
use super::post::Stands;
use super::{Story, keep, post, room};
use crate::domain::contact::Contact;
use crate::domain::ids::{PostId, RoomId};
use crate::domain::message::InboundMessage;
use crate::error::{Failure, Fate, Outcome};
use crate::mutant::{Mutant, on};
use crate::queue::task::MediaV1;
use crate::rocketchat::render::{Enclosure, Shown, render_message, render_quote};
use crate::rocketchat::{Client, RocketChatError};
use crate::store::{InboundRecord, MessageRecord};
use crate::text::catalog::Saying;

/// Puts a message's file aside. Asked for again after a crash, the queue drops the repeat.
pub(super) async fn begin(
    story: &Story<'_>,
    contact: &Contact,
    message: &InboundMessage,
) -> Result<(), Failure> {
    if on(Mutant::FileNeverFollows) {
        return Ok(());
    }
    let task = MediaV1 {
        connection: story.connection.id.clone(),
        contact: contact.id.clone(),
        message: Box::new(message.clone()),
    };
    Ok(story.app.queues.send_media(task).await?)
}

/// Fetches a file that was put aside, into the room that is open then. Where it is lost for good, a
/// line says so.
pub(super) async fn run(story: &Story<'_>, task: &MediaV1) -> Result<Outcome, Failure> {
    let (app, now) = (story.app, story.now);
    let own = PostId::of_wamid(&task.message.id);
    let Some(MessageRecord::Inbound(record)) = app.store.find_message(&own, now).await? else {
        // forgotten with everything that was said then
        return Ok(Outcome::Ignored);
    };
    if record.file.is_some() || !record.follows {
        return Ok(Outcome::Repeated);
    }
    let Some(mut contact) = app.store.find_contact(&task.contact, now).await? else {
        return Ok(Outcome::Ignored);
    };
    let Some(post) = post_of(story, task, &record, &contact) else {
        return Ok(Outcome::Ignored);
    };
    let rocketchat = app.rocketchat(now).await?.about(contact.id.as_str());
    if stood_before(story, &contact, &rocketchat, &post).await? {
        return Ok(Outcome::Repeated);
    }
    for _ in 0..2 {
        let room = match contact.room.clone() {
            Some(room) => room,
            None => Box::pin(room::open(story, &mut contact, &rocketchat)).await?,
        };
        let put = Box::pin(file::put(story, &contact, (&rocketchat, &room), &post)).await?;
        let line = match put {
            Put::There(id) => {
                post::record(story, &contact, &task.message, (room, Stands::File(id))).await?;
                return Ok(Outcome::Done);
            }
            // this is what follows: nothing follows it
            Put::Stands(_) => return Ok(Outcome::Repeated),
            Put::Text(line) | Put::Follows(line) => line,
            Put::Refused(refusal, code) => {
                let why = (refusal, code.as_str());
                let gone = post::give_up_or_reopen(story, &mut contact, why, (&room, &own)).await;
                match gone {
                    Ok(()) => continue,
                    Err(failure) if failure.fate == Fate::GiveUp => {
                        // the room was told that it follows
                        keep(app, story.record, &task.connection, &failure.code, now).await?;
                        lost(story, &post)
                    }
                    Err(failure) => return Err(failure),
                }
            }
        };
        if let Some(told) = tell(story, &mut contact, (&rocketchat, &room), (task, &line)).await? {
            end(story, &record).await?;
            return Ok(told);
        }
    }
    Err(post::closed_again(story, &own).await)
}

/// Says in the room what became of the file; `None` where the room is gone.
async fn tell(
    story: &Story<'_>,
    contact: &mut Contact,
    (rocketchat, room): (&Client, &RoomId),
    (task, line): (&MediaV1, &str),
) -> Result<Option<Outcome>, Failure> {
    let id = PostId::of_note(&format!("media#{}", task.message.id.as_str()));
    let token = contact.visitor_token.clone();
    let (refusal, code) = match rocketchat.send_message(&token, room, &id, line).await {
        Ok(()) => return Ok(Some(Outcome::Kept)),
        Err(RocketChatError::Rejected { refusal, code }) => (refusal, code),
        Err(error) => return Err(room::failure_of(story.app, error)),
    };
    if rocketchat.fetch_message(&token, room, &id).await? {
        return Ok(Some(Outcome::Repeated));
    }
    post::give_up_or_reopen(story, contact, (refusal, &code), (room, &id)).await?;
    Ok(None)
}

/// The line that the file cannot be shown.
fn lost(story: &Story<'_>, post: &Post<'_>) -> String {
    let line = match &post.shown.file {
        Some(Enclosure::Sent { label, .. }) => story.language.saying(Saying::FileLost(label)),
        _ => String::new(),
    };
    post.text(Some(&line))
}

/// The line below which the file is shown: its kind and name, quoting the message that said that it
/// follows. `None` where it has no file that could.
fn post_of<'a>(
    story: &Story<'_>,
    task: &'a MediaV1,
    record: &InboundRecord,
    contact: &Contact,
) -> Option<Post<'a>> {
    let shown = render_message(&task.message, story.language);
    let Some(Enclosure::Sent { label, .. }) = &shown.file else {
        return None;
    };
    let label = label.clone();
    let site = &story.app.config.rocketchat_url;
    Some(Post {
        message: &task.message,
        // a visitor may quote only what its own token may see
        quote: (record.contact == contact.id).then(|| {
            let link = render_quote(site, &record.room, &record.id, "");
            link.trim_end().to_owned()
        }),
        shown: Shown {
            marks: Vec::new(),
            words: label,
            ..shown
        },
        later: true,
    })
}

/// Whether an earlier try has put the file into the room that was open then: it is recorded.
async fn stood_before(
    story: &Story<'_>,
    contact: &Contact,
    rocketchat: &Client,
    post: &Post<'_>,
) -> Result<bool, Failure> {
    let (Some(room), Some(Enclosure::Sent { name, .. })) = (&contact.last_room, &post.shown.file)
    else {
        return Ok(false);
    };
    // where a room is open, the last one was closed before this task's first try, or during one
    if contact.room.is_some() && story.record.receives < 2 {
        return Ok(false);
    }
    let found = file::find_own(story, contact, (rocketchat, room), (post, name)).await?;
    let Some(upload) = found else {
        return Ok(false);
    };
    let stands = (room.clone(), Stands::File(upload));
    post::record(story, contact, post.message, stands).await?;
    Ok(true)
}

/// It is said what became of the file: nothing follows any more, also where its webhook comes again.
async fn end(story: &Story<'_>, record: &InboundRecord) -> Result<(), Failure> {
    let record = InboundRecord {
        follows: false,
        ..record.clone()
    };
    let keep = story.settings.keep_messages();
    Ok(story.app.store.put_inbound(&record, keep).await?)
}
