//! Messages of programs, as they were taken.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::contact::done;
use super::{Store, StoreError, expiry, keys, text, write};
use crate::domain::ids::PostId;
use crate::domain::program::ProgramRecord;
use crate::domain::time::Timestamp;

impl Store {
    /// Records a message before its task is enqueued.
    pub async fn put_program(
        &self,
        record: &ProgramRecord,
        keep: Duration,
    ) -> Result<(), StoreError> {
        let expires = expiry(record.created_at, keep);
        let item = write(keys::program(&record.id), record, expires)?;
        self.put(item).await
    }

    /// Finds a program's message.
    pub async fn find_program(
        &self,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Option<ProgramRecord>, StoreError> {
        self.get(keys::program(id), now).await
    }

    /// The task of a message stands in the queue.
    pub async fn mark_program_queued(&self, id: &PostId) -> Result<(), StoreError> {
        let request = self
            .update(keys::program(id))
            .update_expression("SET queued = :true")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        done(request).await.map(drop)
    }

    /// The file of a message was uploaded; it is known to WhatsApp under `file`.
    pub async fn mark_program_uploaded(&self, id: &PostId, file: &str) -> Result<(), StoreError> {
        let request = self
            .update(keys::program(id))
            .update_expression("SET #message.#file.uploaded = :file")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#message", "message")
            .expression_attribute_names("#file", "file")
            .expression_attribute_values(":file", text(file));
        done(request).await.map(drop)
    }
}
