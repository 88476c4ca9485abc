//! From an HTTP request to a route's answer: outages, sign-in, limiter, permission, route.

use std::future::pending;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::RocketChat;
use super::answer::{Answer, Refusal, Reply};
use super::delivery::call as call_out;
use super::faults::Outage;
use super::limiter::{Limit, Verdict, seconds_until};
use super::options::Version;
use super::routes::{Access, Call, Route, find, may};
use super::state::State;

/// What became of a call.
enum Outcome {
    Answered(Answer, Option<Verdict>),
    Failed(Outage),
}

/// Answers one request.
pub(crate) async fn answer(desk: RocketChat, request: Request) -> Response<Body> {
    let mut call = Call::read(request).await;
    let outcome = run(&mut desk.lock(), &mut call);
    desk.changed();
    match outcome {
        Outcome::Answered(answer, verdict) => {
            let answer = match answer {
                Ok(Reply::Ask(request, limit_ms)) => ask(&desk, *request, limit_ms).await,
                other => other,
            };
            let mut response = written(answer);
            if let Some(verdict) = verdict {
                rate_headers(response.headers_mut(), verdict);
            }
            response
        }
        Outcome::Failed(Outage::Silence | Outage::SilenceAfter) => pending().await,
        Outcome::Failed(outage) => failed(outage, desk.lock().now()),
    }
}

fn run(state: &mut State, call: &mut Call) -> Outcome {
    let found = find(&call.method, &call.path);
    if let Ok((route, _)) = &found {
        *state.calls.entry(route.name.to_owned()).or_default() += 1;
    }
    let name = found.as_ref().map_or("", |(route, _)| route.name);
    let outage = state.faults.take(name);
    if let Some(outage) = outage.filter(|outage| !outage.takes_effect()) {
        return Outcome::Failed(outage);
    }
    let (route, params) = match found {
        Ok(found) => found,
        Err(path_exists) => {
            state.unknown.push(format!("{} {}", call.method, call.path));
            return Outcome::Answered(Err(Refusal::unknown_route(path_exists)), None);
        }
    };
    call.params = params;
    call.user = signed_in(state, call);
    let (answer, verdict) = admitted(state, call, &route);
    match outage {
        Some(outage) => Outcome::Failed(outage),
        None => Outcome::Answered(answer, verdict),
    }
}

/// The account of the auth headers, if they are right.
fn signed_in(state: &State, call: &Call) -> Option<String> {
    let (id, token) = (call.header("x-user-id")?, call.header("x-auth-token")?);
    let user = state
        .user(id)
        .filter(|user| user.tokens.iter().any(|mine| mine == token))?;
    Some(user.id.clone())
}

fn admitted(state: &mut State, call: &Call, route: &Route) -> (Answer, Option<Verdict>) {
    let open = matches!(route.access, Access::Anybody);
    if !open && call.user.is_none() {
        return (Err(Refusal::signed_out(state.version)), None);
    }
    let verdict = limited(state, call, route);
    if let Some(verdict) = verdict.filter(|verdict| !verdict.allowed) {
        let seconds = seconds_until(verdict.reset_ms, state.now());
        return (Err(Refusal::throttled(seconds)), Some(verdict));
    }
    if let Access::May(permission) = route.access
        && !may(state, call.user.as_deref(), permission)
    {
        return (Err(Refusal::not_allowed(state.version)), verdict);
    }
    ((route.handler)(state, call), verdict)
}

/// Counts the call, unless its route has no limit or the caller bypasses it.
fn limited(state: &mut State, call: &Call, route: &Route) -> Option<Verdict> {
    if !route.is_api() || !state.flag("API_Enable_Rate_Limiter") {
        return None;
    }
    // Before 8.0 the caller of a route that needs no auth is nobody to the limiter.
    let known = state.version == Version::V8 || !matches!(route.access, Access::Anybody);
    if known && may(state, call.user.as_deref(), "api-bypass-rate-limit") {
        return None;
    }
    let limit = if route.five_a_minute && state.version != Version::V6_0 {
        Limit {
            calls: 5,
            window_ms: 60_000,
        }
    } else {
        Limit {
            calls: state
                .number("API_Enable_Rate_Limiter_Limit_Calls_Default")
                .try_into()
                .unwrap_or(0),
            window_ms: state.number("API_Enable_Rate_Limiter_Limit_Time_Default"),
        }
    };
    let now = state.now();
    Some(state.limiter.count(&call.ip, route.name, limit, now))
}

/// The webhook test: the answer depends on somebody else's.
async fn ask(desk: &RocketChat, request: http::Request<Bytes>, limit_ms: u64) -> Answer {
    let refused = Refusal::plain("error-invalid-webhook-response");
    let Some(outbound) = desk.outbound() else {
        return Err(refused);
    };
    match call_out(&outbound, request, Duration::from_millis(limit_ms)).await {
        Ok(response) if response.status() == StatusCode::OK => Ok(Reply::Json(json!({}))),
        _ => Err(refused),
    }
}

fn written(answer: Answer) -> Response<Body> {
    let (status, body) = match answer {
        Ok(Reply::Json(mut body)) => {
            body["success"] = json!(true);
            (StatusCode::OK, body)
        }
        Ok(Reply::Bare(body)) => (StatusCode::OK, body),
        Ok(Reply::Raw(status, headers, bytes)) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            return response;
        }
        // Taken care of before: only the webhook test asks.
        Ok(Reply::Ask(..)) => (StatusCode::OK, json!({ "success": true })),
        Err(refusal) => (refusal.status, refusal.body),
    };
    typed(status, "application/json", body.to_string())
}

fn typed(status: StatusCode, mime: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    response
}

fn rate_headers(headers: &mut HeaderMap, verdict: Verdict) {
    let pairs = [
        ("x-ratelimit-limit", verdict.limit.to_string()),
        ("x-ratelimit-remaining", verdict.remaining.to_string()),
        ("x-ratelimit-reset", verdict.reset_ms.to_string()),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn failed(outage: Outage, now: i64) -> Response<Body> {
    match outage {
        Outage::Status(status) | Outage::StatusAfter(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            typed(
                status,
                "text/plain",
                format!("upstream answered {}", status.as_u16()),
            )
        }
        Outage::Failing => written(Err(Refusal::plain("not primary"))),
        Outage::Throttled { reset_ms } => {
            let refusal = Refusal::throttled(seconds_until(reset_ms, now));
            let mut response = written(Err(refusal));
            let verdict = Verdict {
                limit: 10,
                remaining: 0,
                reset_ms,
                allowed: false,
            };
            rate_headers(response.headers_mut(), verdict);
            response
        }
        Outage::Html | Outage::Silence | Outage::SilenceAfter => {
            let page =
                "<!DOCTYPE html><html><head><title>Loading</title></head><body></body></html>";
            typed(StatusCode::OK, "text/html; charset=utf-8", page.to_owned())
        }
    }
}

/// The whole body; an unreadable one is empty.
pub(crate) async fn body_bytes(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}

/// A JSON body; anything else is null.
pub(crate) fn parsed(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap_or(Value::Null)
}
