//! Who serves a conversation, a person or a program, and which answers our last message offers: what
//! the customer answers is read by it (R41).

use super::{Story, is_begun};
use crate::domain::contact::Contact;
use crate::domain::ids::{PostId, UserId};
use crate::domain::message::AgentMessage;
use crate::domain::outgoing::Intent;
use crate::error::Failure;

/// Records what a message that is about to be sent changes of it; before the send, since an answer can
/// come at once. Most messages change nothing.
pub(super) async fn mark(
    story: &Story<'_>,
    contact: &Contact,
    (message, intent): (&AgentMessage, &Intent),
) -> Result<(), Failure> {
    let program = serving(contact, message);
    let offers = intent.parts.iter().any(|part| !part.choices.is_empty());
    let offer = offers.then_some(&intent.id);
    stand(story, contact, &intent.id, (program, offer)).await
}

/// The program that serves: who offers answers in blocks is one, until somebody else writes.
fn serving<'a>(contact: &Contact, message: &'a AgentMessage) -> Option<&'a UserId> {
    let author = &message.author.id;
    let known = contact.program.as_ref() == Some(author);
    (message.by_program || known).then_some(author)
}

async fn stand(
    story: &Story<'_>,
    contact: &Contact,
    message: &PostId,
    (program, offer): (Option<&UserId>, Option<&PostId>),
) -> Result<(), Failure> {
    if contact.program.as_ref() == program && contact.offer.as_ref() == offer {
        return Ok(());
    }
    // the repeat of a message that went out before: others may have gone out since
    if is_begun(story, message).await? {
        return Ok(());
    }
    let store = &story.app.store;
    Ok(store.mark_served(&contact.id, program, offer).await?)
}

/// Something else than an answer to choose is our last message now: `message`, about to be sent.
pub(super) async fn nothing_offered(
    story: &Story<'_>,
    contact: &Contact,
    message: &PostId,
) -> Result<(), Failure> {
    stand(story, contact, message, (contact.program.as_ref(), None)).await
}
