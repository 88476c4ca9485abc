//! Calls to the workspace's former webhook: guarded as those to the status endpoint, with gates of
//! their own. Both share a worker, so one that is slow may take a part of its time only.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::client::{CallbackError, PROBES, ROUTE, post, tell};
use crate::domain::time::{Timestamp, minutes};
use crate::gate::{Closed, Gates};
use crate::http::Http;

/// An answer that takes longer is slow: a batch with it in holds others up.
const SLOW: Duration = Duration::from_secs(1);
/// After a slow answer nothing is sent for so many times as long: calls take a quarter of the time.
const REST: u32 = 3;
/// One that announces a longer wait is called again after this one.
const LONGEST_PAUSE: Duration = minutes(5);

/// The way to one address that gets other people's events as they are.
#[derive(Debug)]
pub struct Forwarder {
    http: Http,
    gates: Gates,
    slowness: Gates,
}

/// Why nothing is sent now, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It answers, but slowly, or asked for a pause.
    Busy(Duration),
    /// It does not answer.
    Down(Duration),
}

impl Forwarder {
    /// A way that goes through `http`.
    pub fn new(http: Http) -> Self {
        Self {
            http,
            gates: Gates::probing_every(PROBES),
            slowness: Gates::default(),
        }
    }

    /// Whether it has to be left alone now. One that is down is tried by single calls.
    pub fn pause(&self, now: Timestamp) -> Option<Pause> {
        match self.gates.check(ROUTE, now) {
            Err(Closed::Down(wait)) => Some(Pause::Down(wait)),
            Err(Closed::Throttled(wait)) => Some(Pause::Busy(wait)),
            Ok(()) => self.slowness.held(ROUTE, now).map(Pause::Busy),
        }
    }

    /// Posts a body of JSON on behalf of `subject` (different ones have to fail before the address
    /// counts as down); gives the status of the answer (2xx). The head has to come within 15 s.
    pub async fn send_event(
        &self,
        url: &str,
        event: (HeaderMap, Bytes),
        subject: &str,
        now: Timestamp,
    ) -> Result<u16, CallbackError> {
        let began = Instant::now();
        let sent = post(&self.http, url, event, now).await;
        let took = began.elapsed();
        let now = now.plus(took);
        tell(&self.gates, (subject, LONGEST_PAUSE), &sent, now);
        if took > SLOW {
            // the same pause each time: it is not refusing us
            self.slowness.answered(ROUTE);
            self.slowness.throttle(ROUTE, now, took * REST);
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{Request, Response};

    use super::*;

    const URL: &str = "https://crm.test/hook";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// A way to an address that answers with `status` after `seconds`.
    fn way(status: u16, seconds: u64) -> Forwarder {
        Forwarder::new(Http::InProcess(Arc::new(move |_: Request<Bytes>| {
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                let answer = Response::builder().status(status).body(Bytes::new());
                Ok(answer.unwrap())
            })
        })))
    }

    async fn send(way: &Forwarder, subject: &str, now: Timestamp) -> Result<u16, CallbackError> {
        let event = (HeaderMap::new(), Bytes::from_static(b"{}"));
        way.send_event(URL, event, subject, now).await
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_slow_takes_a_quarter_of_the_time() {
        let way = way(200, 4);
        for round in 0..5 {
            let now = at(round * 16);
            assert_eq!(way.pause(now), None, "{round}");
            assert_eq!(send(&way, "a", now).await, Ok(200));
            let expected = Some(Pause::Busy(Duration::from_secs(12)));
            assert_eq!(way.pause(at(round * 16 + 4)), expected);
        }
        let quick = super::tests::way(200, 0);
        assert_eq!(send(&quick, "a", at(0)).await, Ok(200));
        assert_eq!(quick.pause(at(0)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_answer_is_tried_by_single_calls() {
        let way = way(503, 0);
        for n in 0..8 {
            assert!(send(&way, &n.to_string(), at(0)).await.is_err());
        }
        assert!(matches!(way.pause(at(0)), Some(Pause::Down(_))));
        // the probe, and nobody beside it
        assert_eq!(way.pause(at(60)), None);
        assert!(matches!(way.pause(at(60)), Some(Pause::Down(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_answers() {
        let way = way(404, 0);
        for n in 0..10 {
            let refused = send(&way, &n.to_string(), at(0)).await;
            let expected = CallbackError::Refused {
                status: 404,
                retry_after: None,
            };
            assert_eq!(refused, Err(expected));
        }
        assert_eq!(way.pause(at(0)), None);
    }
}
