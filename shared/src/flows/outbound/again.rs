//! A file that WhatsApp took and then failed for its type: it is sent in its next form.

use super::{Story, file, find_contact, notes, refuse, send, too_old};
use crate::app::App;
use crate::domain::outgoing::{FilePart, Intent, PartState};
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::flows::callbacks;
use crate::queue::task::AgainV1;
use crate::store::MessageRecord;
use crate::text::catalog::Advice;
use crate::whatsapp::render::Recipient;

/// Sends the part that failed once more, in its next form. Agents read of it only where that fails too.
pub(super) async fn run(story: &Story<'_>, task: &AgainV1) -> Result<Outcome, Failure> {
    let found = story.app.store.find_message(&task.message, story.now);
    let Some(MessageRecord::Outbound(intent)) = found.await? else {
        return Ok(Outcome::Ignored);
    };
    let failure = match attempt(story, task, intent.clone()).await {
        Ok(outcome) => return Ok(outcome),
        Err(failure) if failure.fate == Fate::GiveUp => failure,
        // nothing behind it goes out as long as it is tried; one that may have gone out is not "too old"
        Err(failure) if failure.code != send::AWAITING && story.is_late() => too_old(),
        Err(failure) => return Err(failure),
    };
    hopeless(story.app, task, &failure, story.now).await?;
    Ok(Outcome::Kept)
}

/// The task cannot be worked off: agents are told that the file did not arrive.
pub(super) async fn hopeless(
    app: &App,
    task: &AgainV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let settings = app.settings(now).await?;
    let Some(MessageRecord::Outbound(intent)) = app.store.find_message(&task.message, now).await?
    else {
        return Ok(());
    };
    let state = intent.parts.get(task.part).map(|part| &part.state);
    if matches!(state, Some(PartState::Accepted { wamid }) if *wamid != task.wamid) {
        // it went out again, in a run that died before it could say so
        return Ok(());
    }
    refuse::abandon(app, (&intent.id, &failure.code), false, now).await?;
    notes::failed(app, &settings, (&intent, task.part), failure).await
}

async fn attempt(
    story: &Story<'_>,
    task: &AgainV1,
    mut intent: Intent,
) -> Result<Outcome, Failure> {
    let (n, wamid) = (task.part, &task.wamid);
    let Some(part) = intent.parts.get(n) else {
        return Ok(Outcome::Ignored);
    };
    let failed = matches!(&part.state, PartState::Accepted { wamid: known } if known == wamid);
    if failed {
        let next = part.file.as_ref().and_then(FilePart::fall_back);
        let late = story.now.since(intent.created_at) >= story.settings.stale_after();
        let next = next.filter(|_| !late);
        let next = next.ok_or_else(|| Failure::give_up(file::FAILED, Advice::FileFailed))?;
        let moved = story.app.store.fall_back(&intent.id, n, (wamid, &next));
        if !moved.await? {
            return Err(Failure::retry("message_contended"));
        }
        intent.parts[n].file = Some(next);
        intent.parts[n].state = PartState::Pending;
    } else if let Some(reason) = file::ended_by(part) {
        return Err(Failure::give_up(reason, send::advice_of(reason)));
    } else if part.state.is_final() {
        // an earlier run may have died before it was told
        callbacks::tell(story.app, story.settings, &intent).await?;
        return Ok(Outcome::Repeated);
    }
    let contact = find_contact(story, &intent.contact, None).await?;
    send::run(story, Recipient::of(&contact), intent).await
}
