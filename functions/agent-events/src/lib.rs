//! `POST /rocketchat/events`: Rocket.Chat's Omnichannel webhook. Verify, parse, enqueue, 200 with
//! an empty body (its text would be stored on the room and come back with every event).

mod pass_on;

use bridge::app::Aws;
use bridge::config::{Missing, required};
use bridge::domain::hash::{GroupKey, sha256_hex};
use bridge::domain::ids::UserId;
use bridge::domain::time::Timestamp;
use bridge::queue::send::{NotEnqueued, QueueUrls, Queues};
use bridge::queue::task::{AgentV1, AskedV1, ClosedV1, OutboundTask};
use bridge::rocketchat::client::TOKEN_HEADER;
use bridge::rocketchat::parse::{AgentEvent, AgentEventKind, parse_event};
use bridge::secrets::matches_any;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

/// What the door needs.
pub struct Door {
    /// Where events go.
    pub queues: Queues,
    /// SHA-256 (hexadecimal) of the tokens that open: the active one and the one before.
    pub hashes: Vec<String>,
    /// Our own bot, whose messages come back as events.
    pub bot: UserId,
}

impl Door {
    /// The door of this environment.
    pub fn from_env() -> Result<Self, Missing> {
        let urls = QueueUrls {
            outbound: required("OUTBOUND_QUEUE_URL")?,
            callbacks: required("CALLBACKS_QUEUE_URL")?,
            ..QueueUrls::default()
        };
        let key = GroupKey::new(&required("GROUP_KEY")?);
        let hashes = required("AGENT_EVENTS_TOKEN_HASHES")?;
        Ok(Self {
            queues: Queues::new(Aws::from_env()?.sqs, key, urls),
            hashes: hashes
                .split(',')
                .map(str::trim)
                .map(str::to_owned)
                .collect(),
            bot: UserId::new(required("ROCKETCHAT_USER_ID")?),
        })
    }
}

/// Takes one event. Rocket.Chat counts only exactly 200, retries 429 and 5xx a few times from
/// memory, and drops the event for good on anything else.
pub async fn handle(door: &Door, request: Request<Bytes>, now: Timestamp) -> Response<Bytes> {
    let given = request
        .headers()
        .get(TOKEN_HEADER)
        .map(|value| value.as_bytes());
    if !matches_any(given.unwrap_or_default(), &door.hashes) {
        return answer(StatusCode::UNAUTHORIZED);
    }
    if request.method() != Method::POST {
        let mut refused = answer(StatusCode::METHOD_NOT_ALLOWED);
        refused
            .headers_mut()
            .insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return refused;
    }
    let events = match parse_event(request.body(), &door.bot) {
        Ok(events) => events,
        Err(unreadable) => {
            // nothing that Rocket.Chat sends again would be any better: kept for an operator
            tracing::error!(
                body.length = request.body().len(),
                body.sha256 = %sha256_hex(request.body()),
                reason = %unreadable,
                "agent event could not be read"
            );
            return match door.queues.send_unreadable_event(request.body()).await {
                Ok(()) => answer(StatusCode::OK),
                Err(NotEnqueued) => answer(StatusCode::SERVICE_UNAVAILABLE),
            };
        }
    };
    for event in events {
        if let Err(NotEnqueued) = enqueue(door, event, now).await {
            return answer(StatusCode::SERVICE_UNAVAILABLE);
        }
    }
    // ours is safe: where this fails Rocket.Chat repeats the event, and ours is known by its ids
    let wanted = pass_on::is_wanted(&request);
    if wanted
        && pass_on::hand_on(&door.queues, request.body())
            .await
            .is_err()
    {
        return answer(StatusCode::SERVICE_UNAVAILABLE);
    }
    answer(StatusCode::OK)
}

async fn enqueue(door: &Door, event: AgentEvent, now: Timestamp) -> Result<(), NotEnqueued> {
    let AgentEvent {
        connection,
        contact,
        token,
        room,
        kind,
    } = event;
    match kind {
        AgentEventKind::Said(message) => {
            let task = AgentV1 {
                connection,
                contact,
                token,
                room,
                received_at: now,
                message,
            };
            door.queues.send_agent_message(task).await
        }
        AgentEventKind::Asked { message, words } => {
            let dedup = format!("asked#{message}");
            let task = OutboundTask::Asked(AskedV1 {
                connection,
                contact: contact.clone(),
                token,
                room,
                message,
                words,
            });
            door.queues.send_outbound(&contact, &dedup, &task).await
        }
        AgentEventKind::Closed { by_visitor, at } => {
            let dedup = format!("closed#{room}");
            let task = OutboundTask::Closed(ClosedV1 {
                connection,
                contact: contact.clone(),
                token,
                room,
                by_visitor,
                closed_at: at.unwrap_or(now),
            });
            door.queues.send_outbound(&contact, &dedup, &task).await
        }
    }
}

fn answer(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}
