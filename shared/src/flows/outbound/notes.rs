//! What agents are told about their messages: notes of our bot, each written once.

use crate::app::App;
use crate::domain::settings::Settings;
use crate::error::Failure;
use crate::mutant::{Mutant, on};
use crate::queue::task::{AgentV1, NoteV1};
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
    tell(app, settings, task, failure.advice, &failure.code).await
}

/// A message waits for the customer.
pub(super) async fn held(app: &App, settings: &Settings, task: &AgentV1) -> Result<(), Failure> {
    tell(app, settings, task, Advice::Held, "held").await
}

/// A message was changed after it had gone out.
pub(super) async fn edited(app: &App, settings: &Settings, task: &AgentV1) -> Result<(), Failure> {
    let version = task.message.edited_at.as_deref().unwrap_or_default();
    tell(
        app,
        settings,
        task,
        Advice::EditsUnsupported,
        &format!("edited {version}"),
    )
    .await
}

/// A message carries files, which are not sent.
pub(super) async fn files(app: &App, settings: &Settings, task: &AgentV1) -> Result<(), Failure> {
    tell(app, settings, task, Advice::FilesUnsupported, "files").await
}

async fn tell(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    advice: Advice,
    code: &str,
) -> Result<(), Failure> {
    let notice = &settings.undeliverable_notice;
    if !notice.enabled {
        return Ok(());
    }
    let language = Language::of(&settings.preferred_language);
    let message = &task.message;
    let excerpt = if message.text.trim().is_empty() {
        message.files.first()
    } else {
        Some(&message.text)
    };
    let shown = code
        .strip_prefix("whatsapp_")
        .filter(|code| code.bytes().all(|b| b.is_ascii_digit()));
    let note = NoteV1 {
        connection: task.connection.clone(),
        room: task.room.clone(),
        key: format!("{}#{code}", message.id),
        text: language.note(&notice.text, excerpt.map(String::as_str), advice, shown),
    };
    Ok(app.queues.send_note(note).await?)
}
