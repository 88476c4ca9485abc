//! How tasks are cut into `SendMessageBatch` calls: groups, rounds, sizes. Group and dedup ids are
//! computed here and in `send` only.

use serde::Serialize;

use super::task::{InboundTask, InboundV1};
use crate::domain::contact::Sender;
use crate::domain::content::Content;
use crate::domain::hash::{GroupKey, base62_of};
use crate::domain::ids::{ConnectionId, ContactId, WaId, Wamid};
use crate::domain::message::InboundMessage;
use crate::mutant::{Mutant, on};

/// An entry of a queue. Standard queues ignore group and dedup id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The task as JSON.
    pub body: String,
    /// Messages of one group are worked off in order.
    pub group: String,
    /// The queue drops a second entry of this id within five minutes.
    pub dedup: String,
}

/// Entries hold at most this much (bytes of JSON): several fit one call of 1 MiB.
const LARGEST_ENTRY: usize = 200 * 1024;
/// A call holds at most this much; SQS allows 1 MiB with all attributes.
const LARGEST_CALL: usize = 900 * 1024;
/// A call holds at most this many entries (SQS).
const MOST_PER_CALL: usize = 10;

/// Writes a task as JSON. Our own types always can be written.
pub fn body_of(task: &impl Serialize) -> String {
    let json = serde_json::to_string(task).unwrap_or_default();
    // two characters that JSON may hold and SQS refuses; they can stand inside strings only
    json.replace('\u{FFFE}', "\\ufffe")
        .replace('\u{FFFF}', "\\uffff")
}

/// The queue group of a customer's messages: user id if present, else number, else the message.
pub fn inbound_group(
    key: &GroupKey,
    connection: &ConnectionId,
    sender: &Sender,
    id: &Wamid,
) -> String {
    if on(Mutant::GroupIsNumber) {
        return sender
            .phone
            .as_ref()
            .map_or("none", WaId::as_str)
            .to_owned();
    }
    let mut aliases = sender.aliases();
    if on(Mutant::GroupAsReceived) {
        aliases.reverse();
    }
    match aliases.first() {
        Some(alias) => key.mac(&["inbound", alias.id(key, connection).as_str()]),
        None => key.mac(&["inbound", connection.as_str(), id.as_str()]),
    }
}

/// The queue group of everything that goes to a customer.
pub fn outbound_group(key: &GroupKey, contact: &ContactId) -> String {
    key.mac(&["outbound", contact.as_str()])
}

/// The queue group of the notes about a room.
pub fn note_group(key: &GroupKey, room: &str) -> String {
    key.mac(&["note", room])
}

/// The queue group of a file that is fetched beside its conversation.
pub fn media_group(key: &GroupKey, id: &Wamid) -> String {
    key.mac(&["media", id.as_str()])
}

/// Cuts one webhook body's messages into entries: one per contact (in order), more where they
/// would be too large. The entries of a round are of different groups.
pub fn rounds(key: &GroupKey, task: InboundV1) -> Vec<Vec<Entry>> {
    let mut groups: Vec<(String, Vec<Entry>)> = Vec::new();
    for (group, chunk) in chunks(key, &task) {
        let ids: Vec<_> = chunk.iter().map(|message| message.id.as_str()).collect();
        let dedup = base62_of(&ids, 43);
        let body = body_of(&InboundTask::Messages(InboundV1 {
            messages: chunk,
            ..task.clone_head()
        }));
        let entry = Entry {
            body,
            group: group.clone(),
            dedup,
        };
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((group, vec![entry])),
        }
    }
    let deepest = groups
        .iter()
        .map(|(_, entries)| entries.len())
        .max()
        .unwrap_or(0);
    (0..deepest)
        .map(|n| {
            groups
                .iter()
                .filter_map(|(_, entries)| entries.get(n).cloned())
                .collect()
        })
        .collect()
}

/// The messages by group in order of appearance, each group cut at [`LARGEST_ENTRY`].
fn chunks(key: &GroupKey, task: &InboundV1) -> Vec<(String, Vec<InboundMessage>)> {
    let mut open: Vec<(String, usize, Vec<InboundMessage>)> = Vec::new();
    let mut full = Vec::new();
    let mut index = std::collections::BTreeMap::new();
    for message in &task.messages {
        let message = &shrunk(message);
        let group = inbound_group(key, &task.connection, &message.sender, &message.id);
        let size = body_of(message).len();
        let at = *index.entry(group.clone()).or_insert_with(|| {
            open.push((group, 0, Vec::new()));
            open.len() - 1
        });
        let (name, held, messages) = &mut open[at];
        if !messages.is_empty() && *held + size > LARGEST_ENTRY {
            full.push((name.clone(), std::mem::take(messages)));
            *held = 0;
        }
        *held += size;
        messages.push(message.clone());
    }
    full.extend(open.into_iter().map(|(name, _, messages)| (name, messages)));
    full
}

/// Whether a message is too large for an entry. WhatsApp's own limits are far below.
pub fn is_oversized(message: &InboundMessage) -> bool {
    body_of(message).len() > LARGEST_ENTRY
}

/// The message, or one that says that it was too large to be shown.
fn shrunk(message: &InboundMessage) -> InboundMessage {
    if !is_oversized(message) {
        return message.clone();
    }
    let content = Content::Other {
        what: "too large".to_owned(),
        text: None,
    };
    InboundMessage {
        content,
        referral: None,
        product: None,
        ..message.clone()
    }
}

/// Cuts entries into calls by count and size, in order.
pub fn calls(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut calls: Vec<Vec<Entry>> = Vec::new();
    let mut size = 0;
    for entry in entries {
        let length = entry.body.len();
        match calls.last_mut() {
            Some(call) if call.len() < MOST_PER_CALL && size + length <= LARGEST_CALL => {
                size += length;
                call.push(entry);
            }
            _ => {
                size = length;
                calls.push(vec![entry]);
            }
        }
    }
    calls
}

impl InboundV1 {
    fn clone_head(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            number: self.number.clone(),
            received_at: self.received_at,
            messages: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::WaId;
    use crate::domain::time::Timestamp;

    fn task(messages: Vec<(&str, usize)>) -> InboundV1 {
        let message = |(n, (phone, length)): (usize, (&str, usize))| {
            let sender = Sender {
                phone: Some(WaId::new(phone)),
                ..Sender::default()
            };
            let body = "x".repeat(length);
            let (id, at) = (Wamid::new(format!("wamid.{n}")), Timestamp::from_seconds(1));
            InboundMessage::plain(id, sender, at, Content::Text { body })
        };
        InboundV1 {
            connection: ConnectionId::new("c"),
            number: None,
            received_at: Timestamp::from_seconds(2),
            messages: messages.into_iter().enumerate().map(message).collect(),
        }
    }

    #[test]
    fn a_body_becomes_one_entry_per_contact_in_order() {
        let rounds = rounds(
            &GroupKey::new("k"),
            task(vec![("491", 1), ("492", 1), ("491", 1)]),
        );
        assert_eq!(rounds.len(), 1);
        assert_eq!(rounds[0].len(), 2);
        assert!(rounds[0][0].body.contains("wamid.0") && rounds[0][0].body.contains("wamid.2"));
        assert_ne!(rounds[0][0].group, rounds[0][1].group);
        assert!(!rounds[0][0].group.contains("491"));
    }

    #[test]
    fn two_entries_of_one_group_never_share_a_round() {
        let rounds = rounds(&GroupKey::new("k"), task(vec![("491", 150_000); 3]));
        assert_eq!(rounds.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(rounds[0][0].body.contains("wamid.0") && rounds[2][0].body.contains("wamid.2"));
    }

    #[test]
    fn characters_that_sqs_refuses_are_escaped_and_read_back() {
        let text = "a\u{FFFE}b\u{FFFF}c";
        let body = body_of(&text);
        assert!(!body.contains(['\u{FFFE}', '\u{FFFF}']));
        assert_eq!(serde_json::from_str::<String>(&body).unwrap(), text);
    }

    #[test]
    fn a_message_too_large_for_the_queue_is_named_instead() {
        let rounds = rounds(
            &GroupKey::new("k"),
            task(vec![("491", 3_000_000), ("491", 1)]),
        );
        let sizes: Vec<_> = rounds
            .iter()
            .flatten()
            .map(|entry| entry.body.len())
            .collect();
        assert!(sizes.iter().all(|size| *size < LARGEST_ENTRY), "{sizes:?}");
        assert!(rounds[0][0].body.contains("too large"));
    }

    #[test]
    fn the_same_body_has_the_same_dedup_ids() {
        let key = GroupKey::new("k");
        let dedup = || rounds(&key, task(vec![("491", 1)]))[0][0].dedup.clone();
        assert_eq!(dedup(), dedup());
    }

    #[test]
    fn calls_respect_count_and_size() {
        let entry = |length| Entry {
            body: "x".repeat(length),
            group: String::new(),
            dedup: String::new(),
        };
        assert_eq!(
            calls(vec![entry(10); 23])
                .iter()
                .map(Vec::len)
                .collect::<Vec<_>>(),
            [10, 10, 3]
        );
        assert_eq!(calls(vec![entry(500_000); 3]).len(), 3);
        assert!(calls(Vec::new()).is_empty());
    }
}
