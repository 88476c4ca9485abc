//! What every queue entry promises, whatever was written into it.

use std::collections::{BTreeMap, BTreeSet};

use bridge::domain::content::Content;
use bridge::domain::hash::GroupKey;
use bridge::domain::message::InboundMessage;
use bridge::queue::batch::{self, Entry, body_of, inbound_group, is_oversized};
use bridge::queue::task::{InboundTask, InboundV1};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An entry's messages. Connection, number and time stand around them, and commas between them.
const LARGEST_ENTRY: usize = 200 * 1024;
/// What stands around the messages of an entry, with much to spare.
const HEAD: usize = 1024;
/// A call of SQS, with room for the attributes.
const LARGEST_CALL: usize = 900 * 1024;
/// Entries of a call, at most.
const MOST_PER_CALL: usize = 10;
/// Shorter numbers could stand in a hash by chance.
const TELLING_NUMBER: usize = 7;

/// Messages by queue group.
type ByGroup = BTreeMap<String, Vec<InboundMessage>>;

/// Cuts a task into rounds and holds them to what `batch::rounds` promises; gives the rounds.
pub fn assert_cut(task: &InboundV1) -> Vec<Vec<Entry>> {
    let key = GroupKey::new("a key of the stack");
    let rounds = batch::rounds(&key, task.clone());
    let again = batch::rounds(&key, task.clone());
    assert!(rounds == again, "one body, two cuts");
    let mut given = ByGroup::new();
    for round in &rounds {
        let groups: BTreeSet<_> = round.iter().map(|entry| &entry.group).collect();
        assert_eq!(groups.len(), round.len(), "a group twice in one round");
        assert_calls(round);
        for entry in round {
            let messages = given.entry(entry.group.clone()).or_default();
            messages.extend(assert_entry(entry, task));
        }
    }
    let mut sent = ByGroup::new();
    for message in &task.messages {
        let group = inbound_group(&key, &task.connection, &message.sender, &message.id);
        sent.entry(group).or_default().push(message.clone());
    }
    assert_same(&sent, &given);
    rounds
}

/// Nothing lost, nothing twice, and in order within each group.
fn assert_same(sent: &ByGroup, given: &ByGroup) {
    assert!(sent.keys().eq(given.keys()), "not the same groups");
    for (sent, given) in sent.values().zip(given.values()) {
        assert_eq!(sent.len(), given.len(), "messages of a group");
        for (sent, given) in sent.iter().zip(given) {
            assert_message(sent, given);
        }
    }
}

/// A message too large for an entry is named; every other one comes out as it went in.
fn assert_message(sent: &InboundMessage, given: &InboundMessage) {
    if is_oversized(sent) {
        let named = matches!(&given.content, Content::Other { what, .. } if what.contains("large"));
        assert!(named, "a message too large that does not say so");
        assert_eq!(given.sender, sent.sender);
        // an id that is itself too large cannot stay as it is
        assert!(sent.id.as_str().len() > HEAD || given.id == sent.id);
        return;
    }
    let mut given = given.clone();
    settle_coordinates(&sent.content, &mut given.content);
    assert!(given == *sent, "{given:?} was {sent:?}");
}

/// Our JSON reader may miss the last digit of a coordinate (less than a micrometre).
fn settle_coordinates(sent: &Content, given: &mut Content) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 + a.abs() * 1e-12;
    if let (
        Content::Location {
            latitude: north,
            longitude: east,
            ..
        },
        Content::Location {
            latitude,
            longitude,
            ..
        },
    ) = (sent, given)
        && near(*north, *latitude)
        && near(*east, *longitude)
    {
        (*latitude, *longitude) = (*north, *east);
    }
}

/// Holds one entry to its promises; gives its messages.
fn assert_entry(entry: &Entry, task: &InboundV1) -> Vec<InboundMessage> {
    assert_attribute(&entry.group, 22, task);
    assert_attribute(&entry.dedup, 43, task);
    assert_allowed(&entry.body);
    let Ok(InboundTask::Messages(read)) = serde_json::from_str(&entry.body) else {
        panic!("an entry that its worker cannot read: {:.500}", entry.body);
    };
    assert_eq!(read.connection, task.connection);
    assert_eq!(read.number, task.number);
    assert_eq!(read.received_at, task.received_at);
    assert!(!read.messages.is_empty(), "an entry without messages");
    let most = LARGEST_ENTRY + HEAD + read.messages.len();
    assert!(entry.body.len() <= most, "entry of {}", entry.body.len());
    read.messages
}

/// Group and dedup id are hashes: they stand in logs and consoles, so they name nobody.
fn assert_attribute(attribute: &str, length: usize, task: &InboundV1) {
    assert_eq!(attribute.len(), length, "{attribute}");
    let plain = attribute.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(plain, "{attribute}");
    let phones = task.messages.iter().filter_map(|m| m.sender.phone.as_ref());
    for phone in phones.map(|phone| phone.as_str()) {
        let told = phone.len() >= TELLING_NUMBER && attribute.contains(phone);
        assert!(!told, "an attribute holds a phone number");
    }
}

/// Calls keep the entries in order, and SQS takes each of them.
fn assert_calls(round: &[Entry]) {
    let calls = batch::calls(round.to_vec());
    assert!(calls.concat() == round, "calls lose or move entries");
    for call in calls {
        assert!((1..=MOST_PER_CALL).contains(&call.len()), "{}", call.len());
        let size: usize = call.iter().map(|entry| entry.body.len()).sum();
        assert!(call.len() == 1 || size <= LARGEST_CALL, "call of {size}");
    }
}

/// SQS refuses a whole call for one character that is not XML's.
fn assert_allowed(body: &str) {
    let control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let refused = body.contains("\u{FFFE}") || body.contains("\u{FFFF}");
    assert!(!refused && !body.bytes().any(control), "refused by SQS");
}

/// Writes a task as the queue holds it and reads it back: nothing may change.
pub fn assert_reads_back<T: Serialize + DeserializeOwned + PartialEq>(task: &T) {
    let body = body_of(task);
    assert_allowed(&body);
    match serde_json::from_str::<T>(&body) {
        Ok(read) => assert!(read == *task, "changed by the queue: {body:.500}"),
        Err(error) => panic!("a task that its worker cannot read: {error}: {body:.500}"),
    }
}
