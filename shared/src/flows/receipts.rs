//! Read receipts to customers, by the workspace's policy (R26). Best effort: nothing waits for them and
//! nothing is tried again, the next one shows everything before it as read too. Rocket.Chat tells
//! nobody outside that an agent is typing, so no customer is told either.

use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::ids::{ConnectionId, Wamid};
use crate::domain::message::InboundMessage;
use crate::domain::settings::{ReadReceipts, Settings};
use crate::domain::time::Timestamp;

/// What of a message is shown as read: its id, where WhatsApp gave one. Reactions and the like are no
/// messages of their own.
pub(crate) fn shown_as_read(message: &InboundMessage) -> Option<&Wamid> {
    let given = !message.id.as_str().starts_with("no-id.");
    let given = given && !message.id.as_str().starts_with("long-id.");
    (given && !message.content.is_quiet()).then_some(&message.id)
}

/// A message could not be shown to agents yet, and may wait for long: an answer does not show it as
/// read.
pub(crate) async fn on_delay(app: &App, contact: &Contact) {
    if let Some(message) = &contact.last_message
        && let Err(error) = app.store.clear_last_message(&contact.id, message).await
    {
        tracing::info!(failure.code = %error, "message may be shown as read too early");
    }
}

/// An agent has answered.
pub(crate) async fn on_reply(app: &App, settings: &Settings, contact: &Contact, now: Timestamp) {
    if settings.read_receipts != ReadReceipts::OnReply {
        return;
    }
    if let Some(message) = &contact.last_message
        && app.note_read(&contact.id, message)
    {
        show(app, &contact.connection, message, now).await;
    }
}

/// A message stands in Rocket.Chat.
pub(crate) async fn on_delivery(
    app: &App,
    settings: &Settings,
    (connection, message): (&ConnectionId, &Wamid),
    now: Timestamp,
) {
    if settings.read_receipts == ReadReceipts::OnDelivery {
        show(app, connection, message, now).await;
    }
}

async fn show(app: &App, connection: &ConnectionId, message: &Wamid, now: Timestamp) {
    // what does not answer at the moment is not asked for courtesies
    if app.sends(connection, false).check("messages", now).is_err() {
        return;
    }
    let Ok(key) = app.api_key(connection).await else {
        return;
    };
    if let Err(error) = app.whatsapp.mark_read(&key, message).await {
        tracing::info!(failure.code = %error, "message not shown as read");
    }
}
