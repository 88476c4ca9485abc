//! The status endpoint, and how the delivery of each callback went. `callback-sender` has rights on
//! nothing else (`keys::endpoint`).

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::{Item, Store, StoreError, expiry, is_expired, keys, read, text, write};
use crate::domain::callback::{Delivery, Endpoint};
use crate::domain::ids::PostId;
use crate::domain::time::{Timestamp, days};

/// A callback by the time of its first try: leads to its delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAt {
    /// When it was first tried.
    pub at: Timestamp,
    /// Its message.
    pub message: PostId,
    /// Which part.
    pub part: usize,
    /// The word.
    pub status: String,
    /// Its `webhook-id`.
    pub id: String,
}

#[derive(Serialize, Deserialize)]
struct EndpointItem {
    url: String,
}

#[derive(Serialize, Deserialize)]
struct OffItem {
    url: String,
    since: Timestamp,
}

impl Store {
    /// The status endpoint; an empty one where none was ever set.
    pub async fn find_endpoint(&self, now: Timestamp) -> Result<Endpoint, StoreError> {
        let (set, off) = futures::join!(
            self.get::<EndpointItem>(keys::endpoint(), now),
            self.get::<OffItem>(keys::endpoint_off(), now)
        );
        let url = set?.map(|set| set.url).unwrap_or_default();
        // of another address that was switched off nothing follows
        let off = off?.filter(|off| off.url == url);
        Ok(Endpoint {
            off_since: off.map(|off| off.since),
            url,
        })
    }

    /// Switches the endpoint at `url` off: it answered 410.
    pub async fn switch_endpoint_off(&self, url: &str, since: Timestamp) -> Result<(), StoreError> {
        let url = url.to_owned();
        let item = OffItem { url, since };
        self.put(write(keys::endpoint_off(), &item, None)?).await
    }

    /// Switches the endpoint on again, whichever it is.
    pub async fn switch_endpoint_on(&self) -> Result<(), StoreError> {
        self.delete(keys::endpoint_off()).await
    }

    /// Records a try of a callback: the first one (by its task) with its place in time, in one call.
    /// A repeat adds to what stands there, and what was delivered once stays delivered.
    pub async fn log_try(
        &self,
        delivery: &Delivery,
        first: bool,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let Some(one) = delivery.tries.first() else {
            return Ok(());
        };
        let expires = expiry(one.at, keep);
        let update = self.try_update(delivery, expires)?;
        let mut request = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(update).build());
        if first {
            let entry = write(
                keys::delivery_at(one.at, &delivery.id),
                &entry_of(delivery, one.at),
                expires,
            )?;
            let put = Put::builder().table_name(&self.table).set_item(Some(entry));
            let put = put.build().map_err(|_| StoreError::Unreadable)?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        let sent = request.send().await;
        sent.map(drop).map_err(|_| StoreError::Unavailable)
    }

    /// The update that adds the tries of `delivery` to those that stand there.
    fn try_update(
        &self,
        delivery: &Delivery,
        expires: Option<Timestamp>,
    ) -> Result<Update, StoreError> {
        let place = (
            delivery.part,
            delivery.status.as_str(),
            delivery.id.as_str(),
        );
        let key = keys::delivery(&delivery.message, place);
        let ends: Item = key.clone().into();
        let mut set = Vec::new();
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(ends.clone()))
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()));
        for (name, value) in write(key, delivery, expires)? {
            if ends.contains_key(&name) {
                continue;
            }
            let (at, given) = (format!("#{name}"), format!(":{name}"));
            set.push(match (name.as_str(), &value) {
                ("tries", _) => format!("{at} = list_append(if_not_exists({at}, :none), {given})"),
                ("delivered", AttributeValue::Bool(false)) => {
                    format!("{at} = if_not_exists({at}, {given})")
                }
                _ => format!("{at} = {given}"),
            });
            update = update
                .expression_attribute_names(at, name)
                .expression_attribute_values(given, value);
        }
        let update = update.update_expression(format!("SET {}", set.join(", ")));
        update.build().map_err(|_| StoreError::Unreadable)
    }

    /// The callbacks of a message, part by part.
    pub async fn list_deliveries(
        &self,
        message: &PostId,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, StoreError> {
        let pk = keys::delivery_pk(message);
        let items = self.query(&pk, "", false, usize::MAX).await?;
        let items = items.into_iter().filter(|item| !is_expired(item, now));
        items.map(read).collect()
    }

    /// Finds the delivery behind an entry of [`Store::list_deliveries_at`].
    pub async fn find_delivery(
        &self,
        entry: &DeliveryAt,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let place = (entry.part, entry.status.as_str(), entry.id.as_str());
        self.get(keys::delivery(&entry.message, place), now).await
    }

    /// At most `most` callbacks that were first tried in `from..to`, in order of time; behind the one
    /// with the id `after` at `from`. Days are partitions: an empty one costs a call.
    pub async fn list_deliveries_at(
        &self,
        ((from, to), after): ((Timestamp, Timestamp), Option<&str>),
        newest_first: bool,
        most: usize,
    ) -> Result<Vec<DeliveryAt>, StoreError> {
        let mut found = Vec::new();
        // ids are of one length: what is longer stands right behind the id itself
        let after = after.map_or_else(String::new, |id| format!("{id}!"));
        let from_key = format!("{}{after}", keys::delivery_moment(from));
        let mut days = days_of(from, to);
        if newest_first {
            days.reverse();
        }
        for day in days {
            let mut next = None;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .key_condition_expression("pk = :p AND sk BETWEEN :from AND :to")
                    .expression_attribute_values(":p", text(keys::delivery_day(day)))
                    .expression_attribute_values(":from", text(from_key.as_str()))
                    .expression_attribute_values(":to", text(keys::delivery_moment(to)))
                    .scan_index_forward(!newest_first)
                    .limit(i32::try_from(most - found.len()).unwrap_or(i32::MAX))
                    .set_exclusive_start_key(next)
                    .send()
                    .await
                    .map_err(|_| StoreError::Unavailable)?;
                let items: Vec<Item> = page.items.unwrap_or_default();
                for item in items {
                    found.push(read(item)?);
                }
                next = page.last_evaluated_key;
                if found.len() >= most {
                    return Ok(found);
                }
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }
}

fn entry_of(delivery: &Delivery, at: Timestamp) -> DeliveryAt {
    DeliveryAt {
        at,
        message: delivery.message.clone(),
        part: delivery.part,
        status: delivery.status.clone(),
        id: delivery.id.clone(),
    }
}

/// The item of the endpoint at `url`.
pub(super) fn endpoint_item(url: &str) -> Result<Item, StoreError> {
    let url = url.to_owned();
    write(keys::endpoint(), &EndpointItem { url }, None)
}

/// A moment in each day that `from..to` touches, in order.
fn days_of(from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let day = |at: Timestamp| at.seconds().div_euclid(86_400);
    let first = Timestamp::from_seconds(day(from) * 86_400);
    let count = u64::try_from(day(to) - day(from) + 1).unwrap_or(0);
    (0..count).map(|n| first.plus(days(n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_touches_its_days() {
        let at = |text| Timestamp::parse(text).unwrap();
        let days = |from, to| {
            let days = days_of(at(from), at(to));
            let keys: Vec<_> = days.into_iter().map(keys::delivery_day).collect();
            keys
        };
        assert_eq!(
            days("2026-06-30T23:59:59Z", "2026-07-02T00:00:00Z"),
            [
                "CALLBACK#D#2026-06-30",
                "CALLBACK#D#2026-07-01",
                "CALLBACK#D#2026-07-02"
            ]
        );
        assert_eq!(
            days("2026-07-02T01:00:00Z", "2026-07-01T02:00:00Z").len(),
            0
        );
    }
}
