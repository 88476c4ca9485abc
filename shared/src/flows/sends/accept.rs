//! Taking a send: check everything, write it down, put it into the queue, say so. A request that
//! comes twice is one send.

use std::collections::BTreeSet;
use std::time::Duration;

use super::target;
use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::{SendId, WaId};
use crate::domain::send::{
    LinkedFile, MOST_RECIPIENTS, RecipientRecord, SendRecord, SendResult, SendState, Target,
};
use crate::domain::template::{
    Given, GivenFor, Parameter, TemplateSend, dynamic_variables, has_fallbacks, is_dynamic,
};
use crate::domain::time::{Timestamp, hours, minutes};
use crate::flows::api_keys::{BULK, Caller};
use crate::flows::contacts;
use crate::flows::refused::Refused;
use crate::flows::requests::{self, Request};
use crate::flows::templates::{Ready, preflight};
use crate::media::Media;
use crate::mutant::{Mutant, on};
use crate::queue::task::{FanoutV1, OutboundTask, TemplateV1};
use crate::whatsapp::render::render_template;

/// How long a request with an `Idempotency-Key` is remembered.
pub(crate) const KEYED: Duration = hours(24);
/// How long one without is.
const PLAIN: Duration = minutes(10);

/// What somebody wants to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// To whom, as given.
    pub numbers: Vec<String>,
    /// From which number, as given.
    pub from: String,
    /// What.
    pub template: TemplateSend,
    /// The user name of who gets the replies.
    pub agent: Option<String>,
    /// The name or id of the department that gets them.
    pub department: Option<String>,
    /// Only check it.
    pub dry_run: bool,
    /// The caller's own name for this request.
    pub key: Option<String>,
    /// The same for the same body, whatever the order of its members.
    pub fingerprint: String,
}

/// A send that was taken (or, dry, would be).
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Its id; absent where nothing is sent.
    pub id: Option<SendId>,
    /// Its recipients.
    pub recipients: Vec<RecipientRecord>,
    /// What cannot be numbers, as given.
    pub invalid: Vec<String>,
    /// What people read.
    pub text: String,
    /// The template's category.
    pub category: String,
    /// It was taken before, and this is the answer of then.
    pub replayed: bool,
}

impl Taken {
    fn of(send: SendRecord, recipients: Vec<RecipientRecord>, replayed: bool) -> Self {
        Self {
            id: Some(send.id),
            recipients,
            invalid: send.invalid,
            text: send.text,
            category: send.category,
            replayed,
        }
    }
}

/// Takes a send.
pub async fn take(
    app: &App,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Taken, Refused> {
    let mut hash = hash_of(caller, order);
    if on(Mutant::SendPerRequest) {
        hash = app.ids.token()?;
    }
    let request = Request {
        hash: &hash,
        fingerprint: &order.fingerprint,
        keep: if order.key.is_some() { KEYED } else { PLAIN },
    };
    if !order.dry_run
        && let Some(taken) = earlier(app, &request, now).await?
    {
        return Ok(taken);
    }
    let Named { numbers, invalid } = numbers_of(order)?;
    if numbers.len() > 1 {
        caller.needs(&[BULK])?;
    }
    let connection = target::connection(app, &order.from).await?;
    let asked = (order.agent.as_deref(), order.department.as_deref());
    let target = target::resolve(app, asked, now).await?;
    let ready = preflight(app, &connection.id, &order.template, now).await?;
    check_beyond(&order.template.components, target.agent.is_some())?;
    if order.dry_run || numbers.is_empty() {
        return Ok(Taken {
            id: None,
            recipients: queued(&numbers, now),
            invalid,
            text: ready.text,
            category: ready.template.category,
            replayed: false,
        });
    }
    let id = SendId::new(requests::claim(app, &request, now).await?);
    let send = record(&connection, (&id, caller), (&ready, target), now);
    let send = SendRecord {
        recipients: numbers.len(),
        invalid,
        ..send
    };
    write(app, send, queued(&numbers, now), now).await
}

/// The answer of the same request, where it was taken before. One that ended without an answer is
/// taken anew.
async fn earlier(
    app: &App,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Option<Taken>, Refused> {
    let Some(claim) = requests::earlier(app, request, now).await? else {
        return Ok(None);
    };
    let id = SendId::new(claim.became.as_str());
    match app.store.find_send(&id, now).await? {
        Some(send) => replay(app, send, now).await.map(Some),
        None => requests::has_ended(&claim, now).map(|()| None),
    }
}

/// What makes a request the same: who asks, and the key, else the body.
fn hash_of(caller: &Caller, order: &Order) -> String {
    let name = match &order.key {
        Some(key) => ("key", key.as_str()),
        None => ("body", order.fingerprint.as_str()),
    };
    requests::hash_of(caller, name)
}

/// The answer of a send that was taken before; its tasks are enqueued where the first run did not
/// get so far.
async fn replay(app: &App, send: SendRecord, now: Timestamp) -> Result<Taken, Refused> {
    let recipients = app.store.list_recipients(&send.id).await?;
    if !send.queued {
        enqueue(app, &send, &recipients, now).await?;
    }
    Ok(Taken::of(send, recipients, true))
}

/// Whom a request names.
#[derive(Default)]
struct Named {
    /// What can be numbers, each once: as digits, and as it was given.
    numbers: Vec<(WaId, String)>,
    /// What cannot.
    invalid: Vec<String>,
}

/// The numbers that can be ones, each once, and what cannot. Whoever is named twice gets it once.
fn numbers_of(order: &Order) -> Result<Named, Refused> {
    if order.numbers.len() > MOST_RECIPIENTS {
        let message =
            "Too many phone numbers! Please make sure that phoneNumbers are <= 250".to_owned();
        return Err(Refused::invalid("too_many_numbers", message));
    }
    let (mut seen, mut named) = (BTreeSet::new(), Named::default());
    for given in &order.numbers {
        match WaId::parse(given) {
            Some(number) if seen.insert(number.clone()) => {
                // the other spelling is the same person
                seen.extend(number.variants());
                named.numbers.push((number, given.clone()));
            }
            Some(_) => {}
            None => named.invalid.push(given.clone()),
        }
    }
    Ok(named)
}

fn queued(numbers: &[(WaId, String)], now: Timestamp) -> Vec<RecipientRecord> {
    let record = |(n, (number, given)): (usize, &(WaId, String))| RecipientRecord {
        n,
        number: number.clone(),
        given: given.clone(),
        result: SendResult::Queued,
        at: now,
        shown: false,
    };
    numbers.iter().enumerate().map(record).collect()
}

/// What only we add to a template: variables for each recipient (an agent only where one `is_named`), and
/// files that we fetch.
pub(crate) fn check_beyond(components: &[Given], is_named: bool) -> Result<(), Refused> {
    let refuse = |message: &str| Err(Refused::invalid("invalid_template", message));
    for one in components {
        for parameter in &one.parameters {
            if let Parameter::Media {
                link: Some(link), ..
            } = parameter
                && !link.trim().is_empty()
                && !Media::is_public(link)
            {
                return refuse(
                    "header: the link must be an `https` address on a public host, port 443 or \
                     8443.",
                );
            }
            let text = match (&one.of, parameter) {
                (GivenFor::Header | GivenFor::Body, Parameter::Text { text, .. }) => text,
                _ => {
                    let whole = serde_json::to_string(parameter).unwrap_or_default();
                    if dynamic_variables(&whole).is_empty() {
                        continue;
                    }
                    return refuse(
                        "{{contact.name}} and {{agent.name}} can stand in the texts of header and \
                         body only.",
                    );
                }
            };
            for name in dynamic_variables(text) {
                if !is_dynamic(name) {
                    return refuse(&format!(
                        "There is no variable {{{{{name}}}}}. Known are {{{{contact.name|…}}}} and \
                         {{{{agent.name}}}}."
                    ));
                }
                if name == "agent.name" && !is_named {
                    return refuse(
                        "{{agent.name}} needs `targetAgent`: without it nobody is named.",
                    );
                }
            }
            if !has_fallbacks(text) {
                return refuse(
                    "{{contact.name}} must say what stands where no name is known, e.g. \
                     {{contact.name|customer}}: WhatsApp takes no empty parameter.",
                );
            }
        }
    }
    Ok(())
}

fn record(
    connection: &Connection,
    (id, caller): (&SendId, &Caller),
    (ready, target): (&Ready, Target),
    now: Timestamp,
) -> SendRecord {
    let known = &ready.template;
    let body = render_template(&known.name, &known.language, &ready.filled);
    SendRecord {
        id: id.clone(),
        connection: connection.id.clone(),
        template: known.name.clone(),
        language: known.language.clone(),
        category: known.category.clone(),
        body: body.to_string(),
        text: ready.text.clone(),
        file: LinkedFile::of(&ready.filled),
        target,
        by: caller.key.name.clone(),
        by_key: caller.id(),
        recipients: 0,
        invalid: Vec::new(),
        state: SendState::Active,
        queued: false,
        created_at: now,
        resumed_at: None,
    }
}

/// Records first, then the queue, then the mark. Where this ends in the middle, the same request
/// goes on; what was not yet in the queue was not acknowledged.
async fn write(
    app: &App,
    send: SendRecord,
    recipients: Vec<RecipientRecord>,
    now: Timestamp,
) -> Result<Taken, Refused> {
    let keep = app.settings(now).await?.keep_messages();
    app.store.put_send(&send, &recipients, keep).await?;
    enqueue(app, &send, &recipients, now).await?;
    Ok(Taken::of(send, recipients, false))
}

/// One recipient's task keeps the order of the contact's other messages; more go by one entry that
/// a worker spreads, so that all of them are in the queue or none.
async fn enqueue(
    app: &App,
    send: &SendRecord,
    recipients: &[RecipientRecord],
    now: Timestamp,
) -> Result<(), Refused> {
    let connection = send.connection.clone();
    if let [only] = recipients {
        let settings = app.settings(now).await?;
        let whose = (&connection, &only.number);
        let contact = contacts::by_number(app, whose, &settings, now).await?;
        let task = OutboundTask::Template(TemplateV1 {
            connection,
            send: send.id.clone(),
            n: only.n,
            contact: Some(contact.id.clone()),
            again: false,
        });
        let dedup = send.id.message(only.n);
        let queues = &app.queues;
        queues
            .send_outbound(&contact.id, dedup.as_str(), &task)
            .await?;
    } else {
        let task = OutboundTask::Fanout(FanoutV1 {
            connection,
            send: send.id.clone(),
        });
        app.queues.send_bulk(&[task]).await?;
    }
    // without the mark a repeat enqueues it once more, and nobody gets it twice
    if let Err(error) = app.store.mark_send_queued(&send.id).await {
        tracing::info!(failure.code = %error, send.id = %send.id, "send not marked");
    }
    Ok(())
}

impl Order {
    /// The fingerprint of a body: the same for the same members in any order.
    pub fn fingerprint(body: &serde_json::Value) -> String {
        requests::fingerprint(body)
    }
}
