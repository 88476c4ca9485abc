//! Where agents see a template that was sent: in the contact's open room, else as the first line
//! of the room that the reply opens.

use super::Addressed;
use crate::domain::contact::Expecting;
use crate::domain::ids::{ContactId, PostId};
use crate::error::Failure;
use crate::flows::outbound::Story;
use crate::queue::task::NoteV1;
use crate::store::Waiting;
use crate::text::catalog::Language;

/// Shows a template in the open room, or keeps the line for the next one. Repeated after a crash,
/// it stands there once: both lines have the same Rocket.Chat id.
pub(super) async fn show(
    story: &Story<'_>,
    to: &Addressed,
    contact: &ContactId,
    text: &str,
) -> Result<(), Failure> {
    let (app, send) = (story.app, &to.send);
    let sent = send.created_at;
    let key = send.id.message(to.recipient.n).as_str().to_owned();
    let language = Language::of(&story.settings.preferred_language);
    let line = language.template_line(&send.template, &sent.to_string(), &send.by, text);
    let waiting = Waiting {
        // before the lines that customers' reactions left: those have larger numbers
        sequence: format!("{:0>40}#{key}", sent.millis()),
        id: PostId::of_note(&key),
        line: line.clone(),
        by_bot: true,
    };
    let expecting = Expecting {
        since: story.now,
        target: send.target.clone(),
    };
    let keep = story.settings.keep_messages();
    for _ in 0..2 {
        let found = app.store.find_contact(contact, story.now).await?;
        let Some(contact) = found else { return Ok(()) };
        if let Some(room) = contact.room {
            if !send.target.is_empty() {
                // handed over when the customer answers, or the next room goes there
                let store = &app.store;
                store.set_expecting(&contact.id, &expecting).await?;
            }
            let note = NoteV1 {
                connection: send.connection.clone(),
                room,
                key,
                text: line,
            };
            return Ok(app.queues.send_note(note).await?);
        }
        let store = &app.store;
        if store
            .expect_reply(&contact.id, &waiting, &expecting, keep)
            .await?
        {
            return Ok(());
        }
    }
    // rooms are opened and closed faster than we look
    Err(Failure::retry("room_contended"))
}
