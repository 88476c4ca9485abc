//! Who is it? One update in the usual case; creation and new aliases off the hot path.

use super::Story;
use crate::domain::contact::{Contact, Sender, WINDOW};
use crate::domain::ids::{ContactId, VisitorToken, WaId};
use crate::domain::message::InboundMessage;
use crate::error::Failure;
use crate::flows::contacts;
use crate::mutant::{Mutant, on};
use crate::store::{Created, Sighting, Touched};

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
    let ids = alias_ids(story, sender);
    let sighting = Sighting {
        sender,
        window_until: window_until(messages),
        now: story.now,
        keep: story.settings.keep_contacts(),
    };
    // each round either finds the contact or loses a race to somebody who created it
    for _ in 0..4 {
        if ids.is_empty() {
            return Ok(None);
        }
        let vacant = match find(story, (&ids, sender), &sighting).await? {
            Found::Contact(contact) => return link(story, *contact, &ids).await.map(Some),
            Found::Nobody { vacant } => vacant,
        };
        if let Some(contact) = create(story, (&vacant, &ids), &sighting).await? {
            return link(story, contact, &ids).await.map(Some);
        }
    }
    Err(Failure::retry("contact_contended"))
}

fn alias_ids(story: &Story<'_>, sender: &Sender) -> Vec<ContactId> {
    let key = &story.app.config.group_key;
    sender
        .aliases()
        .iter()
        .map(|alias| alias.contact_id(key, &story.connection.id))
        .collect()
}

/// The window that an entry's messages open: 24 hours from the newest that a person wrote.
fn window_until(messages: &[InboundMessage]) -> Option<crate::domain::time::Timestamp> {
    let written = messages.iter().filter(|m| m.content.is_of_a_person());
    written.map(|message| message.sent_at.plus(WINDOW)).max()
}

/// The outcome of a look-up.
enum Found {
    Contact(Box<Contact>),
    /// Nobody; the contact belongs under this id: the first alias, or where an alias still points
    /// to a contact that has expired.
    Nobody {
        vacant: ContactId,
    },
}

/// Looks under each alias in turn, following pointers.
async fn find(
    story: &Story<'_>,
    (ids, sender): (&[ContactId], &Sender),
    sighting: &Sighting<'_>,
) -> Result<Found, Failure> {
    let mut vacant = None;
    // last of all under the number's other spelling: that is how a template may have reached them
    let variants = sender.phone.iter().flat_map(WaId::variants);
    let connection = &story.connection.id;
    let spelled = variants.map(|v| contacts::id_of_number(story.app, connection, &v));
    let spelled: Vec<_> = spelled.collect();
    for first in ids.iter().chain(&spelled) {
        let mut id = first.clone();
        for _ in 0..4 {
            match story.app.store.touch_contact(&id, sighting).await? {
                Touched::Contact(contact) => return Ok(Found::Contact(contact)),
                Touched::Pointer(next) => id = next,
                Touched::Missing => {
                    if ids.contains(first) {
                        vacant = vacant.filter(|_| id == *first).or(Some(id));
                    }
                    break;
                }
            }
        }
    }
    let vacant = vacant.or_else(|| ids.first().cloned());
    let vacant = vacant.ok_or_else(|| Failure::retry("contact_without_alias"))?;
    Ok(Found::Nobody { vacant })
}

/// Makes aliases that are new for a known contact point to it.
async fn link(
    story: &Story<'_>,
    mut contact: Contact,
    ids: &[ContactId],
) -> Result<Contact, Failure> {
    for id in ids {
        if contact.alias_ids.contains(id) {
            continue;
        }
        let keep = story.settings.keep_contacts();
        let linked = story
            .app
            .store
            .link_alias(&contact.id, id, story.now, keep)
            .await?;
        if linked == Created::Yes {
            contact.alias_ids.push(id.clone());
        }
    }
    Ok(contact)
}

/// Creates the contact under its first alias, with the visitor's token in the same write.
/// `None` where somebody was faster.
async fn create(
    story: &Story<'_>,
    (id, ids): (&ContactId, &[ContactId]),
    sighting: &Sighting<'_>,
) -> Result<Option<Contact>, Failure> {
    // an alias that points here already is linked afterwards
    let fresh = ids.first() == Some(id);
    let random = story.app.ids.token()?;
    let sender = sighting.sender;
    let seen = (&story.connection.id, sender);
    let token = VisitorToken::mint(&story.connection.id, id, &random);
    let mut contact = Contact::first_seen(id, seen, token, sighting.window_until, story.now);
    if fresh {
        contact.alias_ids = ids.to_vec();
    }
    let created = story
        .app
        .store
        .create_contact(&contact, story.now, sighting.keep)
        .await?;
    Ok((created == Created::Yes).then_some(contact))
}
