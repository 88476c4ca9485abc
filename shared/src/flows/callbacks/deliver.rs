//! `callbacks` → the status endpoint. Runs in `callback-sender`, which has the internet, no API key,
//! and of the table only whom to call (to read) and its own log: so it is no [`crate::app::App`].

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::pass_on::{self, Passing};
use super::schedule;
use crate::callback::{CallbackError, Client, Header, Rule, SigningSecrets};
use crate::domain::callback::{Delivery, Endpoint, Try};
use crate::domain::time::{Timestamp, days, hours, minutes};
use crate::error::{Failure, Outcome};
use crate::queue::fifo::Record;
use crate::queue::pass_on::PassOnV1;
use crate::queue::send::DeadLetterQueue;
use crate::queue::task::{CallbackTask, CallbackV1};
use crate::secrets::{SecretError, SecretName, Secrets};
use crate::store::Store;

/// What the sender of callbacks needs.
pub struct Sender {
    /// Its part of the table.
    pub store: Store,
    /// What it signs with.
    pub secrets: Secrets,
    /// The way out.
    pub client: Client,
    /// For what is given up.
    pub dead_letters: DeadLetterQueue,
    /// The way to the workspace's former webhook.
    pub(super) passing: Passing,
    known: Mutex<Known>,
}

/// What was read, and when. One run reads, the others of its batch wait for it.
#[derive(Default)]
struct Known {
    endpoint: Option<(Timestamp, Endpoint)>,
    signing: Option<(Timestamp, Signing)>,
}

/// What belongs to every call.
#[derive(Clone)]
struct Signing {
    secrets: SigningSecrets,
    header: Option<Header>,
}

/// The endpoint and what belongs to it.
struct Setup {
    endpoint: Endpoint,
    signing: Signing,
}

/// What was not tried because the endpoint was down for others comes again after this time.
const PASSED_OVER: Duration = hours(2);
/// The endpoint is read again after this time, secrets and header after the other: Parameter Store
/// takes few calls a second.
const KNOWN_FOR: (Duration, Duration) = (Duration::from_secs(30), minutes(5));
/// The longest wait that an endpoint may announce.
const LONGEST_ANNOUNCED: Duration = hours(10);
/// There is no endpoint at the moment.
const NO_ENDPOINT: &str = "no_endpoint";
/// A task that cannot be read is tried so often: another version may be able to.
const TRIES_TO_READ: u32 = 6;

impl Sender {
    /// A sender that knows nothing of the endpoint yet.
    pub fn new(
        store: Store,
        secrets: Secrets,
        client: Client,
        dead_letters: DeadLetterQueue,
    ) -> Self {
        Self {
            store,
            secrets,
            passing: Passing::new(client.forwarder()),
            client,
            dead_letters,
            known: Mutex::default(),
        }
    }

    async fn setup(&self, now: Timestamp) -> Result<Setup, Failure> {
        let mut known = self.known.lock().await;
        let fresh = |read: Timestamp, good: Duration| now < read.plus(good);
        let endpoint = match &known.endpoint {
            Some((read, endpoint)) if fresh(*read, KNOWN_FOR.0) => endpoint.clone(),
            _ => {
                let endpoint = self.store.find_endpoint(now).await?;
                // where nothing is called, the moment at which something is matters
                let on = !endpoint.url.is_empty() && endpoint.off_since.is_none();
                known.endpoint = on.then(|| (now, endpoint.clone()));
                endpoint
            }
        };
        let signing = match &known.signing {
            Some((read, signing)) if fresh(*read, KNOWN_FOR.1) => signing.clone(),
            _ if endpoint.url.is_empty() => return Err(Failure::retry(NO_ENDPOINT)),
            _ => {
                let signing = self.signing().await?;
                known.signing = Some((now, signing.clone()));
                signing
            }
        };
        Ok(Setup { endpoint, signing })
    }

    async fn signing(&self) -> Result<Signing, Failure> {
        Ok(Signing {
            secrets: self.read(&SecretName::CallbackSecrets).await?,
            header: match self.read(&SecretName::CallbackHeader).await {
                Err(failure) if failure.code == SecretError::Missing.to_string() => None,
                header => Some(header?),
            },
        })
    }

    /// A parameter as it is now.
    async fn read<T: serde::de::DeserializeOwned>(&self, name: &SecretName) -> Result<T, Failure> {
        self.secrets.forget(name);
        let text = self.secrets.find(name).await?;
        serde_json::from_str(text.reveal()).map_err(|_| Failure::retry("secret_unreadable"))
    }
}

/// Works off one record of `callbacks`.
pub async fn run(sender: &Sender, record: &Record, now: Timestamp) -> Result<Outcome, Failure> {
    if let Some(task) = PassOnV1::parse(&record.body) {
        return pass_on::run(sender, record, task, now).await;
    }
    let Ok(CallbackTask::Callback(task)) = serde_json::from_str(&record.body) else {
        if record.receives < TRIES_TO_READ {
            return Err(Failure::retry("unreadable_task"));
        }
        return bury(sender, record, "unreadable_task").await;
    };
    let age = age_of(record, now);
    let setup = match sender.setup(now).await {
        // nobody wants to know at the moment; a new address gets what waits
        Err(failure) if failure.code == NO_ENDPOINT => None,
        // what cannot be read for three days is an operator's
        Err(_) if age > schedule::LONGEST => return bury(sender, record, "not_set_up").await,
        setup => Some(setup?),
    };
    let setup = setup.filter(|setup| !setup.endpoint.url.is_empty());
    let Some(setup) = setup else {
        if task.callback.test {
            return Ok(Outcome::Ignored);
        }
        return later(sender, record, passed_over(NO_ENDPOINT, age, PASSED_OVER)).await;
    };
    let first = record.receives == 1 && !task.again;
    if task.callback.test {
        deliver(sender, &setup, (&task, first), now).await.ok();
        return Ok(Outcome::Done);
    }
    if let Some(failure) = barrier(sender, &setup.endpoint, age, now) {
        return later(sender, record, failure).await;
    }
    match deliver(sender, &setup, (&task, first), now).await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) => later(sender, record, wait_after(error, age)).await,
    }
}

/// How long a task waits already.
pub(super) fn age_of(record: &Record, now: Timestamp) -> Duration {
    record.sent_at.map(|at| now.since(at)).unwrap_or_default()
}

/// Why nothing is tried now: the endpoint is switched off, or does not answer others.
fn barrier(sender: &Sender, endpoint: &Endpoint, age: Duration, now: Timestamp) -> Option<Wait> {
    if endpoint.off_since.is_some() {
        return Some(passed_over("endpoint_off", age, PASSED_OVER));
    }
    let wait = sender.client.is_down(now)?;
    Some(passed_over("endpoint_down", age, wait))
}

/// Not tried now; it comes again soon enough, and `least` later.
fn passed_over(code: &str, age: Duration, least: Duration) -> Wait {
    Wait {
        code: code.to_owned(),
        after: schedule::next(age).map(|next| next.min(PASSED_OVER).max(least)),
        exact: false,
    }
}

/// When a callback comes again; never, where `after` is `None`.
struct Wait {
    code: String,
    after: Option<Duration>,
    /// The endpoint announced it: not a moment earlier.
    exact: bool,
}

/// What follows from a failed try.
fn wait_after(error: CallbackError, age: Duration) -> Wait {
    let announced = match error {
        CallbackError::Refused { retry_after, .. } => retry_after,
        _ => None,
    };
    let announced = announced.map(|wait| wait.clamp(Duration::from_secs(1), LONGEST_ANNOUNCED));
    // what is announced only lengthens the wait: who announces a second for days is not called more
    let next = schedule::next(age);
    let longer = announced.filter(|wait| next.is_some_and(|next| *wait > next));
    let fits = longer.filter(|wait| age + *wait <= schedule::LONGEST);
    Wait {
        code: error.to_string(),
        after: fits.or(next),
        exact: fits.is_some(),
    }
}

async fn later(sender: &Sender, record: &Record, wait: Wait) -> Result<Outcome, Failure> {
    match wait.after {
        // the queue's back-off adds up to a fifth: a tenth to either side
        Some(after) if !wait.exact => Err(Failure::retry_after(wait.code, after.mul_f64(0.9))),
        Some(after) => Err(Failure::retry_after(wait.code, after)),
        None => bury(sender, record, &wait.code).await,
    }
}

/// Gives a callback up: from the dead-letter queue it becomes a parked record at the next tick.
async fn bury(sender: &Sender, record: &Record, code: &str) -> Result<Outcome, Failure> {
    sender.dead_letters.send(&record.body).await?;
    tracing::error!(event = "callback_given_up", task.id = %record.id, failure.code = code, "callback given up");
    Ok(Outcome::Kept)
}

/// One try, with its line in the log.
async fn deliver(
    sender: &Sender,
    setup: &Setup,
    (task, first): (&CallbackV1, bool),
    now: Timestamp,
) -> Result<(), CallbackError> {
    let (callback, url) = (&task.callback, setup.endpoint.url.as_str());
    let began = Instant::now();
    let signed = (&setup.signing.secrets, setup.signing.header.as_ref());
    let sent = sender
        .client
        .send_callback(url, signed, callback, now)
        .await;
    let took = began.elapsed();
    if sent == Err(CallbackError::Gone) {
        switch_off(sender, url, now).await;
    }
    let one = Try {
        at: now,
        code: match &sent {
            Ok(status) => format!("http_{status}"),
            Err(error) => error.to_string(),
        },
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        rule: match sent {
            Err(CallbackError::Guarded(Rule(rule))) => Some(rule.to_owned()),
            _ => None,
        },
    };
    log(sender, (task, first), one, sent.is_ok()).await;
    sent.map(drop)
}

async fn switch_off(sender: &Sender, url: &str, now: Timestamp) {
    tracing::error!(
        event = "endpoint_off",
        "the status endpoint answered 410 and is switched off"
    );
    if let Err(error) = sender.store.switch_endpoint_off(url, now).await {
        tracing::warn!(failure.code = %error, "endpoint not switched off: the next 410 does it");
    }
    sender.known.lock().await.endpoint = None;
}

/// Best effort: a log that cannot be written repeats no callback.
async fn log(sender: &Sender, (task, first): (&CallbackV1, bool), one: Try, delivered: bool) {
    let callback = &task.callback;
    let delivery = Delivery {
        id: callback.id(),
        message: callback.message.clone(),
        part: callback.part,
        status: callback.status.clone(),
        at: callback.at,
        wamid: callback.wamid.clone(),
        error: callback
            .error
            .as_ref()
            .and_then(|error| serde_json::to_string(error).ok()),
        tries: vec![one.clone()],
        delivered,
    };
    tracing::info!(callback.id = %delivery.id, callback.code = %one.code, callback.millis = one.millis, "callback tried");
    let keep = days(u64::from(task.keep_days));
    if let Err(error) = sender.store.log_try(&delivery, first, keep).await {
        tracing::warn!(failure.code = %error, callback.id = %delivery.id, "try not logged");
    }
}
