//! Who turns out to be whom: two contacts that are one person become one, and what WhatsApp tells of
//! somebody's number or user id.

use std::time::Duration;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{to_attribute_value, to_item};

use super::alias::Evidence;
use super::contact::{Created, Pointer, STANDS, done};
use super::{Item, Store, StoreError, expiry, keys, number, text, write};
use crate::domain::contact::Contact;
use crate::domain::ids::{Bsuid, ContactId, PostId, WaId};
use crate::domain::time::{Timestamp, days};

/// A webhook comes again for a week (reference: 360dialog, §1.7), and waits in a queue for two.
const REPEATED_FOR: Duration = days(30);

#[derive(Serialize, Deserialize)]
struct Changed {
    at: Timestamp,
}

/// What of a contact changes while it lives, and so must be as it was read where two become one.
const ATTRIBUTES: [&str; 24] = [
    "alias_ids",
    "former_ids",
    "former",
    "changed_at",
    "absorbing",
    "closing",
    "wa_id",
    "user_id",
    "name",
    "username",
    "visitor_token",
    "visitor_saved",
    "window_until",
    "last_message",
    "room",
    "opening",
    "last_room",
    "closed_at",
    "offline_since",
    "held",
    "waiting",
    "expecting",
    "offer",
    "program",
];

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
        let now = evidence.now;
        if stays.is_opening(now) || gone.is_opening(now) {
            return Ok(Created::No);
        }
        // a name that leads elsewhere by now stays where it leads
        let mut gone = gone.clone();
        let found = self.find_aliases(&gone.alias_ids, now).await?;
        let was = gone.clone();
        gone.alias_ids.retain(|id| {
            let leads_to = found.get(id).and_then(|found| found.leads_to.as_ref());
            leads_to == Some(&was.id)
        });
        let pointer = Pointer {
            points_to: stays.id.clone(),
        };
        let expires = expiry(now, evidence.keep);
        let pointer = write(keys::contact(&gone.id), &pointer, expires)?;
        let all = write(keys::contact(&stays.id), &stays.with(&gone), expires)?;
        let mut writes = vec![self.put_over(pointer, &was)?, self.put_over(all, stays)?];
        for alias in &gone.alias_ids {
            writes.push(self.redirect(alias, (&gone.id, &stays.id), evidence)?);
        }
        self.all_or_nothing(writes).await
    }

    /// The write of `item` in the place of a contact, only where that is still as it was read.
    fn put_over(&self, item: Item, read: &Contact) -> Result<TransactWriteItem, StoreError> {
        let unreadable = |_| StoreError::Unreadable;
        let attributes: Item = to_item(read).map_err(|_| StoreError::Unreadable)?;
        let mut put = Put::builder().table_name(&self.table).set_item(Some(item));
        let mut conditions = vec![STANDS.to_owned()];
        for (n, name) in ATTRIBUTES.iter().enumerate() {
            put = put.expression_attribute_names(format!("#{n}"), *name);
            match attributes.get(*name) {
                Some(value) => {
                    conditions.push(format!("#{n} = :{n}"));
                    put = put.expression_attribute_values(format!(":{n}"), value.clone());
                }
                None => conditions.push(format!("attribute_not_exists(#{n})")),
            }
        }
        let put = put.condition_expression(conditions.join(" AND "));
        let put = put.build().map_err(unreadable)?;
        Ok(TransactWriteItem::builder().put(put).build())
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
                    self.relocate(item, gone, sort).await?;
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

    /// Puts what waited for `gone` where it belongs; nothing where another worker has done it.
    async fn relocate(&self, item: Item, gone: &ContactId, sk: String) -> Result<(), StoreError> {
        let pk = keys::contact_pk(gone);
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::Key { pk, sk }.into()))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let writes = vec![
            TransactWriteItem::builder().delete(delete).build(),
            TransactWriteItem::builder().put(put).build(),
        ];
        self.all_or_nothing(writes).await.map(|_| ())
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

    /// WhatsApp told at `at` by what a person is reached from then on; what it told later holds.
    pub async fn readdress(
        &self,
        id: &ContactId,
        (number_is, user_id): (Number<'_>, Option<&Bsuid>),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut set = "SET changed_at = :at".to_owned();
        let mut request = self
            .update_contact(id)
            .condition_expression(format!(
                "{STANDS} AND (attribute_not_exists(changed_at) OR changed_at <= :at)"
            ))
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
