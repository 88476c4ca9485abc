//! A template for one recipient of a send: each gets it once, and each has a result. What people
//! write goes first: these tasks come in small batches from a queue of their own.

pub(super) mod file;
pub(super) mod show;

use std::time::Duration;

use serde_json::Value;

use super::{Story, answers, circuit, is_begun, refuse, route_of, send};
use crate::app::App;
use crate::domain::callback::Route;
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, Wamid};
use crate::domain::outgoing::{Intent, Origin, Part, PartState};
use crate::domain::send::{RecipientRecord, SendRecord, SendResult, SendState};
use crate::domain::settings::Settings;
use crate::domain::template::Dynamic;
use crate::domain::time::{Timestamp, hours, minutes};
use crate::error::{Failure, Fate, Outcome};
use crate::flows::{callbacks, contacts, opt_out};
use crate::mutant::{Mutant, on};
use crate::queue::task::{FanoutV1, OutboundTask, TemplateV1};
use crate::store::MessageRecord;
use crate::text::catalog::Advice;
use crate::whatsapp::render::Recipient;

/// What many people get may be late by so much, and no more.
const STALE: Duration = hours(24);
/// While a number is stopped, a send to many waits and tries again.
const STOPPED_FOR: Duration = minutes(10);

/// A send and one of its recipients.
struct Addressed {
    send: SendRecord,
    recipient: RecipientRecord,
}

/// Works off the task of one recipient.
pub(super) async fn deliver(story: &Story<'_>, task: &TemplateV1) -> Result<Outcome, Failure> {
    let Some(to) = find(story.app, task, story.now).await? else {
        tracing::warn!(send.id = %task.send, "send is not known any more");
        return Ok(Outcome::Ignored);
    };
    match &to.recipient.result {
        SendResult::Queued => {}
        // an earlier run may have died before agents could see it
        SendResult::Sent { .. } if !to.recipient.shown => return show_again(story, &to).await,
        _ => return Ok(Outcome::Repeated),
    }
    let begun = is_begun(story, &to.send.id.message(to.recipient.n)).await?;
    if !begun && to.send.state == SendState::Paused {
        // resuming puts it into the queue again
        return Ok(Outcome::Kept);
    }
    match attempt(story, &to, begun).await {
        Ok(sent) => {
            let result = SendResult::Sent { wamid: sent.wamid };
            decide(story.app, &to, result, story.now).await?;
            shown(story, &to, (&sent.contact, &sent.text)).await?;
            Ok(Outcome::Done)
        }
        Err(failure) if failure.code == circuit::REFUSED && to.send.recipients > 1 => {
            Err(Failure::retry_after(failure.code, STOPPED_FOR))
        }
        Err(failure) if failure.fate == Fate::GiveUp => {
            give_up(story.app, story.settings, &to, &failure, story.now).await
        }
        Err(failure) => Err(failure),
    }
}

async fn find(app: &App, task: &TemplateV1, now: Timestamp) -> Result<Option<Addressed>, Failure> {
    let Some(send) = app.store.find_send(&task.send, now).await? else {
        return Ok(None);
    };
    let found = app.store.find_recipient(&task.send, task.n, now).await?;
    Ok(found.map(|recipient| Addressed { send, recipient }))
}

/// A template that WhatsApp took.
struct Taken {
    wamid: Wamid,
    contact: ContactId,
    text: String,
}

/// What WhatsApp took of a message.
fn taken(record: Option<MessageRecord>) -> Option<Taken> {
    let Some(MessageRecord::Outbound(intent)) = record else {
        return None;
    };
    let part = intent.parts.into_iter().next()?;
    match part.state {
        PartState::Accepted { wamid } => Some(Taken {
            wamid,
            contact: intent.contact,
            text: part.text,
        }),
        _ => None,
    }
}

async fn show_again(story: &Story<'_>, to: &Addressed) -> Result<Outcome, Failure> {
    let id = to.send.id.message(to.recipient.n);
    let found = story.app.store.find_message(&id, story.now).await?;
    // also one that was given up as unknown and has turned out to have arrived
    if let Some(MessageRecord::Outbound(intent)) = found
        && let Some(part) = intent.parts.first()
    {
        shown(story, to, (&intent.contact, &part.text)).await?;
    }
    Ok(Outcome::Repeated)
}

async fn shown(
    story: &Story<'_>,
    to: &Addressed,
    (contact, text): (&ContactId, &str),
) -> Result<(), Failure> {
    if on(Mutant::ShowNothing) {
        return Ok(());
    }
    let (send, key) = (&to.send, to.send.id.message(to.recipient.n));
    let shown = show::Shown {
        key: key.as_str(),
        template: &send.template,
        by: &send.by,
        sent: send.created_at,
        target: &send.target,
    };
    show::show(story, &shown, (contact, text)).await?;
    let (id, n) = (&to.send.id, to.recipient.n);
    Ok(story.app.store.mark_shown(id, n).await?)
}

/// Sends to a recipient whose result is open.
async fn attempt(story: &Story<'_>, to: &Addressed, begun: bool) -> Result<Taken, Failure> {
    let Addressed { send, recipient } = to;
    if !begun {
        let stop = |code| Err(Failure::give_up(code, Advice::Other));
        if send.state == SendState::Cancelled {
            return stop(CANCELLED);
        }
        if is_stale(story, send) {
            return stop("too_old");
        }
    }
    let behind = (&story.connection.id, &recipient.number);
    let contact = contacts::by_number(story.app, behind, story.settings, story.now).await?;
    let (id, person) = (&story.connection.id, (&contact, Some(&recipient.number)));
    if !begun
        && send.category == "MARKETING"
        && opt_out::stands(story.app, id, person, story.now).await?
    {
        return Err(Failure::give_up(OPTED_OUT, Advice::Other));
    }
    let intent = intent_of(story, to, &contact).await?;
    let message = intent.id.clone();
    let number = Recipient::Phone(recipient.number.clone());
    answers::nothing_offered(story, &contact, &message).await?;
    send::run(story, Some(number), intent).await?;
    let sent = story.app.store.find_message(&message, story.now).await?;
    taken(sent).ok_or_else(|| Failure::retry("send_not_recorded"))
}

const CANCELLED: &str = "cancelled";
const OPTED_OUT: &str = "opted_out";

fn is_stale(story: &Story<'_>, send: &SendRecord) -> bool {
    let since = send.resumed_at.unwrap_or(send.created_at);
    let most = if send.recipients > 1 {
        STALE
    } else {
        story.settings.stale_after()
    };
    story.now.since(since) >= most
}

async fn intent_of(
    story: &Story<'_>,
    to: &Addressed,
    contact: &Contact,
) -> Result<Intent, Failure> {
    let send = &to.send;
    let agent = send.target.agent.as_ref().map(|agent| agent.name.as_str());
    let dynamic = Dynamic {
        contact: contact.name.as_deref(),
        agent,
    };
    let mut body: Value = serde_json::from_str(&send.body).unwrap_or_default();
    dynamic.fill_texts(&mut body["components"]);
    if let Some(linked) = &send.file {
        let id = file::upload(story, send, linked).await?;
        file::put_into(&mut body, linked.media, &id);
    }
    Ok(Intent {
        id: send.id.message(to.recipient.n),
        connection: story.connection.id.clone(),
        contact: contact.id.clone(),
        room: contact.room.clone(),
        route: Route {
            number: Some(to.recipient.number.clone()),
            ..route_of(story.connection, contact)
        },
        origin: Origin::Template,
        quotes: None,
        parts: vec![Part {
            template: Some(body.to_string()),
            ..Part::text(dynamic.fill(&send.text))
        }],
        created_at: story.moment(),
        attempt: String::new(),
    })
}

/// Records the result: from here on every repeat of the task does nothing.
async fn decide(
    app: &App,
    to: &Addressed,
    result: SendResult,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let (id, n) = (&to.send.id, to.recipient.n);
    app.store.mark_recipient(id, n, &result, now).await?;
    Ok(Outcome::Done)
}

/// Gives a recipient up: nothing of it is begun any more, then it is told as the result.
async fn give_up(
    app: &App,
    settings: &Settings,
    to: &Addressed,
    failure: &Failure,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let code = failure.code.as_str();
    let id = to.send.id.message(to.recipient.n);
    let result = match refuse::abandon(app, (&id, code), false, now).await? {
        Some(intent) => result_of(&intent, code),
        None => {
            let agent = to.send.target.agent.as_ref();
            let unnamed = Dynamic {
                contact: None,
                agent: agent.map(|agent| agent.name.as_str()),
            };
            let connection = app.connection(&to.send.connection, now).await?;
            let name = contacts::id_of_number(app, &to.send.connection, &to.recipient.number);
            let nobody = ContactId::new(name.as_str());
            let state = PartState::GivenUp {
                reason: code.to_owned(),
            };
            let intent = Intent {
                id,
                connection: to.send.connection.clone(),
                contact: nobody,
                room: None,
                route: Route {
                    from: connection.map(|connection| connection.phone_number),
                    number: Some(to.recipient.number.clone()),
                    user_id: None,
                },
                origin: Origin::Template,
                quotes: None,
                parts: vec![Part {
                    state,
                    ..Part::text(unnamed.fill(&to.send.text))
                }],
                created_at: now,
                attempt: app.ids.token()?,
            };
            let keep = settings.keep_messages();
            if app.store.put_intent(&intent, keep).await?.is_some() {
                // another run began it in this very moment: what it does is looked at anew
                return Err(Failure::retry("message_contended"));
            }
            callbacks::tell(app, settings, &intent).await?;
            result_of(&intent, code)
        }
    };
    if code == format!("whatsapp_{}", opt_out::STOPPED) {
        let message = to.send.id.message(to.recipient.n);
        opt_out::refused(app, &message, now, now).await?;
    }
    decide(app, to, result, now).await
}

/// The result of a recipient that is given up: also where a part of it went out before.
fn result_of(intent: &Intent, code: &str) -> SendResult {
    let code = code.to_owned();
    match intent.parts.first().map(|part| &part.state) {
        Some(PartState::Accepted { wamid }) => SendResult::Sent {
            wamid: wamid.clone(),
        },
        Some(PartState::Calling { .. }) => SendResult::Unknown,
        _ if code == "outcome_unknown" => SendResult::Unknown,
        _ if code == OPTED_OUT || code == CANCELLED => SendResult::Skipped { code },
        _ => SendResult::Failed { code },
    }
}

/// Gives up on a recipient whose task cannot be worked off, or whose number is not connected.
pub(super) async fn hopeless(
    app: &App,
    task: &TemplateV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(to) = find(app, task, now).await? else {
        return Ok(());
    };
    if to.recipient.result == SendResult::Queued {
        let settings = app.settings(now).await?;
        give_up(app, &settings, &to, failure, now).await?;
    }
    let id = to.send.id.message(to.recipient.n);
    if !task.again
        && !to.recipient.shown
        && taken(app.store.find_message(&id, now).await?).is_some()
    {
        // agents may not have seen it yet; one more task, since what it was given up for may be that
        let again = TemplateV1 {
            again: true,
            contact: None,
            ..task.clone()
        };
        let again = OutboundTask::Template(again);
        app.queues.send_bulk(&[again]).await?;
    }
    Ok(())
}

/// Gives up on every recipient of a send that has no result yet.
pub(super) async fn all_hopeless(
    app: &App,
    task: &FanoutV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    for task in open_tasks(app, task).await? {
        hopeless(app, &task, failure, now).await?;
    }
    Ok(())
}

/// The tasks of the recipients that have no result yet.
async fn open_tasks(app: &App, task: &FanoutV1) -> Result<Vec<TemplateV1>, Failure> {
    let mut recipients = app.store.list_recipients(&task.send).await?;
    if on(Mutant::ForgetTheLast) {
        recipients.pop();
    }
    let open = recipients
        .into_iter()
        .filter(|one| one.result == SendResult::Queued);
    let one = |one: RecipientRecord| TemplateV1 {
        connection: task.connection.clone(),
        send: task.send.clone(),
        n: one.n,
        contact: None,
        again: false,
    };
    Ok(open.map(one).collect())
}

/// Puts the recipients of a send that have no result yet into `bulk`; a file is uploaded before, once
/// for all of them. A repeat puts some in twice, and each still gets the template once.
pub(super) async fn fan_out(story: &Story<'_>, task: &FanoutV1) -> Result<Outcome, Failure> {
    let (app, now) = (story.app, story.now);
    let Some(send) = app.store.find_send(&task.send, now).await? else {
        return Ok(Outcome::Ignored);
    };
    if send.state == SendState::Active
        && let Some(linked) = &send.file
        && linked.uploaded.is_none()
    {
        if circuit::open_barrier(story).await?.is_some() && !is_stale(story, &send) {
            return Err(Failure::retry_after(circuit::REFUSED, STOPPED_FOR));
        }
        match file::upload(story, &send, linked).await {
            Ok(_) => {}
            Err(failure) if failure.is_retry() && !is_stale(story, &send) => return Err(failure),
            Err(failure) => {
                all_hopeless(app, task, &failure, now).await?;
                return Ok(Outcome::Done);
            }
        }
    }
    let tasks = open_tasks(app, task).await?;
    let tasks: Vec<_> = tasks.into_iter().map(OutboundTask::Template).collect();
    app.queues.send_bulk(&tasks).await?;
    Ok(Outcome::Done)
}
