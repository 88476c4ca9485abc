//! The bodies of webhooks (360dialog reference §2.1).

use serde_json::{Map, Value, json};

use super::state::{Number, Person};

/// One thing that a webhook tells.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// An inbound message with its sender's card (none for `system`).
    Message {
        contact: Option<Value>,
        message: Value,
    },
    /// A status with the recipient's card (none for `failed`).
    Status {
        contact: Option<Value>,
        status: Value,
    },
    /// What follows goes into another `changes[]` element.
    NewChange,
    /// What follows goes into another `entry[]` element.
    NewEntry,
}

/// The whole body for these events of one number.
pub(crate) fn body(waba_id: &str, number: &Number, events: &[Event]) -> Value {
    let mut entries = vec![vec![Vec::new()]];
    for event in events {
        match event {
            Event::NewEntry => entries.push(vec![Vec::new()]),
            Event::NewChange => last(&mut entries).push(Vec::new()),
            other => last(last(&mut entries)).push(other),
        }
    }
    let entries: Vec<Value> = entries
        .iter()
        .map(|changes| {
            let changes: Vec<Value> = changes
                .iter()
                .filter(|events| !events.is_empty())
                .map(|events| json!({ "field": "messages", "value": value(number, events) }))
                .collect();
            json!({ "id": waba_id, "changes": changes })
        })
        .collect();
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

/// The last element, after adding one if there is none.
fn last<T: Default>(list: &mut Vec<T>) -> &mut T {
    let at = list.len().saturating_sub(1);
    if list.is_empty() {
        list.push(T::default());
    }
    &mut list[at]
}

fn value(number: &Number, events: &[&Event]) -> Value {
    let mut lists: [(&str, Vec<Value>); 3] = [
        ("contacts", Vec::new()),
        ("messages", Vec::new()),
        ("statuses", Vec::new()),
    ];
    for event in events {
        let (contact, at, told) = match event {
            Event::Message { contact, message } => (contact, 1, message),
            Event::Status { contact, status } => (contact, 2, status),
            Event::NewChange | Event::NewEntry => continue,
        };
        lists[at].1.push(told.clone());
        if let Some(contact) = contact
            && !lists[0].1.contains(contact)
        {
            lists[0].1.push(contact.clone());
        }
    }
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": number.digits(), "phone_number_id": number.id },
    });
    for (name, list) in lists {
        if !list.is_empty() {
            value[name] = Value::Array(list);
        }
    }
    value
}

/// A customer's `contacts[]` element (§2.7: the phone number may be hidden).
pub(crate) fn contact(person: &Person) -> Value {
    let card = &person.card;
    let mut contact = json!({ "profile": { "name": card.name } });
    if let Some(username) = &card.username {
        contact["profile"]["username"] = json!(username);
    }
    if let (Some(phone), false) = (&card.phone, person.phone_hidden) {
        contact["wa_id"] = json!(phone);
    }
    if let Some(user_id) = &card.user_id {
        contact["user_id"] = json!(user_id);
    }
    contact
}

/// An inbound `messages[]` element: the common members (§2.2), then `member`'s own. A member
/// that is `null` removes the common one.
pub(crate) fn message(person: &Person, wamid: &str, at_ms: i64, member: &Value) -> Value {
    let card = &person.card;
    let mut message = Map::new();
    if let (Some(phone), false) = (&card.phone, person.phone_hidden) {
        message.insert("from".into(), json!(phone));
    }
    if let Some(user_id) = &card.user_id {
        message.insert("from_user_id".into(), json!(user_id));
    }
    message.insert("id".into(), json!(wamid));
    message.insert("timestamp".into(), json!(seconds(at_ms)));
    for (name, value) in member.as_object().into_iter().flatten() {
        if value.is_null() {
            message.remove(name);
        } else {
            message.insert(name.clone(), value.clone());
        }
    }
    Value::Object(message)
}

/// Unix seconds, as the string that webhooks carry.
pub(crate) fn seconds(at_ms: i64) -> String {
    at_ms.div_euclid(1_000).to_string()
}
