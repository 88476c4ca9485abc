//! Bodies that are too large to be held: read and sent as they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use http::{Request, Response};
use tokio::time::{Instant, timeout_at};

use super::{Http, TransportError, transport_of};

/// A body as it comes.
pub type Chunks = BoxStream<'static, Result<Bytes, TransportError>>;

/// A body that says nothing for this long is lost.
const SILENCE: Duration = Duration::from_secs(20);

impl Http {
    /// Sends `request` and gives the head of its answer, within `limit`, with the body as it comes.
    pub async fn open(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Chunks>, TransportError> {
        let answer = async {
            match self {
                Self::Network { own, .. } => {
                    let request = request
                        .try_into()
                        .map_err(|_| TransportError::NotConnected)?;
                    let answer = own.execute(request).await;
                    let mut answer = answer.map_err(|error| transport_of(&error))?;
                    let mut head = Response::new(());
                    *head.status_mut() = answer.status();
                    *head.headers_mut() = std::mem::take(answer.headers_mut());
                    let body = answer.bytes_stream();
                    let body = body.map(|chunk| chunk.map_err(|_| TransportError::Lost));
                    Ok(head.map(|()| body.boxed()))
                }
                Self::InProcess(handler) => {
                    let answer = handler(request).await?;
                    Ok(answer.map(|body| stream::iter([Ok(body)]).boxed()))
                }
            }
        };
        let answer = tokio::time::timeout(limit, answer).await;
        Ok(answer.unwrap_or(Err(TransportError::Lost))?.map(not_silent))
    }

    /// Sends a body as it comes and reads the whole answer, within `limit`. A body that breaks off
    /// breaks the call off: the other side never sees its end.
    pub async fn pour(
        &self,
        request: Request<Chunks>,
        limit: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        match self {
            Self::Network { own, .. } => {
                let request = request.map(reqwest::Body::wrap_stream);
                let request = request
                    .try_into()
                    .map_err(|_| TransportError::NotConnected)?;
                let answer = async {
                    let answer = own.execute(request).await;
                    super::read_whole(answer, super::LARGEST_ANSWER).await
                };
                let answer = tokio::time::timeout(limit, answer).await;
                answer
                    .unwrap_or(Err(super::NoAnswer::Transport(TransportError::Lost)))
                    .map_err(TransportError::from)
            }
            Self::InProcess(_) => {
                let (head, mut chunks) = request.into_parts();
                let mut body = Vec::new();
                while let Some(chunk) = chunks.next().await {
                    body.extend_from_slice(&chunk?);
                }
                let request = Request::from_parts(head, Bytes::from(body));
                self.send(request, limit).await
            }
        }
    }
}

/// A body whose next piece has to come in time.
fn not_silent(chunks: Chunks) -> Chunks {
    stream::unfold(Some(chunks), |chunks| async {
        let mut chunks = chunks?;
        match tokio::time::timeout(SILENCE, chunks.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(TransportError::Lost), None)),
        }
    })
    .boxed()
}

/// A body that breaks off where it has not ended at `end`, however lively it is.
pub fn ending(chunks: Chunks, end: Instant) -> Chunks {
    stream::unfold(Some(chunks), move |chunks| async move {
        let mut chunks = chunks?;
        match timeout_at(end, chunks.next()).await {
            Ok(chunk) => chunk.map(|chunk| (chunk, Some(chunks))),
            Err(_) => Some((Err(TransportError::Lost), None)),
        }
    })
    .boxed()
}

/// Whether a body broke off at its source; shared with whoever sends it on.
#[derive(Clone, Debug, Default)]
pub struct Broken(Arc<AtomicBool>);

impl Broken {
    /// It did.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// `body` between a head and a tail. Behind a body that breaks off no tail is sent, so that nobody
/// takes what came for all of it.
pub fn between(head: Bytes, body: Chunks, tail: Bytes) -> (Chunks, Broken) {
    let broken = Broken::default();
    let seen = broken.clone();
    let (head, tail) = (stream::iter([Ok(head)]), stream::iter([Ok(tail)]));
    let whole = head.chain(body).chain(tail).take_while(move |chunk| {
        let go_on = !seen.is_so();
        seen.0.fetch_or(chunk.is_err(), Ordering::Relaxed);
        futures::future::ready(go_on)
    });
    (whole.boxed(), broken)
}

/// How much of a body has come; shared with whoever looks on.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// The bytes that have come.
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// `chunks`, counted; broken off behind more than `most` bytes, and at the end where nothing
    /// has come or not what was announced.
    pub fn watch(&self, chunks: Chunks, most: Option<u64>, announced: Option<u64>) -> Chunks {
        let meter = self.clone();
        stream::unfold(Some(chunks), move |chunks| {
            let meter = meter.clone();
            async move {
                let mut chunks = chunks?;
                match chunks.next().await {
                    Some(Ok(chunk)) => {
                        let length = chunk.len() as u64;
                        let read = meter.0.fetch_add(length, Ordering::Relaxed) + length;
                        if most.is_some_and(|most| read > most) {
                            return Some((Err(TransportError::Lost), None));
                        }
                        Some((Ok(chunk), Some(chunks)))
                    }
                    Some(Err(error)) => Some((Err(error), None)),
                    None => {
                        let read = meter.read();
                        let whole = announced.is_none_or(|announced| announced == read);
                        (read == 0 || !whole).then_some((Err(TransportError::Lost), None))
                    }
                }
            }
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(parts: &[&'static str]) -> Chunks {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| Ok(Bytes::from_static(part.as_bytes())))
            .collect();
        stream::iter(parts).boxed()
    }

    async fn through(
        parts: &[&'static str],
        most: Option<u64>,
        announced: Option<u64>,
    ) -> (bool, u64) {
        let meter = Meter::default();
        let out: Vec<_> = meter.watch(chunks(parts), most, announced).collect().await;
        (out.iter().all(Result::is_ok), meter.read())
    }

    #[tokio::test]
    async fn a_body_that_is_not_what_was_announced_breaks_off() {
        assert_eq!(through(&["ab", "c"], Some(3), Some(3)).await, (true, 3));
        assert_eq!(through(&["ab", "c"], None, None).await, (true, 3));
        assert_eq!(through(&["ab", "c"], Some(2), None).await, (false, 3));
        assert_eq!(through(&["ab"], None, Some(3)).await, (false, 2));
        assert_eq!(through(&["ab", "cd"], None, Some(3)).await, (false, 4));
        assert_eq!(through(&[], None, None).await, (false, 0));
        assert_eq!(through(&[""], None, Some(0)).await, (false, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_cut_off_at_its_end() {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b"a")), ()))
        });
        let end = Instant::now() + Duration::from_millis(2_500);
        let out: Vec<_> = ending(drops.boxed(), end).collect().await;
        let drop = Ok(Bytes::from_static(b"a"));
        assert_eq!(out, [drop.clone(), drop, Err(TransportError::Lost)]);
        assert_eq!(Instant::now(), end);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_body_is_lost() {
        let silent = stream::iter([Ok(Bytes::from_static(b"a"))]).chain(stream::pending());
        let out: Vec<_> = not_silent(silent.boxed()).collect().await;
        assert_eq!(
            out,
            [Ok(Bytes::from_static(b"a")), Err(TransportError::Lost)]
        );
    }
}
