//! Opening a room: under a lease that stands before the first call, so that a crash neither opens
//! two rooms nor loses the welcome.

use std::time::Duration;

use super::{Story, texts};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::hash::sha256_hex;
use crate::domain::ids::{RoomId, UserId, VisitorToken};
use crate::domain::send::Target;
use crate::domain::time::minutes;
use crate::error::Failure;
use crate::flows::{parking, workspace};
use crate::mutant::{Mutant, on};
use crate::queue::fifo::Record;
use crate::rocketchat::client::{OpenRoom, VisitorProfile};
use crate::rocketchat::{Client, Refusal, RocketChatError};
use crate::secrets::SecretName;
use crate::store::{InboundRecord, Waiting};
use crate::text::catalog::Advice;

/// Opens (or finds) the contact's room and makes it ready: visitor, room, texts, waiting lines.
pub(super) async fn open(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
) -> Result<RoomId, Failure> {
    let store = &story.app.store;
    let owner = story.record.group.as_str();
    // an earlier attempt may have opened the room and crashed before the welcome
    let resumed = contact.opening.is_some();
    let Some(leased) = store.take_opening(&contact.id, owner, story.now).await? else {
        // another group of the same person opens one, or has just opened it
        return Err(Failure::retry_after(
            "room_being_opened",
            Duration::from_secs(2),
        ));
    };
    // a template may have been sent since the contact was read; from here on none changes these
    contact.waiting = leased.waiting;
    contact.expecting = leased.expecting;
    if on(Mutant::VisitorPerAttempt) {
        let random = story.app.ids.token()?;
        contact.visitor_token = VisitorToken::mint(&contact.connection, &contact.id, &random);
        contact.visitor_saved = None;
    }
    let target = target_of(story, contact);
    let opened = enter(story, contact, rocketchat, &target).await?;
    if opened.is_new || resumed {
        texts::greet(story, contact, rocketchat, &opened.id).await?;
        describe(story, contact, rocketchat, &opened).await;
    }
    // a visitor keeps a department for good: where the connection names none, only this room goes there
    if story.connection.department.is_none() && target.agent.is_none() {
        forward(story, rocketchat, &opened.id, &target).await?;
    }
    if contact.waiting {
        post_waiting(story, contact, rocketchat, &opened.id).await?;
    }
    let Some(now_is) = store.put_room(&contact.id, owner, &opened.id).await? else {
        return Err(Failure::retry("room_lease_lost"));
    };
    contact.waiting = now_is.waiting;
    if contact.waiting {
        // also of a template that was sent while the room was opened; from here on such lines are notes
        drain_waiting(story, contact, rocketchat, &opened.id).await?;
    }
    contact.room = Some(opened.id.clone());
    contact.opening = None;
    contact.offline_since = None;
    contact.expecting = None;
    Ok(opened.id)
}

/// Tells Rocket.Chat who the visitor is; gives Rocket.Chat's id of it where that was needed. A
/// visitor is created without its number first: with it, Rocket.Chat would hand out an older
/// visitor of the same number, perhaps of another connection (reference §1.1).
async fn save_visitor(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
    department: Option<&str>,
) -> Result<Result<Option<String>, RocketChatError>, Failure> {
    let profile = profile_of(contact, department);
    let fingerprint = fingerprint(&profile);
    if contact.visitor_saved.as_deref() == Some(fingerprint.as_str()) {
        return Ok(Ok(None));
    }
    if profile.phone.is_some() && !on(Mutant::NumberFirst) {
        let unnumbered = VisitorProfile {
            phone: None,
            ..profile.clone()
        };
        let known = rocketchat
            .send_visitor(&contact.visitor_token, &unnumbered)
            .await;
        contact.visitor_token = match known {
            Ok(known) => known.token,
            Err(error) => return Ok(Err(error)),
        };
    }
    let known = rocketchat
        .send_visitor(&contact.visitor_token, &profile)
        .await;
    let known = match known {
        Ok(known) => known,
        Err(error) => return Ok(Err(error)),
    };
    story
        .app
        .store
        .mark_visitor(&contact.id, &known.token, &fingerprint)
        .await?;
    contact.visitor_token = known.token;
    contact.visitor_saved = Some(fingerprint);
    Ok(Ok(Some(known.id)))
}

fn profile_of(contact: &Contact, department: Option<&str>) -> VisitorProfile {
    VisitorProfile {
        name: contact.display_name(),
        phone: contact.wa_id.as_ref().map(|id| format!("+{}", id.as_str())),
        department: department.map(str::to_owned),
        fields: fields_of(contact),
    }
}

/// What agents see beside the name, where the workspace has the fields (R32). What is not known (any
/// more: the number may be somebody else's by now) is empty.
fn fields_of(contact: &Contact) -> Vec<(&'static str, String)> {
    let values = [
        contact.wa_id.as_ref().map(|id| id.as_str().to_owned()),
        contact.user_id.as_ref().map(|id| id.as_str().to_owned()),
        contact.username.clone(),
    ];
    let fields = workspace::FIELDS.iter().zip(values);
    fields
        .map(|((field, _), value)| (*field, value.unwrap_or_default()))
        .collect()
}

/// Who gets the room: as a template that the customer answers says, else nobody in particular.
fn target_of(story: &Story<'_>, contact: &Contact) -> Target {
    let expected = contact.expected(story.now);
    expected.map_or_else(Target::default, |expected| expected.target.clone())
}

/// Hands an open room to whom a template names. Where Rocket.Chat refuses that, whoever has the room
/// now can answer too.
pub(super) async fn forward(
    story: &Story<'_>,
    rocketchat: &Client,
    room: &RoomId,
    target: &Target,
) -> Result<(), Failure> {
    let agent = target.agent.as_ref().map(|agent| &agent.id);
    let to = (agent, target.department.as_deref());
    match rocketchat.forward_room(room, to).await {
        Ok(()) => Ok(()),
        Err(RocketChatError::Rejected { code, .. }) => {
            tracing::info!(failure.code = %code, "room not handed over");
            Ok(())
        }
        Err(error) => Err(failure_of(story.app, error)),
    }
}

/// Introduces the visitor and opens the room: for whom a template names; where those are gone or
/// nobody is there, as any other room.
async fn enter(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
    target: &Target,
) -> Result<OpenRoom, Failure> {
    let own = story.connection.department.as_deref();
    let agent = target.agent.as_ref().map(|agent| &agent.id);
    // without a department of its own the room is handed over once it stands
    let department = own.map(|own| target.department.as_deref().unwrap_or(own));
    let plain = (own, None);
    let routes = match (target.department.as_deref(), agent) {
        (None, None) => vec![plain],
        (Some(named), None) if own.is_none() => vec![plain, (Some(named), None)],
        _ => vec![(department, agent), plain],
    };
    let mut first = None;
    for (department, agent) in routes {
        match knock(story, contact, rocketchat, (department, agent)).await? {
            Ok(entered) => return Ok(entered),
            Err(error) => {
                let other = [
                    Refusal::InvalidToken,
                    Refusal::ContactBlocked,
                    Refusal::OmnichannelOff,
                ];
                let about_the_route = matches!(&error, RocketChatError::Rejected { refusal, .. }
                    if !other.contains(refusal));
                first.get_or_insert(error);
                if !about_the_route {
                    break;
                }
            }
        }
    }
    let error = first.unwrap_or(RocketChatError::Unreadable);
    Err(refused(story, contact, error).await)
}

/// One try: the visitor as it has to be for a route, then the room. What Rocket.Chat refuses of the
/// route is the inner error.
async fn knock(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
    (department, agent): (Option<&str>, Option<&UserId>),
) -> Result<Result<OpenRoom, RocketChatError>, Failure> {
    let saved = match save_visitor(story, contact, rocketchat, department).await? {
        Ok(saved) => saved,
        Err(error) => return Ok(Err(error)),
    };
    let opened = rocketchat.open_room(&contact.visitor_token, agent).await;
    Ok(opened.map(|opened| OpenRoom {
        visitor: saved.or(opened.visitor),
        ..opened
    }))
}

fn fingerprint(profile: &VisitorProfile) -> String {
    let VisitorProfile {
        name,
        phone,
        department,
        fields,
    } = profile;
    let text = format!(
        "{name}\n{}\n{}\n{fields:?}",
        phone.as_deref().unwrap_or(""),
        department.as_deref().unwrap_or("")
    );
    sha256_hex(text.as_bytes()).chars().take(16).collect()
}

/// Topic and tag of a new room. Best effort: an agent can do without.
async fn describe(story: &Story<'_>, contact: &Contact, rocketchat: &Client, opened: &OpenRoom) {
    let Some(visitor) = &opened.visitor else {
        return;
    };
    let number = contact
        .wa_id
        .as_ref()
        .map(|id| format!(" · +{}", id.as_str()))
        .unwrap_or_default();
    let topic = format!("WhatsApp · {}{number}", story.connection.name);
    if let Err(error) = rocketchat.save_room_info(visitor, &opened.id, &topic).await {
        tracing::info!(failure.code = %error, "room topic could not be set");
    }
}

/// Posts the lines that waited for a room, in order.
async fn post_waiting(
    story: &Story<'_>,
    contact: &Contact,
    rocketchat: &Client,
    room: &RoomId,
) -> Result<(), Failure> {
    let store = &story.app.store;
    for waiting in store.list_waiting(&contact.id).await? {
        let token = &contact.visitor_token;
        let posted = if waiting.by_bot {
            rocketchat.send_note(room, &waiting.id, &waiting.line).await
        } else {
            rocketchat
                .send_message(token, room, &waiting.id, &waiting.line)
                .await
        };
        match posted {
            Ok(()) => {}
            Err(RocketChatError::Rejected { refusal, code }) => {
                let why = (refusal, code.as_str());
                refused_line(story, contact, (rocketchat, room), (&waiting, why)).await?;
            }
            Err(error) => return Err(failure_of(story.app, error)),
        }
        if let Some(said) = &waiting.said {
            // its webhook may come again in days
            let record = InboundRecord {
                id: waiting.id.clone(),
                wamid: said.wamid.clone(),
                room: room.clone(),
                contact: contact.id.clone(),
                sent_at: said.at,
                posted_at: story.now,
                file: None,
                follows: false,
                tries: 0,
            };
            let keep = story.settings.keep_messages();
            store.put_inbound(&record, keep).await?;
        }
        store.delete_waiting(&contact.id, &waiting.sequence).await?;
    }
    Ok(())
}

/// Posts the lines that waited into the room that stands, for good.
pub(super) async fn drain_waiting(
    story: &Story<'_>,
    contact: &mut Contact,
    rocketchat: &Client,
    room: &RoomId,
) -> Result<(), Failure> {
    post_waiting(story, contact, rocketchat, room).await?;
    story.app.store.clear_waiting_flag(contact).await?;
    contact.waiting = false;
    Ok(())
}

/// A waiting line that Rocket.Chat refuses: it stands there since before a crash, or waits for the
/// next room, or an operator finds it.
async fn refused_line(
    story: &Story<'_>,
    contact: &Contact,
    (rocketchat, room): (&Client, &RoomId),
    (waiting, (refusal, code)): (&Waiting, (Refusal, &str)),
) -> Result<(), Failure> {
    let store = &story.app.store;
    match refusal {
        // closed in this very moment, perhaps without our knowing
        Refusal::RoomClosed | Refusal::InvalidRoom => {
            store.clear_room(&contact.id, room, story.now).await?;
            return Err(Failure::retry("room_closed"));
        }
        Refusal::InvalidToken => {
            store.clear_room(&contact.id, room, story.now).await?;
            store.forget_visitor(&contact.id).await?;
            let soon = Duration::from_secs(1);
            return Err(Failure::retry_after("visitor_removed", soon));
        }
        _ => {}
    }
    let there = if waiting.by_bot {
        rocketchat.fetch_note(&waiting.id).await
    } else {
        let token = &contact.visitor_token;
        rocketchat.fetch_message(token, room, &waiting.id).await
    };
    if there.map_err(|error| failure_of(story.app, error))? {
        return Ok(());
    }
    let whose = if waiting.by_bot { "note" } else { "line" };
    let record = Record {
        body: waiting.line.clone(),
        id: format!("line-{}", waiting.id),
        ..story.record.clone()
    };
    let (connection, reason) = (&story.connection.id, format!("{whose}_rejected: {code}"));
    parking::park(
        story.app,
        "inbound",
        &record,
        Some(connection),
        &reason,
        story.now,
    )
    .await
}

/// Nobody there: the offline text goes out once, and the message waits. Anything else as usual.
async fn refused(story: &Story<'_>, contact: &Contact, error: RocketChatError) -> Failure {
    let RocketChatError::Rejected { refusal, code } = error else {
        return failure_of(story.app, error);
    };
    // no room came of it: nobody has to wait for its lease
    let owner = story.record.group.as_str();
    if let Err(error) = story.app.store.clear_opening(&contact.id, owner).await {
        return error.into();
    }
    match refusal {
        Refusal::NoAgentOnline => {
            if let Err(failure) = texts::offline(story, contact).await {
                return failure;
            }
            let wait = wait_for_agents(story);
            Failure::retry_after("no_agent_online", wait)
        }
        Refusal::InvalidToken => match story.app.store.forget_visitor(&contact.id).await {
            Ok(()) => Failure::retry_after("visitor_removed", Duration::from_secs(1)),
            Err(error) => error.into(),
        },
        Refusal::ContactBlocked => Failure::give_up("contact_blocked", Advice::Other),
        // an administrator has to mend the connection; the messages wait
        Refusal::InvalidDepartment => Failure::retry_after("invalid_department", minutes(5)),
        _ => Failure::retry(format!("room_refused: {code}")),
    }
}

/// How long a message waits before an agent is looked for again: at most five minutes with what the
/// back-off adds, which also makes the waits longer on the second day.
fn wait_for_agents(story: &Story<'_>) -> Duration {
    Duration::from_secs(1 << story.record.receives.min(11)).min(minutes(4))
}

/// A failure out of an error of Rocket.Chat; a refused token is read again next time.
pub(super) fn failure_of(app: &App, error: RocketChatError) -> Failure {
    if error == RocketChatError::Unauthorized {
        app.secrets.forget(&SecretName::RocketChatToken);
    }
    error.into()
}
