//! The stack's custom resource. CloudFormation asks; the answer goes to a presigned URL, always:
//! an answer that never comes would hold the stack for the resource's whole time-out.
//!
//! Create and Update make the secrets that the rest of the stack is wired with, Delete undoes
//! what the stack did outside itself.

pub mod event;
mod make;
mod undo;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bridge::app::{Aws, Ids};
use bridge::config::{Missing, WHATSAPP_URL, optional, required};
use bridge::domain::time::Timestamp;
use bridge::files::Files;
use bridge::http::Http;
use bridge::secrets::{Secret, Secrets};
use bridge::store::Store;
use bridge::whatsapp;
use bytes::Bytes;
use futures::FutureExt as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use event::{Ask, Outcome, Request, render_answer};

/// What making and undoing need.
pub struct Setup {
    /// The table.
    pub store: Store,
    /// The secret store.
    pub secrets: Secrets,
    /// The path below which the stack's secrets are.
    pub prefix: String,
    /// 360dialog.
    pub whatsapp: whatsapp::Client,
    /// The transport to Rocket.Chat.
    pub http: Http,
    /// The workspace.
    pub rocketchat_url: String,
    /// The bot.
    pub rocketchat_user_id: String,
    /// What people uploaded; absent where the stack has no bucket.
    pub files: Option<Files>,
    /// New secrets.
    pub ids: Ids,
}

impl Setup {
    /// The setup of this environment.
    pub fn from_env(http: &Http) -> Result<Self, Missing> {
        let aws = Aws::from_env_with(optional("FILES_BUCKET").as_deref())?;
        let prefix = required("PARAMETER_PREFIX")?;
        let whatsapp_url = optional("WHATSAPP_URL").unwrap_or_else(|| WHATSAPP_URL.to_owned());
        let bucket = aws.bucket.clone();
        Ok(Self {
            files: bucket.map(|bucket| Files::new(http.clone(), bucket)),
            store: Store::new(aws.dynamodb, &required("TABLE_NAME")?),
            secrets: Secrets::new(aws.ssm, &prefix),
            prefix,
            whatsapp: whatsapp::Client::new(http.clone(), &whatsapp_url),
            http: http.clone(),
            rocketchat_url: required("ROCKETCHAT_URL")?,
            rocketchat_user_id: required("ROCKETCHAT_USER_ID")?,
            ids: Ids::Random,
        })
    }
}

/// CloudFormation got no answer: Lambda shall try again (everything here is safe to repeat).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cloudformation_not_answered")]
pub struct NotAnswered;

/// How long before the invocation's deadline the answer goes out, whatever the work has come to.
pub const SPARE: Duration = Duration::from_secs(5);

/// Works off one request and answers it, at the latest soon after `until`.
pub async fn handle(
    setup: &Result<Setup, Missing>,
    http: &Http,
    event: Value,
    until: Instant,
    now: Timestamp,
) -> Result<(), NotAnswered> {
    let request = Request::parse(event);
    let work = AssertUnwindSafe(run(setup, &request, now)).catch_unwind();
    let outcome = match timeout_at(until, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Outcome::Failed("stack-setup crashed; its log says where.".to_owned()),
        Err(_) => Outcome::Failed("stack-setup ran out of time. Try again.".to_owned()),
    };
    // a stack must always be deletable
    let outcome = match outcome {
        Outcome::Failed(reason) if request.ask == Some(Ask::Delete) => {
            Outcome::Undone(vec![reason])
        }
        other => other,
    };
    log(&request, &outcome);
    let answer = render_answer(&request, &outcome).to_string();
    let url = request.response_url.as_ref().ok_or(NotAnswered)?;
    send_answer(http, url, &answer).await
}

async fn run(setup: &Result<Setup, Missing>, request: &Request, now: Timestamp) -> Outcome {
    let setup = match setup {
        Ok(setup) => setup,
        Err(missing) => return Outcome::Failed(format!("stack-setup cannot start: {missing}.")),
    };
    match request.ask {
        Some(Ask::Create | Ask::Update) => match make::make(setup, request, now).await {
            Ok(attributes) => Outcome::Made(attributes),
            Err(error) => Outcome::Failed(error.to_string()),
        },
        Some(Ask::Delete) => Outcome::Undone(undo::undo(setup, request, now).await),
        None => Outcome::Failed("Unknown RequestType.".to_owned()),
    }
}

fn log(request: &Request, outcome: &Outcome) {
    let ask = request.ask;
    match outcome {
        Outcome::Made(_) => tracing::info!(?ask, "secrets are in place"),
        Outcome::Undone(left) => {
            tracing::info!(?ask, left = left.len(), "undone");
            for left in left {
                tracing::warn!(event = "left_behind", "{left}");
            }
        }
        Outcome::Failed(reason) => tracing::error!(?ask, reason, "request failed"),
    }
}

/// How often the answer is tried, and how long each try may take: all of it fits into [`SPARE`].
const TRIES: u32 = 3;
const ANSWER: Duration = Duration::from_millis(1500);

/// Puts the answer. The presigned URL covers an empty content type, so none is sent.
async fn send_answer(http: &Http, url: &Secret, answer: &str) -> Result<(), NotAnswered> {
    for _ in 0..TRIES {
        let request = http::Request::put(url.reveal()).body(Bytes::from(answer.to_owned()));
        let request = request.map_err(|_| NotAnswered)?;
        match http.send(request, ANSWER).await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => {
                tracing::warn!(status = answer.status().as_u16(), "answer was not taken");
            }
            Err(error) => tracing::warn!(%error, "answer was not delivered"),
        }
    }
    Err(NotAnswered)
}
