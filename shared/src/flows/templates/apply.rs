//! What WhatsApp says of templates, as it says it. Events carry no order and may be late, so the
//! next tick reads the whole list anew.

use crate::app::App;
use crate::domain::template::{Template, TemplateChange};
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::queue::task::TemplateEventV1;

/// Applies an event to the cache. A template that is not known (yet) comes with the next refresh.
pub(crate) async fn apply(
    app: &App,
    task: &TemplateEventV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let (connection, event) = (&task.connection, &task.event);
    let store = &app.store;
    if store.find_connection(connection, now).await?.is_none() {
        return Ok(Outcome::Ignored);
    }
    let name = (event.name.as_str(), event.language.as_str());
    let known = store.find_template(connection, name, now).await?;
    // what was learnt after the event came is newer than it
    if let Some(known) = known.filter(|known| known.changed_at <= task.received_at) {
        let changed = change(known.clone(), &event.change, now);
        if changed != known {
            store.put_templates(connection, &[changed]).await?;
        }
    }
    store.mark_sync_due(connection).await?;
    tracing::info!(connection.id = %connection, "template event applied");
    Ok(Outcome::Done)
}

fn change(known: Template, change: &TemplateChange, now: Timestamp) -> Template {
    let mut after = known.clone();
    match change {
        TemplateChange::Status { status, reason } => {
            // words that say how it came, not how it stands
            let word = match status.as_str() {
                "reinstated" | "unarchived" => "approved",
                other => other,
            };
            word.clone_into(&mut after.status);
            after.reason.clone_from(reason);
            let gone = matches!(word, "deleted" | "pending_deletion");
            after.gone_at = gone.then_some(now);
        }
        TemplateChange::Quality { score } => after.quality = Some(score.clone()),
        TemplateChange::Category { category } => after.category.clone_from(category),
        // what the event says of them is not what the list says: the refresh brings it
        TemplateChange::Components => {}
    }
    if after != known {
        after.changed_at = now;
    }
    after
}
