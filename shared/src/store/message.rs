//! Message records: once-only and quotes.

use std::time::Duration;

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::contact::done;
use super::{Item, Store, StoreError, expiry, keys, number, read, text, took_place, write};
use crate::domain::callback::About;
use crate::domain::ids::{ConnectionId, ContactId, PostId, RoomId, Wamid};
use crate::domain::outgoing::{FilePart, Intent, PartState};
use crate::domain::time::Timestamp;

/// A customer's message that Rocket.Chat accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboundRecord {
    /// Rocket.Chat's id of it.
    pub id: PostId,
    /// WhatsApp's.
    pub wamid: Wamid,
    /// Where it was posted.
    pub room: RoomId,
    /// Whose it is.
    pub contact: ContactId,
    /// When WhatsApp took it.
    pub sent_at: Timestamp,
    /// When Rocket.Chat had accepted it.
    pub posted_at: Timestamp,
    /// Rocket.Chat's id of the message that shows its file, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PostId>,
    /// Its file was to follow when it was posted.
    #[serde(default)]
    pub follows: bool,
    /// How often that file was asked for in vain.
    #[serde(default)]
    pub tries: u32,
}

/// What stands under a Rocket.Chat id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "direction", rename_all = "snake_case")]
pub enum MessageRecord {
    /// From the customer.
    Inbound(InboundRecord),
    /// To the customer.
    Outbound(Intent),
}

/// A part that WhatsApp accepted: leads from a wamid to our message, and carries the status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Our message.
    pub message: PostId,
    /// Which part of it.
    pub part: usize,
    /// The number it went out from.
    pub connection: ConnectionId,
    /// Where notes about it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The highest status so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_at: Option<Timestamp>,
    /// Meta's code, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<i64>,
    /// What the status endpoint is told of it, where there was one when it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

impl Store {
    /// Records a customer's message.
    pub async fn put_inbound(
        &self,
        record: &InboundRecord,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let value = MessageRecord::Inbound(record.clone());
        let expires = expiry(record.posted_at, keep);
        let item = write(keys::message(&record.id), &value, expires)?;
        match &record.file {
            // agents quote the message that shows the file
            Some(file) => {
                let shown = write(keys::message(file), &value, expires)?;
                self.put_all(vec![item, shown]).await
            }
            None => self.put(item).await,
        }
    }

    /// Counts a try of a file that follows and that came to nothing; gives how many there were.
    /// Zero where the message is forgotten.
    pub async fn count_try(&self, id: &PostId) -> Result<u32, StoreError> {
        let request = self
            .update(keys::message(id))
            .update_expression("ADD tries :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        let answer = request.send().await;
        let answer = match answer.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(answer) => answer,
            Err(error) if error.is_conditional_check_failed_exception() => return Ok(0),
            Err(_) => return Err(StoreError::Unavailable),
        };
        match read(answer.attributes.unwrap_or_default())? {
            MessageRecord::Inbound(record) => Ok(record.tries),
            MessageRecord::Outbound(_) => Err(StoreError::Unreadable),
        }
    }

    /// Finds a message of either side by its Rocket.Chat id (or key).
    pub async fn find_message(
        &self,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Option<MessageRecord>, StoreError> {
        self.get(keys::message(id), now).await
    }

    /// Finds what we sent under a wamid.
    pub async fn find_sent(
        &self,
        wamid: &Wamid,
        now: Timestamp,
    ) -> Result<Option<Sent>, StoreError> {
        self.get(keys::wamid(wamid), now).await
    }

    /// Records an intent before the first call. Where one stands already, gives that one.
    pub async fn put_intent(
        &self,
        intent: &Intent,
        keep: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(self.intent_item(intent, keep)?))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(intent.created_at.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(None) };
        let error = error.into_service_error();
        if !error.is_conditional_check_failed_exception() {
            return Err(StoreError::Unavailable);
        }
        let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
            failed,
        ) = error
        else {
            return Err(StoreError::Unavailable);
        };
        match read(failed.item.unwrap_or_default())? {
            // our own write, whose answer was lost and which the SDK then repeated
            MessageRecord::Outbound(standing) if standing == *intent => Ok(None),
            MessageRecord::Outbound(standing) => Ok(Some(standing)),
            MessageRecord::Inbound(_) => Err(StoreError::Unreadable),
        }
    }

    /// Writes an intent as it is now, and the pointers of parts that were just accepted, in one
    /// call. Only its own group writes an intent whose call has ended.
    pub async fn save_intent(
        &self,
        intent: &Intent,
        accepted: &[(Wamid, Sent)],
        keep: Duration,
    ) -> Result<(), StoreError> {
        let mut items = vec![self.intent_item(intent, keep)?];
        for (wamid, sent) in accepted {
            items.push(write(
                keys::wamid(wamid),
                sent,
                expiry(intent.created_at, keep),
            )?);
        }
        self.put_all(items).await
    }

    /// Moves one part from `Calling` to `state`; `false` where it is not (any more) `Calling`.
    /// The status events and the worker may both try: one of them wins.
    pub async fn resolve_part(
        &self,
        id: &PostId,
        part: usize,
        state: &PartState,
    ) -> Result<bool, StoreError> {
        self.move_part(id, part, state, "calling").await
    }

    /// Moves one part that is not final to `state`, because WhatsApp told of it; `false` where it
    /// is final already.
    pub async fn recover_part(
        &self,
        id: &PostId,
        part: usize,
        state: &PartState,
    ) -> Result<bool, StoreError> {
        Ok(self.move_part(id, part, state, "calling").await?
            || self.move_part(id, part, state, "pending").await?)
    }

    /// Begins the call of a part that is pending, or gives it up; `false` where another run was
    /// faster. `run` names this one: its own write, whose answer was lost and which the SDK then
    /// repeated, counts as done.
    pub async fn begin_part(
        &self,
        id: &PostId,
        part: usize,
        (state, run): (&PartState, &str),
    ) -> Result<bool, StoreError> {
        let value = to_attribute_value(state).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::message(id))
            .update_expression(format!(
                "SET parts[{part}].#state = :s, parts[{part}].run = :run"
            ))
            .condition_expression(format!(
                "parts[{part}].#state.#state = :pending OR parts[{part}].run = :run"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":s", value)
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":run", text(run));
        done(request).await
    }

    /// Records how far the file of a part is that was not sent yet; `false` where it was.
    pub async fn put_file(
        &self,
        id: &PostId,
        part: usize,
        file: &FilePart,
    ) -> Result<bool, StoreError> {
        let value = to_attribute_value(file).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::message(id))
            .update_expression(format!("SET parts[{part}].#file = :f"))
            .condition_expression(format!("parts[{part}].#state.#state = :pending"))
            .expression_attribute_names("#file", "file")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":f", value)
            .expression_attribute_values(":pending", text("pending"));
        done(request).await
    }

    /// A part that WhatsApp took under `wamid` failed for its file: it is to be sent as `file`. `false`
    /// where it is another part by now.
    pub async fn fall_back(
        &self,
        id: &PostId,
        part: usize,
        (wamid, file): (&Wamid, &FilePart),
    ) -> Result<bool, StoreError> {
        let value = to_attribute_value(file).map_err(|_| StoreError::Unreadable)?;
        let state = to_attribute_value(PartState::Pending).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::message(id))
            .update_expression(format!(
                "SET parts[{part}].#file = :f, parts[{part}].#state = :s"
            ))
            .condition_expression(format!("parts[{part}].#state.wamid = :w"))
            .expression_attribute_names("#file", "file")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":f", value)
            .expression_attribute_values(":s", state)
            .expression_attribute_values(":w", text(wamid.as_str()));
        done(request).await
    }

    /// Forgets a message of which nothing was begun; nothing where a part of it was.
    pub async fn forget_intent(&self, id: &PostId) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::message(id).into()))
            // parts go in order: where the first one waits, all do
            .condition_expression("parts[0].#state.#state = :pending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", text("pending"));
        took_place(request.send().await).map(drop)
    }

    async fn move_part(
        &self,
        id: &PostId,
        part: usize,
        state: &PartState,
        from: &str,
    ) -> Result<bool, StoreError> {
        let value = to_attribute_value(state).map_err(|_| StoreError::Unreadable)?;
        let request = self
            .update(keys::message(id))
            .update_expression(format!("SET parts[{part}].#state = :s"))
            .condition_expression(format!("parts[{part}].#state.#state = :from"))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":s", value)
            .expression_attribute_values(":from", text(from));
        done(request).await
    }

    /// Records the pointer of a part that a status event proved to be sent. An existing one stays.
    pub async fn put_sent(
        &self,
        wamid: &Wamid,
        sent: &Sent,
        now: Timestamp,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(keys::wamid(wamid), sent, expiry(now, keep))?))
            .condition_expression("attribute_not_exists(pk)");
        took_place(request.send().await).map(drop)
    }

    fn intent_item(&self, intent: &Intent, keep: Duration) -> Result<Item, StoreError> {
        let value = MessageRecord::Outbound(intent.clone());
        write(
            keys::message(&intent.id),
            &value,
            expiry(intent.created_at, keep),
        )
    }
}
