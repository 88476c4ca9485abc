//! What agents read of a status: a message failed, or has arrived after all.

use crate::app::App;
use crate::domain::ids::PostId;
use crate::domain::outgoing::Origin;
use crate::domain::settings::Settings;
use crate::domain::status::StatusEvent;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::opt_out;
use crate::queue::task::{AlertV1, NoteV1, StatusV1};
use crate::rocketchat::render::render_quote;
use crate::store::{MessageRecord, Sent};
use crate::text::catalog::{Advice, Language, Phrase};
use crate::whatsapp::error::advice_for;

/// A message that was told to have failed has arrived: the note is taken back, once.
pub(super) async fn tell_arrival(app: &App, sent: &Sent, now: Timestamp) -> Result<(), Failure> {
    let words = |settings: &Settings, excerpt: Option<&str>| {
        Language::of(&settings.preferred_language).arrived(excerpt)
    };
    note(app, sent, ("arrived", &words), now).await
}

/// Says in the room of a customer's message that it was deleted, once. `false` where no such message
/// is known.
pub(super) async fn tell_deletion(
    app: &App,
    task: &StatusV1,
    now: Timestamp,
) -> Result<bool, Failure> {
    let id = PostId::of_wamid(&task.event.message);
    let Some(MessageRecord::Inbound(record)) = app.store.find_message(&id, now).await? else {
        return Ok(false);
    };
    let settings = app.settings(now).await?;
    let words = Language::of(&settings.preferred_language).phrase(Phrase::Deleted);
    let shown = record.file.unwrap_or_else(|| id.clone());
    let note = NoteV1 {
        connection: task.connection.clone(),
        text: render_quote(&app.config.rocketchat_url, &record.room, &shown, &words),
        room: record.room,
        key: format!("{id}#deleted"),
    };
    app.queues.send_note(note).await?;
    Ok(true)
}

/// The words of a note, by the settings and what an agent wrote.
type Words<'a> = dyn Fn(&Settings, Option<&str>) -> String + Sync + 'a;

/// Writes a note of this kind into the message's room (closed: the setup channel), once, where notes
/// are wanted.
async fn note(
    app: &App,
    sent: &Sent,
    (kind, words): (&str, &Words<'_>),
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(room) = sent.room.clone() else {
        return Ok(());
    };
    let settings = app.settings(now).await?;
    if !settings.undeliverable_notice.enabled {
        return Ok(());
    }
    let excerpt = excerpt_of(app, sent, now).await?;
    let alert = AlertV1 {
        connection: sent.connection.clone(),
        room: Some(room),
        key: format!("{}#{}#{kind}", sent.message, sent.part),
        text: words(&settings, excerpt.as_deref()),
    };
    Ok(app.queues.send_alert(alert).await?)
}

/// What an agent wrote, to be known again in a note.
async fn excerpt_of(app: &App, sent: &Sent, now: Timestamp) -> Result<Option<String>, Failure> {
    Ok(match app.store.find_message(&sent.message, now).await? {
        Some(MessageRecord::Outbound(intent))
            if matches!(intent.origin, Origin::Agent | Origin::Program) =>
        {
            intent.parts.get(sent.part).map(|part| part.text.clone())
        }
        _ => None,
    })
}

/// A message that was accepted and then failed becomes a note in its room.
pub(super) async fn tell_failure(
    app: &App,
    event: &StatusEvent,
    sent: &Sent,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(code) = event.failure() else {
        return Ok(());
    };
    if code == opt_out::STOPPED {
        opt_out::refused(app, &sent.message, event.at, now).await?;
    }
    let words = |settings: &Settings, excerpt: Option<&str>| {
        let lead = &settings.undeliverable_notice.text;
        let language = Language::of(&settings.preferred_language);
        // 0 where WhatsApp named no code
        match code {
            0 => language.note(lead, excerpt, Advice::Other, None),
            code => language.note(lead, excerpt, advice_for(code), Some(&code.to_string())),
        }
    };
    note(app, sent, ("failed", &words), now).await
}
