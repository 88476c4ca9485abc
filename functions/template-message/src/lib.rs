//! `POST /templateMessage`, as users of Rocket.Chat's own WhatsApp app know it: the same body, the
//! same answers, the same error texts (reference: Rocket.Chat, §6.1), and what is new beside them.
//! See [`bridge::flows::sends`].

mod order;

use bridge::app::App;
use bridge::domain::time::Timestamp;
use bridge::flows::api_keys::{BULK, SEND, authorise, bearer};
use bridge::flows::refused::{Refused, Why};
use bridge::flows::requests::key_of;
use bridge::flows::sends::{Taken, take};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

/// Bodies above this are refused: 250 numbers and a template are a tenth of it.
const LARGEST_BODY: usize = 256 * 1024;
/// The header that names a request, so that a repeat is known as one.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Takes one call. 200 only after everybody's task is in the queue.
pub async fn handle(app: &App, request: Request<Bytes>, now: Timestamp) -> Response<Bytes> {
    let Some(key) = key_of_path(request.uri().path()) else {
        return refusal(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this path.",
            None,
        );
    };
    if request.method() != Method::POST {
        let message = "This path takes POST only.";
        let mut answer = refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
            None,
        );
        let allowed = HeaderValue::from_static("POST");
        answer.headers_mut().insert(header::ALLOW, allowed);
        return answer;
    }
    match send(app, (request.headers(), key), request.body(), now).await {
        Ok((taken, dry_run)) => accepted(&taken, dry_run),
        Err(refused) => answer_of(&refused),
    }
}

/// The key that stands in a path of the original's shape,
/// `/api/apps/{public|private}/{appId}/[{key}/]templateMessage`; `None` for other paths.
fn key_of_path(path: &str) -> Option<Option<&str>> {
    let head = path
        .trim_end_matches('/')
        .strip_suffix("/templateMessage")?;
    let Some((_, app)) = head.split_once("/api/apps/") else {
        // at most the gateway's stage
        return (head.matches('/').count() <= 1).then_some(None);
    };
    let parts: Vec<_> = app.split('/').collect();
    match parts.as_slice() {
        ["public" | "private", id] if !id.is_empty() => Some(None),
        ["public" | "private", id, key] if !id.is_empty() && !key.is_empty() => Some(Some(*key)),
        _ => None,
    }
}

async fn send(
    app: &App,
    (headers, in_path): (&HeaderMap, Option<&str>),
    body: &Bytes,
    now: Timestamp,
) -> Result<(Taken, bool), Refused> {
    let given = headers.get(header::AUTHORIZATION);
    let in_header = given.and_then(|value| bearer(value.to_str().ok()?));
    let caller = authorise(app, in_header.or(in_path), &[SEND, BULK], now).await?;
    if body.len() > LARGEST_BODY {
        let message = "The body is larger than 256 KB. Send less.";
        return Err(Refused::new(Why::TooLarge, "body_too_large", message));
    }
    let mut order = order::parse(body)?;
    order.key = idempotency_key(headers)?;
    let taken = take(app, &caller, &order, now).await?;
    tracing::info!(
        send.id = taken.id.as_ref().map(tracing::field::display),
        recipients = taken.recipients.len(),
        invalid = taken.invalid.len(),
        replayed = taken.replayed,
        "send taken"
    );
    Ok((taken, order.dry_run))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let given = headers.get(IDEMPOTENCY_KEY);
    key_of(given.map(|value| value.to_str().unwrap_or_default()))
}

/// The original's answer, with what is new beside it.
fn accepted(taken: &Taken, dry_run: bool) -> Response<Bytes> {
    let mut body = json!({ "success": true });
    if !taken.invalid.is_empty() {
        body["invalidContacts"] = json!(taken.invalid);
    }
    let one = |recipient: &bridge::domain::send::RecipientRecord| {
        let mut one = json!({ "phoneNumber": recipient.given });
        if let Some(id) = &taken.id {
            one["id"] = json!(id.message(recipient.n));
        }
        one
    };
    body["recipients"] = taken.recipients.iter().map(one).collect();
    if let Some(id) = &taken.id {
        body["id"] = json!(id);
    }
    if dry_run {
        body["dryRun"] = json!(true);
        body["text"] = json!(taken.text);
        body["category"] = json!(taken.category);
    }
    let mut answer = json_of(StatusCode::OK, &body);
    if taken.replayed {
        let replayed = HeaderValue::from_static("true");
        answer
            .headers_mut()
            .insert("idempotency-replayed", replayed);
    }
    answer
}

fn answer_of(refused: &Refused) -> Response<Bytes> {
    let status = match refused.why {
        Why::Invalid | Why::NotFound => StatusCode::BAD_REQUEST,
        Why::Unauthorized => StatusCode::UNAUTHORIZED,
        Why::Forbidden => StatusCode::FORBIDDEN,
        Why::Conflict => StatusCode::CONFLICT,
        Why::Mismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Why::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Why::Unavailable => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let help = refused.help.as_deref();
    if refused.why != Why::Unavailable {
        let mut answer = refusal(status, refused.code, &refused.message, help);
        let (name, value) = match refused.why {
            Why::Unauthorized => (header::WWW_AUTHENTICATE, "Bearer"),
            Why::Conflict => (header::RETRY_AFTER, "30"),
            _ => return answer,
        };
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
        return answer;
    }
    tracing::error!(error.code = refused.code, "send not taken");
    let message = format!(
        "Error occurred while processing request. Details: {}",
        refused.message
    );
    let mut answer = refusal(status, refused.code, &message, help);
    let soon = HeaderValue::from_static("2");
    answer.headers_mut().insert(header::RETRY_AFTER, soon);
    answer
}

fn refusal(status: StatusCode, code: &str, message: &str, help: Option<&str>) -> Response<Bytes> {
    let mut body = json!({ "success": false, "error": message, "code": code });
    if let Some(help) = help {
        body["help"] = json!(help);
    }
    json_of(status, &body)
}

fn json_of(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_paths_are_known() {
        let app = "87cf50f2-2db4-4e05-a8fd-135ad24f9c08";
        for (path, key) in [
            ("/templateMessage", None),
            ("/prod/templateMessage/", None),
            (&*format!("/api/apps/public/{app}/templateMessage"), None),
            (
                &*format!("/api/apps/private/{app}/k3y/templateMessage"),
                Some("k3y"),
            ),
            (
                &*format!("/prod/api/apps/public/{app}/k3y/templateMessage"),
                Some("k3y"),
            ),
        ] {
            assert_eq!(key_of_path(path), Some(key), "{path}");
        }
        for path in [
            "/templatemessage",
            "/a/b/templateMessage",
            "/api/apps/secret/x/templateMessage",
            "/api/apps/private/templateMessage",
            "/api/apps/private/x/y/z/templateMessage",
            "/api/apps/private//k/templateMessage",
        ] {
            assert_eq!(key_of_path(path), None, "{path}");
        }
    }
}
