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

/// The changes, each as a message of the person; none where they name nobody or nothing new. Their
/// form is hardly documented: one or a list.
pub(super) fn parse_id_updates(value: &Value, received_at: Timestamp) -> Vec<InboundMessage> {
    let told = match &value["user_id_update"] {
        Value::Array(several) => several.iter().collect(),
        Value::Object(_) => vec![&value["user_id_update"]],
        _ => vec![value],
    };
    let told = told.into_iter();
    told.filter_map(|one| parse_id_update(one, received_at))
        .collect()
}

fn parse_id_update(value: &Value, received_at: Timestamp) -> Option<InboundMessage> {
    let update: wire::IdUpdate = element(value);
    let (ids, parents) = (changed(&update.user_id), changed(&update.parent_user_id));
    let to = ids.current.as_deref().and_then(user_id)?;
    let (phone, previous) = identity(update.wa_id.as_deref(), ids.previous.as_deref());
    let parent = parents.current.as_deref().and_then(user_id);
    let sender = Sender {
        phone,
        user_id: previous.filter(|previous| *previous != to),
        parent_user_id: parents.previous.as_deref().and_then(user_id),
        ..Sender::default()
    };
    let id = format!("no-id.{}", sha256_hex(value.to_string().as_bytes()));
    let to = Some(to);
    let content = Content::System {
        body: String::new(),
        change: Some(Change::UserId { to, parent }),
    };
    let at = moment(update.timestamp.as_deref(), received_at);
    let named = !sender.aliases().is_empty();
    named.then(|| InboundMessage::plain(Wamid::new(id), sender, at, content))
}

/// One change of an id; of a list the first.
fn changed(ids: &Value) -> wire::ChangedId {
    element(ids.get(0).unwrap_or(ids))
}
