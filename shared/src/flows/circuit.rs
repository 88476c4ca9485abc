//! The circuit of a number opens where WhatsApp refuses whatever is sent from it, by a refused send or
//! a `failed` status, and closes when it works again. The setup channel is told of both, once.

use crate::app::App;
use crate::domain::connection::Circuit;
use crate::domain::ids::ConnectionId;
use crate::domain::status::StatusEvent;
use crate::domain::time::{Timestamp, minutes};
use crate::error::Failure;
use crate::flows::outbound::advice_of;
use crate::queue::task::AlertV1;
use crate::text::catalog::{Advice, Language};
use crate::whatsapp::error::stops_number;

/// The opening is told with the first ones of a circuit, under the same id: the run that opened it
/// may have died before it told.
const TOLD_WITH: u32 = 3;
/// A status that comes later than this says nothing about the number as it is now: a circuit may have
/// opened and closed since.
const FRESH: std::time::Duration = minutes(2);
/// WhatsApp's times are whole seconds, and its clock is not ours.
const CLOCKS_APART: std::time::Duration = std::time::Duration::from_secs(5);

/// Opens the circuit, or keeps it open for longer. Where this fails, the next refusal does it.
pub(super) async fn open(app: &App, id: &ConnectionId, code: &str, now: Timestamp) {
    let work = async {
        let before = app.store.find_circuit(id, now).await?;
        reopen(app, id, (before.as_ref(), code), now).await
    };
    if let Err(failure) = work.await {
        tracing::warn!(failure.code = %failure.code, "circuit could not be opened");
    }
}

/// A message that was accepted has failed for a reason that stops its number: the circuit opens where
/// none stands, or where sends were just being let through again.
pub(super) async fn report(
    app: &App,
    id: &ConnectionId,
    event: &StatusEvent,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(code) = event.failure().filter(|code| stops_number(*code)) else {
        return Ok(());
    };
    if now.since(event.at) > FRESH {
        return Ok(());
    }
    let before = app.store.find_circuit(id, now).await?;
    if let Some(standing) = &before {
        let Some(accepted_at) = standing.accepted_at else {
            return Ok(());
        };
        // it was sent before the number stopped
        if accepted_at.since(event.at) > CLOCKS_APART {
            return Ok(());
        }
    }
    let code = format!("whatsapp_{code}");
    reopen(app, id, (before.as_ref(), &code), now).await
}

async fn reopen(
    app: &App,
    id: &ConnectionId,
    (before, code): (Option<&Circuit>, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    let mut circuit = Circuit::after(before, code, now);
    match before {
        Some(_) => app.store.put_circuit(id, &circuit).await?,
        // one of several workers opens it, and its moment names what is told
        None => circuit = app.store.create_circuit(id, &circuit, now).await?,
    }
    app.note_circuit(id, Some(circuit.clone()), now);
    tracing::error!(event = "circuit_opened", connection.id = %id, reason = code, circuit.times = circuit.times, "number refused");
    if circuit.times <= TOLD_WITH {
        tell(app, id, (&circuit, Change::Stopped), now).await?;
    }
    Ok(())
}

/// A send was accepted. Of a key that is the proof that the number works; of an account it is not:
/// what is wrong with it may follow as a status. Sends go on, and the next ones (or the tick) close it.
pub(super) async fn accepted(app: &App, id: &ConnectionId, now: Timestamp) {
    let Ok(Some(circuit)) = app.circuit(id, now).await else {
        return;
    };
    let work = async {
        if circuit.is_about_the_key() || circuit.is_proven(now) {
            return close(app, id, &circuit, now).await;
        }
        if circuit.holds_back() {
            let next = circuit.accepted(now);
            let stands = app.store.move_circuit(id, &circuit, &next, now).await?;
            app.note_circuit(id, stands, now);
        }
        Ok(())
    };
    // the next accepted send does it
    if let Err(failure) = work.await {
        tracing::warn!(failure.code = %failure.code, "circuit could not be closed");
    }
}

/// Closes the circuits of numbers that are proven to work, for the five-minute tick: a number may
/// have nothing more to send.
pub async fn close_proven(app: &App, now: Timestamp) -> Result<(), Failure> {
    for (id, circuit) in app.store.list_circuits(now).await? {
        if circuit.is_proven(now) {
            close(app, &id, &circuit, now).await?;
        }
    }
    Ok(())
}

/// Closes a circuit, unless it was opened again since `circuit` was read. Told first: a run that dies
/// in between is repeated, and tells the same.
pub(super) async fn close(
    app: &App,
    id: &ConnectionId,
    circuit: &Circuit,
    now: Timestamp,
) -> Result<(), Failure> {
    let standing = app.store.find_circuit(id, now).await?;
    if standing.as_ref().is_none_or(|it| it.until != circuit.until) {
        app.note_circuit(id, standing, now);
        return Ok(());
    }
    tell(app, id, (circuit, Change::Works), now).await?;
    if !app.store.delete_circuit(id, circuit).await? {
        let standing = app.store.find_circuit(id, now).await?;
        app.note_circuit(id, standing, now);
        return Ok(());
    }
    app.note_circuit(id, None, now);
    tracing::info!(event = "circuit_closed", connection.id = %id, "number works again");
    Ok(())
}

/// Why a number is stopped, in words.
pub(super) fn advice(circuit: &Circuit) -> Advice {
    if circuit.is_about_the_key() {
        Advice::KeyRefused
    } else {
        advice_of(&circuit.code)
    }
}

#[derive(Clone, Copy)]
enum Change {
    Stopped,
    Works,
}

async fn tell(
    app: &App,
    id: &ConnectionId,
    (circuit, change): (&Circuit, Change),
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(connection) = app.connection(id, now).await? else {
        return Ok(());
    };
    let language = Language::of(&app.settings(now).await?.preferred_language);
    let number = format!(
        "{} (+{})",
        connection.name,
        connection.phone_number.as_str()
    );
    let (word, text) = match change {
        Change::Stopped => ("stopped", language.number_stopped(&number, advice(circuit))),
        Change::Works => ("works", language.number_works(&number)),
    };
    let since = circuit.since.map_or(0, Timestamp::millis);
    let alert = AlertV1 {
        connection: id.clone(),
        room: None,
        key: format!("circuit#{id}#{since}#{word}"),
        text,
    };
    Ok(app.queues.send_alert(alert).await?)
}
