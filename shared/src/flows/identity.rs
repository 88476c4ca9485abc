//! Whose names are whose. A person is known by user ids and numbers; two contacts that turn out to be
//! one person become one, and a number that passed to somebody else leads there (R33).

mod change;

use std::collections::HashMap;

pub(crate) use change::{apply, named_by};

use crate::app::App;
use crate::domain::contact::{Alias, Contact, Sender};
use crate::domain::ids::{AliasId, ConnectionId, ContactId, PostId, WaId};
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::opt_out;
use crate::rocketchat::RocketChatError;
use crate::store::{Created, Evidence, Free, Named, StoreError};
use crate::text::catalog::{Language, Phrase};

/// What a message of a person tells.
pub(crate) const MESSAGE: &str = "message";

/// A name of a person, and what stands under it.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// Under what it is kept.
    pub id: AliasId,
    /// The number, where it is one.
    pub number: Option<WaId>,
    /// What was found there.
    pub found: Option<Named>,
}

impl Name {
    /// The contact that it leads to now.
    pub(crate) fn leads_to(&self) -> Option<&ContactId> {
        self.found.as_ref()?.leads_to.as_ref()
    }

    /// The name without what stands there.
    pub(crate) fn of(app: &App, connection: &ConnectionId, alias: &Alias) -> AliasId {
        alias.id(&app.config.group_key, connection)
    }
}

/// The names of a sender, the firmest first, not looked up yet.
pub(crate) fn names_of(app: &App, connection: &ConnectionId, sender: &Sender) -> Vec<Name> {
    let user_ids = sender.user_id.iter().chain(&sender.parent_user_id);
    let numbers = sender.phone.iter().chain(&sender.other_phone);
    let user_ids = user_ids.map(|id| (Alias::of_user_id(id), None));
    let numbers = numbers.map(|number| (Alias::of_number(number), Some(number.clone())));
    let mut names: Vec<Name> = Vec::new();
    for (alias, number) in user_ids.chain(numbers) {
        let id = Name::of(app, connection, &alias);
        if !names.iter().any(|name| name.id == id) {
            let found = None;
            names.push(Name { id, number, found });
        }
    }
    names
}

/// The other spellings of a sender's number.
pub(crate) fn spellings_of(app: &App, connection: &ConnectionId, number: &WaId) -> Vec<Name> {
    let spelled = number.variants().into_iter().map(|number| Name {
        id: Name::of(app, connection, &Alias::of_number(&number)),
        number: Some(number),
        found: None,
    });
    spelled.collect()
}

/// Looks names up, all at once.
pub(crate) async fn look_up(
    app: &App,
    names: &mut [Name],
    now: Timestamp,
) -> Result<(), StoreError> {
    let ids: Vec<_> = names.iter().map(|name| name.id.clone()).collect();
    let found: HashMap<AliasId, Named> = app.store.find_aliases(&ids, now).await?;
    for name in names {
        name.found = found.get(&name.id).cloned();
    }
    Ok(())
}

/// The contact that one of several names leads to now, the first of them first.
pub(crate) async fn find(
    app: &App,
    names: &[Name],
    now: Timestamp,
) -> Result<Option<Contact>, StoreError> {
    for name in names {
        let leads_to = name.leads_to();
        if let Some(id) = leads_to
            && let Some(contact) = app.store.find_contact(id, now).await?
        {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

/// The contact of somebody who said something at `at`, found by the names of `sender`: a number may be
/// that of somebody else, and may have been somebody else's then.
pub(crate) async fn find_sender(
    app: &App,
    (connection, sender): (&ConnectionId, &Sender),
    at: Timestamp,
    now: Timestamp,
) -> Result<Option<Contact>, StoreError> {
    let mut names = names_of(app, connection, sender);
    if names.is_empty() {
        return Ok(None);
    }
    look_up(app, &mut names, now).await?;
    for name in &names {
        let id = name.found.as_ref().and_then(|found| found.contact_at(at));
        if let Some(id) = id
            && let Some(contact) = app.store.find_contact(id, now).await?
            && !(name.number.is_some() && is_somebody_else(&contact, sender))
        {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

/// The contact is known as somebody's who has another user id.
pub(crate) fn is_somebody_else(contact: &Contact, sender: &Sender) -> bool {
    matches!((&contact.user_id, &sender.user_id), (Some(one), Some(other)) if one != other)
}

/// Makes names lead to a contact. Where one is another contact's, the two become one; but a number of
/// somebody else has passed to this one. A message that is older than what is known of a number tells
/// nothing of it. Gives the contact that is left.
pub(crate) async fn link(
    app: &App,
    mut contact: Contact,
    names: &[Name],
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    for name in names {
        let leads_to = name.leads_to();
        if leads_to != Some(&contact.id) {
            contact = link_one(app, contact, name.clone(), evidence).await?;
        }
    }
    Ok(contact)
}

async fn link_one(
    app: &App,
    mut contact: Contact,
    mut name: Name,
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let (store, now) = (&app.store, evidence.now);
    let told = evidence.from != MESSAGE;
    // each round either ends or loses a race to somebody who changed one of the two
    for _ in 0..4 {
        let found = name.found.as_ref();
        let leads_to = name.leads_to();
        let other = match leads_to {
            Some(id) => store.find_contact(id, now).await?,
            None => None,
        };
        let done = match other {
            Some(other) if other.id == contact.id => return Ok(contact),
            // a number that has passed on since is not taken back; user ids pass to nobody
            Some(_)
                if name.number.is_some()
                    && !told
                    && found.is_some_and(|found| evidence.at < found.linked_at) =>
            {
                return Ok(contact);
            }
            Some(other) => match &name.number {
                Some(number) if is_passed(&contact, &other, (number, evidence)) => {
                    tracing::info!(event = "number_passed_on", contact.id = %contact.id, "somebody else has the number now");
                    hand_on(app, &other, (&name.id, number), Some(&contact), evidence).await?
                }
                _ => join(app, &contact, &other, evidence).await?,
            },
            // written before the person left the number
            None if !told && is_left_by(&contact, (found, evidence.at)) => return Ok(contact),
            None => {
                let free = Free {
                    alias: &name.id,
                    was: found,
                };
                // older than a change: it does not tell by what the person is reached now
                let old = contact.changed_at.is_some_and(|at| evidence.at <= at);
                let number = name.number.as_ref().filter(|_| told || !old);
                store.link_alias(&contact, (free, number), evidence).await?
            }
        };
        // whichever of the two stays, the contact's id leads to it
        let again = store.find_contact(&contact.id, now).await?;
        contact = again.ok_or_else(|| Failure::retry("contact_gone"))?;
        if done == Created::Yes {
            return Ok(contact);
        }
        look_up(app, std::slice::from_mut(&mut name), now).await?;
    }
    if told {
        return Err(Failure::retry("contact_contended"));
    }
    // a room may be opened for hours while nobody is there: the next message joins them
    Ok(contact)
}

/// The person left the number later than something was written.
fn is_left_by(contact: &Contact, (found, at): (Option<&Named>, Timestamp)) -> bool {
    let then = found.and_then(|found| found.contact_at(at));
    then.is_some_and(|then| contact.is_known_as(then))
}

/// A number is not `from`'s any more. What the person wished under it goes with them.
async fn hand_on(
    app: &App,
    from: &Contact,
    (alias, number): (&AliasId, &WaId),
    to: Option<&Contact>,
    evidence: Evidence<'_>,
) -> Result<Created, Failure> {
    opt_out::carry(app, alias, from, evidence.now).await?;
    let whose = (alias, number);
    Ok(app.store.pass_number(from, whose, to, evidence).await?)
}

/// Somebody else had the number: another user id, or a conversation of their own while this person had
/// another number.
fn is_passed(
    contact: &Contact,
    other: &Contact,
    (number, evidence): (&WaId, Evidence<'_>),
) -> bool {
    let had_another = |had: &WaId| had != number && !had.variants().contains(number);
    let has_spoken = other.room.is_some() || other.last_room.is_some();
    are_two(contact, other)
        || (evidence.from == MESSAGE
            && has_spoken
            && contact.wa_id.as_ref().is_some_and(had_another))
}

/// Two people: each has a user id of its own.
pub(crate) fn are_two(one: &Contact, other: &Contact) -> bool {
    matches!((&one.user_id, &other.user_id), (Some(one), Some(other)) if one != other)
}

/// Two contacts are one person: the one with the open room stays. `No` where one of them has just
/// changed.
async fn join(
    app: &App,
    contact: &Contact,
    other: &Contact,
    evidence: Evidence<'_>,
) -> Result<Created, Failure> {
    let other_stays = other.room.is_some() && contact.room.is_none();
    let (stays, gone) = if other_stays {
        (other, contact)
    } else {
        (contact, other)
    };
    let joined = app.store.merge(stays, gone, evidence).await?;
    if joined == Created::Yes {
        tracing::info!(event = "contacts_joined", contact.id = %stays.id, evidence = evidence.from, "two contacts are one person");
    }
    Ok(joined)
}

/// A person may also be known by the other spelling of the number: that contact becomes part of this
/// one, unless it is somebody else's.
pub(crate) async fn link_spellings(
    app: &App,
    mut contact: Contact,
    spellings: &[Name],
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    for name in spellings {
        let Some(id) = name.leads_to() else { continue };
        let (Some(number), false) = (&name.number, contact.is_known_as(id)) else {
            continue;
        };
        if let Some(other) = app.store.find_contact(id, evidence.now).await?
            && other.id != contact.id
            && !is_passed(&contact, &other, (number, evidence))
            && join(app, &contact, &other, evidence).await? == Created::Yes
        {
            let again = app.store.find_contact(&contact.id, evidence.now).await?;
            contact = again.ok_or_else(|| Failure::retry("contact_gone"))?;
        }
    }
    Ok(contact)
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
