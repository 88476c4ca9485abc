//! Contacts. Look-up, window clock and flags are one update.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::{Item, Store, StoreError, expiry, is_expired, keys, number, read, text, write};
use crate::domain::contact::{Contact, Opening, Passed, Sender};
use crate::domain::ids::{ContactId, RoomId, VisitorToken, Wamid};
use crate::domain::time::{Timestamp, days};

/// What an inbound message tells of a contact.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// Who wrote.
    pub sender: &'a Sender,
    /// Until when free text may be sent because of it; absent where it does not open the window.
    pub window_until: Option<Timestamp>,
    /// The message that does.
    pub message: Option<&'a Wamid>,
    /// Now.
    pub now: Timestamp,
    /// How long a contact is kept after this.
    pub keep: Duration,
}

/// What stands under an alias.
#[derive(Clone, Debug)]
pub enum Touched {
    /// The contact, as it is after the update.
    Contact(Box<Contact>),
    /// Another id of the same person.
    Pointer(ContactId),
    /// The number left a contact: who has it now belongs elsewhere.
    Left {
        /// Whose it was.
        from: ContactId,
        /// Where who has it now belongs.
        to: ContactId,
        /// Since when.
        at: Timestamp,
    },
    /// Nothing.
    Missing,
}

/// By what a contact is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// By a name of the person, not by the contact's id that a name leads to.
    pub by_name: bool,
    /// The name is a number: those pass from one person to another.
    pub by_number: bool,
}

/// Whether a conditional creation took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It stands now.
    Yes,
    /// Somebody was faster: look again.
    No,
}

/// An alias that leads to a contact, with when and how that was found out.
#[derive(Serialize, Deserialize)]
pub(super) struct Pointer {
    pub points_to: ContactId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Whose the number was before `linked_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ContactId>,
}

impl Pointer {
    pub fn new(to: &ContactId, (evidence, at): (&str, Timestamp)) -> Self {
        Self {
            points_to: to.clone(),
            linked_at: Some(at),
            evidence: Some(evidence.to_owned()),
            before: None,
        }
    }
}

impl Store {
    /// Looks a contact up by one of its names and moves its window clock and profile in the same
    /// update. An older sighting changes nothing and still gives the contact; so does one of somebody
    /// else, who has the number now.
    pub async fn touch_contact(
        &self,
        id: &ContactId,
        sighting: &Sighting<'_>,
        look: Look,
    ) -> Result<Touched, StoreError> {
        let mut condition = "attribute_exists(pk) AND attribute_not_exists(points_to)".to_owned();
        if look.by_name {
            condition.push_str(" AND attribute_not_exists(number_passed_to)");
        }
        let mut set = vec!["expires_at = :e".to_owned()];
        let expires = number(sighting.now.plus(sighting.keep).seconds());
        let mut request = self
            .update_contact(id)
            .expression_attribute_values(":e", expires);
        if let Some(user) = sighting.sender.user_id.as_ref().filter(|_| look.by_number) {
            condition.push_str(" AND (attribute_not_exists(user_id) OR user_id = :user)");
            request = request.expression_attribute_values(":user", text(user.as_str()));
        }
        if let Some(until) = sighting.window_until {
            condition.push_str(" AND (attribute_not_exists(window_until) OR window_until <= :w)");
            set.push("window_until = :w".to_owned());
            request = request.expression_attribute_values(":w", number(until.millis()));
            if let Some(message) = sighting.message {
                set.push("last_message = :m".to_owned());
                request = request.expression_attribute_values(":m", text(message.as_str()));
            }
        }
        for (n, (name, value)) in profile(sighting.sender).into_iter().enumerate() {
            set.push(format!("#p{n} = :p{n}"));
            request = request
                .expression_attribute_names(format!("#p{n}"), name)
                .expression_attribute_values(format!(":p{n}"), text(value));
        }
        let answer = request
            .update_expression(format!("SET {}", set.join(", ")))
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => touched(answer.attributes, sighting.now),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(failed) => {
                    Ok(passed_on(touched(failed.item, sighting.now)?, look.by_name))
                }
                _ => Err(StoreError::Unavailable),
            },
        }
    }

    /// Reads a contact by its id, following pointers.
    pub async fn find_contact(
        &self,
        id: &ContactId,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let mut id = id.clone();
        for _ in 0..8 {
            match self.find_step(&id, now).await? {
                Touched::Contact(contact) => return Ok(Some(*contact)),
                Touched::Pointer(next) | Touched::Left { to: next, .. } => id = next,
                Touched::Missing => return Ok(None),
            }
        }
        Err(StoreError::Unreadable)
    }

    /// Reads the contact behind a name; where there is none (any more), the id under which it belongs.
    /// A number that passed to somebody else leads there.
    pub async fn find_place(
        &self,
        alias: &ContactId,
        now: Timestamp,
    ) -> Result<Result<Contact, ContactId>, StoreError> {
        let (mut id, mut by_name) = (alias.clone(), true);
        for _ in 0..8 {
            match passed_on(self.find_step(&id, now).await?, by_name) {
                Touched::Contact(contact) => return Ok(Ok(*contact)),
                Touched::Left { to, .. } => id = to,
                Touched::Pointer(next) => (id, by_name) = (next, false),
                Touched::Missing => return Ok(Err(id)),
            }
        }
        Err(StoreError::Unreadable)
    }

    async fn find_step(&self, id: &ContactId, now: Timestamp) -> Result<Touched, StoreError> {
        touched(self.get_item(keys::contact(id), now).await?, now)
    }

    /// Creates a contact with the pointers of its later aliases, all or nothing.
    pub async fn create_contact(
        &self,
        contact: &Contact,
        now: Timestamp,
        keep: Duration,
    ) -> Result<Created, StoreError> {
        let mut items = vec![write(
            keys::contact(&contact.id),
            contact,
            expiry(now, keep),
        )?];
        for alias in contact
            .alias_ids
            .iter()
            .filter(|alias| **alias != contact.id)
        {
            let pointer = Pointer::new(&contact.id, ("message", now));
            items.push(write(
                keys::contact(alias),
                &pointer,
                pointer_expiry(now, keep),
            )?);
        }
        self.put_new(items, now).await
    }

    /// Takes the lease of opening a room; gives the contact as it is now. `None` where a room stands
    /// or another group holds it.
    pub async fn take_opening(
        &self,
        id: &ContactId,
        owner: &str,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let opening = Opening {
            since: now,
            owner: owner.to_owned(),
        };
        let stale = now.millis() - i64::try_from(Opening::LEASE.as_millis()).unwrap_or(0);
        let request = self
            .update_contact(id)
            .update_expression("SET opening = :o")
            .condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(room) AND \
                 (attribute_not_exists(opening) OR opening.#owner = :me OR opening.since < :stale)",
            )
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(
                ":o",
                to_attribute_value(opening).map_err(|_| StoreError::Unreadable)?,
            )
            .expression_attribute_values(":me", text(owner))
            .expression_attribute_values(":stale", number(stale));
        updated(request).await
    }

    /// Records the open room and ends the lease; gives the contact as it is then. `None` where the
    /// lease was lost meanwhile.
    pub async fn put_room(
        &self,
        id: &ContactId,
        owner: &str,
        room: &RoomId,
    ) -> Result<Option<Contact>, StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("SET room = :r REMOVE opening, offline_since, expecting")
            .condition_expression("opening.#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":r", text(room.as_str()))
            .expression_attribute_values(":me", text(owner));
        updated(request).await
    }

    /// Forgets the open room if it is `room`: it was closed.
    pub async fn clear_room(
        &self,
        id: &ContactId,
        room: &RoomId,
        closed_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("SET last_room = :r, closed_at = :at REMOVE room, opening")
            .condition_expression("room = :r")
            .expression_attribute_values(":r", text(room.as_str()))
            .expression_attribute_values(":at", number(closed_at.millis()));
        done(request).await
    }

    /// Records what Rocket.Chat knows of the visitor: its token and a fingerprint of the profile.
    pub async fn mark_visitor(
        &self,
        id: &ContactId,
        token: &VisitorToken,
        fingerprint: &str,
    ) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("SET visitor_token = :t, visitor_saved = :f")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":t", text(token.as_str()))
            .expression_attribute_values(":f", text(fingerprint));
        done(request).await.map(|_| ())
    }

    /// Rocket.Chat does not know the visitor any more: it is introduced anew before the next room.
    pub async fn forget_visitor(&self, id: &ContactId) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("REMOVE visitor_saved")
            .condition_expression("attribute_exists(pk)");
        done(request).await.map(|_| ())
    }

    /// Records since when nobody is there for the contact; gives that moment. An earlier one stays.
    pub async fn mark_offline(
        &self,
        id: &ContactId,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("SET offline_since = if_not_exists(offline_since, :n)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":n", number(now.millis()))
            .return_values(ReturnValue::AllNew);
        let answer = request.send().await.map_err(|_| StoreError::Unavailable)?;
        let contact: Contact = read(answer.attributes.unwrap_or_default())?;
        Ok(contact.offline_since.unwrap_or(now))
    }

    /// WhatsApp says that the window is closed: moves the clock back to `until`, unless the
    /// customer wrote since `known` was read.
    pub async fn correct_window(
        &self,
        id: &ContactId,
        known: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let condition = match known {
            Some(_) => "window_until = :known",
            None => "attribute_exists(pk) AND attribute_not_exists(window_until)",
        };
        let mut request = self
            .update_contact(id)
            .update_expression("SET window_until = :u")
            .condition_expression(condition)
            .expression_attribute_values(":u", number(until.millis()));
        if let Some(known) = known {
            request = request.expression_attribute_values(":known", number(known.millis()));
        }
        done(request).await
    }

    /// Sets or clears a flag of a contact (`held`, `waiting`).
    pub(super) async fn set_flag(
        &self,
        id: &ContactId,
        flag: &str,
        value: bool,
    ) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("SET #f = :v")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#f", flag)
            .expression_attribute_values(":v", AttributeValue::Bool(value));
        done(request).await.map(|_| ())
    }

    pub(super) fn update_contact(&self, id: &ContactId) -> UpdateItemFluentBuilder {
        self.update(keys::contact(id))
    }

    /// Puts items that must all be new. An expired one in the way counts as absent.
    pub(super) async fn put_new(
        &self,
        items: Vec<Item>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let put = |item| {
            Put::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
                .expression_attribute_values(":now", number(now.seconds()))
                .build()
                .map_err(|_| StoreError::Unreadable)
        };
        let mut request = self.client.transact_write_items();
        for item in items {
            let write = TransactWriteItem::builder().put(put(item)?).build();
            request = request.transact_items(write);
        }
        match request.send().await {
            Ok(_) => Ok(Created::Yes),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_transaction_canceled_exception()) =>
            {
                Ok(Created::No)
            }
            Err(_) => Err(StoreError::Unavailable),
        }
    }
}

/// Runs an update; gives the contact as it is then, `None` where its condition did not hold.
async fn updated(request: UpdateItemFluentBuilder) -> Result<Option<Contact>, StoreError> {
    match request
        .return_values(ReturnValue::AllNew)
        .send()
        .await
        .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
    {
        Ok(answer) => read(answer.attributes.unwrap_or_default()).map(Some),
        Err(error) if error.is_conditional_check_failed_exception() => Ok(None),
        Err(_) => Err(StoreError::Unavailable),
    }
}

/// Runs an update; `false` where its condition did not hold.
pub(super) async fn done(request: UpdateItemFluentBuilder) -> Result<bool, StoreError> {
    match request
        .send()
        .await
        .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
    {
        Ok(_) => Ok(true),
        Err(error) if error.is_conditional_check_failed_exception() => Ok(false),
        Err(_) => Err(StoreError::Unavailable),
    }
}

/// Pointers outlive the contact by far: they are made of keyed hashes only, and one that expired
/// first would split a person in two. One that points to nothing is where the contact returns to.
pub(super) fn pointer_expiry(now: Timestamp, keep: Duration) -> Option<Timestamp> {
    expiry(now, keep + days(3650))
}

fn touched(item: Option<Item>, now: Timestamp) -> Result<Touched, StoreError> {
    let Some(item) = item.filter(|item| !is_expired(item, now)) else {
        return Ok(Touched::Missing);
    };
    if item.contains_key("points_to") {
        let pointer: Pointer = read(item)?;
        return Ok(match (pointer.before, pointer.linked_at) {
            (Some(from), Some(at)) => Touched::Left {
                from,
                to: pointer.points_to,
                at,
            },
            _ => Touched::Pointer(pointer.points_to),
        });
    }
    read(item).map(|contact| Touched::Contact(Box::new(contact)))
}

/// A number that left a contact leads to where it went. The contact itself, which a pointer leads to,
/// is still there under its other names.
fn passed_on(found: Touched, by_name: bool) -> Touched {
    match found {
        Touched::Contact(contact) if by_name => match contact.number_passed_to.clone() {
            Some(Passed { to, at }) => Touched::Left {
                from: contact.id,
                to,
                at,
            },
            None => Touched::Contact(contact),
        },
        other => other,
    }
}

/// The attributes of a contact that follow the sender, as far as the message names them.
fn profile(sender: &Sender) -> Vec<(&'static str, String)> {
    let fields = [
        (
            "wa_id",
            sender.phone.as_ref().map(|id| id.as_str().to_owned()),
        ),
        (
            "user_id",
            sender.user_id.as_ref().map(|id| id.as_str().to_owned()),
        ),
        ("name", sender.name.clone()),
        ("username", sender.username.clone()),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
