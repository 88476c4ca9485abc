//! Names of people: which contact a name leads to, and what happens where two contacts turn out to be
//! one person, or a number passes to somebody else. All of it off the hot path.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::{Created, Pointer, done, pointer_expiry};
use super::{Item, Store, StoreError, keys, number, text, write};
use crate::domain::contact::{Contact, Doubled, Passed};
use crate::domain::ids::{Bsuid, ContactId, PostId, WaId};
use crate::domain::time::{Timestamp, days};

/// How and when it was found out whose a name is, and how long that is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// `message`, `send`, or WhatsApp's word for the change.
    pub from: &'a str,
    /// When it became so, by WhatsApp's clock.
    pub at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// How long a contact is kept.
    pub keep: Duration,
}

/// A webhook comes again for a week (reference: 360dialog, §1.7), and waits in a queue for two.
const REPEATED_FOR: Duration = days(30);

#[derive(Serialize, Deserialize)]
struct Changed {
    at: Timestamp,
}

impl Evidence<'_> {
    fn pointer(&self, at: &ContactId, to: &ContactId) -> Result<Item, StoreError> {
        let pointer = Pointer::new(to, (self.from, self.at));
        let expires = pointer_expiry(self.now, self.keep);
        write(keys::contact(at), &pointer, expires)
    }

    fn passed(&self, at: &ContactId, from: &Contact, to: &ContactId) -> Result<Item, StoreError> {
        let pointer = Pointer {
            before: Some(from.id.clone()),
            ..Pointer::new(to, (self.from, self.at))
        };
        let expires = pointer_expiry(self.now, self.keep);
        write(keys::contact(at), &pointer, expires)
    }
}

impl Store {
    /// Makes `alias` another name of `contact`; `No` where it is somebody else's. `place` is where the
    /// name leads to now: the name itself, or a place that a number left. A name whose pointer stands
    /// already (its writer died half-way) is taken into the contact's list.
    pub async fn link_alias(
        &self,
        contact: &ContactId,
        (alias, place): (&ContactId, &ContactId),
        evidence: Evidence<'_>,
    ) -> Result<Created, StoreError> {
        let item = evidence.pointer(place, contact)?;
        if self.put_new(vec![item], evidence.now).await? == Created::No {
            let standing = self.find_place(alias, evidence.now).await?;
            if !standing.is_ok_and(|standing| standing.id == *contact) {
                return Ok(Created::No);
            }
        }
        let ids = AttributeValue::L(vec![text(alias.as_str())]);
        let request = self
            .update_contact(contact)
            .update_expression("SET alias_ids = list_append(alias_ids, :a)")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(points_to)")
            .expression_attribute_values(":a", ids);
        done(request).await?;
        Ok(Created::Yes)
    }

    /// Two contacts are one person: `gone` becomes another name of `stays`, which takes over what is
    /// known of it; what waits is moved by [`Store::absorb`]. `false` where one of them has changed
    /// since it was read, or is just opening a room.
    pub async fn merge(
        &self,
        stays: &Contact,
        gone: &Contact,
        evidence: Evidence<'_>,
    ) -> Result<bool, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(evidence.pointer(&gone.id, &stays.id)?));
        let put = as_read(put, gone)?;
        let update = self.taking_over(stays, gone)?;
        let request = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build());
        match request
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
        {
            Ok(_) => Ok(true),
            Err(error) if error.is_transaction_canceled_exception() => Ok(false),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    fn taking_over(&self, stays: &Contact, gone: &Contact) -> Result<Update, StoreError> {
        let value = |value| to_attribute_value(value).map_err(|_| StoreError::Unreadable);
        let mut tokens = vec![gone.visitor_token.clone()];
        tokens.extend(gone.former_tokens.clone());
        let mut absorbing = vec![gone.id.clone()];
        absorbing.extend(gone.absorbing.clone());
        let mut closing = gone.closing.clone();
        if let (Some(_), Some(room)) = (&stays.room, &gone.room) {
            closing.push(Doubled {
                room: room.clone(),
                token: gone.visitor_token.clone(),
            });
        }
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::contact(&stays.id).into()))
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()));
        let mut set = Vec::new();
        for (name, list) in [
            ("alias_ids", to_attribute_value(&gone.alias_ids)),
            ("former_tokens", to_attribute_value(&tokens)),
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
                set.push(format!("#{name} = if_not_exists(#{name}, :{name})"));
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

    /// A number is not `from`'s any more: it leads to `to` from now on, a contact or a place where
    /// nobody stands yet.
    pub async fn pass_number(
        &self,
        from: &Contact,
        (alias, number): (&ContactId, &WaId),
        to: &ContactId,
        evidence: Evidence<'_>,
    ) -> Result<(), StoreError> {
        let passed = Passed {
            to: to.clone(),
            at: evidence.at,
        };
        let passed = to_attribute_value(passed).map_err(|_| StoreError::Unreadable)?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(evidence.passed(alias, from, to)?))
            .condition_expression("points_to = :from")
            .expression_attribute_values(":from", text(from.id.as_str()));
        match put
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
        {
            Ok(_) => {}
            Err(error) if error.is_conditional_check_failed_exception() => {
                // the contact itself stands where the number leads to
                let request = self
                    .update_contact(&from.id)
                    .update_expression("SET number_passed_to = :passed")
                    .condition_expression(
                        "attribute_exists(pk) AND attribute_not_exists(points_to)",
                    )
                    .expression_attribute_values(":passed", passed);
                done(request).await?;
            }
            Err(_) => return Err(StoreError::Unavailable),
        }
        // what agents write to `from` must not reach the number's new owner
        let request = self
            .update_contact(&from.id)
            .update_expression("REMOVE wa_id")
            .condition_expression("wa_id = :number")
            .expression_attribute_values(":number", text(number.as_str()));
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

    /// WhatsApp tells that a person is reached by another number or user id from now on.
    pub async fn readdress(
        &self,
        id: &ContactId,
        (number, user_id): (Option<&WaId>, Option<&Bsuid>),
    ) -> Result<(), StoreError> {
        let named = [
            ("wa_id", number.map(WaId::as_str)),
            ("user_id", user_id.map(Bsuid::as_str)),
        ];
        let mut request = self
            .update_contact(id)
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(points_to)");
        let mut set = Vec::new();
        for (name, value) in named {
            if let Some(value) = value {
                set.push(format!("{name} = :{name}"));
                request = request.expression_attribute_values(format!(":{name}"), text(value));
            }
        }
        if set.is_empty() {
            return Ok(());
        }
        let request = request.update_expression(format!("SET {}", set.join(", ")));
        done(request).await.map(|_| ())
    }
}

/// The write of a pointer in the place of `gone`, only where that is still as it was read.
fn as_read(
    mut put: aws_sdk_dynamodb::types::builders::PutBuilder,
    gone: &Contact,
) -> Result<Put, StoreError> {
    let mut condition = "attribute_not_exists(points_to) AND attribute_not_exists(opening) AND \
         held = :held AND waiting = :waiting AND visitor_token = :token"
        .to_owned();
    put = put
        .expression_attribute_values(":held", AttributeValue::Bool(gone.held))
        .expression_attribute_values(":waiting", AttributeValue::Bool(gone.waiting))
        .expression_attribute_values(":token", text(gone.visitor_token.as_str()));
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
    let mut condition = "attribute_exists(pk) AND attribute_not_exists(points_to)".to_owned();
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
