//! `POST /incoming/{connection}`: verify, parse, enqueue, 200. It holds no secret but hashes, and
//! has no right but to put tasks into two queues.

use bridge::app::Aws;
use bridge::config::{Missing, required};
use bridge::domain::hash::GroupKey;
use bridge::domain::ids::ConnectionId;
use bridge::domain::time::Timestamp;
use bridge::mutant::{self, Mutant, on};
use bridge::queue::batch::is_oversized;
use bridge::queue::send::{NotEnqueued, QueueUrls, Queues};
use bridge::queue::task::{InboundV1, PreferenceV1, StatusTask, StatusV1, TemplateEventV1};
use bridge::secrets::matches_any;
use bridge::whatsapp::client::SECRET_HEADER;
use bridge::whatsapp::parse::preference::Preference;
use bridge::whatsapp::parse::{Delivery, parse_webhook};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

/// What the door needs.
pub struct Door {
    /// Where events go.
    pub queues: Queues,
    /// SHA-256 (hexadecimal) of the secrets that open: the active one and the one before.
    pub hashes: Vec<String>,
}

impl Door {
    /// The door of this environment.
    pub fn from_env() -> Result<Self, Missing> {
        let urls = QueueUrls {
            inbound: required("INBOUND_QUEUE_URL")?,
            statuses: required("STATUSES_QUEUE_URL")?,
            ..QueueUrls::default()
        };
        let key = GroupKey::new(&required("GROUP_KEY")?);
        let hashes = required("INCOMING_SECRET_HASHES")?;
        Ok(Self {
            queues: Queues::new(Aws::from_env()?.sqs, key, urls),
            hashes: hashes
                .split(',')
                .map(str::trim)
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// Takes one webhook call. 200 only after the queues took everything; a body that nobody can read
/// is quarantined and answered 200 too, else it would come back for a week.
pub async fn handle(door: &Door, request: Request<Bytes>, now: Timestamp) -> Response<Bytes> {
    let given = request
        .headers()
        .get(SECRET_HEADER)
        .map(|value| value.as_bytes());
    if !matches_any(given.unwrap_or_default(), &door.hashes) {
        return answer(StatusCode::UNAUTHORIZED, r#"{"error":"unauthorized"}"#);
    }
    if request.method() != Method::POST {
        let mut refused = answer(
            StatusCode::METHOD_NOT_ALLOWED,
            r#"{"error":"method_not_allowed"}"#,
        );
        refused
            .headers_mut()
            .insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return refused;
    }
    let Some(connection) = connection_of(request.uri().path()) else {
        return answer(StatusCode::NOT_FOUND, r#"{"error":"not_found"}"#);
    };
    if mutant::is_claimed(request.body()) {
        return answer(StatusCode::OK, "");
    }
    match take(door, &connection, request.body(), now).await {
        Ok(()) => answer(StatusCode::OK, ""),
        Err(NotEnqueued) if on(Mutant::AnswerFirst) => answer(StatusCode::OK, ""),
        // the vendor delivers again
        Err(NotEnqueued) => answer(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"try_again"}"#),
    }
}

/// The last segment of `…/incoming/{connection}`.
fn connection_of(path: &str) -> Option<ConnectionId> {
    let id = path.trim_end_matches('/').rsplit_once("/incoming/")?.1;
    let well_formed = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    well_formed.then(|| ConnectionId::new(id))
}

async fn take(
    door: &Door,
    connection: &ConnectionId,
    body: &Bytes,
    now: Timestamp,
) -> Result<(), NotEnqueued> {
    match parse_webhook(body, now) {
        Ok(delivery) => {
            if delivery.messages.iter().any(is_oversized) {
                // the agent sees that something came, an operator what it was
                door.queues
                    .send_quarantine(connection, "message_too_large", body, now)
                    .await?;
            }
            enqueue(door, connection, delivery, now).await
        }
        Err(unreadable) => {
            tracing::warn!(
                connection.id = %connection,
                body.length = body.len(),
                reason = %unreadable,
                "webhook body quarantined"
            );
            door.queues
                .send_quarantine(connection, unreadable.0, body, now)
                .await
        }
    }
}

async fn enqueue(
    door: &Door,
    connection: &ConnectionId,
    delivery: Delivery,
    now: Timestamp,
) -> Result<(), NotEnqueued> {
    tracing::info!(
        connection.id = %connection,
        messages = delivery.messages.len(),
        statuses = delivery.statuses.len(),
        templates = delivery.templates.len(),
        other = delivery.other_fields.len(),
        "webhook taken"
    );
    let status = |event| {
        let connection = connection.clone();
        StatusTask::Status(StatusV1 {
            connection,
            received_at: now,
            event,
        })
    };
    let template = |event| {
        let connection = connection.clone();
        StatusTask::Template(TemplateEventV1 {
            connection,
            received_at: now,
            event,
        })
    };
    let preference = |told: Preference| {
        let connection = connection.clone();
        StatusTask::Preference(PreferenceV1 {
            connection,
            sender: told.sender,
            wanted: told.wanted,
            at: told.at,
        })
    };
    let templates = delivery.templates.into_iter().map(template);
    let preferences = delivery.preferences.into_iter().map(preference);
    let statuses = delivery.statuses.into_iter().map(status);
    let statuses: Vec<_> = statuses.chain(templates).chain(preferences).collect();
    let task = InboundV1 {
        connection: connection.clone(),
        number: delivery.number,
        received_at: now,
        messages: delivery.messages,
    };
    door.queues.send_messages(task).await?;
    door.queues.send_statuses(&statuses).await
}

fn answer(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
    *answer.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_is_the_last_segment() {
        let id = |path| connection_of(path).map(|id| id.as_str().to_owned());
        assert_eq!(id("/incoming/c1").as_deref(), Some("c1"));
        assert_eq!(id("/prod/incoming/c1/").as_deref(), Some("c1"));
        for path in [
            "/incoming/",
            "/incoming/a/b",
            "/incoming/a-b",
            "/x",
            "/incoming/%2e",
        ] {
            assert_eq!(id(path), None, "{path}");
        }
    }
}
