//! Whose names are whose. A person is known by user ids and numbers; two contacts that turn out to be
//! one person become one, and a number that passed to somebody else leads there (R33).

use std::time::Duration;

use crate::app::App;
use crate::domain::contact::{Alias, Contact, Sender};
use crate::domain::content::Change;
use crate::domain::ids::{ConnectionId, ContactId, PostId, WaId};
use crate::domain::message::InboundMessage;
use crate::domain::settings::Settings;
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::rocketchat::RocketChatError;
use crate::store::{Created, Evidence};
use crate::text::catalog::{Language, Phrase};

/// A name of a person, as the table knows it.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// Where it stands.
    pub id: ContactId,
    /// The number, where it is one.
    pub number: Option<WaId>,
}

/// The names of a sender, the firmest first.
pub(crate) fn names_of(app: &App, connection: &ConnectionId, sender: &Sender) -> Vec<Name> {
    let key = &app.config.group_key;
    let user_ids = sender.user_id.iter().chain(&sender.parent_user_id);
    let numbers = sender.phone.iter().chain(&sender.other_phone);
    let user_ids = user_ids.map(|id| Name {
        id: Alias::of_user_id(id).contact_id(key, connection),
        number: None,
    });
    let numbers = numbers.map(|number| Name {
        id: Alias::of_number(number).contact_id(key, connection),
        number: Some(number.clone()),
    });
    user_ids.chain(numbers).collect()
}

/// Makes names lead to a contact. Where one is another contact's, the two become one; but a number of
/// somebody with another user id has passed to this one. Gives the contact that is left.
pub(crate) async fn link(
    app: &App,
    mut contact: Contact,
    names: &[Name],
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    for name in names {
        if !contact.alias_ids.contains(&name.id) {
            contact = link_one(app, contact, name, evidence).await?;
        }
    }
    Ok(contact)
}

async fn link_one(
    app: &App,
    mut contact: Contact,
    name: &Name,
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let store = &app.store;
    // each round either ends or loses a race to somebody who changed one of the two
    for _ in 0..4 {
        let other = match store.find_place(&name.id, evidence.now).await? {
            Ok(other) if other.id != contact.id => other,
            standing => {
                let place = standing.err().unwrap_or_else(|| name.id.clone());
                let names = (&name.id, &place);
                if store.link_alias(&contact.id, names, evidence).await? == Created::Yes {
                    contact.alias_ids.push(name.id.clone());
                    return Ok(contact);
                }
                continue;
            }
        };
        if let Some(number) = &name.number
            && are_two(&contact, &other)
        {
            tracing::info!(event = "number_passed_on", contact.id = %contact.id, "somebody else has the number now");
            let whose = (&name.id, number);
            store
                .pass_number(&other, whose, &contact.id, evidence)
                .await?;
            continue;
        }
        match join(app, &contact, &other, evidence).await? {
            Some(joined) => return Ok(joined),
            None => {
                let again = store.find_contact(&contact.id, evidence.now).await?;
                contact = again.ok_or_else(|| Failure::retry("contact_gone"))?;
            }
        }
    }
    Err(Failure::retry("contact_contended"))
}

/// Two people: each has a user id of its own.
pub(crate) fn are_two(one: &Contact, other: &Contact) -> bool {
    matches!((&one.user_id, &other.user_id), (Some(one), Some(other)) if one != other)
}

/// Two contacts are one person: the one with the open room stays. `None` where one of them has just
/// changed.
async fn join(
    app: &App,
    contact: &Contact,
    other: &Contact,
    evidence: Evidence<'_>,
) -> Result<Option<Contact>, Failure> {
    let other_stays = other.room.is_some() && contact.room.is_none();
    let (stays, gone) = if other_stays {
        (other, contact)
    } else {
        (contact, other)
    };
    if !app.store.merge(stays, gone, evidence).await? {
        return Ok(None);
    }
    tracing::info!(event = "contacts_joined", contact.id = %stays.id, evidence = evidence.from, "two contacts are one person");
    Ok(app.store.find_contact(&stays.id, evidence.now).await?)
}

/// Brings to its end what a joining began: what waited for the contact that is gone is moved, and a
/// second open room is closed, with a line for the agents in it.
pub(crate) async fn settle(
    app: &App,
    contact: &mut Contact,
    language: Language,
    now: Timestamp,
) -> Result<(), Failure> {
    absorb(app, contact).await?;
    if contact.closing.is_empty() {
        return Ok(());
    }
    let rocketchat = app.rocketchat(now).await?.about(contact.id.as_str());
    for doubled in &contact.closing {
        let id = PostId::of_note(&format!("doubled#{}", doubled.room));
        let line = language.phrase(Phrase::RoomDoubled);
        let told = rocketchat.send_note(&doubled.room, &id, &line).await;
        let closed = rocketchat.close_room(&doubled.token, &doubled.room).await;
        for done in [told, closed] {
            match done {
                // written before, closed by somebody else, or not allowed: an agent can close it too
                Ok(()) | Err(RocketChatError::Rejected { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    app.store.clear_closing(contact).await?;
    contact.closing.clear();
    Ok(())
}

/// Moves what waited for contacts that were found to be the same person.
pub(crate) async fn absorb(app: &App, contact: &mut Contact) -> Result<(), Failure> {
    if !contact.absorbing.is_empty() {
        app.store.absorb(contact).await?;
        contact.absorbing.clear();
    }
    Ok(())
}

/// The new names that a change tells of.
pub(crate) fn named_by(change: &Change) -> Sender {
    let mut named = Sender::default();
    match change {
        Change::UserId { to } => named.user_id.clone_from(to),
        Change::Number { to } => named.phone.clone_from(to),
        Change::Identity => {}
    }
    named
}

/// WhatsApp tells, in `message`, that somebody has another number or user id. May be repeated.
pub(crate) async fn apply(
    app: &App,
    contact: Contact,
    (message, change): (&InboundMessage, &Change),
    (settings, now): (&Settings, Timestamp),
) -> Result<Contact, Failure> {
    let keep: Duration = settings.keep_contacts();
    let connection = contact.connection.clone();
    match change {
        Change::UserId { to: Some(to) } => {
            let evidence = Evidence {
                from: "user_changed_user_id",
                at: message.sent_at,
                now,
                keep,
            };
            let names = names_of(app, &connection, &named_by(change));
            let mut contact = link(app, contact, &names, evidence).await?;
            app.store.readdress(&contact.id, (None, Some(to))).await?;
            contact.user_id = Some(to.clone());
            Ok(contact)
        }
        Change::Number { to: Some(to) } => {
            let evidence = Evidence {
                from: "user_changed_number",
                at: message.sent_at,
                now,
                keep,
            };
            let names = names_of(app, &connection, &named_by(change));
            let told = (to, message.sent_at);
            let mut contact = move_number(app, contact, &names, told, evidence).await?;
            leave_numbers(app, &contact, &message.sender, to, evidence).await?;
            app.store.readdress(&contact.id, (Some(to), None)).await?;
            contact.wa_id = Some(to.clone());
            Ok(contact)
        }
        Change::UserId { to: None } | Change::Number { to: None } | Change::Identity => Ok(contact),
    }
}

/// A contact that began so long before a change was told is no early message of the person.
const EARLY: Duration = minutes(10);

/// The new number leads to the contact. Whoever had it before keeps what was said, and the number no
/// more: it may have been somebody else. What came from it since the change is the same person's.
async fn move_number(
    app: &App,
    contact: Contact,
    names: &[Name],
    (to, told_at): (&WaId, Timestamp),
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    for name in names {
        if let Ok(other) = app.store.find_place(&name.id, evidence.now).await?
            && other.id != contact.id
            && told_at.since(other.created_at) > EARLY
            && (other.room.is_some() || other.last_room.is_some())
        {
            let whose = (&name.id, to);
            app.store
                .pass_number(&other, whose, &contact.id, evidence)
                .await?;
        }
    }
    link(app, contact, names, evidence).await
}

/// The old number is nobody's, until somebody writes from it.
async fn leave_numbers(
    app: &App,
    contact: &Contact,
    sender: &Sender,
    to: &WaId,
    evidence: Evidence<'_>,
) -> Result<(), Failure> {
    let numbers = [&sender.phone, &sender.other_phone];
    for number in numbers.into_iter().flatten().filter(|number| *number != to) {
        let alias = Alias::of_number(number);
        let id = alias.contact_id(&app.config.group_key, &contact.connection);
        let leads_here = app.store.find_place(&id, evidence.now).await?;
        if leads_here.is_ok_and(|standing| standing.id == contact.id) {
            let left = ["left", id.as_str(), contact.id.as_str()];
            let place = ContactId::new(app.config.group_key.mac(&left));
            app.store
                .pass_number(contact, (&id, number), &place, evidence)
                .await?;
        }
    }
    Ok(())
}
