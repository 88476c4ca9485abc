//! The connection's texts to the customer (R35): welcome, or offline instead of it.

use super::Story;
use crate::domain::contact::Contact;
use crate::domain::ids::RoomId;
use crate::domain::time::minutes;
use crate::error::Failure;
use crate::queue::task::{OutboundTask, TextV1};
use crate::rocketchat::Client;
use crate::text::catalog::Phrase;

/// A greeting is not sent any more after this time.
const FRESH: std::time::Duration = minutes(30);

/// A conversation begins: welcome, or the offline text where nobody is there to read.
pub(super) async fn greet(
    story: &Story<'_>,
    contact: &Contact,
    rocketchat: &Client,
    room: &RoomId,
) -> Result<(), Failure> {
    if contact.offline_since.is_some() {
        // the offline text went out while nobody was there; it stands in for the welcome
        return Ok(());
    }
    let target = contact.expected(story.now).map(|expected| &expected.target);
    // whom a template names is asked for, not the others
    let department = target.and_then(|target| target.department.as_deref());
    let agent = target.is_some_and(|target| target.agent.is_some());
    if story.connection.offline_message.is_some() && !agent {
        let department = department.or(story.connection.department.as_deref());
        // a workspace that does not say counts as open: no customer is turned away by a guess
        let livechat = rocketchat.fetch_livechat(department).await;
        if livechat.is_ok_and(|livechat| !livechat.online) {
            return offline(story, contact).await;
        }
    }
    let Some(welcome) = &story.connection.welcome_message else {
        return Ok(());
    };
    // who answers a template of ours was not the one to begin (R35)
    if contact.expected(story.now).is_some() || !contact.deserves_welcome(story.now) {
        return Ok(());
    }
    send(story, contact, format!("welcome#{room}"), welcome).await
}

/// The offline text, once per period in which nobody is there for this contact.
pub(super) async fn offline(story: &Story<'_>, contact: &Contact) -> Result<(), Failure> {
    let Some(text) = &story.connection.offline_message else {
        return Ok(());
    };
    let since = story.app.store.mark_offline(&contact.id, story.now).await?;
    send(
        story,
        contact,
        format!("offline#{}#{}", contact.id, since.millis()),
        text,
    )
    .await
}

/// Tells the customer that a file was not accepted, once in a conversation (R15).
pub(super) async fn refused_file(
    story: &Story<'_>,
    contact: &Contact,
    room: &RoomId,
) -> Result<(), Failure> {
    let text = story.language.phrase(Phrase::FileRefused);
    send(story, contact, format!("refused-file#{room}"), &text).await
}

async fn send(
    story: &Story<'_>,
    contact: &Contact,
    key: String,
    text: &str,
) -> Result<(), Failure> {
    let task = OutboundTask::Text(TextV1 {
        connection: contact.connection.clone(),
        contact: contact.id.clone(),
        key: key.clone(),
        body: text.to_owned(),
        until: story.now.plus(FRESH),
    });
    Ok(story
        .app
        .queues
        .send_outbound(&contact.id, &key, &task)
        .await?)
}
