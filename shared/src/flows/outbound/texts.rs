//! The connection's own texts (welcome, offline, finished), and the end of a conversation.

use super::{Story, find_contact, intent_of, refuse, send};
use crate::domain::ids::PostId;
use crate::domain::outgoing::{Origin, Part};
use crate::domain::time::minutes;
use crate::error::{Failure, Fate, Outcome};
use crate::queue::task::{ClosedV1, TextV1};
use crate::text::split::split;
use crate::whatsapp::render::{LONGEST_TEXT, Recipient};

/// A text of the connection (welcome, offline, finished): once per key, inside the window only.
pub(super) async fn notice(story: &Story<'_>, task: &TextV1) -> Result<Outcome, Failure> {
    if story.now > task.until {
        tracing::info!(task.id = %story.record.id, "notice dropped: too late");
        return Ok(Outcome::Ignored);
    }
    let contact = match find_contact(story, &task.contact, None).await {
        Err(failure) if failure.fate == Fate::GiveUp => return Ok(Outcome::Ignored),
        contact => contact?,
    };
    if !contact.window_is_open(story.now) {
        return Ok(Outcome::Ignored);
    }
    let origin = (Origin::Notice, None, None);
    let parts = split(&task.body, LONGEST_TEXT);
    let parts = parts.into_iter().map(Part::text).collect();
    let intent = intent_of(story, &contact, &PostId::new(&*task.key), parts, origin);
    match send::run(story, Recipient::of(&contact), intent).await {
        Err(failure) if failure.fate == Fate::GiveUp => {
            tracing::warn!(failure.code = %failure.code, "notice refused");
            let id = PostId::new(&*task.key);
            // while no agent is there, it is asked for every five minutes
            let anew = story.record.receives == 1;
            refuse::abandon(story.app, (&id, &failure.code), anew, story.now).await?;
            Ok(Outcome::Ignored)
        }
        result => result,
    }
}

/// A conversation was closed: the room is forgotten, and the finished text goes out where an
/// agent closed it.
pub(super) async fn closed(story: &Story<'_>, task: &ClosedV1) -> Result<Outcome, Failure> {
    let contact = match find_contact(story, &task.contact, Some(&task.token)).await {
        Err(failure) if failure.fate == Fate::GiveUp => return Ok(Outcome::Ignored),
        contact => contact?,
    };
    // the second room of somebody who was known twice is not the end of the conversation
    let rooms = [&contact.room, &contact.last_room];
    let is_theirs = rooms.into_iter().flatten().any(|room| *room == task.room);
    if let Some(text) = story.connection.conversation_finished_message.as_ref()
        && !task.by_visitor
        && is_theirs
    {
        let key = format!("finished#{}", task.room);
        let until = task.closed_at.plus(minutes(30));
        let (connection, contact) = (task.connection.clone(), contact.id.clone());
        let text = TextV1 {
            connection,
            contact,
            key,
            body: text.clone(),
            until,
        };
        notice(story, &text).await?;
    }
    story
        .app
        .store
        .clear_room(&contact.id, &task.room, task.closed_at)
        .await?;
    Ok(Outcome::Done)
}
