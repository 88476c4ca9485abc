//! Callbacks of a span of time, made anew: the endpoint lost what it had taken, or was switched to
//! another address.

use crate::app::App;
use crate::domain::callback::{About, Callback, Delivery};
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::queue::task::{ReplayV1, StatusTask};
use crate::store::{DeliveryAt, MessageRecord};

/// So many deliveries are worked off by one task; then the task goes on from there.
const PAGE: usize = 50;

/// Puts a page of callbacks into their queue again, with their ids. What is no longer known (its
/// retention has ended) is left out. A crash repeats some.
pub(in crate::flows) async fn replay(
    app: &App,
    task: &ReplayV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let settings = app.settings(now).await?;
    if app.store.find_endpoint(now).await?.url.is_empty() {
        return Ok(Outcome::Ignored);
    }
    let span = (task.from, task.to);
    let after = task.after.as_deref();
    let page = app.store.list_deliveries_at((span, after), false, PAGE);
    let page = page.await?;
    let mut tasks = Vec::new();
    for entry in &page {
        let delivery = app.store.find_delivery(entry, now).await?;
        let wanted = delivery.filter(|one| !(task.only_failed && one.delivered));
        if let Some(callback) = match wanted {
            Some(delivery) => rebuild(app, delivery, now).await?,
            None => None,
        } {
            tasks.push(super::task_of(&settings, callback, true));
        }
    }
    app.queues.send_callbacks(&tasks).await?;
    tracing::info!(
        event = "replayed",
        callbacks = tasks.len(),
        "callbacks made anew"
    );
    if let (PAGE, Some(last)) = (page.len(), page.last()) {
        let next = going_on(task, last);
        app.queues.send_statuses(&[next]).await?;
    }
    Ok(Outcome::Done)
}

fn going_on(task: &ReplayV1, last: &DeliveryAt) -> StatusTask {
    StatusTask::Replay(ReplayV1 {
        from: last.at,
        after: Some(last.id.clone()),
        ..task.clone()
    })
}

async fn rebuild(
    app: &App,
    delivery: Delivery,
    now: Timestamp,
) -> Result<Option<Callback>, Failure> {
    let found = app.store.find_message(&delivery.message, now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(None);
    };
    Ok(Some(Callback {
        about: About::of(&intent, delivery.part),
        message: delivery.message,
        part: delivery.part,
        status: delivery.status,
        at: delivery.at,
        wamid: delivery.wamid,
        error: delivery
            .error
            .and_then(|error| serde_json::from_str(&error).ok()),
        test: false,
    }))
}
