//! Who is it? One update in the usual case; creation and new aliases off the hot path.

use super::Story;
use crate::domain::contact::{Contact, Sender, WINDOW};
use crate::domain::content::Change;
use crate::domain::ids::{ContactId, VisitorToken, WaId};
use crate::domain::message::InboundMessage;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::contacts;
use crate::flows::identity::{self, Name};
use crate::mutant::{Mutant, on};
use crate::store::{Created, Evidence, Look, Sighting, Touched};

/// Finds or creates the contact of an entry's messages, and moves its window clock to the newest
/// of them. `None` where the messages name nobody.
pub(super) async fn resolve(
    story: &Story<'_>,
    messages: &[InboundMessage],
) -> Result<Option<Contact>, Failure> {
    let Some(last) = messages.last() else {
        return Ok(None);
    };
    let sender = &last.sender;
    if on(Mutant::LogTheNumber) {
        tracing::info!(
            number = sender.phone.as_ref().map(WaId::as_str),
            "customer wrote"
        );
    }
    let names = identity::names_of(story.app, &story.connection.id, sender);
    if names.is_empty() {
        return Ok(None);
    }
    // what is about to change is not written as what holds
    let told = profile_of(last);
    let sighting = Sighting {
        sender: &told,
        window_until: window_until(messages),
        message: newest(messages).map(|message| &message.id),
        now: story.now,
        keep: story.settings.keep_contacts(),
    };
    // where a change was carried out before, only its new names still lead to the contact
    let mut known_by = names.clone();
    if let Some(change) = last.content.change() {
        let to = identity::named_by(change);
        known_by.extend(identity::names_of(story.app, &story.connection.id, &to));
    }
    // each round either finds the contact or loses a race to somebody who created it
    for _ in 0..4 {
        let nobody = match find(story, (&known_by, last), &sighting).await? {
            Found::Contact(contact) => {
                return link(story, *contact, (&names, last)).await.map(Some);
            }
            Found::Nobody(nobody) => nobody,
        };
        if let Some(contact) = create(story, (&nobody, sender), &sighting).await? {
            return link(story, contact, (&names, last)).await.map(Some);
        }
    }
    Err(Failure::retry("contact_contended"))
}

/// What a message tells of its sender for good: a number or id that it says to be given up is left out.
fn profile_of(message: &InboundMessage) -> Sender {
    let mut sender = message.sender.clone();
    match message.content.change() {
        Some(Change::Number { .. }) => sender.phone = None,
        Some(Change::UserId { .. }) => sender.user_id = None,
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

/// The outcome of a look-up.
enum Found {
    Contact(Box<Contact>),
    Nobody(Nobody),
}

/// Nobody is known by any of the names.
struct Nobody {
    /// Where the contact belongs: under the first name, or where a name still leads to a contact that
    /// has expired, or that a number has left.
    place: ContactId,
    /// The names that lead nowhere yet.
    free: Vec<ContactId>,
}

/// Looks under each name in turn, following pointers.
async fn find(
    story: &Story<'_>,
    (names, message): (&[Name], &InboundMessage),
    sighting: &Sighting<'_>,
) -> Result<Found, Failure> {
    let sender = &message.sender;
    // WhatsApp itself says that the ids belong together
    let told = message.content.change().is_some();
    // last of all under the number's other spelling: that is how a template may have reached them
    let variants = sender
        .phone
        .iter()
        .flat_map(WaId::variants)
        .map(|number| Name {
            id: contacts::id_of_number(story.app, &story.connection.id, &number),
            number: Some(number),
        });
    let spelled: Vec<_> = variants.collect();
    let (mut place, mut free) = (None, Vec::new());
    for name in names.iter().chain(&spelled) {
        let own = names.iter().any(|own| own.id == name.id);
        let (mut id, mut by_name, mut left) = (name.id.clone(), true, false);
        for _ in 0..8 {
            let look = Look {
                by_name,
                by_number: name.number.is_some() && !told,
            };
            match story.app.store.touch_contact(&id, sighting, look).await? {
                Touched::Contact(contact)
                    if look.by_number && is_somebody_else(&contact, sender) =>
                {
                    break;
                }
                Touched::Contact(contact) => return Ok(Found::Contact(contact)),
                // written before the number passed on: still the other person's
                Touched::Left { from, at, .. } if message.sent_at < at => {
                    (id, by_name) = (from, false);
                }
                Touched::Left { to, .. } => (id, left) = (to, true),
                Touched::Pointer(next) => (id, by_name) = (next, false),
                Touched::Missing => {
                    if own && id == name.id {
                        free.push(id.clone());
                    }
                    // a place that a number left is the last resort: a firmer name is better
                    if own && !(left && place.is_some()) {
                        place = place.filter(|_| id == name.id).or(Some(id));
                    }
                    break;
                }
            }
        }
    }
    let place = place.or_else(|| names.first().map(|name| name.id.clone()));
    let place = place.ok_or_else(|| Failure::retry("contact_without_alias"))?;
    Ok(Found::Nobody(Nobody { place, free }))
}

/// The number is known as somebody's who has another user id.
fn is_somebody_else(contact: &Contact, sender: &Sender) -> bool {
    matches!((&contact.user_id, &sender.user_id), (Some(one), Some(other)) if one != other)
}

/// Makes names that are new for a known contact lead to it, and brings to its end what that begins.
async fn link(
    story: &Story<'_>,
    contact: Contact,
    (names, message): (&[Name], &InboundMessage),
) -> Result<Contact, Failure> {
    let evidence = Evidence {
        from: "message",
        at: message.sent_at,
        now: story.now,
        keep: story.settings.keep_contacts(),
    };
    // the names that a change gives up are not linked anew by its message
    let mut contact = match message.content.change().is_some() {
        true => contact,
        false => Box::pin(identity::link(story.app, contact, names, evidence)).await?,
    };
    Box::pin(identity::settle(
        story.app,
        &mut contact,
        story.language,
        story.now,
    ))
    .await?;
    Ok(contact)
}

/// Creates the contact, with the visitor's token in the same write. `None` where somebody was faster.
async fn create(
    story: &Story<'_>,
    (nobody, sender): (&Nobody, &Sender),
    sighting: &Sighting<'_>,
) -> Result<Option<Contact>, Failure> {
    let id = &nobody.place;
    let random = story.app.ids.token()?;
    let seen = (&story.connection.id, sender);
    let token = VisitorToken::mint(&story.connection.id, id, &random);
    let mut contact = Contact::first_seen(id, seen, token, sighting.window_until, story.now);
    contact.last_message = sighting.message.cloned();
    // a name that leads here already is linked afterwards
    if nobody.free.first() == Some(id) {
        contact.alias_ids.clone_from(&nobody.free);
    }
    let created = story
        .app
        .store
        .create_contact(&contact, story.now, sighting.keep)
        .await?;
    Ok((created == Created::Yes).then_some(contact))
}
