//! Connections. Number, name and key are unique: each is claimed by an item of its own.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::{Item, Store, StoreError, expiry, keys, number, read, text, write};
use crate::domain::connection::Connection;
use crate::domain::ids::{ConnectionId, WaId};
use crate::domain::time::{Timestamp, days};

/// Which unique value another connection has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The phone number.
    Number,
    /// The channel name.
    Name,
    /// The API key.
    ApiKey,
}

/// Why a connection was not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSaved {
    /// A value that must be unique is in use.
    #[error("taken")]
    Taken(Taken),
    /// The table did not answer, or somebody else changed the connection.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
struct Claim {
    connection: ConnectionId,
}

impl Store {
    /// All connections, oldest id first.
    pub async fn list_connections(&self) -> Result<Vec<Connection>, StoreError> {
        let items = self.query(keys::CONNECTIONS, "", false, usize::MAX).await?;
        items.into_iter().map(read).collect()
    }

    /// One connection.
    pub async fn find_connection(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Connection>, StoreError> {
        self.get(keys::connection(id), now).await
    }

    /// Reserves an id for connecting `number` with a key: the same two get the same id for a day,
    /// so that connecting can be repeated after a crash without leaving anything behind.
    pub async fn reserve_connection_id(
        &self,
        number: &WaId,
        key_hash: &str,
        fresh: ConnectionId,
        now: Timestamp,
    ) -> Result<ConnectionId, StoreError> {
        let key = keys::connecting(number, key_hash);
        let claim = Claim {
            connection: fresh.clone(),
        };
        let item = write(key.clone(), &claim, expiry(now, days(1)))?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", super::number(now.seconds()))
            .send()
            .await;
        match answer.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(fresh),
            Err(error) if error.is_conditional_check_failed_exception() => {
                let standing: Option<Claim> = self.get(key, now).await?;
                Ok(standing.ok_or(StoreError::Conflict)?.connection)
            }
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    /// Saves a new connection with its claims, all or nothing.
    pub async fn create_connection(&self, connection: &Connection) -> Result<(), NotSaved> {
        let mut writes = vec![self.put_if(connection, "attribute_not_exists(pk)", None)?];
        for claim in claims(connection) {
            writes.push(self.claim(claim, &connection.id)?);
        }
        self.transact(
            writes,
            &[
                None,
                Some(Taken::Number),
                Some(Taken::Name),
                Some(Taken::ApiKey),
            ],
        )
        .await
    }

    /// Saves a changed connection over `before`, moving the claims of changed values.
    pub async fn save_connection(
        &self,
        before: &Connection,
        after: &Connection,
    ) -> Result<(), NotSaved> {
        let mut writes = vec![self.put_if(after, "version = :v", Some(before.version))?];
        let mut roles = vec![None];
        let kinds = [Taken::Number, Taken::Name, Taken::ApiKey];
        for ((old, new), kind) in claims(before).into_iter().zip(claims(after)).zip(kinds) {
            if old != new {
                writes.push(self.release(old)?);
                writes.push(self.claim(new, &after.id)?);
                roles.extend([None, Some(kind)]);
            }
        }
        self.transact(writes, &roles).await
    }

    /// Removes a connection and its claims. Repeating it is fine.
    pub async fn delete_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut writes = vec![self.release(keys::connection(&connection.id))?];
        for claim in claims(connection) {
            writes.push(self.release(claim)?);
        }
        self.transact(writes, &[])
            .await
            .map_err(|error| match error {
                NotSaved::Store(error) => error,
                NotSaved::Taken(_) => StoreError::Conflict,
            })
    }

    fn put_if(
        &self,
        connection: &Connection,
        condition: &str,
        version: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(write(
                keys::connection(&connection.id),
                connection,
                None,
            )?))
            .condition_expression(condition);
        if let Some(version) = version {
            let version = i64::try_from(version).unwrap_or(i64::MAX);
            put = put.expression_attribute_values(":v", number(version));
        }
        Ok(TransactWriteItem::builder()
            .put(put.build().map_err(|_| StoreError::Unreadable)?)
            .build())
    }

    fn claim(&self, key: keys::Key, owner: &ConnectionId) -> Result<TransactWriteItem, StoreError> {
        let claim: Item = write(
            key,
            &Claim {
                connection: owner.clone(),
            },
            None,
        )?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(claim))
            .condition_expression("attribute_not_exists(pk) OR #c = :me")
            .expression_attribute_names("#c", "connection")
            .expression_attribute_values(":me", text(owner.as_str()));
        Ok(TransactWriteItem::builder()
            .put(put.build().map_err(|_| StoreError::Unreadable)?)
            .build())
    }

    fn release(&self, key: keys::Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key.into()));
        Ok(TransactWriteItem::builder()
            .delete(delete.build().map_err(|_| StoreError::Unreadable)?)
            .build())
    }

    /// Runs a transaction; a write that failed its condition is named by its role.
    async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
        roles: &[Option<Taken>],
    ) -> Result<(), NotSaved> {
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes));
        let Err(error) = request.send().await else {
            return Ok(());
        };
        let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(canceled) =
            error.into_service_error()
        else {
            return Err(StoreError::Unavailable.into());
        };
        let reasons = canceled.cancellation_reasons.unwrap_or_default();
        let failed = reasons
            .iter()
            .position(|reason| reason.code.as_deref() == Some("ConditionalCheckFailed"));
        match failed.and_then(|n| roles.get(n).copied().flatten()) {
            Some(taken) => Err(NotSaved::Taken(taken)),
            None => Err(StoreError::Conflict.into()),
        }
    }
}

/// The keys of what a connection claims: number, name, API key.
fn claims(connection: &Connection) -> [keys::Key; 3] {
    [
        keys::unique("number", connection.phone_number.as_str()),
        keys::unique("name", &connection.name.trim().to_lowercase()),
        keys::unique("key", &connection.key_hash),
    ]
}

/// Reads of a connection by workers may be this stale (each environment caches them).
pub const CONNECTION_CACHED_FOR: std::time::Duration = std::time::Duration::from_secs(30);

impl Connection {
    /// The moment after which a copy read at `read` is asked for again.
    pub fn stale_at(read: Timestamp) -> Timestamp {
        read.plus(CONNECTION_CACHED_FOR)
    }
}
