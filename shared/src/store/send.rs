//! Sends of templates with their recipients, and the claims that make a request happen once.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure,
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::done;
use super::{Item, Sent, Store, StoreError, expiry, is_expired, keys, number, read, text, write};
use crate::domain::ids::{SendId, Wamid};
use crate::domain::send::{RecipientRecord, SendRecord, SendResult, SendState};
use crate::domain::time::Timestamp;

/// A request that is carried out once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The id of the send or message that it became.
    #[serde(rename = "send")]
    pub became: String,
    /// What it asked for.
    pub fingerprint: String,
    /// When it was claimed.
    pub at: Timestamp,
}

/// Most items of one `BatchWriteItem`.
const WRITES: usize = 25;
/// Most keys of one `BatchGetItem`.
const READS: usize = 100;

impl Store {
    /// Finds what a request became.
    pub async fn find_claim(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Claim>, StoreError> {
        self.get(keys::claim(hash), now).await
    }

    /// Claims a request; gives the claim that stands, which may be an earlier one.
    pub async fn claim_request(
        &self,
        hash: &str,
        claim: &Claim,
        now: Timestamp,
        keep: Duration,
    ) -> Result<Claim, StoreError> {
        use aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(keys::claim(hash), claim, Some(now.plus(keep)))?))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(now.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(claim.clone()),
            Err(ConditionalCheckFailedException(failed)) => read(failed.item.unwrap_or_default()),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    /// Takes over the claim of a run that has ended without an answer; `false` where somebody else
    /// was faster.
    pub async fn retake_claim(
        &self,
        hash: &str,
        standing: &Claim,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let request = self
            .update(keys::claim(hash))
            .update_expression("SET #at = :now")
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":at", number(standing.at.millis()));
        done(request).await
    }

    /// Records a send: its recipients first, so that the head stands only when all of them do.
    pub async fn put_send(
        &self,
        send: &SendRecord,
        recipients: &[RecipientRecord],
        keep: Duration,
    ) -> Result<(), StoreError> {
        let expires = expiry(send.created_at, keep);
        for some in recipients.chunks(WRITES) {
            let items = some
                .iter()
                .map(|one| write(keys::recipient(&send.id, one.n), one, expires));
            self.put_all(items.collect::<Result<_, _>>()?).await?;
        }
        self.put(write(keys::send(&send.id), send, expires)?).await
    }

    /// Finds a send.
    pub async fn find_send(
        &self,
        id: &SendId,
        now: Timestamp,
    ) -> Result<Option<SendRecord>, StoreError> {
        self.get(keys::send(id), now).await
    }

    /// Finds a recipient of a send.
    pub async fn find_recipient(
        &self,
        id: &SendId,
        n: usize,
        now: Timestamp,
    ) -> Result<Option<RecipientRecord>, StoreError> {
        self.get(keys::recipient(id, n), now).await
    }

    /// All recipients of a send, in order.
    pub async fn list_recipients(&self, id: &SendId) -> Result<Vec<RecipientRecord>, StoreError> {
        let items: Vec<Item> = self
            .query(&keys::send_pk(id), keys::RECIPIENTS, false, usize::MAX)
            .await?;
        items.into_iter().map(read).collect()
    }

    /// The tasks of a send stand in the queue.
    pub async fn mark_send_queued(&self, id: &SendId) -> Result<(), StoreError> {
        let set = AttributeValue::Bool(true);
        self.change_send(id, "queued", set).await.map(|_| ())
    }

    /// Pauses or cancels a send; one that is cancelled stays so. `false` where it did not change.
    pub async fn stop_send(&self, id: &SendId, state: SendState) -> Result<bool, StoreError> {
        let word = to_attribute_value(state).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::send(id))
            .update_expression("SET #state = :to")
            .condition_expression("attribute_exists(pk) AND #state <> :cancelled")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":to", word)
            .expression_attribute_values(":cancelled", text("cancelled"));
        done(request).await
    }

    /// Makes a paused send go on; `false` where it is not paused.
    pub async fn resume_send(&self, id: &SendId, now: Timestamp) -> Result<bool, StoreError> {
        let request = self
            .update(keys::send(id))
            .update_expression("SET #state = :active, resumed_at = :now")
            .condition_expression("#state = :paused")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", text("active"))
            .expression_attribute_values(":paused", text("paused"))
            .expression_attribute_values(":now", number(now.millis()));
        done(request).await
    }

    /// The file of a send was uploaded.
    pub async fn mark_send_uploaded(&self, id: &SendId, file: &str) -> Result<(), StoreError> {
        self.change_send(id, "file.uploaded", text(file))
            .await
            .map(|_| ())
    }

    async fn change_send(
        &self,
        id: &SendId,
        path: &str,
        value: AttributeValue,
    ) -> Result<bool, StoreError> {
        let mut request = self.update(keys::send(id));
        let mut names = Vec::new();
        for (n, part) in path.split('.').enumerate() {
            request = request.expression_attribute_names(format!("#p{n}"), part);
            names.push(format!("#p{n}"));
        }
        let request = request
            .update_expression(format!("SET {} = :v", names.join(".")))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":v", value);
        done(request).await
    }

    /// Records what became of a send for recipient `n`, unless that is decided already.
    pub async fn mark_recipient(
        &self,
        id: &SendId,
        n: usize,
        result: &SendResult,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.move_recipient((id, n), ["queued", "queued"], result, now)
            .await
    }

    /// What was unknown, or about to be, has turned out to have been sent.
    pub async fn recover_recipient(
        &self,
        id: &SendId,
        n: usize,
        wamid: &Wamid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let result = SendResult::Sent {
            wamid: wamid.clone(),
        };
        self.move_recipient((id, n), ["queued", "unknown"], &result, now)
            .await
    }

    /// Agents can see what recipient `n` got.
    pub async fn mark_shown(&self, id: &SendId, n: usize) -> Result<(), StoreError> {
        let request = self
            .update(keys::recipient(id, n))
            .update_expression("SET shown = :true")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        done(request).await.map(|_| ())
    }

    async fn move_recipient(
        &self,
        (id, n): (&SendId, usize),
        [from, or]: [&str; 2],
        to: &SendResult,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let value = to_attribute_value(to).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::recipient(id, n))
            .update_expression("SET #result = :r, #at = :now")
            .condition_expression("#result.#result IN (:from, :or)")
            .expression_attribute_names("#result", "result")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":r", value)
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":or", text(or));
        done(request).await
    }

    /// What became of several messages at WhatsApp, by wamid.
    pub async fn find_all_sent(
        &self,
        wamids: &[&Wamid],
        now: Timestamp,
    ) -> Result<BTreeMap<String, Sent>, StoreError> {
        let mut found = BTreeMap::new();
        let by_key: BTreeMap<String, &Wamid> = wamids
            .iter()
            .map(|wamid| (keys::wamid(wamid).pk, *wamid))
            .collect();
        let all: Vec<Item> = wamids
            .iter()
            .map(|wamid| keys::wamid(wamid).into())
            .collect();
        for some in all.chunks(READS) {
            let mut waiting = some.to_vec();
            // DynamoDB leaves over what does not fit 16 MB or is throttled
            for _ in 0..8 {
                if waiting.is_empty() {
                    break;
                }
                let keys = KeysAndAttributes::builder().set_keys(Some(waiting)).build();
                let keys = keys.map_err(|_| StoreError::Unreadable)?;
                let request = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, keys);
                let answer = request.send().await.map_err(|_| StoreError::Unavailable)?;
                let items = answer.responses.unwrap_or_default().remove(&self.table);
                for item in items.unwrap_or_default() {
                    let key = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned();
                    let wamid = key.and_then(|key| by_key.get(&key).copied());
                    if let Some(wamid) = wamid.filter(|_| !is_expired(&item, now)) {
                        found.insert(wamid.as_str().to_owned(), read(item)?);
                    }
                }
                let left = answer
                    .unprocessed_keys
                    .unwrap_or_default()
                    .remove(&self.table);
                waiting = left.map(|keys| keys.keys).unwrap_or_default();
            }
        }
        Ok(found)
    }
}
