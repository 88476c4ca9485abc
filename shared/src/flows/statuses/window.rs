//! A message that failed behind its acceptance because the customer is silent for too long: WhatsApp's
//! word counts more than our clock, as where the send itself is refused.

use crate::app::App;
use crate::domain::status::StatusEvent;
use crate::domain::time::{Timestamp, hours};
use crate::error::Failure;
use crate::store::{MessageRecord, Sent};
use crate::whatsapp::error::WINDOW_CLOSED;

/// Corrects the window clock of whom a failed message was for, unless the customer has written since it
/// was sent. What agents write next is held then.
pub(super) async fn close(
    app: &App,
    event: &StatusEvent,
    sent: &Sent,
    now: Timestamp,
) -> Result<(), Failure> {
    let closes = |code: i64| WINDOW_CLOSED.contains(&code);
    if !event.failure().is_some_and(closes) {
        return Ok(());
    }
    let found = app.store.find_message(&sent.message, now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(());
    };
    let Some(contact) = app.store.find_contact(&intent.contact, now).await? else {
        return Ok(());
    };
    // the clocks are not the same: what has closed by theirs is not open by ours
    let (closed, known) = (event.at.min(now), contact.window_until);
    let silent = |until: Timestamp| {
        // what has closed by our clock too names the template that re-opens: it stays where it is
        until > now && until > closed && until <= intent.created_at.plus(hours(24))
    };
    if known.is_none_or(silent) {
        let store = &app.store;
        store.correct_window(&contact.id, known, closed).await?;
        tracing::info!(event = "window_corrected", contact.id = %contact.id, "WhatsApp says that the window is closed");
    }
    Ok(())
}
