//! Where agents see a template that was sent: in the contact's open room, else as the first line
//! of the room that the reply opens.

use crate::domain::contact::Expecting;
use crate::domain::ids::{ContactId, PostId};
use crate::domain::send::Target;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::outbound::Story;
use crate::queue::task::NoteV1;
use crate::store::Waiting;
use crate::text::catalog::Language;

/// What agents see of a template.
pub(in crate::flows::outbound) struct Shown<'a> {
    /// Its message: the line's Rocket.Chat id derives from it.
    pub key: &'a str,
    /// Its name.
    pub template: &'a str,
    /// Who sent it.
    pub by: &'a str,
    /// When.
    pub sent: Timestamp,
    /// Who answers the customer.
    pub target: &'a Target,
}

/// Shows a template in the open room, or keeps the line for the next one. Repeated after a crash,
/// it stands there once: both lines have the same Rocket.Chat id.
pub(in crate::flows::outbound) async fn show(
    story: &Story<'_>,
    shown: &Shown<'_>,
    (contact, text): (&ContactId, &str),
) -> Result<(), Failure> {
    let (app, key, sent) = (story.app, shown.key, shown.sent);
    let language = Language::of(&story.settings.preferred_language);
    let line = language.template_line(shown.template, &sent.to_string(), shown.by, text);
    let waiting = Waiting {
        // before the lines that customers' reactions left: those have larger numbers
        sequence: format!("{:0>40}#{key}", sent.millis()),
        id: PostId::of_note(key),
        line: line.clone(),
        by_bot: true,
        said: None,
    };
    let expecting = Expecting {
        since: story.now,
        target: shown.target.clone(),
    };
    let keep = story.settings.keep_messages();
    for _ in 0..2 {
        let found = app.store.find_contact(contact, story.now).await?;
        let Some(contact) = found else { return Ok(()) };
        if let Some(room) = contact.room {
            if !shown.target.is_empty() {
                // handed over when the customer answers, or the next room goes there
                let store = &app.store;
                store.set_expecting(&contact.id, &expecting).await?;
            }
            let note = NoteV1 {
                connection: story.connection.id.clone(),
                room,
                key: key.to_owned(),
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
