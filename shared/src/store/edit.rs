//! Versions of messages that agents changed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, expiry, keys, number, text, took_place, write};
use crate::domain::ids::PostId;
use crate::domain::time::Timestamp;

/// The newest version of a message that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Versions in their order, as text.
    pub version: String,
    /// A hash of what the customer reads of it.
    pub words: String,
    /// The customer reads nothing new in it: nobody is told, nothing is sent.
    #[serde(default)]
    pub quiet: bool,
}

impl Store {
    /// The newest version of a message, where it was ever changed.
    pub async fn find_version(
        &self,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Option<Version>, StoreError> {
        self.get(keys::edited(id), now).await
    }

    /// Records the newest version of a message; `false` where a newer one stands.
    pub async fn put_version(
        &self,
        id: &PostId,
        version: &Version,
        now: Timestamp,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(keys::edited(id), version, expiry(now, keep))?))
            .condition_expression("attribute_not_exists(pk) OR #v <= :v OR expires_at <= :now")
            .expression_attribute_names("#v", "version")
            .expression_attribute_values(":v", text(version.version.as_str()))
            .expression_attribute_values(":now", number(now.seconds()));
        took_place(request.send().await)
    }
}
