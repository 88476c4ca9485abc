//! One way out to the internet, with our own time limit around it: over the network, or straight
//! into a handler (tests and simulation, where time is virtual). Addresses that users give us are
//! called by [`Http::fetch_public`] and [`Http::post_public`] only.

pub mod multipart;
mod public;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};

pub use public::{Hosts, Rule, check as check_public};
pub use stream::{Broken, Chunks, Meter, between, ending};

/// Answers larger than this are not read (our neighbours' JSON is far smaller).
pub const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request surely never reached the other side (DNS, connect, TLS).
    #[error("not connected")]
    NotConnected,
    /// It may have reached the other side: time ran out, the connection broke, or the answer
    /// could not be read.
    #[error("answer lost")]
    Lost,
}

/// A handler that stands in for the network.
pub type InProcess = Arc<
    dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>>
        + Send
        + Sync,
>;

/// The transport of all outgoing calls. Cheap to clone.
#[derive(Clone)]
pub enum Http {
    /// Real connections: TLS verified, no redirects, no proxy from the environment.
    Network {
        /// To our neighbours.
        own: reqwest::Client,
        /// To addresses that users give us: public ones only.
        public: reqwest::Client,
        /// Hosts that are called although they are not public.
        hosts: Hosts,
    },
    /// A handler in this process.
    InProcess(InProcess),
}

impl Http {
    /// Connections over the network. Fails where the root certificates cannot be read.
    pub fn network() -> Result<Self, TransportError> {
        Self::network_allowing(Hosts::default())
    }

    /// The same, where `hosts` may be called although they are not public.
    pub fn network_allowing(hosts: Hosts) -> Result<Self, TransportError> {
        let resolver = public::Resolver::new(hosts.clone());
        let public = client().dns_resolver(Arc::new(resolver)).build();
        let built = client().build().and_then(|own| {
            Ok(Self::Network {
                own,
                public: public?,
                hosts,
            })
        });
        built.map_err(|_| TransportError::NotConnected)
    }

    /// Whether [`Http::fetch_public`] may call an address, as far as its text tells.
    pub fn is_public(url: &str) -> bool {
        public::check(url, &Hosts::default()).is_ok()
    }

    /// Posts to an address that a user gave. Only the head of the answer counts: its body is read to
    /// 64 KB and for a second, so that the connection can be used again, and thrown away. The head
    /// has to come within `limit`.
    pub async fn post_public(
        &self,
        url: &str,
        headers: HeaderMap,
        (body, limit): (Bytes, Duration),
    ) -> Result<Response<()>, PostError> {
        let none = Hosts::default();
        let hosts = match self {
            Self::Network { hosts, .. } => hosts,
            Self::InProcess(_) => &none,
        };
        let url = public::check(url, hosts)?;
        let mut request = Request::post(url.as_str()).body(body);
        if let Ok(request) = &mut request {
            *request.headers_mut() = headers;
        }
        let request = request.map_err(|_| Rule("it is no URL"))?;
        match self {
            Self::Network { public, .. } => head_of(public, request, limit).await,
            Self::InProcess(handler) => {
                let answer = tokio::time::timeout(limit, handler(request)).await;
                Ok(answer.unwrap_or(Err(TransportError::Lost))?.map(drop))
            }
        }
    }

    /// Fetches a file from an address that a user gave: `https` on a public address, no redirects,
    /// no more than `most` bytes. What the address resolves to is what is called.
    pub async fn fetch_public(
        &self,
        url: &str,
        most: usize,
        limit: Duration,
    ) -> Result<Response<Bytes>, FetchError> {
        let none = Hosts::default();
        let url = public::check(url, &none).map_err(|_| FetchError::NotPublic)?;
        let request = Request::get(url.as_str()).body(Bytes::new());
        let request = request.map_err(|_| FetchError::NotPublic)?;
        let answer = async {
            match self {
                Self::Network { public, .. } => over_network(public, request, most).await,
                Self::InProcess(handler) => handler(request).await.map_err(NoAnswer::from),
            }
        };
        let answer = tokio::time::timeout(limit, answer).await;
        match answer.unwrap_or(Err(NoAnswer::Transport(TransportError::Lost))) {
            Ok(answer) if answer.body().len() > most => Err(FetchError::TooLarge),
            Ok(answer) if answer.status().is_success() => Ok(answer),
            Ok(answer) => Err(FetchError::Refused(answer.status().as_u16())),
            Err(NoAnswer::TooLarge) => Err(FetchError::TooLarge),
            Err(NoAnswer::Transport(_)) => Err(FetchError::NoAnswer),
        }
    }

    /// Sends `request` and reads the whole answer, within `limit`. Every status is an answer.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.send_for(request, LARGEST_ANSWER, limit).await
    }

    /// The same for an answer of at most `most` bytes.
    pub async fn send_for(
        &self,
        request: Request<Bytes>,
        most: usize,
        limit: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let answer = async {
            match self {
                Self::Network { own, .. } => over_network(own, request, most)
                    .await
                    .map_err(TransportError::from),
                Self::InProcess(handler) => handler(request).await,
            }
        };
        tokio::time::timeout(limit, answer)
            .await
            .unwrap_or(Err(TransportError::Lost))
    }
}

/// Why a file could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is no `https` URL on a public host.
    #[error("address_not_public")]
    NotPublic,
    /// It is larger than it may be.
    #[error("file_too_large")]
    TooLarge,
    /// The server said no, with this status.
    #[error("file_refused_{0}")]
    Refused(u16),
    /// No answer, or only a part of it. The address may also resolve to one that is not public.
    #[error("file_not_reachable")]
    NoAnswer,
}

/// Why a post has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The address may not be called.
    #[error("address_not_public")]
    Guarded(#[from] Rule),
    /// No answer.
    #[error("{0}")]
    Transport(#[from] TransportError),
}

/// How much of an answer that nobody reads is waited for.
const DRAINED: (usize, Duration) = (64 * 1024, Duration::from_secs(1));

async fn head_of(
    client: &reqwest::Client,
    request: Request<Bytes>,
    limit: Duration,
) -> Result<Response<()>, PostError> {
    let request = request
        .try_into()
        .map_err(|_| TransportError::NotConnected)?;
    let answer = tokio::time::timeout(limit, client.execute(request)).await;
    let answer = answer.map_err(|_| TransportError::Lost)?;
    let mut answer = answer.map_err(failed)?;
    let mut head = Response::new(());
    *head.status_mut() = answer.status();
    *head.headers_mut() = std::mem::take(answer.headers_mut());
    let (most, limit) = DRAINED;
    let drain = async {
        let mut read = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read > most {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limit, drain).await;
    Ok(head)
}

fn failed(error: reqwest::Error) -> PostError {
    match public::rule_behind(&error) {
        Some(rule) => rule.into(),
        None => transport_of(&error).into(),
    }
}

fn transport_of(error: &reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotConnected
    } else {
        TransportError::Lost
    }
}

/// Why there is no (whole) answer.
enum NoAnswer {
    Transport(TransportError),
    TooLarge,
}

impl From<TransportError> for NoAnswer {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<NoAnswer> for TransportError {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Transport(error) => error,
            NoAnswer::TooLarge => Self::Lost,
        }
    }
}

fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(3))
        // shorter than the idle time-out of common load balancers (60 s), so that a frozen
        // environment does not wake up to a dead connection
        .pool_idle_timeout(Duration::from_secs(50))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("bridge360/", env!("CARGO_PKG_VERSION")))
}

async fn over_network(
    client: &reqwest::Client,
    request: Request<Bytes>,
    most: usize,
) -> Result<Response<Bytes>, NoAnswer> {
    let request = request
        .try_into()
        .map_err(|_| TransportError::NotConnected)?;
    read_whole(client.execute(request).await, most).await
}

async fn read_whole(
    answer: Result<reqwest::Response, reqwest::Error>,
    most: usize,
) -> Result<Response<Bytes>, NoAnswer> {
    let mut answer = answer.map_err(|error| transport_of(&error))?;
    let mut head = Response::builder().status(answer.status());
    if let Some(headers) = head.headers_mut() {
        *headers = std::mem::take(answer.headers_mut());
    }
    let announced = answer.content_length().unwrap_or(0).min(most as u64);
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = answer.chunk().await.map_err(|_| TransportError::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(NoAnswer::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    head.body(Bytes::from(body))
        .map_err(|_| TransportError::Lost.into())
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Network { .. } => "Http(network)",
            Self::InProcess(_) => "Http(in process)",
        })
    }
}

/// The seconds of a `Retry-After` header; dates are not read (none of our neighbours sends them).
pub fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
