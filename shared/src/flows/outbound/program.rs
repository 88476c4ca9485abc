//! A message of a program: once, in the contact's order, and never held. Agents see it in the open room.

use serde_json::{Value, json};

use super::template::file::{SURE, id_of};
use super::{
    Story, answers, circuit, correct_clock, find_contact, hold, intent_of, is_begun, notes, refuse,
    send, too_old,
};
use crate::app::App;
use crate::domain::outgoing::{Intent, Origin, Part, PartState};
use crate::domain::program::{FileKind, ProgramFile, ProgramRecord};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::flows::callbacks;
use crate::queue::task::{NoteV1, ProgramV1};
use crate::text::catalog::{Advice, Language};
use crate::whatsapp::render::Recipient;

/// Works off a program's message.
pub(super) async fn deliver(story: &Story<'_>, task: &ProgramV1) -> Result<Outcome, Failure> {
    let (app, now) = (story.app, story.now);
    let Some(record) = app.store.find_program(&task.message, now).await? else {
        tracing::warn!(message.id = %task.message, "message is not known any more");
        return Ok(Outcome::Ignored);
    };
    let failure = match attempt(story, &record).await {
        Ok(outcome) => {
            show(app, story.settings, &record, now).await?;
            return Ok(outcome);
        }
        // a send that may have gone out is not "too old": its outcome is awaited to the end
        Err(failure) if failure.fate != Fate::GiveUp => {
            if failure.code == send::AWAITING || !story.is_late() {
                return Err(failure);
            }
            too_old()
        }
        Err(failure) => failure,
    };
    give_up(app, (&record, story.settings), &failure, now).await?;
    Ok(Outcome::Done)
}

/// Gives up on a message whose task cannot be worked off, or whose number is not connected.
pub(super) async fn hopeless(
    app: &App,
    task: &ProgramV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(record) = app.store.find_program(&task.message, now).await? else {
        return Ok(());
    };
    let settings = app.settings(now).await?;
    give_up(app, (&record, &settings), failure, now).await
}

fn closed() -> Failure {
    Failure::give_up("window_closed", Advice::WindowClosed)
}

/// Sends what is left of a message.
async fn attempt(story: &Story<'_>, record: &ProgramRecord) -> Result<Outcome, Failure> {
    let begun = is_begun(story, &record.id).await?;
    if !begun && story.is_late() {
        return Err(too_old());
    }
    let contact = find_contact(story, &record.contact, None).await?;
    let open = contact.window_is_open(story.now);
    // what agents wrote before goes first
    let drained = match contact.held && open {
        true => hold::drain(story, &contact).await?,
        false => hold::Drained::All,
    };
    if !begun && (!open || drained == hold::Drained::Closed) {
        return Err(closed());
    }
    let part = part_of(story, record, begun).await?;
    if record.message.reacts_to.is_none() {
        answers::nothing_offered(story, &contact, &record.id).await?;
    }
    let origin = (Origin::Program, contact.room.clone(), record.quotes.clone());
    let intent = intent_of(story, &contact, &record.id, vec![part], origin);
    let sent = send::run(story, Recipient::of(&contact), intent).await;
    match sent {
        Err(failure) if failure.advice == Advice::WindowClosed => {
            correct_clock(story, &contact, &record.id).await?;
            Err(closed())
        }
        sent => sent,
    }
}

/// The message's one part, with its file uploaded.
async fn part_of(story: &Story<'_>, record: &ProgramRecord, begun: bool) -> Result<Part, Failure> {
    let message = &record.message;
    let mut body: Value = serde_json::from_str(&message.body).unwrap_or_default();
    if let Some(file) = message.file.as_ref().filter(|_| !begun) {
        let id = upload(story, record, file).await?;
        put_into(&mut body, file, &id);
    }
    Ok(Part {
        body: Some(body.to_string()),
        ..Part::text(message.text.clone())
    })
}

/// WhatsApp's id of the file of a message; uploads it where that has not been done yet.
async fn upload(
    story: &Story<'_>,
    record: &ProgramRecord,
    file: &ProgramFile,
) -> Result<String, Failure> {
    if let Some(id) = &file.uploaded {
        return Ok(id.clone());
    }
    if let Some(failure) = circuit::open_barrier(story).await? {
        return Err(failure);
    }
    let fetched = story.app.media.fetch_linked(file).await;
    let patient = story.record.receives < SURE;
    let id = id_of(story, (fetched, patient), &file.name).await?;
    let store = &story.app.store;
    store.mark_program_uploaded(&record.id, &id).await?;
    Ok(id)
}

/// Puts an uploaded file where its link stood. A document without a name would have none on the phone.
fn put_into(body: &mut Value, file: &ProgramFile, id: &str) {
    let Some(member) = body.pointer_mut(&file.at).and_then(Value::as_object_mut) else {
        return;
    };
    member.remove("link");
    member.insert("id".to_owned(), json!(id));
    if file.kind == FileKind::Document {
        member.entry("filename").or_insert_with(|| json!(file.name));
    }
}

/// Shows a message in the open room. Repeated after a crash, it stands there once.
async fn show(
    app: &App,
    settings: &Settings,
    record: &ProgramRecord,
    now: Timestamp,
) -> Result<(), Failure> {
    let found = app.store.find_contact(&record.contact, now).await?;
    let Some(room) = found.and_then(|contact| contact.room) else {
        return Ok(());
    };
    let language = Language::of(&settings.preferred_language);
    let note = NoteV1 {
        connection: record.connection.clone(),
        room,
        key: record.id.as_str().to_owned(),
        text: language.program_line(&record.by, &record.message.text),
    };
    Ok(app.queues.send_note(note).await?)
}

/// Gives a message up: nothing of it is begun any more, then the status endpoint and the open room are
/// told. One that went out in full is shown instead.
async fn give_up(
    app: &App,
    (record, settings): (&ProgramRecord, &Settings),
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let code = failure.code.as_str();
    let intent = match refuse::abandon(app, (&record.id, code), false, now).await? {
        Some(intent) => intent,
        None => record_given_up(app, (record, settings), code, now).await?,
    };
    let mut failure = failure.clone();
    match intent.parts.first().map(|part| &part.state) {
        Some(PartState::Accepted { .. }) => return show(app, settings, record, now).await,
        Some(PartState::Calling { .. }) => failure.advice = Advice::OutcomeUnknown,
        _ => {}
    }
    notes::failed(app, settings, (&intent, 0), &failure).await
}

/// The record of a message of which nothing was begun.
async fn record_given_up(
    app: &App,
    (record, settings): (&ProgramRecord, &Settings),
    code: &str,
    now: Timestamp,
) -> Result<Intent, Failure> {
    let (connection, contact) = (&record.connection, &record.contact);
    let found = app.store.find_contact(contact, now).await?;
    let state = PartState::GivenUp {
        reason: code.to_owned(),
    };
    let intent = Intent {
        id: record.id.clone(),
        connection: connection.clone(),
        contact: contact.clone(),
        room: found.and_then(|contact| contact.room),
        route: callbacks::find_route(app, connection, contact, now).await?,
        origin: Origin::Program,
        quotes: record.quotes.clone(),
        parts: vec![Part {
            state,
            ..Part::text(record.message.text.clone())
        }],
        created_at: now,
        attempt: app.ids.token()?,
    };
    let standing = app.store.put_intent(&intent, settings.keep_messages());
    if standing.await?.is_some() {
        // another run began it in this very moment: what it does is looked at anew
        return Err(Failure::retry("message_contended"));
    }
    callbacks::tell(app, settings, &intent).await?;
    Ok(intent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_takes_the_place_of_the_link() {
        let mut body =
            json!({ "type": "document", "document": { "link": "https://x.example/a.pdf" } });
        let file = ProgramFile {
            at: "/document".to_owned(),
            kind: FileKind::Document,
            link: "https://x.example/a.pdf".to_owned(),
            name: "a.pdf".to_owned(),
            uploaded: None,
        };
        put_into(&mut body, &file, "77");
        assert_eq!(body["document"], json!({ "id": "77", "filename": "a.pdf" }));
    }
}
