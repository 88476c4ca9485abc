//! Held messages expire visibly (R27), even if the customer never writes again: the tick looks for the
//! oldest ones, and what is too old is given up in the contact's group.

use std::collections::BTreeMap;

use super::hold::{self, Ending};
use crate::app::App;
use crate::domain::ids::ContactId;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::flows::identity;
use crate::mutant::{Mutant, on};
use crate::queue::fifo::Record;
use crate::queue::task::{ExpireV1, OutboundTask};
use crate::store::Due;

/// So many held messages are looked at in one call.
const PAGE: i32 = 100;
/// So many calls are made in one tick; what is left waits for the next one.
const PAGES: usize = 10;

/// Finds the held messages that are too old by the settings of this moment, and has them given up.
/// Gives of how many contacts. Where nothing is held, it is one query.
pub async fn expire_due(app: &App, now: Timestamp) -> Result<usize, Failure> {
    if on(Mutant::HeldForEver) {
        return Ok(0);
    }
    let mut tasks = BTreeMap::<ContactId, ExpireV1>::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let page = app.store.list_due(after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        let settings = app.settings(now).await?;
        let old = page
            .into_iter()
            .take_while(|due| hold::is_too_old(due.since, &settings, now));
        let (old, whole) = (old.collect::<Vec<_>>(), usize::try_from(PAGE).unwrap_or(0));
        let more = old.len() == whole;
        for due in old {
            add(app, &mut tasks, due, now).await?;
        }
        if !more {
            break;
        }
    }
    let found = tasks.len();
    for (contact, task) in tasks {
        // the same ones within five minutes are dropped by the queue
        let dedup = format!("expire#{}", task.due.join(","));
        let task = OutboundTask::Expire(task);
        app.queues.send_outbound(&contact, &dedup, &task).await?;
    }
    Ok(found)
}

/// The task goes to whom the message waits for now: a contact may have become part of another.
async fn add(
    app: &App,
    tasks: &mut BTreeMap<ContactId, ExpireV1>,
    due: Due,
    now: Timestamp,
) -> Result<(), Failure> {
    let found = app.store.find_contact(&due.contact, now).await?;
    let contact = found.map_or(due.contact, |contact| contact.id);
    let task = tasks.entry(contact.clone()).or_insert_with(|| ExpireV1 {
        connection: due.connection,
        contact,
        due: Vec::new(),
    });
    task.due.push(due.key);
    Ok(())
}

/// Gives up exactly what is too old by now; what is younger stays held. Needs no WhatsApp: it is done
/// for numbers that are switched off or gone as well.
pub(super) async fn run(
    app: &App,
    record: &Record,
    task: &ExpireV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let settings = app.settings(now).await?;
    let mut contact = app.store.find_contact(&task.contact, now).await?;
    if let Some(contact) = &mut contact {
        identity::absorb(app, contact).await?;
    }
    // whoever is forgotten leaves held messages behind: these are told all the same
    let id = contact
        .as_ref()
        .map_or(&task.contact, |contact| &contact.id);
    let end = Ending {
        app,
        settings: &settings,
        record,
        connection: &task.connection,
        now,
    };
    let mut left = Vec::new();
    for held in app.store.list_held(id).await? {
        if !hold::is_too_old(held.since, &settings, now) {
            left.push(held.due);
            continue;
        }
        if record.is_running_out() {
            return Err(Failure::retry("more_to_come"));
        }
        end.give_up(id, &held, &hold::too_long()).await?;
    }
    if let Some(contact) = contact.filter(|contact| contact.held && left.is_empty()) {
        app.store.clear_held_flag(&contact).await?;
    }
    // what a run that died left behind, or was held for a contact that is part of another now
    let gone = task.due.iter().filter(|due| !left.contains(due));
    let gone: Vec<_> = gone.cloned().collect();
    app.store.delete_due(&gone).await?;
    Ok(Outcome::Done)
}
