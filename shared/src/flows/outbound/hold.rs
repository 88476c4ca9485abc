//! Outside the 24-hour window: hold a message until the customer writes, then send what was held.

use super::{
    Story, circuit, edits, file, find_contact, is_begun, notes, refuse, reopen, send_agent_message,
};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::ids::{ConnectionId, ContactId};
use crate::domain::settings::{MOST_HELD_HOURS, OutsideWindow, Settings};
use crate::domain::time::{Timestamp, days, hours};
use crate::error::{Failure, Fate, Outcome};
use crate::flows::{identity, parking};
use crate::queue::batch::body_of;
use crate::queue::fifo::Record;
use crate::queue::task::{AgentV1, ReleaseV1};
use crate::store::{Held, HoldError, MessageRecord};
use crate::text::catalog::Advice;

/// The code of a held message that an agent discarded.
pub(super) const DROPPED: &str = "dropped";

/// What became of a message outside the window.
pub(super) enum Decision {
    /// It waits for the customer; the agent is told.
    Held,
    /// The customer wrote in between: decide again.
    WindowMoved,
}

/// What became of what was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// Nothing is held any more.
    All,
    /// WhatsApp says that the window is closed: what is left stays held.
    Closed,
}

/// Holds a message, or refuses it where the settings say so. Holding and the customer's message
/// cannot miss each other: the hold stands only if the window clock is still the one that was read.
pub(super) async fn hold(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
    sequence: &str,
) -> Result<Decision, Failure> {
    let earlier = find_held(story.app, contact, task).await?;
    let replaces = match &earlier {
        // the event of the newer version came first
        Some((_, other)) if is_older(task, other) => return Ok(Decision::Held),
        Some((_, other)) => is_older(other, task),
        None if story.settings.outside_window == OutsideWindow::Refuse => {
            return Err(Failure::give_up("window_closed", Advice::WindowClosed));
        }
        None => false,
    };
    if replaces {
        // WhatsApp may have refused the older words: they must not come back with the record
        story.app.store.forget_intent(&task.message.id).await?;
    }
    let body = body_of(task);
    let held = match earlier {
        // the place and the age are those of the first version
        Some((held, _)) => Held { task: body, ..held },
        None => Held::new(&contact.id, sequence, task.received_at, body),
    };
    match story
        .app
        .store
        .hold(contact, &held, kept_for(story.settings))
        .await
    {
        Ok(()) => {
            let reopened = Box::pin(reopen::begin(story, contact, task)).await?;
            if !replaces {
                notes::held(story.app, story.settings, task, reopened.as_deref()).await?;
            }
            Ok(Decision::Held)
        }
        Err(HoldError::WindowMoved) => Ok(Decision::WindowMoved),
        Err(HoldError::Store(error)) => Err(error.into()),
    }
}

/// Puts a changed message in the place of the version that is held, before what is held goes out. Where
/// the customer wrote in between, that has to be decided again.
pub(super) async fn renew(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
) -> Result<Decision, Failure> {
    let earlier = match task.message.edited_at {
        Some(_) => find_held(story.app, contact, task).await?,
        None => None,
    };
    let Some((held, _)) = earlier.filter(|(_, other)| is_older(other, task)) else {
        return Ok(Decision::Held);
    };
    let store = &story.app.store;
    store.forget_intent(&task.message.id).await?;
    let task = body_of(task);
    let held = Held { task, ..held };
    match store.hold(contact, &held, kept_for(story.settings)).await {
        Ok(()) => Ok(Decision::Held),
        Err(HoldError::WindowMoved) => Ok(Decision::WindowMoved),
        Err(HoldError::Store(error)) => Err(error.into()),
    }
}

/// A changed message that cannot be sent now: the words that are held are not the agent's any more. `false`
/// where none are held.
pub(super) async fn replace(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    now: Timestamp,
) -> Result<bool, Failure> {
    let found = app.store.find_contact(&task.contact, now).await?;
    let Some(contact) = found.filter(|contact| contact.has_token(&task.token)) else {
        return Ok(false);
    };
    let Some((held, other)) = find_held(app, &contact, task).await? else {
        return Ok(false);
    };
    if is_older(&other, task) {
        app.store.forget_intent(&task.message.id).await?;
        let task = body_of(task);
        let held = Held { task, ..held };
        match app.store.hold(&contact, &held, kept_for(settings)).await {
            Ok(()) => {}
            Err(HoldError::WindowMoved) => return Err(Failure::retry("window_contended")),
            Err(HoldError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Whether a version of a message is older than another one.
fn is_older(one: &AgentV1, other: &AgentV1) -> bool {
    edits::order_of(&one.message) < edits::order_of(&other.message)
}

/// Longer than it may be held, whatever the settings say by then: giving up is told by us, never done
/// by TTL.
fn kept_for(settings: &Settings) -> std::time::Duration {
    let most = hours(u64::from(MOST_HELD_HOURS)) + days(2);
    settings.keep_messages().max(most)
}

/// The version of a message that is held already, with its place.
pub(super) async fn find_held(
    app: &App,
    contact: &Contact,
    task: &AgentV1,
) -> Result<Option<(Held, AgentV1)>, Failure> {
    if !contact.held {
        return Ok(None);
    }
    let all = app.store.list_held(&contact.id).await?;
    Ok(all.into_iter().find_map(|held| {
        let other = read(&held)?;
        edits::are_one(&other.message.id, &task.message.id).then_some((held, other))
    }))
}

/// The message that is held; `None` where this version cannot read it.
pub(super) fn read(held: &Held) -> Option<AgentV1> {
    serde_json::from_str(&held.task).ok()
}

/// Whether a message has been held for longer than the settings say.
pub(super) fn is_too_old(since: Timestamp, settings: &Settings, now: Timestamp) -> bool {
    now.since(since) > settings.held_for()
}

/// Why it is given up then.
pub(super) fn too_long() -> Failure {
    Failure::give_up("held_too_long", Advice::HeldTooLong)
}

/// The customer wrote: what was held goes out, in order.
pub(super) async fn release(story: &Story<'_>, task: &ReleaseV1) -> Result<Outcome, Failure> {
    let contact = match find_contact(story, &task.contact, None).await {
        Err(failure) if failure.fate == Fate::GiveUp => return Ok(Outcome::Ignored),
        contact => contact?,
    };
    if !contact.held || !contact.window_is_open(story.now) {
        return Ok(Outcome::Ignored);
    }
    match drain(story, &contact).await {
        // the number is stopped: the flag stays, the agent's or customer's next message tries again
        Err(failure) if failure.code == circuit::REFUSED => Ok(Outcome::Kept),
        // the flag stays, and the agent's next message tries again: it must not queue up behind
        // this one for as long as a message may be held
        Err(_) if story.is_late() => Ok(Outcome::Kept),
        Ok(Drained::Closed) => Ok(Outcome::Kept),
        Ok(Drained::All) => Ok(Outcome::Done),
        Err(failure) => Err(failure),
    }
}

/// Sends the held messages of a contact in order, then clears the flag. Runs in the contact's group
/// only, so nothing is held meanwhile; but what another contact brings that becomes part of it.
pub(super) async fn drain(story: &Story<'_>, contact: &Contact) -> Result<Drained, Failure> {
    let store = &story.app.store;
    let end = Ending::of(story);
    for held in store.list_held(&contact.id).await? {
        // a number that is stopped sends nothing of it: it stays held
        if let Some(failure) = circuit::open_barrier(story).await? {
            return Err(failure);
        }
        let Err(failure) = send_held(story, contact, &held).await else {
            store.delete_held(&contact.id, &held).await?;
            continue;
        };
        if is_window_closed(story, &held, &failure).await? {
            if contact.window_is_open(story.now) {
                let known = contact.window_until;
                store.correct_window(&contact.id, known, story.now).await?;
            }
            return Ok(Drained::Closed);
        }
        // that it is stopped may be found out only here
        let stopped = failure.code == circuit::REFUSED && !is_given_up(story, &held).await?;
        if stopped || failure.fate != Fate::GiveUp {
            return Err(failure);
        }
        end.give_up(&contact.id, &held, &failure).await?;
    }
    store.clear_held_flag(contact).await?;
    Ok(Drained::All)
}

async fn send_held(story: &Story<'_>, contact: &Contact, held: &Held) -> Result<(), Failure> {
    let unreadable = || Failure::give_up("unreadable_task", Advice::Other);
    let task = read(held).ok_or_else(unreadable)?;
    if is_too_old(held.since, story.settings, story.now) {
        return Err(too_long());
    }
    send_agent_message(story, contact, &task).await.map(|_| ())
}

/// Whether an earlier run gave a held message up, and died before it could say so.
async fn is_given_up(story: &Story<'_>, held: &Held) -> Result<bool, Failure> {
    let Some(task) = read(held) else {
        return Ok(true);
    };
    let found = story.app.store.find_message(&task.message.id, story.now);
    Ok(match found.await? {
        Some(MessageRecord::Outbound(intent)) => {
            let mut parts = intent.parts.iter();
            parts.any(|part| part.state.given_up() == Some(circuit::REFUSED))
        }
        _ => false,
    })
}

/// WhatsApp's word counts more than our clock; but the first half of a message was sent, and the rest
/// cannot be held as if it were whole.
async fn is_window_closed(
    story: &Story<'_>,
    held: &Held,
    failure: &Failure,
) -> Result<bool, Failure> {
    Ok(match read(held) {
        Some(task) if failure.advice == Advice::WindowClosed => {
            !is_begun(story, &task.message.id).await?
        }
        _ => false,
    })
}

/// Who gives held messages up, and when.
pub(super) struct Ending<'a> {
    pub app: &'a App,
    pub settings: &'a Settings,
    pub record: &'a Record,
    pub connection: &'a ConnectionId,
    pub now: Timestamp,
}

impl<'a> Ending<'a> {
    /// On behalf of a story.
    fn of(story: &Story<'a>) -> Self {
        Self {
            app: story.app,
            settings: story.settings,
            record: story.record,
            connection: &story.connection.id,
            now: story.now,
        }
    }

    /// Gives a held message up: agents and the status endpoint are told, and it is kept for an operator,
    /// unless an agent discarded it. A message that went out in full (its run died before it could say
    /// so) is only held no more.
    pub async fn give_up(
        &self,
        contact: &ContactId,
        held: &Held,
        failure: &Failure,
    ) -> Result<(), Failure> {
        let mut parked = true;
        if let Some(mut task) = read(held) {
            // whatever version is held, it is the message: nothing of it went out before
            task.message.edited_at = None;
            parked = failure.code != DROPPED && !self.is_sent(&task).await?;
            refuse::for_good(self.app, self.settings, &task, failure, self.now).await?;
        }
        if parked {
            self.park(held, &failure.code).await?;
        }
        Ok(self.app.store.delete_held(contact, held).await?)
    }

    async fn is_sent(&self, task: &AgentV1) -> Result<bool, Failure> {
        let found = self
            .app
            .store
            .find_message(&task.message.id, self.now)
            .await?;
        Ok(match found {
            Some(MessageRecord::Outbound(intent)) => intent.parts.iter().all(file::is_told),
            _ => false,
        })
    }

    /// A held message that is not sent any more: kept for an operator.
    async fn park(&self, held: &Held, reason: &str) -> Result<(), Failure> {
        let record = Record {
            body: held.task.clone(),
            id: format!("held-{}", held.sequence),
            ..self.record.clone()
        };
        let connection = Some(self.connection);
        parking::park(self.app, "outbound", &record, connection, reason, self.now).await
    }
}

/// What was held cannot be released: agents are told, and each message is kept for an operator.
pub(super) async fn give_up(
    app: &App,
    record: &Record,
    release: &ReleaseV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let settings = app.settings(now).await?;
    let Some(mut contact) = app.store.find_contact(&release.contact, now).await? else {
        return Ok(());
    };
    identity::absorb(app, &mut contact).await?;
    let end = Ending {
        app,
        settings: &settings,
        record,
        connection: &release.connection,
        now,
    };
    for held in app.store.list_held(&contact.id).await? {
        end.give_up(&contact.id, &held, failure).await?;
    }
    Ok(app.store.clear_held_flag(&contact).await?)
}
