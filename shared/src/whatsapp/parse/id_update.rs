//! `user_id_update`: somebody has another user id from now on (§2.6). It comes beside the message of
//! type `system` that says the same, or instead of it, and means the same to us.

use serde_json::Value;

use super::{identity, moment, user_id};
use crate::domain::contact::Sender;
use crate::domain::content::{Change, Content};
use crate::domain::hash::sha256_hex;
use crate::domain::ids::Wamid;
use crate::domain::message::InboundMessage;
use crate::domain::time::Timestamp;
use crate::whatsapp::wire::{self, element};

/// The change, as a message of the person; `None` where it names nobody or nothing new.
pub(super) fn parse_id_update(value: &Value, received_at: Timestamp) -> Option<InboundMessage> {
    let update: wire::IdUpdate = element(value);
    let ids = update.user_id.unwrap_or_default();
    let to = ids.current.as_deref().and_then(user_id)?;
    let (phone, previous) = identity(update.wa_id.as_deref(), ids.previous.as_deref());
    let sender = Sender {
        phone,
        user_id: previous.filter(|previous| *previous != to),
        ..Sender::default()
    };
    let id = format!("no-id.{}", sha256_hex(value.to_string().as_bytes()));
    let content = Content::System {
        body: String::new(),
        change: Some(Change::UserId { to: Some(to) }),
    };
    let at = moment(update.timestamp.as_deref(), received_at);
    let named = !sender.aliases().is_empty();
    named.then(|| InboundMessage::plain(Wamid::new(id), sender, at, content))
}
