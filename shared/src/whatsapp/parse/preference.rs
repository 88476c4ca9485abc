//! Who wants marketing messages and who does not, as WhatsApp's own switch says (§2.6).

use serde_json::Value;

use super::{identity, moment};
use crate::domain::contact::Sender;
use crate::domain::time::Timestamp;
use crate::whatsapp::wire::{self, element};

/// Somebody used WhatsApp's switch for marketing messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Preference {
    /// Who.
    pub sender: Sender,
    /// Whether they want them.
    pub wanted: bool,
    /// When.
    pub at: Timestamp,
}

/// The preferences of a change of the field `user_preferences`; words that are not known change
/// nothing.
pub fn parse_preferences(value: &Value, received_at: Timestamp) -> Vec<Preference> {
    let all = value["user_preferences"].as_array();
    let one = |raw: &Value| {
        let raw: wire::Preference = element(raw);
        let wanted = match raw.value?.to_ascii_lowercase().as_str() {
            "stop" => false,
            "resume" | "signup" => true,
            _ => return None,
        };
        let (phone, user_id) = identity(raw.wa_id.as_deref(), raw.user_id.as_deref());
        let sender = Sender {
            phone,
            user_id,
            ..Sender::default()
        };
        let known = !sender.aliases().is_empty();
        known.then(|| Preference {
            sender,
            wanted,
            at: moment(raw.timestamp.as_deref(), received_at),
        })
    };
    all.into_iter().flatten().filter_map(one).collect()
}
