//! The number's circuit: where the key or the account is refused, no more is called until the pause
//! is over; agents are told at once. One call then tries whether it is over. Customers' messages go
//! on all the while: they need no key. Other environments learn of it within 30 seconds.

use std::time::Duration;

use super::Story;
use crate::domain::connection::Circuit;
use crate::error::Failure;
use crate::flows::circuit::advice;
pub(super) use crate::flows::circuit::{accepted, open};
use crate::mutant::{Mutant, on};
use crate::text::catalog::Advice;

/// The code of a message that was not tried because of its number.
pub(super) const REFUSED: &str = "number_refused";
/// A refused key counts from this receive on: it may just be changed (the fourth comes after 14 s).
const SURE: u32 = 4;
/// A call is tried by one worker only, for so long.
const PROBE: Duration = Duration::from_secs(60);

/// Why no send may be made now, if so: while the circuit is open none may, after its pause one that
/// tries, and the others wait for its end.
pub(super) async fn barrier(story: &Story<'_>) -> Result<Option<Failure>, Failure> {
    let (app, id, now) = (story.app, &story.connection.id, story.moment());
    if app.circuit(id, now).await?.is_none() {
        return Ok(None);
    }
    // somebody's send may have closed it since it was read
    let Some(circuit) = app.store.find_circuit(id, now).await? else {
        app.note_circuit(id, None, now);
        return Ok(None);
    };
    if !circuit.holds_back() {
        app.note_circuit(id, Some(circuit), now);
        return Ok(None);
    }
    if circuit.until > now || on(Mutant::CircuitStaysOpen) {
        let failure = why(&circuit);
        app.note_circuit(id, Some(circuit), now);
        return Ok(Some(failure));
    }
    let probe = Circuit {
        until: now.plus(PROBE),
        trying: true,
        ..circuit.clone()
    };
    let stands = app.store.move_circuit(id, &circuit, &probe, now).await?;
    app.note_circuit(id, stands.clone(), now);
    let other = stands.filter(|stands| *stands != probe);
    Ok(other.as_ref().map(why))
}

/// The same for what begins no try itself: an open circuit whose pause is not over.
pub(super) async fn open_barrier(story: &Story<'_>) -> Result<Option<Failure>, Failure> {
    let now = story.moment();
    let circuit = story.app.circuit(&story.connection.id, now).await?;
    let open = circuit.filter(|circuit| circuit.until > now);
    Ok(open.as_ref().map(why))
}

/// Why a message is not sent: its number is refused, or somebody tries just now whether it still is.
fn why(circuit: &Circuit) -> Failure {
    if circuit.trying {
        Failure::retry("number_tried")
    } else {
        refusal(advice(circuit))
    }
}

/// Why a message is not tried.
pub(super) fn refusal(advice: Advice) -> Failure {
    Failure::give_up(REFUSED, advice)
}

/// The key is refused: whether that is sure, and the circuit open. A few tries come first; where
/// this was the try of an open circuit, it stays open for longer.
pub(super) async fn refuses_key(story: &Story<'_>, code: &str) -> bool {
    let known = story
        .app
        .circuit(&story.connection.id, story.moment())
        .await;
    let sure = story.record.receives >= SURE || matches!(known, Ok(Some(_)));
    if sure {
        open(story.app, &story.connection.id, code, story.moment()).await;
    }
    sure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::whatsapp::WhatsAppError;

    #[test]
    fn a_refused_key_is_known_by_its_code() {
        let code = WhatsAppError::Unauthorized.to_string();
        let circuit = |code: &str| Circuit::after(None, code, Timestamp::from_seconds(0));
        assert!(circuit(&code).is_about_the_key());
        assert!(!circuit("whatsapp_131042").is_about_the_key());
    }
}
