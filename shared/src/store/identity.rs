//! Who turns out to be whom: two contacts that are one person become one, and what WhatsApp tells of
//! somebody's number or user id.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::alias::Evidence;
use super::contact::{Created, Pointer, STANDS, done};
use super::{Item, Store, StoreError, expiry, keys, number, text, write};
use crate::domain::contact::{Contact, Doubled, Former};
use crate::domain::ids::{Bsuid, ContactId, PostId, WaId};
use crate::domain::time::{Timestamp, days};

/// A webhook comes again for a week (reference: 360dialog, §1.7), and waits in a queue for two.
const REPEATED_FOR: Duration = days(30);

#[derive(Serialize, Deserialize)]
struct Changed {
    at: Timestamp,
}

/// What becomes of the number that a person is reached by.
#[derive(Clone, Copy, Debug)]
pub enum Number<'a> {
    /// It is this one.
    Is(&'a WaId),
    /// It is not known: the user id counts.
    Unknown,
    /// It stays.
    Stays,
}

impl Store {
    /// Two contacts are one person: `stays` takes over the names of `gone` and what is known of it;
    /// what waits is moved by [`Store::absorb`]. `No` where one of them has changed since it was
    /// read, or is just opening a room.
    pub async fn merge(
        &self,
        stays: &Contact,
        gone: &Contact,
        evidence: Evidence<'_>,
    ) -> Result<Created, StoreError> {
        let pointer = Pointer {
            points_to: stays.id.clone(),
        };
        let expires = expiry(evidence.now, evidence.keep);
        let put = Put::builder().table_name(&self.table).set_item(Some(write(
            keys::contact(&gone.id),
            &pointer,
            expires,
        )?));
        let put = TransactWriteItem::builder().put(as_read(put, gone)?);
        let update = TransactWriteItem::builder().update(self.taking_over(stays, gone, evidence)?);
        let mut writes = vec![put.build(), update.build()];
        for alias in &gone.alias_ids {
            let update = Update::builder()
                .table_name(&self.table)
                .set_key(Some(keys::alias(alias).into()))
                .update_expression("SET leads_to = :stays, evidence = :from, linked_at = :at")
                .condition_expression("leads_to = :gone")
                .expression_attribute_values(":stays", text(stays.id.as_str()))
                .expression_attribute_values(":gone", text(gone.id.as_str()))
                .expression_attribute_values(":from", text(evidence.from))
                .expression_attribute_values(":at", number(evidence.at.millis()));
            let update = update.build().map_err(|_| StoreError::Unreadable)?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        self.all_or_nothing(writes).await
    }

    fn taking_over(
        &self,
        stays: &Contact,
        gone: &Contact,
        evidence: Evidence<'_>,
    ) -> Result<Update, StoreError> {
        let value = |value| to_attribute_value(value).map_err(|_| StoreError::Unreadable);
        let mut former = vec![Former {
            token: gone.visitor_token.clone(),
            room: gone.room.clone().or_else(|| gone.last_room.clone()),
        }];
        former.extend(gone.former.clone());
        let mut former_ids = vec![gone.id.clone()];
        former_ids.extend(gone.former_ids.clone());
        let mut absorbing = vec![gone.id.clone()];
        absorbing.extend(gone.absorbing.clone());
        let mut closing = gone.closing.clone();
        if let (Some(_), Some(room)) = (&stays.room, &gone.room) {
            closing.push(Doubled {
                room: room.clone(),
                token: gone.visitor_token.clone(),
            });
        }
        let expires = evidence.now.plus(evidence.keep).seconds();
        let mut update = self
            .contact_write(&stays.id)
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":expires", number(expires));
        let mut set = vec!["expires_at = :expires".to_owned()];
        for (name, list) in [
            ("alias_ids", to_attribute_value(&gone.alias_ids)),
            ("former", to_attribute_value(&former)),
            ("former_ids", to_attribute_value(&former_ids)),
            ("absorbing", to_attribute_value(&absorbing)),
            ("closing", to_attribute_value(&closing)),
        ] {
            let list = list.map_err(|_| StoreError::Unreadable)?;
            if list.as_l().is_ok_and(Vec::is_empty) {
                continue;
            }
            set.push(format!(
                "{name} = list_append(if_not_exists({name}, :none), :{name})"
            ));
            update = update.expression_attribute_values(format!(":{name}"), list);
        }
        for (name, is_set) in [("held", gone.held), ("waiting", gone.waiting)] {
            if is_set {
                set.push(format!("{name} = :true"));
                update = update.expression_attribute_values(":true", AttributeValue::Bool(true));
            }
        }
        if let Some(until) = stays.window_until.max(gone.window_until) {
            set.push("window_until = :until".to_owned());
            update = update.expression_attribute_values(":until", number(until.millis()));
        }
        for (name, known) in [
            ("wa_id", gone.wa_id.as_ref().map(WaId::as_str)),
            ("user_id", gone.user_id.as_ref().map(Bsuid::as_str)),
            ("name", gone.name.as_deref()),
            ("username", gone.username.as_deref()),
        ] {
            if let Some(known) = known {
                // what was said last holds
                set.push(if gone.window_until > stays.window_until {
                    format!("#{name} = :{name}")
                } else {
                    format!("#{name} = if_not_exists(#{name}, :{name})")
                });
                update = update
                    .expression_attribute_names(format!("#{name}"), name)
                    .expression_attribute_values(format!(":{name}"), text(known));
            }
        }
        if let Some(expecting) = &gone.expecting {
            set.push("expecting = if_not_exists(expecting, :expecting)".to_owned());
            update = update.expression_attribute_values(":expecting", value(expecting)?);
        }
        let update = update.update_expression(format!("SET {}", set.join(", ")));
        with_window(update, stays)
    }

    /// Moves what waits for contacts that `contact` took over: held messages and lines. May be
    /// repeated.
    pub async fn absorb(&self, contact: &Contact) -> Result<(), StoreError> {
        for gone in &contact.absorbing {
            for head in [keys::HELD, keys::WAITING] {
                let items: Vec<Item> = self
                    .query(&keys::contact_pk(gone), head, false, usize::MAX)
                    .await?;
                for mut item in items {
                    let Some(sort) = item.get("sk").and_then(|sort| sort.as_s().ok()).cloned()
                    else {
                        continue;
                    };
                    item.insert("pk".to_owned(), text(keys::contact_pk(&contact.id)));
                    self.put(item).await?;
                    let pk = keys::contact_pk(gone);
                    self.delete(keys::Key { pk, sk: sort }).await?;
                }
            }
        }
        let read = to_attribute_value(&contact.absorbing).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update_contact(&contact.id)
            .update_expression("REMOVE absorbing")
            .condition_expression("absorbing = :read")
            .expression_attribute_values(":read", read);
        done(request).await.map(|_| ())
    }

    /// The second rooms of `contact` are closed.
    pub async fn clear_closing(&self, contact: &Contact) -> Result<(), StoreError> {
        let read = to_attribute_value(&contact.closing).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update_contact(&contact.id)
            .update_expression("REMOVE closing")
            .condition_expression("closing = :read")
            .expression_attribute_values(":read", read);
        done(request).await.map(|_| ())
    }

    /// A change of somebody's names was carried out, and is not again: the names may be others' by then.
    pub async fn mark_changed(&self, change: &PostId, now: Timestamp) -> Result<(), StoreError> {
        let done = Changed { at: now };
        let expires = Some(now.plus(REPEATED_FOR));
        self.put(write(keys::changed(change), &done, expires)?)
            .await
    }

    /// Whether a change was carried out before.
    pub async fn is_changed(&self, change: &PostId, now: Timestamp) -> Result<bool, StoreError> {
        let found: Option<Changed> = self.get(keys::changed(change), now).await?;
        Ok(found.is_some())
    }

    /// WhatsApp told at `at` by what a person is reached from then on.
    pub async fn readdress(
        &self,
        id: &ContactId,
        (number_is, user_id): (Number<'_>, Option<&Bsuid>),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut set = "SET changed_at = :at".to_owned();
        let mut request = self
            .update_contact(id)
            .condition_expression(STANDS)
            .expression_attribute_values(":at", number(at.millis()));
        if let Some(user_id) = user_id {
            set.push_str(", user_id = :user");
            request = request.expression_attribute_values(":user", text(user_id.as_str()));
        }
        match number_is {
            Number::Is(number) => {
                set.push_str(", wa_id = :number");
                request = request.expression_attribute_values(":number", text(number.as_str()));
            }
            Number::Unknown => set.push_str(" REMOVE wa_id"),
            Number::Stays => {}
        }
        done(request.update_expression(set)).await.map(|_| ())
    }
}

/// The write of a pointer in the place of `gone`, only where that is still as it was read.
fn as_read(mut put: PutBuilder, gone: &Contact) -> Result<Put, StoreError> {
    let mut condition = "attribute_not_exists(points_to) AND attribute_not_exists(opening) AND \
         held = :held AND waiting = :waiting AND visitor_token = :token AND alias_ids = :names"
        .to_owned();
    let names = to_attribute_value(&gone.alias_ids).map_err(|_| StoreError::Unreadable)?;
    put = put
        .expression_attribute_values(":held", AttributeValue::Bool(gone.held))
        .expression_attribute_values(":waiting", AttributeValue::Bool(gone.waiting))
        .expression_attribute_values(":token", text(gone.visitor_token.as_str()))
        .expression_attribute_values(":names", names);
    let room = gone.room.as_ref().map(|room| text(room.as_str()));
    let until = gone.window_until.map(|until| number(until.millis()));
    for (name, value) in [("room", room), ("window_until", until)] {
        match value {
            Some(value) => {
                condition.push_str(&format!(" AND {name} = :{name}"));
                put = put.expression_attribute_values(format!(":{name}"), value);
            }
            None => condition.push_str(&format!(" AND attribute_not_exists({name})")),
        }
    }
    let put = put.condition_expression(condition).build();
    put.map_err(|_| StoreError::Unreadable)
}

/// The update, only where the window clock and the room are still as they were read.
fn with_window(mut update: UpdateBuilder, stays: &Contact) -> Result<Update, StoreError> {
    let mut condition = STANDS.to_owned();
    let room = stays.room.as_ref().map(|room| text(room.as_str()));
    let until = stays.window_until.map(|until| number(until.millis()));
    for (name, value) in [("room", room), ("window_until", until)] {
        match value {
            Some(value) => {
                condition.push_str(&format!(" AND {name} = :was_{name}"));
                update = update.expression_attribute_values(format!(":was_{name}"), value);
            }
            None => condition.push_str(&format!(" AND attribute_not_exists({name})")),
        }
    }
    let update = update.condition_expression(condition).build();
    update.map_err(|_| StoreError::Unreadable)
}
