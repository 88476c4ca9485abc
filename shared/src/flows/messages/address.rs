//! Whom a message is for: a number or user id, a room, a conversation.

use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::contact::{Contact, Sender};
use crate::domain::ids::{Bsuid, ContactId, RoomId, VisitorToken, WaId};
use crate::domain::time::Timestamp;
use crate::flows::contacts;
use crate::flows::refused::{Refused, Why};
use crate::flows::workspace::{patiently, warning_of};

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `to`: a phone number in any usual spelling, or a user id.
    Person(String),
    /// `roomId`: a conversation in Rocket.Chat, also one that is closed.
    Room(RoomId),
    /// `chatId`: the contact by our id, as this API and the visitor's token name it, or that token.
    Chat(String),
}

/// The contact of the connection that an address leads to; `None` where somebody is named who never
/// wrote to it. Rooms and chats that are not there, or not of this connection, are refused as unknown.
pub(super) async fn resolve(
    app: &App,
    (connection, address): (&Connection, &Address),
    now: Timestamp,
) -> Result<Option<Contact>, Refused> {
    match address {
        Address::Person(given) => {
            let sender = sender_of(given)?;
            Ok(contacts::known(app, (&connection.id, &sender), now).await?)
        }
        Address::Room(room) => {
            let token = visitor_of(app, room, now).await?;
            let found = match token {
                Some(token) => by_token(app, &token, now).await?,
                None => None,
            };
            own(found, connection, "unknown_room", || {
                format!("There is no conversation `{room}` of this connection in Rocket.Chat.")
            })
        }
        Address::Chat(given) => {
            let token = VisitorToken::new(given.as_str());
            let found = match token.parts() {
                Some(_) => by_token(app, &token, now).await?,
                None => {
                    let id = ContactId::new(given.as_str());
                    app.store.find_contact(&id, now).await?
                }
            };
            own(found, connection, "unknown_chat", || {
                "`chatId` names no contact of this connection.".to_owned()
            })
        }
    }
}

/// Refuses a contact that is not the connection's as one that is not there.
fn own(
    found: Option<Contact>,
    connection: &Connection,
    code: &'static str,
    message: impl Fn() -> String,
) -> Result<Option<Contact>, Refused> {
    match found {
        Some(contact) if contact.connection == connection.id => Ok(Some(contact)),
        _ => Err(Refused::new(Why::NotFound, code, message())),
    }
}

/// A number, else a user id: two letters, a dot, and what identifies the person (§2.7).
fn sender_of(given: &str) -> Result<Sender, Refused> {
    let given = given.trim();
    if let Some(number) = WaId::parse(given) {
        return Ok(Sender {
            phone: Some(number),
            ..Sender::default()
        });
    }
    let is_user_id = given.split_once('.').is_some_and(|(country, rest)| {
        let letters = |b: u8| b.is_ascii_uppercase();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
        country.len() == 2
            && country.bytes().all(letters)
            && !rest.is_empty()
            && rest.bytes().all(fits)
    });
    if !is_user_id || given.len() > 128 {
        let message = "`to` must be a phone number with its country code, such as \
                       `+49 171 5550100`, or a user id of WhatsApp, such as `US.1349…`.";
        return Err(Refused::invalid("invalid_field", message));
    }
    Ok(Sender {
        user_id: Some(Bsuid::new(given)),
        ..Sender::default()
    })
}

/// Whose conversation a room is, as Rocket.Chat has it.
async fn visitor_of(
    app: &App,
    room: &RoomId,
    now: Timestamp,
) -> Result<Option<VisitorToken>, Refused> {
    let rocketchat = app.rocketchat(now).await?;
    let found = patiently(rocketchat.fetch_room_visitor(room)).await;
    found.map_err(|error| {
        let why = warning_of(app, &error).message;
        let message = format!("Rocket.Chat could not be asked whose room it is: {why}");
        Refused::new(Why::Unavailable, "rocketchat_unavailable", message)
    })
}

/// The contact whose token it is: anybody may create a visitor with one that looks like ours.
async fn by_token(
    app: &App,
    token: &VisitorToken,
    now: Timestamp,
) -> Result<Option<Contact>, Refused> {
    let Some((_, contact)) = token.parts() else {
        return Ok(None);
    };
    let found = app.store.find_contact(&contact, now).await?;
    Ok(found.filter(|contact| contact.has_token(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_number_or_a_user_id() {
        let number = sender_of("+49 (171) 555-0100").unwrap();
        assert_eq!(number.phone, Some(WaId::new("491715550100")));
        let user = sender_of(" US.13491208655302741918 ").unwrap();
        assert_eq!(user.user_id, Some(Bsuid::new("US.13491208655302741918")));
        for wrong in [
            "",
            "Ana",
            "0171 5550100",
            "us.12",
            "US.",
            "USA.12",
            "US.1 2",
        ] {
            let code = sender_of(wrong).map_err(|refused| refused.code);
            assert_eq!(code, Err("invalid_field"), "{wrong}");
        }
    }
}
