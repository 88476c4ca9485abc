//! A file that could not be had at once is fetched beside the conversation, in a group of its own:
//! the room shows that it follows, and what the customer writes next does not wait for it.

use super::file::{self, Post, Put};
use super::post::Stands;
use super::{Story, post, room};
use crate::domain::contact::Contact;
use crate::domain::ids::PostId;
use crate::domain::message::InboundMessage;
use crate::error::{Failure, Outcome};
use crate::mutant::{Mutant, on};
use crate::queue::task::MediaV1;
use crate::rocketchat::RocketChatError;
use crate::rocketchat::render::{Enclosure, Shown, render_message, render_quote};
use crate::store::MessageRecord;

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
    if record.file.is_some() {
        return Ok(Outcome::Repeated);
    }
    let Some(mut contact) = app.store.find_contact(&task.contact, now).await? else {
        return Ok(Outcome::Ignored);
    };
    let shown = render_message(&task.message, story.language);
    let Some(Enclosure::Sent { label, .. }) = &shown.file else {
        return Ok(Outcome::Ignored);
    };
    let label = label.clone();
    let site = &app.config.rocketchat_url;
    let post = Post {
        message: &task.message,
        // a visitor may quote only what its own token may see
        quote: (record.contact == contact.id).then(|| {
            let link = render_quote(site, &record.room, &own, "");
            link.trim_end().to_owned()
        }),
        shown: Shown {
            marks: Vec::new(),
            words: label,
            ..shown
        },
        later: true,
    };
    let rocketchat = app.rocketchat(now).await?.about(contact.id.as_str());
    for _ in 0..2 {
        let room = match contact.room.clone() {
            Some(room) => room,
            None => room::open(story, &mut contact, &rocketchat).await?,
        };
        let put = file::put(story, &contact, (&rocketchat, &room), &post).await?;
        match put {
            Put::There(id) => {
                post::record(story, &contact, &task.message, (room, Stands::File(id))).await?;
                return Ok(Outcome::Done);
            }
            // this is what follows: nothing follows it
            Put::Stands => return Ok(Outcome::Repeated),
            Put::Text(line) | Put::Follows(line) => {
                let id = PostId::of_note(&format!("media#{}", task.message.id.as_str()));
                let token = &contact.visitor_token;
                match rocketchat.send_message(token, &room, &id, &line).await {
                    Ok(()) => return Ok(Outcome::Kept),
                    Err(RocketChatError::Rejected { refusal, code }) => {
                        if rocketchat.fetch_message(token, &room, &id).await? {
                            return Ok(Outcome::Repeated);
                        }
                        post::give_up_or_reopen(story, &mut contact, refusal, &code, &room).await?;
                    }
                    Err(error) => return Err(room::failure_of(app, error)),
                }
            }
            Put::Refused(refusal, code) => {
                post::give_up_or_reopen(story, &mut contact, refusal, &code, &room).await?;
            }
        }
    }
    Err(Failure::retry("room_closed_twice"))
}
