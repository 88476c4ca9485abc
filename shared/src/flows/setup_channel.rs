//! The private setup channel: what concerns no open conversation is said there, to the people who
//! run the bridge.

use crate::app::App;
use crate::domain::ids::RoomId;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::workspace::patiently;
use crate::rocketchat::{Client, RocketChatError};

/// Its name, the one of Rocket.Chat's own app.
pub const NAME: &str = "omnichannel-whatsapp-cloud-api-setup";

/// Makes the channel where it is not known yet. Best effort: without it, the first line that has to
/// be said makes it.
pub async fn ensure(app: &App, now: Timestamp) {
    if matches!(app.store.find_setup_channel(now).await, Ok(Some(_))) {
        return;
    }
    let Ok(rocketchat) = app.rocketchat(now).await else {
        return;
    };
    match patiently(make(&rocketchat)).await {
        Ok(room) => remember(app, &room).await,
        Err(error) => tracing::info!(failure.code = %error, "setup channel not made"),
    }
}

/// The channel as it is remembered.
pub(super) async fn known(app: &App, now: Timestamp) -> Result<Option<RoomId>, Failure> {
    Ok(app.store.find_setup_channel(now).await?)
}

/// Finds the channel in Rocket.Chat, or makes it there, and remembers it.
pub(super) async fn renew(app: &App, rocketchat: &Client) -> Result<RoomId, RocketChatError> {
    let room = make(rocketchat).await?;
    remember(app, &room).await;
    Ok(room)
}

async fn remember(app: &App, room: &RoomId) {
    // it is found by its name next time
    if let Err(error) = app.store.put_setup_channel(room).await {
        tracing::warn!(failure.code = %error, "setup channel not remembered");
    }
}

/// One of that name is as good as a new one, as long as the bot is a member.
async fn make(rocketchat: &Client) -> Result<RoomId, RocketChatError> {
    let managers = match rocketchat.list_managers().await {
        Ok(managers) => managers,
        // people can be invited later
        Err(RocketChatError::Rejected { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    match rocketchat.create_group(NAME, &managers).await {
        // it stands already, or the bot may not make one
        Err(refused @ RocketChatError::Rejected { .. }) => {
            rocketchat.find_group(NAME).await?.ok_or(refused)
        }
        made => made,
    }
}
