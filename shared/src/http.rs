//! One way out to the internet, with our own time limit around it: over the network, or straight
//! into a handler (tests and simulation, where time is virtual).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};

/// Answers larger than this are not read (our neighbours' JSON is far smaller).
pub const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    Network(reqwest::Client),
    /// A handler in this process.
    InProcess(InProcess),
}

impl Http {
    /// Connections over the network. Fails where the root certificates cannot be read.
    pub fn network() -> Result<Self, TransportError> {
        reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            // shorter than the idle time-out of common load balancers (60 s), so that a frozen
            // environment does not wake up to a dead connection
            .pool_idle_timeout(Duration::from_secs(50))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("bridge360/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self::Network)
            .map_err(|_| TransportError::NotConnected)
    }

    /// Sends `request` and reads the whole answer, within `limit`. Every status is an answer.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let answer = async {
            match self {
                Self::Network(client) => over_network(client, request).await,
                Self::InProcess(handler) => handler(request).await,
            }
        };
        tokio::time::timeout(limit, answer)
            .await
            .unwrap_or(Err(TransportError::Lost))
    }
}

async fn over_network(
    client: &reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let request = request
        .try_into()
        .map_err(|_| TransportError::NotConnected)?;
    let mut answer = client.execute(request).await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            TransportError::NotConnected
        } else {
            TransportError::Lost
        }
    })?;
    let mut head = Response::builder().status(answer.status());
    if let Some(headers) = head.headers_mut() {
        *headers = std::mem::take(answer.headers_mut());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| TransportError::Lost)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(TransportError::Lost);
        }
        body.extend_from_slice(&chunk);
    }
    head.body(Bytes::from(body))
        .map_err(|_| TransportError::Lost)
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Network(_) => "Http(network)",
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
