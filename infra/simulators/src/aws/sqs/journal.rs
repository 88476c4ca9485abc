//! Queued messages on disk, so that a killed local run loses none.

use std::collections::BTreeMap;

use super::model::Message;
use crate::aws::OpenError;
use crate::aws::table::Table;

/// Writes messages to the table `queues`. After a restart every message is visible and counts its
/// receives from zero; deduplication ids of deleted messages are forgotten.
#[derive(Clone)]
pub(crate) struct Journal(Table);

impl Journal {
    pub(crate) fn open(database: dynoxide::Database) -> Result<Self, OpenError> {
        Table::open(database, "queues").map(Self)
    }

    pub(crate) fn put(&self, queue: &str, message: &Message) -> Result<(), OpenError> {
        self.0.put(&key(queue, message.seq), message)
    }

    pub(crate) fn delete(&self, queue: &str, seq: u64) -> Result<(), OpenError> {
        self.0.delete(&key(queue, seq))
    }

    /// Everything kept, by queue.
    pub(crate) fn load(&self) -> Result<BTreeMap<String, Vec<Message>>, OpenError> {
        let mut queues: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for (key, message) in self.0.load::<Message>()? {
            let queue = key.split('/').next().unwrap_or_default();
            queues.entry(queue.to_owned()).or_default().push(message);
        }
        for messages in queues.values_mut() {
            messages.sort_by_key(|message| message.seq);
        }
        Ok(queues)
    }
}

fn key(queue: &str, seq: u64) -> String {
    format!("{queue}/{seq:020}")
}
