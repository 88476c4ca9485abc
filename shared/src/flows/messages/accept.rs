//! Taking a program's message: check everything, write it down, put it into the queue, say so.

use super::address::{self, Address};
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::contact::Contact;
use crate::domain::ids::{ConnectionId, PostId, Wamid};
use crate::domain::program::{ProgramMessage, ProgramRecord};
use crate::domain::time::Timestamp;
use crate::flows::api_keys::Caller;
use crate::flows::connections;
use crate::flows::refused::{Refused, Why};
use crate::flows::requests::{self, Request};
use crate::flows::sends::KEYED;
use crate::media::Media;
use crate::queue::task::{OutboundTask, ProgramV1};
use crate::store::MessageRecord;

/// What a program wants to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// From which number.
    pub connection: ConnectionId,
    /// To whom.
    pub address: Address,
    /// What.
    pub message: ProgramMessage,
    /// The message that it quotes.
    pub quotes: Option<Wamid>,
    /// The caller's own name for this request. Without one each request is a message of its own: a
    /// program may well say the same thing twice.
    pub key: Option<String>,
    /// See [`requests::fingerprint`].
    pub fingerprint: String,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The message.
    pub record: ProgramRecord,
    /// It was taken before, and this is the answer of then.
    pub replayed: bool,
}

/// Takes a message. Free messages go to those who wrote within 24 hours: where our clock says that this
/// is not so, the message is refused here (`window_closed`) and nothing is written.
pub async fn send(
    app: &App,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Taken, Refused> {
    let key = order.key.as_deref();
    let hash = key.map(|key| requests::hash_of(caller, ("message", key)));
    let request = hash.as_ref().map(|hash| Request {
        hash,
        fingerprint: &order.fingerprint,
        keep: KEYED,
    });
    if let Some(request) = &request
        && let Some(record) = earlier(app, request, now).await?
    {
        let replayed = true;
        return Ok(Taken { record, replayed });
    }
    let (connection, contact) = check(app, order, now).await?;
    let token = match &request {
        Some(request) => requests::claim(app, request, now).await?,
        None => app.ids.token()?,
    };
    let record = ProgramRecord {
        id: PostId::of_program(&token),
        connection: connection.id,
        contact: contact.id,
        message: order.message.clone(),
        quotes: order.quotes.clone(),
        by: caller.key.name.clone(),
        by_key: caller.id(),
        queued: false,
        created_at: now,
    };
    let keep = app.settings(now).await?.keep_messages();
    app.store.put_program(&record, keep).await?;
    enqueue(app, &record).await?;
    let replayed = false;
    Ok(Taken { record, replayed })
}

/// The answer of the same request, where it was taken before; its task is enqueued where the first run
/// did not get so far.
async fn earlier(
    app: &App,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Option<ProgramRecord>, Refused> {
    let Some(claim) = requests::earlier(app, request, now).await? else {
        return Ok(None);
    };
    let id = PostId::of_program(&claim.became);
    let Some(record) = app.store.find_program(&id, now).await? else {
        return requests::has_ended(&claim, now).map(|()| None);
    };
    if !record.queued {
        enqueue(app, &record).await?;
    }
    Ok(Some(record))
}

/// Everything that can be known before anything is written.
async fn check(app: &App, order: &Order, now: Timestamp) -> Result<(Connection, Contact), Refused> {
    let connection = connections::find(app, &order.connection, now).await?;
    if !connection.enabled {
        let message = format!("The connection `{}` is switched off.", connection.id);
        let help = format!(
            "Switch it on: PATCH /v1/connections/{} with `enabled`.",
            connection.id
        );
        return Err(Refused::conflict("disabled_number", message).with_help(help));
    }
    check_link(&order.message)?;
    let found = address::resolve(app, (&connection, &order.address), now).await?;
    // of somebody who never wrote nothing is written either
    let contact = found.filter(|contact| contact.window_is_open(now));
    let contact = contact.ok_or_else(window_closed)?;
    let named = [&order.quotes, &order.message.reacts_to];
    for wamid in named.into_iter().flatten() {
        check_theirs(app, &contact, wamid, now).await?;
    }
    Ok((connection, contact))
}

fn window_closed() -> Refused {
    let message = "WhatsApp takes free messages only within 24 hours after the customer's last \
                   message to this number, and there is none.";
    let help = "Send an approved template: POST /templateMessage. When the customer answers, send \
                this message.";
    Refused::conflict("window_closed", message).with_help(help)
}

fn check_link(message: &ProgramMessage) -> Result<(), Refused> {
    match &message.file {
        Some(file) if !Media::is_public(&file.link) => {
            let path = file.at.trim_start_matches('/').replace('/', ".");
            let message = format!(
                "`{path}.link` must be an `https` address on a public host, port 443 or 8443."
            );
            Err(Refused::invalid("invalid_field", message))
        }
        _ => Ok(()),
    }
}

/// A quote or reaction names a message of this conversation. One that we do not know (any more) may be
/// theirs; somebody else's is refused as if it were not there.
async fn check_theirs(
    app: &App,
    contact: &Contact,
    wamid: &Wamid,
    now: Timestamp,
) -> Result<(), Refused> {
    let store = &app.store;
    let mut found = store.find_message(&PostId::of_wamid(wamid), now).await?;
    if found.is_none()
        && let Some(sent) = store.find_sent(wamid, now).await?
    {
        found = store.find_message(&sent.message, now).await?;
    }
    let whose = match &found {
        Some(MessageRecord::Inbound(record)) => &record.contact,
        Some(MessageRecord::Outbound(intent)) => &intent.contact,
        None => return Ok(()),
    };
    if contact.is_known_as(whose) {
        return Ok(());
    }
    let message = "`message_id` names no message of this conversation.";
    Err(Refused::new(Why::NotFound, "unknown_message", message))
}

/// Into the order of the contact's other messages.
async fn enqueue(app: &App, record: &ProgramRecord) -> Result<(), Refused> {
    let task = OutboundTask::Program(ProgramV1 {
        connection: record.connection.clone(),
        contact: record.contact.clone(),
        message: record.id.clone(),
    });
    let queues = &app.queues;
    queues
        .send_outbound(&record.contact, record.id.as_str(), &task)
        .await?;
    // without the mark a repeat enqueues it once more, and nobody gets it twice
    if let Err(error) = app.store.mark_program_queued(&record.id).await {
        tracing::info!(failure.code = %error, message.id = %record.id, "message not marked");
    }
    Ok(())
}
