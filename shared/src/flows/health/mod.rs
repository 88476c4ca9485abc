//! The health of the workspace and its numbers (R2): each check says what is wrong and the exact
//! fix. A report is always given: what cannot be looked at is `unknown`.

mod departments;
mod former;
mod rocketchat;

use std::collections::BTreeMap;

use serde::Serialize;

use super::connections::list;
use crate::app::App;
use crate::domain::connection::{Connection, Health, Warning};
use crate::domain::ids::ConnectionId;
use crate::domain::time::Timestamp;

pub use rocketchat::MINIMUM_ROCKETCHAT;

/// How many parked records are counted, the newest.
const COUNTED: usize = 100;

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `ok` where every check and every connection is.
    pub status: Health,
    /// The checks, always the same ones in the same order; one per connection's department.
    pub checks: Vec<Check>,
    /// Each connection as it was last checked.
    pub connections: Vec<ConnectionHealth>,
    /// What could not be delivered.
    pub parked: ParkedSummary,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// For programs, e.g. `rate_limiter`.
    pub id: String,
    /// How it ended.
    pub status: State,
    /// What was found.
    pub message: String,
    /// What to do, where something is wrong.
    pub fix: Option<String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, with a limit that people notice.
    Warning,
    /// Messages do not go through.
    Error,
    /// It could not be looked at.
    Unknown,
}

/// A connection in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionHealth {
    /// Its id.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Its health.
    pub health: Health,
    /// What is wrong with it.
    pub warnings: Vec<Warning>,
}

/// Parked records, the newest hundred by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedSummary {
    /// How many were counted; 100 means: or more.
    pub counted: usize,
    /// How many of each reason.
    pub by_reason: BTreeMap<String, usize>,
}

impl Check {
    fn new(id: &str, status: State, message: impl Into<String>, fix: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            status,
            message: message.into(),
            fix: fix.map(str::to_owned),
        }
    }

    fn ok(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, State::Ok, message, None)
    }
}

/// Looks at everything. Never fails.
pub async fn report(app: &App, public_url: &str, now: Timestamp) -> Report {
    let (storage, connections) = match list(app, now).await {
        Ok(connections) => (Check::ok("storage", "The table answers."), connections),
        Err(_) => (silent_storage(), Vec::new()),
    };
    let mut checks = vec![storage];
    checks.extend(rocketchat::checks(app, public_url, &connections, now).await);
    checks.push(endpoint(app, now).await);
    checks.push(former::check(app, now).await);
    let parked = parked(app, now).await;
    checks.push(delivery(&parked));
    let parked = parked.unwrap_or_default();
    let bad = |check: &Check| check.status != State::Ok;
    let degraded = checks.iter().any(bad)
        || connections
            .iter()
            .any(|connection| connection.health == Health::Degraded);
    Report {
        status: if degraded {
            Health::Degraded
        } else {
            Health::Ok
        },
        checks,
        connections: connections.into_iter().map(shown).collect(),
        parked,
    }
}

/// The message status endpoint: switched off by its own 410, or not.
async fn endpoint(app: &App, now: Timestamp) -> Check {
    const ID: &str = "status_endpoint";
    match app.store.find_endpoint(now).await {
        Ok(endpoint) if endpoint.url.is_empty() => Check::ok(ID, "No status endpoint is set."),
        Ok(endpoint) => match endpoint.off_since {
            None => Check::ok(ID, "Statuses are called back."),
            Some(since) => {
                let message = format!(
                    "The status endpoint answered 410 (gone) at {since} and is switched off. \
                     Callbacks are kept for three days."
                );
                let fix = "POST /v1/callbacks/enable, or set another messageStatusEndpointUrl.";
                Check::new(ID, State::Error, message, Some(fix))
            }
        },
        Err(_) => {
            let message = "The status endpoint could not be looked up.";
            Check::new(ID, State::Unknown, message, Some("Ask again in a moment."))
        }
    }
}

fn silent_storage() -> Check {
    let fix = "Look at the table's alarms and at the function's rights, then ask again.";
    let message = "The table does not answer; connections could not be read.";
    Check::new("storage", State::Error, message, Some(fix))
}

fn shown(connection: Connection) -> ConnectionHealth {
    ConnectionHealth {
        id: connection.id,
        name: connection.name,
        enabled: connection.enabled,
        health: connection.health,
        warnings: connection.warnings,
    }
}

async fn parked(app: &App, now: Timestamp) -> Option<ParkedSummary> {
    let newest = app.store.list_parked(COUNTED, now).await.ok()?;
    let mut summary = ParkedSummary {
        counted: newest.len(),
        by_reason: BTreeMap::new(),
    };
    for parked in newest {
        *summary.by_reason.entry(parked.reason).or_default() += 1;
    }
    Some(summary)
}

/// What a disabled connection keeps is as it should be; everything else is somebody's message.
fn delivery(parked: &Option<ParkedSummary>) -> Check {
    let Some(parked) = parked else {
        let fix = Some("Ask again in a moment.");
        let message = "Parked messages could not be counted.";
        return Check::new("undelivered", State::Unknown, message, fix);
    };
    let kept = parked.by_reason.get("disabled_connection").unwrap_or(&0);
    let lost = parked.counted - kept;
    if lost == 0 {
        return Check::ok("undelivered", "Everything that came in was delivered.");
    }
    let mut message = format!("{lost} messages could not be delivered and are parked.");
    if parked.by_reason.contains_key("unknown_connection") {
        message.push_str(" Among them are messages for an unconnected number.");
    }
    let fix = Some("GET /v1/parked lists them with their reasons.");
    Check::new("undelivered", State::Warning, message, fix)
}
