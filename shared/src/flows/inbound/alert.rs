//! Notes that have to be read: in their room while it is open, else in the setup channel.

use super::{QUEUE, room};
use crate::app::App;
use crate::domain::ids::{PostId, RoomId};
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::flows::{parking, setup_channel};
use crate::queue::fifo::Record;
use crate::queue::task::AlertV1;
use crate::rocketchat::render::render_room_link;
use crate::rocketchat::{Client, RocketChatError};
use crate::text::catalog::Language;

/// Writes an alert, once: in whatever room its id stands already, it is written.
pub(super) async fn write(
    app: &App,
    record: &Record,
    alert: &AlertV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let failure = |error| room::failure_of(app, error);
    let id = PostId::of_note(&alert.key);
    let mut text = alert.text.clone();
    if let Some(own) = &alert.room {
        let rocketchat = app.rocketchat(now).await?.about(own.as_str());
        if !rocketchat.is_closed(own).await.map_err(failure)?
            && let Some(written) = post(&rocketchat, own, (&id, &text))
                .await
                .map_err(failure)?
        {
            return Ok(written);
        }
        let language = Language::of(&app.settings(now).await?.preferred_language);
        text = language.note_of_closed(&text, &render_room_link(rocketchat.site(), own));
    }
    let rocketchat = app.rocketchat(now).await?.about(setup_channel::NAME);
    if let Some(channel) = setup_channel::known(app, now).await?
        && let Some(written) = post(&rocketchat, &channel, (&id, &text))
            .await
            .map_err(failure)?
    {
        return Ok(written);
    }
    // not made yet, or not any more
    match setup_channel::renew(app, &rocketchat).await {
        Ok(channel) => {
            let written = post(&rocketchat, &channel, (&id, &text)).await;
            if let Some(written) = written.map_err(failure)? {
                return Ok(written);
            }
        }
        Err(RocketChatError::Rejected { .. }) => {}
        Err(error) => return Err(failure(error)),
    }
    let connection = Some(&alert.connection);
    parking::park(app, QUEUE, record, connection, "alert_rejected", now).await?;
    Ok(Outcome::Kept)
}

/// Posts it; `None` where Rocket.Chat refuses it there.
async fn post(
    rocketchat: &Client,
    room: &RoomId,
    (id, text): (&PostId, &str),
) -> Result<Option<Outcome>, RocketChatError> {
    match rocketchat.send_note(room, id, text).await {
        Ok(()) => Ok(Some(Outcome::Done)),
        Err(RocketChatError::Rejected { .. }) => {
            let stands = rocketchat.fetch_note(id).await?;
            Ok(stands.then_some(Outcome::Repeated))
        }
        Err(error) => Err(error),
    }
}
