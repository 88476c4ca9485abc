//! Giving a message up for good: written down first, then told. Should the run die in between, the
//! next one must not send what an agent was told is not sent.

use super::{Story, file, hold, notes};
use crate::app::App;
use crate::domain::callback::Route;
use crate::domain::ids::PostId;
use crate::domain::outgoing::{Intent, Origin, Part, PartState};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::error::{Failure, Outcome};
use crate::flows::callbacks;
use crate::queue::task::AgentV1;
use crate::store::MessageRecord;
use crate::text::catalog::Advice;

/// The code of a message in which there is nothing that WhatsApp could show.
pub(super) const NOTHING_TO_SEND: &str = "nothing_to_send";

/// Characters of a message that its record keeps.
const EXCERPT: usize = 4_096;

/// Gives an agent's message up: nothing of it is begun any more, and the agent is told; where a
/// part may have gone out, just that. A message that went out in full is nothing to tell of.
pub(super) async fn for_good(
    app: &App,
    settings: &Settings,
    task: &AgentV1,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Failure> {
    let id = &task.message.id;
    let mut failure = failure.clone();
    match app.store.find_message(id, now).await? {
        Some(MessageRecord::Outbound(intent)) => {
            let calling = |part: &Part| matches!(part.state, PartState::Calling { .. });
            if intent.parts.iter().all(file::is_told) && task.message.edited_at.is_none() {
                // a status may have told so, and the run that would have told it never came
                return callbacks::tell(app, settings, &intent).await;
            }
            if intent.parts.iter().any(calling) {
                failure.advice = Advice::OutcomeUnknown;
            }
            abandon(app, (id, &failure.code), false, now).await?;
        }
        Some(MessageRecord::Inbound(_)) => {}
        // an edit shares the id of the message that it changes: held, that waits with the newer words
        None if task.message.edited_at.is_some() => {
            if hold::replace(app, settings, task, now).await? {
                return Ok(());
            }
        }
        None => {
            let (connection, contact) = (&task.connection, &task.contact);
            let route = callbacks::find_route(app, connection, contact, now).await?;
            let intent = given_up(app, (task, route), &failure.code, now)?;
            let standing = app.store.put_intent(&intent, settings.keep_messages());
            if standing.await?.is_some() {
                // another run began it in this very moment: what it does is looked at anew
                return Err(Failure::retry("message_contended"));
            }
            callbacks::tell(app, settings, &intent).await?;
        }
    }
    notes::refused(app, settings, task, &failure).await
}

/// What a record says of a message of which nothing was begun: whatever its length, it fits.
fn short(task: &AgentV1) -> String {
    let words = task.message.excerpt().unwrap_or_default();
    words.chars().take(EXCERPT).collect()
}

/// The record of a message of which nothing was begun.
fn given_up(
    app: &App,
    (task, route): (&AgentV1, Route),
    reason: &str,
    now: Timestamp,
) -> Result<Intent, Failure> {
    let state = PartState::GivenUp {
        reason: reason.to_owned(),
    };
    Ok(Intent {
        id: task.message.id.clone(),
        connection: task.connection.clone(),
        contact: task.contact.clone(),
        room: Some(task.room.clone()),
        route,
        origin: Origin::Agent,
        quotes: None,
        parts: vec![Part {
            state,
            ..Part::text(short(task))
        }],
        created_at: now,
        attempt: app.ids.token()?,
    })
}

/// Of a message nothing can be sent: agents are told where its files do not say so already, then it is
/// written down, so that nobody looks for it any more.
pub(super) async fn empty(
    story: &Story<'_>,
    task: &AgentV1,
    (mut intent, reason): (Intent, &str),
) -> Result<Outcome, Failure> {
    let (app, settings) = (story.app, story.settings);
    if reason == NOTHING_TO_SEND {
        let failure = Failure::give_up(reason, Advice::KindUnsupported);
        notes::refused(app, settings, task, &failure).await?;
    }
    intent.parts = vec![Part {
        state: PartState::GivenUp {
            reason: reason.to_owned(),
        },
        ..Part::text(short(task))
    }];
    intent.attempt = app.ids.token()?;
    let standing = app.store.put_intent(&intent, settings.keep_messages());
    if standing.await?.is_some() {
        // another run began it in this very moment: what it does is looked at anew
        return Err(Failure::retry("message_contended"));
    }
    callbacks::tell(app, settings, &intent).await?;
    Ok(Outcome::Ignored)
}

/// The parts of a message that were not begun become final, so that a repeat of the event sends
/// nothing; gives the message as it was found. A part whose outcome is unknown stays with the
/// status events. What another task ended and told is not told again where it is `asked_anew`.
pub(super) async fn abandon(
    app: &App,
    (id, reason): (&PostId, &str),
    asked_anew: bool,
    now: Timestamp,
) -> Result<Option<Intent>, Failure> {
    let found = app.store.find_message(id, now).await?;
    let Some(MessageRecord::Outbound(intent)) = found else {
        return Ok(None);
    };
    let state = PartState::GivenUp {
        reason: reason.to_owned(),
    };
    let run = app.ids.token()?;
    for (n, part) in intent.parts.iter().enumerate() {
        if part.state == PartState::Pending && !app.store.begin_part(id, n, (&state, &run)).await? {
            // another run began it in this very moment: what it does is looked at anew
            return Err(Failure::retry("message_contended"));
        }
    }
    // what is told: a part whose outcome is unknown counts as failed until a status says more
    let mut ended = intent.clone();
    for part in &mut ended.parts {
        part.state = match &part.state {
            PartState::Pending => state.clone(),
            PartState::Calling { .. } => PartState::GivenUp {
                reason: "outcome_unknown".to_owned(),
            },
            settled => settled.clone(),
        };
    }
    if ended != intent || !asked_anew {
        let settings = app.settings(now).await?;
        callbacks::tell(app, &settings, &ended).await?;
    }
    Ok(Some(intent))
}
