//! What WhatsApp tells of somebody's number or user id, carried out; told late or twice it does no harm.

use std::time::Duration;

use super::{Name, find, hand_on, link, look_up, names_of};
use crate::app::App;
use crate::domain::contact::{Alias, Contact, Sender};
use crate::domain::content::Change;
use crate::domain::ids::{Bsuid, WaId};
use crate::domain::message::InboundMessage;
use crate::domain::settings::Settings;
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::store::{Created, Evidence, Number};

/// The new names that a change tells of.
pub(crate) fn named_by(change: &Change) -> Sender {
    let mut named = Sender::default();
    match change {
        Change::UserId { to, parent } => {
            named.user_id.clone_from(to);
            named.parent_user_id.clone_from(parent);
        }
        Change::Number { to, user_id } => {
            named.phone.clone_from(to);
            named.user_id.clone_from(user_id);
        }
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
    let mut evidence = Evidence {
        from: "user_changed_number",
        at: message.sent_at,
        now,
        keep: settings.keep_contacts(),
    };
    let mut names = names_of(app, &contact.connection, &named_by(change));
    look_up(app, &mut names, now).await?;
    match change {
        Change::UserId { to: Some(to), .. } => {
            evidence.from = "user_changed_user_id";
            move_user_id(app, contact, (&names, to), evidence).await
        }
        // told late: another change is known that came after it
        Change::Number { to: Some(to), .. }
            if contact.changed_at.is_some_and(|at| evidence.at < at) =>
        {
            leave_numbers(app, contact, (&message.sender, to), evidence).await
        }
        Change::Number {
            to: Some(to),
            user_id,
        } => {
            let contact = move_number(app, contact, (&names, to), evidence).await?;
            let contact = leave_numbers(app, contact, (&message.sender, to), evidence).await?;
            let names = (Number::Is(to), user_id.as_ref());
            readdressed(app, contact, names, evidence).await
        }
        Change::UserId { .. } | Change::Number { .. } | Change::Identity => Ok(contact),
    }
}

/// The new user id leads to the contact. WhatsApp gives a new one with a new number (reference:
/// 360dialog, §2.7): the old number counts no more, only what the new id has written from.
async fn move_user_id(
    app: &App,
    contact: Contact,
    (names, to): (&[Name], &Bsuid),
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let new = Name::of(app, &contact.connection, &Alias::of_user_id(to));
    let new = names.iter().find(|name| name.id == new);
    let newer = find(app, new.map_or(&[], std::slice::from_ref), evidence.now).await?;
    let newer = newer.filter(|newer| newer.id != contact.id);
    let told_again = contact.changed_at.is_some_and(|at| evidence.at <= at);
    let contact = link(app, contact, names, evidence).await?;
    let number = match newer.as_ref().and_then(|newer| newer.wa_id.as_ref()) {
        Some(number) => Number::Is(number),
        None if told_again => Number::Stays,
        None => Number::Unknown,
    };
    readdressed(app, contact, (number, Some(to)), evidence).await
}

async fn readdressed(
    app: &App,
    contact: Contact,
    names: (Number<'_>, Option<&Bsuid>),
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let store = &app.store;
    store.readdress(&contact.id, names, evidence.at).await?;
    let again = store.find_contact(&contact.id, evidence.now).await?;
    again.ok_or_else(|| Failure::retry("contact_gone"))
}

/// A contact that began so long before a change was told is no early message of the person.
const EARLY: Duration = minutes(10);

/// The new number leads to the contact. Whoever had it before keeps what was said, and the number no
/// more: it may have been somebody else. What came from it since the change is the same person's.
async fn move_number(
    app: &App,
    contact: Contact,
    (names, to): (&[Name], &WaId),
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let mut names = names.to_vec();
    for name in names.iter_mut().filter(|name| name.number.is_some()) {
        if let Some(other) = find(app, std::slice::from_ref(name), evidence.now).await?
            && other.id != contact.id
            && evidence.at.since(other.created_at) > EARLY
            && (other.room.is_some() || other.last_room.is_some())
        {
            let whose = (&name.id, to);
            let passed = hand_on(app, &other, whose, None, evidence).await?;
            if passed == Created::No {
                return Err(Failure::retry("contact_contended"));
            }
            look_up(app, std::slice::from_mut(name), evidence.now).await?;
        }
    }
    link(app, contact, &names, evidence).await
}

/// The old number is nobody's, until somebody writes from it.
async fn leave_numbers(
    app: &App,
    mut contact: Contact,
    (sender, to): (&Sender, &WaId),
    evidence: Evidence<'_>,
) -> Result<Contact, Failure> {
    let numbers = [&sender.phone, &sender.other_phone].into_iter().flatten();
    for number in numbers.filter(|number| *number != to) {
        let alias = Name::of(app, &contact.connection, &Alias::of_number(number));
        if !contact.alias_ids.contains(&alias) {
            continue;
        }
        let left = hand_on(app, &contact, (&alias, number), None, evidence).await?;
        if left == Created::No {
            return Err(Failure::retry("contact_contended"));
        }
        contact.alias_ids.retain(|id| *id != alias);
        contact.wa_id = contact.wa_id.filter(|id| id != number);
    }
    Ok(contact)
}
