//! Who wants no marketing: by a word, by WhatsApp's own switch, or as a refusal tells.

use super::contacts;
use super::identity::{self, Name};
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::content::Content;
use crate::domain::ids::{AliasId, ConnectionId, PostId, WaId};
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
    let own = task.sender.aliases();
    let own = own
        .iter()
        .map(|alias| Name::of(app, &task.connection, alias));
    let mut ids: Vec<_> = own.collect();
    let by = (&task.connection, &task.sender);
    if let Some(contact) = identity::find_sender(app, by, task.at, now).await? {
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

/// Whether a person wants no marketing, also by the number that is written to, where there is one. What
/// was said last under any of the names counts; under a number only since it is this person's.
pub(crate) async fn stands(
    app: &App,
    connection: &ConnectionId,
    (contact, number): (&Contact, Option<&WaId>),
    now: Timestamp,
) -> Result<bool, Failure> {
    let mut ids = contact.alias_ids.clone();
    ids.extend(number.map(|number| contacts::id_of_number(app, connection, number)));
    ids.sort();
    ids.dedup();
    let names = app.store.find_aliases(&ids, now).await?;
    let mut last: Option<(Timestamp, bool)> = None;
    for id in ids {
        let before = names.get(&id).and_then(|name| name.before.as_ref());
        let since = before
            .filter(|before| !contact.is_known_as(&before.contact))
            .map(|before| before.until);
        let Some((wanted, at)) = app.store.find_opt_out(&id, now).await? else {
            continue;
        };
        let theirs = since.is_none_or(|since| at > since);
        if theirs && last.is_none_or(|(before, _)| before <= at) {
            last = Some((at, wanted));
        }
    }
    Ok(last.is_some_and(|(_, wanted)| !wanted))
}

/// A number leaves a contact: what was wished under it is kept under the names that stay.
pub(crate) async fn carry(
    app: &App,
    number: &AliasId,
    contact: &Contact,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some((wanted, at)) = app.store.find_opt_out(number, now).await? else {
        return Ok(());
    };
    let mut ids = contact.alias_ids.clone();
    ids.retain(|id| id != number);
    let said = (wanted, "number_changed");
    Ok(app.store.put_opt_out(&ids, said, at).await?)
}
