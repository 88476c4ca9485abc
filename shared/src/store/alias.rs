//! Names of people: which contact a number or user id leads to, since when, and how we know.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::{Created, STANDS, done};
use super::{Store, StoreError, expiry, is_expired, keys, number, read, text, write};
use crate::domain::contact::Contact;
use crate::domain::ids::{AliasId, ContactId, WaId};
use crate::domain::time::{Timestamp, days};

/// A name outlives its contact by this: it is kept for longer only when the contact is.
const LONGER: Duration = days(1);

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// The contact; nobody where a number was left and nobody has written from it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<ContactId>,
    /// Since when, by WhatsApp's clock.
    pub linked_at: Timestamp,
    /// How we know: `message`, `send`, or WhatsApp's word for the change.
    pub evidence: String,
    /// Who had the number before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Until when it is kept (seconds).
    #[serde(default, skip_serializing)]
    pub expires_at: i64,
}

/// Whose a number was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The contact.
    pub contact: ContactId,
    /// Until when, by WhatsApp's clock, which counts seconds: what was written up to then is still
    /// this person's.
    pub until: Timestamp,
}

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

/// A name, and what was read under it.
#[derive(Clone, Copy, Debug)]
pub struct Free<'a> {
    /// The name.
    pub alias: &'a AliasId,
    /// What stands there: nothing, a number that was left, or a name of a contact that is gone.
    pub was: Option<&'a Named>,
}

impl Named {
    /// The contact of somebody who wrote at `sent_at`.
    pub fn contact_at(&self, sent_at: Timestamp) -> Option<&ContactId> {
        let before = self.before.as_ref().filter(|b| sent_at <= b.until);
        before.map(|b| &b.contact).or(self.leads_to.as_ref())
    }

    /// Whether it is kept too short or too long for a contact that is kept until `now` + `keep`, or
    /// will be before it is looked up again.
    pub fn is_due(&self, now: Timestamp, keep: Duration) -> bool {
        let kept = now.plus(keep).seconds();
        let longer = i64::try_from(LONGER.as_secs()).unwrap_or(0);
        self.expires_at < kept + longer / 2 || self.expires_at > kept + 2 * longer
    }

    /// Since when the name is that of the contact it leads to, as far as anything else is known.
    pub fn since(&self) -> Timestamp {
        let before = self.before.as_ref();
        let after = before.map(|before| before.until.plus(Duration::from_millis(1)));
        after.map_or(self.linked_at, |after| after.max(self.linked_at))
    }
}

impl Evidence<'_> {
    fn named(&self, leads_to: Option<&ContactId>, before: Option<Before>) -> Named {
        Named {
            leads_to: leads_to.cloned(),
            linked_at: self.at,
            evidence: self.from.to_owned(),
            before,
            expires_at: 0,
        }
    }
}

impl Store {
    /// What stands under names; those without anything are left out. At most 100.
    pub async fn find_aliases(
        &self,
        aliases: &[AliasId],
        now: Timestamp,
    ) -> Result<HashMap<AliasId, Named>, StoreError> {
        let mut by_key = HashMap::new();
        let mut wanted = KeysAndAttributes::builder().consistent_read(true);
        for alias in aliases {
            let key = keys::alias(alias);
            if by_key.insert(key.pk.clone(), alias.clone()).is_none() {
                wanted = wanted.keys(key.into());
            }
        }
        let wanted = wanted.build().map_err(|_| StoreError::Unreadable)?;
        let request = self.client.batch_get_item();
        let request = request.request_items(&self.table, wanted);
        let answer = request.send().await.map_err(|_| StoreError::Unavailable)?;
        // what is throttled might be the name that counts
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            return Err(StoreError::Unavailable);
        }
        let mut found = HashMap::new();
        let items = answer.responses.unwrap_or_default().remove(&self.table);
        for item in items.unwrap_or_default() {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            if let Some(alias) = pk.and_then(|pk| by_key.get(pk)).cloned()
                && !is_expired(&item, now)
            {
                found.insert(alias, read(item)?);
            }
        }
        Ok(found)
    }

    /// Creates a contact with the names that lead to it, all or nothing.
    pub async fn create_contact(
        &self,
        contact: &Contact,
        free: &[Free<'_>],
        evidence: Evidence<'_>,
    ) -> Result<Created, StoreError> {
        let expires = expiry(evidence.now, evidence.keep);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(write(keys::contact(&contact.id), contact, expires)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        for name in free {
            writes.push(self.take(*name, &contact.id, evidence)?);
        }
        self.all_or_nothing(writes).await
    }

    /// Makes a free name another name of `contact`, who answers to `number` from now on where it is
    /// one. `No` where one of the two has changed.
    pub async fn link_alias(
        &self,
        contact: &Contact,
        (free, number): (Free<'_>, Option<&WaId>),
        evidence: Evidence<'_>,
    ) -> Result<Created, StoreError> {
        let writes = vec![
            self.take(free, &contact.id, evidence)?,
            self.named_too(contact, (free.alias, number))?,
        ];
        self.all_or_nothing(writes).await
    }

    /// A number is not `from`'s any more. It is `to`'s from now on, or nobody's. `No` where one of
    /// them has changed.
    pub async fn pass_number(
        &self,
        from: &Contact,
        (alias, number): (&AliasId, &WaId),
        to: Option<&Contact>,
        evidence: Evidence<'_>,
    ) -> Result<Created, StoreError> {
        let before = Before {
            contact: from.id.clone(),
            until: evidence.at,
        };
        let named = evidence.named(to.map(|to| &to.id), Some(before));
        let expires = expiry(evidence.now, evidence.keep + LONGER);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(write(keys::alias(alias), &named, expires)?))
            .condition_expression("leads_to = :from")
            .expression_attribute_values(":from", text(from.id.as_str()))
            .build()
            .map_err(|_| StoreError::Unreadable)?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        writes.push(self.without(from, (alias, number))?);
        if let Some(to) = to {
            writes.push(self.named_too(to, (alias, Some(number)))?);
        }
        self.all_or_nothing(writes).await
    }

    /// Keeps the names of a contact as long as the contact, which lives until `now` + `keep`.
    pub async fn keep_aliases(
        &self,
        contact: &Contact,
        now: Timestamp,
        keep: Duration,
    ) -> Result<(), StoreError> {
        for alias in &contact.alias_ids {
            let request = self
                .update(keys::alias(alias))
                .update_expression("SET expires_at = :e")
                .condition_expression("leads_to = :to")
                .expression_attribute_values(":e", number(now.plus(keep + LONGER).seconds()))
                .expression_attribute_values(":to", text(contact.id.as_str()));
            done(request).await?;
        }
        Ok(())
    }

    /// The write that lets a free name lead to `contact`. Who had it before stays known.
    fn take(
        &self,
        free: Free<'_>,
        contact: &ContactId,
        evidence: Evidence<'_>,
    ) -> Result<TransactWriteItem, StoreError> {
        let before = free.was.and_then(|was| was.before.clone());
        let named = evidence.named(Some(contact), before);
        let expires = expiry(evidence.now, evidence.keep + LONGER);
        let mut condition = "attribute_not_exists(leads_to) OR expires_at <= :now".to_owned();
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(write(keys::alias(free.alias), &named, expires)?))
            .expression_attribute_values(":now", number(evidence.now.seconds()));
        if let Some(gone) = free.was.and_then(|was| was.leads_to.as_ref()) {
            condition.push_str(" OR leads_to = :gone");
            put = put.expression_attribute_values(":gone", text(gone.as_str()));
        }
        let put = put.condition_expression(condition).build();
        let put = put.map_err(|_| StoreError::Unreadable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The write of a contact that a name leads to from now on, only where it still has the names that
    /// were read.
    fn named_too(
        &self,
        contact: &Contact,
        (alias, number): (&AliasId, Option<&WaId>),
    ) -> Result<TransactWriteItem, StoreError> {
        let mut ids = contact.alias_ids.clone();
        ids.retain(|id| id != alias);
        ids.push(alias.clone());
        let mut set = "SET alias_ids = :ids".to_owned();
        let mut update = self
            .contact_write(&contact.id)
            .expression_attribute_values(":ids", list(&ids)?)
            .expression_attribute_values(":was", list(&contact.alias_ids)?);
        if let Some(number) = number {
            set.push_str(", wa_id = :n");
            update = update.expression_attribute_values(":n", text(number.as_str()));
        }
        let update = update
            .update_expression(set)
            .condition_expression(format!("{STANDS} AND alias_ids = :was"));
        let update = update.build().map_err(|_| StoreError::Unreadable)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The write by which a name leads to another contact.
    pub(super) fn redirect(
        &self,
        alias: &AliasId,
        (from, to): (&ContactId, &ContactId),
        evidence: Evidence<'_>,
    ) -> Result<TransactWriteItem, StoreError> {
        let expires = evidence.now.plus(evidence.keep + LONGER).seconds();
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::alias(alias).into()))
            .update_expression(
                "SET leads_to = :to, evidence = :how, linked_at = :at, expires_at = :expires",
            )
            .condition_expression("leads_to = :from")
            .expression_attribute_values(":to", text(to.as_str()))
            .expression_attribute_values(":from", text(from.as_str()))
            .expression_attribute_values(":how", text(evidence.from))
            .expression_attribute_values(":at", number(evidence.at.millis()))
            .expression_attribute_values(":expires", number(expires));
        let update = update.build().map_err(|_| StoreError::Unreadable)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The write of a contact that a number does not lead to any more, only where it still has the
    /// names that were read.
    fn without(
        &self,
        contact: &Contact,
        (alias, number): (&AliasId, &WaId),
    ) -> Result<TransactWriteItem, StoreError> {
        let mut rest = contact.alias_ids.clone();
        rest.retain(|id| id != alias);
        let mut set = "SET alias_ids = :rest".to_owned();
        let mut condition = format!("{STANDS} AND alias_ids = :was");
        let mut update = self
            .contact_write(&contact.id)
            .expression_attribute_values(":rest", list(&rest)?)
            .expression_attribute_values(":was", list(&contact.alias_ids)?);
        if contact.wa_id.as_ref() == Some(number) {
            // what agents write to this person must not reach the number's new owner
            set.push_str(" REMOVE wa_id");
            condition.push_str(" AND wa_id = :n");
        } else {
            condition.push_str(" AND (attribute_not_exists(wa_id) OR wa_id <> :n)");
        }
        update = update
            .expression_attribute_values(":n", text(number.as_str()))
            .update_expression(set)
            .condition_expression(condition);
        let update = update.build().map_err(|_| StoreError::Unreadable)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    pub(super) fn contact_write(&self, id: &ContactId) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::contact(id).into()))
    }

    /// Carries several writes out, all or none. `No` where a condition did not hold.
    pub(super) async fn all_or_nothing(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Created, StoreError> {
        let request = self.client.transact_write_items();
        let sent = request.set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else {
            return Ok(Created::Yes);
        };
        match error.into_service_error() {
            TransactWriteItemsError::TransactionCanceledException(canceled)
                if is_refused(&canceled) =>
            {
                Ok(Created::No)
            }
            // also one canceled for throttling, or for another one at the same items
            _ => Err(StoreError::Unavailable),
        }
    }
}

/// Whether a condition did not hold. A transaction is also canceled where it met another one, or was
/// throttled: that says nothing of what stands.
fn is_refused(canceled: &TransactionCanceledException) -> bool {
    let mut reasons = canceled.cancellation_reasons().iter();
    reasons.any(|reason| reason.code() == Some("ConditionalCheckFailed"))
}

fn list(ids: &[AliasId]) -> Result<AttributeValue, StoreError> {
    to_attribute_value(ids).map_err(|_| StoreError::Unreadable)
}
