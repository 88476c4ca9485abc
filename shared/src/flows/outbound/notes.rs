//! What agents are told about their messages: notes of our bot, each written once.

use super::Story;
use crate::app::App;
use crate::domain::ids::{ConnectionId, PostId, RoomId};
use crate::domain::outgoing::{Intent, Part};
use crate::domain::settings::Settings;
use crate::error::Failure;
use crate::mutant::{Mutant, on};
use crate::queue::task::{AgentV1, AlertV1, NoteV1};
use crate::text::catalog::{Advice, Language};

/// A message was refused or given up.
pub(super) async fn refused(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    failure: &Failure,
) -> Result<(), Failure> {
    if on(Mutant::GiveUpSilently) {
        return Ok(());
    }
    let why = (failure.advice, failure.code.as_str());
    if failure.advice == Advice::UnknownContact {
        // not a room that we know anything of
        return tell(app, settings, task, why).await;
    }
    alert(app, note_of(settings, &About::of(task), why)).await
}

/// A message waits for the customer; with what became of the template that re-opens the conversation.
pub(super) async fn held(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    reopened: Option<&str>,
) -> Result<(), Failure> {
    let Some(mut note) = note_of(settings, &About::of(task), (Advice::Held, "held")) else {
        return Ok(());
    };
    if let Some(reopened) = reopened {
        note.text = format!("{} {reopened}", note.text);
    }
    Ok(app.queues.send_note(note).await?)
}

/// A message was changed after it had gone out, or had been given up.
pub(super) async fn edited(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    advice: Advice,
) -> Result<(), Failure> {
    let version = task.message.edited_at.as_deref().unwrap_or_default();
    tell(app, settings, task, (advice, &format!("edited {version}"))).await
}

/// A file of a message is not accepted, by the settings. `place` tells files of one message apart.
pub(super) async fn file_refused(
    story: &Story<'_>,
    (intent, place): (&Intent, &str),
    (name, mime_type, size): (&str, &str, Option<u64>),
) -> Result<(), Failure> {
    let language = Language::of(&story.settings.preferred_language);
    let line = language.file_not_accepted(name, size, mime_type);
    let Some(room) = &intent.room else {
        return Ok(());
    };
    let note = NoteV1 {
        connection: intent.connection.clone(),
        room: room.clone(),
        key: format!("{}#refused {place} {name}", intent.id),
        text: line,
    };
    Ok(story.app.queues.send_note(note).await?)
}

/// A file of a message cannot be sent. `place` tells files of one message apart.
pub(super) async fn file_lost(
    story: &Story<'_>,
    (intent, place): (&Intent, &str),
    (name, advice): (&str, Advice),
) -> Result<(), Failure> {
    let about = About::of_intent(intent, Some(name));
    let code = format!("lost {place} {name}");
    alert(story.app, note_of(story.settings, &about, (advice, &code))).await
}

/// Part `n` of a message that an agent wrote could not be sent in the end.
pub(super) async fn failed(
    app: &App,
    settings: &Settings,
    (intent, n): (&Intent, usize),
    failure: &Failure,
) -> Result<(), Failure> {
    let about = About::of_intent(intent, intent.parts.get(n).map(Part::readable));
    let note = note_of(settings, &about, (failure.advice, &failure.code));
    let key = format!("{}#{n}#{}", intent.id, failure.code);
    alert(app, note.map(|note| NoteV1 { key, ..note })).await
}

async fn tell(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    why: (Advice, &str),
) -> Result<(), Failure> {
    match note_of(settings, &About::of(task), why) {
        Some(note) => Ok(app.queues.send_note(note).await?),
        None => Ok(()),
    }
}

/// What a note is about.
struct About<'a> {
    connection: &'a ConnectionId,
    room: Option<&'a RoomId>,
    id: &'a PostId,
    excerpt: Option<&'a str>,
}

impl<'a> About<'a> {
    fn of(task: &'a AgentV1) -> Self {
        Self {
            connection: &task.connection,
            room: Some(&task.room),
            id: &task.message.id,
            excerpt: task.message.excerpt(),
        }
    }

    fn of_intent(intent: &'a Intent, excerpt: Option<&'a str>) -> Self {
        Self {
            connection: &intent.connection,
            room: intent.room.as_ref(),
            id: &intent.id,
            excerpt,
        }
    }
}

/// The words about a message, where notes are wanted.
fn note_of(
    settings: &Settings,
    about: &About<'_>,
    (advice, code): (Advice, &str),
) -> Option<NoteV1> {
    let notice = &settings.undeliverable_notice;
    let room = about.room.filter(|_| notice.enabled)?;
    let language = Language::of(&settings.preferred_language);
    let shown = code
        .strip_prefix("whatsapp_")
        .filter(|code| code.bytes().all(|b| b.is_ascii_digit()));
    Some(NoteV1 {
        connection: about.connection.clone(),
        room: room.clone(),
        key: format!("{}#{code}", about.id),
        text: language.note(&notice.text, about.excerpt, advice, shown),
    })
}

/// A note that has to be read, also where its room is closed.
async fn alert(app: &App, note: Option<NoteV1>) -> Result<(), Failure> {
    let Some(note) = note else {
        return Ok(());
    };
    let alert = AlertV1 {
        connection: note.connection,
        room: Some(note.room),
        key: note.key,
        text: note.text,
    };
    Ok(app.queues.send_alert(alert).await?)
}

/// Writes a note into a room, once, where notes are wanted.
pub(super) async fn line(
    app: &App,
    settings: &Settings,
    (connection, room): (&ConnectionId, &RoomId),
    (key, text): (&str, String),
) -> Result<(), Failure> {
    if !settings.undeliverable_notice.enabled {
        return Ok(());
    }
    let note = NoteV1 {
        connection: connection.clone(),
        room: room.clone(),
        key: key.to_owned(),
        text,
    };
    Ok(app.queues.send_note(note).await?)
}
