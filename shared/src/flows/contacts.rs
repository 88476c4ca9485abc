//! Contacts from our side: people whom we write to before they have written to us.

use crate::app::App;
use crate::domain::contact::{Alias, Contact, Sender};
use crate::domain::ids::{AliasId, ConnectionId, VisitorToken, WaId};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::flows::identity::{self, Name};
use crate::store::{Created, Evidence, Free, StoreError};

/// The name that a number is at a connection.
pub fn id_of_number(app: &App, connection: &ConnectionId, number: &WaId) -> AliasId {
    Name::of(app, connection, &Alias::of_number(number))
}

/// Who is known by a number (in any spelling) or user id; nobody is created.
pub(crate) async fn known(
    app: &App,
    (connection, sender): (&ConnectionId, &Sender),
    now: Timestamp,
) -> Result<Option<Contact>, StoreError> {
    let mut names = identity::names_of(app, connection, sender);
    if let Some(number) = &sender.phone {
        names.extend(identity::spellings_of(app, connection, number));
    }
    identity::look_up(app, &mut names, now).await?;
    identity::find(app, &names, now).await
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
    let evidence = Evidence {
        from: "send",
        at: now,
        now,
        keep: settings.keep_contacts(),
    };
    let mut names = identity::names_of(app, connection, &sender);
    names.extend(identity::spellings_of(app, connection, number));
    // each round either finds the contact or loses a race to somebody who created it
    for _ in 0..4 {
        identity::look_up(app, &mut names, now).await?;
        if let Some(contact) = identity::find(app, &names, now).await? {
            return Ok(contact);
        }
        let free = [Free {
            alias: &names[0].id,
            was: names[0].found.as_ref(),
        }];
        let random = app.ids.token()?;
        let id = Contact::mint_id(&app.config.group_key, connection, &random);
        let token = VisitorToken::mint(connection, &id, &random);
        let seen = (connection, &sender);
        let mut contact = Contact::first_seen(&id, seen, token, Some(now), now);
        contact.alias_ids = vec![names[0].id.clone()];
        let created = app.store.create_contact(&contact, &free, evidence);
        if created.await? == Created::Yes {
            return Ok(contact);
        }
    }
    Err(Failure::retry("contact_contended"))
}
