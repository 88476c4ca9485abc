//! Who wants no marketing: by a word, by WhatsApp's own switch, or as a refusal tells.

use super::{contacts, identity};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::content::Content;
use crate::domain::ids::{ConnectionId, PostId, WaId};
use crate::domain::message::InboundMessage;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::queue::task::PreferenceV1;
use crate::store::MessageRecord;
use crate::text::wish::{Wish, wish_of};

/// WhatsApp's code for somebody who stopped marketing messages (reference: 360dialog, §3).
pub(crate) const STOPPED: i64 = 131_050;

/// A message of a customer that is nothing but a word may be a wish. Agents see it as any other.
pub(crate) async fn hear(
    app: &App,
    contact: &Contact,
    message: &InboundMessage,
) -> Result<(), Failure> {
    let said = match &message.content {
        Content::Text { body } => body,
        Content::Choice { title, .. } => title,
        _ => return Ok(()),
    };
    let Some(wish) = wish_of(said) else {
        return Ok(());
    };
    let said = (wish == Wish::Start, "word");
    let (ids, at) = (&contact.alias_ids, message.sent_at);
    app.store.put_opt_out(ids, said, at).await?;
    tracing::info!(event = "marketing_wish", contact.id = %contact.id, ?wish, "customer decided");
    Ok(())
}

/// WhatsApp tells that somebody used its own switch.
pub(crate) async fn apply(
    app: &App,
    task: &PreferenceV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let mut names = identity::names_of(app, &task.connection, &task.sender);
    identity::look_up(app, &mut names, now).await?;
    let mut ids: Vec<_> = names.iter().map(|name| name.id.clone()).collect();
    if let Some(contact) = identity::find(app, &names, now).await? {
        ids.extend(contact.alias_ids);
    }
    ids.sort();
    ids.dedup();
    let said = (task.wanted, "user_preferences");
    app.store.put_opt_out(&ids, said, task.at).await?;
    Ok(Outcome::Done)
}

/// WhatsApp refused a message of ours because the person wants no marketing.
pub(crate) async fn refused(
    app: &App,
    message: &PostId,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), Failure> {
    let found = app.store.find_message(message, now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(());
    };
    let contact = app.store.find_contact(&intent.contact, now).await?;
    let mut ids = contact.map_or_else(Vec::new, |contact| contact.alias_ids);
    if let Some(number) = &intent.route.number {
        ids.push(contacts::id_of_number(app, &intent.connection, number));
    }
    ids.sort();
    ids.dedup();
    let said = (false, "whatsapp_131050");
    Ok(app.store.put_opt_out(&ids, said, at).await?)
}

/// Whether the person behind a number wants no marketing.
pub(crate) async fn stands(
    app: &App,
    connection: &ConnectionId,
    (contact, number): (&Contact, &WaId),
    now: Timestamp,
) -> Result<bool, Failure> {
    let mut ids = contact.alias_ids.clone();
    ids.push(contacts::id_of_number(app, connection, number));
    ids.sort();
    ids.dedup();
    for id in ids {
        if app.store.has_opted_out(&id, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
