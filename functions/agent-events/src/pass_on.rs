//! Handing an event on to the webhook that the workspace had before ours (R37): whatever room it is of,
//! as it came. Whether that is wanted stands in the URL that Rocket.Chat calls; this door has no table.

use bridge::flows::callbacks::pass_on::PASSED_ON;
use bridge::flows::workspace::PASS_ON;
use bridge::queue::pass_on::PassOnV1;
use bridge::queue::send::{NotEnqueued, Queues};
use bridge::rocketchat::passing::shorten;
use bytes::Bytes;
use http::Request;

/// Whether the former webhook is to have this event. One that was passed on to us is passed on to
/// nobody.
pub fn is_wanted(request: &Request<Bytes>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|pair| pair == PASS_ON) && !request.headers().contains_key(PASSED_ON)
}

/// Enqueues a readable event. Fails only where another try may help.
pub async fn hand_on(queues: &Queues, event: &[u8]) -> Result<(), NotEnqueued> {
    let whole = std::str::from_utf8(event).ok();
    let task = match whole.and_then(|whole| PassOnV1::new(whole, false)) {
        Some(task) => task,
        None => match cut(event) {
            Some(task) => task,
            None => return Ok(()),
        },
    };
    let sent = queues.send_pass_on(&task).await;
    if sent.is_err() {
        tracing::warn!(
            event = "pass_on_not_enqueued",
            "event for the former webhook"
        );
    }
    sent
}

/// The event without its messages; what is too large even so goes nowhere, which is told.
fn cut(event: &[u8]) -> Option<PassOnV1> {
    let task = shorten(event).and_then(|short| PassOnV1::new(&short, true));
    let length = event.len();
    match task {
        Some(_) => tracing::warn!(
            event = "pass_on_shortened",
            body.length = length,
            "event for the former webhook goes without its messages"
        ),
        None => tracing::error!(
            event = "pass_on_given_up",
            body.length = length,
            "event for the former webhook is too large even without its messages"
        ),
    }
    task
}
