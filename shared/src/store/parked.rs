//! Parked records (what could not be delivered), and the markers that find poison.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, expiry, is_expired, keys, number, read, text, write};
use crate::domain::ids::{ConnectionId, PostId};
use crate::domain::time::{Timestamp, days};

/// What could not be delivered, with the reason. An operator lists, redrives or discards it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parked {
    /// Its id in the list (the sort key).
    #[serde(rename = "sk")]
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The queue that it stood in: `inbound`, `outbound`, `statuses`.
    pub queue: String,
    /// Why.
    pub reason: String,
    /// Whose, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The task as it stood in the queue; may be sent there again.
    pub body: String,
}

impl Store {
    /// Parks a task. The same task parked again replaces itself when `at` is the same moment (the
    /// time it was sent to the queue).
    pub async fn put_parked(&self, parked: &Parked, keep: Duration) -> Result<(), StoreError> {
        let key = keys::Key {
            pk: keys::PARKED.to_owned(),
            sk: parked.id.clone(),
        };
        self.put(write(key, parked, expiry(parked.at, keep))?).await
    }

    /// The id of a parked record: in order of time, unique by task.
    pub fn parked_id(at: Timestamp, task: &str) -> String {
        keys::parked(at, task).sk
    }

    /// The newest parked records.
    pub async fn list_parked(
        &self,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<Parked>, StoreError> {
        let items = self.query(keys::PARKED, "", true, most).await?;
        items
            .into_iter()
            .filter(|item| !is_expired(item, now))
            .map(read)
            .collect()
    }

    /// Parked records in order of time, `most` from the one after `after` on. The second value is
    /// where to go on; `None` at the end.
    pub async fn list_parked_after(
        &self,
        after: Option<&str>,
        most: i32,
        now: Timestamp,
    ) -> Result<(Vec<Parked>, Option<String>), StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :p AND sk > :after")
            .expression_attribute_values(":p", text(keys::PARKED))
            // sort keys begin with a digit
            .expression_attribute_values(":after", text(after.unwrap_or("!")))
            .consistent_read(true)
            .limit(most)
            .send()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let next = page
            .last_evaluated_key
            .and_then(|key| key.get("sk")?.as_s().ok().cloned());
        let records = page
            .items
            .unwrap_or_default()
            .into_iter()
            .filter(|item| !is_expired(item, now))
            .map(read)
            .collect::<Result<_, _>>()?;
        Ok((records, next))
    }

    /// One parked record.
    pub async fn find_parked(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Parked>, StoreError> {
        let key = keys::Key {
            pk: keys::PARKED.to_owned(),
            sk: id.to_owned(),
        };
        self.get(key, now).await
    }

    /// Removes a parked record.
    pub async fn delete_parked(&self, id: &str) -> Result<(), StoreError> {
        self.delete(keys::Key {
            pk: keys::PARKED.to_owned(),
            sk: id.to_owned(),
        })
        .await
    }

    /// Counts a start of a task; gives how many stand without an end, this one included.
    pub async fn mark_started(&self, task: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.count(keys::started(task), now).await
    }

    /// Rocket.Chat refused a message of a customer in words that we do not know; gives how often it did.
    pub async fn count_refusal(&self, id: &PostId, now: Timestamp) -> Result<u64, StoreError> {
        self.count(keys::refused(id), now).await
    }

    async fn count(&self, key: keys::Key, now: Timestamp) -> Result<u64, StoreError> {
        let answer = self
            .update(key)
            .update_expression("ADD starts :one SET expires_at = :e")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":e", number(now.plus(days(14)).seconds()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let starts = answer
            .attributes
            .and_then(|item| item.get("starts")?.as_n().ok()?.parse().ok());
        starts.ok_or(StoreError::Unreadable)
    }

    /// The task ended (well or with a failure that we understand).
    pub async fn clear_started(&self, task: &str) -> Result<(), StoreError> {
        self.delete(keys::started(task)).await
    }
}
