//! Connecting numbers: connect, list, change, check, disconnect. Each can be run again after any
//! crash: the API key is stored before its connection is visible, a connection is saved before
//! its webhook is registered, and what is unfinished stands as a warning until it is done.

mod connect;
pub(super) mod department;
mod disconnect;
mod drift;
mod form;
mod reopen;
mod update;
mod verify;

pub use super::redrive::Redriven;
pub use connect::{Connected, SUCCESS, connect};
pub use disconnect::{Disconnected, disconnect};
pub use drift::{verify_all, verify_due};
pub use form::{Change, Form, TakeOver};
pub use update::{Updated, update};
pub use verify::verify;

use super::refused::Refused;
use super::templates;
use crate::app::App;
use crate::domain::connection::{Circuit, Connection, Warning};
use crate::domain::ids::{ConnectionId, WaId};
use crate::domain::time::Timestamp;
use crate::store::{NotSaved, StoreError, Taken};

/// The surroundings of one call.
#[derive(Clone, Copy)]
struct Site<'a> {
    app: &'a App,
    public_url: &'a str,
    now: Timestamp,
}

impl Site<'_> {
    /// The head that all webhook URLs of this stack share.
    fn webhook_head(&self) -> String {
        format!("{}/incoming/", self.public_url.trim_end_matches('/'))
    }

    /// Where 360dialog has to deliver for a connection.
    fn webhook_url(&self, id: &ConnectionId) -> String {
        format!("{}{id}", self.webhook_head())
    }
}

/// All connections as people see them: with what their sends met since the last check. Not to be
/// saved.
pub async fn list(app: &App, now: Timestamp) -> Result<Vec<Connection>, Refused> {
    let mut connections = app.store.list_connections().await?;
    for (id, circuit) in app.store.list_circuits(now).await? {
        let stopped = connections.iter_mut().find(|c| c.id == id);
        let stopped = stopped.filter(|_| circuit.holds_back());
        stopped.into_iter().for_each(|c| c.warn(circuit.warning()));
    }
    for (id, sync) in app.store.list_syncs().await? {
        let own = connections.iter_mut().find(|c| c.id == id);
        own.into_iter().for_each(|c| templates::warn(c, &sync));
    }
    Ok(connections)
}

/// One connection as people see it. Not to be saved.
pub async fn show(app: &App, id: &ConnectionId, now: Timestamp) -> Result<Connection, Refused> {
    let mut connection = find(app, id, now).await?;
    let circuit = app.store.find_circuit(id, now).await?;
    if let Some(circuit) = circuit.filter(Circuit::holds_back) {
        connection.warn(circuit.warning());
    }
    templates::warn(&mut connection, &app.store.find_sync(id, now).await?);
    Ok(connection)
}

/// One connection.
pub async fn find(app: &App, id: &ConnectionId, now: Timestamp) -> Result<Connection, Refused> {
    let found = app.store.find_connection(id, now).await?;
    found.ok_or_else(|| {
        let message = format!("There is no connection `{id}`. GET /v1/connections lists all.");
        Refused::not_found(message)
    })
}

/// Changes a saved connection; where somebody else changed it in the same moment, once more over
/// what they wrote. A change that changes nothing is not written.
async fn save(
    site: &Site<'_>,
    standing: &Connection,
    change: impl Fn(&mut Connection),
) -> Result<Connection, Refused> {
    let mut before = standing.clone();
    for _ in 0..3 {
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(after);
        }
        after.version = before.version + 1;
        match site.app.store.save_connection(&before, &after).await {
            Ok(()) => {
                site.app.forget();
                return Ok(after);
            }
            Err(NotSaved::Taken(what)) => return Err(taken(what)),
            Err(NotSaved::Store(StoreError::Conflict)) => {
                before = find(site.app, &standing.id, site.now).await?;
            }
            Err(NotSaved::Store(error)) => return Err(error.into()),
        }
    }
    let message = "The connection was changed by somebody else at the same time. Read it again \
                   and repeat your change.";
    Err(Refused::conflict("connection_conflict", message))
}

/// A webhook names the number that it is for. Where that is not the connection's, the connection
/// is degraded with the right one (R4). Best effort: the message itself goes on.
pub(crate) async fn compare_number(
    app: &App,
    connection: &Connection,
    named: Option<&WaId>,
    now: Timestamp,
) {
    let Some(right) = named.filter(|named| **named != connection.phone_number) else {
        return;
    };
    let known = |warning: &Warning| warning.code == verify::NUMBER_MISMATCH;
    if connection.warnings.iter().any(known) {
        return;
    }
    let site = Site {
        app,
        public_url: "",
        now,
    };
    let saved = save(&site, connection, |c| {
        let mut warnings = c.warnings.clone();
        if !warnings.iter().any(known) {
            warnings.push(verify::number_mismatch(right));
            c.set_warnings(warnings);
        }
    });
    if saved.await.is_err() {
        tracing::info!(connection.id = %connection.id, "number mismatch could not be recorded");
    }
}

/// A value that must be unique is in use.
fn taken(what: Taken) -> Refused {
    match what {
        Taken::Number => Refused::conflict(
            "number_taken",
            "This phone number is connected already. Change that connection (PATCH) instead, or \
             disconnect it first.",
        ),
        Taken::Name => Refused::conflict(
            "name_taken",
            "Another connection has this name. Choose a different one.",
        ),
        Taken::ApiKey => Refused::conflict(
            "api_key_taken",
            "Another connection uses this API key; each number has a key of its own. Create this \
             number's key in 360dialog's hub and paste that one.",
        ),
    }
}
