//! Who wants no marketing: a keyed hash and nothing else, so that it may outlive the contact.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, expiry, keys, number, took_place, write};
use crate::domain::ids::AliasId;
use crate::domain::time::{Timestamp, days};

#[derive(Serialize, Deserialize)]
struct OptOut {
    at: Timestamp,
    wanted: bool,
    how: String,
}

impl Store {
    /// Records whether a person wants marketing, under each name that the person is known by. What
    /// was said later counts, in whatever order it comes. `how`: `word`, `user_preferences`,
    /// `whatsapp_131050`.
    pub async fn put_opt_out(
        &self,
        ids: &[AliasId],
        (wanted, how): (bool, &str),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for id in ids {
            let value = OptOut {
                at,
                wanted,
                how: how.to_owned(),
            };
            // that somebody wants it again is needed only as long as older words may still come
            let expires = if wanted { expiry(at, days(30)) } else { None };
            let request = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(write(keys::opt_out(id), &value, expires)?))
                .condition_expression("attribute_not_exists(pk) OR #at <= :at")
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":at", number(at.millis()));
            took_place(request.send().await)?;
        }
        Ok(())
    }

    /// Whether the person behind a name wants marketing, and since when; `None` where nothing was said.
    pub async fn find_opt_out(
        &self,
        id: &AliasId,
        now: Timestamp,
    ) -> Result<Option<(bool, Timestamp)>, StoreError> {
        let found: Option<OptOut> = self.get(keys::opt_out(id), now).await?;
        Ok(found.map(|found| (found.wanted, found.at)))
    }
}
