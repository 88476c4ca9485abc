//! Deduplication of a FIFO queue: what was accepted in the last five minutes.

use std::collections::{BTreeMap, VecDeque};

/// How long an accepted deduplication id is remembered, in milliseconds (AWS, "Exactly-once
/// processing in Amazon SQS": five minutes). A repeat does not prolong it, nor does deleting the
/// message shorten it.
pub const WINDOW_MS: i64 = 5 * 60 * 1000;

/// Message group and deduplication id: the scope `messageGroup`.
type Key = (String, String);

/// What the first send of an id was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    pub message_id: String,
    pub sequence: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Dedup {
    seen: BTreeMap<Key, Original>,
    order: VecDeque<(i64, Key)>,
}

impl Dedup {
    /// The first send of this id, if that is less than five minutes ago.
    pub(crate) fn find(&mut self, group: &str, id: &str, now_ms: i64) -> Option<Original> {
        while self
            .order
            .front()
            .is_some_and(|(at, _)| at + WINDOW_MS <= now_ms)
        {
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
        self.seen.get(&(group.to_owned(), id.to_owned())).cloned()
    }

    /// Remembers a first send.
    pub(crate) fn note(&mut self, group: &str, id: &str, original: Original, now_ms: i64) {
        let key = (group.to_owned(), id.to_owned());
        self.seen.insert(key.clone(), original);
        self.order.push_back((now_ms, key));
    }
}
