//! Parked records are delivered after all: what customers wrote while a connection was switched off,
//! callbacks that their endpoint did not take for days.

use crate::app::App;
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::store::Parked;

/// Most records of one call: it has to end within a gateway's 30 s.
const MOST: usize = 500;
/// Records of one page.
const PAGE: i32 = 25;

/// What became of kept messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// How many records went back into their queue.
    pub sent: usize,
    /// Whether there are more: call again.
    pub more: bool,
}

/// Sends the parked records that `wanted` names to their queues again, in order, and removes them. A
/// record is removed only after the queue took it; a FIFO queue drops a second sending, and what
/// stands in a standard one twice is told once.
pub(super) async fn redrive(
    app: &App,
    wanted: impl Fn(&Parked) -> bool,
    now: Timestamp,
) -> Result<Redriven, Refused> {
    let mut redriven = Redriven::default();
    let mut after = None;
    loop {
        let (page, next) = app
            .store
            .list_parked_after(after.as_deref(), PAGE, now)
            .await?;
        for parked in page.iter().filter(|parked| wanted(parked)) {
            if redriven.sent == MOST {
                redriven.more = true;
                return Ok(redriven);
            }
            app.queues
                .resend(&parked.queue, &parked.body, &parked.id)
                .await?;
            app.store.delete_parked(&parked.id).await?;
            redriven.sent += 1;
        }
        after = next;
        if after.is_none() {
            return Ok(redriven);
        }
    }
}
