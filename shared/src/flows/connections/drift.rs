//! The drift check (R5, R9): what is degraded is tried again at every tick, what is well is looked
//! at once an hour.

use super::verify;
use crate::app::App;
use crate::domain::connection::{Connection, Health};
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;

/// Ticks are five minutes apart: the first of each hour looks at everything.
const TICK_MINUTES: i64 = 5;

/// Checks every connection; gives those that could be checked.
pub async fn verify_all(
    app: &App,
    public_url: &str,
    now: Timestamp,
) -> Result<Vec<Connection>, Refused> {
    verify_those(app, public_url, now, |_| true).await
}

/// Checks the connections that are due at the tick of `now`; gives those that could be checked.
pub async fn verify_due(
    app: &App,
    public_url: &str,
    now: Timestamp,
) -> Result<Vec<Connection>, Refused> {
    let first_of_the_hour = now.seconds() / 60 % 60 < TICK_MINUTES;
    let due = |connection: &Connection| first_of_the_hour || connection.health != Health::Ok;
    verify_those(app, public_url, now, due).await
}

/// One that cannot be checked does not keep the others from it.
async fn verify_those(
    app: &App,
    public_url: &str,
    now: Timestamp,
    due: impl Fn(&Connection) -> bool,
) -> Result<Vec<Connection>, Refused> {
    let mut checked = Vec::new();
    for connection in app
        .store
        .list_connections()
        .await?
        .iter()
        .filter(|one| due(one))
    {
        match verify(app, public_url, &connection.id, now).await {
            Ok(connection) => checked.push(connection),
            Err(error) => {
                tracing::warn!(connection.id = %connection.id, error.code = error.code, "connection not checked");
            }
        }
    }
    Ok(checked)
}
