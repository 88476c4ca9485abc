//! What we remember of the Rocket.Chat workspace.

use serde::Deserialize;

use super::{Store, StoreError, keys, text};
use crate::domain::time::Timestamp;

#[derive(Deserialize)]
struct Workspace {
    former_webhook_url: Option<String>,
}

impl Store {
    /// Remembers where the workspace's Omnichannel webhook went before we took it over. Written
    /// before the take-over; a later one replaces it.
    pub async fn put_former_agent_webhook(&self, url: &str) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::workspace().into()))
            .update_expression("SET former_webhook_url = :u")
            .expression_attribute_values(":u", text(url))
            .send()
            .await
            .map(|_| ())
            .map_err(|_| StoreError::Unavailable)
    }

    /// Where the workspace's Omnichannel webhook went before; `None` where we took nothing over.
    pub async fn find_former_agent_webhook(
        &self,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let found: Option<Workspace> = self.get(keys::workspace(), now).await?;
        Ok(found.and_then(|workspace| workspace.former_webhook_url))
    }
}
