//! What is known of rooms and messages when they are compared with Rocket.Chat's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::{Deserialize, Serialize};

use super::{Item, Store, StoreError, expiry, is_expired, keys, read, write};
use crate::domain::ids::{PostId, RoomId};
use crate::domain::time::Timestamp;

/// Most keys of one read.
const READS: usize = 100;

/// How far a room was compared with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Up to this moment, by Rocket.Chat's clock, nothing is missing.
    pub until: Timestamp,
    /// When that was looked at.
    pub looked_at: Timestamp,
}

/// What is known of rooms and messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// How far rooms were compared.
    pub rooms: BTreeMap<RoomId, Compared>,
    /// Messages that have a record.
    pub messages: BTreeSet<PostId>,
}

impl Store {
    /// Which of these messages have a record, and how far these rooms were compared. A read for
    /// each hundred of them. What was written in the last second may be missing.
    pub async fn find_known(
        &self,
        rooms: &[RoomId],
        messages: &[PostId],
        now: Timestamp,
    ) -> Result<Known, StoreError> {
        let rooms: BTreeMap<_, _> = rooms.iter().map(|id| (keys::swept(id).pk, id)).collect();
        let messages: BTreeMap<_, _> = messages
            .iter()
            .map(|id| (keys::message(id).pk, id))
            .collect();
        let wanted = rooms.values().map(|id| keys::swept(id).into());
        let wanted = wanted.chain(messages.values().map(|id| keys::message(id).into()));
        let mut known = Known::default();
        for keys in wanted.collect::<Vec<Item>>().chunks(READS) {
            for item in self.read_some(keys).await? {
                let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
                let Some(pk) = pk.filter(|_| !is_expired(&item, now)) else {
                    continue;
                };
                if let Some(id) = messages.get(pk) {
                    known.messages.insert((*id).clone());
                } else if let Some(id) = rooms.get(pk) {
                    known.rooms.insert((*id).clone(), read(item)?);
                }
            }
        }
        Ok(known)
    }

    /// Remembers how far a room was compared.
    pub async fn put_compared(
        &self,
        room: &RoomId,
        compared: Compared,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let expires = expiry(compared.looked_at, keep);
        self.put(write(keys::swept(room), &compared, expires)?)
            .await
    }

    /// Reads at most a hundred items, of messages not more than that they stand there.
    async fn read_some(&self, wanted: &[Item]) -> Result<Vec<Item>, StoreError> {
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(wanted.to_vec()))
            .projection_expression("pk, expires_at, #until, looked_at")
            .expression_attribute_names("#until", "until")
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let request = self.client.batch_get_item();
        let request = request.request_items(&self.table, wanted);
        let answer = request.send().await.map_err(|_| StoreError::Unavailable)?;
        // what is throttled would count as missing
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            return Err(StoreError::Unavailable);
        }
        let items = answer.responses.unwrap_or_default().remove(&self.table);
        Ok(items.unwrap_or_default())
    }
}
