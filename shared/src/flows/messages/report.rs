//! What became of a program's message.

use crate::app::App;
use crate::domain::ids::{PostId, Wamid};
use crate::domain::outgoing::{Part, PartState};
use crate::domain::program::ProgramRecord;
use crate::domain::time::Timestamp;
use crate::flows::api_keys::{BULK, Caller};
use crate::flows::outbound::advice_of;
use crate::flows::refused::Refused;
use crate::store::{MessageRecord, StoreError};
use crate::text::catalog::Language;

/// A message and what became of its parts: one, once a worker has begun with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The message.
    pub record: ProgramRecord,
    /// Its parts, in order; never none.
    pub parts: Vec<Line>,
}

/// What became of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `queued`; then WhatsApp's last word (`sent`, `delivered`, `read`, `failed`), or our own: `failed`,
    /// `unknown` (it may have arrived; WhatsApp never said).
    pub state: String,
    /// Its id at WhatsApp.
    pub wamid: Option<Wamid>,
    /// Why it failed.
    pub code: Option<String>,
    /// What to do about it, in English.
    pub advice: Option<String>,
    /// Since when that is so.
    pub at: Timestamp,
}

/// Tells what became of a message, as far as `caller` may know of it: whoever sends to one person at a
/// time sees own messages only, as for sends of templates.
pub async fn report(
    app: &App,
    caller: &Caller,
    id: &PostId,
    now: Timestamp,
) -> Result<Report, Refused> {
    let found = app.store.find_program(id, now).await?;
    let may = |record: &ProgramRecord| caller.may(&[BULK]) || record.by_key == caller.id();
    let record = found.filter(may).ok_or_else(|| {
        let message = format!("There is no message {id}, or it is older than messages are kept.");
        Refused::not_found(message)
    })?;
    let mut parts = Vec::new();
    if let Some(MessageRecord::Outbound(intent)) = app.store.find_message(id, now).await? {
        for part in &intent.parts {
            parts.push(line(app, (part, intent.created_at), now).await?);
        }
    }
    if parts.is_empty() {
        parts.push(plain("queued", record.created_at));
    }
    Ok(Report { record, parts })
}

async fn line(
    app: &App,
    (part, began): (&Part, Timestamp),
    now: Timestamp,
) -> Result<Line, StoreError> {
    Ok(match &part.state {
        PartState::Pending | PartState::Calling { .. } => plain("queued", began),
        PartState::GivenUp { reason } => {
            let unknown = reason == "outcome_unknown";
            let state = if unknown { "unknown" } else { "failed" };
            plain(state, began).because(reason.clone())
        }
        PartState::Accepted { wamid } => {
            let sent = app.store.find_sent(wamid, now).await?;
            let status = sent.as_ref().and_then(|sent| sent.status.clone());
            let state = status.unwrap_or_else(|| "sent".to_owned());
            let at = sent.as_ref().and_then(|sent| sent.status_at);
            let line = Line {
                wamid: Some(wamid.clone()),
                ..plain(&state, at.unwrap_or(began))
            };
            match sent.and_then(|sent| sent.error) {
                Some(code) if state == "failed" => line.because(format!("whatsapp_{code}")),
                _ => line,
            }
        }
    })
}

fn plain(state: &str, at: Timestamp) -> Line {
    Line {
        state: state.to_owned(),
        wamid: None,
        code: None,
        advice: None,
        at,
    }
}

impl Line {
    fn because(self, code: String) -> Self {
        let advice = advice_of(&code).sentence(Language::English);
        Self {
            code: Some(code),
            advice: Some(advice),
            ..self
        }
    }
}
