//! What became of a send, for each of its recipients.

use crate::app::App;
use crate::domain::ids::{PostId, SendId};
use crate::domain::send::{RecipientRecord, SendRecord, SendResult};
use crate::domain::time::Timestamp;
use crate::flows::api_keys::{BULK, Caller};
use crate::flows::refused::Refused;

/// A send and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The send.
    pub send: SendRecord,
    /// Its recipients, in order.
    pub lines: Vec<Line>,
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The recipient.
    pub recipient: RecipientRecord,
    /// The id of its message.
    pub id: PostId,
    /// WhatsApp's last word: `sent`, `delivered`, `read`, `failed`; before it our own: `queued`,
    /// `failed`, `unknown`, `skipped`.
    pub status: String,
    /// Why it failed or was skipped.
    pub code: Option<String>,
    /// Since when that is so.
    pub at: Timestamp,
}

/// The send of an id, as far as `caller` may know of it: whoever sends to one person at a time sees
/// own sends only. `None` is an operator.
pub(super) async fn find(
    app: &App,
    caller: Option<&Caller>,
    id: &SendId,
    now: Timestamp,
) -> Result<SendRecord, Refused> {
    let found = app.store.find_send(id, now).await?;
    let may = |send: &SendRecord| {
        caller.is_none_or(|caller| caller.may(&[BULK]) || send.by_key == caller.id())
    };
    found.filter(may).ok_or_else(|| {
        let message = format!("There is no send {id}, or it is older than messages are kept.");
        Refused::not_found(message)
    })
}

/// Tells what became of a send.
pub async fn report(
    app: &App,
    caller: Option<&Caller>,
    id: &SendId,
    now: Timestamp,
) -> Result<Report, Refused> {
    let send = find(app, caller, id, now).await?;
    let recipients = app.store.list_recipients(id).await?;
    let wamids = recipients.iter().filter_map(|one| match &one.result {
        SendResult::Sent { wamid } => Some(wamid),
        _ => None,
    });
    let wamids: Vec<_> = wamids.collect();
    let known = app.store.find_all_sent(&wamids, now).await?;
    let line = |recipient: &RecipientRecord| {
        let id = send.id.message(recipient.n);
        let own = (recipient.result.word().to_owned(), recipient.at);
        let (status, code, at) = match &recipient.result {
            SendResult::Sent { wamid } => {
                let sent = known.get(wamid.as_str());
                let status = sent.and_then(|sent| Some((sent.status.clone()?, sent.status_at?)));
                let failed = sent.and_then(|sent| sent.error);
                let (status, at) = status.unwrap_or(own);
                let code = failed.filter(|_| status == "failed");
                (status, code.map(|code| format!("whatsapp_{code}")), at)
            }
            SendResult::Failed { code } | SendResult::Skipped { code } => {
                (own.0, Some(code.clone()), own.1)
            }
            SendResult::Queued | SendResult::Unknown => (own.0, None, own.1),
        };
        Line {
            recipient: recipient.clone(),
            id,
            status,
            code,
            at,
        }
    };
    let lines = recipients.iter().map(line).collect();
    Ok(Report { send, lines })
}
