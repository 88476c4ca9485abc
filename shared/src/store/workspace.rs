//! What we remember of the Rocket.Chat workspace.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::{Store, StoreError, expiry, keys, text, write};
use crate::domain::ids::RoomId;
use crate::domain::time::{Timestamp, days};
use crate::domain::workspace::{FormerWebhook, WebhookEvents};

#[derive(Deserialize)]
struct Workspace {
    former_webhook_url: Option<String>,
    setup_channel: Option<RoomId>,
    #[serde(default)]
    pass_on: bool,
    #[serde(default)]
    former_events: WebhookEvents,
}

/// That events could not be passed on to the former webhook, or not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassingTrouble {
    /// When that was last seen.
    pub at: Timestamp,
    /// Why: `http_404`, `no_answer`, `guarded: …`, `shortened`.
    pub code: String,
}

/// How long it counts as news.
const NEWS: Duration = days(1);

impl Store {
    /// Remembers the workspace's Omnichannel webhook before we take it over. A later one replaces it.
    pub async fn put_former_webhook(&self, former: &FormerWebhook) -> Result<(), StoreError> {
        let events = to_attribute_value(former.events).map_err(|_| StoreError::Unreadable)?;
        let update = self
            .update(keys::workspace())
            .update_expression("SET former_webhook_url = :u, pass_on = :p, former_events = :e");
        update
            .expression_attribute_values(":u", text(&former.url))
            .expression_attribute_values(":p", AttributeValue::Bool(former.pass_on))
            .expression_attribute_values(":e", events)
            .send()
            .await
            .map(|_| ())
            .map_err(|_| StoreError::Unavailable)
    }

    /// Remembers which room the setup channel is.
    pub async fn put_setup_channel(&self, room: &RoomId) -> Result<(), StoreError> {
        self.update(keys::workspace())
            .update_expression("SET setup_channel = :r")
            .expression_attribute_values(":r", text(room.as_str()))
            .send()
            .await
            .map(|_| ())
            .map_err(|_| StoreError::Unavailable)
    }

    /// The setup channel; `None` where it was not made yet.
    pub async fn find_setup_channel(&self, now: Timestamp) -> Result<Option<RoomId>, StoreError> {
        let found: Option<Workspace> = self.get(keys::workspace(), now).await?;
        Ok(found.and_then(|workspace| workspace.setup_channel))
    }

    /// The webhook that the workspace had before; `None` where we took nothing over.
    pub async fn find_former_webhook(
        &self,
        now: Timestamp,
    ) -> Result<Option<FormerWebhook>, StoreError> {
        let found: Option<Workspace> = self.get(keys::workspace(), now).await?;
        Ok(found.and_then(|workspace| {
            Some(FormerWebhook {
                url: workspace.former_webhook_url?,
                pass_on: workspace.pass_on,
                events: workspace.former_events,
            })
        }))
    }

    /// Notes that events could not be passed on; forgotten after a day without news.
    pub async fn put_passing_trouble(&self, trouble: &PassingTrouble) -> Result<(), StoreError> {
        let expires = expiry(trouble.at, NEWS);
        self.put(write(keys::passing_trouble(), trouble, expires)?)
            .await
    }

    /// What was noted within the last day.
    pub async fn find_passing_trouble(
        &self,
        now: Timestamp,
    ) -> Result<Option<PassingTrouble>, StoreError> {
        self.get(keys::passing_trouble(), now).await
    }
}
