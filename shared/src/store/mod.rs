//! DynamoDB: one table, verbs only. `keys` describes the table's design.

mod alias;
mod api_key;
mod callback;
mod circuit;
mod connection;
mod contact;
mod due;
mod edit;
mod held;
mod identity;
pub mod keys;
mod message;
mod opt_out;
mod parked;
mod program;
mod send;
mod settings;
mod status;
mod sweep;
mod template;
mod workspace;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

pub use alias::{Evidence, Free, Named};
pub use api_key::ApiKey;
pub use callback::DeliveryAt;
pub use connection::{NotSaved, Taken};
pub use contact::{Created, Sighting, Touched};
pub use due::Due;
pub use edit::Version;
pub use held::{Held, HoldError, Said, Waiting};
pub use identity::Number;
pub use message::{InboundRecord, MessageRecord, Sent};
pub use parked::Parked;
pub use send::Claim;
pub use settings::StoredSettings;
pub use status::Marked;
pub use sweep::{Compared, Known};
pub use template::Sync;
pub use workspace::PassingTrouble;

use crate::domain::time::Timestamp;
use crate::mutant::{Mutant, on};
use keys::Key;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// Why the table did not do what was asked. All of it is worth another try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB did not answer, throttled or failed.
    #[error("store_unavailable")]
    Unavailable,
    /// An item cannot be read: written by a newer or broken version.
    #[error("store_unreadable")]
    Unreadable,
    /// Somebody else was faster; read again.
    #[error("store_conflict")]
    Conflict,
}

/// The table. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The table `table` behind `client`.
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    /// Reads an item; an expired one counts as absent.
    async fn get<T: DeserializeOwned>(
        &self,
        key: Key,
        now: Timestamp,
    ) -> Result<Option<T>, StoreError> {
        self.get_item(key, now).await?.map(read).transpose()
    }

    async fn get_item(&self, key: Key, now: Timestamp) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.into()));
        let GetItemOutput { item, .. } = request
            .consistent_read(true)
            .send()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        Ok(item.filter(|item| !is_expired(item, now)))
    }

    /// An update of one item, still to be filled.
    fn update(&self, key: Key) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.into()))
    }

    /// Writes an item, whatever stood there.
    async fn put(&self, item: Item) -> Result<(), StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        request
            .send()
            .await
            .map(|_| ())
            .map_err(|_| StoreError::Unavailable)
    }

    /// Writes at most 25 items, whatever stood there.
    async fn put_all(&self, items: Vec<Item>) -> Result<(), StoreError> {
        let mut waiting: Vec<WriteRequest> = Vec::new();
        for item in items {
            let put = PutRequest::builder().set_item(Some(item)).build();
            let put = put.map_err(|_| StoreError::Unreadable)?;
            waiting.push(WriteRequest::builder().put_request(put).build());
        }
        self.write_batch(waiting).await
    }

    /// Carries at most 25 writes out in one call. What DynamoDB leaves over when it throttles is
    /// written singly; the SDK backs off.
    async fn write_batch(&self, waiting: Vec<WriteRequest>) -> Result<(), StoreError> {
        let request = self
            .client
            .batch_write_item()
            .request_items(&self.table, waiting);
        let answer = request.send().await.map_err(|_| StoreError::Unavailable)?;
        let left = answer
            .unprocessed_items
            .unwrap_or_default()
            .remove(&self.table);
        for write in left.unwrap_or_default() {
            if let Some(put) = write.put_request {
                self.put(put.item).await?;
            }
            if let Some(delete) = write.delete_request {
                self.delete_item(delete.key).await?;
            }
        }
        Ok(())
    }

    /// Removes an item; none is fine.
    async fn delete(&self, key: Key) -> Result<(), StoreError> {
        self.delete_item(key.into()).await
    }

    async fn delete_item(&self, key: Item) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key));
        request
            .send()
            .await
            .map(|_| ())
            .map_err(|_| StoreError::Unavailable)
    }

    /// All items of a partition whose sort key begins with `head`, in order of the sort key.
    async fn query(
        &self,
        pk: &str,
        head: &str,
        newest_first: bool,
        most: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let condition = if head.is_empty() {
                "pk = :p"
            } else {
                "pk = :p AND begins_with(sk, :h)"
            };
            let mut request = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression(condition)
                .expression_attribute_values(":p", AttributeValue::S(pk.to_owned()))
                .consistent_read(true)
                .scan_index_forward(!newest_first)
                .set_exclusive_start_key(from);
            if !head.is_empty() {
                request =
                    request.expression_attribute_values(":h", AttributeValue::S(head.to_owned()));
            }
            let page = request.send().await.map_err(|_| StoreError::Unavailable)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() || items.len() >= most {
                items.truncate(most);
                return Ok(items);
            }
        }
    }
}

impl From<Key> for Item {
    fn from(key: Key) -> Self {
        let pk = ("pk".to_owned(), AttributeValue::S(key.pk));
        let sk = ("sk".to_owned(), AttributeValue::S(key.sk));
        Self::from([pk, sk])
    }
}

/// An item out of `value` under `key`, deleted by TTL some time after `expires_at`.
fn write(
    key: Key,
    value: &impl Serialize,
    expires_at: Option<Timestamp>,
) -> Result<Item, StoreError> {
    let mut item: Item = to_item(value).map_err(|_| StoreError::Unreadable)?;
    item.extend(Item::from(key));
    if let Some(at) = expires_at {
        item.insert("expires_at".to_owned(), number(at.seconds()));
    }
    Ok(item)
}

fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    from_item(item).map_err(|_| StoreError::Unreadable)
}

/// Whether a conditional write was carried out: `false` where its condition did not hold.
fn took_place<T, E: ProvideErrorMetadata, R>(
    answer: Result<T, SdkError<E, R>>,
) -> Result<bool, StoreError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(_) => Err(StoreError::Unavailable),
    }
}

fn is_expired(item: &Item, now: Timestamp) -> bool {
    let at = item
        .get("expires_at")
        .and_then(|at| at.as_n().ok()?.parse::<i64>().ok());
    at.is_some_and(|at| at <= now.seconds())
}

fn number(n: i64) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

fn text(s: impl Into<String>) -> AttributeValue {
    AttributeValue::S(s.into())
}

/// `now + keep`, as a TTL.
fn expiry(now: Timestamp, keep: Duration) -> Option<Timestamp> {
    (!on(Mutant::KeepForEver)).then(|| now.plus(keep))
}
