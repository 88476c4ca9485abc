//! Calls to the status endpoint: guarded, signed, no redirects, 15 s in all.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::Instant;

use super::forward::Forwarder;
use super::render::render_callback;
use super::sign::SigningSecrets;
use crate::domain::callback::Callback;
use crate::domain::time::Timestamp;
use crate::gate::{Closed, Gates};
use crate::http::{Http, PostError, Rule, TransportError};
use crate::mutant::{Mutant, on};

/// How long one call may take, from the look-up of the name to the head of the answer.
const LIMIT: Duration = Duration::from_secs(15);

/// The one route of an address's gates.
pub(super) const ROUTE: &str = "endpoint";
/// While an address is down it is tried by single calls, so far apart at most.
pub(super) const PROBES: Duration = Duration::from_secs(60);
/// An endpoint that announces more is left alone for so long, but for those that it said it to.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The longest value of the fixed header: with its name it has to fit into a parameter (4 KB).
const LONGEST_VALUE: usize = 3_000;

/// The status endpoint's client.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    gates: Arc<Gates>,
}

/// A fixed header of every call, for endpoints that ask for authorisation (R56). Its value is a
/// secret; stored as one parameter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({})", self.name)
    }
}

impl Header {
    /// What is wrong with it, if anything: a header that cannot be written, or one of ours.
    pub fn fault(&self) -> Option<&'static str> {
        let name = self.name.to_ascii_lowercase();
        let ours = [
            "host",
            "content-type",
            "content-length",
            "user-agent",
            "connection",
        ];
        let ours = ours.contains(&name.as_str()) || name.starts_with("webhook-");
        let hops = [
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "keep-alive",
        ];
        if HeaderName::try_from(&name).is_err() || name.len() > 100 {
            return Some("`name` must be the name of a header, at most 100 characters");
        }
        if ours || hops.contains(&name.as_str()) || name.starts_with("proxy-") {
            return Some("`name` is a header that every call has anyway, or one of the connection");
        }
        let fits = HeaderValue::try_from(&self.value).is_ok();
        let fits = fits && (1..=LONGEST_VALUE).contains(&self.value.len());
        (!fits).then_some("`value` must be 1 to 3000 characters without line breaks")
    }
}

/// Why the endpoint did not take a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The address may not be called.
    #[error("guarded")]
    Guarded(Rule),
    /// The stored secret is none: nothing is sent without a signature.
    #[error("unsigned")]
    Unsigned,
    /// It could not be reached (name, connection, TLS).
    #[error("not_connected")]
    NotConnected,
    /// No answer in time, or the connection broke.
    #[error("no_answer")]
    NoAnswer,
    /// 410: it wants no callbacks any more.
    #[error("http_410")]
    Gone,
    /// Any other answer than 2xx.
    #[error("http_{status}")]
    Refused {
        /// The status.
        status: u16,
        /// What it announced.
        retry_after: Option<Duration>,
    },
}

impl CallbackError {
    /// Whether the same call may succeed later: no answer, or 429 or 5xx.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotConnected | Self::NoAnswer => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500..),
            Self::Guarded(_) | Self::Unsigned | Self::Gone => false,
        }
    }
}

impl Client {
    /// A client that calls through `http`.
    pub fn new(http: Http) -> Self {
        let gates = Arc::new(Gates::probing_every(PROBES));
        Self { http, gates }
    }

    /// How long to leave the endpoint alone, which fails for several callbacks in a row: it is tried
    /// by single calls then. `None` where a call may be made.
    pub fn is_down(&self, now: Timestamp) -> Option<Duration> {
        self.gates.check(ROUTE, now).err().map(Closed::wait)
    }

    /// Posts a callback; gives the status of the answer (2xx).
    pub async fn send_callback(
        &self,
        url: &str,
        (secrets, header): (&SigningSecrets, Option<&Header>),
        callback: &Callback,
        now: Timestamp,
    ) -> Result<u16, CallbackError> {
        let began = Instant::now();
        let sent = self.call(url, (secrets, header), callback, now).await;
        let now = now.plus(began.elapsed());
        tell(&self.gates, (&callback.id(), LONGEST_PAUSE), &sent, now);
        sent
    }

    /// The way to the workspace's former webhook, with gates of its own.
    pub fn forwarder(&self) -> Forwarder {
        Forwarder::new(self.http.clone())
    }

    async fn call(
        &self,
        url: &str,
        (secrets, header): (&SigningSecrets, Option<&Header>),
        callback: &Callback,
        now: Timestamp,
    ) -> Result<u16, CallbackError> {
        let mut id = callback.id();
        if on(Mutant::IdPerTry) {
            id.push_str(&now.millis().to_string());
        }
        let body = Bytes::from(render_callback(callback).to_string());
        let signature = secrets.header(&id, &body, now);
        let signature = signature.ok_or(CallbackError::Unsigned)?;
        let mut headers = HeaderMap::new();
        let mut add = |name: &str, value: &str| {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        };
        add("webhook-id", &id);
        add("webhook-timestamp", &now.seconds().to_string());
        add("webhook-signature", &signature);
        if let Some(Header { name, value }) = header {
            add(name, value);
        }
        post(&self.http, url, (headers, body), now).await
    }
}

/// Tells the gates of an address how a call on behalf of `subject` ended. One that answers is there,
/// whatever it says; one that announces a wait is left alone, for `longest` at most.
pub(super) fn tell(
    gates: &Gates,
    (subject, longest): (&str, Duration),
    sent: &Result<u16, CallbackError>,
    now: Timestamp,
) {
    match sent {
        Err(CallbackError::Refused {
            status: 429 | 503,
            retry_after: Some(wait),
        }) => gates.throttle(ROUTE, now, (*wait).min(longest)),
        Err(error) if error.is_passing() => gates.failed_for(now, subject),
        // it is not the address that says so
        Err(CallbackError::Guarded(_) | CallbackError::Unsigned) => {}
        _ => gates.answered(ROUTE),
    }
}

/// Posts JSON; gives the status of the answer (2xx).
pub(super) async fn post(
    http: &Http,
    url: &str,
    (mut headers, body): (HeaderMap, Bytes),
    now: Timestamp,
) -> Result<u16, CallbackError> {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let posted = http.post_public(url, headers, (body, LIMIT)).await;
    let answer = posted.map_err(|error| match error {
        PostError::Guarded(rule) => CallbackError::Guarded(rule),
        PostError::Transport(TransportError::NotConnected) => CallbackError::NotConnected,
        PostError::Transport(TransportError::Lost) => CallbackError::NoAnswer,
    })?;
    match answer.status() {
        status if status.is_success() => Ok(status.as_u16()),
        StatusCode::GONE => Err(CallbackError::Gone),
        status => Err(CallbackError::Refused {
            status: status.as_u16(),
            retry_after: retry_after(answer.headers(), now),
        }),
    }
}

/// What `Retry-After` announces: seconds, or a date (RFC 9110, §10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if let Some(wait) = crate::http::retry_after(headers) {
        return Some(wait);
    }
    let date = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let date = OffsetDateTime::parse(date, &Rfc2822).ok()?;
    Some(Timestamp::from_seconds(date.unix_timestamp()).since(now))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http::{Request, Response};

    use super::*;
    use crate::domain::callback::{About, Kind, Route};
    use crate::domain::ids::PostId;

    fn callback() -> Callback {
        Callback {
            message: PostId::new("m1"),
            part: 0,
            status: "sent".to_owned(),
            at: Timestamp::from_seconds(5),
            wamid: None,
            error: None,
            about: About {
                kind: Kind::Regular,
                text: "Olá".to_owned(),
                route: Route::default(),
            },
            test: false,
        }
    }

    /// One call, answered with `answer`: what was asked, and how it ended.
    async fn call(answer: Response<Bytes>) -> (Request<Bytes>, Result<u16, CallbackError>) {
        let seen = Arc::new(Mutex::new(None));
        let (keep, answer) = (Arc::clone(&seen), Mutex::new(Some(answer)));
        let http = Http::InProcess(Arc::new(move |request| {
            *keep.lock().unwrap() = Some(request);
            let answer = answer.lock().unwrap().take().unwrap();
            Box::pin(async move { Ok(answer) })
        }));
        let secrets =
            SigningSecrets::new("0123456789012345678901234567", Timestamp::from_seconds(0));
        let header = Header {
            name: "Authorization".to_owned(),
            value: "Bearer x".to_owned(),
        };
        let sent = Client::new(http)
            .send_callback(
                "https://status.example/hook?a=b",
                (&secrets, Some(&header)),
                &callback(),
                Timestamp::from_seconds(1_780_000_000),
            )
            .await;
        let request = seen.lock().unwrap().take().unwrap();
        (request, sent)
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Response<Bytes> {
        let mut answer = Response::builder().status(status);
        if let Some(wait) = retry_after {
            answer = answer.header(RETRY_AFTER, wait);
        }
        answer.body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn a_callback_is_signed_json() {
        let (request, sent) = call(answer(204, None)).await;
        assert_eq!(sent, Ok(204));
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://status.example/hook?a=b");
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("webhook-id"), callback().id());
        assert_eq!(header("webhook-timestamp"), "1780000000");
        assert!(header("webhook-signature").starts_with("v1,"));
        assert_eq!(header("authorization"), "Bearer x");
        assert_eq!(header("content-type"), "application/json");
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["message"], "Olá");
    }

    #[tokio::test]
    async fn every_other_answer_says_what_to_do() {
        let refused = |status, seconds: Option<u64>| {
            let retry_after = seconds.map(Duration::from_secs);
            Err(CallbackError::Refused {
                status,
                retry_after,
            })
        };
        for (given, wanted) in [
            (answer(200, None), Ok(200)),
            (answer(299, None), Ok(299)),
            (answer(410, None), Err(CallbackError::Gone)),
            (answer(302, None), refused(302, None)),
            (answer(404, Some("soon")), refused(404, None)),
            (answer(429, Some("7")), refused(429, Some(7))),
            // 30 s after the call
            (
                answer(503, Some("Thu, 28 May 2026 20:27:10 GMT")),
                refused(503, Some(30)),
            ),
        ] {
            assert_eq!(call(given).await.1, wanted);
        }
    }

    #[test]
    fn a_header_of_ours_cannot_be_given() {
        let fault = |name: &str, value: &str| {
            let (name, value) = (name.to_owned(), value.to_owned());
            Header { name, value }.fault().is_some()
        };
        assert!(!fault("Authorization", "Bearer x"));
        assert!(!fault("X-Api-Key", "k"));
        for name in [
            "",
            "a b",
            "Host",
            "webhook-signature",
            "Content-Length",
            "TE",
        ] {
            assert!(fault(name, "x"), "{name}");
        }
        assert!(fault("X-Key", ""));
        assert!(fault("X-Key", "a\r\nHost: b"));
    }
}
