//! Pausing, resuming and cancelling a send that goes on.

use super::report::find;
use crate::app::App;
use crate::domain::ids::SendId;
use crate::domain::send::{SendRecord, SendState};
use crate::domain::time::Timestamp;
use crate::flows::api_keys::{BULK, Caller};
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
    caller: &Caller,
    (id, wish): (&SendId, Control),
    now: Timestamp,
) -> Result<SendRecord, Refused> {
    let store = &app.store;
    let found = find(app, Some(caller), id, now).await?;
    if found.recipients > 1 {
        caller.needs(&[BULK])?;
    }
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
    let keep = app.settings(now).await?.retention_days.audit;
    let change = format!("{wish:?} {id}");
    let by = &caller.key.name;
    store.put_audit("send", by, &change, now, keep).await?;
    find(app, Some(caller), id, now).await
}
