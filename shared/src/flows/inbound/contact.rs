//! Who is it? One look at all names and one update in the usual case; creation and new names off the
//! hot path.

use super::Story;
use crate::app::Acquaintance;
use crate::domain::contact::{Contact, Sender, WINDOW};
use crate::domain::content::Change;
use crate::domain::ids::{AliasId, ContactId, VisitorToken, WaId};
use crate::domain::message::InboundMessage;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::identity::{self, MESSAGE, Name};
use crate::flows::receipts;
use crate::mutant::{Mutant, on};
use crate::store::{Created, Evidence, Free, Named, Sighting, Touched};

/// What is looked for.
struct Search<'a> {
    /// The message that tells who it is.
    message: &'a InboundMessage,
    /// The names of its sender; behind them those that it says to be new.
    names: Vec<Name>,
    /// How many of them are the sender's own.
    own: usize,
    /// The other spellings of the number: that is how a template may have reached the person.
    spelled: Vec<Name>,
    /// What is written to the contact that is found.
    sighting: Sighting<'a>,
}

/// Finds or creates the contact of an entry's messages, and moves its window clock to the newest
/// of them. `None` where the messages name nobody.
pub(super) async fn resolve(
    story: &Story<'_>,
    messages: &[InboundMessage],
) -> Result<Option<Contact>, Failure> {
    let Some(last) = messages.last() else {
        return Ok(None);
    };
    if on(Mutant::LogTheNumber) {
        tracing::info!(
            number = last.sender.phone.as_ref().map(WaId::as_str),
            "customer wrote"
        );
    }
    let told = profile_of(last);
    let Some(mut search) = search_of(story, (messages, last), &told) else {
        return Ok(None);
    };
    if let Some(contact) = recall(story, &search).await? {
        return settled(story, contact).await.map(Some);
    }
    // each round either finds the contact or loses a race to somebody who created it
    for _ in 0..4 {
        look_up(story, &mut search).await?;
        if let Some(contact) = find(story, &search).await? {
            return link(story, contact, &search, &[]).await.map(Some);
        }
        let free = free_names(story, &search).await?;
        if free.is_empty() {
            // from before the number became somebody else's, by somebody who is forgotten
            return Ok(None);
        }
        if let Some(contact) = create(story, &search, &free).await? {
            let linked: Vec<_> = free.iter().map(|free| free.alias).collect();
            return link(story, contact, &search, &linked).await.map(Some);
        }
    }
    Err(Failure::retry("contact_contended"))
}

fn search_of<'a>(
    story: &Story<'a>,
    (messages, last): (&'a [InboundMessage], &'a InboundMessage),
    told: &'a Sender,
) -> Option<Search<'a>> {
    let (app, connection) = (story.app, &story.connection.id);
    let mut names = identity::names_of(app, connection, &last.sender);
    let own = names.len();
    if own == 0 {
        return None;
    }
    // where a change was carried out before, only its new names still lead to the contact
    if let Some(change) = last.content.change() {
        let to = identity::named_by(change);
        names.extend(identity::names_of(app, connection, &to));
    }
    let phone = last.sender.phone.iter();
    let spelled = phone.flat_map(|number| identity::spellings_of(app, connection, number));
    Some(Search {
        message: last,
        names,
        own,
        spelled: spelled.collect(),
        sighting: Sighting {
            sender: told,
            sent_at: last.sent_at,
            window_until: window_until(messages),
            message: newest(messages).and_then(receipts::shown_as_read),
            now: story.now,
            keep: story.settings.keep_contacts(),
        },
    })
}

/// The contact whom the firmest name led to a while ago, if all names of the message are its own still:
/// that costs no look-up.
async fn recall(story: &Story<'_>, search: &Search<'_>) -> Result<Option<Contact>, Failure> {
    let (first, sent_at) = (&search.names[0], search.message.sent_at);
    let known = story.app.recall(&first.id, story.now);
    let Some(known) = known.filter(|known| known.since <= sent_at) else {
        return Ok(None);
    };
    if search.message.content.change().is_some() {
        return Ok(None);
    }
    let names: Vec<_> = search.names.iter().map(|name| name.id.clone()).collect();
    let by = (names.as_slice(), first.number.is_some());
    let store = &story.app.store;
    let Touched::Contact(contact) = store
        .touch_contact(&known.contact, &search.sighting, by)
        .await?
    else {
        return Ok(None);
    };
    let is_theirs = names.iter().all(|name| contact.alias_ids.contains(name));
    let changed = contact.changed_at.is_some_and(|at| sent_at <= at);
    let other = by.1 && identity::is_somebody_else(&contact, &search.message.sender);
    Ok((is_theirs && !changed && !other).then_some(*contact))
}

async fn look_up(story: &Story<'_>, search: &mut Search<'_>) -> Result<(), Failure> {
    let count = search.names.len();
    let mut all = search.names.clone();
    all.append(&mut search.spelled.clone());
    identity::look_up(story.app, &mut all, story.now).await?;
    search.spelled = all.split_off(count);
    search.names = all;
    Ok(())
}

/// What a message tells of its sender for good: a number or id that it says to be given up is left out.
fn profile_of(message: &InboundMessage) -> Sender {
    let mut sender = message.sender.clone();
    match message.content.change() {
        Some(Change::Number { user_id, .. }) => {
            sender.phone = None;
            sender.user_id = sender.user_id.filter(|_| user_id.is_none());
        }
        // a new user id comes with a new number
        Some(Change::UserId { .. }) => (sender.phone, sender.user_id) = (None, None),
        Some(Change::Identity) | None => {}
    }
    sender
}

/// The window that an entry's messages open: 24 hours from the newest that a person wrote.
fn window_until(messages: &[InboundMessage]) -> Option<Timestamp> {
    newest(messages).map(|message| message.sent_at.plus(WINDOW))
}

/// The newest message that a person wrote.
pub(super) fn newest(messages: &[InboundMessage]) -> Option<&InboundMessage> {
    let written = messages.iter().filter(|m| m.content.is_of_a_person());
    written.max_by_key(|message| message.sent_at)
}

/// The contact that the first of the names leads to that leads to one.
async fn find(story: &Story<'_>, search: &Search<'_>) -> Result<Option<Contact>, Failure> {
    // WhatsApp itself says that the ids belong together
    let told = search.message.content.change().is_some();
    let (own, new) = search.names.split_at(search.own);
    let new = new.iter().filter(|name| is_known_for(name, search.message));
    for name in own.iter().chain(new).chain(&search.spelled) {
        let found = name.found.as_ref();
        // written before the number passed on: still the other person's
        let Some(id) = found.and_then(|found| found.contact_at(search.message.sent_at)) else {
            continue;
        };
        let by_number = name.number.is_some() && !told;
        let mut id = id.clone();
        for _ in 0..8 {
            match touch(story, search, (&id, by_number)).await? {
                Touched::Contact(contact)
                    if by_number
                        && identity::is_somebody_else(&contact, &search.message.sender) =>
                {
                    break;
                }
                Touched::Contact(contact) => return Ok(Some(*contact)),
                Touched::Pointer(next) => id = next,
                Touched::Missing => break,
            }
        }
    }
    Ok(None)
}

/// A new user id leads to nobody else. A new number may be somebody else's still: it counts where this
/// very change gave it to the contact.
fn is_known_for(name: &Name, change: &InboundMessage) -> bool {
    let this = |found: &Named| found.evidence != MESSAGE && found.linked_at == change.sent_at;
    name.number.is_none() || name.found.as_ref().is_some_and(this)
}

/// Updates a contact with what is told of it. A number that does not lead to it is not its own: that
/// is found out afterwards.
async fn touch(
    story: &Story<'_>,
    search: &Search<'_>,
    (id, by_number): (&ContactId, bool),
) -> Result<Touched, Failure> {
    let told = search.sighting.sender;
    let leads_here = |name: &&Name| {
        let to = name.leads_to();
        name.number == told.phone && to == Some(id)
    };
    let mut sender = told.clone();
    if !search.names.iter().any(|name| leads_here(&name)) {
        sender.phone = None;
    }
    let mut sighting = Sighting {
        sender: &sender,
        ..search.sighting.clone()
    };
    let store = &story.app.store;
    let by = (&[] as &[_], by_number);
    let touched = store.touch_contact(id, &sighting, by).await?;
    let Touched::Contact(contact) = &touched else {
        return Ok(touched);
    };
    if contact
        .changed_at
        .is_some_and(|at| search.message.sent_at <= at)
    {
        // older than a change of the names: it tells nothing of them
        let unnamed = Sender {
            phone: None,
            user_id: None,
            ..sender.clone()
        };
        sighting.sender = &unnamed;
        return Ok(store.touch_contact(id, &sighting, by).await?);
    }
    Ok(touched)
}

/// Makes names that are new for a known contact lead to it, but for those that were linked with it, and
/// brings to its end what that begins.
async fn link(
    story: &Story<'_>,
    contact: Contact,
    search: &Search<'_>,
    linked: &[&AliasId],
) -> Result<Contact, Failure> {
    let (app, now) = (story.app, story.now);
    let keep = story.settings.keep_contacts();
    let evidence = Evidence {
        from: MESSAGE,
        at: search.message.sent_at,
        now,
        keep,
    };
    let mut contact = contact;
    // the names that a change gives up are not linked anew by its message
    if search.message.content.change().is_none() {
        let own = search.names[..search.own].iter();
        let own: Vec<_> = own.filter(|n| !linked.contains(&&n.id)).cloned().collect();
        contact = Box::pin(identity::link(app, contact, &own, evidence)).await?;
        let spelled = &search.spelled;
        contact = Box::pin(identity::link_spellings(app, contact, spelled, evidence)).await?;
    }
    let own = search.names.iter();
    let own = own.filter(|name| contact.alias_ids.contains(&name.id));
    let mut found = own.filter_map(|name| name.found.as_ref());
    if found.any(|found| found.is_due(now, keep)) {
        app.store.keep_aliases(&contact, now, keep).await?;
    }
    remember(story, &contact, search);
    settled(story, contact).await
}

/// Remembers whom the firmest name leads to, where all names are the contact's.
fn remember(story: &Story<'_>, contact: &Contact, search: &Search<'_>) {
    let own = |name: &Name| contact.alias_ids.contains(&name.id);
    if !search.names.iter().all(own) {
        return;
    }
    let since = search.names.iter().map(|name| match &name.found {
        Some(found) => found.since(),
        None => search.message.sent_at,
    });
    let acquaintance = Acquaintance {
        contact: contact.id.clone(),
        since: since.fold(search.message.sent_at, Timestamp::max),
        looked_up: story.now,
    };
    let name = &search.names[0].id;
    story.app.note_person(name, acquaintance);
}

/// Brings to its end what was begun with a contact.
async fn settled(story: &Story<'_>, mut contact: Contact) -> Result<Contact, Failure> {
    let settled = identity::settle(story.app, &mut contact, story.language, story.now);
    Box::pin(settled).await?;
    Ok(contact)
}

/// The sender's names that lead to nobody (any more).
async fn free_names<'a>(
    story: &Story<'_>,
    search: &'a Search<'_>,
) -> Result<Vec<Free<'a>>, Failure> {
    let mut free = Vec::new();
    for name in &search.names[..search.own] {
        let was = name.found.as_ref();
        let is_taken = match name.leads_to() {
            Some(id) => story.app.store.find_contact(id, story.now).await?.is_some(),
            None => false,
        };
        if !is_taken {
            let alias = &name.id;
            free.push(Free { alias, was });
        }
    }
    Ok(free)
}

/// Creates the contact, with the visitor's token and the names that are free in the same write.
/// `None` where somebody was faster.
async fn create(
    story: &Story<'_>,
    search: &Search<'_>,
    free: &[Free<'_>],
) -> Result<Option<Contact>, Failure> {
    let (app, sighting) = (story.app, &search.sighting);
    let connection = &story.connection.id;
    let random = app.ids.token()?;
    let id = Contact::mint_id(&app.config.group_key, connection, &random);
    let token = VisitorToken::mint(connection, &id, &random);
    let seen = (connection, &search.message.sender);
    let mut contact = Contact::first_seen(&id, seen, token, sighting.window_until, story.now);
    contact.last_message = sighting.message.cloned();
    contact.alias_ids = free.iter().map(|free| free.alias.clone()).collect();
    let phone = |name: &&Name| name.number == contact.wa_id && contact.wa_id.is_some();
    let phone = search.names.iter().find(phone).map(|name| &name.id);
    if phone.is_some_and(|id| !contact.alias_ids.contains(id)) {
        // somebody else's still: whose it is now is found out afterwards
        contact.wa_id = None;
    }
    let evidence = Evidence {
        from: MESSAGE,
        at: search.message.sent_at,
        now: story.now,
        keep: sighting.keep,
    };
    let created = app.store.create_contact(&contact, free, evidence).await?;
    Ok((created == Created::Yes).then_some(contact))
}
