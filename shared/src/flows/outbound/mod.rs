//! Agent → customer: intent first, then the parts in order, each once; outside the window held.

mod again;
mod answers;
mod circuit;
mod commands;
mod compose;
mod edits;
mod expire;
mod file;
mod hold;
mod notes;
mod program;
mod refuse;
mod reopen;
mod send;
mod template;
mod texts;

use compose::compose;
pub(crate) use edits::corrected;
pub use expire::expire_due;
pub(crate) use reopen::is_reopening;
pub(crate) use send::{advice_of, sent_of};

use crate::app::App;
use crate::domain::callback::Route;
use crate::domain::connection::Connection;
use crate::domain::contact::Contact;
use crate::domain::ids::{ConnectionId, ContactId, PostId, RoomId, VisitorToken, Wamid};
use crate::domain::outgoing::{Intent, Origin, Part, PartState};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::flows::parking::{self, Hopeless};
use crate::flows::{identity, receipts};
use crate::mutant::{Mutant, on};
use crate::queue::fifo::Record;
use crate::queue::task::{AgentV1, OutboundTask};
use crate::store::MessageRecord;
use crate::text::catalog::Advice;
use crate::whatsapp::render::Recipient;
use futures::future::BoxFuture;
use tokio::time::Instant;

const QUEUE: &str = "outbound";

/// A message whose task is larger (bytes) is given up: with its parts it would not fit into an item
/// (400 KB), and no person writes 70 WhatsApp messages at once.
const LARGEST: usize = 300_000;

/// One task's surroundings, passed from step to step.
struct Story<'a> {
    app: &'a App,
    record: &'a Record,
    connection: &'a Connection,
    settings: &'a Settings,
    now: Timestamp,
    began: Instant,
}

impl Story<'_> {
    /// The moment as it is now: a task can take minutes, and calls are stamped with it.
    fn moment(&self) -> Timestamp {
        self.now.plus(self.began.elapsed())
    }

    /// The task has waited for so long that it is not tried any more.
    fn is_late(&self) -> bool {
        let stale = self.settings.stale_after();
        let sent_at = self.record.sent_at;
        sent_at.is_some_and(|sent| self.now.since(sent) >= stale)
    }

    /// A neighbour may announce a longer wait than a message is worth: that is told when its time has
    /// come, not hours later.
    fn in_time(&self, failure: Failure) -> Failure {
        let (Fate::Retry { after: Some(after) }, Some(sent)) = (failure.fate, self.record.sent_at)
        else {
            return failure;
        };
        let left = self
            .settings
            .stale_after()
            .saturating_sub(self.now.since(sent));
        let after = match left.is_zero() {
            true => after,
            false => after.min(left),
        };
        Failure {
            fate: Fate::Retry { after: Some(after) },
            ..failure
        }
    }
}

/// Works off one record of `outbound.fifo`.
pub async fn run(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    let Ok(task) = serde_json::from_str::<OutboundTask>(&record.body) else {
        return parking::park_unreadable(app, QUEUE, record, now).await;
    };
    let work = work(app, record, &task, now);
    parking::guard(app, record, now, Box::pin(work), |why| {
        Box::pin(hopeless(app, record, &task, why, now))
    })
    .await
}

async fn work(
    app: &App,
    record: &Record,
    task: &OutboundTask,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    // these need no number that works
    match task {
        OutboundTask::Expire(task) => return expire::run(app, record, task, now).await,
        OutboundTask::Asked(task) => return commands::run(app, record, task, now).await,
        _ => {}
    }
    let Some(connection) = app.connection(connection_of(task), now).await? else {
        return not_connected(app, record, task, now).await;
    };
    if !connection.enabled {
        return not_connected(app, record, task, now).await;
    }
    let settings = app.settings(now).await?;
    let story = Story {
        app,
        record,
        connection: &connection,
        settings: &settings,
        now,
        began: Instant::now(),
    };
    let ended = dispatch(&story, task).await;
    ended.map_err(|failure| story.in_time(failure))
}

/// What a task asks for. A plain function: an unoptimised one that awaits would keep room on its stack for
/// every one of these at the same time.
fn dispatch<'a>(
    story: &'a Story<'a>,
    task: &'a OutboundTask,
) -> BoxFuture<'a, Result<Outcome, Failure>> {
    match task {
        OutboundTask::Agent(task) => Box::pin(agent_said(story, task)),
        OutboundTask::Closed(task) => Box::pin(texts::closed(story, task)),
        OutboundTask::Text(task) => Box::pin(texts::notice(story, task)),
        OutboundTask::Release(task) => Box::pin(hold::release(story, task)),
        OutboundTask::Template(task) => Box::pin(template::deliver(story, task)),
        OutboundTask::Fanout(task) => Box::pin(template::fan_out(story, task)),
        OutboundTask::Again(task) => Box::pin(again::run(story, task)),
        OutboundTask::Reopen(task) => Box::pin(reopen::go_on(story, task)),
        OutboundTask::Program(task) => Box::pin(program::deliver(story, task)),
        OutboundTask::Expire(_) | OutboundTask::Asked(_) => {
            Box::pin(std::future::ready(Ok(Outcome::Ignored)))
        }
    }
}

fn connection_of(task: &OutboundTask) -> &ConnectionId {
    match task {
        OutboundTask::Agent(task) => &task.connection,
        OutboundTask::Closed(task) => &task.connection,
        OutboundTask::Text(task) => &task.connection,
        OutboundTask::Release(task) => &task.connection,
        OutboundTask::Template(task) => &task.connection,
        OutboundTask::Fanout(task) => &task.connection,
        OutboundTask::Again(task) => &task.connection,
        OutboundTask::Expire(task) => &task.connection,
        OutboundTask::Reopen(task) => &task.connection,
        OutboundTask::Asked(task) => &task.connection,
        OutboundTask::Program(task) => &task.connection,
    }
}

/// The number is gone or switched off: the agent is told, the message parked; a template's
/// recipient has it as the result.
async fn not_connected(
    app: &App,
    record: &Record,
    task: &OutboundTask,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let failure = Failure::give_up("not_connected", Advice::NotConnected);
    match task {
        OutboundTask::Agent(task) => {
            let settings = app.settings(now).await?;
            refuse::for_good(app, &settings, task, &failure, now).await?;
            let connection = Some(&task.connection);
            parking::park(app, QUEUE, record, connection, &failure.code, now).await?;
            return Ok(Outcome::Kept);
        }
        OutboundTask::Template(task) => template::hopeless(app, task, &failure, now).await?,
        OutboundTask::Fanout(task) => template::all_hopeless(app, task, &failure, now).await?,
        OutboundTask::Reopen(task) => reopen::give_up(app, task, &failure, now).await?,
        OutboundTask::Program(task) => program::hopeless(app, task, &failure, now).await?,
        OutboundTask::Again(task) => again::hopeless(app, task, &failure, now).await?,
        _ => return Ok(Outcome::Ignored),
    }
    Ok(Outcome::Done)
}

/// Gives up on a record that SQS gave up, as on any other that cannot be worked off.
pub async fn give_up_dead(app: &App, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    parking::give_up_dead(app, QUEUE, record, now, |task| async move {
        hopeless(app, record, &task, Hopeless::DeadLetter, now).await
    })
    .await
}

/// Poison, too old or a dead letter: the agent is told without trying again, the task is parked.
async fn hopeless(
    app: &App,
    record: &Record,
    task: &OutboundTask,
    why: Hopeless,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    parking::park(
        app,
        QUEUE,
        record,
        Some(connection_of(task)),
        why.reason(),
        now,
    )
    .await?;
    let failure = Failure::give_up(why.reason(), Advice::Other);
    match task {
        OutboundTask::Agent(task) => {
            refuse::for_good(app, &app.settings(now).await?, task, &failure, now).await?;
        }
        OutboundTask::Release(task) => {
            hold::give_up(app, record, task, &failure, now).await?;
        }
        OutboundTask::Template(task) => template::hopeless(app, task, &failure, now).await?,
        OutboundTask::Fanout(task) => template::all_hopeless(app, task, &failure, now).await?,
        OutboundTask::Reopen(task) => reopen::give_up(app, task, &failure, now).await?,
        OutboundTask::Asked(task) => commands::hopeless(app, task, now).await?,
        OutboundTask::Again(task) => again::hopeless(app, task, &failure, now).await?,
        OutboundTask::Program(task) => program::hopeless(app, task, &failure, now).await?,
        // the tick finds what is too old again
        OutboundTask::Closed(_) | OutboundTask::Text(_) | OutboundTask::Expire(_) => {}
    }
    Ok(Outcome::Kept)
}

/// An agent wrote a message: held ones first, then this one.
async fn agent_said(story: &Story<'_>, task: &AgentV1) -> Result<Outcome, Failure> {
    if is_stale(story, task) && !is_begun(story, &task.message.id).await? {
        return give_up(story, task, &too_old()).await;
    }
    if story.record.body.len() > LARGEST {
        let too_large = Failure::give_up("too_large", Advice::ContentRefused);
        return give_up(story, task, &too_large).await;
    }
    match Box::pin(deliver(story, task, &story.record.sequence)).await {
        Err(failure) if failure.fate == Fate::GiveUp => give_up(story, task, &failure).await,
        Err(failure) if is_stale(story, task) => {
            // a send that may have gone out is not "too old": its outcome is awaited to the end
            if failure.code == send::AWAITING {
                return Err(failure);
            }
            give_up(story, task, &too_old()).await
        }
        result => result,
    }
}

/// Whatever was tried, its time has come.
fn too_old() -> Failure {
    Failure::give_up("too_old", Advice::TooOld)
}

fn is_stale(story: &Story<'_>, task: &AgentV1) -> bool {
    story.now.since(task.received_at) >= story.settings.stale_after()
}

/// The agent is told, and the task parked: nothing is tried again.
async fn give_up(story: &Story<'_>, task: &AgentV1, failure: &Failure) -> Result<Outcome, Failure> {
    if failure.code == hold::DROPPED {
        // an agent discarded it while it was held, and knows
        return Ok(Outcome::Repeated);
    }
    refuse::for_good(story.app, story.settings, task, failure, story.now).await?;
    let connection = Some(&task.connection);
    parking::park(
        story.app,
        QUEUE,
        story.record,
        connection,
        &failure.code,
        story.now,
    )
    .await?;
    Ok(Outcome::Kept)
}

/// Sends an agent's message, or holds it outside the window. `sequence` is its place in the order.
async fn deliver(story: &Story<'_>, task: &AgentV1, sequence: &str) -> Result<Outcome, Failure> {
    // the customer may write while we decide: then the decision is made again
    for _ in 0..3 {
        let contact = find_contact(story, &task.contact, Some(&task.token)).await?;
        let releases = contact.held && contact.window_is_open(story.now);
        if releases && !on(Mutant::HeldLast) && !release(story, &contact, task).await? {
            continue;
        }
        if let Some(settled) = edits::settle(story, &contact, task).await? {
            return Ok(settled);
        }
        let id = &task.message.id;
        let waits = !contact.window_is_open(story.now) && says_anything(story, task);
        if waits && !is_begun(story, id).await? {
            match Box::pin(hold::hold(story, &contact, task, sequence)).await? {
                hold::Decision::Held => return Ok(Outcome::Kept),
                hold::Decision::WindowMoved => continue,
            }
        }
        match Box::pin(send_agent_message(story, &contact, task)).await {
            Err(failure) if failure.advice == Advice::WindowClosed => {
                // the first half of a message was sent: the rest cannot be held as if it were whole
                if !correct_clock(story, &contact, id).await? {
                    return Err(failure);
                }
            }
            result => {
                if result == Ok(Outcome::Done) {
                    receipts::on_reply(story.app, story.settings, &contact, story.now).await;
                }
                return result;
            }
        }
    }
    Err(Failure::retry("window_contended"))
}

/// Sends what is held before a message, in its newest version; `false` where the clock has moved.
async fn release(story: &Story<'_>, contact: &Contact, task: &AgentV1) -> Result<bool, Failure> {
    match hold::renew(story, contact, task).await? {
        hold::Decision::Held => Ok(hold::drain(story, contact).await? != hold::Drained::Closed),
        hold::Decision::WindowMoved => Ok(false),
    }
}

/// Whether anything of a message would reach the customer: else there is nothing to wait with.
fn says_anything(story: &Story<'_>, task: &AgentV1) -> bool {
    let message = &task.message;
    !compose(story.settings, message, &message.id)
        .parts
        .is_empty()
}

/// The contact of a task, whose token must be the one that we minted (or took over).
async fn find_contact(
    story: &Story<'_>,
    id: &ContactId,
    token: Option<&VisitorToken>,
) -> Result<Contact, Failure> {
    let unknown = || Failure::give_up("unknown_contact", Advice::UnknownContact);
    let found = story.app.store.find_contact(id, story.now).await?;
    let mut found = found.ok_or_else(unknown)?;
    // anybody may create a visitor with a token that looks like ours
    let proven = token.is_none_or(|token| found.has_token(token));
    if !proven || found.connection != story.connection.id {
        return Err(unknown());
    }
    identity::absorb(story.app, &mut found).await?;
    Ok(found)
}

/// Whether anything of a message went out, may have gone out, or was given up.
async fn is_begun(story: &Story<'_>, id: &PostId) -> Result<bool, Failure> {
    let found = story.app.store.find_message(id, story.now).await?;
    Ok(match found {
        Some(MessageRecord::Outbound(intent)) => intent
            .parts
            .iter()
            .any(|part| part.state != PartState::Pending),
        Some(MessageRecord::Inbound(_)) => true,
        None => false,
    })
}

/// WhatsApp says that the window is closed: its word counts more than our clock. What an earlier run was
/// told is not said of now; that run left nothing to send. Gives whether nothing of the message is begun.
async fn correct_clock(story: &Story<'_>, contact: &Contact, id: &PostId) -> Result<bool, Failure> {
    let store = &story.app.store;
    let parts = match store.find_message(id, story.now).await? {
        Some(MessageRecord::Outbound(intent)) => intent.parts,
        _ => Vec::new(),
    };
    let waits = |part: &Part| part.state == PartState::Pending;
    if parts.is_empty() || parts.iter().any(waits) {
        let known = contact.window_until;
        store.correct_window(&contact.id, known, story.now).await?;
    }
    Ok(parts.iter().all(waits))
}

/// Sends an agent's message inside the window; tells where a part of it cannot be sent.
async fn send_agent_message(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
) -> Result<Outcome, Failure> {
    let message = &task.message;
    let composed = compose(story.settings, message, &message.id);
    let quotes = match &message.quotes {
        Some(quoted) => find_wamid(story, contact, quoted).await?,
        None => None,
    };
    let origin = (Origin::Agent, Some(task.room.clone()), quotes);
    let intent = intent_of(story, contact, &message.id, composed.parts, origin);
    if intent.parts.is_empty()
        && let Some(MessageRecord::Outbound(begun)) =
            story.app.store.find_message(&message.id, story.now).await?
    {
        // begun, or ended: brought to its end, whatever the settings say by now
        return Box::pin(send::run(story, Recipient::of(contact), begun)).await;
    }
    // these are no parts, which have numbers
    for (n, file) in composed.refused.iter().enumerate() {
        let told = (file.name.as_str(), file.mime_type.as_str(), file.size);
        notes::file_refused(story, (&intent, &format!("file {n}")), told).await?;
    }
    for (n, file) in composed.lost.iter().enumerate() {
        let told = (file.name.as_str(), Advice::FileNotFetched);
        notes::file_lost(story, (&intent, &format!("file {n}")), told).await?;
    }
    if intent.parts.is_empty() {
        let reason = match (composed.refused.is_empty(), composed.lost.is_empty()) {
            (false, _) => file::NOT_ACCEPTED,
            (_, false) => file::GONE,
            _ => refuse::NOTHING_TO_SEND,
        };
        return refuse::empty(story, task, (intent, reason)).await;
    }
    answers::mark(story, contact, (message, &intent)).await?;
    Box::pin(send::run(story, Recipient::of(contact), intent)).await
}

/// The wamid behind a quoted Rocket.Chat message.
async fn find_wamid(
    story: &Story<'_>,
    contact: &Contact,
    quoted: &PostId,
) -> Result<Option<Wamid>, Failure> {
    let found = story.app.store.find_message(quoted, story.now).await?;
    // somebody else's message is no quote here
    Ok(found.and_then(|record| match record {
        MessageRecord::Inbound(record) => {
            contact.is_known_as(&record.contact).then_some(record.wamid)
        }
        MessageRecord::Outbound(intent) if !contact.is_known_as(&intent.contact) => None,
        MessageRecord::Outbound(intent) => {
            intent.parts.into_iter().find_map(|part| match part.state {
                PartState::Accepted { wamid } => Some(wamid),
                _ => None,
            })
        }
    }))
}

/// Between whom a message goes.
fn route_of(connection: &Connection, contact: &Contact) -> Route {
    Route {
        from: Some(connection.phone_number.clone()),
        number: contact.wa_id.clone(),
        user_id: contact.user_id.clone(),
    }
}

fn intent_of(
    story: &Story<'_>,
    contact: &Contact,
    id: &PostId,
    parts: Vec<Part>,
    (origin, room, quotes): (Origin, Option<RoomId>, Option<Wamid>),
) -> Intent {
    Intent {
        id: id.clone(),
        connection: story.connection.id.clone(),
        contact: contact.id.clone(),
        room,
        route: route_of(story.connection, contact),
        origin,
        quotes,
        parts,
        created_at: story.moment(),
        attempt: String::new(),
    }
}
