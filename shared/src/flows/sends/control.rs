//! Pausing, resuming and cancelling a send that goes on.

use crate::app::App;
use crate::domain::ids::SendId;
use crate::domain::send::{SendRecord, SendState};
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::queue::task::{FanoutV1, OutboundTask};

/// What somebody wants of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Begin nothing new for now.
    Pause,
    /// Go on.
    Resume,
    /// Begin nothing new any more.
    Cancel,
}

/// Changes a send; gives it as it is then. What WhatsApp has taken already stays taken. A repeat
/// of the same wish is fine, so that one whose answer was lost can be sent again.
pub async fn control(
    app: &App,
    id: &SendId,
    wish: Control,
    now: Timestamp,
) -> Result<SendRecord, Refused> {
    let store = &app.store;
    let missing = || {
        let message = format!("There is no send {id}, or it is older than messages are kept.");
        Refused::not_found(message)
    };
    let found = store.find_send(id, now).await?.ok_or_else(missing)?;
    let cancelled = found.state == SendState::Cancelled;
    match wish {
        Control::Cancel => {
            store.stop_send(id, SendState::Cancelled).await?;
        }
        Control::Pause | Control::Resume if cancelled => {
            let message = "This send was cancelled: it cannot go on. Send it anew to those whom \
                           its report shows as skipped.";
            return Err(Refused::conflict("send_cancelled", message));
        }
        Control::Pause => {
            store.stop_send(id, SendState::Paused).await?;
        }
        Control::Resume => {
            store.resume_send(id, now).await?;
        }
    }
    if wish != Control::Pause {
        // the tasks of a paused send are gone; a cancelled one still tells each recipient's result
        let task = OutboundTask::Fanout(FanoutV1 {
            connection: found.connection.clone(),
            send: id.clone(),
        });
        app.queues.send_bulk(&[task]).await?;
    }
    store.find_send(id, now).await?.ok_or_else(missing)
}
