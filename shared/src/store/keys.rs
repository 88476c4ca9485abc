//! The only file that spells keys. One table, on demand, `pk` and `sk` strings, TTL on
//! `expires_at` (seconds; reads filter on it, because TTL deletes late).
//!
//! | entity | pk | sk | access |
//! |---|---|---|---|
//! | connection | `CONNECTION` | connection id | query all, get one |
//! | claim of a unique value | `UNIQUE#<kind>#<hash>` | `-` | conditional put with the connection |
//! | reserved connection id | `CONNECTING#<hash of number and key>` | `-` | conditional put, get |
//! | circuit of a number | `CIRCUIT` | connection id | get, put, conditional put, delete, query all; deleted when the number is proven to work |
//! | settings | `SETTINGS` | `-` | get, versioned put |
//! | workspace (Rocket.Chat's former webhook, the setup channel) | `WORKSPACE` | `-` | update, get |
//! | trouble with passing events on to it | `CALLBACK#FORMER` | `-` | put, get |
//! | API key | `APIKEY` | sha256 | get, query all, delete |
//! | contact | `C#<contact id>` | `-` | update, get; of two that turn out to be one person one becomes an item with `points_to` |
//! | name of a person | `A#<alias id>` | `-` | batch get, conditional put with the contact, update; leads to a contact |
//! | waiting line | `C#<contact id>` | `WAIT#<sequence>` | query by contact |
//! | held message | `C#<contact id>` | `HELD#<sequence>` | query by contact |
//! | held message by its age | `DUE` | `<millis>#<contact id>#<sequence>` | put with the held one, query oldest first, batch delete |
//! | version of a changed message | `EDITED#<Rocket.Chat id>` | `-` | get, conditional put |
//! | message, inbound | `M#<Rocket.Chat id>` | `-` | put, get (the id derives from the wamid: found from both sides) |
//! | message, outbound | `M#<Rocket.Chat id or key>` | `-` | conditional put (intent), update, get |
//! | wamid pointer | `W#<hash of wamid>` | `-` | put with the outcome, update (status) |
//! | parked | `PARKED` | `<millis>#<task id>` | query newest first |
//! | room compared with what was sent | `SWEPT#<room>` | `-` | batch get, put |
//! | started marker | `STARTED#<task id>` | `-` | add, delete |
//! | refusals of a customer's message | `REFUSED#<Rocket.Chat id>` | `-` | add |
//! | audit | `AUDIT` | `<millis>#<what>` | query newest first |
//! | template | `TEMPLATE#<connection id>` | `<name>#<language>` | query all, get one, batch put |
//! | refreshes of templates | `SYNC` | connection id | put, get, query all |
//! | send | `SEND#<send id>` | `-` | put, get, update |
//! | recipient of a send | `SEND#<send id>` | `TO#<n>` | batch put, get, query by send, conditional update |
//! | message of a program | `PROGRAM#<id>` | `-` | put, get, conditional update |
//! | claim of a request | `CLAIM#<hash>` | `-` | conditional put, get |
//! | change of names, carried out | `CHANGED#<Rocket.Chat id>` | `-` | put, get |
//! | opt-out | `OPTOUT#<alias id>` | `-` | conditional put, get; outlives the contact |
//! | status endpoint | `ENDPOINT` | `-` | transactional put with the settings, get |
//! | status endpoint that answered 410 | `CALLBACK#OFF` | `-` | put, get, delete |
//! | delivery of a callback | `CALLBACK#M#<message>` | `<part>#<status>#<webhook id>` | put, update, get, query by message |
//! | deliveries by time | `CALLBACK#D#<day>` | `<millis>#<webhook id>` | put, query by span |
//! | lease | `LEASE#<name>` | `-` | conditional update, conditional delete |

use crate::domain::hash::base62_of;
use crate::domain::ids::{AliasId, ConnectionId, ContactId, PostId, RoomId, SendId, WaId, Wamid};
use crate::domain::template::language_key;
use crate::domain::time::Timestamp;

/// A key of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

/// The sort key of items that stand alone in their partition.
const ALONE: &str = "-";
/// The partition of all connections.
pub const CONNECTIONS: &str = "CONNECTION";
/// The partition of all open circuits.
pub const CIRCUITS: &str = "CIRCUIT";
/// The partition of all API keys.
pub const API_KEYS: &str = "APIKEY";
/// The sort key's head of a send's recipients.
pub const RECIPIENTS: &str = "TO#";
/// The partition of all parked records.
pub const PARKED: &str = "PARKED";
/// The partition of all audit lines.
pub const AUDIT: &str = "AUDIT";
/// The partition of how refreshes of templates went.
pub const TEMPLATE_SYNCS: &str = "SYNC";
/// The sort key's head of waiting lines.
pub const WAITING: &str = "WAIT#";
/// The sort key's head of held messages.
pub const HELD: &str = "HELD#";

/// The partition of all held messages by their age.
pub const DUE: &str = "DUE";

fn alone(pk: String) -> Key {
    Key {
        pk,
        sk: ALONE.to_owned(),
    }
}

/// A connection.
pub fn connection(id: &ConnectionId) -> Key {
    Key {
        pk: CONNECTIONS.to_owned(),
        sk: id.as_str().to_owned(),
    }
}

/// The claim of a value that only one connection may have.
pub fn unique(kind: &str, value: &str) -> Key {
    alone(format!("UNIQUE#{kind}#{}", base62_of(&[value], 22)))
}

/// The id that was reserved for connecting a number with a key.
pub fn connecting(number: &WaId, key_hash: &str) -> Key {
    alone(format!(
        "CONNECTING#{}",
        base62_of(&[number.as_str(), key_hash], 22)
    ))
}

/// What we remember of the workspace.
pub fn workspace() -> Key {
    alone("WORKSPACE".to_owned())
}

/// Trouble with passing events on to the workspace's former webhook; `callback-sender` writes it.
pub fn passing_trouble() -> Key {
    alone("CALLBACK#FORMER".to_owned())
}

/// The settings.
pub fn settings() -> Key {
    alone("SETTINGS".to_owned())
}

/// An API key by the SHA-256 of its text.
pub fn api_key(sha256: &str) -> Key {
    Key {
        pk: API_KEYS.to_owned(),
        sk: sha256.to_owned(),
    }
}

/// The circuit of a number.
pub fn circuit(id: &ConnectionId) -> Key {
    Key {
        pk: CIRCUITS.to_owned(),
        sk: id.as_str().to_owned(),
    }
}

/// A contact (or the pointer to one).
pub fn contact(id: &ContactId) -> Key {
    alone(contact_pk(id))
}

/// A name of a person: a keyed hash of a number or user id.
pub fn alias(id: &AliasId) -> Key {
    alone(format!("A#{id}"))
}

/// The partition of a contact and what waits for it.
pub fn contact_pk(id: &ContactId) -> String {
    format!("C#{id}")
}

/// A line that waits for the contact's next room.
pub fn waiting(id: &ContactId, sequence: &str) -> Key {
    Key {
        pk: contact_pk(id),
        sk: format!("{WAITING}{sequence}"),
    }
}

/// A message held until the contact writes.
pub fn held(id: &ContactId, sequence: &str) -> Key {
    Key {
        pk: contact_pk(id),
        sk: format!("{HELD}{sequence}"),
    }
}

/// A held message by its age. The contact is the one that it was held for; it may have become part
/// of another since.
pub fn due(since: Timestamp, id: &ContactId, sequence: &str) -> Key {
    Key {
        pk: DUE.to_owned(),
        sk: format!("{:013}#{id}#{sequence}", since.millis()),
    }
}

/// The newest version of a message that an agent changed.
pub fn edited(id: &PostId) -> Key {
    alone(format!("EDITED#{id}"))
}

/// A message, from either side.
pub fn message(id: &PostId) -> Key {
    alone(format!("M#{id}"))
}

/// The pointer from WhatsApp's id to our message.
pub fn wamid(id: &Wamid) -> Key {
    alone(format!("W#{}", base62_of(&["wamid", id.as_str()], 22)))
}

/// A parked record.
pub fn parked(at: Timestamp, task: &str) -> Key {
    Key {
        pk: PARKED.to_owned(),
        sk: format!("{:013}#{task}", at.millis()),
    }
}

/// How far a room was compared with what was sent.
pub fn swept(room: &RoomId) -> Key {
    alone(format!("SWEPT#{room}"))
}

/// The marker of a task that was begun and has not ended.
pub fn started(task: &str) -> Key {
    alone(format!("STARTED#{task}"))
}

/// How often a message of a customer was refused.
pub fn refused(id: &PostId) -> Key {
    alone(format!("REFUSED#{id}"))
}

/// An audit line.
pub fn audit(at: Timestamp, what: &str) -> Key {
    Key {
        pk: AUDIT.to_owned(),
        sk: format!("{:013}#{what}", at.millis()),
    }
}

/// The partition of a connection's templates.
pub fn template_pk(id: &ConnectionId) -> String {
    format!("TEMPLATE#{id}")
}

/// The sort key's head of a template's languages.
pub fn template_head(name: &str) -> String {
    format!("{name}#")
}

/// A template; `en-US` and `en_us` are one language.
pub fn template(id: &ConnectionId, name: &str, language: &str) -> Key {
    Key {
        pk: template_pk(id),
        sk: format!("{}{}", template_head(name), language_key(language)),
    }
}

/// How the refreshes of a connection's templates went.
pub fn template_sync(id: &ConnectionId) -> Key {
    Key {
        pk: TEMPLATE_SYNCS.to_owned(),
        sk: id.as_str().to_owned(),
    }
}

/// The status endpoint. `callback-sender` may read it and the workspace, and write what begins with
/// `CALLBACK#`: both stand in its rights too (`template.yaml`).
pub fn endpoint() -> Key {
    alone("ENDPOINT".to_owned())
}

/// The status endpoint that answered 410.
pub fn endpoint_off() -> Key {
    alone("CALLBACK#OFF".to_owned())
}

/// The partition of the callbacks of a message.
pub fn delivery_pk(message: &PostId) -> String {
    format!("CALLBACK#M#{message}")
}

/// How the delivery of a callback went.
pub fn delivery(message: &PostId, (part, status, id): (usize, &str, &str)) -> Key {
    Key {
        pk: delivery_pk(message),
        sk: format!("{part:03}#{status}#{id}"),
    }
}

/// The partition of the callbacks of a day (UTC).
pub fn delivery_day(at: Timestamp) -> String {
    let day = at.to_string();
    format!("CALLBACK#D#{}", day.get(..10).unwrap_or_default())
}

/// The sort key's head of the callbacks of a moment.
pub fn delivery_moment(at: Timestamp) -> String {
    format!("{:013}#", at.millis())
}

/// A callback by the time of its first try.
pub fn delivery_at(at: Timestamp, id: &str) -> Key {
    Key {
        pk: delivery_day(at),
        sk: format!("{}{id}", delivery_moment(at)),
    }
}

/// A lease.
pub fn lease(name: &str) -> Key {
    alone(format!("LEASE#{name}"))
}

/// A send.
pub fn send(id: &SendId) -> Key {
    alone(send_pk(id))
}

/// The partition of a send and its recipients.
pub fn send_pk(id: &SendId) -> String {
    format!("SEND#{id}")
}

/// A recipient of a send.
pub fn recipient(id: &SendId, n: usize) -> Key {
    Key {
        pk: send_pk(id),
        sk: format!("{RECIPIENTS}{n:04}"),
    }
}

/// A message that a program sends, as it was taken.
pub fn program(id: &PostId) -> Key {
    alone(format!("PROGRAM#{id}"))
}

/// The claim of a request that must be carried out once.
pub fn claim(hash: &str) -> Key {
    alone(format!("CLAIM#{hash}"))
}

/// A change of somebody's names that was carried out.
pub fn changed(id: &PostId) -> Key {
    alone(format!("CHANGED#{id}"))
}

/// The person behind a name wants no marketing.
pub fn opt_out(id: &AliasId) -> Key {
    alone(format!("OPTOUT#{id}"))
}
