//! Contacts. Look-up, window clock and flags are one update.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::{Item, Store, StoreError, is_expired, keys, number, read, text, took_place};
use crate::domain::contact::{Contact, Opening, Sender};
use crate::domain::ids::{AliasId, ContactId, PostId, RoomId, UserId, VisitorToken, Wamid};
use crate::domain::time::Timestamp;

/// A contact stands there, and not what is left of one that became part of another.
pub(super) const STANDS: &str = "attribute_exists(pk) AND attribute_not_exists(points_to)";

/// What an inbound message tells of a contact.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// Who wrote.
    pub sender: &'a Sender,
    /// When, by WhatsApp's clock.
    pub sent_at: Timestamp,
    /// Until when free text may be sent because of it; absent where it does not open the window.
    pub window_until: Option<Timestamp>,
    /// The message that does.
    pub message: Option<&'a Wamid>,
    /// Now.
    pub now: Timestamp,
    /// How long a contact is kept after this.
    pub keep: Duration,
}

/// What stands under a contact's id.
#[derive(Clone, Debug)]
pub enum Touched {
    /// The contact, as it is after the update.
    Contact(Box<Contact>),
    /// The contact that it became part of.
    Pointer(ContactId),
    /// Nothing.
    Missing,
}

/// Whether a conditional write took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It stands now.
    Yes,
    /// Somebody was faster: look again.
    No,
}

/// What is left of a contact that became part of another.
#[derive(Serialize, Deserialize)]
pub(super) struct Pointer {
    pub points_to: ContactId,
}

impl Store {
    /// Moves a contact's window clock and profile, and gives it. An older sighting changes nothing and
    /// still gives the contact; so does one of somebody who has another user id, where it is
    /// `by_number`, one that tells of number and user id what holds no more, and one by `names` that
    /// do not all lead to the contact.
    pub async fn touch_contact(
        &self,
        id: &ContactId,
        sighting: &Sighting<'_>,
        (names, by_number): (&[AliasId], bool),
    ) -> Result<Touched, StoreError> {
        // one that has expired may not have been deleted yet
        let mut condition =
            format!("{STANDS} AND (attribute_not_exists(expires_at) OR expires_at > :now)");
        let mut set = vec!["expires_at = :e".to_owned()];
        let expires = number(sighting.now.plus(sighting.keep).seconds());
        let mut request = self
            .update_contact(id)
            .expression_attribute_values(":e", expires)
            .expression_attribute_values(":now", number(sighting.now.seconds()));
        for (n, name) in names.iter().enumerate() {
            condition.push_str(&format!(" AND contains(alias_ids, :n{n})"));
            request = request.expression_attribute_values(format!(":n{n}"), text(name.as_str()));
        }
        if let Some(user) = sighting.sender.user_id.as_ref().filter(|_| by_number) {
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
        if sighting.sender.phone.is_some() || sighting.sender.user_id.is_some() {
            condition.push_str(" AND (attribute_not_exists(changed_at) OR changed_at < :sent)");
            let sent = number(sighting.sent_at.millis());
            request = request.expression_attribute_values(":sent", sent);
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
                    touched(failed.item, sighting.now)
                }
                _ => Err(StoreError::Unavailable),
            },
        }
    }

    /// Reads a contact by its id; one that became part of another gives that one.
    pub async fn find_contact(
        &self,
        id: &ContactId,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let mut id = id.clone();
        for _ in 0..8 {
            match touched(self.get_item(keys::contact(&id), now).await?, now)? {
                Touched::Contact(contact) => return Ok(Some(*contact)),
                Touched::Pointer(next) => id = next,
                Touched::Missing => return Ok(None),
            }
        }
        Err(StoreError::Unreadable)
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
                "attribute_exists(pk) AND attribute_not_exists(points_to) AND attribute_not_exists(room) AND \
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
            .update_expression(
                "SET last_room = :r, closed_at = :at REMOVE room, opening, offer, program",
            )
            .condition_expression("room = :r")
            .expression_attribute_values(":r", text(room.as_str()))
            .expression_attribute_values(":at", number(closed_at.millis()));
        done(request).await
    }

    /// Records who serves the contact (a program, or a person: `None`), and which message with answers
    /// to choose from is our last one.
    pub async fn mark_served(
        &self,
        id: &ContactId,
        program: Option<&UserId>,
        offer: Option<&PostId>,
    ) -> Result<(), StoreError> {
        let mut request = self.update_contact(id).condition_expression(STANDS);
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let program = program.map(UserId::as_str);
        for (name, value) in [("program", program), ("offer", offer.map(PostId::as_str))] {
            match value {
                Some(value) => {
                    set.push(format!("{name} = :{name}"));
                    request = request.expression_attribute_values(format!(":{name}"), text(value));
                }
                None => remove.push(name),
            }
        }
        let clause = |word: &str, parts: String| match parts.is_empty() {
            true => String::new(),
            false => format!("{word} {parts} "),
        };
        let update = clause("SET", set.join(", ")) + &clause("REMOVE", remove.join(", "));
        done(request.update_expression(update)).await.map(|_| ())
    }

    /// A contact's newest message could not be shown to agents yet: it is not to be shown as read.
    pub async fn clear_last_message(
        &self,
        id: &ContactId,
        message: &Wamid,
    ) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("REMOVE last_message")
            .condition_expression("last_message = :m")
            .expression_attribute_values(":m", text(message.as_str()));
        done(request).await.map(|_| ())
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
            .condition_expression(STANDS)
            .expression_attribute_values(":t", text(token.as_str()))
            .expression_attribute_values(":f", text(fingerprint));
        done(request).await.map(|_| ())
    }

    /// Rocket.Chat does not know the visitor any more: it is introduced anew before the next room.
    pub async fn forget_visitor(&self, id: &ContactId) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("REMOVE visitor_saved")
            .condition_expression(STANDS);
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
            .condition_expression(STANDS)
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
            None => {
                "attribute_exists(pk) AND attribute_not_exists(points_to) AND attribute_not_exists(window_until)"
            }
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

    /// Clears a flag of a contact (`held`, `waiting`): what it stood for was worked off. Where another
    /// contact has become part of it meanwhile, the flag stands for what came with that.
    pub(super) async fn clear_flag(&self, contact: &Contact, flag: &str) -> Result<(), StoreError> {
        let request = self
            .update_contact(&contact.id)
            .update_expression("SET #f = :v")
            .expression_attribute_names("#f", flag)
            .expression_attribute_values(":v", AttributeValue::Bool(false));
        let request = if contact.former_ids.is_empty() {
            let alone = "attribute_not_exists(former_ids)";
            request.condition_expression(format!("{STANDS} AND {alone}"))
        } else {
            let former = to_attribute_value(&contact.former_ids);
            request
                .condition_expression(format!("{STANDS} AND former_ids = :former"))
                .expression_attribute_values(":former", former.map_err(|_| StoreError::Unreadable)?)
        };
        done(request).await.map(|_| ())
    }

    /// No room is being opened any more: it was refused.
    pub async fn clear_opening(&self, id: &ContactId, owner: &str) -> Result<(), StoreError> {
        let request = self
            .update_contact(id)
            .update_expression("REMOVE opening")
            .condition_expression("opening.#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner));
        done(request).await.map(|_| ())
    }

    pub(super) fn update_contact(&self, id: &ContactId) -> UpdateItemFluentBuilder {
        self.update(keys::contact(id))
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
    took_place(request.send().await)
}

fn touched(item: Option<Item>, now: Timestamp) -> Result<Touched, StoreError> {
    let Some(item) = item.filter(|item| !is_expired(item, now)) else {
        return Ok(Touched::Missing);
    };
    if item.contains_key("points_to") {
        let pointer: Pointer = read(item)?;
        return Ok(Touched::Pointer(pointer.points_to));
    }
    read(item).map(|contact| Touched::Contact(Box::new(contact)))
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
