//! The number's circuit: where the key or the account is refused, nothing more is called until the
//! pause is over; agents are told at once. One call then tries whether it is over. Customers'
//! messages go on all the while: they need no key.

use std::time::Duration;

use super::Story;
use crate::app::App;
use crate::domain::connection::{Circuit, Connection};
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::text::catalog::Advice;

/// The code of a message that was not tried, or refused for the number's sake.
pub(super) const REFUSED: &str = "number_refused";
/// A refused key counts from this receive on: it may just be changed (the third comes after 6 s).
const SURE: u32 = 4;
/// A call is tried by one worker only, for so long.
const PROBE: Duration = Duration::from_secs(60);

/// Lets a send pass: while the circuit is open none, after its pause one that tries.
pub(super) async fn pass(story: &Story<'_>) -> Result<(), Failure> {
    let Some(circuit) = &story.connection.circuit else {
        return Ok(());
    };
    let now = story.moment();
    let refused = Failure::give_up(REFUSED, Advice::NumberBlocked);
    if circuit.until > now {
        return Err(refused);
    }
    let probe = Circuit {
        until: now.plus(PROBE),
        ..circuit.clone()
    };
    let taken = put(story.app, story.connection, &probe).await?;
    if taken { Ok(()) } else { Err(refused) }
}

/// A send was accepted: the number works.
pub(super) async fn close(story: &Story<'_>) {
    if story.connection.circuit.is_none() {
        return;
    }
    let id = &story.connection.id;
    match story.app.store.close_circuit(id).await {
        Ok(()) => {
            tracing::info!(event = "circuit_closed", connection.id = %id, "number works again")
        }
        // the next accepted send closes it
        Err(error) => tracing::warn!(failure.code = %error, "circuit could not be closed"),
    }
    story.app.forget();
}

/// The key is refused: a few tries later, or at once where this was the try, the circuit opens.
pub(super) async fn refused_key(story: &Story<'_>, code: &str) -> Option<Failure> {
    let sure = story.record.receives >= SURE || story.connection.circuit.is_some();
    if sure {
        open(story, code).await;
    }
    sure.then(|| Failure::give_up(REFUSED, Advice::NumberBlocked))
}

/// Opens the circuit, or keeps it open for longer. Where this fails, the next refusal does it.
pub(super) async fn open(story: &Story<'_>, code: &str) {
    let now = story.moment();
    let circuit = Circuit::after(story.connection.circuit.as_ref(), code, now);
    let id = &story.connection.id;
    match story.app.store.put_circuit(id, &circuit, None).await {
        Ok(_) => {
            tracing::error!(event = "circuit_opened", connection.id = %id, reason = code, "number refused");
        }
        Err(error) => tracing::warn!(failure.code = %error, "circuit could not be opened"),
    }
    story.app.forget();
}

async fn put(app: &App, connection: &Connection, circuit: &Circuit) -> Result<bool, Failure> {
    let known: Option<Timestamp> = connection.circuit.as_ref().map(|circuit| circuit.until);
    let taken = app.store.put_circuit(&connection.id, circuit, known).await;
    app.forget();
    Ok(taken?)
}
