//! Who writes to us: the sender as a webhook names them, and the contact that we keep.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::hash::GroupKey;
use super::ids::{
    AliasId, Bsuid, ConnectionId, ContactId, PostId, RoomId, UserId, VisitorToken, WaId, Wamid,
};
use super::send::Target;
use super::time::{Timestamp, days, hours, minutes};

/// The person behind an inbound message. Number or user id may be missing (people with a
/// username hide the number); a sender with neither cannot be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The number as WhatsApp writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<WaId>,
    /// The number that the message's contact names, where it is another spelling (§6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_phone: Option<WaId>,
    /// The business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Bsuid>,
    /// The same person's id at the parent business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<Bsuid>,
    /// The profile name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The username, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

impl Sender {
    /// The names under which this person may be known, the firmest first: user ids, then numbers. A
    /// username is none of them: it can pass to somebody else.
    pub fn aliases(&self) -> Vec<Alias> {
        let user_ids = self.user_id.iter().chain(&self.parent_user_id);
        let numbers = self.phone.iter().chain(&self.other_phone);
        let user_ids = user_ids.map(Alias::of_user_id);
        user_ids.chain(numbers.map(Alias::of_number)).collect()
    }
}

/// One name of a person at WhatsApp: a user id or a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Alias(String);

impl Alias {
    /// The name that a user id is.
    pub fn of_user_id(id: &Bsuid) -> Self {
        Self(format!("u:{}", id.as_str()))
    }

    /// Whether it is a number: those pass from one person to another.
    pub fn is_number(&self) -> bool {
        self.0.starts_with("p:")
    }

    /// The name that a number is.
    pub fn of_number(number: &WaId) -> Self {
        Self(format!("p:{}", number.as_str()))
    }

    /// Under what it stands at a connection. Keyed, so that neither keys, group ids nor logs hold a
    /// number.
    pub fn id(&self, key: &GroupKey, connection: &ConnectionId) -> AliasId {
        AliasId::new(key.mac(&["alias", connection.as_str(), &self.0]))
    }
}

impl std::fmt::Debug for Alias {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alias(…)")
    }
}

/// How long after a customer's message free text may be sent (Meta's customer service window).
pub const WINDOW: Duration = hours(24);
/// A room opened within this time after the last one was closed gets no welcome (R35).
pub const WELCOME_PAUSE: Duration = minutes(10);

/// What we keep of a person at one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Minted with the contact; says nothing of the person.
    pub id: ContactId,
    /// The number that the person writes to.
    pub connection: ConnectionId,
    /// Every name that leads here.
    pub alias_ids: Vec<AliasId>,
    /// Contacts that were found to be the same person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_ids: Vec<ContactId>,
    /// Their visitors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
    /// When WhatsApp last told of another number or user id: what was written before that tells
    /// nothing of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// Contacts that were found to be the same person, and what waits for whom is not yet moved here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absorbing: Vec<ContactId>,
    /// Open rooms of such contacts, to be closed: a person has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<Doubled>,
    /// Number to answer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<WaId>,
    /// User id to answer to where there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Bsuid>,
    /// Profile name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Username, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Credential of the livechat routes; minted once with the contact. Rocket.Chat may answer
    /// with another one (an older visitor): then that one is kept.
    pub visitor_token: VisitorToken,
    /// Fingerprint of what Rocket.Chat was last told of the visitor; absent before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_saved: Option<String>,
    /// Free text may be sent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<Timestamp>,
    /// The newest message that the person wrote, to be shown as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Wamid>,
    /// The open room, as far as we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The lease of a room being opened: since when, and by which group of the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// The room before, where the last message may have landed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_room: Option<RoomId>,
    /// When that one was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Since when no agent has been there for this person; absent while somebody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_since: Option<Timestamp>,
    /// Messages of agents are held until the person writes again.
    #[serde(default)]
    pub held: bool,
    /// Lines (reactions and the like) wait for the next room.
    #[serde(default)]
    pub waiting: bool,
    /// The person was sent a template that no room shows yet: the reply to it opens one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expecting: Option<Expecting>,
    /// Our last message to the person, where it offers answers: what they type may be one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<PostId>,
    /// The program that serves the conversation: answers go to it as the values that it gave them.
    /// Absent where a person serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<UserId>,
    /// First seen.
    pub created_at: Timestamp,
}

/// A visitor of a contact that was found to be the same person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Its token.
    pub token: VisitorToken,
    /// Its last room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// A second open room of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubled {
    /// The room.
    pub room: RoomId,
    /// Its visitor.
    pub token: VisitorToken,
}

/// Who gets the reply to a template, and since when it is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expecting {
    /// When the template was sent.
    pub since: Timestamp,
    /// Who answers.
    #[serde(default)]
    pub target: Target,
}

/// The lease of a room that is being opened. It stands before the first call, so that a crash
/// neither opens two rooms nor loses the welcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Since when.
    pub since: Timestamp,
    /// The queue group that holds the lease; the same group may take it again at once.
    pub owner: String,
}

impl Opening {
    /// How long another group waits for the holder of a lease.
    pub const LEASE: Duration = minutes(3);
}

impl Expecting {
    /// After this time a message is no reply any more.
    pub const GOOD_FOR: Duration = days(30);
}

impl Contact {
    /// The id of a contact whose visitor gets the token that ends in `random`.
    pub fn mint_id(key: &GroupKey, connection: &ConnectionId, random: &str) -> ContactId {
        ContactId::new(key.mac(&["contact", connection.as_str(), random]))
    }

    /// A person who was never seen before, under `id`, with everything that `sender` tells; no name
    /// leads here yet. Nothing may be sent but templates until `window_until`.
    pub fn first_seen(
        id: &ContactId,
        (connection, sender): (&ConnectionId, &Sender),
        visitor_token: VisitorToken,
        window_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self {
            id: id.clone(),
            connection: connection.clone(),
            alias_ids: Vec::new(),
            former_ids: Vec::new(),
            former: Vec::new(),
            changed_at: None,
            absorbing: Vec::new(),
            closing: Vec::new(),
            wa_id: sender.phone.clone(),
            user_id: sender.user_id.clone(),
            name: sender.name.clone(),
            username: sender.username.clone(),
            visitor_token,
            visitor_saved: None,
            window_until,
            last_message: None,
            room: None,
            opening: None,
            last_room: None,
            closed_at: None,
            offline_since: None,
            offer: None,
            program: None,
            held: false,
            waiting: false,
            expecting: None,
            created_at: now,
        }
    }

    /// This contact with everything that is known of `gone`, who turns out to be the same person. What
    /// was said last holds; a number or user id that WhatsApp told to hold no more does not come back.
    pub fn with(&self, gone: &Self) -> Self {
        let (newer, older) = if gone.window_until > self.window_until {
            (gone, self)
        } else {
            (self, gone)
        };
        let mut all = self.clone();
        let names = gone
            .alias_ids
            .iter()
            .filter(|id| !self.alias_ids.contains(id));
        all.alias_ids.extend(names.cloned());
        all.former_ids.push(gone.id.clone());
        all.former_ids.extend(gone.former_ids.clone());
        all.former.push(Former {
            token: gone.visitor_token.clone(),
            room: gone.room.clone().or_else(|| gone.last_room.clone()),
        });
        all.former.extend(gone.former.clone());
        all.absorbing.push(gone.id.clone());
        all.absorbing.extend(gone.absorbing.clone());
        all.closing.extend(gone.closing.clone());
        if let (Some(_), Some(room)) = (&self.room, &gone.room) {
            all.closing.push(Doubled {
                room: room.clone(),
                token: gone.visitor_token.clone(),
            });
        }
        let changed = newer.changed_at.is_some();
        let olders = older.wa_id.clone().filter(|_| !changed);
        all.wa_id = newer.wa_id.clone().or(olders);
        all.user_id = newer.user_id.clone().or_else(|| older.user_id.clone());
        all.name = newer.name.clone().or_else(|| older.name.clone());
        all.username = newer.username.clone().or_else(|| older.username.clone());
        all.changed_at = self.changed_at.max(gone.changed_at);
        all.window_until = newer.window_until;
        all.last_message = newer.last_message.clone();
        all.held |= gone.held;
        all.waiting |= gone.waiting;
        let since = |expecting: &Option<Expecting>| expecting.as_ref().map(|e| e.since);
        if since(&gone.expecting) > since(&self.expecting) {
            all.expecting.clone_from(&gone.expecting);
        }
        all.created_at = self.created_at.min(gone.created_at);
        all
    }

    /// Whether a room is just being opened by somebody who may still be at it.
    pub fn is_opening(&self, now: Timestamp) -> bool {
        let opening = self.opening.as_ref();
        opening.is_some_and(|opening| now.since(opening.since) < Opening::LEASE)
    }

    /// Whether `id` is this person, also by an id of a contact that was found to be the same.
    pub fn is_known_as(&self, id: &ContactId) -> bool {
        self.id == *id || self.former_ids.contains(id)
    }

    /// Whether `token` is a credential of this person's rooms.
    pub fn has_token(&self, token: &VisitorToken) -> bool {
        self.visitor_token == *token || self.former.iter().any(|former| former.token == *token)
    }

    /// Free text may be sent at `now`, as far as we know (Meta's answer decides).
    pub fn window_is_open(&self, now: Timestamp) -> bool {
        self.window_until.is_none_or(|until| now < until)
    }

    /// What was agreed for the reply to a template, unless that was too long ago to be one.
    pub fn expected(&self, now: Timestamp) -> Option<&Expecting> {
        let expecting = self.expecting.as_ref();
        expecting.filter(|expecting| now.since(expecting.since) < Expecting::GOOD_FOR)
    }

    /// Whether a new room deserves the welcome text: not within 10 minutes of closing.
    pub fn deserves_welcome(&self, now: Timestamp) -> bool {
        self.closed_at
            .is_none_or(|closed| now.since(closed) > WELCOME_PAUSE)
    }

    /// The name that agents see: profile name, else username, else number, else a plain word.
    pub fn display_name(&self) -> String {
        let phone = self.wa_id.as_ref().map(|id| format!("+{}", id.as_str()));
        let username = self.username.as_ref().map(|name| format!("@{name}"));
        self.name
            .clone()
            .filter(|name| !name.trim().is_empty())
            .or(username)
            .or(phone)
            .unwrap_or_else(|| "WhatsApp".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(phone: Option<&str>, user_id: Option<&str>) -> Sender {
        Sender {
            phone: phone.map(WaId::new),
            user_id: user_id.map(Bsuid::new),
            ..Sender::default()
        }
    }

    #[test]
    fn the_user_id_is_the_first_alias() {
        let both = sender(Some("4917"), Some("DE.1"));
        assert_eq!(both.aliases().len(), 2);
        assert_eq!(both.aliases()[0], sender(None, Some("DE.1")).aliases()[0]);
        assert_ne!(both.aliases()[0], sender(Some("4917"), None).aliases()[0]);
        assert!(sender(None, None).aliases().is_empty());
    }

    fn contact(id: &str, number: Option<&str>, seen: i64) -> Contact {
        let token = VisitorToken::new(format!("token of {id}"));
        let sender = sender(number, Some(id));
        let seen = Timestamp::from_seconds(seen);
        let connection = ConnectionId::new("c");
        let id = ContactId::new(id);
        let mut contact = Contact::first_seen(&id, (&connection, &sender), token, Some(seen), seen);
        contact.alias_ids = vec![AliasId::new("both"), AliasId::new(id.as_str())];
        contact
    }

    #[test]
    fn of_two_contacts_what_was_said_last_holds() {
        let (mut one, mut other) = (
            contact("A.1", Some("1"), 100),
            contact("B.2", Some("2"), 200),
        );
        let room = |id: &str| Some(RoomId::new(id));
        (one.room, other.room) = (room("r1"), room("r2"));
        (one.held, other.waiting) = (true, true);
        let expecting = |since| {
            Some(Expecting {
                since: Timestamp::from_seconds(since),
                target: Target::default(),
            })
        };
        (one.expecting, other.expecting) = (expecting(1), expecting(2));
        let all = one.with(&other);
        assert_eq!(all.id, one.id);
        assert_eq!(all.alias_ids.len(), 3, "a name stands there once");
        assert_eq!((&all.wa_id, &all.user_id), (&other.wa_id, &other.user_id));
        assert_eq!(all.window_until, other.window_until);
        assert!(
            all.held
                && all.waiting
                && all.is_known_as(&other.id)
                && all.has_token(&other.visitor_token)
        );
        assert_eq!(all.closing.len(), 1);
        assert_eq!(all.expecting, other.expecting);
        assert_eq!(all.created_at, one.created_at);
        assert_eq!(other.with(&one).wa_id, other.wa_id);
    }

    #[test]
    fn a_number_that_was_given_up_does_not_come_back() {
        let (old, mut new) = (contact("A.1", Some("1"), 100), contact("B.2", None, 200));
        assert_eq!(new.with(&old).wa_id, old.wa_id);
        new.changed_at = Some(Timestamp::from_seconds(150));
        assert_eq!(new.with(&old).wa_id, None);
        assert_eq!(old.with(&new).wa_id, None);
        assert_eq!(old.with(&new).changed_at, new.changed_at);
    }

    #[test]
    fn the_same_person_at_two_numbers_is_two_contacts() {
        let key = GroupKey::new("k");
        let alias = &sender(Some("4917"), None).aliases()[0];
        let (one, two) = (ConnectionId::new("1"), ConnectionId::new("2"));
        assert_ne!(alias.id(&key, &one), alias.id(&key, &two));
    }
}
