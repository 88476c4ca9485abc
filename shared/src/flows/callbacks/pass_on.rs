//! `callbacks` → the webhook that the workspace had before ours (R37): it gets what Rocket.Chat would
//! send it, with its own token. Runs in `callback-sender`, beside the status endpoint.
//!
//! An event that is not taken is given up after four tries, as Rocket.Chat gives up after five: logged
//! and shown in the health report, and not parked. It is no message of ours (those have gone their
//! way, and all of it stands in Rocket.Chat), and a dead receiver would fill the table with
//! conversations of channels that we have nothing to do with.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::deliver::Sender;
use super::schedule::{LONGEST_PASSING, next_passing};
use crate::callback::{CallbackError, Forwarder, Pause, Rule};
use crate::domain::time::{Timestamp, minutes};
use crate::domain::workspace::FormerWebhook;
use crate::error::{Failure, Outcome};
use crate::flows::workspace::former;
use crate::queue::fifo::Record;
use crate::queue::pass_on::PassOnV1;
use crate::rocketchat::client::TOKEN_HEADER;
use crate::rocketchat::passing::is_among;
use crate::secrets::Secret;
use crate::store::PassingTrouble;

/// Stands on every event that was passed on. Our door passes such a one on to nobody: two stacks that
/// took over from each other would never end.
pub const PASSED_ON: &str = "x-bridge360-passed-on";
/// Stands on an event that had to be cut: `messages`.
pub const SHORTENED: &str = "x-bridge360-shortened";
/// How a cut event is noted.
pub const SHORTENED_CODE: &str = "shortened";

/// The former webhook is read again after this time, its token after the other.
const KNOWN_FOR: (Duration, Duration) = (Duration::from_secs(30), minutes(5));
/// Trouble is noted so often at most.
const NOTED_EVERY: Duration = minutes(1);
/// While it is busy an event waits at least so long.
const LEAST_WAIT: Duration = Duration::from_secs(5);

/// What passing on needs.
pub(super) struct Passing {
    forwarder: Forwarder,
    known: Mutex<Known>,
}

/// What was read, and when.
#[derive(Default)]
struct Known {
    former: Option<(Timestamp, FormerWebhook)>,
    token: Option<(Timestamp, String, Option<Secret>)>,
    noted: Option<Timestamp>,
}

impl Passing {
    pub fn new(forwarder: Forwarder) -> Self {
        Self {
            forwarder,
            known: Mutex::default(),
        }
    }
}

/// Whom to tell, with the token; `None` where nobody is to be told (any more).
async fn target(
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<(FormerWebhook, Option<Secret>)>, Failure> {
    let mut known = sender.passing.known.lock().await;
    let fresh = |read: Timestamp, good: Duration| now < read.plus(good);
    let former = match &known.former {
        Some((read, former)) if fresh(*read, KNOWN_FOR.0) => former.clone(),
        _ => {
            known.former = None;
            let found = sender.store.find_former_webhook(now).await?;
            let Some(former) = found.filter(|former| former.pass_on) else {
                return Ok(None);
            };
            known.former = Some((now, former.clone()));
            former
        }
    };
    let token = match &known.token {
        Some((read, of, token)) if fresh(*read, KNOWN_FOR.1) && *of == former.url => token.clone(),
        _ => {
            let token = former::find_token(&sender.secrets, &former.url).await?;
            known.token = Some((now, former.url.clone(), token.clone()));
            token
        }
    };
    Ok(Some((former, token)))
}

/// Works off one event.
pub(super) async fn run(
    sender: &Sender,
    record: &Record,
    task: PassOnV1,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let age = super::deliver::age_of(record, now);
    let (former, token) = match target(sender, now).await {
        Ok(Some(target)) => target,
        Ok(None) => return Ok(Outcome::Ignored),
        Err(failure) => {
            return later(sender, (record, &failure.code), next_passing(age), now).await;
        }
    };
    if !is_among(&former.events, task.body()) {
        return Ok(Outcome::Ignored);
    }
    if let Some(pause) = sender.passing.forwarder.pause(now) {
        let (code, after) = passed_over(pause, age);
        return later(sender, (record, code), after, now).await;
    }
    let shortened = task.shortened;
    match send(sender, (&former, token.as_ref()), (task, &record.id), now).await {
        Ok(status) => {
            tracing::info!(task.id = %record.id, passing.status = status, "event passed on");
            if shortened {
                note(sender, SHORTENED_CODE.to_owned(), now).await;
            }
            Ok(Outcome::Done)
        }
        Err(error) => {
            later(
                sender,
                (record, &code_of(&error)),
                wait_after(&error, age),
                now,
            )
            .await
        }
    }
}

async fn send(
    sender: &Sender,
    (former, token): (&FormerWebhook, Option<&Secret>),
    (task, subject): (PassOnV1, &str),
    now: Timestamp,
) -> Result<u16, CallbackError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static(PASSED_ON),
        HeaderValue::from_static("1"),
    );
    if task.shortened {
        headers.insert(
            HeaderName::from_static(SHORTENED),
            HeaderValue::from_static("messages"),
        );
    }
    // Rocket.Chat sends none where it is empty (§2.1)
    let token = token.map(Secret::reveal).filter(|token| !token.is_empty());
    if let Some(Ok(mut token)) = token.map(HeaderValue::try_from) {
        token.set_sensitive(true);
        headers.insert(HeaderName::from_static(TOKEN_HEADER), token);
    }
    let event = (headers, Bytes::from(task.into_body()));
    let forwarder = &sender.passing.forwarder;
    forwarder.send_event(&former.url, event, subject, now).await
}

/// Not tried now. One that is busy has time for this event soon; one that is down is asked by the
/// clock, so that what waits for it is not received again and again.
fn passed_over(pause: Pause, age: Duration) -> (&'static str, Option<Duration>) {
    match pause {
        Pause::Busy(wait) => {
            let wait = wait.max(LEAST_WAIT);
            let fits = age + wait <= LONGEST_PASSING;
            ("former_webhook_busy", fits.then_some(wait))
        }
        Pause::Down(wait) => {
            let next = next_passing(age).map(|next| next.max(wait));
            ("former_webhook_down", next)
        }
    }
}

/// What Rocket.Chat would try again is (network, 429, 5xx; §2.4); what is announced lengthens the wait.
fn wait_after(error: &CallbackError, age: Duration) -> Option<Duration> {
    if !error.is_passing() {
        return None;
    }
    let next = next_passing(age)?;
    let announced = match error {
        CallbackError::Refused { retry_after, .. } => *retry_after,
        _ => None,
    };
    let longer = announced.filter(|wait| *wait > next && age + *wait <= LONGEST_PASSING);
    Some(longer.unwrap_or(next))
}

fn code_of(error: &CallbackError) -> String {
    match error {
        CallbackError::Guarded(Rule(rule)) => format!("{error}: {rule}"),
        _ => error.to_string(),
    }
}

/// Again after a time, or never.
async fn later(
    sender: &Sender,
    (record, code): (&Record, &str),
    after: Option<Duration>,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    if let Some(after) = after {
        // the queue's back-off adds up to a fifth: a tenth to either side
        return Err(Failure::retry_after(code, after.mul_f64(0.9)));
    }
    log_given_up(&record.id, code);
    note(sender, code.to_owned(), now).await;
    Ok(Outcome::Ignored)
}

/// The line that the alarm counts.
pub(super) fn log_given_up(task: &str, code: &str) {
    tracing::error!(
        event = "pass_on_given_up",
        task.id = task,
        failure.code = code,
        "event not passed on to Rocket.Chat's former webhook"
    );
}

/// Notes trouble for the health report. Best effort.
async fn note(sender: &Sender, code: String, now: Timestamp) {
    let mut known = sender.passing.known.lock().await;
    if known.noted.is_some_and(|at| now < at.plus(NOTED_EVERY)) {
        return;
    }
    let trouble = PassingTrouble { at: now, code };
    match sender.store.put_passing_trouble(&trouble).await {
        Ok(()) => known.noted = Some(now),
        Err(error) => tracing::warn!(failure.code = %error, "trouble not noted"),
    }
}
