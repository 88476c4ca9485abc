//! Held messages by their age, whomever they wait for: what is too old is found by one look.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use serde::{Deserialize, Serialize};

use super::keys::Key;
use super::{Item, Store, StoreError, keys, read, text};
use crate::domain::ids::{ConnectionId, ContactId};
use crate::domain::time::Timestamp;

/// The most writes of one call.
const BATCH: usize = 25;
/// Sorts before every age.
const FIRST: &str = "-";

/// A held message, as it is found by its age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Its name among them; stands in the held message too.
    #[serde(rename = "sk")]
    pub key: String,
    /// Whom it was held for; the contact may have become part of another since.
    pub contact: ContactId,
    /// The number that it goes out from.
    pub connection: ConnectionId,
    /// Since when it is held.
    pub since: Timestamp,
}

impl Store {
    /// Held messages, the oldest first, `most` of them at most; those behind `after`, where that is
    /// given.
    pub async fn list_due(&self, after: Option<&str>, most: i32) -> Result<Vec<Due>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :p AND sk > :after")
            .expression_attribute_values(":p", text(keys::DUE))
            .expression_attribute_values(":after", text(after.unwrap_or(FIRST)))
            .consistent_read(true)
            .limit(most)
            .send()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        page.items
            .unwrap_or_default()
            .into_iter()
            .map(read)
            .collect()
    }

    /// What stood under these names waits no more. Repeating it is fine.
    pub async fn delete_due(&self, names: &[String]) -> Result<(), StoreError> {
        for names in names.chunks(BATCH) {
            let writes: Result<Vec<_>, _> = names.iter().map(|name| removal(due(name))).collect();
            self.write_batch(writes?).await?;
        }
        Ok(())
    }
}

/// The key behind a name.
pub(super) fn due(name: &str) -> Key {
    Key {
        pk: keys::DUE.to_owned(),
        sk: name.to_owned(),
    }
}

/// The removal of an item, as part of a batch.
pub(super) fn removal(key: Key) -> Result<WriteRequest, StoreError> {
    let delete = DeleteRequest::builder().set_key(Some(Item::from(key)));
    let delete = delete.build().map_err(|_| StoreError::Unreadable)?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
