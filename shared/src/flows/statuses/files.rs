//! Files that WhatsApp took and then failed for their type: sent again in another form (R39).

use crate::app::App;
use crate::domain::outgoing::{FilePart, PartState};
use crate::domain::status::StatusEvent;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::queue::task::{AgainV1, OutboundTask};
use crate::store::{MessageRecord, Sent};
use crate::whatsapp::error::failed_for_file;

/// Has the file of a message that failed for it sent in its next form; `false` where that is no such
/// failure, or where no form is left: then agents are told.
pub(super) async fn send_again(
    app: &App,
    event: &StatusEvent,
    sent: &Sent,
    now: Timestamp,
) -> Result<bool, Failure> {
    if !event.failure().is_some_and(failed_for_file) {
        return Ok(false);
    }
    let found = app.store.find_message(&sent.message, now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(false);
    };
    let Some((part, file)) = intent
        .parts
        .get(sent.part)
        .and_then(|part| Some((part, part.file.as_ref()?)))
    else {
        return Ok(false);
    };
    let wamid = &event.message;
    match &part.state {
        PartState::Accepted { wamid: known } if known == wamid => {
            if FilePart::fall_back(file).is_none() {
                return Ok(false);
            }
        }
        // it is being sent again already
        _ => return Ok(true),
    }
    let task = OutboundTask::Again(AgainV1 {
        connection: intent.connection.clone(),
        contact: intent.contact.clone(),
        message: intent.id.clone(),
        part: sent.part,
        wamid: wamid.clone(),
    });
    let dedup = format!("again#{}", wamid.as_str());
    app.queues
        .send_outbound(&intent.contact, &dedup, &task)
        .await?;
    Ok(true)
}
