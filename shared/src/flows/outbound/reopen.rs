//! The template that re-opens a conversation (R27): where the first message outside a window is held,
//! it goes out once. Whatever becomes of it, the message stays held.

use serde_json::Value;

use super::template::{file, show};
use super::{Story, answers, find_contact, is_begun, notes, refuse, route_of, send};
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, PostId};
use crate::domain::outgoing::{Intent, Origin, Part, PartState};
use crate::domain::send::{LinkedFile, Target};
use crate::domain::template::{Dynamic, TemplateSend};
use crate::domain::time::Timestamp;
use crate::error::{Failure, Fate, Outcome};
use crate::flows::opt_out;
use crate::flows::templates::{self, Ready};
use crate::mutant::{Mutant, on};
use crate::queue::task::{AgentV1, OutboundTask, ReopenV1};
use crate::store::MessageRecord;
use crate::text::catalog::{Language, Reopening};
use crate::whatsapp::parse::template::parse_send;
use crate::whatsapp::render::{Recipient, render_template};

/// How keys of these templates begin: `reopen#<contact>#<end of the window>`.
const KEY: &str = "reopen#";

/// Whether a message is such a template.
pub(crate) fn is_reopening(id: &PostId) -> bool {
    id.as_str().starts_with(KEY)
}

/// A message is held: the template goes out, unless it did before. Gives what the agent reads of it;
/// nothing where the number has no such template.
pub(super) async fn begin(
    story: &Story<'_>,
    contact: &Contact,
    task: &AgentV1,
) -> Result<Option<String>, Failure> {
    let Some(wanted) = wanted_of(story.connection) else {
        return Ok(None);
    };
    let author = &task.message.author;
    let reopen = ReopenV1 {
        connection: story.connection.id.clone(),
        contact: contact.id.clone(),
        key: key_of(story.app, contact, story.now).await?,
        room: task.room.clone(),
        agent: author.name.clone().or_else(|| author.username.clone()),
        unfinished: false,
    };
    let reopened = match attempt(story, contact, (&reopen, &wanted), true).await {
        Ok(reopened) => reopened,
        // the message is held and told; the template follows in the same order of things
        Err(_) => {
            let unfinished = true;
            enqueue(
                story.app,
                ReopenV1 {
                    unfinished,
                    ..reopen
                },
            )
            .await?;
            Reopening::Follows
        }
    };
    let language = Language::of(&story.settings.preferred_language);
    Ok(Some(language.reopening(&wanted.name, reopened)))
}

/// Has the template brought to its end, whatever becomes of this run.
async fn enqueue(app: &App, task: ReopenV1) -> Result<(), Failure> {
    let dedup = format!("{}#{}", task.key, task.unfinished);
    let (contact, task) = (task.contact.clone(), OutboundTask::Reopen(task));
    let queues = &app.queues;
    Ok(queues.send_outbound(&contact, &dedup, &task).await?)
}

/// The template of the connection, where it has one.
fn wanted_of(connection: &Connection) -> Option<TemplateSend> {
    let json = connection.reopen_template.as_deref()?;
    serde_json::from_str(json)
        .ok()
        .map(|given| parse_send(&given))
}

/// The key of the window that has closed. Where the person was known twice, the template may have gone
/// out under the name that is gone.
async fn key_of(app: &App, contact: &Contact, now: Timestamp) -> Result<PostId, Failure> {
    let mut until = contact.window_until.map_or(0, Timestamp::millis);
    if on(Mutant::ReopenEachTime) {
        until = now.millis();
    }
    let key = |id: &ContactId| PostId::new(format!("{KEY}{id}#{until}"));
    for former in contact.former_ids.iter().map(key) {
        if app.store.find_message(&former, now).await?.is_some() {
            return Ok(former);
        }
    }
    Ok(key(&contact.id))
}

/// Goes on with a template that could not be sent at once, while it is still of use; what was sent, and
/// whose run died before it said so, is told and shown.
pub(super) async fn go_on(story: &Story<'_>, task: &ReopenV1) -> Result<Outcome, Failure> {
    let contact = match find_contact(story, &task.contact, None).await {
        Err(failure) if failure.fate == Fate::GiveUp => return Ok(Outcome::Ignored),
        contact => contact?,
    };
    let begun = is_begun(story, &task.key).await?;
    // the run that held the message came to its end, and told it: had it died, it would have come back
    // before this one, and found the message held again or sent
    let as_planned = !task.unfinished && story.record.receives == 1 && contact.held;
    if as_planned && is_ended(story, &task.key).await? {
        return Ok(Outcome::Repeated);
    }
    if !begun && (!contact.held || contact.window_is_open(story.now)) {
        return Ok(Outcome::Ignored);
    }
    let Some(wanted) = wanted_of(story.connection) else {
        return Ok(Outcome::Ignored);
    };
    match attempt(story, &contact, (task, &wanted), false).await {
        Ok(Reopening::Sent) => Ok(Outcome::Done),
        Ok(why) => {
            tell(story.app, task, (&wanted.name, why), story.now).await?;
            Ok(Outcome::Kept)
        }
        Err(failure) if failure.code != send::AWAITING && story.is_late() => {
            give_up(story.app, task, &failure, story.now).await?;
            Ok(Outcome::Kept)
        }
        Err(failure) => Err(failure),
    }
}

async fn is_ended(story: &Story<'_>, key: &PostId) -> Result<bool, Failure> {
    let found = story.app.store.find_message(key, story.now).await?;
    Ok(matches!(found, Some(MessageRecord::Outbound(intent)) if intent.next().is_none()))
}

/// The template is not tried any more: told in the room.
pub(super) async fn give_up(
    app: &App,
    task: &ReopenV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let found = refuse::abandon(app, (&task.key, &failure.code), false, now).await?;
    let state = found.and_then(|intent| intent.parts.into_iter().next().map(|part| part.state));
    let reopening = match state {
        Some(PartState::Accepted { .. }) => return Ok(()),
        Some(PartState::Calling { .. }) => Reopening::Unknown,
        _ => Reopening::Refused(failure.advice),
    };
    let connection = app.connection(&task.connection, now).await?;
    let wanted = connection.as_ref().and_then(wanted_of);
    let name = wanted.map(|wanted| wanted.name).unwrap_or_default();
    tell(app, task, (&name, reopening), now).await
}

async fn tell(
    app: &App,
    task: &ReopenV1,
    (name, reopening): (&str, Reopening),
    now: Timestamp,
) -> Result<(), Failure> {
    let settings = app.settings(now).await?;
    let text = Language::of(&settings.preferred_language).reopening(name, reopening);
    let whose = (&task.connection, &task.room);
    notes::line(app, &settings, whose, (&format!("{}#told", task.key), text)).await
}

/// Sends the template, or takes up what an earlier run began; the `first` one leaves a task behind. An
/// error is worth another try; what cannot be sent is told as such.
async fn attempt(
    story: &Story<'_>,
    contact: &Contact,
    (task, wanted): (&ReopenV1, &TemplateSend),
    first: bool,
) -> Result<Reopening, Failure> {
    let (app, now) = (story.app, story.now);
    let intent = match standing(story, contact, (task, wanted), first).await {
        Ok(Ok(intent)) => intent,
        Ok(Err(why)) => return Ok(why),
        // its file cannot be had
        Err(failure) if failure.fate == Fate::GiveUp => {
            return Ok(Reopening::Refused(failure.advice));
        }
        Err(failure) => return Err(failure),
    };
    if let Some(reason) = intent.parts.iter().find_map(|part| part.state.given_up()) {
        // in an earlier run, which may have died before it told anybody but the room
        let told = first && story.record.receives == 1;
        return ended(app, (&task.key, reason), told, now).await;
    }
    answers::nothing_offered(story, contact, &task.key).await?;
    match send::run(story, Recipient::of(contact), intent).await {
        Ok(_) => {}
        Err(failure) if failure.fate == Fate::GiveUp => {
            let why = (&task.key, failure.code.as_str());
            return ended(app, why, false, now).await;
        }
        Err(failure) => return Err(failure),
    }
    // as it stands now: an earlier run may have written it
    let Some(MessageRecord::Outbound(sent)) = app.store.find_message(&task.key, now).await? else {
        return Err(Failure::retry("send_not_recorded"));
    };
    let Some(part) = sent.parts.first() else {
        return Err(Failure::retry("send_not_recorded"));
    };
    let shown = show::Shown {
        key: task.key.as_str(),
        template: &wanted.name,
        by: &story.connection.name,
        sent: sent.created_at,
        target: &Target::default(),
    };
    show::show(story, &shown, (&contact.id, &part.text)).await?;
    Ok(Reopening::Sent)
}

/// The template is given up: whoever else has to know is told, and a wish to get none is kept. Gives
/// what the room reads.
async fn ended(
    app: &App,
    (key, reason): (&PostId, &str),
    told: bool,
    now: Timestamp,
) -> Result<Reopening, Failure> {
    refuse::abandon(app, (key, reason), told, now).await?;
    if reason == format!("whatsapp_{}", opt_out::STOPPED) {
        opt_out::refused(app, key, now, now).await?;
    }
    Ok(match reason {
        "outcome_unknown" => Reopening::Unknown,
        other => Reopening::Refused(send::advice_of(other)),
    })
}

/// The template as an earlier run recorded it, or as it goes out now; or why it does not.
async fn standing(
    story: &Story<'_>,
    contact: &Contact,
    (task, wanted): (&ReopenV1, &TemplateSend),
    first: bool,
) -> Result<Result<Intent, Reopening>, Failure> {
    let found = story.app.store.find_message(&task.key, story.now).await?;
    let found = match found {
        Some(MessageRecord::Outbound(intent)) => Some(intent),
        _ => None,
    };
    let waits = |part: &Part| part.state == PartState::Pending;
    if let Some(intent) = found
        .as_ref()
        .filter(|intent| !intent.parts.iter().all(waits))
    {
        return Ok(Ok(intent.clone()));
    }
    // much can have happened while nothing was begun
    let ready = match permitted(story, contact, wanted).await? {
        Ok(ready) => ready,
        Err(why) => return Ok(Err(why)),
    };
    match found {
        Some(intent) => Ok(Ok(intent)),
        None => {
            let intent = compose(story, contact, (task, &ready)).await?;
            if first {
                // should the customer write before a run that died comes back, nothing else would lead
                // to it again
                enqueue(story.app, task.clone()).await?;
            }
            Ok(Ok(intent))
        }
    }
}

/// The template, or why it may not go out: it is not approved any more, or the person wants no marketing.
async fn permitted(
    story: &Story<'_>,
    contact: &Contact,
    wanted: &TemplateSend,
) -> Result<Result<Ready, Reopening>, Failure> {
    let (app, id, now) = (story.app, &story.connection.id, story.now);
    let Some(ready) = templates::known(app, id, wanted, now).await? else {
        return Ok(Err(Reopening::NotApproved));
    };
    if ready.template.category.eq_ignore_ascii_case("MARKETING")
        && opt_out::stands(app, id, (contact, contact.wa_id.as_ref()), now).await?
    {
        return Ok(Err(Reopening::OptedOut));
    }
    Ok(Ok(ready))
}

/// The template as it goes out.
async fn compose(
    story: &Story<'_>,
    contact: &Contact,
    (task, ready): (&ReopenV1, &Ready),
) -> Result<Intent, Failure> {
    let id = &story.connection.id;
    let dynamic = Dynamic {
        contact: contact.name.as_deref(),
        agent: task.agent.as_deref(),
    };
    let body = body_of(story, ready, &dynamic).await?;
    Ok(Intent {
        id: task.key.clone(),
        connection: id.clone(),
        contact: contact.id.clone(),
        room: Some(task.room.clone()),
        route: route_of(story.connection, contact),
        origin: Origin::Template,
        quotes: None,
        parts: vec![Part {
            template: Some(body.to_string()),
            ..Part::text(dynamic.fill(&ready.text))
        }],
        created_at: story.moment(),
        attempt: String::new(),
    })
}

/// The `template` member of the message, with its file uploaded.
async fn body_of(
    story: &Story<'_>,
    ready: &Ready,
    dynamic: &Dynamic<'_>,
) -> Result<Value, Failure> {
    let known = &ready.template;
    let mut body = render_template(&known.name, &known.language, &ready.filled);
    dynamic.fill_texts(&mut body["components"]);
    if let Some(linked) = LinkedFile::of(&ready.filled) {
        let id = file::carry(story, &linked, true).await?;
        file::put_into(&mut body, linked.media, &id);
    }
    Ok(body)
}
