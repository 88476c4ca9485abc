//! Contacts from our side: people whom we write to before they have written to us.

use crate::app::App;
use crate::domain::contact::{Alias, Contact, Sender};
use crate::domain::ids::{ConnectionId, ContactId, VisitorToken, WaId};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::store::Created;

/// The id under which a number is looked up at a connection.
pub fn id_of_number(app: &App, connection: &ConnectionId, number: &WaId) -> ContactId {
    Alias::of_number(number).contact_id(&app.config.group_key, connection)
}

/// The contact behind a number, also one that is known by the number's other spelling; created where
/// nobody is. Free text may not be sent to somebody new: only their own message opens the window.
pub async fn by_number(
    app: &App,
    (connection, number): (&ConnectionId, &WaId),
    settings: &Settings,
    now: Timestamp,
) -> Result<Contact, Failure> {
    let sender = Sender {
        phone: Some(number.clone()),
        ..Sender::default()
    };
    let id = id_of_number(app, connection, number);
    // each round either finds the contact or loses a race to somebody who created it
    for _ in 0..4 {
        let vacant = match app.store.find_place(&id, now).await? {
            Ok(contact) => return Ok(contact),
            Err(vacant) => vacant,
        };
        for other in number.variants() {
            let other = id_of_number(app, connection, &other);
            if let Some(contact) = app.store.find_contact(&other, now).await? {
                return Ok(contact);
            }
        }
        let token = VisitorToken::mint(connection, &vacant, &app.ids.token()?);
        let seen = (connection, &sender);
        let contact = Contact::first_seen(&vacant, seen, token, Some(now), now);
        let keep = settings.keep_contacts();
        if app.store.create_contact(&contact, now, keep).await? == Created::Yes {
            return Ok(contact);
        }
    }
    Err(Failure::retry("contact_contended"))
}
