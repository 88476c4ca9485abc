//! One queue: messages, groups, visibility. Knows neither the wire nor the clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::QueueConfig;
use super::dedup::{Dedup, Original};

/// A queued message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub seq: u64,
    pub id: String,
    pub body: String,
    pub group: Option<String>,
    pub dedup: Option<String>,
    /// Message attributes as they came on the wire.
    pub attributes: BTreeMap<String, Value>,
    pub sent_ms: i64,
    /// The queue that this message was given up by.
    pub source_arn: Option<String>,
    /// Receives over all queues.
    #[serde(skip)]
    pub receives: u32,
    /// Receives from this queue.
    #[serde(skip)]
    pub receives_here: u32,
    #[serde(skip)]
    pub first_received_ms: Option<i64>,
    /// Last receive from this queue.
    #[serde(skip)]
    pub received_ms: i64,
    /// Number of the last receipt from this queue; 0 before the first.
    #[serde(skip)]
    pub receipt: u64,
    #[serde(skip)]
    pub visible_at_ms: i64,
}

impl Message {
    pub(crate) fn in_flight(&self, now_ms: i64) -> bool {
        self.receipt != 0 && self.visible_at_ms > now_ms
    }

    pub(crate) fn delayed(&self, now_ms: i64) -> bool {
        self.receipt == 0 && self.visible_at_ms > now_ms
    }

    /// The same message as it arrives in a dead-letter queue.
    pub(crate) fn given_up(self, seq: u64, source_arn: String, fifo: bool, now_ms: i64) -> Self {
        Self {
            seq,
            source_arn: Some(source_arn),
            // AWS, "Using dead-letter queues": only FIFO queues start the retention anew.
            sent_ms: if fifo { now_ms } else { self.sent_ms },
            receives_here: 0,
            receipt: 0,
            visible_at_ms: now_ms,
            ..self
        }
    }
}

/// A message to be sent, already checked.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub body: String,
    pub group: Option<String>,
    pub dedup: Option<String>,
    pub attributes: BTreeMap<String, Value>,
    pub delay_ms: Option<i64>,
}

/// What a receive asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    pub max: usize,
    pub visibility_ms: Option<i64>,
    /// Most bytes of bodies together; the first message is always given.
    pub max_bytes: usize,
}

/// What a receive gave, and what it found received too often.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub received: Vec<Message>,
    pub dead: Vec<Message>,
}

/// What a receipt handle is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// The last one, its message in flight.
    Current,
    /// The last one, its visibility timeout ran out.
    Lapsed,
    /// The message was received again since.
    Superseded,
    /// The message is gone.
    Gone,
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub config: QueueConfig,
    pub messages: BTreeMap<u64, Message>,
    pub dedup: Dedup,
}

impl Queue {
    pub(crate) fn new(config: QueueConfig) -> Self {
        Self {
            config,
            messages: BTreeMap::new(),
            dedup: Dedup::default(),
        }
    }

    /// The message that `draft` becomes.
    pub(crate) fn message(&self, draft: Draft, seq: u64, now_ms: i64) -> Message {
        let delay_ms = draft.delay_ms.unwrap_or(self.config.delay_ms);
        Message {
            seq,
            id: format!("00000000-0000-4000-8000-{:012x}", seq & 0xffff_ffff_ffff),
            body: draft.body,
            group: draft.group,
            dedup: draft.dedup,
            attributes: draft.attributes,
            sent_ms: now_ms,
            source_arn: None,
            receives: 0,
            receives_here: 0,
            first_received_ms: None,
            received_ms: 0,
            receipt: 0,
            visible_at_ms: now_ms + delay_ms,
        }
    }

    /// Adds a message and remembers its deduplication id.
    pub(crate) fn add(&mut self, message: Message) {
        if let (true, Some(group), Some(dedup)) = (self.config.fifo, &message.group, &message.dedup)
        {
            let original = Original {
                message_id: message.id.clone(),
                sequence: message.seq,
            };
            self.dedup.note(group, dedup, original, message.sent_ms);
        }
        self.messages.insert(message.seq, message);
    }

    /// Drops what is older than the retention period, in flight or not; gives their numbers.
    pub(crate) fn expire(&mut self, now_ms: i64) -> Vec<u64> {
        let oldest = now_ms - self.config.retention_ms;
        let old: Vec<u64> = self
            .messages
            .values()
            .filter(|m| m.sent_ms <= oldest)
            .map(|m| m.seq)
            .collect();
        for seq in &old {
            self.messages.remove(seq);
        }
        old
    }

    /// Takes messages in order. `max_receives`: a message received that often leaves as dead.
    pub(crate) fn receive(
        &mut self,
        want: Want,
        max_receives: Option<u32>,
        now_ms: i64,
        counter: &mut u64,
    ) -> Taken {
        let mut taken = Taken::default();
        let visibility_ms = want
            .visibility_ms
            .unwrap_or(self.config.visibility_timeout_ms);
        let mut bytes = 0;
        for seq in self.receivable(now_ms) {
            let Some(message) = self.messages.get_mut(&seq) else {
                continue;
            };
            if taken.received.len() == want.max {
                break;
            }
            if max_receives.is_some_and(|max| message.receives_here >= max) {
                taken.dead.extend(self.messages.remove(&seq));
                continue;
            }
            bytes += message.body.len();
            if bytes > want.max_bytes && !taken.received.is_empty() {
                break;
            }
            *counter += 1;
            message.receipt = *counter;
            message.receives += 1;
            message.receives_here += 1;
            message.first_received_ms.get_or_insert(now_ms);
            message.received_ms = now_ms;
            message.visible_at_ms = now_ms + visibility_ms;
            taken.received.push(message.clone());
        }
        taken
    }

    /// What could be received now, in the order of giving: a FIFO queue gives as much of one group
    /// as it can before the next, and nothing of a group that has a message in flight.
    fn receivable(&self, now_ms: i64) -> Vec<u64> {
        if !self.config.fifo {
            let visible = self.messages.values().filter(|m| m.visible_at_ms <= now_ms);
            return visible.map(|m| m.seq).collect();
        }
        let mut closed: BTreeSet<Option<&str>> = BTreeSet::new();
        closed.extend(
            self.messages
                .values()
                .filter(|m| m.in_flight(now_ms))
                .map(|m| m.group.as_deref()),
        );
        let mut order: Vec<Vec<u64>> = Vec::new();
        let mut places: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for message in self.messages.values() {
            let group = message.group.as_deref();
            if closed.contains(&group) {
                continue;
            }
            if message.delayed(now_ms) {
                closed.insert(group);
                continue;
            }
            let place = *places.entry(group).or_insert(order.len());
            if place == order.len() {
                order.push(Vec::new());
            }
            order[place].push(message.seq);
        }
        order.into_iter().flatten().collect()
    }

    /// The earliest time after `now_ms` at which a hidden message becomes receivable.
    pub(crate) fn next_due_ms(&self, now_ms: i64) -> Option<i64> {
        if !self.config.fifo {
            return self
                .messages
                .values()
                .map(|m| m.visible_at_ms)
                .filter(|at| *at > now_ms)
                .min();
        }
        // Per group: whether something is in flight, and until when the group is closed.
        let mut groups: BTreeMap<Option<&str>, (bool, i64)> = BTreeMap::new();
        for message in self.messages.values() {
            let in_flight = message.in_flight(now_ms);
            let until = message.visible_at_ms;
            groups
                .entry(message.group.as_deref())
                .and_modify(|(flying, at)| {
                    if in_flight {
                        *at = if *flying { (*at).max(until) } else { until };
                        *flying = true;
                    }
                })
                .or_insert((in_flight, until));
        }
        groups
            .into_values()
            .map(|(_, at)| at)
            .filter(|at| *at > now_ms)
            .min()
    }

    /// What receipt number `receipt` of message `seq` is worth.
    pub(crate) fn judge(&self, seq: u64, receipt: u64, now_ms: i64) -> Receipt {
        match self.messages.get(&seq) {
            None => Receipt::Gone,
            Some(message) if message.receipt != receipt => Receipt::Superseded,
            Some(message) if message.in_flight(now_ms) => Receipt::Current,
            Some(_) => Receipt::Lapsed,
        }
    }
}
