//! The workspace's one Omnichannel webhook: which events it carries, and whose it was before ours.

use serde::{Deserialize, Serialize};

/// Which events the webhook carries, as far as we set them (reference: Rocket.Chat, §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookEvents {
    /// What agents and bots write.
    pub agent_messages: bool,
    /// What visitors write.
    pub visitor_messages: bool,
    /// Conversations that are closed.
    pub closings: bool,
}

/// Those that we need.
impl Default for WebhookEvents {
    fn default() -> Self {
        Self {
            agent_messages: true,
            visitor_messages: false,
            closings: true,
        }
    }
}

/// The webhook that the workspace had before ours. Its token is a secret and stands elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerWebhook {
    /// Where it went.
    pub url: String,
    /// Whether events are passed on to it.
    pub pass_on: bool,
    /// Which events it carried.
    pub events: WebhookEvents,
}
