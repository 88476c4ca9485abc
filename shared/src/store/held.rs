//! What waits for a contact: lines for the next room, and agents' messages for the next window.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::{Created, STANDS, done};
use super::due::{self, Due, removal};
use super::{Item, Store, StoreError, expiry, keys, number, read, write};
use crate::domain::contact::{Contact, Expecting};
use crate::domain::ids::{ContactId, PostId, Wamid};
use crate::domain::time::Timestamp;
use crate::mutant::{Mutant, on};

/// A line that waits for the contact's next room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its place in the order.
    pub sequence: String,
    /// The Rocket.Chat id it will have.
    pub id: PostId,
    /// The line.
    pub line: String,
    /// Our bot says it; else the customer.
    #[serde(default)]
    pub by_bot: bool,
    /// The customer's message that it is; of our bot's lines none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// A message of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its id at WhatsApp.
    pub wamid: Wamid,
    /// When it was written.
    pub at: Timestamp,
}

/// An agent's message that waits for the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its place in the order.
    pub sequence: String,
    /// Since when.
    pub since: Timestamp,
    /// The task as it stood in the queue.
    pub task: String,
    /// The name of the item by which it is found when it gets too old ([`Due`]).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub due: String,
}

impl Held {
    /// A message that `contact` has to wait for.
    pub fn new(contact: &ContactId, sequence: &str, since: Timestamp, task: String) -> Self {
        Self {
            sequence: sequence.to_owned(),
            since,
            task,
            due: keys::due(since, contact, sequence).sk,
        }
    }
}

/// Why a message was not held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// The customer wrote in between: the window is open, send instead.
    #[error("window_moved")]
    WindowMoved,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Holds a message, also to be found by its age, and sets the contact's flag: all or nothing, and
    /// only while the window clock is still the one that the decision was made on.
    pub async fn hold(
        &self,
        contact: &Contact,
        held: &Held,
        keep: Duration,
    ) -> Result<(), HoldError> {
        let expires = expiry(held.since, keep);
        let due = Due {
            key: held.due.clone(),
            contact: contact.id.clone(),
            connection: contact.connection.clone(),
            since: held.since,
        };
        let mut flag = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::contact(&contact.id).into()))
            .update_expression("SET held = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(!on(Mutant::NoHoldFlag)));
        flag = match contact.window_until {
            Some(until) => flag
                .condition_expression("window_until = :until")
                .expression_attribute_values(":until", number(until.millis())),
            None => flag
                .condition_expression(format!("{STANDS} AND attribute_not_exists(window_until)")),
        };
        let flag = flag.build().map_err(|_| StoreError::Unreadable)?;
        let mut writes = vec![TransactWriteItem::builder().update(flag).build()];
        let mut items = vec![write(
            keys::held(&contact.id, &held.sequence),
            held,
            expires,
        )?];
        if !held.due.is_empty() {
            items.push(write(due::due(&held.due), &due, expires)?);
        }
        for item in items {
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            let put = put.build().map_err(|_| StoreError::Unreadable)?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        match self.all_or_nothing(writes).await? {
            Created::Yes => Ok(()),
            Created::No => Err(HoldError::WindowMoved),
        }
    }

    /// The held messages of a contact, in order.
    pub async fn list_held(&self, contact: &ContactId) -> Result<Vec<Held>, StoreError> {
        self.children(contact, keys::HELD).await
    }

    /// A held message was sent or given up: it is not found by its age any more either.
    pub async fn delete_held(&self, contact: &ContactId, held: &Held) -> Result<(), StoreError> {
        let mut writes = vec![removal(keys::held(contact, &held.sequence))?];
        if !held.due.is_empty() {
            writes.push(removal(due::due(&held.due))?);
        }
        self.write_batch(writes).await
    }

    /// No message of the contact is held any more, as it seems: what was held in this very moment (by
    /// the group of a contact that became part of this one) keeps the flag.
    pub async fn clear_held_flag(&self, contact: &Contact) -> Result<(), StoreError> {
        self.clear_flag(contact, "held").await?;
        if self.list_held(&contact.id).await?.is_empty() {
            return Ok(());
        }
        let request = self
            .update_contact(&contact.id)
            .update_expression("SET held = :true")
            .condition_expression(STANDS)
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        done(request).await.map(|_| ())
    }

    /// Keeps a line for the next room, and says so in the contact, both or neither. `No` where the
    /// contact has become part of another.
    pub async fn put_waiting(
        &self,
        contact: &ContactId,
        waiting: &Waiting,
        now: Timestamp,
        keep: Duration,
    ) -> Result<Created, StoreError> {
        let key = keys::waiting(contact, &waiting.sequence);
        let put = Put::builder().table_name(&self.table).set_item(Some(write(
            key,
            waiting,
            expiry(now, keep),
        )?));
        let put = put.build().map_err(|_| StoreError::Unreadable)?;
        let flag = self
            .contact_write(contact)
            .update_expression("SET waiting = :true")
            .condition_expression(STANDS)
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        let flag = flag.build().map_err(|_| StoreError::Unreadable)?;
        let writes = vec![
            TransactWriteItem::builder().update(flag).build(),
            TransactWriteItem::builder().put(put).build(),
        ];
        self.all_or_nothing(writes).await
    }

    /// Keeps the line about a template for the room that the reply opens, and who gets that, both or
    /// neither. `false` where a room is open: the line belongs into that one. Whoever is opening one
    /// just now looks for lines once more afterwards.
    pub async fn expect_reply(
        &self,
        contact: &ContactId,
        waiting: &Waiting,
        expecting: &Expecting,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        let key = keys::waiting(contact, &waiting.sequence);
        let item = write(key, waiting, expiry(expecting.since, keep))?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = put.build().map_err(|_| StoreError::Unreadable)?;
        let value = to_attribute_value(expecting).map_err(|_| StoreError::Unreadable)?;
        let flag = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::contact(contact).into()))
            .update_expression("SET waiting = :true, expecting = :e")
            // a contact that was merged into another is a pointer: read again
            .condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(points_to) AND attribute_not_exists(room)",
            )
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":e", value)
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let writes = vec![
            TransactWriteItem::builder().update(flag).build(),
            TransactWriteItem::builder().put(put).build(),
        ];
        Ok(self.all_or_nothing(writes).await? == Created::Yes)
    }

    /// Remembers who gets the reply, while a room is open.
    pub async fn set_expecting(
        &self,
        contact: &ContactId,
        expecting: &Expecting,
    ) -> Result<(), StoreError> {
        let value = to_attribute_value(expecting).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update_contact(contact)
            .update_expression("SET expecting = :e")
            .condition_expression(STANDS)
            .expression_attribute_values(":e", value);
        done(request).await.map(|_| ())
    }

    /// The reply came: nobody in particular any more, unless another template was sent since.
    pub async fn clear_expecting(
        &self,
        contact: &ContactId,
        expecting: &Expecting,
    ) -> Result<(), StoreError> {
        let request = self
            .update_contact(contact)
            .update_expression("REMOVE expecting")
            .condition_expression("expecting.since = :since")
            .expression_attribute_values(":since", number(expecting.since.millis()));
        done(request).await.map(|_| ())
    }

    /// The waiting lines of a contact, in order.
    pub async fn list_waiting(&self, contact: &ContactId) -> Result<Vec<Waiting>, StoreError> {
        self.children(contact, keys::WAITING).await
    }

    /// A waiting line was posted.
    pub async fn delete_waiting(
        &self,
        contact: &ContactId,
        sequence: &str,
    ) -> Result<(), StoreError> {
        self.delete(keys::waiting(contact, sequence)).await
    }

    /// No line waits any more.
    pub async fn clear_waiting_flag(&self, contact: &Contact) -> Result<(), StoreError> {
        self.clear_flag(contact, "waiting").await
    }

    async fn children<T: serde::de::DeserializeOwned>(
        &self,
        contact: &ContactId,
        head: &str,
    ) -> Result<Vec<T>, StoreError> {
        let items: Vec<Item> = self
            .query(&keys::contact_pk(contact), head, false, usize::MAX)
            .await?;
        items.into_iter().map(read).collect()
    }
}
