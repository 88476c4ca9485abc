//! A file on its way to the customer: brought to WhatsApp before it is sent, in the first form that
//! WhatsApp takes it in (R39), at last behind a link. A file that cannot be sent is told in the room;
//! the rest of its message goes on.

use std::time::Duration;

use super::refuse::NOTHING_TO_SEND;
use super::{Story, notes, send};
use crate::domain::ids::VisitorToken;
use crate::domain::outgoing::{FileForm, FilePart, Intent, Part, PartState};
use crate::error::Failure;
use crate::media::{Limits, NotSent, Opened};
use crate::secrets::SecretName;
use crate::text::catalog::Advice;
use crate::whatsapp::WhatsAppError;
use crate::whatsapp::error::is_about_file;

/// What is left of a worker's time when a file is there: for the send and its record.
const SPARE: Duration = Duration::from_secs(25);
/// Less time than this is not enough to carry a file.
const LEAST: Duration = Duration::from_secs(10);
/// From this receive on a bucket that does not take a file is believed.
const KEPT_OFTEN: u32 = 6;

/// From this receive on, after some eight minutes of waiting, a file that never comes whole is believed to
/// be the one at fault: longer than a workspace takes to start again.
const ASKED_OFTEN: u32 = 9;

/// The reasons for which a single file is given up; the message it belongs to goes on.
pub(super) const GONE: &str = "file_gone";
/// See [`GONE`].
pub(super) const FAILED: &str = "file_failed";
/// See [`GONE`].
pub(super) const NOT_ACCEPTED: &str = "file_not_accepted";

/// Whether agents were told before this reason was written down: of a file, or of nothing to send.
fn is_own_reason(reason: &str) -> bool {
    [GONE, FAILED, NOT_ACCEPTED, NOTHING_TO_SEND].contains(&reason)
}

/// Why a part's message was given up as a whole. The run that did so may have died before it told
/// anybody: whoever finds it tells so again, once.
pub(super) fn ended_by(part: &Part) -> Option<&str> {
    part.state.given_up().filter(|why| !is_own_reason(why))
}

/// Nothing is left to be told of a part: WhatsApp took it, or it was given up and told.
pub(super) fn is_told(part: &Part) -> bool {
    let own = part.state.given_up().is_some_and(is_own_reason);
    own || matches!(part.state, PartState::Accepted { .. })
}

/// Brings the file of part `n` to where it can be sent from, and records that. Nobody sees anything of
/// it: it is done again after a crash. Where the file cannot be sent at all, the part is given up.
pub(super) async fn bring(story: &Story<'_>, intent: &mut Intent, n: usize) -> Result<(), Failure> {
    while let Some(file) = intent.parts[n].file.clone().filter(|file| !file.is_there()) {
        let next = match carry(story, intent, &file).await {
            Ok(there) => there,
            Err(Trouble::Fits(file)) => match file.fall_back() {
                Some(next) => next,
                None => return give_up(story, intent, n, &NotSent::DoesNotFit).await,
            },
            Err(Trouble::Lost(why)) => return give_up(story, intent, n, &why).await,
            Err(Trouble::Number(error)) => return Err(send::refused(story, intent, n, error).await),
            Err(Trouble::Failed(failure)) => return Err(failure),
        };
        if !story.app.store.put_file(&intent.id, n, &next).await? {
            return Err(Failure::retry("message_contended"));
        }
        intent.parts[n].file = Some(next);
    }
    Ok(())
}

/// What stands between a file and WhatsApp.
enum Trouble {
    /// It does not fit this form.
    Fits(FilePart),
    /// It cannot be sent.
    Lost(NotSent),
    /// 360dialog takes nothing from this number, or not now.
    Number(WhatsAppError),
    /// It is tried again, or the whole message is refused.
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Carries a file from the workspace to where it is sent from; gives it as it is then.
async fn carry(story: &Story<'_>, intent: &Intent, file: &FilePart) -> Result<FilePart, Trouble> {
    let opened = open(story, intent, file).await?;
    let opened = opened.map_err(|error| trouble(story, file, error))?;
    let mut there = FilePart {
        form: opened.form,
        mime_type: opened.mime_type.clone(),
        size: opened.size,
        ..file.clone()
    };
    // words can stand below everything but sounds
    if file.mime_type.is_empty() && !there.form.has_caption() && !words(intent, file).is_empty() {
        there.form = FileForm::Document;
    }
    let at = match there.form {
        FileForm::Link => keep(story, opened, &there.name).await,
        _ => upload(story, opened, &there).await,
    };
    match at {
        Ok(at) => {
            there.at = Some(at);
            Ok(there)
        }
        Err(error) => Err(trouble(story, &there, error)),
    }
}

fn words<'a>(intent: &'a Intent, file: &FilePart) -> &'a str {
    let part = intent
        .parts
        .iter()
        .find(|part| part.file.as_ref() == Some(file));
    part.map(|part| part.text.as_str()).unwrap_or_default()
}

/// Opens a file where it is, unless something else than the file stands in the way.
async fn open(
    story: &Story<'_>,
    intent: &Intent,
    file: &FilePart,
) -> Result<Result<Opened, NotSent>, Failure> {
    let left = story.record.time_left().saturating_sub(SPARE);
    if left < LEAST {
        return Err(Failure::retry("more_to_come"));
    }
    let found = token_of(story, intent).await?;
    let Some((room, token)) = intent.room.as_ref().zip(found) else {
        return Ok(Err(NotSent::Gone));
    };
    let rocketchat = story.app.rocketchat(story.now).await?;
    let accepts = |mime_type: &str| story.settings.accepts(mime_type);
    let limits = Limits {
        accepts: &accepts,
        most: story.settings.largest_file(),
        time: left,
    };
    Ok(Opened::open(&rocketchat, (file, (&token, room)), &limits).await)
}

/// The credential of the room that a file stands in; that may be one of a contact who turned out to be
/// the same person.
async fn token_of(story: &Story<'_>, intent: &Intent) -> Result<Option<VisitorToken>, Failure> {
    let found = story.app.store.find_contact(&intent.contact, story.now);
    let Some(contact) = found.await? else {
        return Ok(None);
    };
    let mut former = contact.former.iter();
    let own = former.find(|former| former.room == intent.room);
    let token = own.map_or(&contact.visitor_token, |former| &former.token);
    Ok(Some(token.clone()))
}

async fn upload(story: &Story<'_>, opened: Opened, file: &FilePart) -> Result<String, NotSent> {
    let unknown = |_| NotSent::WhatsApp(WhatsAppError::Unavailable);
    let key = story.app.api_key(&story.connection.id).await;
    let key = key.map_err(unknown)?;
    opened.send((&story.app.whatsapp, &key), &file.name).await
}

/// Keeps a file for a day; gives the address that leads to it.
async fn keep(story: &Story<'_>, opened: Opened, name: &str) -> Result<String, NotSent> {
    let (files, site) = match (story.app.media.files(), story.connection.site()) {
        (Some(files), Some(site)) => (files, site),
        _ => return Err(NotSent::DoesNotFit),
    };
    // whoever knows the address has the file: it is nothing that can be guessed
    let id = story.app.ids.token().map_err(|_| NotSent::BrokenOff)?;
    opened.keep(files, (&id, name), story.moment()).await?;
    // a gateway that decodes the path would cut it here
    let name = name.replace(['#', '%', '?'], "_");
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    Ok(format!("{site}/files/{id}/{}", name.replace('+', "%20")))
}

fn trouble(story: &Story<'_>, file: &FilePart, error: NotSent) -> Trouble {
    match error {
        NotSent::NotAccepted { .. } | NotSent::Gone | NotSent::Empty => Trouble::Lost(error),
        NotSent::DoesNotFit => Trouble::Fits(file.clone()),
        NotSent::Bucket(_) if story.record.receives >= KEPT_OFTEN => Trouble::Lost(error),
        NotSent::BrokenOff if story.record.receives >= ASKED_OFTEN => Trouble::Lost(error),
        NotSent::WhatsApp(error) if error.code().is_some_and(is_about_file) => {
            Trouble::Fits(file.clone())
        }
        NotSent::WhatsApp(error) => {
            if error == WhatsAppError::Unauthorized {
                // it may just have been changed
                let name = SecretName::ApiKey(story.connection.id.clone());
                story.app.secrets.forget(&name);
            }
            Trouble::Number(error.after(story.record.receives))
        }
        NotSent::BrokenOff | NotSent::Bucket(_) => Failure::retry(error.to_string()).into(),
    }
}

/// Gives up the file of part `n`: told first, then written down, so that it is told whatever happens.
/// The words below it are sent without it.
async fn give_up(
    story: &Story<'_>,
    intent: &mut Intent,
    n: usize,
    why: &NotSent,
) -> Result<(), Failure> {
    let name = intent.parts[n].file.as_ref().map(|file| file.name.clone());
    let name = name.unwrap_or_default();
    let place = n.to_string();
    let whose = (&*intent, place.as_str());
    let reason = match why {
        NotSent::NotAccepted { mime_type, size } => {
            notes::file_refused(story, whose, (&name, mime_type, *size)).await?;
            NOT_ACCEPTED
        }
        NotSent::Gone => {
            notes::file_lost(story, whose, (&name, Advice::FileNotFetched)).await?;
            GONE
        }
        _ => {
            notes::file_lost(story, whose, (&name, Advice::FileFailed)).await?;
            FAILED
        }
    };
    tracing::info!(event = "file_given_up", failure.code = reason, task.id = %story.record.id, "file not sent");
    let part = &mut intent.parts[n];
    if part.file.take_if(|file| file.worded).is_none() {
        part.state = PartState::GivenUp {
            reason: reason.to_owned(),
        };
    }
    let keep = story.settings.keep_messages();
    Ok(story.app.store.save_intent(intent, &[], keep).await?)
}

/// WhatsApp refused the send of part `n` for its file: it is sent in its next form. `false` where there
/// is none.
pub(super) fn fall_back(intent: &mut Intent, n: usize, code: i64) -> bool {
    let part = &mut intent.parts[n];
    let next = part.file.as_ref().and_then(FilePart::fall_back);
    if next.is_none() || !is_about_file(code) {
        return false;
    }
    part.file = next;
    part.state = PartState::Pending;
    true
}
