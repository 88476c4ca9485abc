//! Batches of every shape, cut into rounds and calls: four bytes of input are one message.

use std::collections::BTreeSet;

use bridge::domain::contact::Sender;
use bridge::domain::content::Content;
use bridge::domain::ids::{Bsuid, ConnectionId, WaId, Wamid};
use bridge::domain::message::InboundMessage;
use bridge::queue::task::InboundV1;

use super::RECEIVED_AT;
use crate::Target;
use crate::cutting::assert_cut;

/// See the module.
pub const TARGET: Target = Target {
    name: "queue",
    seeds,
    check,
};

/// More would only be slow.
const MOST: usize = 48;

/// Nobody; one message; two of one person that do not fit together; one too large; twenty people;
/// one person who writes much; characters that grow in the queue; people who name nobody. Most
/// are small, so that a run is fast.
fn seeds() -> Vec<Vec<u8>> {
    let people = (0..20).flat_map(|who| [who, who, 2, who]).collect();
    let small = (0..12).map(|who| [who, who, who % 7, 99, 2, who * 11, 3, 7].repeat(3));
    let mut seeds: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0, 0, 0, 5],
        [0, 0, 10, 146].repeat(2),
        vec![0, 0, 10, 255, 0, 0, 0, 1],
        people,
        [4, 1, 9, 99].repeat(5),
        vec![1, 2, 10, 90, 1, 1, 10, 120],
        [15, 4, 10, 180].repeat(6),
    ];
    seeds.extend(small);
    seeds
}

fn check(input: &[u8]) {
    let (recipes, _) = input.as_chunks::<4>();
    let messages: Vec<_> = recipes.iter().take(MOST).enumerate().map(message).collect();
    let rounds = assert_cut(&InboundV1 {
        connection: ConnectionId::new("c1"),
        number: Some(WaId::new("15550783881")),
        received_at: RECEIVED_AT,
        messages,
    });
    let entries: Vec<_> = rounds.iter().flatten().collect();
    let dedup: BTreeSet<_> = entries.iter().map(|entry| &entry.dedup).collect();
    assert_eq!(dedup.len(), entries.len(), "the queue would drop an entry");
}

/// Who, what kind, and a length from nothing to more than an entry holds.
fn message((n, &[who, kind, shift, size]): (usize, &[u8; 4])) -> InboundMessage {
    let length = usize::from(size) << (shift % 11);
    let piece = ["x", "\"", "\u{FFFE}", "é👍"][usize::from(kind % 4)];
    let words = piece.repeat(length / piece.len());
    let (id, content) = (Wamid::new(format!("wamid.{n}")), content(kind / 4, words));
    InboundMessage {
        quoted: (kind > 127).then(|| Wamid::new("wamid.quoted")),
        ..InboundMessage::plain(id, sender(who), RECEIVED_AT, content)
    }
}

/// People with a number, a user id, both, or (who hides both) neither.
fn sender(who: u8) -> Sender {
    let phone = WaId::new(format!("4917155500{who:03}"));
    let user_id = Bsuid::new(format!("DE.{who}"));
    let nobody = who % 16 == 15;
    Sender {
        phone: (who % 3 != 1 && !nobody).then_some(phone),
        user_id: (!who.is_multiple_of(3) && !nobody).then_some(user_id),
        name: Some(format!("Person {who}")),
        ..Sender::default()
    }
}

fn content(kind: u8, words: String) -> Content {
    match kind % 4 {
        0 => Content::Text { body: words },
        1 => Content::Media {
            media: "image".to_owned(),
            caption: Some(words),
            filename: None,
            file: None,
        },
        2 => Content::Location {
            latitude: 52.516_275,
            longitude: 13.377_704,
            label: Some(words),
            url: None,
        },
        _ => Content::Other {
            what: "order".to_owned(),
            text: Some(words),
        },
    }
}
