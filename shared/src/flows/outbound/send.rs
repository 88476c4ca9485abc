//! Sending an intent: part after part, each recorded as `calling` before the call, so that after
//! any crash it is known which part may have gone out.

use std::time::Duration;

use serde_json::Value;

use super::{Story, circuit, file, hold, refuse};
use crate::domain::callback::About;
use crate::domain::contact::{Contact, Sender};
use crate::domain::ids::{ContactId, Wamid};
use crate::domain::outgoing::{Intent, Origin, Part, PartState, UNKNOWN_FOR};
use crate::domain::settings::UnknownOutcome;
use crate::error::{Failure, Outcome};
use crate::flows::{callbacks, identity};
use crate::mutant::{Mutant, on};
use crate::secrets::{Secret, SecretName};
use crate::store::{Evidence, MessageRecord, Sent};
use crate::text::catalog::Advice;
use crate::whatsapp::WhatsAppError;
use crate::whatsapp::client::Accepted;
use crate::whatsapp::error::{WINDOW_CLOSED, advice_for, stops_number};
use crate::whatsapp::render::{
    Recipient, render_file, render_rendered, render_template_message, render_text,
};

/// The code of a failure that waits for the status of an unknown outcome.
pub(super) const AWAITING: &str = "awaiting_outcome";

/// The one route of the gates.
const ROUTE: &str = "messages";

/// Sends what is left of an intent. The first run writes it with its first part as `calling`.
pub(super) async fn run(
    story: &Story<'_>,
    to: Option<Recipient>,
    mut intent: Intent,
) -> Result<Outcome, Failure> {
    let Some(to) = to else {
        return Err(Failure::give_up("no_recipient", Advice::NotReachable));
    };
    let keep = story.settings.keep_messages();
    if let Some(failure) = barrier(story, (&intent.contact, intent.origin)).await? {
        return held_back(story, &intent, failure).await;
    }
    begin(story, &mut intent);
    intent.attempt = story.app.ids.token()?;
    if !on(Mutant::NoIntent)
        && let Some(existing) = story.app.store.put_intent(&intent, keep).await?
    {
        intent = existing;
        if let Some(ended) = go_on(story, &mut intent).await? {
            return Ok(ended);
        }
    }
    while let Some((n, part)) = intent.next() {
        if part.needs_file() {
            Box::pin(file::bring(story, &mut intent, n)).await?;
            continue;
        }
        if !matches!(part.state, PartState::Calling { .. }) {
            begin(story, &mut intent);
            let (store, state) = (&story.app.store, &intent.parts[n].state);
            let run = story.app.ids.token()?;
            // in `bulk` two tasks of one recipient may run at the same time: one of them calls
            if !on(Mutant::NoIntent) && !store.begin_part(&intent.id, n, (state, &run)).await? {
                let wait = Duration::from_secs(1);
                return Err(Failure::retry_after("message_contended", wait));
            }
        }
        Box::pin(call(story, &to, &mut intent, n)).await?;
    }
    callbacks::tell(story.app, story.settings, &intent).await?;
    Ok(Outcome::Done)
}

/// Takes up an intent of an earlier run: `Some` where nothing is left of it.
async fn go_on(story: &Story<'_>, intent: &mut Intent) -> Result<Option<Outcome>, Failure> {
    if let Some(reason) = intent.parts.iter().find_map(file::ended_by) {
        return Err(Failure::give_up(reason, advice_of(reason)));
    }
    if intent.next().is_none() {
        // an earlier run may have died before it was told. Only a notice is asked for again and again, by
        // tasks of its own (every five minutes while no agent is there): they have nothing to add
        let asked_anew = intent.origin == Origin::Notice && story.record.receives == 1;
        if !asked_anew {
            callbacks::tell(story.app, story.settings, intent).await?;
        }
        return Ok(Some(Outcome::Repeated));
    }
    resolve(story, intent).await?;
    Ok(None)
}

/// Why nothing may be sent from this number now, if so: its circuit is open (given up), or
/// 360dialog does not answer (later).
async fn barrier(
    story: &Story<'_>,
    (contact, origin): (&ContactId, Origin),
) -> Result<Option<Failure>, Failure> {
    let gates = story
        .app
        .sends(&story.connection.id, origin == Origin::Template);
    if let Err(closed) = gates.check(ROUTE, story.moment()) {
        tracing::debug!(contact.id = %contact, "send held back");
        return Ok(Some(Failure::retry_after("whatsapp_down", closed.wait())));
    }
    circuit::barrier(story).await
}

/// A message that may not be sent now: what an earlier run began is still brought to its end.
async fn held_back(
    story: &Story<'_>,
    intent: &Intent,
    failure: Failure,
) -> Result<Outcome, Failure> {
    let found = story.app.store.find_message(&intent.id, story.now).await?;
    if let Some(MessageRecord::Outbound(mut existing)) = found
        && let Some(ended) = go_on(story, &mut existing).await?
    {
        return Ok(ended);
    }
    Err(failure)
}

/// The sentence for the reason that stands in a part which was given up.
pub(crate) fn advice_of(reason: &str) -> Advice {
    match reason {
        "outcome_unknown" => Advice::OutcomeUnknown,
        "too_old" => Advice::TooOld,
        "window_closed" => Advice::WindowClosed,
        "not_connected" => Advice::NotConnected,
        "held_too_long" => Advice::HeldTooLong,
        hold::DROPPED => Advice::HeldDropped,
        refuse::NOTHING_TO_SEND => Advice::KindUnsupported,
        circuit::REFUSED => Advice::NumberBlocked,
        _ => {
            let code = reason
                .strip_prefix("whatsapp_")
                .and_then(|code| code.parse().ok());
            code.map_or(Advice::Other, advice_for)
        }
    }
}

/// Marks the next part as being called; one whose file is still on its way is not.
fn begin(story: &Story<'_>, intent: &mut Intent) {
    let since = story.moment();
    let next = intent.next().filter(|(_, part)| !part.needs_file());
    if let Some(n) = next.map(|(n, _)| n) {
        intent.parts[n].state = PartState::Calling { since };
    }
}

/// A part stands as `calling` from an earlier run. Nobody knows whether it went out: wait for its
/// status for three minutes, then do as the settings say.
async fn resolve(story: &Story<'_>, intent: &mut Intent) -> Result<(), Failure> {
    let Some((n, part)) = intent.next() else {
        return Ok(());
    };
    let PartState::Calling { since } = part.state else {
        return Ok(());
    };
    let age = story.moment().since(since);
    if age < UNKNOWN_FOR {
        let steps = [30, 60, 120, 180].map(Duration::from_secs);
        let next = steps
            .into_iter()
            .find(|step| *step > age)
            .unwrap_or(UNKNOWN_FOR);
        return Err(Failure::retry_after(AWAITING, next - age));
    }
    // a template costs money and its recipient did not ask: it is never sent again by itself
    let policy = match intent.origin {
        Origin::Template => UnknownOutcome::Tell,
        Origin::Agent | Origin::Notice | Origin::Program => story.settings.unknown_outcome,
    };
    let is_fresh = story.now.since(intent.created_at) < story.settings.stale_after();
    let state = match policy {
        UnknownOutcome::Resend if is_fresh => PartState::Pending,
        // also one that ends in the dark each time: copies would go out for days
        UnknownOutcome::Resend | UnknownOutcome::Tell => PartState::GivenUp {
            reason: "outcome_unknown".to_owned(),
        },
    };
    if !story.app.store.resolve_part(&intent.id, n, &state).await? {
        // the status event was faster: the next run sees it
        return Err(Failure::retry_after(
            "outcome_known",
            Duration::from_secs(1),
        ));
    }
    let again = state == PartState::Pending;
    intent.parts[n].state = state;
    tracing::warn!(event = "outcome_never_known", task.id = %story.record.id, policy = ?policy, "outcome never known");
    match again {
        true => Ok(()),
        false => Err(Failure::give_up("outcome_unknown", Advice::OutcomeUnknown)),
    }
}

/// Makes the call for part `n`, which stands as `calling`, and records how it ended.
async fn call(
    story: &Story<'_>,
    to: &Recipient,
    intent: &mut Intent,
    n: usize,
) -> Result<(), Failure> {
    let key = match story.app.api_key(&story.connection.id).await {
        Ok(key) => key,
        Err(error) => return Err(undo(story, intent, n, Failure::retry(error.to_string())).await),
    };
    // only the first part is a reply: the others follow it
    let quotes = if n == 0 { intent.quotes.as_ref() } else { None };
    let body = render(to, &intent.parts[n], quotes, &intent.callback_data(n));
    let sent = send_message(story, &key, &body).await;
    tell_gates(story, intent, sent.as_ref().err());
    match sent.map_err(|error| error.after(story.record.receives)) {
        Ok(taken) => {
            // recorded first: nothing else may come between a send and its record
            accepted(story, intent, n, taken.wamid.clone()).await?;
            circuit::accepted(story.app, &story.connection.id, story.moment()).await;
            if intent.origin == Origin::Template {
                learn(story, to, &intent.contact, &taken).await;
            }
            Ok(())
        }
        Err(error @ WhatsAppError::Unknown) if on(Mutant::UnknownIsNotSent) => {
            Err(not_now(story, intent, n, error).await)
        }
        Err(WhatsAppError::Unknown) => Err(Failure::retry_after(AWAITING, Duration::from_secs(30))),
        Err(error)
            if error
                .code()
                .is_some_and(|code| file::fall_back(intent, n, code)) =>
        {
            let keep = story.settings.keep_messages();
            Ok(story.app.store.save_intent(intent, &[], keep).await?)
        }
        Err(error) => Err(refused(story, intent, n, error).await),
    }
}

/// WhatsApp does not take part `n`: for good, or not now. What is refused for good ends the message.
pub(super) async fn refused(
    story: &Story<'_>,
    intent: &mut Intent,
    n: usize,
    error: WhatsAppError,
) -> Failure {
    let WhatsAppError::Rejected { code, reason } = error else {
        return not_now(story, intent, n, error).await;
    };
    let failure = Failure::give_up(format!("whatsapp_{code}"), advice_for(code));
    if stops_number(code) {
        let (app, id) = (story.app, &story.connection.id);
        circuit::open(app, id, &failure.code, story.moment()).await;
    }
    if WINDOW_CLOSED.contains(&code) {
        // not the message's fault: it may be held and sent later
        return undo(story, intent, n, failure).await;
    }
    tracing::debug!(
        whatsapp.code = code,
        reason_length = reason.len(),
        "send refused"
    );
    let refused = PartState::GivenUp {
        reason: failure.code.clone(),
    };
    match record_refusal(story, intent, n, refused).await {
        Ok(()) => failure,
        Err(failure) => failure,
    }
}

/// The call that sends a part.
fn render(to: &Recipient, part: &Part, quotes: Option<&Wamid>, data: &str) -> Value {
    let read = |json: &String| serde_json::from_str(json).unwrap_or_default();
    match (&part.template, &part.file, &part.body) {
        (Some(template), ..) => render_template_message(to, read(template), data),
        (_, Some(file), _) => render_file(to, (file, &part.text), quotes, data),
        (.., Some(body)) => render_rendered(to, &read(body), quotes, data),
        _ => render_text(to, &part.text, quotes, data),
    }
}

/// Makes the call. A key that was replaced since it was read is refused: the new one is used at
/// once, so that a change of keys costs no message.
async fn send_message(
    story: &Story<'_>,
    key: &Secret,
    body: &Value,
) -> Result<Accepted, WhatsAppError> {
    let (app, id) = (story.app, &story.connection.id);
    let sent = app.whatsapp.send_message(key, body).await;
    if sent != Err(WhatsAppError::Unauthorized) {
        return sent;
    }
    app.secrets.forget(&SecretName::ApiKey(id.clone()));
    match app.api_key(id).await {
        Ok(fresh) if fresh != *key => app.whatsapp.send_message(&fresh, body).await,
        _ => sent,
    }
}

/// WhatsApp may know the person by another number than the one written to, and the person may
/// answer under a user id only: both lead to the same contact from now on. Best effort; where it
/// fails, the answer opens a contact of its own. (Whoever an agent answers wrote to us before.)
async fn learn(story: &Story<'_>, to: &Recipient, contact: &ContactId, taken: &Accepted) {
    let Recipient::Phone(number) = to else { return };
    let names = Sender {
        phone: taken.number.clone().filter(|other| other != number),
        user_id: taken.user_id.clone(),
        ..Sender::default()
    };
    let app = story.app;
    let names = identity::names_of(app, &story.connection.id, &names);
    let evidence = Evidence {
        from: "send",
        at: story.now,
        now: story.now,
        keep: story.settings.keep_contacts(),
    };
    let linked = async {
        match app.store.find_contact(contact, story.now).await? {
            // the number is somebody else's by now: the next message from it tells whose
            Some(contact) if is_another(&contact, taken) => Ok(()),
            Some(contact) => identity::link(app, contact, &names, evidence)
                .await
                .map(drop),
            None => Ok(()),
        }
    };
    if let Err(failure) = linked.await {
        tracing::warn!(failure.code = %failure.code, contact.id = %contact, "names not recorded");
    }
}

fn is_another(contact: &Contact, taken: &Accepted) -> bool {
    matches!((&contact.user_id, &taken.user_id), (Some(one), Some(other)) if one != other)
}

/// The gates hear how a call ended. A limit of the number that says for how long holds back whatever
/// goes out from it; one that does not (130429) counts like silence, by which the number slows down when
/// it meets several people.
fn tell_gates(story: &Story<'_>, intent: &Intent, error: Option<&WhatsAppError>) {
    use WhatsAppError::{Once, Throttled, Unavailable, Unknown};
    let template = intent.origin == Origin::Template;
    let gates = story.app.sends(&story.connection.id, template);
    match error {
        Some(Throttled {
            retry_after: Some(wait),
        }) => gates.throttle(ROUTE, story.moment(), *wait),
        Some(Unavailable | Unknown | Throttled { .. } | Once { .. }) => {
            gates.failed_for(story.moment(), intent.contact.as_str());
        }
        _ => gates.answered(ROUTE),
    }
}

/// WhatsApp took the part: record it, and the next one as `calling`, in one write.
async fn accepted(
    story: &Story<'_>,
    intent: &mut Intent,
    n: usize,
    wamid: Wamid,
) -> Result<(), Failure> {
    intent.parts[n].state = PartState::Accepted {
        wamid: wamid.clone(),
    };
    begin(story, intent);
    let told = callbacks::are_wanted(story.app, story.settings);
    let sent = sent_of(intent, n, told);
    let keep = story.settings.keep_messages();
    Ok(story
        .app
        .store
        .save_intent(intent, &[(wamid, sent)], keep)
        .await?)
}

/// The pointer from a wamid to part `n`; with what the status endpoint is `told` of it.
pub(crate) fn sent_of(intent: &Intent, n: usize, told: bool) -> Sent {
    Sent {
        message: intent.id.clone(),
        part: n,
        connection: intent.connection.clone(),
        room: intent.room.clone(),
        status: None,
        status_at: None,
        error: None,
        about: told.then(|| About::of(intent, n)),
    }
}

async fn record_refusal(
    story: &Story<'_>,
    intent: &mut Intent,
    n: usize,
    refused: PartState,
) -> Result<(), Failure> {
    // the parts behind it are not sent either: a message without its middle would mislead
    for part in intent
        .parts
        .iter_mut()
        .skip(n)
        .filter(|part| !part.state.is_final())
    {
        part.state = refused.clone();
    }
    Ok(story
        .app
        .store
        .save_intent(intent, &[], story.settings.keep_messages())
        .await?)
}

/// The call surely had no effect: the part stands as `pending` again, and is tried later.
async fn not_now(
    story: &Story<'_>,
    intent: &mut Intent,
    n: usize,
    error: WhatsAppError,
) -> Failure {
    let code = error.to_string();
    let failure = match error {
        WhatsAppError::PairLimit => {
            // 4^x seconds for this contact only (reference §1.5), at most four minutes: by then 42
            // messages are free again, and receives count other failures too
            let wait = 4_u64.pow(story.record.receives.clamp(1, 4));
            Failure::retry_after(code, Duration::from_secs(wait))
        }
        WhatsAppError::Throttled {
            retry_after: Some(after),
        } => Failure::retry_after(code, after),
        WhatsAppError::Unauthorized => {
            if circuit::refuses_key(story, &code).await {
                circuit::refusal(Advice::KeyRefused)
            } else {
                Failure {
                    advice: Advice::KeyRefused,
                    ..Failure::retry(code.as_str())
                }
            }
        }
        _ => Failure::retry(code),
    };
    undo(story, intent, n, failure).await
}

/// Puts part `n` back to `pending`. Where even that fails, the part counts as unknown: the
/// customer does not get it twice, and the agent is told.
async fn undo(story: &Story<'_>, intent: &mut Intent, n: usize, failure: Failure) -> Failure {
    intent.parts[n].state = PartState::Pending;
    match story
        .app
        .store
        .save_intent(intent, &[], story.settings.keep_messages())
        .await
    {
        Ok(()) => failure,
        Err(error) => error.into(),
    }
}
