//! The status endpoint, and how the delivery of each callback went. `callback-sender` has rights on
//! nothing else (`keys::endpoint`).

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::done;
use super::{Item, Store, StoreError, expiry, is_expired, keys, number, read, text, write};
use crate::domain::callback::{Delivery, Endpoint, Try};
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

impl Store {
    /// The status endpoint; an empty one where none was ever set.
    pub async fn find_endpoint(&self, now: Timestamp) -> Result<Endpoint, StoreError> {
        let found = self.get(keys::endpoint(), now).await?;
        Ok(found.unwrap_or_default())
    }

    /// Switches the endpoint off (`Some`) or on, if it still is the one at `url`; `false` where it
    /// is another by now.
    pub async fn switch_endpoint(
        &self,
        url: &str,
        off_since: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let mut request = self
            .update(keys::endpoint())
            .condition_expression("#url = :url")
            .expression_attribute_names("#url", "url")
            .expression_attribute_values(":url", text(url));
        request = match off_since {
            Some(at) => request
                .update_expression("SET off_since = if_not_exists(off_since, :at)")
                .expression_attribute_values(":at", number(at.millis())),
            None => request.update_expression("REMOVE off_since"),
        };
        done(request).await
    }

    /// Records the first try of a callback, whatever stood there: one call.
    pub async fn put_delivery(
        &self,
        delivery: &Delivery,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let Some(first) = delivery.tries.first() else {
            return Ok(());
        };
        let expires = expiry(first.at, keep);
        let entry = entry_of(delivery, first.at);
        let place = (
            delivery.part,
            delivery.status.as_str(),
            delivery.id.as_str(),
        );
        self.put_all(vec![
            write(keys::delivery(&delivery.message, place), delivery, expires)?,
            write(keys::delivery_at(first.at, &delivery.id), &entry, expires)?,
        ])
        .await
    }

    /// Adds a try to a callback; one that is not known yet is recorded.
    pub async fn add_try(
        &self,
        delivery: &Delivery,
        one: &Try,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let place = (
            delivery.part,
            delivery.status.as_str(),
            delivery.id.as_str(),
        );
        let one = to_attribute_value(one).map_err(|_| StoreError::Unreadable)?;
        let answer = self
            .update(keys::delivery(&delivery.message, place))
            .update_expression("SET tries = list_append(tries, :try), delivered = :done")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":try", AttributeValue::L(vec![one]))
            .expression_attribute_values(":done", AttributeValue::Bool(delivery.delivered))
            .return_values(ReturnValue::None)
            .send()
            .await;
        match answer.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(()),
            Err(error) if error.is_conditional_check_failed_exception() => {
                self.put_delivery(delivery, keep).await
            }
            Err(_) => Err(StoreError::Unavailable),
        }
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
