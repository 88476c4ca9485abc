//! The settings, versioned, with an audit line for each change.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::callback::endpoint_item;
use super::{Store, StoreError, expiry, keys, number, write};
use crate::domain::settings::Settings;
use crate::domain::time::{Timestamp, days};

/// The settings as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredSettings {
    /// Grows with each change; `0` before the first.
    pub version: u64,
    /// The values, as JSON: readers of another version keep keys that they do not know.
    pub settings: String,
}

#[derive(Serialize)]
struct Audit<'a> {
    at: Timestamp,
    what: &'a str,
    by: &'a str,
    change: &'a str,
}

impl Store {
    /// The settings with their version; the defaults where none were saved.
    pub async fn find_settings(&self, now: Timestamp) -> Result<(Settings, u64), StoreError> {
        let stored: Option<StoredSettings> = self.get(keys::settings(), now).await?;
        let Some(stored) = stored else {
            return Ok((Settings::default(), 0));
        };
        let settings = Settings::parse_stored(&stored.settings).ok_or(StoreError::Unreadable)?;
        Ok((settings, stored.version))
    }

    /// Saves settings over version `read`; [`StoreError::Conflict`] where somebody was faster. A new
    /// status endpoint (`moved`) is written in the same moment, switched on.
    pub async fn put_settings(
        &self,
        settings: &Settings,
        read: u64,
        moved: bool,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint_item(&settings.message_status_endpoint_url);
        let settings = serde_json::to_string(settings).map_err(|_| StoreError::Unreadable)?;
        let stored = StoredSettings {
            version: read + 1,
            settings,
        };
        let version = i64::try_from(read).unwrap_or(i64::MAX);
        let mut puts = vec![
            Put::builder()
                .table_name(&self.table)
                .set_item(Some(write(keys::settings(), &stored, None)?))
                .condition_expression("attribute_not_exists(pk) OR version = :read")
                .expression_attribute_values(":read", number(version)),
        ];
        if moved {
            let put = Put::builder().table_name(&self.table);
            puts.push(put.set_item(Some(endpoint?)));
        }
        let mut request = self.client.transact_write_items();
        for put in puts {
            let put = put.build().map_err(|_| StoreError::Unreadable)?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match request
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
        {
            Ok(_) => Ok(()),
            Err(error) if error.is_transaction_canceled_exception() => Err(StoreError::Conflict),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    /// Writes an audit line: `what` was changed, by which API key, to what. Never holds secrets.
    pub async fn put_audit(
        &self,
        what: &str,
        by: &str,
        change: &str,
        now: Timestamp,
        keep_days: u32,
    ) -> Result<(), StoreError> {
        let line = Audit {
            at: now,
            what,
            by,
            change,
        };
        let expires = expiry(now, days(u64::from(keep_days)));
        self.put(write(keys::audit(now, what), &line, expires)?)
            .await
    }
}
